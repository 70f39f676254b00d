"""Where sessions come from, tickets between two steps, and recovery codes, in the database. Secrets only as hashes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.directory.credentials import tokens
from frostgate.directory.sessions.model import FAMILIAR_FOR, Means, Session, Whence

session_origins = sa.Table(
    "session_origins",
    metadata,
    sa.Column("token_id", sa.Text, sa.ForeignKey("tokens.id"), primary_key=True),
    sa.Column("operator_id", sa.Text, sa.ForeignKey("operators.id"), nullable=False),
    sa.Column("means", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("browser", sa.Text, nullable=False),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("last_used_at", Utc, nullable=False),
)
sa.Index("ix_session_origins_operator", session_origins.c.operator_id, session_origins.c.opened_at)

sign_in_tickets = sa.Table(
    "sign_in_tickets",
    metadata,
    sa.Column("secret_hash", sa.Text, primary_key=True),
    sa.Column("operator_id", sa.Text, sa.ForeignKey("operators.id"), nullable=False, index=True),
    sa.Column("expires_at", Utc, nullable=False),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("operator_id", sa.Text, sa.ForeignKey("operators.id"), primary_key=True),
    sa.Column("code_hash", sa.Text, primary_key=True),
)


# Sessions


def add_origin(
    connection: sa.Connection, token_id: str, operator_id: str, means: Means, whence: Whence, at: datetime
) -> None:
    """Save where a session began."""
    row = {"token_id": token_id, "operator_id": operator_id, "means": means.value, "opened_at": at, "last_used_at": at}
    connection.execute(session_origins.insert().values(**row, address=whence.address, browser=whence.browser))


def came_from(connection: sa.Connection, operator_id: str, *, at: datetime) -> list[Whence]:
    """Where an operator signed in from lately."""
    query = sa.select(session_origins.c.address, session_origins.c.browser).distinct()
    query = query.where(session_origins.c.operator_id == operator_id, session_origins.c.opened_at > at - FAMILIAR_FOR)
    return [Whence(row.address, row.browser) for row in connection.execute(query)]


def open_sessions(connection: sa.Connection, operator_id: str, *, at: datetime, this: str | None) -> list[Session]:
    """An operator's sessions that still count, newest first; `this` is the asker's own."""
    query = (
        sa.select(session_origins, tokens.c.expires_at)
        .join(tokens, tokens.c.id == session_origins.c.token_id)
        .where(session_origins.c.operator_id == operator_id, tokens.c.revoked_at.is_(None), tokens.c.expires_at > at)
        .order_by(session_origins.c.opened_at.desc(), session_origins.c.token_id.desc())
    )
    return [_session(row, this) for row in connection.execute(query)]


def find_origin(connection: sa.Connection, token_id: str) -> Whence | None:
    """Where a session began."""
    row = connection.execute(sa.select(session_origins).where(session_origins.c.token_id == token_id)).one_or_none()
    return None if row is None else Whence(row.address, row.browser)


def save_used(connection: sa.Connection, used: Mapping[str, datetime]) -> None:
    """Note when sessions were last used; another process may know a later time."""
    for token_id, at in sorted(used.items()):
        mine = (session_origins.c.token_id == token_id, session_origins.c.last_used_at < at)
        connection.execute(session_origins.update().where(*mine).values(last_used_at=at))


# Tickets


def add_ticket(
    connection: sa.Connection, secret_hash: str, operator_id: str, *, at: datetime, expires_at: datetime
) -> None:
    """Save a ticket; whatever is over goes."""
    connection.execute(sign_in_tickets.delete().where(sign_in_tickets.c.expires_at <= at))
    row = {"secret_hash": secret_hash, "operator_id": operator_id, "expires_at": expires_at}
    connection.execute(sign_in_tickets.insert().values(row))


def find_ticket(connection: sa.Connection, secret_hash: str, *, at: datetime, lock: bool = False) -> str | None:
    """Whose ticket it is; None where it is unknown or over. Locked, nobody else uses it until the transaction ends."""
    query = sa.select(sign_in_tickets).where(sign_in_tickets.c.secret_hash == secret_hash)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None or row.expires_at <= at else row.operator_id


def drop_ticket(connection: sa.Connection, secret_hash: str) -> None:
    """Use a ticket up."""
    connection.execute(sign_in_tickets.delete().where(sign_in_tickets.c.secret_hash == secret_hash))


def drop_tickets(connection: sa.Connection, operator_id: str) -> None:
    """Let no ticket of an operator count any more."""
    connection.execute(sign_in_tickets.delete().where(sign_in_tickets.c.operator_id == operator_id))


# Recovery codes


def replace_codes(connection: sa.Connection, operator_id: str, hashes: Sequence[str]) -> None:
    """Give an operator these recovery codes instead of those that they had."""
    connection.execute(recovery_codes.delete().where(recovery_codes.c.operator_id == operator_id))
    if hashes:
        rows = [{"operator_id": operator_id, "code_hash": each} for each in hashes]
        connection.execute(recovery_codes.insert(), rows)


def use_code(connection: sa.Connection, operator_id: str, code_hash: str) -> bool:
    """Use a recovery code up; false where the operator has no such code."""
    mine = (recovery_codes.c.operator_id == operator_id, recovery_codes.c.code_hash == code_hash)
    return connection.execute(recovery_codes.delete().where(*mine)).rowcount == 1


def count_codes(connection: sa.Connection, operator_id: str) -> int:
    """How many recovery codes an operator has left."""
    query = sa.select(sa.func.count()).where(recovery_codes.c.operator_id == operator_id)
    return connection.execute(query).scalar_one()


def _session(row: Any, this: str | None) -> Session:
    return Session(
        id=row.token_id,
        operator_id=row.operator_id,
        means=Means(row.means),
        address=row.address,
        browser=row.browser,
        opened_at=row.opened_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        is_this_one=row.token_id == this,
    )
