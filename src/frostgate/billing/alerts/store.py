"""Thresholds and budgets in the database, and when to look at whom again."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import upsert
from frostgate.base.wire import to_json
from frostgate.billing.alerts.model import Direction, Measure, Recipient, Threshold
from frostgate.billing.alerts.records import KeptThreshold, ThresholdUnknown
from frostgate.directory.store import Bytewise

thresholds = sa.Table(
    "alert_thresholds",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("measure", sa.Text, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("clear", sa.BigInteger, nullable=False),
    sa.Column("recipients", sa.Text, nullable=False),
    sa.Column("spoken_at", Utc),
)

budgets = sa.Table(
    "alert_budgets",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.CheckConstraint("amount > 0", name="ck_alert_budgets_amount"),
)

# Tenants with a threshold, and no others: the pass over everybody is a look into one index.
looks = sa.Table(
    "alert_looks",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("next_look", Utc),
)
sa.Index("ix_alert_looks_next", looks.c.next_look, looks.c.tenant_id)

_read_recipients = msgspec.json.Decoder(tuple[Recipient, ...]).decode


# When to look again


def due(connection: sa.Connection, now: datetime) -> list[str]:
    """The tenants at whom it is time to look, who waited longest first."""
    query = sa.select(looks.c.tenant_id).where(looks.c.next_look <= now)
    return [*connection.execute(query.order_by(looks.c.next_look, looks.c.tenant_id)).scalars()]


def save_look(connection: sa.Connection, next_look: datetime | None, *, tenant_id: str) -> None:
    """Save when to look at a tenant again; None: not before somebody changes something."""
    row = {"tenant_id": tenant_id, "next_look": next_look}
    upsert(connection, looks, [row], keys=["tenant_id"], update=["next_look"])


# Built once: it runs at every posting.
_HASTEN = (
    looks.update()
    .where(looks.c.tenant_id == sa.bindparam("tenant"), looks.c.next_look > sa.bindparam("now", type_=Utc))
    .values(next_look=sa.bindparam("now", type_=Utc))
)


def hasten_look(connection: sa.Connection, now: datetime, *, tenant_id: str) -> None:
    """Let a tenant be looked at now, if it would be later at all."""
    connection.execute(_HASTEN, {"tenant": tenant_id, "now": now})


# Thresholds and the budget


def list_thresholds(connection: sa.Connection, *, tenant_id: str) -> list[KeptThreshold]:
    """A tenant's thresholds, in the order in which they were set."""
    query = sa.select(thresholds).where(thresholds.c.tenant_id == tenant_id).order_by(thresholds.c.id)
    return [_threshold(row) for row in connection.execute(query)]


def get_threshold(connection: sa.Connection, threshold_id: str, *, tenant_id: str) -> KeptThreshold:
    """One threshold.

    Raises:
        ThresholdUnknown: the tenant has none of this id.
    """
    query = sa.select(thresholds).where(thresholds.c.id == threshold_id, thresholds.c.tenant_id == tenant_id)
    row = connection.execute(query).first()
    if row is None:
        raise ThresholdUnknown
    return _threshold(row)


def save_threshold(connection: sa.Connection, kept: KeptThreshold, *, tenant_id: str) -> None:
    """Save a threshold as it stands now."""
    each = kept.threshold
    known = {
        "measure": each.measure.value,
        "direction": each.direction.value,
        "at": each.at,
        "clear": each.clear,
        "recipients": to_json(each.recipients),
        "spoken_at": kept.spoken_at,
    }
    row = {"tenant_id": tenant_id, "id": each.id, **known}
    upsert(connection, thresholds, [row], keys=["tenant_id", "id"], update=known)


def remove_threshold(connection: sa.Connection, threshold_id: str, *, tenant_id: str) -> None:
    """Forget a threshold."""
    chosen = thresholds.c.tenant_id == tenant_id, thresholds.c.id == threshold_id
    connection.execute(thresholds.delete().where(*chosen))


def find_budget(connection: sa.Connection, *, tenant_id: str) -> int | None:
    """What a tenant's month may cost; None: it has no budget."""
    query = sa.select(budgets.c.amount).where(budgets.c.tenant_id == tenant_id)
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found


def save_budget(connection: sa.Connection, amount: int | None, *, tenant_id: str) -> None:
    """Save what a month may cost; None: it has no budget."""
    if amount is None:
        connection.execute(budgets.delete().where(budgets.c.tenant_id == tenant_id))
    else:
        row = {"tenant_id": tenant_id, "amount": amount}
        upsert(connection, budgets, [row], keys=["tenant_id"], update=["amount"])


# Rows and values


def _threshold(row: Any) -> KeptThreshold:
    threshold = Threshold(
        id=row.id,
        measure=Measure(row.measure),
        direction=Direction(row.direction),
        at=row.at,
        clear=row.clear,
        recipients=_read_recipients(row.recipients),
    )
    return KeptThreshold(threshold=threshold, spoken_at=row.spoken_at)
