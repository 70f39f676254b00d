"""From lines of print to fields, however the form was laid out, worn, or misread."""

from datetime import date
from typing import Any

import pytest

from frostgate.appeals.asking import WANTED, Ask
from frostgate.documents.licences.comparing import compare
from frostgate.documents.licences.layout import licence_of
from frostgate.documents.licences.model import Comparison, Fault, Field, How, Licence, Line, Read, Summary, Verdict
from licences import CODE, NAME, PERSON

TODAY = date(2026, 3, 2)


class Record:
    def __init__(self, code: str | None = CODE, name: str = NAME, person: str | None = PERSON) -> None:
        self.code, self.name, self.legal_representative = code, name, person


def line(words: str, left: float, top: float, *, size: float = 30, sure: float = 0.99) -> Line:
    """Print of this size at this place; a character is as wide as it is high."""
    right, bottom = left + size * len(words), top + size
    return Line(words=words, confidence=sure, corners=((left, top), (right, top), (right, bottom), (left, bottom)))


def read(*lines: Line) -> dict[Field, str]:
    return {field: each.words for field, each in licence_of(lines).fields.items()}


@pytest.mark.parametrize(
    "lines",
    [
        [line("统一社会信用代码", 100, 50), line(CODE, 100, 90)],
        [line("统一社会信用代码", 100, 50), line(CODE, 400, 52), line("营业执照", 900, 40, size=60)],
        [line(f"统一社会信用代码：{CODE}", 100, 50)],
        [
            line("社会信用代码", 100, 50),
            line(" ９１４４０３００７０８４６１１３６Ｔ", 100, 90),
        ],  # a stamp, and wide letters
        [line("统一社会信用代码", 100, 50), line(CODE.replace("0", "O").replace("1", "I"), 100, 90)],
        [line("证照编号05000000202201010001", 100, 50), line(CODE, 100, 90)],  # the label is worn away
    ],
)
def test_the_code_is_found(lines: list[Line]) -> None:
    assert read(*lines)[Field.CODE] == CODE


def test_labels_with_gaps_and_values_that_run_on() -> None:
    found = read(
        line("名", 100, 100),
        line("称", 220, 101),
        line("深圳市蓝鲸通讯", 300, 100),
        line("技术有限公司", 300, 138),
        line("类 型", 100, 200),
        line("有限责任公司", 300, 200),
        line("经 营 者 王建国", 100, 260),
        line("注册资本", 800, 100),
        line("壹仟万元", 950, 100),
    )
    assert found[Field.NAME] == NAME
    assert found[Field.TYPE] == "有限责任公司"
    assert found[Field.LEGAL_REPRESENTATIVE] == PERSON


def test_a_value_is_never_taken_from_another_label() -> None:
    found = read(
        line("名称", 100, 100), line("注册资本", 800, 100), line("法定代表人", 100, 160), line("住所", 700, 160)
    )
    assert found == {}


def licence(code: str = CODE, name: str = NAME, person: str = PERSON, *, sure: float = 0.99, **more: str) -> Licence:
    told = {Field.CODE: code, Field.NAME: name, Field.LEGAL_REPRESENTATIVE: person}
    told |= {Field(field): words for field, words in more.items()}
    fields = {field: Read(words=words, confidence=sure) for field, words in told.items() if words}
    return Licence(fields=fields, is_titled=True, lines=20)


def made(found: Licence, record: Any = None) -> Comparison:
    return compare(found, record or Record(), on=TODAY)


def verdicts(found: Comparison) -> list[str]:
    return [each.verdict.value for each in found.fields]


def test_the_same_company_however_its_name_is_printed() -> None:
    found = made(licence(name="深圳市蓝鲸（通讯）技术有限公司"), Record(name="深圳市蓝鲸(通讯)技术有限公司"))
    assert (found.summary, verdicts(found), found.proposes) == (Summary.AGREES, ["same"] * 3, ())
    assert found.code_is_right is True


def test_what_looks_alike_is_nearly_the_same_and_says_how() -> None:
    found = made(licence(code="914403007O8461136T".replace("O", "D"), name=NAME.replace("鲸", "鲨")))
    code, name, _ = found.fields
    assert (code.verdict, code.how, code.characters) == (Verdict.NEARLY, How.LOOKS_ALIKE, 1)
    assert (name.verdict, name.how, name.characters) == (Verdict.NEARLY, How.FEW_CHARACTERS, 1)
    assert (found.summary, found.code_is_right, found.proposes) == (Summary.NEARLY, False, ())


def test_a_right_code_that_is_another_s_is_no_misreading() -> None:
    found = made(licence(code="91110108551385082Q", name="北京小米科技有限责任公司", person="雷军"))
    assert found.is_another_company
    assert (found.summary, found.proposes) == (Summary.ANOTHER_COMPANY, (Fault.WRONG_COMPANY,))
    by_name = made(licence(code="", name="北京小米科技有限责任公司"))
    assert by_name.is_another_company


def test_only_what_differs_is_proposed() -> None:
    found = made(licence(person="李雷"))
    assert (found.summary, found.proposes) == (Summary.DIFFERS, (Fault.LEGAL_REP_DIFFERS,))
    assert made(licence(term="2001年09月12日至2021年09月11日")).proposes == (Fault.LICENCE_EXPIRED,)
    assert made(licence(term="2001年09月12日至长期")).proposes == ()


def test_a_guess_is_held_against_nobody() -> None:
    found = made(licence(person="李雷", sure=0.4))
    assert verdicts(found) == ["not_readable"] * 3
    assert (found.summary, found.proposes) == (Summary.NOT_READABLE, (Fault.LICENCE_UNREADABLE,))


def test_nothing_on_record_and_nothing_to_read() -> None:
    nothing = compare(licence(), None, on=TODAY)
    assert (nothing.summary, set(verdicts(nothing))) == (Summary.NOTHING_ON_RECORD, {"nothing_on_record"})
    assert made(Licence(lines=30)).proposes == (Fault.WRONG_KIND,)
    assert made(Licence(lines=1)).proposes == (Fault.LICENCE_UNREADABLE,)


def test_whatever_the_machine_proposes_can_be_asked_for() -> None:
    for fault in Fault:
        assert Ask(fault.value) in WANTED or fault is Fault.WRONG_KIND
