"""Price lists, plans and usage in the database. Lists and plans are numbered and never changed once they are in."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import insert_into, insert_new, upsert
from frostgate.base.wire import to_json
from frostgate.billing.pricing.model import (
    Assigned,
    BillingPlan,
    BillingPlanNotAssigned,
    BillingPlanUnknown,
    FreezeScope,
    PriceList,
    PriceListUnknown,
    Rate,
    ReleaseBy,
    Unit,
    Usage,
    UsageDay,
    UsageRecord,
)
from frostgate.directory.store import Bytewise
from frostgate.standing.model import Service

price_lists = sa.Table(
    "price_lists",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("series", Bytewise, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Text, nullable=False),
    sa.Column("rates", sa.Text, nullable=False),
    sa.Column("published_at", Utc, nullable=False),
    sa.Column("published_by", sa.Text, nullable=False),
)
sa.Index("ix_price_lists_series", price_lists.c.series, price_lists.c.number)

billing_plans = sa.Table(
    "billing_plans",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("prices", Bytewise, nullable=False),
    sa.Column("payment_days", sa.Integer, nullable=False),
    sa.Column("dunning", sa.Text, nullable=False),
    sa.Column("prepaid", sa.Text, nullable=False),
    sa.Column("freeze_scope", sa.Text, nullable=False),
    sa.Column("release", sa.Text, nullable=False),
    sa.Column("published_at", Utc, nullable=False),
    sa.Column("published_by", sa.Text, nullable=False),
)

tenant_billing_plans = sa.Table(
    "tenant_billing_plans",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("from_day", sa.Text, primary_key=True),
    sa.Column("plan", sa.Integer, sa.ForeignKey("billing_plans.number"), nullable=False),
    sa.Column("region", sa.Text),
    sa.Column("assigned_at", Utc, nullable=False),
    sa.Column("assigned_by", sa.Text, nullable=False),
)

# One row for each event that used something: what a line of an invoice is traced to.
usage_records = sa.Table(
    "usage_records",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("source", Bytewise, primary_key=True),
    sa.Column("event_id", Bytewise, primary_key=True),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("account_id", Bytewise),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("day", sa.Text, nullable=False),
    sa.Column("recorded_at", Utc, nullable=False),
    sa.CheckConstraint("quantity >= 0", name="usage_is_never_negative"),
)
sa.Index(
    "ix_usage_records_day", usage_records.c.tenant_id, usage_records.c.day, usage_records.c.unit, usage_records.c.id
)

usage_days = sa.Table(
    "usage_days",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("unit", sa.Text, primary_key=True),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("events", sa.Integer, nullable=False),
)

usage_closed = sa.Table(
    "usage_closed",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("until", sa.Text, nullable=False),
)

_read_rates = msgspec.json.Decoder(tuple[Rate, ...]).decode


# Price lists


def add_price_list(connection: sa.Connection, prices: PriceList) -> None:
    """Save a new price list."""
    row = {
        **msgspec.structs.asdict(prices),
        "valid_from": prices.valid_from.isoformat(),
        "rates": to_json(prices.rates),
    }
    connection.execute(price_lists.insert().values(row))


def get_price_list(connection: sa.Connection, number: int, *, of_tenant: str | None = None) -> PriceList:
    """One price list; of a tenant only one that its plans name.

    Raises:
        PriceListUnknown: there is none of this number.
    """
    query = sa.select(price_lists).where(price_lists.c.number == number)
    row = connection.execute(_named_by_plans_of(of_tenant, query)).first()
    if row is None:
        raise PriceListUnknown
    return _prices(row)


def list_price_lists(
    connection: sa.Connection,
    *,
    series: str | None = None,
    of_tenant: str | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[PriceList]:
    """Price lists, the newest first; of one series only, where it is named; of a tenant those that its plans name."""
    query = sa.select(price_lists).order_by(price_lists.c.number.desc()).limit(limit)
    if series is not None:
        query = query.where(price_lists.c.series == series)
    if before is not None:
        query = query.where(price_lists.c.number < before)
    return [_prices(row) for row in connection.execute(_named_by_plans_of(of_tenant, query))]


def _named_by_plans_of(tenant_id: str | None, query: sa.Select[Any]) -> sa.Select[Any]:
    """The same query for a tenant, to whom others' prices are none of its business."""
    if tenant_id is None:
        return query
    own = (
        sa.select(billing_plans.c.prices)
        .join(tenant_billing_plans, tenant_billing_plans.c.plan == billing_plans.c.number)
        .where(tenant_billing_plans.c.tenant_id == tenant_id)
    )
    return query.where(price_lists.c.series.in_(own))


