"""A statement on paper: A4 pages with a heading, a table whose titles stand on every page, and page x of y.

Chinese is set in STSong-Light, a font that every reader of PDF has or substitutes (Adobe-GB1), so no font file travels
with us; all else in Helvetica. Equal statements are equal bytes: the file carries no time and no chance of its own.
"""

import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from frostgate.base.model import Language
from frostgate.base.texts import say
from frostgate.billing.statements.model import Balances, Kept, Section, Statement
from frostgate.billing.statements.words import (
    COLUMNS,
    amounts,
    day_text,
    facts,
    kind_text,
    notes,
    part_texts,
    row_texts,
)

SONG, PLAIN, BOLD = "STSong-Light", "Helvetica", "Helvetica-Bold"
UNPRINTABLE = "〓"  # stands for a character that neither font has, as printers have it

_MARGIN = 14 * mm
_TOP = 24 * mm
_WIDTHS = [w * mm for w in (11, 20, 20, 89.5, 25, 25, 24, 24, 26)]
_SIZE, _SMALL = 8.0, 6.8
_PADDING = 3.0  # points on either side of a cell
_FRAME = 6.0  # points that the library leaves on either side of a page
_GREY, _LIGHT, _RULE = HexColor("#5B6470"), HexColor("#EEF1F5"), HexColor("#C5CBD3")
_RUNS = re.compile(r"([\x20-\x7e\xa0-\xff]+)")


def as_pdf(kept: Kept, language: Language) -> bytes:
    """The statement as a PDF file; the same statement in the same language is the same bytes."""
    _fonts()
    statement, target = kept.statement, io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=landscape(A4),
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_TOP,
        bottomMargin=16 * mm,
        title=f"{say('statement.title', language)} {statement.number}",
        author=statement.platform,
        lang=language.value,
        invariant=1,
    )
    story: list[Flowable] = [_text(say("statement.title", language), size=15, bold=True), Spacer(1, 3 * mm)]
    story += [_facts(kept, language)]
    for section in statement.sections:
        heading = say("statement.currency", language, currency=section.currency)
        story += [Spacer(1, 5 * mm), KeepTogether([_text(heading, size=11, bold=True), Spacer(1, 2 * mm)])]
        story += [_summary(section, language), Spacer(1, 5 * mm)]
        story += [_lines(section, statement, language)]
    story += [Spacer(1, 5 * mm), KeepTogether(_end(statement, language))]
    document.build(story, canvasmaker=_canvas(statement, language))
    return target.getvalue()


@cache
def _fonts() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(SONG))


def _runs(text: str) -> Iterable[tuple[str, bool]]:
    """A text in pieces that one font can draw, and whether that is the Chinese one."""
    for number, run in enumerate(_RUNS.split(text)):
        if run:
            chinese = number % 2 == 0
            yield ("".join(_drawable(each) for each in run) if chinese else run), chinese


def _drawable(character: str) -> str:
    if character.isspace():
        return " "
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        return UNPRINTABLE
    return character if character.isprintable() else UNPRINTABLE


def _markup(text: str) -> str:
    """A text as a paragraph takes it: nothing in it is markup of its own."""
    return "".join(
        f'<font name="{SONG}">{escape(run)}</font>' if chinese else escape(run) for run, chinese in _runs(text)
    )


def _text(text: str, *, size: float = _SIZE, bold: bool = False, right: bool = False, grey: bool = False) -> Paragraph:
    return Paragraph(_markup(text), _style(size, bold, right, grey, any(chinese for _, chinese in _runs(text))))


@cache
def _style(size: float, bold: bool, right: bool, grey: bool, chinese: bool) -> ParagraphStyle:
    return ParagraphStyle(
        "text",
        fontName=BOLD if bold else PLAIN,
        fontSize=size,
        leading=size * 1.35,
        alignment=TA_RIGHT if right else 0,
        textColor=_GREY if grey else HexColor("#1B2330"),
        wordWrap="CJK" if chinese else None,
        splitLongWords=1,
    )


def _amount(amount: Decimal, width: float, *, bold: bool = False) -> Paragraph:
    """An amount on one line, in smaller digits where it is very long."""
    text = f"{amount:,}"
    needed = pdfmetrics.stringWidth(text, BOLD if bold else PLAIN, _SIZE)
    return _text(text, size=_SIZE * min(1.0, (width - 2 * _PADDING - 1) / needed), bold=bold, right=True)


def _amounts(balances: Balances, section: Section, *, net: int | None = None, bold: bool = False) -> list[Paragraph]:
    """The cells of amounts of a line; `net` is the running balance where the last column shows that."""
    shown = amounts(balances, section.currency)
    if net is not None:
        shown[-1] = amounts(Balances(receivable=net), section.currency)[-1]
    return [_amount(each, width, bold=bold) for each, width in zip(shown, _WIDTHS[4:], strict=True)]


def _facts(kept: Kept, language: Language) -> LongTable:
    cells = [[_text(title, grey=True), _text(value)] for title, value in facts(kept, language)]
    return _table(
        cells, [34 * mm, 200 * mm], [("BOTTOMPADDING", (0, 0), (-1, -1), 1), ("TOPPADDING", (0, 0), (-1, -1), 1)]
    )


def _titles(first: Sequence[str], language: Language) -> list[Any]:
    known = [_text(say(f"statement.{name}", language), bold=True) for name in first]
    return known + [_text(say(f"statement.{name}", language), bold=True, right=True) for name in COLUMNS]


