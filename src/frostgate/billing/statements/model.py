"""Statements of account: what happened to a tenant's ledger in a month, made once and never changed. Pure values.

Amounts are as in the ledger: positive where the tenant owes, negative where it has something with us. A statement is
about what was *posted* in its month, so an entry that counts from an earlier day stands in the month in which it came,
and every entry stands in exactly one statement.
"""

import enum
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec

from frostgate.base.errors import Conflict, NotFound, Refused
from frostgate.base.model import Fact
from frostgate.billing.ledger.drafts import Reason
from frostgate.billing.ledger.model import Amount, EntryKind, Line, Position
from frostgate.standing.model import Service

ANSWER_WITHIN = timedelta(days=30)  # of the day on which it was made, in the tenant's zone
NAMED_AT_MOST = 3  # sources that a part names itself; the invoice names all of them

_MONTH = re.compile(r"2[0-9]{3}-(0[1-9]|1[0-2])")


class MonthUnusable(Refused):
    """Not a month, such as 2026-10."""

    code = "statement.month_unusable"


class MonthNotOver(Conflict):
    """The month goes on until `end` in the tenant's zone."""

    code = "statement.month_not_over"


class NothingPosted(Conflict):
    """Nothing was ever posted to the tenant's ledger by the end of this month."""

    code = "statement.nothing_posted"


class StatementUnknown(NotFound):
    """No statement was made for this month."""

    code = "statement.unknown"


class StatementLineUnknown(NotFound):
    """The statement has no such line, or the line has no such part."""

    code = "statement.line_unknown"


class NotDisputable(Conflict):
    """Only what an invoice asks for can be disputed: this line asks for nothing."""

    code = "statement.not_disputable"


class AnsweredTooLate(Conflict):
    """The statement could be answered until `until`."""

    code = "statement.answered_too_late"


class ConfirmedAlready(Conflict):
    """The tenant confirmed the statement before."""

    code = "statement.confirmed_already"


