"""The separate process that turns a file into pictures of our own drawing.

What comes out was drawn from pixels: scripts, macros, embedded files and metadata cannot survive, because nothing of
the file's own bytes is copied. It is started for one file, gives up what it does not need before it reads the first
byte of it, answers, and ends.
"""

import encodings.utf_16_le  # noqa: F401 - what PDFium says is written so; see `preinit` below
import os
import resource
import sys
from collections.abc import Iterator
from io import BytesIO
from math import ceil, sqrt

import msgspec
import pypdfium2 as pdfium
from PIL import Image, MpoImagePlugin, WebPImagePlugin  # noqa: F401 - see `preinit` below

from frostgate.base.errors import Refused
from frostgate.documents.errors import (
    DocumentBroken,
    DocumentLocked,
    DocumentTooManyPages,
    DocumentTooManyPixels,
    DocumentTooSmall,
    DocumentWithoutFonts,
)
from frostgate.documents.model import LARGEST, MOST_PAGES, Drawn, Kind, Page

Image.preinit()  # from the file's first byte on no file can be opened, not even that of a module

MEMORY = 1536 * 1024**2  # bytes of address space: a picture of 50 megapixels three times, and the program
SECONDS = 20  # of processor time
MOST_PIXELS = 50_000_000  # of one picture as it comes
KEPT_PIXELS = 5_000_000  # of one page as it is kept: A4 at 200 dots an inch, and a little more
SHORTEST = 300  # pixels: on less nobody can read a licence
DOTS = 200 / 72  # of a page for each PDF point
LAST_LATIN = "\u024f"  # up to here PDFium draws letters with fonts of its own
_QUALITY = 88

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # EXIF 2.32, tag 0112


def give_up_rights() -> None:
    """No files and sockets beyond the three streams, no core with a stranger's papers, a share of memory and time."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.nice(10)  # decisions come first


def drawn(kind: Kind, body: bytes) -> Drawn:
    """Every page of the file, or why not."""
    try:
        pages = tuple(_pdf(body) if kind is Kind.PDF else [_page(_picture(kind, body))])
    except Refused as refused:
        return Drawn(code=refused.code, params=refused.params)
    return Drawn(pages=pages)


def _picture(kind: Kind, body: bytes) -> Image.Image:
    """A picture, upright, no larger than we keep it."""
    Image.MAX_IMAGE_PIXELS = None  # ours is below, and is said in words
    try:
        picture: Image.Image = Image.open(BytesIO(body), formats=[kind.value])
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise DocumentTooManyPixels(megapixels=ceil(width * height / 1_000_000), most=MOST_PIXELS // 1_000_000)
        if min(width, height) < SHORTEST:
            raise DocumentTooSmall(width=width, height=height, least=SHORTEST)
        turn = _TURNS.get(_orientation(picture))
        picture.load()
    except (OSError, SyntaxError, ValueError, IndexError, TypeError) as error:  # what Pillow's readers raise
        raise DocumentBroken from error
    if picture.mode.startswith("I"):  # 16 bits of grey, whose lower half nobody sees
        picture = picture.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if picture.mode not in {"L", "RGB", "RGBA"}:
        picture = picture.convert("RGBA" if "transparency" in picture.info or "A" in picture.mode else "RGB")
    smaller = sqrt(KEPT_PIXELS / (width * height))
    if smaller < 1:
        picture = picture.resize((ceil(width * smaller), ceil(height * smaller)), Image.Resampling.LANCZOS)
    return picture if turn is None else picture.transpose(turn)


def _orientation(picture: Image.Image) -> int:
    """How the camera was held; a picture whose notes cannot be read is upright."""
    try:
        return int(picture.getexif().get(0x0112, 1))
    except Exception:
        return 1


def _pdf(body: bytes) -> Iterator[Page]:
    """A PDF's pages as a printer would show them, forms filled in; no script runs, because there is no engine."""
    try:
        document = pdfium.PdfDocument(body)
        count = len(document)
        if count == 0:
            raise DocumentBroken
        if count > MOST_PAGES:
            raise DocumentTooManyPages(pages=count, most=MOST_PAGES)
        if document.get_formtype():
            document.init_forms()
        for number in range(count):
            page = document[number]
            _must_carry_its_fonts(page, number + 1)
            width, height = page.get_size()
            if not (width > 0 and height > 0):
                raise DocumentBroken
            scale = min(DOTS, sqrt(KEPT_PIXELS / (width * height)))
            yield _page(page.render(scale=scale, may_draw_forms=True).to_pil())
            page.close()
    except pdfium.PdfiumError as error:
        locked = getattr(error, "err_code", None) == pdfium.raw.FPDF_ERR_PASSWORD
        raise (DocumentLocked if locked else DocumentBroken) from error


def _must_carry_its_fonts(page: pdfium.PdfPage, number: int) -> None:
    """No fonts of this machine are read, so letters without one would be left out, and nobody would see that."""
    words = page.get_textpage()
    for text in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_TEXT], textpage=words):
        mode = pdfium.raw.FPDFTextObj_GetTextRenderMode(text)
        if mode == pdfium.raw.FPDF_TEXTRENDERMODE_INVISIBLE:  # what was recognised in a scan lies over the scan
            continue
        if not text.get_font().is_embedded and max(text.extract(), default="") > LAST_LATIN:
            raise DocumentWithoutFonts(page=number)


def _page(picture: Image.Image) -> Page:
    """The picture drawn anew on white: whatever else its file said stays behind."""
    page = Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    body = BytesIO()
    page.save(body, "JPEG", quality=_QUALITY)
    return Page(width=page.width, height=page.height, body=body.getvalue())


def main() -> None:
    """Read the file, redraw it, answer."""
    kind = Kind(sys.argv[1])
    give_up_rights()
    answer = drawn(kind, sys.stdin.buffer.read(LARGEST + 1))
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))


if __name__ == "__main__":
    main()