def _summary(section: Section, language: Language) -> LongTable:
    """The opening balance, what each kind of entry changed, and the closing balance."""
    rows: list[list[Any]] = [_titles(["summary"], language)]
    rows.append([_text(say("statement.opening", language), bold=True), *_amounts(section.opening, section, bold=True)])
    rows += [
        [_text(kind_text(kind, language)), *_amounts(changes, section)] for kind, changes in section.totals().items()
    ]
    rows.append([_text(say("statement.closing", language), bold=True), *_amounts(section.closing, section, bold=True)])
    return _table(rows, [sum(_WIDTHS[:4]), *_WIDTHS[4:]], _ruled(rows))


def _lines(section: Section, statement: Statement, language: Language) -> LongTable:
    """Every row with its parts; the titles stand on each page."""
    rows: list[list[Any]] = [_titles(["line", "posted", "counts", "what"], language)]
    rows.append(_balance("opening", section.opening, section, language))
    total = section.opening
    for row in section.rows:
        total += row.changes
        what, origin = row_texts(row, language)
        rows.append(
            [
                _text(str(row.line)),
                _text(day_text(row.posted_at, statement)),
                _text(day_text(row.at, statement)),
                [_text(what), _text(origin, size=_SMALL, grey=True)],
                *_amounts(row.changes, section, net=total.net),
            ]
        )
        for part in row.parts:
            what, origin = part_texts(part, section.currency, language)
            told = [_text(what, size=_SMALL + 0.4), *([_text(origin, size=_SMALL, grey=True)] if origin else [])]
            rows.append(
                [_text(f"{row.line}.{part.number}", size=_SMALL, grey=True), "", "", told, *[""] * len(COLUMNS)]
            )
    rows.append(_balance("closing", section.closing, section, language))
    return _table(rows, _WIDTHS, _ruled(rows))


def _balance(name: str, balances: Balances, section: Section, language: Language) -> list[Any]:
    said = _text(say(f"statement.{name}", language), bold=True)
    return ["", "", "", said, *_amounts(balances, section, bold=True)]


def _ruled(rows: Sequence[Any]) -> list[Any]:
    """How tables of amounts look: shaded titles, a rule under each line, opening and closing balance set off."""
    return [
        ("BACKGROUND", (0, 0), (-1, 0), _LIGHT),
        ("LINEBELOW", (0, 0), (-1, -2), 0.3, _RULE),
        ("LINEABOVE", (0, len(rows) - 1), (-1, len(rows) - 1), 0.8, _GREY),
        ("LINEBELOW", (0, -1), (-1, -1), 0.8, _GREY),
    ]


def _table(rows: Sequence[Any], widths: Sequence[float], style: Sequence[Any]) -> LongTable:
    common = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), _PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), _PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    return LongTable(rows, colWidths=widths, style=TableStyle([*common, *style]), repeatRows=1, hAlign="LEFT")


def _end(statement: Statement, language: Language) -> list[Flowable]:
    """What a reader must know, and where the customer signs."""
    signs = [_text(say("statement.signature", language)), "", _text(say("statement.date", language)), ""]
    line = [("LINEBELOW", (1, 0), (1, 0), 0.6, _GREY), ("LINEBELOW", (3, 0), (3, 0), 0.6, _GREY)]
    signature = _table([signs], [44 * mm, 80 * mm, 18 * mm, 50 * mm], line)
    return [*(_text(each) for each in notes(statement, language)), Spacer(1, 10 * mm), signature]


def _canvas(statement: Statement, language: Language) -> type[Canvas]:
    """A canvas that knows how many pages there are when it draws the first one's heading."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            for number, page in enumerate(self._pages, 1):
                self.__dict__.update(page)
                counted = say("statement.page", language, page=number, pages=len(self._pages))
                _furniture(self, statement, counted)
                super().showPage()
            super().save()

    return Numbered


def _furniture(canvas: Canvas, statement: Statement, counted: str) -> None:
    """What stands on every page: who speaks to whom, about what, and which page it is."""
    width, height = landscape(A4)
    left, right = _MARGIN + _FRAME, width - _MARGIN - _FRAME
    _draw(canvas, left, height - 14 * mm, statement.platform, color=HexColor("#1B2330"))
    _draw(canvas, right, height - 14 * mm, f"{statement.tenant_name}   {statement.number}", right=True)
    _draw(canvas, right, 9 * mm, counted, right=True)
    canvas.setStrokeColor(_RULE)
    canvas.setLineWidth(0.6)
    canvas.line(left, height - 17 * mm, right, height - 17 * mm)


def _draw(canvas: Canvas, x: float, y: float, text: str, *, right: bool = False, color: Color = _GREY) -> None:
    """One line of text; a name so long that it would meet the other one is cut."""
    room = (landscape(A4)[0] - 2 * _MARGIN) * 0.48
    while _width(text) > room:
        text = text[:-2] + "…"
    x -= _width(text) if right else 0
    for run, chinese in _runs(text):
        font = SONG if chinese else PLAIN
        canvas.setFont(font, _SIZE)
        canvas.setFillColor(color)
        canvas.drawString(x, y, run)
        x += pdfmetrics.stringWidth(run, font, _SIZE)


def _width(text: str) -> float:
    found: float = sum(pdfmetrics.stringWidth(run, SONG if chinese else PLAIN, _SIZE) for run, chinese in _runs(text))
    return found
