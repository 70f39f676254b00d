"""Making statements, and what a tenant says of them."""

from datetime import UTC, date, datetime, time

import msgspec
import sqlalchemy as sa
import structlog

from frostgate.base.calendar import DAY, FURTHEST_EAST, FURTHEST_WEST, Calendar
from frostgate.base.model import BILLING, Actor
from frostgate.base.money import Money
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.billing.invoicing import service as invoicing
from frostgate.billing.ledger import documents
from frostgate.billing.ledger import store as ledger
from frostgate.billing.ledger.disputes import open_dispute
from frostgate.billing.ledger.drafts import DisputeDraft
from frostgate.billing.ledger.errors import MoreThanBilled
from frostgate.billing.ledger.held import HeldLedger
from frostgate.billing.pricing.model import Period
from frostgate.billing.statements import store
from frostgate.billing.statements.composing import compose
from frostgate.billing.statements.model import (
    ANSWER_WITHIN,
    Answer,
    AnsweredTooLate,
    AnswerKind,
    Balances,
    ConfirmedAlready,
    Kept,
    LineDispute,
    MonthNotOver,
    NothingPosted,
    Statement,
    StatementConfirmed,
    StatementLineDisputed,
    StatementLineUnknown,
    StatementMade,
    disputable,
    first_day_of,
)
from frostgate.directory.model import Tenant
from frostgate.directory.store import get_tenant

log = structlog.get_logger("frostgate.billing")

_AT_ONCE = 500  # tenants that are asked for at a time


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What a line of a statement goes back to: an entry of the ledger, or an event that used something.

    `source` and `event_id` are those under which an event was told; an entry's source names both. `reference` is how
    the bank or the payment provider names the money. Usage has a quantity (messages, seconds, tokens).
    """

    id: str
    at: datetime
    entry: int | None = None
    source: str | None = None
    event_id: str | None = None
    account_id: str | None = None
    reference: str | None = None
    quantity: int | None = None
    amount: int | None = None


def make_statement(tx: Tx, month: str, *, tenant_id: str, platform: str, actor: Actor) -> tuple[Kept, bool]:
    """The statement of a month, and whether it was there before: each is made once.

    Months that nobody stated before this one are stated with it, so that each goes on from the one before.

    Raises:
        TenantUnknown, MonthUnusable
        MonthNotOver: entries may still come in it.
        NothingPosted: the tenant's ledger begins later, or not at all.
    """
    first = first_day_of(month)
    held = HeldLedger(tx, tenant_id)
    known = store.find_statement(tx.connection, month, tenant_id=tenant_id)
    if known is not None:
        return known, True
    tenant = get_tenant(tx.connection, tenant_id)
    calendar = Calendar(time_zone=tenant.time_zone)
    period = Period.of(first)
    if tx.now < calendar.instant(period.end):
        raise MonthNotOver(end=period.end.isoformat())
    before = next(iter(store.list_statements(tx.connection, tenant_id=tenant_id)), None)
    next_month = _first_month(held, calendar) if before is None else Period.of(before.statement.last_day).end
    if next_month is None or first < next_month:
        raise NothingPosted
    while next_month <= first:
        before = _make(tx, Period.of(next_month), before, tenant=tenant, platform=platform)
        fact = StatementMade(
            tenant_id=tenant_id,
            statement_id=before.statement.id,
            number=before.statement.number,
            digest=before.digest,
        )
        tx.state(fact, actor=actor)
        next_month = Period.of(next_month).end
    assert before is not None, "BUG: a month that is stated and is not"
    return before, False


def state_all(work: UnitOfWork, *, platform: str) -> int:
    """Make the statements of the month that ended last, each tenant's in a transaction of its own; how many were made.

    Where the month still goes on, its turn comes later. One that fails is logged and tried again, and holds up nobody.
    """
    made, after = 0, ""
    while True:
        today = (work.clock.now() + FURTHEST_EAST).date()
        ended = Period.of(Period.of(today).first - DAY)
        over = datetime.combine(ended.end, time(), UTC) - FURTHEST_WEST
        with work.look() as connection:
            page = store.not_stated(connection, ended.name, before=over, after=after, limit=_AT_ONCE)
        made += sum(_state(work, ended.name, tenant_id=tenant_id, platform=platform) for tenant_id in page)
        if len(page) < _AT_ONCE:
            return made
        after = page[-1]


def _state(work: UnitOfWork, month: str, *, tenant_id: str, platform: str) -> bool:
    try:
        with work.begin() as tx:
            make_statement(tx, month, tenant_id=tenant_id, platform=platform, actor=BILLING)
    except (MonthNotOver, NothingPosted):
        return False
    except Exception as error:
        log.exception("month not stated", tenant=tenant_id, month=month, error=type(error).__name__)
        return False
    return True


def _first_month(held: HeldLedger, calendar: Calendar) -> date | None:
    """The month of a ledger's first entry."""
    entries = ledger.list_entries(held.tx.connection, tenant_id=held.tenant_id, limit=1)
    return Period.of(calendar.day_of(entries[0].posted_at)).first if entries else None


