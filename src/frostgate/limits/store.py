"""Plans, quotas and batch windows in the database."""

from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import upsert
from frostgate.base.wire import to_json
from frostgate.directory.model import is_slug
from frostgate.directory.store import Bytewise, tenants
from frostgate.limits.errors import BatchWindowUnknown, OverrideUnknown, PlanNotAssigned, PlanUnknown
from frostgate.limits.model import (
    BatchWindow,
    MethodQuota,
    Override,
    Plan,
    Quota,
    TenantPlan,
    Weekday,
)

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("id", Bytewise, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("quotas", sa.Text, nullable=False),
    sa.Column("total", sa.Text),
    sa.Column("batch_multiplier", sa.Integer, nullable=False),
    sa.Column("changed_at", Utc, nullable=False),
)

tenant_plans = sa.Table(
    "tenant_plans",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("plan_id", Bytewise, sa.ForeignKey("plans.id"), nullable=False),
    sa.Column("total", sa.Text),
    sa.Column("assigned_at", Utc, nullable=False),
)
sa.Index("ix_tenant_plans_plan_id", tenant_plans.c.plan_id)

quota_overrides = sa.Table(
    "quota_overrides",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), nullable=False),
    sa.Column("key", sa.Text, nullable=False),  # "": each of the tenant's keys
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("quota", sa.Text, nullable=False),
    sa.Column("set_at", Utc, nullable=False),
    sa.UniqueConstraint("tenant_id", "key", "method"),
)

batch_windows = sa.Table(
    "batch_windows",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("days", sa.Text, nullable=False),
    sa.Column("starts", sa.Text, nullable=False),
    sa.Column("ends", sa.Text, nullable=False),
    sa.Column("multiplier", sa.Integer, nullable=False),
    sa.Column("valid_from", sa.Text),
    sa.Column("valid_until", sa.Text),
    sa.Column("label", sa.Text),
    sa.Column("declared_at", Utc, nullable=False),
)
sa.Index("ix_batch_windows_tenant_id", batch_windows.c.tenant_id, batch_windows.c.id)

_read_quotas = msgspec.json.Decoder(tuple[MethodQuota, ...]).decode
_read_quota = msgspec.json.Decoder(Quota).decode


# Plans


def save_plan(connection: sa.Connection, plan: Plan) -> None:
    """Save a plan, new or known."""
    row = {
        "id": plan.id,
        "name": plan.name,
        "quotas": to_json(plan.quotas),
        "total": _json(plan.total),
        "batch_multiplier": plan.batch_multiplier,
        "changed_at": plan.changed_at,
    }
    upsert(connection, plans, [row], keys=["id"], update=row.keys() - {"id"})


