"""Counting the sign-ins of a quarter where they are stored: one statement for many tenants, none for each sign-in."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.sql import json_text
from frostgate.checkups.reviews.model import Count
from frostgate.events.model import EventType
from frostgate.events.store import events
from frostgate.rules.model import Verdict

_COUNTED = {Verdict.REFUSE: "refused", Verdict.CHALLENGE: "challenged", Verdict.FREEZE: "frozen"}


def count_sign_ins(
    connection: sa.Connection, tenant_ids: Collection[str], *, since: datetime, until: datetime
) -> Mapping[str, tuple[Count, ...]]:
    """By tenant, the sign-ins of a time by country, most of them first."""
    outcome = json_text(connection, events.c.data, "outcome")
    country = json_text(connection, events.c.decision, "signals", "geo.country")
    known = json_text(connection, events.c.decision, "signals", "device.known")
    kinds = sa.select(
        events.c.tenant_id,
        outcome.label("outcome"),
        # A country that nobody knows is written as an object with the reason.
        sa.case((country.like("{%"), None), else_=country).label("country"),
        events.c.verdict,
        known.in_(["false", "0"]).label("is_new"),
    ).where(
        events.c.tenant_id.in_(tenant_ids),
        events.c.type == EventType.LOGIN.value,
        events.c.time >= since,
        events.c.time < until,
    )
    each = kinds.subquery()
    columns = [each.c.tenant_id, each.c.outcome, each.c.country, each.c.verdict, each.c.is_new]
    counted: dict[str, dict[str | None, Count]] = {}
    for row in connection.execute(sa.select(*columns, sa.func.count().label("count")).group_by(*columns)):
        of_tenant = counted.setdefault(row.tenant_id, {})
        of_tenant[row.country] = _more(of_tenant.get(row.country) or Count(country=row.country), row)
    return {tenant_id: tuple(sorted(found.values(), key=_order)) for tenant_id, found in counted.items()}


def _more(count: Count, row: Any) -> Count:
    """The count with the sign-ins of one row: succeeded or failed, and beside that what became of them."""
    is_in = row.outcome == "success"
    added = {"succeeded": row.count} if is_in else {"failed": row.count}
    if row.verdict in _COUNTED:
        added[_COUNTED[Verdict(row.verdict)]] = row.count
    if is_in and row.is_new:
        added["new_devices"] = row.count
    return msgspec.structs.replace(count, **{name: getattr(count, name) + number for name, number in added.items()})


def _order(count: Count) -> tuple[int, str]:
    return -(count.succeeded + count.failed), count.country or "~"