def _make(tx: Tx, period: Period, before: Kept | None, *, tenant: Tenant, platform: str) -> Kept:
    """State one month: from where the one before ended to the last entry that was posted in it."""
    calendar = Calendar(time_zone=tenant.time_zone)
    known = 0 if before is None else before.statement.last_entry
    opening = {} if before is None else {each.currency: each.closing for each in before.statement.sections}
    last = max(known, store.last_before(tx.connection, calendar.instant(period.end), tenant_id=tenant.id))
    sections = compose(
        store.entries_between(tx.connection, known + 1, last, tenant_id=tenant.id),
        invoices=documents.invoices_of_entries(tx.connection, known + 1, last, tenant_id=tenant.id),
        numbers=store.invoice_numbers(tx.connection, tenant_id=tenant.id),
        opening=opening,
        closing=store.balances_after(tx.connection, last, tenant_id=tenant.id),
    )
    statement = Statement(
        id=tx.new_id(),
        tenant_id=tenant.id,
        number=f"S-{tenant.id.upper()}-{period.name}",
        month=period.name,
        first_day=period.first,
        last_day=period.last,
        time_zone=tenant.time_zone,
        tenant_name=tenant.name,
        platform=platform,
        first_entry=known + 1,
        last_entry=last,
        made_at=tx.now,
        answer_by=calendar.day_of(tx.now) + ANSWER_WITHIN,
        sections=sections,
    )
    return store.add_statement(tx.connection, statement)


def confirm_statement(tx: Tx, month: str, *, tenant_id: str, actor: Actor) -> Answer:
    """Record that the tenant finds a statement right, but for what it disputed before. Said again, it stays said.

    Raises:
        TenantUnknown, StatementUnknown
        AnsweredTooLate: its date has passed.
    """
    HeldLedger(tx, tenant_id)
    statement = store.get_statement(tx.connection, month, tenant_id=tenant_id).statement
    known = _confirmed(tx.connection, statement)
    if known is not None:
        return known
    _check_time(tx, statement)
    answer = Answer(
        id=tx.new_id(),
        tenant_id=tenant_id,
        statement_id=statement.id,
        kind=AnswerKind.CONFIRMED,
        at=tx.now,
        by=str(actor),
    )
    store.add_answer(tx.connection, answer)
    fact = StatementConfirmed(tenant_id=tenant_id, statement_id=statement.id, number=statement.number)
    tx.state(fact, actor=actor)
    return answer


def dispute_line(tx: Tx, month: str, draft: LineDispute, *, tenant_id: str, actor: Actor) -> Answer:
    """Open a dispute about what a line of a statement asks for. The same again is the dispute that is open.

    Raises:
        TenantUnknown, StatementUnknown, StatementLineUnknown
        NotDisputable: the line asks for nothing.
        MoreThanBilled: more than the line asks for, or than is left of its invoice.
        ConfirmedAlready, AnsweredTooLate: the statement takes no answers any more.
    """
    HeldLedger(tx, tenant_id)
    statement = store.get_statement(tx.connection, month, tenant_id=tenant_id).statement
    if _confirmed(tx.connection, statement) is not None:
        raise ConfirmedAlready
    _check_time(tx, statement)
    row, currency = statement.row(draft.line)
    most = disputable(row, draft.part)
    assert row.invoice_id is not None, "BUG: what asks for something is an invoice"
    amount = most if draft.amount is None else draft.amount
    if amount > most:
        raise MoreThanBilled(pointer="/amount", available=str(Money(most, currency)))
    asked = DisputeDraft(invoice_id=row.invoice_id, amount=amount, reason=draft.reason)
    dispute = open_dispute(tx, asked, tenant_id=tenant_id, actor=actor)
    for known in store.list_answers(tx.connection, statement.id, tenant_id=tenant_id):
        if known.dispute_id == dispute.id:
            return known
    answer = Answer(
        id=tx.new_id(),
        tenant_id=tenant_id,
        statement_id=statement.id,
        kind=AnswerKind.DISPUTED,
        at=tx.now,
        by=str(actor),
        line=draft.line,
        part=draft.part,
        dispute_id=dispute.id,
    )
    store.add_answer(tx.connection, answer)
    fact = StatementLineDisputed(
        tenant_id=tenant_id,
        statement_id=statement.id,
        number=statement.number,
        line=draft.line,
        part=draft.part,
        dispute_id=dispute.id,
    )
    tx.state(fact, actor=actor)
    return answer


def events_of_line(
    connection: sa.Connection, statement: Statement, line: int, part: int | None, *, after: str, limit: int
) -> list[Event]:
    """What a line goes back to: all charges of a line of charges, else its one entry; of a part of an invoice, the
    usage or the charges that it asks for.

    Raises:
        StatementLineUnknown: there is no such line or part.
    """
    row, currency = statement.row(line)
    tenant_id = statement.tenant_id
    if part is not None and not any(each.number == part for each in row.parts):
        raise StatementLineUnknown
    if part is not None and row.invoice_id is not None:
        told = invoicing.events_of_line(
            connection, row.invoice_id, part - 1, tenant_id=tenant_id, after=after, limit=limit
        )
        return [Event(**msgspec.structs.asdict(each)) for each in told]
    entries = store.entries_of_row(connection, row, currency, tenant_id=tenant_id, after=after, limit=limit)
    return [
        Event(
            id=each.id,
            at=each.at,
            entry=each.seq,
            source=each.source,
            reference=each.reference,
            amount=Balances.of(each.lines).net,
        )
        for each in entries
    ]


def _confirmed(connection: sa.Connection, statement: Statement) -> Answer | None:
    """What the tenant said when it confirmed a statement."""
    said = store.list_answers(connection, statement.id, tenant_id=statement.tenant_id)
    return next((each for each in said if each.kind is AnswerKind.CONFIRMED), None)


def _check_time(tx: Tx, statement: Statement) -> None:
    if Calendar(time_zone=statement.time_zone).day_of(tx.now) > statement.answer_by:
        raise AnsweredTooLate(until=statement.answer_by.isoformat())
