"""Business licences as they look: drawn anew for each test, clean or as worn as a photo of one on a wall."""

import io
from pathlib import Path

import msgspec
import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw, ImageFilter, ImageFont

CODE = "91440300708461136T"
NAME = "深圳市蓝鲸通讯技术有限公司"
PERSON = "王建国"
_FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
_SIZE = (1600, 1130)
_TERM = "2001年09月12日至长期"
_BUSINESS = (
    "技术开发、技术服务、技术咨询；通讯设备销售；",
    "第二类增值电信业务。（依法须经批准的项目，",
    "经相关部门批准后方可开展经营活动）",
)


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a licence."""

    code: str = CODE
    name: str = NAME
    person: str = PERSON
    person_label: str = "法定代表人"
    term: str = _TERM


def drawn(licence: Licence | None = None) -> Image.Image:
    """A licence of the present kind: the code at the top on the left, and labels with wide gaps in them."""
    told = licence or Licence()
    page = Image.new("RGB", _SIZE, (252, 249, 240))
    pen = ImageDraw.Draw(page)

    def write(left: int, top: int, words: str, size: int = 30, ink: object = "black") -> None:
        pen.text((left, top), words, font=ImageFont.truetype(_FONTS / "NotoSerifSC-Regular.otf", size), fill=ink)

    pen.rectangle((30, 30, _SIZE[0] - 30, _SIZE[1] - 30), outline=(200, 170, 90), width=10)
    write(610, 150, "营 业 执 照", 84)
    write(110, 120, "统一社会信用代码", 26)
    write(110, 160, told.code, 32)
    write(670, 265, "（副 本）", 30)
    left = [("名        称", told.name), ("类        型", "有限责任公司"), (told.person_label, told.person)]
    for line, (label, words) in enumerate(left):
        write(130, 360 + 75 * line, label)
        for part, at in enumerate(range(0, len(words), 20)):
            write(330, 360 + 75 * line + 38 * part, words[at : at + 20])
    write(130, 600, "经营范围")
    for line, words in enumerate(_BUSINESS):
        write(330, 600 + 45 * line, words, 26)
    right = [("注册资本", "壹仟万元人民币"), ("成立日期", "2001年09月12日"), ("营业期限", told.term)]
    right.append(("住        所", "深圳市南山区科技园南区8号"))
    for line, (label, words) in enumerate(right):
        write(960, 360 + 75 * line, label)
        write(1130, 360 + 75 * line, words, 26)
    write(960, 830, "登 记 机 关")
    write(1100, 960, "2022 年 03 月 18 日", 28)
    return page


def stamped(page: Image.Image) -> Image.Image:
    """With the red seal of the authority over it, as it lies on real ones."""
    seal = Image.new("RGBA", page.size)
    pen = ImageDraw.Draw(seal)
    red = (214, 40, 40, 150)
    pen.ellipse((1060, 800, 1320, 1060), outline=red, width=9)
    pen.regular_polygon((1190, 930, 60), 5, rotation=0, fill=red)
    pen.ellipse((300, 400, 560, 640), outline=red, width=9)  # and once more, over the names
    return Image.alpha_composite(page.convert("RGBA"), seal).convert("RGB")


def worn(page: Image.Image, *, degrees: float = 1.5, blur: float = 0.8) -> Image.Image:
    """As a phone sees it: turned a little, not quite sharp."""
    turned = page.rotate(degrees, expand=True, fillcolor=(120, 110, 100), resample=Image.Resampling.BICUBIC)
    return turned.filter(ImageFilter.GaussianBlur(blur))


def photo(page: Image.Image, *, quality: int = 60, longer: int | None = None) -> bytes:
    """As a JPEG, of so many pixels on its longer side."""
    if longer is not None:
        page.thumbnail((longer, longer))
    body = io.BytesIO()
    page.save(body, "JPEG", quality=quality)
    return body.getvalue()
