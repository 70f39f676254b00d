"""Whatever a file holds, reading it says what is wrong and never breaks; and what is read adds up."""

import csv
import io
from contextlib import suppress
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from frostgate.base.errors import Refused
from frostgate.billing.payments.model import Statement
from frostgate.billing.payments.statement import Columns, read_statement

HEADINGS = ["Date", "Amount", "Currency", "Memo", "Reference"]
SHANGHAI = ZoneInfo("Asia/Shanghai")

days = st.dates(min_value=date(1970, 1, 3), max_value=date(9998, 1, 1))
shapes = st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d 09:30:15"])
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)
amounts = st.integers(1, 10**13)
ways = st.sampled_from(["{}", "{} 元", "￥{}", "+{}"])


def read(content: bytes, **more: Any) -> Statement:
    return read_statement(content, columns=Columns(), currency=more.get("currency"), zone=SHANGHAI)


def written(rows: list[list[str]], delimiter: str, encoding: str) -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([HEADINGS, *rows])
    return file.getvalue().encode(encoding)


@given(st.binary(max_size=300))
def test_bytes_never_break_it(content: bytes) -> None:
    with suppress(Refused):
        read(content)


@given(st.text(max_size=300), st.sampled_from([",", ";", "\t", "|"]))
def test_text_below_good_headings_never_breaks_it(text: str, delimiter: str) -> None:
    content = (delimiter.join(HEADINGS) + "\n" + text).encode("utf-8", "replace")
    with suppress(Refused):
        for line in read(content, currency="CNY").lines:
            assert line.problems or (line.at and line.amount and line.reference)


@given(st.lists(st.lists(st.text(max_size=20), max_size=7), max_size=5))
def test_cells_never_break_it(rows: list[list[str]]) -> None:
    with suppress(Refused):
        read(written([[cell.encode("utf-8", "replace").decode() for cell in row] for row in rows], ",", "utf-8"))


@given(
    st.lists(st.tuples(days, shapes, amounts, ways, words, st.booleans()), max_size=20),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
)
def test_what_a_bank_writes_adds_up(rows: list[Any], delimiter: str, encoding: str) -> None:
    cells = []
    for number, (day, shape, minor, way, memo, grouped) in enumerate(rows):
        major = f"{minor // 100:,}" if grouped else str(minor // 100)
        when = day.strftime(shape.replace("%Y", f"{day.year:04}"))
        cells.append([when, way.format(f"{major}.{minor % 100:02}"), "CNY", memo, f"R{number}"])
    found = read(written(cells, delimiter, encoding))
    assert [line.problems for line in found.lines] == [()] * len(rows)
    assert [line.amount for line in found.lines] == [row[2] for row in rows]
    assert [line.at.astimezone(SHANGHAI).date() for line in found.lines if line.at] == [row[0] for row in rows]
    assert found.delimiter == delimiter


def test_a_single_yuan_sign_is_enough_to_know_the_encoding() -> None:
    """The bytes of 元 in GB18030 are a letter in UTF-8 as well, so nothing but what the line says tells them apart."""
    [line] = read(written([["2026-03-01", "12.00元", "CNY", "", "R1"]], ",", "gb18030")).lines
    assert (line.amount, line.problems) == (1200, ())
    [line] = read(written([["2026-03-01", "12.00", "EUR", "Café", "R1"]], ",", "utf-8")).lines
    assert (line.memo, line.problems) == ("Café", ())


@given(st.lists(amounts, min_size=1, max_size=8), st.data())
def test_a_file_that_was_cut_off_says_nothing_that_it_did_not_say_whole(sums: list[int], data: st.DataObject) -> None:
    rows = [["2026-03-01", f"{minor}", "JPY", "acme", f"R{n:09}"] for n, minor in enumerate(sums)]
    content = written(rows, ",", "utf-8")
    whole = {line.reference: line.amount for line in read(content).lines}
    cut = content[: data.draw(st.integers(0, len(content)))]
    with suppress(Refused):
        lines = read(cut).lines
        assert {line.reference: line.amount for line in lines[:-1]}.items() <= whole.items()
        assert all(line.amount == whole["R" + f"{n:09}"] for n, line in enumerate(lines) if not line.problems)
