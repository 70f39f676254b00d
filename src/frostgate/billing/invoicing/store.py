"""What invoices are made from and traced to, asked of the tables of usage and of the ledger."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from frostgate.base.database import Utc, micros
from frostgate.billing.invoicing.model import LineEvent
from frostgate.billing.ledger.model import EntryKind, Position
from frostgate.billing.ledger.store import ENTRY_OF_LINE, ledger_balances, ledger_entries, ledger_lines
from frostgate.billing.pricing.model import Period
from frostgate.billing.pricing.store import tenant_billing_plans, usage_closed, usage_records
from frostgate.standing.model import Service

_BILL = "month:"  # how the keys of invoices by month begin
_QUARTER = 15 * 60 * 1_000_000  # microseconds: days begin at whole quarters of an hour everywhere on Earth

# By its letters and never by their order, which is the locale's own in each PostgreSQL database.
_IS_BILL = sa.func.substr(ledger_entries.c.key, 1, len(_BILL)) == _BILL

# Built once: every forecast asks for it. Quarters, so that whoever asks may count them by any zone's days.
_UNDONE = ledger_entries.alias()
_AT_QUARTER = sa.type_coerce(ledger_entries.c.at, sa.BigInteger) // sa.literal_column(str(_QUARTER))
_CHARGED = (
    sa.select(_AT_QUARTER, sa.func.sum(ledger_lines.c.amount))
    .select_from(ledger_lines)
    .join(ledger_entries, ENTRY_OF_LINE)
    .where(
        ledger_entries.c.tenant_id == sa.bindparam("tenant"),
        ledger_entries.c.at >= sa.bindparam("first", type_=Utc),
        ledger_entries.c.at < sa.bindparam("end", type_=Utc),
        ledger_entries.c.kind == EntryKind.CHARGE.value,
        ledger_entries.c.currency == sa.bindparam("money"),
        sa.not_(_IS_BILL),
        ledger_lines.c.position.in_(sa.bindparam("places", expanding=True)),
        ~sa.exists().where(
            _UNDONE.c.tenant_id == ledger_entries.c.tenant_id, _UNDONE.c.reverses == ledger_entries.c.seq
        ),
    )
    .group_by(_AT_QUARTER)
)


def key_of(month: Period) -> str:
    """The key under which a month's invoice is posted."""
    return f"{_BILL}{month.name}"


def last_bill(connection: sa.Connection, *, tenant_id: str, currency: str) -> int:
    """The entry of a tenant's last invoice by month in this currency; 0 where there is none."""
    query = sa.select(sa.func.coalesce(sa.func.max(ledger_entries.c.seq), 0)).where(
        ledger_entries.c.tenant_id == tenant_id,
        ledger_entries.c.kind == EntryKind.INVOICE.value,
        ledger_entries.c.currency == currency,
        _IS_BILL,
    )
    return int(connection.execute(query).scalar_one())


def unbilled(connection: sa.Connection, since: int, *, tenant_id: str, currency: str) -> list[tuple[Service, int, int]]:
    """What was charged in the entries after `since` and is to be invoiced: service, how often, minor units.

    A charge that was taken back counts for nothing.
    """
    amount = sa.func.sum(ledger_lines.c.amount)
    times = {EntryKind.CHARGE.value: 1, EntryKind.REVERSAL.value: -1}
    count = sa.func.sum(sa.case(times, value=ledger_entries.c.kind, else_=0))
    query = (
        sa.select(ledger_lines.c.service, count, amount)
        .join(ledger_entries, ENTRY_OF_LINE)
        .where(
            ledger_lines.c.tenant_id == tenant_id,
            ledger_lines.c.entry_seq > since,
            ledger_lines.c.position == Position.UNBILLED.value,
            ledger_entries.c.currency == currency,
        )
        .group_by(ledger_lines.c.service)
        .having(amount > 0)
        .order_by(ledger_lines.c.service)
    )
    return [(Service(service), int(often), int(total)) for service, often, total in connection.execute(query)]


