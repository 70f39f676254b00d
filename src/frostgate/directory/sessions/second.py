"""The second step of a sign-in: a ticket is what proves that the password was right, and it counts once.

The password's counter and this one are two: whoever guesses codes has proven the password, so nobody can keep an
operator out by guessing who does not know it.
"""

import msgspec

from frostgate.base.ids import new_secret
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory import credentials
from frostgate.directory.auth import hash_of
from frostgate.directory.factors import attempts, proving
from frostgate.directory.factors import service as factors
from frostgate.directory.factors import store as factor_store
from frostgate.directory.factors.kit import FactorKit
from frostgate.directory.factors.model import Factor, FactorKind, FactorState, Owner
from frostgate.directory.factors.passkeys import Json
from frostgate.directory.factors.proving import Given
from frostgate.directory.factors.service import NewTotp
from frostgate.directory.model import Operator
from frostgate.directory.sessions import recovery, store
from frostgate.directory.sessions.model import (
    TICKET_LASTS,
    Means,
    NothingToSetUp,
    SecondStepFailed,
    SecondStepWrong,
    TicketInvalid,
    Whence,
)
from frostgate.directory.sessions.opening import SignedIn, SignInKit, actor_of, open_session

_MEANS = {FactorKind.TOTP: Means.PASSWORD_TOTP, FactorKind.PASSKEY: Means.PASSWORD_PASSKEY}


class RecoveryCode(msgspec.Struct, frozen=True):
    """A recovery code as somebody typed it."""

    typed: str


class Ticketed(msgspec.Struct, frozen=True, kw_only=True):
    """The password was right; what is asked next. No factors: one has to be set up now."""

    secret: str
    factors: list[Factor]
    passkey: Json | None  # what the browser needs to let a passkey sign
    must_set_up: bool


def second_step(tx: Tx, operator: Operator, *, kit: SignInKit) -> Ticketed | None:
    """What is asked after the password; None: nothing."""
    owner = Owner.of_operator(operator.id)
    active = has_second_factor(tx, owner)
    from_when = kit.second.demanded_of(operator)
    must_set_up = not active and from_when is not None and tx.now >= from_when
    if not active and not must_set_up:
        return None
    secret = new_secret()
    expires_at = tx.now + TICKET_LASTS
    store.add_ticket(tx.connection, hash_of(secret), operator.id, at=tx.now, expires_at=expires_at)
    able = proving.able(tx, owner, kit=kit.factors)
    options = proving.options_for(tx, able, owner=owner, kit=kit.factors, bound_to=factor_store.FOR_SIGN_IN)
    return Ticketed(secret=secret, factors=able, passkey=options, must_set_up=must_set_up)


def set_up_totp(uow: UnitOfWork, ticket: str, *, name: str, kit: SignInKit) -> NewTotp:
    """Begin to set up the authenticator app without which somebody's role cannot sign in any more.

    Raises:
        TicketInvalid: the ticket counts for nothing.
        NothingToSetUp: they have a second factor.
        KeyMissing: there is nothing to encrypt the secret with.
    """
    _refuse_strangers(uow, ticket)
    with uow.begin() as tx:
        operator = _whose(tx, ticket)
        owner = Owner.of_operator(operator.id)
        if has_second_factor(tx, owner):
            raise NothingToSetUp
        return factors.begin_totp(tx, owner, name=name, kit=kit.factors, actor=actor_of(operator))


def finish(uow: UnitOfWork, ticket: str, given: Given | RecoveryCode, *, whence: Whence, kit: SignInKit) -> SignedIn:
    """Open a session for whoever has the ticket and proves the second factor; wrong answers are counted.

    Raises:
        TicketInvalid: the ticket counts for nothing.
        TooManyAnswers: too many were wrong; this one was not looked at.
        ChallengeExpired: the passkey's options are over.
        SecondStepWrong: it proves nothing.
    """
    _refuse_strangers(uow, ticket)
    with uow.begin() as tx:
        operator = _whose(tx, ticket)
        left = attempts.count(tx, Owner.of_operator(operator.id))
        means = _proven(tx, operator, given, kit=kit.factors)
        if means is not None:
            attempts.forgive(tx, Owner.of_operator(operator.id))
            store.drop_ticket(tx.connection, hash_of(ticket))
            return open_session(tx, operator, means=means, whence=whence)
        failed = SecondStepFailed(tenant_id=operator.tenant_id, operator_id=operator.id, left=left)
        tx.state(failed, actor=actor_of(operator))
    raise SecondStepWrong(left=left)


def _refuse_strangers(uow: UnitOfWork, ticket: str) -> None:
    """Who has no ticket does not keep those waiting who write."""
    with uow.look() as connection:
        if store.find_ticket(connection, hash_of(ticket), at=uow.clock.now()) is None:
            raise TicketInvalid


def _whose(tx: Tx, ticket: str) -> Operator:
    found = store.find_ticket(tx.connection, hash_of(ticket), at=tx.now, lock=True)
    if found is None:
        raise TicketInvalid
    operator = credentials.get_operator(tx.connection, found, lock=True)
    if not operator.active:
        raise TicketInvalid
    return operator


def has_second_factor(tx: Tx, owner: Owner) -> bool:
    """Whether there is any active factor: also one that cannot prove anything now is asked for."""
    return any(each.state is FactorState.ACTIVE for each in factor_store.list_factors(tx.connection, owner))


def proves(tx: Tx, operator: Operator, given: Given | RecoveryCode, *, kit: FactorKit, bound_to: str) -> Means | None:
    """By what means an answer proves an operator for one purpose; it is used up by that. None: it proves nothing.

    Whoever asks has counted the answer before, as `proving.proven` wants it.

    Raises:
        ChallengeExpired: the passkey's options are over, or were given for something else.
    """
    if isinstance(given, RecoveryCode):
        return Means.PASSWORD_RECOVERY if recovery.use(tx, operator, given.typed) else None
    owner = Owner.of_operator(operator.id)
    able = proving.able(tx, owner, kit=kit)
    by = proving.proven(tx, able, given, owner=owner, kit=kit, bound_to=bound_to)
    if by is None:
        return None
    factor_store.save(tx.connection, by)
    return _MEANS[by.kind]


def _proven(tx: Tx, operator: Operator, given: Given | RecoveryCode, *, kit: FactorKit) -> Means | None:
    if not isinstance(given, RecoveryCode) and not has_second_factor(tx, Owner.of_operator(operator.id)):
        return _set_up(tx, operator, given, kit=kit)
    return proves(tx, operator, given, kit=kit, bound_to=factor_store.FOR_SIGN_IN)


def _set_up(tx: Tx, operator: Operator, given: Given, *, kit: FactorKit) -> Means | None:
    """The first code of the app that they were told to set up; the password is what vouches for it."""
    owner = Owner.of_operator(operator.id)
    for pending in factor_store.list_factors(tx.connection, owner):  # at most one: a new one ends the one before
        if isinstance(given, str) and factors.shows(pending, given, at=tx.now, kit=kit):
            actor = actor_of(operator)
            factors.confirm(tx, pending.id, owner=owner, code=given, by=None, kit=kit, actor=actor, vouched=True)
            return Means.PASSWORD_TOTP
    return None
