"""Invoices by month: what was used is rated, charged and billed once the month has ended in the tenant's zone.

Nothing remembers how far the work is but the tenants' days themselves: a month is billed when its days are closed. So
whoever bills, whenever, and after whatever standstill, begins where the last one ended, and never bills twice.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import msgspec
import sqlalchemy as sa
import structlog

from frostgate.base.calendar import FURTHEST_EAST, Calendar, check_day
from frostgate.base.errors import Refused
from frostgate.base.model import BILLING, Actor
from frostgate.base.problems import Internal
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.billing.forecast import Forecast, forecast
from frostgate.billing.invoicing import store
from frostgate.billing.invoicing.model import (
    Bill,
    EarlierMonthOpen,
    LineEvent,
    LineUnknown,
    MonthBilled,
    MonthNotEnded,
    charge_lines,
    days_of,
    entries_of,
    usage_line,
)
from frostgate.billing.ledger import documents
from frostgate.billing.ledger import store as ledger
from frostgate.billing.ledger.drafts import ChargeDraft, InvoiceDraft
from frostgate.billing.ledger.errors import LedgerClosed
from frostgate.billing.ledger.model import Invoice, InvoiceLine, Position
from frostgate.billing.ledger.service import issue_invoice, post_charge
from frostgate.billing.pricing import store as pricing
from frostgate.billing.pricing.model import BillingPlanNotAssigned, Period
from frostgate.billing.pricing.service import close_usage, prepaid_costs, rate_period
from frostgate.directory.store import get_tenant

log = structlog.get_logger("frostgate.billing")

_AT_ONCE = 500  # tenants that one query names
_MEASURED = timedelta(days=28)  # what forecasts look back


class Billed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a tenant's month: its invoice in the plan's currency, or why it could not be billed.

    Neither: there was nothing to bill in this currency.
    """

    tenant_id: str
    month: date  # its first day
    invoice: Invoice | None = None
    refused: Refused | None = None


class Cover(msgspec.Struct, frozen=True, kw_only=True):
    """How long a tenant's prepaid balance lasts, in minor units of its plan's currency.

    `available` is what is left once everything used so far is charged; below 0, the balance is overdrawn. No
    `forecast`: less than a week is known.
    """

    currency: str
    balance: int
    not_charged: int  # used since the last month that was billed
    available: int
    forecast: Forecast | None


def preview(connection: sa.Connection, month: date | None, *, tenant_id: str, at: datetime) -> Bill:
    """What a month's invoice would say at an instant: of a month that goes on, so far. None: the next to be billed.

    Raises:
        TenantUnknown, DayUnusable, BillingPlanNotAssigned
        MonthBilled, EarlierMonthOpen: it is not this month's turn.
        PriceMissing: something was used that has no price.
    """
    due = _next(connection, tenant_id=tenant_id)
    period = due if month is None else _month_of(month)
    pricing.get_assigned(connection, tenant_id=tenant_id, day=period.last)
    if period.first < due.first:
        raise MonthBilled(month=period.name)
    if due.first < period.first and due.end <= _today(connection, at, tenant_id=tenant_id):
        raise EarlierMonthOpen(month=due.name)
    return _bill(connection, period, tenant_id=tenant_id, at=at)


def bill_month(tx: Tx, month: date, *, tenant_id: str, actor: Actor) -> Billed:
    """Bill a month that has ended. What was billed before is not billed again: it is the invoice that is there.

    Usage that is told from now on is billed with the next month. What is prepaid is charged to the balance, which it
    may overdraw, and shown on the invoice. What was charged late, in the currency of an earlier plan, gets an invoice
    of its own beside that one.

    Raises:
        TenantUnknown, DayUnusable, BillingPlanNotAssigned
        MonthNotEnded, EarlierMonthOpen: it is not this month's turn.
        PriceMissing: something was used that has no price.
        LedgerClosed: there is something to pay, and the ledger takes nothing new.
    """
    period, due = _month_of(month), _next(tx.connection, tenant_id=tenant_id)
    pricing.get_assigned(tx.connection, tenant_id=tenant_id, day=period.last)
    if period.first < due.first:
        return Billed(
            tenant_id=tenant_id, month=period.first, invoice=_issued(tx.connection, period, tenant_id=tenant_id)
        )
    if period.end > _today(tx.connection, tx.now, tenant_id=tenant_id):
        raise MonthNotEnded(end=period.end.isoformat())
    if due.first < period.first:
        raise EarlierMonthOpen(month=due.name)
    close_usage(tx, period.end, tenant_id=tenant_id, actor=actor)
    bill = _bill(tx.connection, period, tenant_id=tenant_id, at=tx.now)
    for other in _in_other_currencies(tx.connection, bill):
        _post(tx, other, f"{store.key_of(period)}:{other.currency}", actor=actor)
    return Billed(tenant_id=tenant_id, month=period.first, invoice=_post(tx, bill, store.key_of(period), actor=actor))