def unbilled_currencies(connection: sa.Connection, *, tenant_id: str) -> set[str]:
    """The currencies in which something was charged and is to be invoiced."""
    query = sa.select(ledger_balances.c.currency).where(
        ledger_balances.c.tenant_id == tenant_id,
        ledger_balances.c.position == Position.UNBILLED.value,
        ledger_balances.c.amount > 0,
    )
    return {*connection.execute(query).scalars()}


def charged(
    connection: sa.Connection,
    bounds: Sequence[datetime],
    *,
    tenant_id: str,
    currency: str,
    positions: Sequence[Position],
) -> list[int]:
    """What was charged from each instant to the next, in minor units: by event or by hand, and not taken back since.

    What a month's bill charged is left out: that was used before.
    """
    known = {
        "tenant": tenant_id,
        "first": bounds[0],
        "end": bounds[-1],
        "money": currency,
        "places": [position.value for position in positions],
    }
    found = [0] * (len(bounds) - 1)
    starts = [micros(each) // _QUARTER for each in bounds]
    for quarter, total in connection.execute(_CHARGED, known):
        found[bisect_right(starts, quarter) - 1] += int(total)
    return found


def tenants_with_plans(connection: sa.Connection) -> list[str]:
    """Every tenant that has, had or will have a billing plan, in the order of their ids."""
    query = sa.select(tenant_billing_plans.c.tenant_id).distinct().order_by(tenant_billing_plans.c.tenant_id)
    return list(connection.execute(query).scalars())


def open_before(connection: sa.Connection, day: date, *, after: str, limit: int) -> list[str]:
    """Tenants with a plan of whom a day before this one is not billed, in the order of their ids."""
    query = (
        sa.select(usage_closed.c.tenant_id)
        .where(
            usage_closed.c.until < day.isoformat(),
            usage_closed.c.tenant_id > after,
            sa.exists().where(tenant_billing_plans.c.tenant_id == usage_closed.c.tenant_id),
        )
        .order_by(usage_closed.c.tenant_id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def usage_events(
    connection: sa.Connection, days: tuple[date, date], *, tenant_id: str, unit: str, after: str, limit: int
) -> list[LineEvent]:
    """The usage of some days, both included, in the order in which it was told."""
    first, last = days
    query = (
        sa.select(usage_records)
        .where(
            usage_records.c.tenant_id == tenant_id,
            usage_records.c.day.between(first.isoformat(), last.isoformat()),
            usage_records.c.unit == unit,
            usage_records.c.id > after,
        )
        .order_by(usage_records.c.id)
        .limit(limit)
    )
    return [
        LineEvent(
            id=row.id,
            source=row.source,
            event_id=row.event_id,
            account_id=row.account_id,
            at=row.at,
            quantity=int(row.quantity),
            amount=None,
        )
        for row in connection.execute(query)
    ]


def charge_events(
    connection: sa.Connection,
    entries: tuple[int, int],
    *,
    tenant_id: str,
    currency: str,
    service: Service,
    after: str,
    limit: int,
) -> list[LineEvent]:
    """The charges for a service among some entries, both included, in their order; entries' ids sort like numbers."""
    query = (
        sa.select(ledger_entries, ledger_lines.c.amount)
        .join(ledger_lines, ENTRY_OF_LINE)
        .where(
            ledger_entries.c.tenant_id == tenant_id,
            ledger_entries.c.seq.between(*entries),
            ledger_entries.c.currency == currency,
            ledger_entries.c.kind != EntryKind.INVOICE.value,
            ledger_entries.c.id > after,
            ledger_lines.c.position == Position.UNBILLED.value,
            ledger_lines.c.service == service.value,
        )
        .order_by(ledger_entries.c.id)
        .limit(limit)
    )
    return [_charge(row) for row in connection.execute(query)]


def _charge(row: sa.Row[tuple[object, ...]]) -> LineEvent:
    source, _, event_id = (row.source or "").partition(" ")
    return LineEvent(
        id=row.id,
        source=source or None,
        event_id=event_id or None,
        account_id=None,
        at=row.at,
        quantity=None,
        amount=int(row.amount),
    )