class Balances(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stands on the positions that are between a tenant and us, in minor units of one currency."""

    receivable: int = 0
    unbilled: int = 0
    prepaid: int = 0
    unapplied: int = 0

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "Balances":
        """What lines change; what they do to our own positions is none of the tenant's business."""
        return cls.from_positions((line.position, line.amount) for line in lines)

    @classmethod
    def from_positions(cls, amounts: Iterable[tuple[Position, int]]) -> "Balances":
        """The sum of amounts on positions."""
        found = dict.fromkeys(cls.__struct_fields__, 0)
        for position, amount in amounts:
            if position.value in found:
                found[position.value] += amount
        return cls(**found)

    @property
    def net(self) -> int:
        """What the tenant owes after everything that it has with us."""
        return self.receivable + self.unbilled + self.prepaid + self.unapplied

    def __add__(self, other: "Balances") -> "Balances":
        return self._with(other, 1)

    def __sub__(self, other: "Balances") -> "Balances":
        return self._with(other, -1)

    def _with(self, other: "Balances", sign: int) -> "Balances":
        names = self.__struct_fields__
        return Balances(**{name: getattr(self, name) + sign * getattr(other, name) for name in names})


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a row: what an invoice asks for one unit, or what an entry moved on one invoice."""

    number: int  # from 1, within its row
    amount: int
    service: Service | None = None
    unit: str | None = None
    quantity: int | None = None
    prepaid: bool = False  # it was paid from the prepaid balance: shown, and not owed
    invoice_id: str | None = None
    invoice: str | None = None  # its number, for people
    days: tuple[date, date] | None = None  # the first and the last day whose usage it asks for
    entries: tuple[int, int] | None = None  # the first and the last entry among which its charges are
    usage: tuple[str, ...] = ()  # what else it comes from; where that is much, the first few


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the ledger, or all charges of one service: those may be thousands, and are paged elsewhere."""

    line: int  # from 1, within the statement
    kind: EntryKind
    first_entry: int
    last_entry: int
    count: int  # of entries
    entry_id: str  # of the first one
    at: datetime  # when the first one counts
    posted_at: datetime  # when the last one came
    changes: Balances
    service: Service | None = None
    position: Position | None = None  # of charges: where they stand
    invoice_id: str | None = None
    invoice: str | None = None
    reference: str | None = None
    source: str | None = None
    memo: str = ""
    reverses: int | None = None
    parts: tuple[Part, ...] = ()


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A statement's part in one currency."""

    currency: str
    opening: Balances
    rows: tuple[Row, ...]
    closing: Balances

    def totals(self) -> Mapping[EntryKind, Balances]:
        """What each kind of entry changed."""
        found: dict[EntryKind, Balances] = {}
        for row in self.rows:
            found[row.kind] = found.get(row.kind, Balances()) + row.changes
        return {kind: found[kind] for kind in EntryKind if kind in found}


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's statement of one month, as it was made. Whatever is printed of it follows from this value alone."""

    id: str
    tenant_id: str
    number: str  # for people, such as "S-ACME-2026-10"
    month: str
    first_day: date
    last_day: date
    time_zone: str
    tenant_name: str
    platform: str
    first_entry: int
    last_entry: int  # one less than the first where nothing was posted
    made_at: datetime
    answer_by: date  # the last day on which the tenant may answer, in its zone
    sections: tuple[Section, ...]

    def row(self, line: int) -> tuple[Row, str]:
        """One row, with its currency.

        Raises:
            StatementLineUnknown: there is none of this number.
        """
        for section in self.sections:
            for row in section.rows:
                if row.line == line:
                    return row, section.currency
        raise StatementLineUnknown


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A statement, and the digest that shows that it is the one that was made."""

    statement: Statement
    digest: str  # SHA-256 of its canonical JSON, in hex


class AnswerKind(enum.StrEnum):
    """What a tenant says of a statement."""

    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a tenant said: that the statement is right, or that a line of it is not, which opened a dispute."""

    id: str
    tenant_id: str
    statement_id: str
    kind: AnswerKind
    at: datetime
    by: str
    line: int | None = None
    part: int | None = None
    dispute_id: str | None = None


class LineDispute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line that the tenant says is wrong, or one part of it. Without an amount, all that it asks for."""

    line: Annotated[int, msgspec.Meta(ge=1, lt=2**62)]
    part: Annotated[int, msgspec.Meta(ge=1, lt=2**62)] | None = None
    amount: Amount | None = None
    reason: Reason


class _OfStatement(Fact, frozen=True, kw_only=True):
    """What became of a statement."""

    statement_id: str
    number: str


class StatementMade(_OfStatement, frozen=True, kw_only=True):
    """A month was put together; the digest covers all of it."""

    name = "billing.statement_made"

    digest: str


class StatementConfirmed(_OfStatement, frozen=True, kw_only=True):
    """The tenant says that it is right, but for what it disputed before."""

    name = "billing.statement_confirmed"


class StatementLineDisputed(_OfStatement, frozen=True, kw_only=True):
    """The tenant says that a line is wrong; the dispute's own fact stands before this one."""

    name = "billing.statement_line_disputed"

    line: int
    part: int | None
    dispute_id: str


def disputable(row: Row, part: int | None) -> int:
    """How much of a row, or of one part of it, an invoice asks for: the most that can be disputed there.

    Raises:
        StatementLineUnknown: the row has no such part.
        NotDisputable: nothing is asked for there.
    """
    if part is not None and not any(each.number == part for each in row.parts):
        raise StatementLineUnknown(pointer="/part")
    asked = 0
    if row.kind is EntryKind.INVOICE:
        asked = sum(each.amount for each in row.parts if part in (None, each.number) and not each.prepaid)
    if not asked:
        raise NotDisputable(pointer="/line" if part is None else "/part")
    return asked


def reconciled(section: Section) -> Section:
    """The same section, if what was there and what came add up to what is there, position by position."""
    total = section.opening
    for row in section.rows:
        total += row.changes
        moved = sum(part.amount for part in row.parts if not part.prepaid)
        assert not row.parts or moved == row.changes.receivable, "BUG: parts that are not their row"
    assert total == section.closing, "BUG: a statement that does not reconcile"
    return section


def first_day_of(month: str) -> date:
    """The first day of a month such as "2026-10".

    Raises:
        MonthUnusable: it is no month.
    """
    if not _MONTH.fullmatch(month):
        raise MonthUnusable(pointer="/month")
    return date(int(month[:4]), int(month[5:]), 1)