def bill_all(work: UnitOfWork, *, actor: Actor = BILLING) -> Iterator[Billed]:
    """Bill every month that has ended, each tenant's in their order and each in a transaction of its own.

    A tenant whose month cannot be billed keeps it, with what follows, until it can; the others are billed all the same.
    """
    after = ""
    while True:
        with work.look() as connection:
            page = _open_tenants(connection, work.clock.now(), after=after, limit=_AT_ONCE)
        for tenant_id in page:
            yield from _bill_due(work, tenant_id=tenant_id, actor=actor)
        if len(page) < _AT_ONCE:
            return
        after = page[-1]


def waiting(connection: sa.Connection, at: datetime, *, after: str, limit: int) -> list[Billed]:
    """Tenants with a month that has ended and is not billed, each with what is in the way, if anything is."""
    found: list[Billed] = []
    while len(found) < limit:
        page = _open_tenants(connection, at, after=after, limit=_AT_ONCE)
        for tenant_id in page:
            due = _next(connection, tenant_id=tenant_id)
            if due.end <= _today(connection, at, tenant_id=tenant_id):
                found.append(_in_the_way(connection, due, tenant_id=tenant_id, at=at))
        if len(page) < _AT_ONCE:
            break
        after = page[-1]
    return found[:limit]


def events_of_line(
    connection: sa.Connection, invoice_id: str, number: int, *, tenant_id: str, after: str, limit: int
) -> list[LineEvent]:
    """The events that a line of an invoice is made of, its lines counted from 0.

    Raises:
        InvoiceUnknown, LineUnknown: there is no such line.
    """
    invoice = documents.get_invoice(connection, invoice_id, tenant_id=tenant_id)
    if number >= len(invoice.lines):
        raise LineUnknown(number=number)
    line = invoice.lines[number]
    if (days := days_of(line)) is not None:
        return store.usage_events(connection, days, tenant_id=tenant_id, unit=line.unit, after=after, limit=limit)
    if (entries := entries_of(line)) is not None:
        return store.charge_events(
            connection,
            entries,
            tenant_id=tenant_id,
            currency=invoice.currency,
            service=line.service,
            after=after,
            limit=limit,
        )
    return []


def cover(connection: sa.Connection, *, tenant_id: str, at: datetime) -> Cover:
    """How long a tenant's prepaid balance lasts, from what it used and was charged in the last four weeks.

    Raises:
        TenantUnknown, BillingPlanNotAssigned
        PriceMissing: something was used that has no price.
    """
    calendar = Calendar(time_zone=get_tenant(connection, tenant_id).time_zone)
    today = calendar.day_of(at)
    assigned = pricing.get_assigned(connection, tenant_id=tenant_id, day=today)
    began = pricing.list_assigned(connection, tenant_id=tenant_id)[0].from_day
    currency = pricing.get_plan(connection, assigned.plan).currency
    first_open = max(began, _next(connection, tenant_id=tenant_id).first)
    measured = max(began, today - _MEASURED)
    first = min(first_open, measured)
    costs = prepaid_costs(connection, tenant_id=tenant_id, first=first, end=today + timedelta(days=1))
    not_charged, used = sum(costs[(first_open - first).days :]), costs[(measured - first).days : -1]
    days = [calendar.instant(measured + timedelta(days=number)) for number in range(len(used) + 1)]
    charged = store.charged(connection, days, tenant_id=tenant_id, currency=currency, positions=[Position.PREPAID])
    balance = -ledger.balance(connection, Position.PREPAID, tenant_id=tenant_id, currency=currency)
    available = balance - not_charged
    return Cover(
        currency=currency,
        balance=balance,
        not_charged=not_charged,
        available=available,
        forecast=forecast(available, [sum(day) for day in zip(used, charged, strict=True)], today=today),
    )


def spent_this_month(connection: sa.Connection, *, tenant_id: str, at: datetime) -> int:
    """What a tenant's month cost so far, prepaid or not, in minor units of its plan's currency.

    Raises:
        TenantUnknown, BillingPlanNotAssigned
        PriceMissing: something was used that has no price.
    """
    calendar = Calendar(time_zone=get_tenant(connection, tenant_id).time_zone)
    month = Period.of(calendar.day_of(at))
    assigned = pricing.get_assigned(connection, tenant_id=tenant_id, day=month.last)
    currency = pricing.get_plan(connection, assigned.plan).currency
    used = sum(line.amount.minor for line in rate_period(connection, month, tenant_id=tenant_id))
    whole = [calendar.instant(month.first), calendar.instant(month.end)]
    both = [Position.PREPAID, Position.UNBILLED]
    return used + sum(store.charged(connection, whole, tenant_id=tenant_id, currency=currency, positions=both))


# One tenant's month


