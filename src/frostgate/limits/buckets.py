"""Buckets in the database: those that are not full, so that a restart does not hand out everything again."""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from frostgate.base.database import metadata
from frostgate.base.sql import insert_into
from frostgate.directory.store import Bytewise
from frostgate.limits.model import Quota

limit_buckets = sa.Table(
    "limit_buckets",
    metadata,
    sa.Column("tenant_id", Bytewise, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),  # "": all keys together
    sa.Column("method", sa.Text, primary_key=True),  # "": the total of all methods
    sa.Column("events", sa.BigInteger, nullable=False),
    sa.Column("per_seconds", sa.Integer, nullable=False),
    sa.Column("burst", sa.BigInteger, nullable=False),
    sa.Column("full_at", sa.BigInteger, nullable=False),  # microseconds since 1970
)
sa.Index("ix_limit_buckets_full_at", limit_buckets.c.full_at)


class SavedBucket(msgspec.Struct, frozen=True):
    """A bucket that is not full: whose, under which quota, and when it will be (microseconds since 1970)."""

    tenant_id: str
    key: str
    method: str
    quota: Quota
    full_at: int


def save(connection: sa.Connection, found: Sequence[SavedBucket]) -> None:
    """Save buckets. Where another process saved the same one under the same quota, the emptier of the two stays."""
    if not found:
        return
    statement = insert_into(limit_buckets, connection.dialect.name)
    new, table = statement.excluded, limit_buckets.c
    statement = statement.on_conflict_do_update(
        index_elements=["tenant_id", "key", "method"],
        set_={name: new[name] for name in ("events", "per_seconds", "burst", "full_at")},
        where=sa.or_(
            new.full_at > table.full_at,
            new.events != table.events,
            new.per_seconds != table.per_seconds,
            new.burst != table.burst,
        ),
    )
    rows = [
        {
            "tenant_id": each.tenant_id,
            "key": each.key,
            "method": each.method,
            **msgspec.structs.asdict(each.quota),
            "full_at": each.full_at,
        }
        for each in found
    ]
    connection.execute(statement, rows)


def load(connection: sa.Connection, *, after: int) -> list[SavedBucket]:
    """The buckets that are not full until after a time (microseconds since 1970)."""
    query = sa.select(limit_buckets).where(limit_buckets.c.full_at > after)
    return [
        SavedBucket(
            row.tenant_id,
            row.key,
            row.method,
            Quota(events=row.events, per_seconds=row.per_seconds, burst=row.burst),
            row.full_at,
        )
        for row in connection.execute(query)
    ]


def forget(connection: sa.Connection, *, until: int) -> None:
    """Remove the buckets that are full by then."""
    connection.execute(limit_buckets.delete().where(limit_buckets.c.full_at <= until))