def find_plan(connection: sa.Connection, plan_id: str, *, lock: bool = False) -> Plan | None:
    """One plan, or None."""
    if not is_slug(plan_id):
        return None
    query = sa.select(plans).where(plans.c.id == plan_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _plan(row)


def get_plan(connection: sa.Connection, plan_id: str, *, lock: bool = False) -> Plan:
    """One plan.

    Raises:
        PlanUnknown: there is none of this id.
    """
    plan = find_plan(connection, plan_id, lock=lock)
    if plan is None:
        raise PlanUnknown
    return plan


def list_plans(
    connection: sa.Connection, *, of_tenant: str | None = None, after: str = "", limit: int = 100
) -> list[Plan]:
    """Plans in order of their ids; of a tenant only its own."""
    query = sa.select(plans).where(plans.c.id > after).order_by(plans.c.id).limit(limit)
    if of_tenant is not None:
        own = sa.select(tenant_plans.c.plan_id).where(tenant_plans.c.tenant_id == of_tenant)
        query = query.where(plans.c.id.in_(own))
    return [_plan(row) for row in connection.execute(query)]


def remove_plan(connection: sa.Connection, plan_id: str) -> None:
    """Forget a plan."""
    connection.execute(plans.delete().where(plans.c.id == plan_id))


def is_assigned(connection: sa.Connection, plan_id: str) -> bool:
    """Whether any tenant has this plan."""
    query = sa.select(tenant_plans.c.tenant_id).where(tenant_plans.c.plan_id == plan_id).limit(1)
    return connection.execute(query).first() is not None


# A tenant's own


def assign(connection: sa.Connection, assigned: TenantPlan) -> None:
    """Save which plan a tenant has."""
    row = {**msgspec.structs.asdict(assigned), "total": _json(assigned.total)}
    upsert(connection, tenant_plans, [row], keys=["tenant_id"], update=row.keys() - {"tenant_id"})


def unassign(connection: sa.Connection, *, tenant_id: str) -> None:
    """Take a tenant's plan away."""
    connection.execute(tenant_plans.delete().where(tenant_plans.c.tenant_id == tenant_id))


def find_assigned(connection: sa.Connection, *, tenant_id: str) -> TenantPlan | None:
    """Which plan a tenant has, if any."""
    row = connection.execute(sa.select(tenant_plans).where(tenant_plans.c.tenant_id == tenant_id)).first()
    return None if row is None else _assigned(row)


def get_assigned(connection: sa.Connection, *, tenant_id: str) -> TenantPlan:
    """Which plan a tenant has.

    Raises:
        PlanNotAssigned: it has none.
    """
    found = find_assigned(connection, tenant_id=tenant_id)
    if found is None:
        raise PlanNotAssigned
    return found


def save_override(connection: sa.Connection, override: Override) -> None:
    """Save a quota of a tenant's own, new or known."""
    row = {
        **msgspec.structs.asdict(override),
        "key": override.key or "",
        "quota": to_json(override.quota),
    }
    upsert(connection, quota_overrides, [row], keys=["id"], update=["quota", "set_at"])


def list_overrides(
    connection: sa.Connection, *, tenant_id: str, key: str | None = None, after: str = "", limit: int | None = None
) -> list[Override]:
    """A tenant's own quotas in order of their ids; `key`: those of this key and those of every key."""
    query = (
        sa.select(quota_overrides)
        .where(quota_overrides.c.tenant_id == tenant_id, quota_overrides.c.id > after)
        .order_by(quota_overrides.c.id)
        .limit(limit)
    )
    if key is not None:
        query = query.where(quota_overrides.c.key.in_(["", key]))
    return [_override(row) for row in connection.execute(query)]


def find_override(connection: sa.Connection, *, tenant_id: str, key: str | None, method: str) -> Override | None:
    """The tenant's own quota for just this key and method pattern."""
    query = sa.select(quota_overrides).where(
        quota_overrides.c.tenant_id == tenant_id,
        quota_overrides.c.key == (key or ""),
        quota_overrides.c.method == method,
    )
    row = connection.execute(query).first()
    return None if row is None else _override(row)


def get_override(connection: sa.Connection, override_id: str, *, tenant_id: str) -> Override:
    """One quota of a tenant's own.

    Raises:
        OverrideUnknown: the tenant has none of this id.
    """
    query = sa.select(quota_overrides).where(
        quota_overrides.c.tenant_id == tenant_id, quota_overrides.c.id == override_id
    )
    row = connection.execute(query).first()
    if row is None:
        raise OverrideUnknown
    return _override(row)


def remove_override(connection: sa.Connection, override_id: str, *, tenant_id: str) -> None:
    """Forget a quota of a tenant's own."""
    connection.execute(
        quota_overrides.delete().where(quota_overrides.c.tenant_id == tenant_id, quota_overrides.c.id == override_id)
    )


def save_window(connection: sa.Connection, window: BatchWindow) -> None:
    """Save a batch window, new or known."""
    row = {
        **msgspec.structs.asdict(window),
        "days": ",".join(window.days),
        "valid_from": _iso(window.valid_from),
        "valid_until": _iso(window.valid_until),
    }
    upsert(connection, batch_windows, [row], keys=["id"], update=row.keys() - {"id", "tenant_id"})


def get_window(connection: sa.Connection, window_id: str, *, tenant_id: str) -> BatchWindow:
    """One batch window of a tenant.

    Raises:
        BatchWindowUnknown: the tenant has none of this id.
    """
    query = sa.select(batch_windows).where(batch_windows.c.tenant_id == tenant_id, batch_windows.c.id == window_id)
    row = connection.execute(query).first()
    if row is None:
        raise BatchWindowUnknown
    return _window(row)


def list_windows(
    connection: sa.Connection, *, tenant_id: str, key: str | None = None, after: str = "", limit: int = 100
) -> list[BatchWindow]:
    """A tenant's batch windows in order of their ids; `key`: of this key only."""
    query = (
        sa.select(batch_windows)
        .where(batch_windows.c.tenant_id == tenant_id, batch_windows.c.id > after)
        .order_by(batch_windows.c.id)
        .limit(limit)
    )
    if key is not None:
        query = query.where(batch_windows.c.key == key)
    return [_window(row) for row in connection.execute(query)]


def remove_window(connection: sa.Connection, window_id: str, *, tenant_id: str) -> None:
    """Forget a batch window."""
    connection.execute(
        batch_windows.delete().where(batch_windows.c.tenant_id == tenant_id, batch_windows.c.id == window_id)
    )


# Everything at once, for memory


class Everything(msgspec.Struct, frozen=True):
    """All that was set and declared, of all tenants."""

    plans: list[Plan]
    assigned: list[TenantPlan]
    overrides: list[Override]
    windows: list[BatchWindow]
    zones: dict[str, str]  # of the tenants


def everything(connection: sa.Connection) -> Everything:
    """Read what a process must know to answer from memory."""
    return Everything(
        [_plan(row) for row in connection.execute(sa.select(plans))],
        [_assigned(row) for row in connection.execute(sa.select(tenant_plans))],
        [_override(row) for row in connection.execute(sa.select(quota_overrides))],
        [_window(row) for row in connection.execute(sa.select(batch_windows).order_by(batch_windows.c.id))],
        {row.id: row.time_zone for row in connection.execute(sa.select(tenants.c.id, tenants.c.time_zone))},
    )


# Rows and values


def _json(value: Quota | None) -> str | None:
    return None if value is None else to_json(value)


def _iso(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _quota(text: str | None) -> Quota | None:
    return None if text is None else _read_quota(text)


def _plan(row: Any) -> Plan:
    return Plan(**{**row._mapping, "quotas": _read_quotas(row.quotas), "total": _quota(row.total)})


def _assigned(row: Any) -> TenantPlan:
    return TenantPlan(**{**row._mapping, "total": _quota(row.total)})


def _override(row: Any) -> Override:
    return Override(**{**row._mapping, "key": row.key or None, "quota": _read_quota(row.quota)})


def _window(row: Any) -> BatchWindow:
    days = tuple(Weekday(day) for day in row.days.split(","))
    valid = {"valid_from": _date(row.valid_from), "valid_until": _date(row.valid_until)}
    return BatchWindow(**{**row._mapping, "days": days, **valid})
