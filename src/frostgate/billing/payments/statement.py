"""Bank statements as banks write them: CSV in UTF-8 or GB18030, with Chinese or English headings. Pure.

A line that cannot be posted keeps all of its problems, so that whoever looks at the preview mends them at once.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from frostgate.base.errors import Refused
from frostgate.base.money import Money, digits_of
from frostgate.billing.ledger.held import check_amount
from frostgate.billing.payments.errors import (
    AmountUnreadable,
    ColumnsMissing,
    CurrencyMissing,
    DateUnreadable,
    FileUnreadable,
    LineIncomplete,
    NotIncoming,
    ReferenceMissing,
    TooManyLines,
)
from frostgate.billing.payments.model import Statement, StatementLine
from frostgate.directory.model import is_name

LINES_MOST = 5000
MEMO_MOST = 500
_HEADER_WITHIN = 30  # rows that a bank may put before the headings
_DELIMITERS = ",;\t|"
T = TypeVar("T")

# The best name first: a column of credits says more than one of amounts.
HEADINGS: Mapping[str, Sequence[str]] = {
    "date": (
        *("交易日期", "交易时间", "记账日期", "入账日期", "日期"),
        *("transaction date", "booking date", "value date", "date"),
    ),
    "amount": (
        *("贷方金额", "贷方发生额", "收入金额", "收入", "交易金额", "发生额", "金额"),
        *("credit amount", "credit", "amount"),
    ),
    "memo": ("摘要", "附言", "用途", "备注", "memo", "description", "details", "remark"),
    "reference": (
        *("交易流水号", "银行流水号", "流水号", "凭证号"),
        *("transaction id", "reference", "ref"),
    ),
    "currency": ("币种", "货币", "currency"),
    "direction": ("借贷标志", "借贷方向", "收支", "收/支", "direction", "dr/cr", "debit/credit"),
}
_NEEDED = ("date", "amount", "reference")
_CREDITS = frozenset(("贷方金额", "贷方发生额", "收入金额", "收入", "credit amount", "credit"))
_CURRENCIES = {"人民币": "CNY", "人民币元": "CNY", "RMB": "CNY", "156": "CNY", "美元": "USD", "840": "USD"}
_CURRENCIES |= {"欧元": "EUR", "港币": "HKD", "港元": "HKD", "日元": "JPY", "英镑": "GBP", "新加坡元": "SGD"}
_COMES = frozenset(("贷", "贷方", "收", "收入", "c", "cr", "credit", "in"))

_DATE = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))"
    r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?",
    re.ASCII,
)
_AMOUNT = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d{1,18})(\.\d{0,8})?", re.ASCII)
# Stripe's own name for some money, where its bank transfers carry it.
_PAYMENT = re.compile(r"(?<![A-Za-z0-9])pi_[A-Za-z0-9]{8,60}(?![A-Za-z0-9])", re.ASCII)


class Columns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file calls its columns, where that is not recognised."""

    date: str | None = None
    amount: str | None = None
    memo: str | None = None
    reference: str | None = None
    currency: str | None = None
    direction: str | None = None


def read_statement(content: bytes, *, columns: Columns, currency: str | None, zone: ZoneInfo) -> Statement:
    """Read a file; `zone` is where its dates hold, and `currency` is that of lines that name none.

    Raises:
        FileUnreadable: it is no text in UTF-8 or GB18030, or no CSV.
        ColumnsMissing: no line near its beginning names the columns.
        TooManyLines: it is longer than one import may be.
    """
    readings: list[Statement] = []
    refused: Refused | None = None
    for encoding, text in _texts(content):
        try:
            readings.append(_read(encoding, text, columns=columns, currency=currency, zone=zone))
        except (FileUnreadable, ColumnsMissing) as error:
            refused = refused or error
            continue
        if not _problems(readings[-1]):
            break
    if not readings:
        raise refused or FileUnreadable(problem="UTF-8, GB18030")
    return min(readings, key=_problems)


