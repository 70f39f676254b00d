"""Factors in the database, and the challenges that passkeys have to sign."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import upsert
from frostgate.directory.factors.model import Factor, FactorState, FactorUnknown, Owner, Passkey, Totp
from frostgate.directory.store import Bytewise

# What a challenge is bound to where it is not a hold.
FOR_ENROLMENT = ""
FOR_CHANGE = "change"
FOR_SIGN_IN = "sign-in"
FOR_EMERGENCY = "emergency"

_NOBODY = Owner("", "")  # whoever signs in with a passkey and has not said who they are

factors = sa.Table(
    "factors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, nullable=False),  # "": an operator's
    sa.Column("account_id", Bytewise),
    sa.Column("operator_id", sa.Text, sa.ForeignKey("operators.id"), index=True),
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
    sa.CheckConstraint("(account_id IS NULL) <> (operator_id IS NULL)", name="ck_factors_one_owner"),
    sa.CheckConstraint("(tenant_id = '') = (operator_id IS NOT NULL)", name="ck_factors_tenant"),
    sa.CheckConstraint("(state = 'active') = (active_since IS NOT NULL)", name="ck_factors_active_since"),
)
sa.Index("ix_factors_account", factors.c.tenant_id, factors.c.account_id, factors.c.id)

# One challenge at a time for each thing that it is bound to: a new one takes the place of the one before.
factor_challenges = sa.Table(
    "factor_challenges",
    metadata,
    sa.Column("tenant_id", Bytewise, primary_key=True),
    sa.Column("account_id", Bytewise, primary_key=True),  # or the operator's id, where the tenant is ""
    sa.Column("bound_to", sa.Text, primary_key=True),
    sa.Column("challenge", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
)


def add(connection: sa.Connection, factor: Factor) -> bool:
    """Save a new factor; false where its passkey is enrolled in this tenant, or by an operator, already."""
    return upsert(connection, factors, [_row(factor)], keys=["tenant_id", "credential_id"]) == 1


def save(connection: sa.Connection, factor: Factor) -> None:
    """Save a factor as it stands now."""
    connection.execute(factors.update().where(*_of(factor.owner), factors.c.id == factor.id).values(_row(factor)))


def remove(connection: sa.Connection, factor: Factor) -> Factor | None:
    """Forget a factor, whose secret must not outlive it: as it stood at last, or None where somebody was first."""
    mine = factors.delete().where(*_of(factor.owner), factors.c.id == factor.id)
    row = connection.execute(mine.returning(factors)).one_or_none()
    return None if row is None else _factor(row)


def remove_all(connection: sa.Connection, owner: Owner) -> int:
    """Forget every factor of somebody; how many there were."""
    return connection.execute(factors.delete().where(*_of(owner))).rowcount


def get_factor(connection: sa.Connection, factor_id: str, *, owner: Owner) -> Factor:
    """One factor of somebody.

    Raises:
        FactorUnknown: they have none of this id.
    """
    query = sa.select(factors).where(*_of(owner), factors.c.id == factor_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise FactorUnknown(factor=factor_id)
    return _factor(row)


def list_factors(connection: sa.Connection, owner: Owner, *, after: str = "") -> list[Factor]:
    """Somebody's factors, oldest first."""
    query = sa.select(factors).where(*_of(owner), factors.c.id > after)
    return [_factor(row) for row in connection.execute(query.order_by(factors.c.id))]


def find_passkey(connection: sa.Connection, credential_id: str) -> Factor | None:
    """The operator's passkey of this id."""
    query = sa.select(factors).where(factors.c.tenant_id == "", factors.c.credential_id == credential_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _factor(row)


def put_challenge(
    connection: sa.Connection,
    challenge: bytes,
    *,
    owner: Owner,
    bound_to: str,
    at: datetime,
    expires_at: datetime,
) -> None:
    """Remember what a passkey has to sign; whatever of this owner's is over goes."""
    connection.execute(factor_challenges.delete().where(*_given_to(owner), factor_challenges.c.expires_at <= at))
    row = {"tenant_id": owner.tenant_id, "account_id": owner.id, "bound_to": bound_to}
    upsert(
        connection,
        factor_challenges,
        [{**row, "challenge": challenge, "expires_at": expires_at}],
        keys=list(row),
        update=["challenge", "expires_at"],
    )


def take_challenge(connection: sa.Connection, *, owner: Owner, bound_to: str, at: datetime) -> bytes | None:
    """The challenge that was given, which is used up by this; None where there is none, or it is too old."""
    taken = connection.execute(
        factor_challenges.delete()
        .where(*_given_to(owner), factor_challenges.c.bound_to == bound_to)
        .returning(factor_challenges.c.challenge, factor_challenges.c.expires_at)
    ).one_or_none()
    return None if taken is None or taken.expires_at <= at else bytes(taken.challenge)


def use_up(connection: sa.Connection, challenge: bytes, *, at: datetime, expires_at: datetime) -> bool:
    """Note that a challenge which was given to nobody in particular has been signed; false where it was before."""
    connection.execute(factor_challenges.delete().where(*_given_to(_NOBODY), factor_challenges.c.expires_at <= at))
    row = {"tenant_id": _NOBODY.tenant_id, "account_id": _NOBODY.id, "bound_to": challenge.hex()}
    used = [{**row, "challenge": challenge, "expires_at": expires_at}]
    return upsert(connection, factor_challenges, used, keys=list(row)) == 1


def _of(owner: Owner) -> tuple[sa.ColumnElement[bool], ...]:
    if owner.is_operator:
        return (factors.c.operator_id == owner.id,)
    return factors.c.tenant_id == owner.tenant_id, factors.c.account_id == owner.id


def _given_to(owner: Owner) -> tuple[sa.ColumnElement[bool], ...]:
    return factor_challenges.c.tenant_id == owner.tenant_id, factor_challenges.c.account_id == owner.id


def _row(factor: Factor) -> dict[str, Any]:
    totp = factor.proof if isinstance(factor.proof, Totp) else None
    passkey = factor.proof if isinstance(factor.proof, Passkey) else None
    return {
        "id": factor.id,
        "tenant_id": factor.owner.tenant_id,
        "account_id": None if factor.owner.is_operator else factor.owner.id,
        "operator_id": factor.owner.id if factor.owner.is_operator else None,
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
        owner=Owner(row.tenant_id, row.operator_id or row.account_id),
        name=row.name,
        state=FactorState(row.state),
        proof=proof,
        created_at=row.created_at,
        active_since=row.active_since,
        last_used_at=row.last_used_at,
    )
