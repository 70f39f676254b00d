"""A statement on paper, in a workbook and as CSV: the same bytes each time, in both languages, and no formulas."""

import csv
import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTTextContainer
from stated import APRIL, Stated, a_month, asked

from world import World

CALCULATED = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def march(shared: World) -> Stated:
    """A tenant with a Chinese name whose March has many lines, some with words that spreadsheets would calculate."""
    built = Stated(shared, name="杭州远景通信技术有限公司")
    a_month(built)
    for number, memo in enumerate(CALCULATED):
        built.posts("payments", amount=1, currency="CNY", memo=memo, reference=f"={number}", source="@x")
    built.posts("payments", amount=10**13, currency="CNY", memo="三月货款 <b>&amp;</b> 😀 " + "很长的备注" * 60)
    for number in range(20):
        built.invoice(asked(1000 + number, usage=("u1", "u2")), asked(5, prepaid=True))
    built.charge(5000, currency="JPY")
    shared.clock.move_to(APRIL)
    built.makes("2026-03")
    return built


@pytest.mark.parametrize("form", ["pdf", "xlsx", "csv"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_file_is_the_same_each_time_and_everywhere(march: Stated, tmp_path: Path, form: str, language: str) -> None:
    """Also where another process writes it, on another day."""
    first = march.file("2026-03", form, language)
    assert march.file("2026-03", form, language) == first
    target = tmp_path / "statement"
    words = ["billing", "statement", march.tenant.id, "2026-03", f"--{form}", str(target), "--language", language]
    environ = {**os.environ, "FROSTGATE_DATABASE": march.world.database_url, "PYTHONHASHSEED": "7", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-m", "frostgate", *words],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "made before" in done.stdout
    assert target.read_bytes() == first


def pages(content: bytes) -> Iterator[tuple[str, list[tuple[float, float, float, float]]]]:
    """The text of each page, and where its lines stand: left, bottom, right, top."""
    for page in extract_pages(io.BytesIO(content)):
        lines = [line for part in page if isinstance(part, LTTextContainer) for line in part]
        yield "".join(line.get_text() for line in lines), [line.bbox for line in lines]


@pytest.mark.parametrize(
    ("language", "title", "heads", "counted"),
    [
        ("zh-CN", "对账单", ("行号", "应收账款", "余额"), "第 {} 页，共 {} 页"),
        ("en", "Statement of account", ("Line", "Invoiced", "Balance"), "Page {} of {}"),
    ],
)
def test_paper_has_titles_and_numbers_on_every_page(
    march: Stated, language: str, title: str, heads: tuple[str, ...], counted: str
) -> None:
    found = [text for text, _ in pages(march.file("2026-03", "pdf", language))]
    assert title in found[0]
    assert len(found) > 3
    for number, text in enumerate(found, 1):
        assert counted.format(number, len(found)) in text
        assert f"S-{march.tenant.id.upper()}-2026-03" in text
        assert "杭州远景通信技术有限公司" in text
        assert number == len(found) or all(head in text for head in heads)  # the last one may have the end alone
    whole = re.sub(r"\s", "", "".join(found))
    assert "三月货款<b>&amp;</b>〓" in whole
    assert "100,000,000,000.00" in whole


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_nothing_on_paper_overlaps_or_leaves_the_page(march: Stated, language: str) -> None:
    for _, boxes in pages(march.file("2026-03", "pdf", language)):
        for left, bottom, right, top in boxes:
            assert 36 <= left <= right <= 842 - 36
            assert 18 <= bottom <= top <= 595 - 18
        for number, one in enumerate(boxes):
            for other in boxes[number + 1 :]:
                wide = min(one[2], other[2]) - max(one[0], other[0])
                high = min(one[3], other[3]) - max(one[1], other[1])
                assert wide <= 1 or high <= 1, (one, other)


def test_csv_has_all_lines_and_nothing_to_calculate(march: Stated) -> None:
    content = march.file("2026-03", "csv", "en")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["Memo"] for row in rows if row["Memo"].startswith("'")] == [f"'{memo}" for memo in CALCULATED]
    assert not any(cell.startswith(("=", "@", "+", "\t")) for row in rows for cell in row.values())
    lines = [row for row in rows if row["Line"] and not row["Part"] and row["Currency"] == "CNY"]
    assert len(lines) == len([each for each in march.lines("2026-03") if each["changes"]]) - 1
    [closing] = [row for row in rows if row["What"] == "Closing balance" and row["Currency"] == "CNY"]
    assert closing["Balance"] == lines[-1]["Balance"]
    assert {row["Not invoiced"] for row in rows if row["Currency"] == "JPY"} == {"0", "5000"}


def test_a_workbook_has_numbers_and_texts_and_no_formula(march: Stated) -> None:
    book = zipfile.ZipFile(io.BytesIO(march.file("2026-03", "xlsx", "zh-CN")))
    sheet = Xml.fromstring(book.read("xl/worksheets/sheet1.xml"))
    texts = ["".join(each.itertext()) for each in Xml.fromstring(book.read("xl/sharedStrings.xml"))]
    assert sheet.findall(f".//{MAIN}f") == []
    cells = [(each.get("t"), each.findtext(f"{MAIN}v") or "") for each in sheet.iter(f"{MAIN}c")]
    words = {texts[int(value)] for kind, value in cells if kind == "s" and value}
    assert {"期末余额", "杭州远景通信技术有限公司"} <= {word.split(" (")[0] for word in words}
    assert {memo for memo in CALCULATED if memo.strip() == memo} <= words
    assert -1e11 in {float(value) for kind, value in cells if kind is None and value}


def test_the_reader_gets_the_file_in_its_language(march: Stated) -> None:
    path = f"{march.path}/statements/2026-03/csv"
    answer = march.admin.asks("GET", path, headers={"accept-language": "en"})
    assert answer.headers["content-language"] == "en"
    assert answer.headers["content-disposition"].endswith('-2026-03-en.csv"')
    assert "Closing balance" in answer.text
    assert "期末余额" in march.admin.asks("GET", path, headers={"accept-language": "zh"}).text
    assert march.admin.is_refused("GET", f"{path}?language=fr") == "request.invalid"