def _texts(content: bytes) -> Iterator[tuple[str, str]]:
    """The file in every encoding that its bytes allow. A short one of GB18030 may be UTF-8 by chance: 元 is one letter
    of Cyrillic there. The right one leaves fewer lines with a problem.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            if "\x00" not in text:
                yield encoding.removesuffix("-sig"), text


def _problems(statement: Statement) -> int:
    return sum(1 for line in statement.lines if line.problems)


def _read(encoding: str, text: str, *, columns: Columns, currency: str | None, zone: ZoneInfo) -> Statement:
    """A file in one encoding."""
    delimiter, rows, start, found = _header(text, columns)
    width = 1 + max(place for places in found.values() for place in places)
    lines = []
    for number, row in rows[start + 1 :]:
        if any(cell.strip() for cell in row):
            cells = {field: [_plain(row[i]) for i in places if i < len(row)] for field, places in found.items()}
            lines.append(_line(number, cells, currency=currency, zone=zone, is_whole=len(row) >= width))
    if len(lines) > LINES_MOST:
        raise TooManyLines(most=LINES_MOST)
    titles = rows[start][1]
    named = {field: tuple(titles[place].strip() for place in places) for field, places in found.items()}
    return Statement(encoding=encoding, delimiter=delimiter, columns=named, lines=tuple(lines))


def _header(text: str, columns: Columns) -> tuple[str, list[tuple[int, list[str]]], int, dict[str, list[int]]]:
    """The delimiter with which a row near the beginning is a header, and what its columns stand for.

    Raises:
        FileUnreadable, ColumnsMissing
    """
    best: set[str] = set()
    problem = None
    for delimiter in _DELIMITERS:
        try:
            rows = _rows(text, delimiter)
        except csv.Error as error:  # with another sign between its cells it may be in order
            problem = problem or FileUnreadable(problem=str(error))
            continue
        for place, (_, row) in enumerate(rows[:_HEADER_WITHIN]):
            found = _recognised(row, columns)
            if found.keys() >= {*_NEEDED}:
                return delimiter, rows, place, found
            best = max(best, {*_NEEDED} & found.keys(), key=len)
    raise problem or ColumnsMissing(columns=", ".join(field for field in _NEEDED if field not in best))


def _rows(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """All rows with the numbers of the lines that they end on. Strictly: a quote that nobody closes hides the rest."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return [(reader.line_num, row) for row in reader]


def _recognised(row: Sequence[str], columns: Columns) -> dict[str, list[int]]:
    """Which columns stand for what: as told, or by their headings. A memo may be in several."""
    titles = [re.sub(r"[（(\[].*", "", _plain(cell)).strip().lower() for cell in row]
    found: dict[str, list[int]] = {}
    for field, known in HEADINGS.items():
        told: str | None = getattr(columns, field)
        if told is not None:
            wanted = [place for place, cell in enumerate(row) if _plain(cell) == _plain(told)]
        else:
            wanted = [titles.index(heading) for heading in known if heading in titles]
        if wanted:
            found[field] = wanted if field == "memo" else wanted[:1]
    if "amount" in found and titles[found["amount"][0]] in _CREDITS:
        found.pop("direction", None)  # a column of credits has only what came in
    return found


def _line(
    number: int, cells: Mapping[str, Sequence[str]], *, currency: str | None, zone: ZoneInfo, is_whole: bool
) -> StatementLine:
    """One line with all that is wrong with it."""
    problems: list[str] = [] if is_whole else [LineIncomplete.code]

    def tried(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except Refused as refused:
            problems.append(refused.code)
            return None

    def cell(field: str) -> str:
        return next(iter(cells.get(field, ())), "")

    memo = " ".join(text for text in cells.get("memo", ()) if text)
    money = tried(lambda: _currency(cell("currency"), currency))
    at = tried(lambda: _date(cell("date"), zone))
    amount = None
    if money is not None:
        amount = tried(lambda: _amount(cell("amount"), money, cells.get("direction")))
    reference = tried(lambda: _reference(cell("reference"), memo))
    return StatementLine(
        number=number,
        at=at,
        amount=amount,
        currency=money,
        memo=memo[:MEMO_MOST],
        reference=reference,
        problems=tuple(problems),
    )


def _currency(text: str, default: str | None) -> str:
    if not text and default is None:
        raise CurrencyMissing
    code = _CURRENCIES.get(text.upper(), text.upper()) or default or ""
    Money(0, code[:16])
    return code


def _date(text: str, zone: ZoneInfo) -> datetime:
    found = _DATE.fullmatch(text)
    if found is None:
        raise DateUnreadable
    year, month, day, *time = [int(part) for part in found.groups() if part is not None and part.isdigit()]
    hour, minute, second = (*time, 0, 0, 0)[:3]
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        raise DateUnreadable from None
    if not 1970 <= year < 9999:  # at the ends of time, there is none in some other zone
        raise DateUnreadable
    return local.astimezone(UTC)


def _amount(text: str, currency: str, direction: Sequence[str] | None) -> int:
    """Minor units of money that came in."""
    plain = re.sub(r"^([+-]?)(?:¥|\$|€|£|CNY|RMB|USD)", r"\1", text.replace(" ", "").removesuffix("元"))
    if not plain or (direction and direction[0].lower() not in _COMES):
        raise NotIncoming
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        raise AmountUnreadable
    if found[1] == "-":
        raise NotIncoming
    scaled = Decimal(found[2].replace(",", "") + (found[3] or "")).scaleb(digits_of(currency))
    if scaled != scaled.to_integral_value():
        raise AmountUnreadable
    check_amount(Money(int(scaled), currency))
    return int(scaled)


def _reference(text: str, memo: str) -> str:
    """By which name the money is known: the provider's own, where the bank passes it on."""
    known = next(_payments(text, memo), text)
    if not is_name(known):
        raise ReferenceMissing
    return known


def _payments(*texts: str) -> Iterator[str]:
    for text in texts:
        yield from _PAYMENT.findall(text)


def _plain(cell: str) -> str:
    """A cell without its width, its padding, and the tabs and quotes that keep a spreadsheet from counting."""
    text = unicodedata.normalize("NFKC", cell)
    return "".join(sign if sign.isprintable() else " " for sign in text).strip(" '\"=")
