"""Signing in and out, and changing a password: how a person gets a session and keeps it their own."""

import msgspec

from frostgate.base.model import Actor, ActorKind
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory import attempts, credentials
from frostgate.directory.auth import session_of
from frostgate.directory.errors import EmailUnusable, GrantsTooMuch, WrongCredentials
from frostgate.directory.model import (
    SESSION_LASTS,
    Operator,
    OperatorChanged,
    Principal,
    Purpose,
    SessionOpened,
    Token,
    check_password,
    normal_email,
)
from frostgate.directory.passwords import Passwords
from frostgate.directory.permissions import PERMISSIONS
from frostgate.directory.tokens import mint, revoke, revoke_sessions


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """An open session. The secret is shown this once and cannot be read again."""

    secret: str
    token: Token
    principal: Principal


def sign_in(uow: UnitOfWork, *, email: str, password: str, address: str, passwords: Passwords) -> SignedIn:
    """Open a session for whoever knows the password.

    The password is compared outside of any transaction: it takes long, and writers must not wait for it.

    Raises:
        WrongCredentials: no active operator has this email and password.
        TooManyAttempts: too many failures before this one; the password was not looked at.
    """
    given = _comparable(email)
    with uow.begin(head_first=False) as tx:
        counted = attempts.count(tx, email=given, address=address)
    with uow.look() as connection:
        found = credentials.find_credentials(connection, email=given) if given else None
    stored = found[1] if found else None
    matches = passwords.matches(stored, password)
    if found is None or stored is None or not matches or not found[0].active:
        raise WrongCredentials
    fresh = passwords.hash(password) if passwords.is_stale(stored) else stored
    with uow.begin() as tx:
        operator = credentials.get_operator(tx.connection, found[0].id, lock=True)
        # Saving only over the hash that was compared refuses a password that changed in the meantime.
        unchanged = credentials.save_password(tx.connection, operator.id, password_hash=fresh, was=stored)
        if not operator.active or not unchanged:
            raise WrongCredentials
        attempts.forgive(tx, counted)
        return _open_session(tx, operator)


def sign_out(tx: Tx, *, principal: Principal) -> None:
    """End the session, or give up the token, that the principal came with."""
    assert principal.token_id is not None, "BUG: signing out without a token"
    token = credentials.get_token(tx.connection, principal.token_id, lock=True)
    revoke(tx, token, actor=principal.actor)


def set_password(
    uow: UnitOfWork,
    operator_id: str,
    *,
    password: str,
    current: str | None,
    by: Principal,
    passwords: Passwords,
) -> Operator:
    """Give an operator a new password and end their other sessions.

    One's own needs the current one, so that a borrowed session is not enough to take the account over.

    Raises:
        WrongCredentials: `current` is not the current password.
        TooManyAttempts: it was wrong too often.
        GrantsTooMuch: the other operator may do more than `by`.
        PasswordWeak: the new password is too easily guessed.
        OperatorUnknown, NotFound: `by` sees no such operator.
    """
    with uow.look() as connection:
        operator = credentials.get_operator(connection, operator_id)
    own = by.operator is not None and by.operator.id == operator_id
    if not own:
        by.within(operator.tenant_id)
        if not by.outranks(PERMISSIONS[operator.role]):
            raise GrantsTooMuch
    check_password(password, email=operator.email)
    if own:
        _check_current(uow, operator, current or "", passwords)
    hashed = passwords.hash(password)
    with uow.begin() as tx:
        operator = credentials.get_operator(tx.connection, operator_id, lock=True)
        credentials.save_password(tx.connection, operator.id, password_hash=hashed, was=None)
        revoke_sessions(tx, operator.id, actor=by.actor, keep=by.token_id if own else None)
        tx.state(OperatorChanged(tenant_id=operator.tenant_id, operator=operator, fields=("password",)), actor=by.actor)
    return operator


def _check_current(uow: UnitOfWork, operator: Operator, current: str, passwords: Passwords) -> None:
    """Refuse a wrong current password, and guessing at it from a borrowed session."""
    with uow.begin(head_first=False) as tx:
        counted = attempts.count(tx, email=operator.email, address="own session")
    with uow.look() as connection:
        found = credentials.find_credentials(connection, email=operator.email)
    if not passwords.matches(found[1] if found else None, current):
        raise WrongCredentials(pointer="/current")
    with uow.begin(head_first=False) as tx:
        attempts.forgive(tx, counted)


def _open_session(tx: Tx, operator: Operator) -> SignedIn:
    actor = Actor(ActorKind.OPERATOR, operator.id)
    secret, token = mint(
        tx,
        name="session",
        purpose=Purpose.SESSION,
        role=operator.role,
        tenant_id=operator.tenant_id,
        operator_id=operator.id,
        expires_at=tx.now + SESSION_LASTS,
    )
    tx.state(SessionOpened(tenant_id=operator.tenant_id, operator_id=operator.id, token_id=token.id), actor=actor)
    return SignedIn(secret=secret, token=token, principal=session_of(token, operator))


def _comparable(email: str) -> str:
    """The address as it would be stored; "" for what cannot be one, which is then counted and compared alike."""
    try:
        return normal_email(email)
    except EmailUnusable:
        return ""
