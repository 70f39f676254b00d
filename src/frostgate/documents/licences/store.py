"""What was read of licences, in the database: owed until it is done, sealed like the pages that it was read from."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.directory.store import Bytewise
from frostgate.documents.licences.model import LicenceUnknown, Reading, State

licence_readings = sa.Table(
    "licence_readings",
    metadata,
    sa.Column("document_id", sa.Text, sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt_at", Utc, nullable=False),
    sa.Column("claimed_until", Utc),
    sa.Column("read_at", Utc),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sa.CheckConstraint("(state = 'read') = (sealed IS NOT NULL)", name="ck_licence_readings_sealed"),
    sa.CheckConstraint("(state = 'unreadable') = (problem <> '')", name="ck_licence_readings_problem"),
)
sa.Index("ix_licence_readings_due", licence_readings.c.state, licence_readings.c.next_attempt_at)


def owe(connection: sa.Connection, document_id: str, *, tenant_id: str, at: datetime) -> None:
    """Save that a document is to be read, from now on."""
    row = {"document_id": document_id, "tenant_id": tenant_id, "state": State.WAITING.value, "problem": ""}
    connection.execute(licence_readings.insert(), {**row, "attempts": 0, "next_attempt_at": at})


def get(connection: sa.Connection, document_id: str, *, tenant_id: str) -> Reading:
    """How far reading a document of this tenant is.

    Raises:
        LicenceUnknown: it is no licence, or was deleted.
    """
    found = readings(connection, [document_id], tenant_id=tenant_id)
    if not found:
        raise LicenceUnknown
    return found[document_id]


def readings(connection: sa.Connection, document_ids: list[str], *, tenant_id: str) -> dict[str, Reading]:
    """How far reading these documents of a tenant is, by document; those that are no licences are not there."""
    query = sa.select(licence_readings).where(
        licence_readings.c.document_id.in_(document_ids), licence_readings.c.tenant_id == tenant_id
    )
    return {row.document_id: reading_of(row) for row in connection.execute(query)}


def save_read(connection: sa.Connection, reading: Reading, sealed: bytes, *, at: datetime) -> None:
    """Save what was read."""
    _settle(connection, reading, state=State.READ.value, sealed=sealed, read_at=at)


def save_unreadable(connection: sa.Connection, reading: Reading, problem: str) -> None:
    """Save that nothing came of it."""
    _settle(connection, reading, state=State.UNREADABLE.value, problem=problem)


def forget(connection: sa.Connection, document_id: str, *, tenant_id: str) -> None:
    """Delete what was read: it is as personal as the page that it stood on."""
    connection.execute(
        licence_readings.delete().where(
            licence_readings.c.document_id == document_id, licence_readings.c.tenant_id == tenant_id
        )
    )


def reading_of(row: Any) -> Reading:
    """A row as a value."""
    return Reading(
        document_id=row.document_id,
        tenant_id=row.tenant_id,
        state=State(row.state),
        read_at=row.read_at,
        problem=row.problem,
        sealed=row.sealed,
    )


def _settle(connection: sa.Connection, reading: Reading, **values: Any) -> None:
    mine = (
        licence_readings.c.document_id == reading.document_id,
        licence_readings.c.tenant_id == reading.tenant_id,
    )
    connection.execute(licence_readings.update().where(*mine).values(**values))
