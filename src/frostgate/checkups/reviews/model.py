"""The review of a quarter: who signed in and who may do what, as it was, and what a person says of it. Pure."""

import enum
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from frostgate.base.calendar import DAY, Calendar, add_months
from frostgate.base.model import Actor, Fact
from frostgate.checkups.model import Machine, Person
from frostgate.checkups.reviews.errors import LinesUnanswered, LineUnknown, ReviewConfirmed

REMIND_AFTER = (timedelta(days=7), timedelta(days=14))
DUE_AFTER = timedelta(days=21)  # then customer success is told


class Quarter(msgspec.Struct, frozen=True):
    """Three months, by their first day."""

    first: date

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """The quarter that a day belongs to."""
        return cls(date(day.year, (day.month - 1) // 3 * 3 + 1, 1))

    @property
    def name(self) -> str:
        """Such as "2026-Q1": names sort as the quarters do."""
        return f"{self.first.year}-Q{(self.first.month + 2) // 3}"

    @property
    def end(self) -> date:
        """The day after its last."""
        return add_months(self.first, 3)

    @property
    def before(self) -> "Quarter":
        """The one that ended when this began."""
        return Quarter(add_months(self.first, -3))

    def reviewed_on(self, calendar: Calendar) -> date:
        """The day on which it is reviewed: the first on which people work after its end."""
        return self.end if calendar.is_working(self.end) else calendar.shift(self.end, 1)


class Statement(enum.StrEnum):
    """What somebody says of a line."""

    KEEP = "keep"
    REMOVE = "remove"


class State(enum.StrEnum):
    """Whether a person has confirmed it."""

    OPEN = "open"
    CONFIRMED = "confirmed"


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """Sign-ins of a quarter from one country (None: nobody knows from where)."""

    country: str | None
    succeeded: int = 0
    failed: int = 0
    refused: int = 0
    challenged: int = 0
    frozen: int = 0
    new_devices: int = 0


class PersonLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the tenant, and what they may do."""

    id: str
    email: str
    name: str
    role: str
    active: bool
    signed_in_at: datetime | None

    @property
    def line(self) -> str:
        """Its name in statements and changes."""
        return f"person:{self.id}"


class TokenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A token of the tenant's programs, and what it may do."""

    id: str
    name: str
    purpose: str
    role: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None

    @property
    def line(self) -> str:
        """Its name in statements and changes."""
        return f"token:{self.id}"


MatrixLine = PersonLine | TokenLine


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is not as it was at the review before: a line that came or went, or one field of it."""

    line: str
    name: str
    what: str  # "added", "removed" or "changed"
    field: str = ""
    before: str = ""
    after: str = ""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What a review shows, as it was when it was made; it is stored as text and never changes."""

    tenant_id: str
    tenant_name: str
    quarter: str
    first_day: date
    last_day: date
    time_zone: str
    made_at: datetime
    compared_with: str | None  # the quarter of the review before
    sign_ins: tuple[Count, ...]
    people: tuple[PersonLine, ...]
    tokens: tuple[TokenLine, ...]
    changes: tuple[Change, ...]
    should_be_gone: tuple[str, ...] = ()  # lines that the review before was to remove, and that are still here

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything of which somebody says whether it stays."""
        return tuple(each.line for each in self.matrix)

    @property
    def matrix(self) -> tuple[MatrixLine, ...]:
        """People first, then tokens."""
        return (*self.people, *self.tokens)


_read_snapshot = msgspec.json.Decoder(Snapshot).decode


class RemovalState(enum.StrEnum):
    """What became of what is to go."""

    OPEN = "open"
    DONE = "done"
    LEFT = "left"  # our people settled with the tenant that it stays


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a review of which a person said that it is to go, until it is gone."""

    review_id: str
    tenant_id: str
    quarter: str
    line: str
    state: RemovalState = RemovalState.OPEN
    asked_at: datetime
    ended_at: datetime | None = None
    ended_by: Actor | None = None

    def ended(self, state: RemovalState, *, by: Actor, at: datetime) -> "Removal":
        """It is gone, or stays after all."""
        assert self.state is RemovalState.OPEN, "BUG: what is over ends once more"
        return msgspec.structs.replace(self, state=state, ended_at=at, ended_by=by)


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """The review of one quarter of a tenant. `told` counts how often we asked; `digest` is of its stored text."""

    id: str
    tenant_id: str
    quarter: str
    body: str
    digest: str
    made_at: datetime
    due_at: datetime
    state: State = State.OPEN
    told: int = 1
    look_at: datetime | None
    escalated_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: Actor | None = None
    statements: Mapping[str, Statement] = {}
    words: str = ""

    @property
    def snapshot(self) -> Snapshot:
        """What it shows."""
        return _read_snapshot(self.body)

    def confirm(self, statements: Mapping[str, Statement], words: str, *, actor: Actor, at: datetime) -> "Review":
        """Somebody says of each line whether it stays.

        Raises:
            ReviewConfirmed: somebody did before.
            LineUnknown, LinesUnanswered: they are not just its lines.
        """
        if self.state is State.CONFIRMED:
            raise ReviewConfirmed
        lines = self.snapshot.lines
        for line in statements:
            if line not in lines:
                raise LineUnknown(line=line)
        if missing := len(lines) - len(statements):
            raise LinesUnanswered(missing_lines=missing)
        return msgspec.structs.replace(
            self,
            state=State.CONFIRMED,
            confirmed_at=at,
            confirmed_by=actor,
            statements={line: statements[line] for line in lines},
            words=words,
            look_at=None,
        )

    def look(self, at: datetime) -> "Review":
        """The review once whoever is to be told by now has been: asked again, or customer success told."""
        times = [self.made_at + after for after in REMIND_AFTER]
        told = 1 + sum(time <= at for time in times)
        escalated = self.escalated_at or (at if at >= self.due_at else None)
        later = [time for time in (*times, self.due_at) if time > at]
        return msgspec.structs.replace(
            self, told=told, escalated_at=escalated, look_at=min(later) if escalated is None else None
        )


def person_line(person: Person) -> PersonLine:
    """Somebody as a review shows them."""
    return PersonLine(**{name: getattr(person, name) for name in PersonLine.__struct_fields__})


def token_line(token: Machine) -> TokenLine:
    """A token as a review shows it."""
    return TokenLine(**{name: getattr(token, name) for name in TokenLine.__struct_fields__})


# What changes all the time and says nothing of what somebody may do.
_PASSING = frozenset({"id", "signed_in_at", "used_at", "created_at"})


def changes(before: Snapshot, now: Sequence[MatrixLine]) -> tuple[Change, ...]:
    """What is not as it was, field by field, in the order of the lines; what went comes last."""
    known = {each.line: each for each in before.matrix}
    found: list[Change] = []
    for each in now:
        was = known.pop(each.line, None)
        if was is None:
            found.append(Change(line=each.line, name=each.name, what="added", after=each.role))
        else:
            found += _changed(was, each)
    found += [Change(line=line, name=was.name, what="removed", before=was.role) for line, was in known.items()]
    return tuple(found)


def _changed(was: MatrixLine, now: MatrixLine) -> Iterator[Change]:
    for field in now.__struct_fields__:
        before, after = getattr(was, field), getattr(now, field)
        if field not in _PASSING and before != after:
            yield Change(
                line=now.line, name=now.name, what="changed", field=field, before=_text(before), after=_text(after)
            )


def last_day_of(quarter: Quarter) -> date:
    """The last day of a quarter."""
    return quarter.end - DAY


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class _ReviewFact(Fact, frozen=True, kw_only=True):
    """What the journal keeps of a review: of which quarter; what it shows stands in it alone."""

    review_id: str
    quarter: str


class ReviewMade(_ReviewFact, frozen=True, kw_only=True):
    """A quarter is over, and what there is to confirm is on record."""

    name = "review.made"

    digest: str


class ReviewReminded(_ReviewFact, frozen=True, kw_only=True):
    """The tenant was asked again."""

    name = "review.reminded"

    told: int


class ReviewOverdue(_ReviewFact, frozen=True, kw_only=True):
    """Nobody confirmed it in time: customer success is told."""

    name = "review.overdue"


class ReviewAnswered(_ReviewFact, frozen=True, kw_only=True):
    """A person of the tenant confirmed it, and said what is to be removed."""

    name = "review.confirmed"

    to_remove: tuple[str, ...]


class ReviewRemovalEnded(_ReviewFact, frozen=True, kw_only=True):
    """What a review said is to go is gone, or stays after all."""

    name = "review.removal_ended"

    line: str
    state: RemovalState


class ReviewCodeSent(_ReviewFact, frozen=True, kw_only=True):
    """Somebody with the link of a notice had a code sent to where that notice went."""

    name = "review.code_sent"

    notice_id: str


class ReviewVisited(_ReviewFact, frozen=True, kw_only=True):
    """Somebody proved with the code that they read there."""

    name = "review.visited"

    notice_id: str
