"""What the machine reads of a business licence (营业执照), and what it makes of it. Pure.

The machine proposes: nothing here decides anything, and a licence that could not be read holds nobody up.
"""

import enum
from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from frostgate.base.errors import NotFound
from frostgate.base.model import Fact
from frostgate.documents.model import Purpose

SHORTEST = 900  # pixels of the longer side: below, letters are a few pixels high, and mostly misread
LEAST_LINES = 4  # with fewer lines of print nobody can say what kind of paper it is
PAGES_READ = 3  # of one file: a licence has one, and sometimes a cover sheet before it


class LicenceUnknown(NotFound):
    """The document was not handed in as a business licence, or not for this reader."""

    code = "licence.unknown"


class State(enum.StrEnum):
    """How far reading is."""

    WAITING = "waiting"
    READ = "read"
    UNREADABLE = "unreadable"  # tried, and nothing came of it


Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of print: its words, how sure the reader is (0 to 1), and its corners.

    The corners are (x, y) in pixels, clockwise from the upper left one as the words are read.
    """

    words: str
    confidence: float
    corners: Corners


class Field(enum.StrEnum):
    """What stands on a licence and is of use here."""

    CODE = "code"  # 统一社会信用代码
    NAME = "name"  # 名称
    LEGAL_REPRESENTATIVE = "legal_representative"  # 法定代表人, 经营者, 负责人
    TYPE = "type"  # 类型
    ESTABLISHED = "established"  # 成立日期
    TERM = "term"  # 营业期限


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of one field, and how sure the reader is of its least certain line (0 to 1)."""

    words: str
    confidence: float


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a licence; a field that was not found is not there."""

    fields: Mapping[Field, Read] = {}
    is_titled: bool = False  # whether it says that it is a business licence
    lines: int = 0  # of print, whatever they say

    @property
    def is_one(self) -> bool:
        """Whether this looks like a licence at all."""
        return self.is_titled or Field.CODE in self.fields or len(self.fields) >= 3


class Verdict(enum.StrEnum):
    """How a field compares with the tenant's record."""

    SAME = "same"
    NEARLY = "nearly"
    DIFFERENT = "different"
    NOT_READABLE = "not_readable"
    NOTHING_ON_RECORD = "nothing_on_record"


class How(enum.StrEnum):
    """In what way two values are nearly the same."""

    LOOKS_ALIKE = "looks_alike"  # only where characters look alike: 0 and D, 8 and B
    FEW_CHARACTERS = "few_characters"  # a few characters differ


class Fault(enum.StrEnum):
    """What is wrong with a licence; the codes are those by which reviewers ask for another."""

    WRONG_KIND = "wrong_kind"
    LICENCE_UNREADABLE = "licence_unreadable"
    WRONG_COMPANY = "wrong_company"
    CODE_DIFFERS = "code_differs"
    NAME_DIFFERS = "name_differs"
    LEGAL_REP_DIFFERS = "legal_rep_differs"
    LICENCE_EXPIRED = "licence_expired"


class Summary(enum.StrEnum):
    """All fields in a word, the worst of them."""

    AGREES = "agrees"
    NEARLY = "nearly"
    DIFFERS = "differs"
    ANOTHER_COMPANY = "another_company"
    NOT_A_LICENCE = "not_a_licence"
    NOT_READABLE = "not_readable"
    NOTHING_ON_RECORD = "nothing_on_record"


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One field beside the record; `how` and the number of characters that differ where it is nearly the same."""

    field: Field
    read: Read | None
    on_record: str | None
    verdict: Verdict
    how: How | None = None
    characters: int = 0


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A licence beside the tenant's record."""

    summary: Summary
    fields: tuple[Compared, ...]
    code_is_right: bool | None  # whether the code's check digit follows; None: no code was read
    is_another_company: bool
    expired_on: date | None
    proposes: tuple[Fault, ...]  # what a person could ask for; nothing where all is the same


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How far reading a document is; `problem` says in a word why it could not be read."""

    document_id: str
    tenant_id: str
    state: State
    read_at: datetime | None = None  # UTC
    problem: str = ""
    sealed: bytes | None = None  # the licence, under the tenant's key


def is_licence(purpose: Purpose) -> bool:
    """Whether files for this purpose are read."""
    return purpose is Purpose.BUSINESS_LICENCE


class _LicenceFact(Fact, frozen=True, kw_only=True):
    """Which document; what it says stays out of the journal, which never forgets."""

    document_id: str
    case_id: str


class LicenceRead(_LicenceFact, frozen=True, kw_only=True):
    """The machine read a licence."""

    name = "licence.read"


class LicenceUnreadable(_LicenceFact, frozen=True, kw_only=True):
    """The machine could make nothing of a licence: people read it themselves."""

    name = "licence.unreadable"

    problem: str


class LicenceViewed(_LicenceFact, frozen=True, kw_only=True):
    """Somebody looked at what was read of a licence."""

    name = "licence.viewed"
