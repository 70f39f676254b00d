"""What a statement looks like from outside: amounts are minor units, positive where the tenant owes."""

import enum
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from frostgate.billing.statements.model import Answer, AnswerKind, Balances, Kept, Row, Section


class State(enum.StrEnum):
    """What the tenant said of a statement so far."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"  # and not confirmed for the rest
    UNANSWERED = "unanswered"  # and its date has passed


class BalancesView(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on each position, and all of it together."""

    receivable: int
    unbilled: int
    prepaid: int
    unapplied: int
    net: int


class KindView(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of entry changed."""

    kind: str
    changes: BalancesView


class SectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A statement's part in one currency, without its lines."""

    currency: str
    opening: BalancesView
    totals: list[KindView]
    closing: BalancesView
    lines: int


class AnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """What the tenant said, and the dispute that it opened."""

    kind: AnswerKind
    at: datetime
    by: str
    line: int | None
    part: int | None
    dispute_id: str | None


class StatementView(msgspec.Struct, frozen=True, kw_only=True):
    """A month's statement. The digest is the SHA-256 of what was made, and stays."""

    id: str
    tenant_id: str
    number: str
    month: str
    first_day: date
    last_day: date
    time_zone: str
    first_entry: int
    last_entry: int
    made_at: datetime
    answer_by: date
    state: State
    digest: str
    sections: list[SectionView]
    answers: list[AnswerView]


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """The statement of a month; `repeated`: it was there before."""

    statement: StatementView
    repeated: bool


class StatementsView(msgspec.Struct, frozen=True, kw_only=True):
    """Some of a tenant's statements, the newest first. `next` asks for those before; null: there are none."""

    items: list[StatementView]
    next: str | None


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a statement with its currency."""

    currency: str
    row: Row


class RowsView(msgspec.Struct, frozen=True, kw_only=True):
    """Some lines of a statement. `next` asks for those that follow."""

    items: list[RowView]
    next: int | None


def statement_view(kept: Kept, answers: Sequence[Answer], *, today: date) -> StatementView:
    """A statement with what was said of it; `today` is the day in its zone."""
    made = kept.statement
    return StatementView(
        id=made.id,
        tenant_id=made.tenant_id,
        number=made.number,
        month=made.month,
        first_day=made.first_day,
        last_day=made.last_day,
        time_zone=made.time_zone,
        first_entry=made.first_entry,
        last_entry=made.last_entry,
        made_at=made.made_at,
        answer_by=made.answer_by,
        state=_state(answers, is_over=today > made.answer_by),
        digest=kept.digest,
        sections=[_section_view(each) for each in made.sections],
        answers=[answer_view(each) for each in answers],
    )


def answer_view(answer: Answer) -> AnswerView:
    """An answer."""
    return AnswerView(
        kind=answer.kind,
        at=answer.at,
        by=answer.by,
        line=answer.line,
        part=answer.part,
        dispute_id=answer.dispute_id,
    )


def _state(answers: Sequence[Answer], *, is_over: bool) -> State:
    kinds = {each.kind for each in answers}
    if AnswerKind.CONFIRMED in kinds:
        return State.CONFIRMED
    if kinds:
        return State.DISPUTED
    return State.UNANSWERED if is_over else State.OPEN


def _section_view(section: Section) -> SectionView:
    return SectionView(
        currency=section.currency,
        opening=_balances_view(section.opening),
        totals=[
            KindView(kind=kind.value, changes=_balances_view(changes)) for kind, changes in section.totals().items()
        ],
        closing=_balances_view(section.closing),
        lines=len(section.rows),
    )


def _balances_view(balances: Balances) -> BalancesView:
    return BalancesView(**msgspec.structs.asdict(balances), net=balances.net)
