"""A licence beside the tenant's record, field by field, and what a person could ask for. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Protocol

import msgspec
from rapidfuzz.distance import Levenshtein
from stdnum.cn import uscc

from frostgate.documents.licences.layout import plain
from frostgate.documents.licences.model import (
    LEAST_LINES,
    Compared,
    Comparison,
    Fault,
    Field,
    How,
    Licence,
    Read,
    Summary,
    Verdict,
)

LEAST_SURE = 0.6  # below, what was read is a guess, and is not held against anybody
_UNSAID = re.compile(r"[\W_]+")  # brackets and dots are printed in many ways, and mean nothing in a name
# What print is misread for, each to the first of its family.
_FAMILIES = ("0DQO", "1LI", "2Z", "5S", "6G", "8B", "UVY", "MWN", "PR", "EF", "KX")
_FAMILY = str.maketrans({sign: family[0] for family in _FAMILIES for sign in family})
_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?")

_AT_ONCE = {Fault.WRONG_KIND: Summary.NOT_A_LICENCE, Fault.WRONG_COMPANY: Summary.ANOTHER_COMPANY}
_WORST_FIRST = (
    (Verdict.DIFFERENT, Summary.DIFFERS),
    (Verdict.NOT_READABLE, Summary.NOT_READABLE),
    (Verdict.NEARLY, Summary.NEARLY),
    (Verdict.SAME, Summary.AGREES),
)


class Record(Protocol):
    """What the comparison needs of a tenant's registration."""

    @property
    def name(self) -> str: ...

    @property
    def code(self) -> str | None: ...

    @property
    def legal_representative(self) -> str | None: ...


def compare(licence: Licence, record: Record | None, *, on: date) -> Comparison:
    """What the machine makes of a licence on a day; `record` is None where nobody recorded anything."""
    recorded: Mapping[Field, str | None] = {
        Field.CODE: record.code if record else None,
        Field.NAME: record.name if record else None,
        Field.LEGAL_REPRESENTATIVE: record.legal_representative if record else None,
    }
    fields = tuple(_compared(field, licence.fields.get(field), said) for field, said in recorded.items())
    code = licence.fields.get(Field.CODE)
    is_right = None if code is None else uscc.is_valid(code.words)
    expired = _expired(licence.fields.get(Field.TERM), on)
    verdicts = {each.field: each.verdict for each in fields}
    other = _is_another_company(verdicts, code_is_right=is_right)
    proposes = _proposals(licence, verdicts, is_another_company=other, is_expired=expired is not None)
    return Comparison(
        summary=_summary(verdicts, proposes),
        fields=fields,
        code_is_right=is_right,
        is_another_company=other,
        expired_on=expired,
        proposes=proposes,
    )


def _compared(field: Field, read: Read | None, said: str | None) -> Compared:
    about = Compared(field=field, read=read, on_record=said, verdict=Verdict.SAME)
    if said is None:
        return _change(about, verdict=Verdict.NOTHING_ON_RECORD)
    if read is None or read.confidence < LEAST_SURE:
        return _change(about, verdict=Verdict.NOT_READABLE)
    one, other = _essence(read.words), _essence(said)
    if one == other:
        return about
    apart = Levenshtein.distance(one, other)
    if field is Field.CODE and uscc.is_valid(one):  # no misreading: one wrong character breaks the check digit
        return _change(about, verdict=Verdict.DIFFERENT)
    if field is Field.CODE and one.translate(_FAMILY) == other.translate(_FAMILY):
        return _change(about, verdict=Verdict.NEARLY, how=How.LOOKS_ALIKE, characters=apart)
    if apart <= _tolerated(field, other):
        return _change(about, verdict=Verdict.NEARLY, how=How.FEW_CHARACTERS, characters=apart)
    return _change(about, verdict=Verdict.DIFFERENT)


def _tolerated(field: Field, said: str) -> int:
    """How many characters may be misread: in a short name of a person, each one makes another person."""
    if field is Field.CODE:
        return 2
    return max(1, len(said) // 8) if len(said) >= 3 else 0


def _essence(words: str) -> str:
    return _UNSAID.sub("", plain(words)).upper()


def _is_another_company(verdicts: Mapping[Field, Verdict], *, code_is_right: bool | None) -> bool:
    """A right code that is not the tenant's says it; without any such code the name must."""
    code, name = verdicts[Field.CODE], verdicts[Field.NAME]
    if code is Verdict.DIFFERENT and code_is_right:
        return True
    return name is Verdict.DIFFERENT and code not in {Verdict.SAME, Verdict.NEARLY}


def _proposals(
    licence: Licence, verdicts: Mapping[Field, Verdict], *, is_another_company: bool, is_expired: bool
) -> tuple[Fault, ...]:
    if not licence.is_one:
        return (Fault.LICENCE_UNREADABLE if licence.lines < LEAST_LINES else Fault.WRONG_KIND,)
    if is_another_company:
        return (Fault.WRONG_COMPANY,)
    found = []
    if Verdict.NOT_READABLE in verdicts.values():
        found.append(Fault.LICENCE_UNREADABLE)
    for field, fault in (
        (Field.CODE, Fault.CODE_DIFFERS),
        (Field.NAME, Fault.NAME_DIFFERS),
        (Field.LEGAL_REPRESENTATIVE, Fault.LEGAL_REP_DIFFERS),
    ):
        if verdicts[field] is Verdict.DIFFERENT:
            found.append(fault)
    if is_expired:
        found.append(Fault.LICENCE_EXPIRED)
    return tuple(found)


def _summary(verdicts: Mapping[Field, Verdict], proposes: tuple[Fault, ...]) -> Summary:
    if proposes and proposes[0] in _AT_ONCE:
        return _AT_ONCE[proposes[0]]
    found = set(verdicts.values()) - {Verdict.NOTHING_ON_RECORD}
    for verdict, summary in _WORST_FIRST:
        if verdict in found:
            return summary
    return Summary.NOTHING_ON_RECORD


def _expired(term: Read | None, on: date) -> date | None:
    """The day on which its term ended, where it did; a term of which only one day was read has no known end."""
    if term is None or term.confidence < LEAST_SURE:
        return None
    days = _DATE.findall(term.words)
    if len(days) < 2:
        return None
    try:
        end = date(*map(int, days[-1]))
    except ValueError:
        return None
    return end if end < on else None


def _change(compared: Compared, **changes: object) -> Compared:
    return msgspec.structs.replace(compared, **changes)
