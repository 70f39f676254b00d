"""Real files of every kind, good and bad, made for the tests."""

import io
import zipfile
from typing import Any

from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

SONG = "STSong-Light"  # which reportlab names and does not embed
pdfmetrics.registerFont(UnicodeCIDFont(SONG))


def picture(width: int = 640, height: int = 400, *, kind: str = "PNG", mode: str = "RGB", **saved: Any) -> bytes:
    body = io.BytesIO()
    Image.new(mode, (width, height), "red" if mode == "RGB" else 1).save(body, kind, **saved)
    return body.getvalue()


def photo_with_place() -> bytes:
    """A photo whose EXIF says where it was taken, by which camera, and that it lies on its side."""
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "SpyCam 9000", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 54.0, 15.0), 3: "E", 4: (116.0, 24.0, 0.0)})
    return picture(kind="JPEG", exif=exif, comment=b"a secret comment")


def pdf(pages: int = 1, *, words: str = "Licence", font: str = "Helvetica", **made: Any) -> bytes:
    body = io.BytesIO()
    drawn = canvas.Canvas(body, **made)
    for _ in range(pages):
        drawn.setFont(font, 40)
        drawn.drawString(80, 700, words)
        drawn.showPage()
    drawn.save()
    return body.getvalue()


def pdf_with_script() -> bytes:
    """A PDF that wants to run JavaScript when it is opened, and carries a file."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R/Names<</EmbeddedFiles<</Names[(evil.exe)5 0 R]>>>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>",
        b"<</S/JavaScript/JS(app.alert\\('owned'\\))>>",
        b"<</Type/Filespec/F(evil.exe)/EF<</F 6 0 R>>>>",
        b"<</Type/EmbeddedFile/Length 9>>stream\nMZ-owned!\nendstream",
    ]
    body, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 7\n0000000000 65535 f \n%strailer<</Size 7/Root 1 0 R>>startxref\n%d\n%%%%EOF" % (table, len(body))
    return body + end


def archive() -> bytes:
    """Ten megabytes of nothing in ten kilobytes."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("licence.pdf", bytes(10_000_000))
    return body.getvalue()
