"""Tokens: issued with a secret that is shown once, and revoked for ever."""

from datetime import datetime

import msgspec

from frostgate.base.ids import new_secret
from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.directory import credentials, store
from frostgate.directory.auth import hash_of
from frostgate.directory.emergencies import store as emergencies
from frostgate.directory.emergencies.model import EmergencyEnded
from frostgate.directory.errors import GrantsTooMuch, LifetimeUnusable
from frostgate.directory.model import SESSIONS, Principal, Purpose, Token, TokenIssued, TokenRevoked, token_role
from frostgate.directory.permissions import PERMISSIONS, Role


def issue_token(
    tx: Tx,
    *,
    name: str,
    purpose: Purpose,
    tenant_id: str | None,
    by: Principal,
    role: Role | None = None,
    expires_at: datetime | None = None,
) -> tuple[str, Token]:
    """Issue a token for a machine and return its secret, which is shown this once.

    Raises:
        GrantsTooMuch: the token of a program, a verifier or a portal may do more than `by`.
        TokenRoleUnusable: the purpose and the role do not go together.
        LifetimeUnusable: it would have expired already.
        NotFound, TenantUnknown: `by` sees no such tenant.
    """
    by.within(tenant_id)
    carried = token_role(purpose, role, tenant_id=tenant_id)
    if purpose in {Purpose.API, Purpose.VERIFIER, Purpose.PORTAL} and not by.outranks(PERMISSIONS[carried]):
        raise GrantsTooMuch(pointer="/role")
    if expires_at is not None and expires_at <= tx.now:
        raise LifetimeUnusable(pointer="/expires_at")
    if tenant_id is not None:
        store.get_tenant(tx.connection, tenant_id)
    secret, token = mint(
        tx,
        name=name,
        purpose=purpose,
        role=carried,
        tenant_id=tenant_id,
        operator_id=by.operator_id,
        expires_at=expires_at,
    )
    tx.state(TokenIssued(tenant_id=tenant_id, token=token), actor=by.actor)
    return secret, token


def revoke_token(tx: Tx, token_id: str, *, by: Principal) -> Token:
    """Make a token count for nothing from now on; once revoked it stays so.

    Raises:
        TokenUnknown, NotFound: `by` sees no such token.
        GrantsTooMuch: it is the session or API token of somebody who may do more than `by`.
    """
    token = credentials.get_token(tx.connection, token_id, lock=True)
    by.within(token.tenant_id)
    if token.purpose in {*SESSIONS, Purpose.API} and not by.outranks(PERMISSIONS[token.role]):
        raise GrantsTooMuch
    return revoke(tx, token, actor=by.actor)


def revoke(tx: Tx, token: Token, *, actor: Actor) -> Token:
    """Revoke a token that the caller has read and may revoke."""
    if token.revoked_at is not None:
        return token
    revoked = msgspec.structs.replace(token, revoked_at=tx.now)
    credentials.save_revoked(tx.connection, token.id, at=tx.now)
    tx.state(TokenRevoked(tenant_id=token.tenant_id, token=revoked), actor=actor)
    if token.purpose is Purpose.EMERGENCY:
        ended = emergencies.end(tx.connection, token.id, at=tx.now)
        tx.state(EmergencyEnded(tenant_id=token.tenant_id, emergency=ended), actor=actor)
    return revoked


def revoke_sessions(tx: Tx, operator_id: str, *, actor: Actor, keep: str | None = None) -> None:
    """Sign an operator out everywhere, emergencies included, except from the session `keep`."""
    for token in credentials.open_sessions(tx.connection, operator_id, at=tx.now):
        if token.id != keep:
            revoke(tx, token, actor=actor)


def mint(
    tx: Tx,
    *,
    name: str,
    purpose: Purpose,
    role: Role,
    tenant_id: str | None,
    operator_id: str | None,
    expires_at: datetime | None,
) -> tuple[str, Token]:
    """A new token and its secret, saved but not yet stated. The prefix lets scanners find a secret that leaked."""
    secret = f"fg_{purpose.value}_{new_secret()}"
    token = Token(
        id=tx.new_id(),
        name=name,
        purpose=purpose,
        role=role,
        tenant_id=tenant_id,
        operator_id=operator_id,
        created_at=tx.now,
        expires_at=expires_at,
        revoked_at=None,
    )
    credentials.add_token(tx.connection, token, secret_hash=hash_of(secret))
    return secret, token
