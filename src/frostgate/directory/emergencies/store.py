"""Emergencies in the database."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.directory.emergencies.model import NEVER_LONGER, Emergency, EmergencyUnknown
from frostgate.directory.permissions import Role
from frostgate.directory.store import Bytewise, row_of

_MICROSECONDS = NEVER_LONGER.days * 86_400_000_000

emergencies = sa.Table(
    "emergencies",
    metadata,
    sa.Column("id", sa.Text, sa.ForeignKey("tokens.id"), primary_key=True),
    sa.Column("operator_id", sa.Text, sa.ForeignKey("operators.id"), nullable=False),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), index=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("on_the_machine", sa.Boolean, nullable=False),
    sa.Column("began_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False, index=True),
    sa.Column("ended_at", Utc),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.CheckConstraint("reason <> ''", name="ck_emergencies_reason"),
    # A promise of the store itself: power that somebody took ends, whatever a program or a setting says.
    sa.CheckConstraint(
        f"expires_at > began_at AND expires_at - began_at <= {_MICROSECONDS}", name="ck_emergencies_expire"
    ),
)


def add(connection: sa.Connection, emergency: Emergency) -> None:
    """Save a new one."""
    connection.execute(emergencies.insert().values(row_of(emergency)))


def get(connection: sa.Connection, emergency_id: str) -> Emergency:
    """One emergency.

    Raises:
        EmergencyUnknown: there is none of this id.
    """
    row = connection.execute(sa.select(emergencies).where(emergencies.c.id == emergency_id)).first()
    if row is None:
        raise EmergencyUnknown
    return _emergency(row)


def end(connection: sa.Connection, emergency_id: str, *, at: datetime) -> Emergency:
    """Note that one is over, unless its time was up before; as it stands then."""
    found = get(connection, emergency_id)
    if at >= found.expires_at or found.ended_at is not None:
        return found
    connection.execute(emergencies.update().where(emergencies.c.id == emergency_id).values(ended_at=at))
    return msgspec.structs.replace(found, ended_at=at)


def count_request(connection: sa.Connection, emergency_id: str) -> None:
    """One more request was let through."""
    more = emergencies.update().where(emergencies.c.id == emergency_id)
    connection.execute(more.values(requests=emergencies.c.requests + 1))


def newest(connection: sa.Connection, *, tenant_id: str | None, before: str = "", limit: int = 100) -> list[Emergency]:
    """Emergencies, the latest first: of one tenant, or all for those who may see all."""
    query = sa.select(emergencies).order_by(emergencies.c.id.desc()).limit(limit)
    if before:
        query = query.where(emergencies.c.id < before)
    if tenant_id is not None:
        query = query.where(emergencies.c.tenant_id == tenant_id)
    return [_emergency(row) for row in connection.execute(query)]


def count_open(connection: sa.Connection, *, at: datetime) -> int:
    """How many are open."""
    query = sa.select(sa.func.count()).select_from(emergencies)
    count: int = connection.execute(
        query.where(emergencies.c.expires_at > at, emergencies.c.ended_at.is_(None))
    ).scalar_one()
    return count


def _emergency(row: Any) -> Emergency:
    return Emergency(**{**row._mapping, "role": Role(row.role)})
