"""A statement as a table for programs and spreadsheets: CSV and XLSX.

What somebody else wrote (a memo, a reference) never becomes a formula: in a workbook it is a cell of text, and in CSV,
which knows no types, a text that a spreadsheet would calculate gets an apostrophe before it.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC
from decimal import Decimal

from frostgate.base.model import Language
from frostgate.base.texts import say, word
from frostgate.billing.statements.model import Balances, Kept, Part, Row, Section, Statement
from frostgate.billing.statements.words import (
    COLUMNS,
    amounts,
    day_text,
    decimal,
    facts,
    kind_text,
    notes,
    origin_text,
    unit_text,
)

Cell = str | int | Decimal | None

_BEFORE = ("column_currency", "line", "column_part", "posted", "counts", "what", "column_document")
_OF_PART = ("column_service", "column_unit", "column_quantity", "column_amount")
_ORIGIN = ("reference", "source", "memo", "entry", "last_entry", "count", "entry_id", "origin")
_CALCULATED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WIDTHS = {"what": 18, "column_document": 20, "column_unit": 22, "column_entry_id": 38, "column_origin": 50}


def as_csv(kept: Kept, language: Language) -> bytes:
    """The table in UTF-8 with a byte order mark, by which spreadsheets know it; lines end as RFC 4180 has it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    for row in table(kept.statement, language):
        writer.writerow([_guarded(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")


def as_xlsx(kept: Kept, language: Language) -> bytes:
    """A workbook with what is said of the statement above the table; numbers are numbers, all else is text."""
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    made = kept.statement.made_at.astimezone(UTC).replace(tzinfo=None)
    book.set_properties({"title": kept.statement.number, "author": kept.statement.platform, "created": made})
    sheet = book.add_worksheet(say("statement.title", language))
    bold, heading = book.add_format({"bold": True}), book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF1F5"})
    above = facts(kept, language)
    for number, (title, value) in enumerate(above):
        sheet.write_string(number, 0, title, bold)
        sheet.write_string(number, 2, value)
    rows = list(table(kept.statement, language))
    top = len(above) + 1
    digits = {0: book.add_format({"num_format": "#,##0"})}
    for number, row in enumerate(rows, top):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell, heading if number == top else None)
            elif cell is not None:
                places = -int(cell.as_tuple().exponent) if isinstance(cell, Decimal) else 0
                if places not in digits:
                    digits[places] = book.add_format({"num_format": "#,##0." + "0" * places})
                sheet.write_number(number, column, cell, digits[places])
    for number, note in enumerate(notes(kept.statement, language), top + len(rows) + 1):
        sheet.write_string(number, 0, note)
    for column, name in enumerate(_names()):
        sheet.set_column(column, column, _WIDTHS.get(name, 14))
    sheet.freeze_panes(top + 1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    sheet.set_footer("&L" + kept.statement.number + "&R&P / &N")
    book.close()
    return target.getvalue()


def table(statement: Statement, language: Language) -> Iterator[Sequence[Cell]]:
    """Titles first, then for each currency the opening balance, all rows with their parts, and the closing balance.

    Amounts of a part are in a column of their own: those of its row contain them.
    """
    yield [say(f"statement.{name}", language) for name in _names()]
    for section in statement.sections:
        yield _balance("opening", section.opening, section, language)
        total = section.opening
        for row in section.rows:
            total += row.changes
            yield _row(row, total, section, statement, language)
            for part in row.parts:
                yield _part(part, row, section, language)
        yield _balance("closing", section.closing, section, language)


def _names() -> list[str]:
    return [*_BEFORE, *_OF_PART, *COLUMNS, *(f"column_{name}" for name in _ORIGIN)]


def _balance(name: str, balances: Balances, section: Section, language: Language) -> Sequence[Cell]:
    said = say(f"statement.{name}", language)
    nothing = [None] * len(_ORIGIN)
    return [section.currency, *[None] * 4, said, *[None] * 5, *amounts(balances, section.currency), *nothing]


def _row(row: Row, total: Balances, section: Section, statement: Statement, language: Language) -> Sequence[Cell]:
    *changes, _ = amounts(row.changes, section.currency)
    return [
        section.currency,
        row.line,
        None,
        day_text(row.posted_at, statement),
        day_text(row.at, statement),
        kind_text(row.kind, language),
        row.invoice,
        None if row.service is None else word(row.service, language),
        None,
        None,
        None,
        *changes,
        decimal(total.net, section.currency),
        row.reference,
        row.source,
        row.memo,
        row.first_entry,
        row.last_entry,
        row.count,
        row.entry_id,
        None,
    ]


def _part(part: Part, row: Row, section: Section, language: Language) -> Sequence[Cell]:
    return [
        section.currency,
        row.line,
        part.number,
        None,
        None,
        say("statement.is_prepaid", language) if part.prepaid else None,
        part.invoice or row.invoice,
        None if part.service is None else word(part.service, language),
        None if part.unit is None else unit_text(part.unit, language),
        part.quantity,
        decimal(part.amount, section.currency),
        *[None] * len(COLUMNS),
        *[None] * (len(_ORIGIN) - 1),
        origin_text(part, language),
    ]


def _guarded(cell: Cell) -> Cell:
    """A text that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_CALCULATED):
        return f"'{cell}"
    return cell