def next_price_list(connection: sa.Connection) -> int:
    """The number of the next price list; of two who take the same at once, the second to save is refused."""
    return _next(connection, price_lists)


# Plans


def add_plan(connection: sa.Connection, plan: BillingPlan) -> None:
    """Save a new plan."""
    row = {**msgspec.structs.asdict(plan), "prepaid": ",".join(plan.prepaid)}
    connection.execute(billing_plans.insert().values(row))


def get_plan(connection: sa.Connection, number: int) -> BillingPlan:
    """One plan.

    Raises:
        BillingPlanUnknown: there is none of this number.
    """
    row = connection.execute(sa.select(billing_plans).where(billing_plans.c.number == number)).first()
    if row is None:
        raise BillingPlanUnknown
    return _plan(row)


def list_plans(
    connection: sa.Connection, *, of_tenant: str | None = None, before: int | None = None, limit: int | None = None
) -> list[BillingPlan]:
    """Plans, the newest first; of a tenant those that it has, had or will have."""
    query = sa.select(billing_plans).order_by(billing_plans.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(billing_plans.c.number < before)
    if of_tenant is not None:
        own = sa.select(tenant_billing_plans.c.plan).where(tenant_billing_plans.c.tenant_id == of_tenant)
        query = query.where(billing_plans.c.number.in_(own))
    return [_plan(row) for row in connection.execute(query)]


def next_plan(connection: sa.Connection) -> int:
    """The number of the next plan; of two who take the same at once, the second to save is refused."""
    return _next(connection, billing_plans)


def assign(connection: sa.Connection, assigned: Assigned) -> None:
    """Save which plan a tenant has from a day on; one that was to begin on the same day is replaced."""
    row = {**msgspec.structs.asdict(assigned), "from_day": assigned.from_day.isoformat()}
    keys = ["tenant_id", "from_day"]
    upsert(connection, tenant_billing_plans, [row], keys=keys, update=row.keys() - set(keys))


def list_assigned(connection: sa.Connection, *, tenant_id: str) -> list[Assigned]:
    """Which plans a tenant had, has and will have, the earliest first."""
    query = (
        sa.select(tenant_billing_plans)
        .where(tenant_billing_plans.c.tenant_id == tenant_id)
        .order_by(tenant_billing_plans.c.from_day)
    )
    return [_assigned(row) for row in connection.execute(query)]


def get_assigned(connection: sa.Connection, *, tenant_id: str, day: date) -> Assigned:
    """Which plan a tenant has on a day.

    Raises:
        BillingPlanNotAssigned: it has none.
    """
    query = (
        sa.select(tenant_billing_plans)
        .where(tenant_billing_plans.c.tenant_id == tenant_id, tenant_billing_plans.c.from_day <= day.isoformat())
        .order_by(tenant_billing_plans.c.from_day.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        raise BillingPlanNotAssigned(day=day.isoformat())
    return _assigned(row)


# Usage


def add_record(connection: sa.Connection, record: UsageRecord) -> bool:
    """Keep what one event used; false where this event is there already."""
    row = {**msgspec.structs.asdict(record), "day": record.day.isoformat()}
    return connection.execute(insert_new(usage_records, connection.dialect.name), row).first() is not None


def find_record(connection: sa.Connection, usage: Usage) -> UsageRecord | None:
    """What was kept of the same event."""
    query = sa.select(usage_records).where(
        usage_records.c.tenant_id == usage.tenant_id,
        usage_records.c.source == usage.source,
        usage_records.c.event_id == usage.event_id,
    )
    row = connection.execute(query).first()
    return None if row is None else _record(row)


def add_to_day(connection: sa.Connection, record: UsageRecord) -> None:
    """Count a record that is new into the sum of its day."""
    insert = insert_into(usage_days, connection.dialect.name)
    counted = {
        "quantity": usage_days.c.quantity + insert.excluded.quantity,
        "events": usage_days.c.events + 1,
    }
    row = {
        "tenant_id": record.tenant_id,
        "day": record.day.isoformat(),
        "unit": record.unit.value,
        "quantity": record.quantity,
        "events": 1,
    }
    connection.execute(insert.on_conflict_do_update(index_elements=["tenant_id", "day", "unit"], set_=counted), row)


def list_days(connection: sa.Connection, *, tenant_id: str, first: date, end: date) -> list[UsageDay]:
    """What a tenant used on the days before `end`, by day and unit."""
    query = (
        sa.select(usage_days.c.unit, usage_days.c.day, usage_days.c.quantity, usage_days.c.events)
        .where(
            usage_days.c.tenant_id == tenant_id,
            usage_days.c.day >= first.isoformat(),
            usage_days.c.day < end.isoformat(),
        )
        .order_by(usage_days.c.day, usage_days.c.unit)
    )
    return [_day(row) for row in connection.execute(query)]


def list_records(
    connection: sa.Connection,
    *,
    tenant_id: str,
    day: date,
    unit: Unit | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[UsageRecord]:
    """The events that a tenant's sums of a day are made of, in the order in which they were told."""
    query = (
        sa.select(usage_records)
        .where(
            usage_records.c.tenant_id == tenant_id,
            usage_records.c.day == day.isoformat(),
            usage_records.c.id > after,
        )
        .order_by(usage_records.c.id)
        .limit(limit)
    )
    if unit is not None:
        query = query.where(usage_records.c.unit == unit.value)
    return [_record(row) for row in connection.execute(query)]


def wrong_days(connection: sa.Connection) -> list[tuple[str, str, str]]:
    """Tenant, day and unit wherever the sum of a day is not the sum of its records: for checking, and slow."""
    day = (usage_records.c.tenant_id, usage_records.c.day, usage_records.c.unit)
    total, count = sa.func.sum(usage_records.c.quantity), sa.func.count()
    added_up = sa.select(*day, total.label("quantity"), count.label("events")).group_by(*day)
    kept = sa.select(*(usage_days.c[column.name] for column in added_up.selected_columns))
    differ = [sa.except_(one, other).subquery() for one, other in ((kept, added_up), (added_up, kept))]
    found = sa.union(*(sa.select(each.c.tenant_id, each.c.day, each.c.unit) for each in differ))
    return [
        (row.tenant_id, row.day, row.unit) for row in connection.execute(found.order_by("tenant_id", "day", "unit"))
    ]


def closed_until(connection: sa.Connection, *, tenant_id: str, lock: bool = False) -> date | None:
    """The first day of a tenant that is not billed yet; with `lock`, it stays so until the transaction ends."""
    query = sa.select(usage_closed.c.until).where(usage_closed.c.tenant_id == tenant_id)
    found = connection.execute(query.with_for_update(read=True) if lock else query).scalar()
    return None if found is None else date.fromisoformat(found)


def close_until(connection: sa.Connection, until: date, *, tenant_id: str) -> None:
    """Save the first day of a tenant that is not billed yet."""
    row = {"tenant_id": tenant_id, "until": until.isoformat()}
    upsert(connection, usage_closed, [row], keys=["tenant_id"], update=["until"])


# Rows and values


def _next(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.number), 0))).scalar_one()) + 1


def _prices(row: Any) -> PriceList:
    return PriceList(
        **{**row._mapping, "valid_from": date.fromisoformat(row.valid_from), "rates": _read_rates(row.rates)}
    )


def _plan(row: Any) -> BillingPlan:
    kept: Sequence[str] = row.prepaid.split(",") if row.prepaid else ()
    return BillingPlan(
        **{
            **row._mapping,
            "prepaid": tuple(Service(name) for name in kept),
            "freeze_scope": FreezeScope(row.freeze_scope),
            "release": ReleaseBy(row.release),
        }
    )


def _assigned(row: Any) -> Assigned:
    return Assigned(**{**row._mapping, "from_day": date.fromisoformat(row.from_day)})


def _record(row: Any) -> UsageRecord:
    return UsageRecord(**{**row._mapping, "unit": Unit(row.unit), "day": date.fromisoformat(row.day)})


def _day(row: Any) -> UsageDay:
    return UsageDay(
        unit=Unit(row.unit), day=date.fromisoformat(row.day), quantity=int(row.quantity), events=int(row.events)
    )
