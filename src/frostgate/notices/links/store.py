"""The codes and sessions by which people come in who follow the link of a notice, wherever that leads."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata

# A code is kept as a signature that only our key makes: whoever reads the table cannot try a million.
codes = sa.Table(
    "link_codes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("notice_id", sa.Text, nullable=False, index=True),
    sa.Column("address_digest", sa.Text, nullable=False, index=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("sent_at", Utc, nullable=False, index=True),
    sa.Column("wrong", sa.Integer, nullable=False),
    sa.Column("is_used", sa.Boolean, nullable=False),
)

sessions = sa.Table(
    "link_sessions",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("notice_id", sa.Text, nullable=False),
    sa.Column("began_at", Utc, nullable=False),
    sa.Column("seen_at", Utc, nullable=False, index=True),
)


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was sent to where a notice went."""

    id: str
    notice_id: str
    address_digest: str
    digest: str
    sent_at: datetime
    wrong: int = 0
    is_used: bool = False


def add_code(connection: sa.Connection, code: Code, *, forget_before: datetime) -> None:
    """Save a code that is sent now, and forget those that count for nothing any more."""
    connection.execute(codes.delete().where(codes.c.sent_at < forget_before))
    connection.execute(codes.insert(), msgspec.structs.asdict(code))


def save_code(connection: sa.Connection, code: Code) -> None:
    """Save that a code was tried, or used."""
    connection.execute(codes.update().where(codes.c.id == code.id).values(wrong=code.wrong, is_used=code.is_used))


def codes_since(connection: sa.Connection, since: datetime, *, notice_id: str, address_digest: str) -> list[Code]:
    """The codes that were sent for a notice, or to its address at all, newest first."""
    either = sa.or_(codes.c.notice_id == notice_id, codes.c.address_digest == address_digest)
    query = sa.select(codes).where(either, codes.c.sent_at >= since).order_by(codes.c.id.desc())
    return [Code(**row._mapping) for row in connection.execute(query)]


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A session of somebody who proved that they read where a notice went."""

    digest: str
    notice_id: str
    began_at: datetime
    seen_at: datetime


def add_visit(connection: sa.Connection, visit: Visit, *, forget_before: datetime) -> None:
    """Save a session that begins, and forget those that ended."""
    connection.execute(sessions.delete().where(sessions.c.seen_at < forget_before))
    connection.execute(sessions.insert(), msgspec.structs.asdict(visit))


def find_visit(connection: sa.Connection, digest: str) -> Visit | None:
    """The session with this digest."""
    row = connection.execute(sa.select(sessions).where(sessions.c.digest == digest)).one_or_none()
    return None if row is None else Visit(**row._mapping)


def save_seen(connection: sa.Connection, visit: Visit, at: datetime) -> None:
    """Save that somebody was here just now."""
    connection.execute(sessions.update().where(sessions.c.digest == visit.digest).values(seen_at=at))


def end_visits(connection: sa.Connection, notice_id: str) -> None:
    """Forget every session of those who came by the link of a notice."""
    connection.execute(sessions.delete().where(sessions.c.notice_id == notice_id))
