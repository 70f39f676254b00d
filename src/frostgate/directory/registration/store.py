"""Registrations in the database."""

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.base.sql import upsert
from frostgate.directory.registration.model import Registration
from frostgate.directory.store import Bytewise

registrations = sa.Table(
    "registrations",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("legal_representative", sa.Text),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("recorded_at", Utc, nullable=False),
    sa.CheckConstraint("length(code) = 18", name="ck_registrations_code"),
)


def save(connection: sa.Connection, registration: Registration) -> None:
    """Save a registration, new or known."""
    row = msgspec.structs.asdict(registration) | {"recorded_by": str(registration.recorded_by)}
    update = [name for name in row if name != "tenant_id"]
    upsert(connection, registrations, [row], keys=["tenant_id"], update=update)


def find(connection: sa.Connection, *, tenant_id: str) -> Registration | None:
    """A tenant's registration, where somebody recorded it."""
    query = sa.select(registrations).where(registrations.c.tenant_id == tenant_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Registration(**{**row._mapping, "recorded_by": Actor.parse(row.recorded_by)})
