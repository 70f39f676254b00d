"""Factors in the database, and the challenges that passkeys have to sign."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import upsert
from frostgate.directory.factors.model import Factor, FactorState, FactorUnknown, Passkey, Totp
from frostgate.directory.store import Bytewise

# What a challenge is bound to where it is not a hold.
FOR_ENROLMENT = ""
FOR_CHANGE = "change"

factors = sa.Table(
    "factors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, nullable=False),
    sa.Column("account_id", Bytewise, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("active_since", Utc),
    sa.Column("last_used_at", Utc),
    # An authenticator app's.
    sa.Column("sealed_secret", sa.Text),
    sa.Column("last_step", sa.BigInteger),
    # A passkey's.
    sa.Column("credential_id", sa.Text),
    sa.Column("public_key", sa.LargeBinary),
    sa.Column("sign_count", sa.BigInteger),
    sa.Column("transports", sa.Text),
    sa.Column("backup_eligible", sa.Boolean),
    sa.Column("backed_up", sa.Boolean),
    sa.ForeignKeyConstraint(["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.id"]),
    sa.UniqueConstraint("tenant_id", "credential_id"),
    sa.CheckConstraint("(sealed_secret IS NULL) <> (public_key IS NULL)", name="ck_factors_one_proof"),
    sa.CheckConstraint("(state = 'active') = (active_since IS NOT NULL)", name="ck_factors_active_since"),
)
sa.Index("ix_factors_account", factors.c.tenant_id, factors.c.account_id, factors.c.id)

# One challenge at a time for each thing that it is bound to: a new one takes the place of the one before.
factor_challenges = sa.Table(
    "factor_challenges",
    metadata,
    sa.Column("tenant_id", Bytewise, primary_key=True),
    sa.Column("account_id", Bytewise, primary_key=True),
    sa.Column("bound_to", sa.Text, primary_key=True),
    sa.Column("challenge", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
)


def add(connection: sa.Connection, factor: Factor) -> bool:
    """Save a new factor; false where its passkey is enrolled in this tenant already."""
    return upsert(connection, factors, [_row(factor)], keys=["tenant_id", "credential_id"]) == 1


def save(connection: sa.Connection, factor: Factor) -> None:
    """Save a factor as it stands now."""
    mine = (factors.c.tenant_id == factor.tenant_id, factors.c.id == factor.id)
    connection.execute(factors.update().where(*mine).values(_row(factor)))


def remove(connection: sa.Connection, factor: Factor) -> Factor | None:
    """Forget a factor, whose secret must not outlive it: as it stood at last, or None where somebody was first."""
    mine = (factors.c.tenant_id == factor.tenant_id, factors.c.id == factor.id)
    row = connection.execute(factors.delete().where(*mine).returning(factors)).one_or_none()
    return None if row is None else _factor(row)


def get_factor(connection: sa.Connection, factor_id: str, *, tenant_id: str, account_id: str) -> Factor:
    """One factor of an account.

    Raises:
        FactorUnknown: the account has none of this id.
    """
    query = sa.select(factors).where(
        factors.c.tenant_id == tenant_id, factors.c.account_id == account_id, factors.c.id == factor_id
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise FactorUnknown(factor=factor_id)
    return _factor(row)


def list_factors(connection: sa.Connection, *, tenant_id: str, account_id: str, after: str = "") -> list[Factor]:
    """An account's factors, oldest first."""
    query = sa.select(factors).where(
        factors.c.tenant_id == tenant_id, factors.c.account_id == account_id, factors.c.id > after
    )
    return [_factor(row) for row in connection.execute(query.order_by(factors.c.id))]


def put_challenge(
    connection: sa.Connection,
    challenge: bytes,
    *,
    tenant_id: str,
    account_id: str,
    bound_to: str,
    at: datetime,
    expires_at: datetime,
) -> None:
    """Remember what a passkey has to sign; whatever of this account's is over goes."""
    connection.execute(
        factor_challenges.delete().where(
            factor_challenges.c.tenant_id == tenant_id,
            factor_challenges.c.account_id == account_id,
            factor_challenges.c.expires_at <= at,
        )
    )
    row = {"tenant_id": tenant_id, "account_id": account_id, "bound_to": bound_to}
    upsert(
        connection,
        factor_challenges,
        [{**row, "challenge": challenge, "expires_at": expires_at}],
        keys=list(row),
        update=["challenge", "expires_at"],
    )


def take_challenge(
    connection: sa.Connection, *, tenant_id: str, account_id: str, bound_to: str, at: datetime
) -> bytes | None:
    """The challenge that was given, which is used up by this; None where there is none, or it is too old."""
    taken = connection.execute(
        factor_challenges.delete()
        .where(
            factor_challenges.c.tenant_id == tenant_id,
            factor_challenges.c.account_id == account_id,
            factor_challenges.c.bound_to == bound_to,
        )
        .returning(factor_challenges.c.challenge, factor_challenges.c.expires_at)
    ).one_or_none()
    return None if taken is None or taken.expires_at <= at else bytes(taken.challenge)


def _row(factor: Factor) -> dict[str, Any]:
    totp = factor.proof if isinstance(factor.proof, Totp) else None
    passkey = factor.proof if isinstance(factor.proof, Passkey) else None
    return {
        "id": factor.id,
        "tenant_id": factor.tenant_id,
        "account_id": factor.account_id,
        "name": factor.name,
        "state": factor.state.value,
        "created_at": factor.created_at,
        "active_since": factor.active_since,
        "last_used_at": factor.last_used_at,
        "sealed_secret": totp and totp.sealed_secret,
        "last_step": totp and totp.last_step,
        "credential_id": passkey and passkey.credential_id,
        "public_key": passkey and passkey.public_key,
        "sign_count": passkey and passkey.sign_count,
        "transports": passkey and ",".join(passkey.transports),
        "backup_eligible": passkey and passkey.backup_eligible,
        "backed_up": passkey and passkey.backed_up,
    }


def _factor(row: sa.Row[Any]) -> Factor:
    proof: Totp | Passkey
    if row.sealed_secret is not None:
        proof = Totp(sealed_secret=row.sealed_secret, last_step=row.last_step)
    else:
        proof = Passkey(
            credential_id=row.credential_id,
            public_key=bytes(row.public_key),
            sign_count=row.sign_count,
            transports=tuple(each for each in row.transports.split(",") if each),
            backup_eligible=row.backup_eligible,
            backed_up=row.backed_up,
        )
    return Factor(
        id=row.id,
        tenant_id=row.tenant_id,
        account_id=row.account_id,
        name=row.name,
        state=FactorState(row.state),
        proof=proof,
        created_at=row.created_at,
        active_since=row.active_since,
        last_used_at=row.last_used_at,
    )
