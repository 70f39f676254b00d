"""Policies in the database: numbered, and never changed once they are in."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata

policies = sa.Table(
    "policies",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("published_at", Utc, nullable=False),
    sa.Column("published_by", sa.Text, nullable=False),
)


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """One policy as it was published."""

    number: int
    name: str
    source: str
    digest: str
    published_at: datetime
    published_by: str


def add(connection: sa.Connection, policy: Published) -> None:
    """Save a new policy."""
    connection.execute(policies.insert().values(msgspec.structs.asdict(policy)))


def newest(connection: sa.Connection) -> Published | None:
    """The policy in force: always the one published last."""
    row = connection.execute(sa.select(policies).order_by(policies.c.number.desc()).limit(1)).one_or_none()
    return None if row is None else Published(**row._mapping)


def get(connection: sa.Connection, number: int) -> Published | None:
    """One policy by its number."""
    row = connection.execute(sa.select(policies).where(policies.c.number == number)).one_or_none()
    return None if row is None else Published(**row._mapping)


def newest_first(connection: sa.Connection, *, limit: int = 100) -> list[Published]:
    """The newest policies."""
    query = sa.select(policies).order_by(policies.c.number.desc()).limit(limit)
    return [Published(**row._mapping) for row in connection.execute(query)]
