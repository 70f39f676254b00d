"""Operators and tokens in the database. Secrets are here only as hashes, which are returned only to be compared."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import upsert
from frostgate.directory.errors import OperatorUnknown, TokenUnknown
from frostgate.directory.model import SESSIONS, Operator, Purpose, Token, is_name
from frostgate.directory.permissions import Role
from frostgate.directory.store import Bytewise, row_of

operators = sa.Table(
    "operators",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), index=True),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("secret_hash", sa.Text, nullable=False, unique=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), index=True),
    sa.Column("operator_id", sa.Text, sa.ForeignKey("operators.id"), index=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc),
    sa.Column("revoked_at", Utc),
)


# Operators


def add_operator(connection: sa.Connection, operator: Operator, *, password_hash: str) -> bool:
    """Save a new operator; false where the email is taken."""
    row = {**row_of(operator), "password_hash": password_hash}
    return upsert(connection, operators, [row], keys=["email"]) == 1


def save_operator(connection: sa.Connection, operator: Operator) -> None:
    """Save an operator as they stand now; the password stays."""
    connection.execute(operators.update().where(operators.c.id == operator.id).values(row_of(operator)))


def save_password(connection: sa.Connection, operator_id: str, *, password_hash: str, was: str | None) -> bool:
    """Save a password's hash, only if the stored one still is `was` (None: whatever it is)."""
    change = operators.update().where(operators.c.id == operator_id).values(password_hash=password_hash)
    if was is not None:
        change = change.where(operators.c.password_hash == was)
    return connection.execute(change).rowcount == 1


def password_of(connection: sa.Connection, operator_id: str) -> str:
    """The hash of an operator's password, to compare."""
    query = sa.select(operators.c.password_hash).where(operators.c.id == operator_id)
    return str(connection.execute(query).scalar_one())


def get_operator(connection: sa.Connection, operator_id: str, *, lock: bool = False) -> Operator:
    """One operator.

    Raises:
        OperatorUnknown: there is none of this id.
    """
    if not is_name(operator_id):
        raise OperatorUnknown
    query = sa.select(operators).where(operators.c.id == operator_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise OperatorUnknown
    return _operator(row)


def find_credentials(connection: sa.Connection, *, email: str) -> tuple[Operator, str] | None:
    """The operator of an address with their password's hash, to compare."""
    row = connection.execute(sa.select(operators).where(operators.c.email == email)).first()
    return None if row is None else (_operator(row), row.password_hash)


def list_operators(
    connection: sa.Connection, *, tenant_id: str | None, after: str = "", limit: int = 100
) -> list[Operator]:
    """Operators in the order in which they were added: those of one tenant, or all."""
    query = sa.select(operators).where(operators.c.id > after).order_by(operators.c.id).limit(limit)
    if tenant_id is not None:
        query = query.where(operators.c.tenant_id == tenant_id)
    return [_operator(row) for row in connection.execute(query)]


def list_staff(
    connection: sa.Connection, roles: Collection[Role], *, after: str = "", limit: int = 100
) -> list[Operator]:
    """The platform's own people of these roles, also those who left, in the order in which they were added."""
    query = sa.select(operators).where(
        operators.c.tenant_id.is_(None), operators.c.role.in_([role.value for role in roles]), operators.c.id > after
    )
    return [_operator(row) for row in connection.execute(query.order_by(operators.c.id).limit(limit))]


def active_of_role(
    connection: sa.Connection, role: Role, *, tenant_id: str | None, lock: bool = False
) -> list[Operator]:
    """The active people of a role, of one tenant or of the platform's own staff, in the order of their ids.

    Locked, none of them is demoted meanwhile, so that the last two cannot demote each other at once.
    """
    query = (
        sa.select(operators)
        .where(
            operators.c.role == role.value, operators.c.active, operators.c.tenant_id.is_not_distinct_from(tenant_id)
        )
        .order_by(operators.c.id)
    )
    return [_operator(row) for row in connection.execute(query.with_for_update() if lock else query)]


def count_operators(connection: sa.Connection) -> int:
    """How many operators there are."""
    return connection.execute(sa.select(sa.func.count()).select_from(operators)).scalar_one()


# Tokens


def add_token(connection: sa.Connection, token: Token, *, secret_hash: str) -> None:
    """Save a new token under its secret's hash."""
    connection.execute(tokens.insert().values(**row_of(token), secret_hash=secret_hash))


def find_token(connection: sa.Connection, *, secret_hash: str) -> tuple[Token, str] | None:
    """The token of a hash, with the hash as it is stored, to compare."""
    row = connection.execute(sa.select(tokens).where(tokens.c.secret_hash == secret_hash)).first()
    return None if row is None else (_token(row), row.secret_hash)


def get_token(connection: sa.Connection, token_id: str, *, lock: bool = False) -> Token:
    """One token.

    Raises:
        TokenUnknown: there is none of this id.
    """
    if not is_name(token_id):
        raise TokenUnknown
    query = sa.select(tokens).where(tokens.c.id == token_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise TokenUnknown
    return _token(row)


def list_tokens(connection: sa.Connection, *, tenant_id: str | None, after: str = "", limit: int = 100) -> list[Token]:
    """Tokens that are no sessions, in the order of issue: those of one tenant, or all."""
    query = (
        sa.select(tokens)
        .where(tokens.c.id > after, tokens.c.purpose.not_in([purpose.value for purpose in SESSIONS]))
        .order_by(tokens.c.id)
        .limit(limit)
    )
    if tenant_id is not None:
        query = query.where(tokens.c.tenant_id == tenant_id)
    return [_token(row) for row in connection.execute(query)]


def open_sessions(connection: sa.Connection, operator_id: str, *, at: datetime) -> list[Token]:
    """An operator's sessions that still count, those of an emergency among them."""
    query = sa.select(tokens).where(
        tokens.c.operator_id == operator_id,
        tokens.c.purpose.in_([purpose.value for purpose in SESSIONS]),
        tokens.c.revoked_at.is_(None),
        tokens.c.expires_at > at,
    )
    return [_token(row) for row in connection.execute(query)]


def save_revoked(connection: sa.Connection, token_id: str, *, at: datetime) -> None:
    """Note that a token counts for nothing from now on."""
    connection.execute(tokens.update().where(tokens.c.id == token_id).values(revoked_at=at))


def _operator(row: Any) -> Operator:
    return Operator(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        tenant_id=row.tenant_id,
        active=row.active,
        created_at=row.created_at,
    )


def _token(row: Any) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        purpose=Purpose(row.purpose),
        role=Role(row.role),
        tenant_id=row.tenant_id,
        operator_id=row.operator_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
