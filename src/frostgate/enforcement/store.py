"""The desired standing of every subject that has one, with the revision at which it last changed.

A row a subject, not a queue: whoever comes late, or comes back, reads what is true now. The revision is the number of
the journal entry that changed it, so revisions grow in the order in which changes were saved, in every process.
"""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import upsert
from frostgate.base.wire import to_json

standings = sa.Table(
    "standings",
    metadata,
    sa.Column("tenant_id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, primary_key=True),  # "" for the whole tenant
    sa.Column("revision", sa.BigInteger, nullable=False, unique=True),
    sa.Column("changed_at", Utc, nullable=False),
    sa.Column("holds", sa.Text, nullable=False),
)


class Bite(msgspec.Struct, frozen=True, kw_only=True):
    """As much of an open hold as an enforcement point needs."""

    id: str
    kind: int
    cause: str
    services: tuple[str, ...]
    condition: str
    placed_at: datetime
    case_id: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is open against one subject, at a revision."""

    tenant_id: str
    account_id: str
    revision: int
    bites: tuple[Bite, ...]


_decode_bites = msgspec.json.Decoder(tuple[Bite, ...]).decode


def save(connection: sa.Connection, entry: Entry, *, at: datetime) -> None:
    """Save what is now wanted for a subject."""
    row = {
        "tenant_id": entry.tenant_id,
        "account_id": entry.account_id,
        "revision": entry.revision,
        "changed_at": at,
        "holds": to_json(entry.bites),
    }
    upsert(connection, standings, [row], keys=["tenant_id", "account_id"], update=["revision", "changed_at", "holds"])


def changed_after(connection: sa.Connection, revision: int, *, limit: int = 10_000) -> list[Entry]:
    """Every subject that changed after a revision, in the order of the changes."""
    query = sa.select(standings).where(standings.c.revision > revision).order_by(standings.c.revision).limit(limit)
    return [_entry(row) for row in connection.execute(query)]


def _entry(row: sa.Row[Any]) -> Entry:
    return Entry(
        tenant_id=row.tenant_id,
        account_id=row.account_id,
        revision=row.revision,
        bites=_decode_bites(row.holds),
    )
