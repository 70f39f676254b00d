"""Signing in and out, and changing a password: how a person gets a session and keeps it their own."""

from frostgate.base.errors import Forbidden
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory import attempts, credentials
from frostgate.directory.auth import still
from frostgate.directory.errors import EmailUnusable, WrongCredentials
from frostgate.directory.model import Operator, OperatorChanged, Principal, check_password, normal_email
from frostgate.directory.passwords import Passwords
from frostgate.directory.permissions import Permission
from frostgate.directory.sessions import store as sessions
from frostgate.directory.sessions.listing import anothers, operator_of
from frostgate.directory.sessions.model import Means, Whence
from frostgate.directory.sessions.opening import SignedIn, SignInKit, open_session
from frostgate.directory.sessions.second import Ticketed, second_step
from frostgate.directory.tokens import revoke, revoke_sessions


def sign_in(uow: UnitOfWork, *, email: str, password: str, whence: Whence, kit: SignInKit) -> SignedIn | Ticketed:
    """Open a session for whoever knows the password, or a ticket to the second step where one is needed.

    The password is compared outside of any transaction: it takes long, and writers must not wait for it.

    Raises:
        WrongCredentials: no active operator has this email and password.
        TooManyAttempts: too many failures before this one; the password was not looked at.
    """
    given, passwords = _comparable(email), kit.passwords
    with uow.begin(head_first=False) as tx:
        counted = attempts.count(tx, email=given, address=whence.address)
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
        asked = second_step(tx, operator, kit=kit)
        return asked or open_session(tx, operator, means=Means.PASSWORD, whence=whence)


def sign_out(tx: Tx, *, principal: Principal) -> None:
    """End the session, or give up the token, that the principal came with."""
    assert principal.token_id is not None, "BUG: signing out without a token"
    token = credentials.get_token(tx.connection, principal.token_id, lock=True)
    revoke(tx, token, actor=principal.actor)


def change_own_password(uow: UnitOfWork, *, password: str, current: str, by: Principal, passwords: Passwords) -> None:
    """Give oneself a new password and end one's other sessions.

    It needs the current one, so that a borrowed session is not enough to take the account over.

    Raises:
        PersonNeeded: a program, which has no password.
        WrongCredentials: `current` is not the current password, or no longer.
        TooManyAttempts: it was wrong too often.
        PasswordWeak: the new password is too easily guessed.
        CredentialInvalid: they were signed out meanwhile.
    """
    operator = operator_of(by)
    check_password(password, email=operator.email)
    compared = check_current(uow, operator, current, passwords, pointer="/current")
    hashed = passwords.hash(password)
    with uow.begin() as tx:
        operator = operator_of(still(tx, by))
        # Saving only over the hash that was compared: whoever reset the password meanwhile meant it to count.
        if not credentials.save_password(tx.connection, operator.id, password_hash=hashed, was=compared):
            raise WrongCredentials(pointer="/current")
        _follow_new_password(tx, operator, by=by, keep=by.token_id)


def reset_password(
    uow: UnitOfWork, operator_id: str, *, password: str, by: Principal, passwords: Passwords
) -> Operator:
    """Give somebody else a new password and end their sessions.

    Whether `by` may is looked at before the password is hashed and again after it, when it is saved.

    Raises:
        OwnAccount: it is the password of whoever asks, or of whoever issued their token.
        GrantsTooMuch: the other operator may do more than `by`.
        PasswordWeak: the new password is too easily guessed.
        OperatorUnknown, NotFound: `by` sees no such operator.
        Forbidden, CredentialInvalid: `by` lost the power to do this meanwhile, or was signed out.
    """
    with uow.look() as connection:
        operator = anothers(connection, operator_id, by=by)
    check_password(password, email=operator.email)
    hashed = passwords.hash(password)
    with uow.begin() as tx:
        now = still(tx, by)
        if not now.may(Permission.OPERATORS_WRITE):
            raise Forbidden(needed=Permission.OPERATORS_WRITE.value)
        operator = anothers(tx.connection, operator_id, by=now, lock=True)
        credentials.save_password(tx.connection, operator.id, password_hash=hashed, was=None)
        _follow_new_password(tx, operator, by=by, keep=None)
    return operator


def check_current(uow: UnitOfWork, operator: Operator, current: str, passwords: Passwords, *, pointer: str) -> str:
    """Refuse a wrong current password, and guessing at it from a borrowed session; the hash that it was compared with.

    It is compared outside of any transaction, so whoever changes something on its word looks again at the hash.

    Raises:
        WrongCredentials: it is not the password.
        TooManyAttempts: it was wrong too often; this one was not looked at.
    """
    with uow.begin(head_first=False) as tx:
        attempts.count_own(tx, operator.id)
    with uow.look() as connection:
        stored = credentials.password_of(connection, operator.id)
    if not passwords.matches(stored, current):
        raise WrongCredentials(pointer=pointer)
    with uow.begin(head_first=False) as tx:
        attempts.forgive_own(tx, operator.id)
    return stored


def _follow_new_password(tx: Tx, operator: Operator, *, by: Principal, keep: str | None) -> None:
    """What a new password ends, and the fact that there is one."""
    sessions.drop_tickets(tx.connection, operator.id)
    revoke_sessions(tx, operator.id, actor=by.actor, keep=keep)
    changed = OperatorChanged(tenant_id=operator.tenant_id, before=operator, operator=operator, fields=("password",))
    tx.state(changed, actor=by.actor)


def _comparable(email: str) -> str:
    """The address as it would be stored; "" for what cannot be one, which is then counted and compared alike."""
    try:
        return normal_email(email)
    except EmailUnusable:
        return ""