def _bill(connection: sa.Connection, period: Period, *, tenant_id: str, at: datetime) -> Bill:
    plan = pricing.get_plan(connection, pricing.get_assigned(connection, tenant_id=tenant_id, day=period.last).plan)
    used = tuple(map(usage_line, rate_period(connection, period, tenant_id=tenant_id)))
    return Bill(
        tenant_id=tenant_id,
        period=period,
        currency=plan.currency,
        due_on=_today(connection, at, tenant_id=tenant_id) + timedelta(days=plan.payment_days),
        lines=used + _charged(connection, tenant_id=tenant_id, currency=plan.currency),
    )


def _in_other_currencies(connection: sa.Connection, bill: Bill) -> list[Bill]:
    """The same month's bills of what was charged in currencies that the plan has no more."""
    others = store.unbilled_currencies(connection, tenant_id=bill.tenant_id) - {bill.currency}
    return [
        msgspec.structs.replace(
            bill, currency=currency, lines=_charged(connection, tenant_id=bill.tenant_id, currency=currency)
        )
        for currency in sorted(others)
    ]


def _charged(connection: sa.Connection, *, tenant_id: str, currency: str) -> tuple[InvoiceLine, ...]:
    """What was charged by event or by hand since the last invoice in this currency."""
    since = store.last_bill(connection, tenant_id=tenant_id, currency=currency)
    sums = store.unbilled(connection, since, tenant_id=tenant_id, currency=currency)
    return charge_lines(sums, since + 1, ledger.get_ledger(connection, tenant_id).last)


def _post(tx: Tx, bill: Bill, key: str, *, actor: Actor) -> Invoice | None:
    if not bill.lines:
        return None
    for service, amount in bill.prepaid.items():
        draft = ChargeDraft(
            key=f"{key}:{service.value}", amount=amount, currency=bill.currency, service=service, prepaid=True
        )
        post_charge(tx, draft, tenant_id=bill.tenant_id, actor=actor)
    _, invoice = issue_invoice(
        tx,
        InvoiceDraft(
            key=key,
            currency=bill.currency,
            first_day=bill.period.first,
            last_day=bill.period.last,
            due_on=bill.due_on,
            lines=bill.lines,
        ),
        tenant_id=bill.tenant_id,
        actor=actor,
    )
    return invoice


def _issued(connection: sa.Connection, period: Period, *, tenant_id: str) -> Invoice | None:
    entry = ledger.find_by_key(connection, store.key_of(period), tenant_id=tenant_id)
    if entry is None:
        return None
    return documents.invoices_of_entries(connection, entry.seq, entry.seq, tenant_id=tenant_id)[entry.seq]


# Whose turn it is


def _bill_due(work: UnitOfWork, *, tenant_id: str, actor: Actor) -> Iterator[Billed]:
    while True:
        with work.look() as connection:
            due = _next(connection, tenant_id=tenant_id)
            if due.end > _today(connection, work.clock.now(), tenant_id=tenant_id):
                return
        try:
            with work.begin() as tx:
                done = bill_month(tx, due.first, tenant_id=tenant_id, actor=actor)
        except Exception as error:
            if not isinstance(error, Refused):
                log.exception("a month could not be billed", tenant=tenant_id, month=due.name)
            refused = error if isinstance(error, Refused) else Internal()
            yield Billed(tenant_id=tenant_id, month=due.first, refused=refused)
            return
        yield done


def _in_the_way(connection: sa.Connection, due: Period, *, tenant_id: str, at: datetime) -> Billed:
    try:
        bill = _bill(connection, due, tenant_id=tenant_id, at=at)
        owes = any(each.lines for each in (bill, *_in_other_currencies(connection, bill)))
        if owes and ledger.get_ledger(connection, tenant_id).closed_at is not None:
            raise LedgerClosed
    except Refused as refused:
        return Billed(tenant_id=tenant_id, month=due.first, refused=refused)
    return Billed(tenant_id=tenant_id, month=due.first)


def _open_tenants(connection: sa.Connection, at: datetime, *, after: str, limit: int) -> list[str]:
    """Tenants of whom a month may have ended that is not billed; whether it has, their own zone says."""
    return store.open_before(connection, (at + FURTHEST_EAST).date().replace(day=1), after=after, limit=limit)


def _next(connection: sa.Connection, *, tenant_id: str) -> Period:
    """The first month that is not billed.

    Raises:
        TenantUnknown, BillingPlanNotAssigned: there is no such tenant, or it never had a plan.
    """
    get_tenant(connection, tenant_id)
    assigned = pricing.list_assigned(connection, tenant_id=tenant_id)
    if not assigned:
        raise BillingPlanNotAssigned
    closed = pricing.closed_until(connection, tenant_id=tenant_id)
    return Period.of(max(assigned[0].from_day, closed or assigned[0].from_day))


def _today(connection: sa.Connection, at: datetime, *, tenant_id: str) -> date:
    return Calendar(time_zone=get_tenant(connection, tenant_id).time_zone).day_of(at)


def _month_of(day: date) -> Period:
    check_day(day, "/month")
    return Period.of(day)
