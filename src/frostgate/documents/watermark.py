"""Who looked at which case and when, drawn all over a page, so that a leaked picture names whom it leaked from."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

_DEGREES = 24
_INK = (128, 128, 128)
_STRENGTH = 110  # of 255: to be read on white and on black, without hiding what is under it


def marked(body: bytes, lines: Sequence[str]) -> bytes:
    """A page as PNG with these lines across all of it.

    They are ids and times: the font that comes with Pillow has Latin letters only.
    """
    page = Image.open(BytesIO(body), formats=["JPEG"]).convert("RGB")
    stamp = _stamp("\n".join(lines), size=max(12.0, min(page.size) / 55))
    mask = Image.new("L", page.size)
    for row, top in enumerate(range(0, page.height, stamp.height)):
        for left in range(-(row % 2) * stamp.width // 2, page.width, stamp.width):
            mask.paste(stamp, (left, top))
    page.paste(_INK, mask=mask)
    drawn = BytesIO()
    page.save(drawn, "PNG", compress_level=2)  # of 9: nobody keeps it, so speed counts
    return drawn.getvalue()


def _stamp(words: str, *, size: float) -> Image.Image:
    """The lines once, turned, with a little room around them."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), words, font=font)
    room = int(size)
    block = Image.new("L", (int(right - left) + room, int(bottom - top) + room))
    ImageDraw.Draw(block).multiline_text((room // 2 - left, room // 2 - top), words, fill=_STRENGTH, font=font)
    return block.rotate(_DEGREES, expand=True, resample=Image.Resampling.BILINEAR)
