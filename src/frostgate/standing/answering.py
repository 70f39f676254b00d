"""Answering a challenge: a holder proves with a second factor who they are, and this one hold ends at once."""

import msgspec
import sqlalchemy as sa

from frostgate.base.errors import Conflict, Refused
from frostgate.base.model import Actor, ActorKind, Fact
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory.factors import store as factor_store
from frostgate.directory.factors.model import Factor, FactorKind, Passkey, Totp
from frostgate.directory.factors.passkeys import Json, proven_signature, request_options
from frostgate.directory.factors.service import FactorKit, give_challenge
from frostgate.directory.factors.totp import accepted_step
from frostgate.standing import attempts, store
from frostgate.standing.model import ConditionNotMet, Finding, Hold, HoldClosed, HoldUnknown, Kind, Subject
from frostgate.standing.service import release_hold


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What can answer a challenge now."""

    hold: Hold
    factors: list[Factor]
    passkey: Json | None  # what the browser needs to let a passkey sign


class ChallengePassed(Fact, frozen=True, kw_only=True):
    """A holder proved with a second factor who they are; the release of the hold follows."""

    name = "challenge.passed"

    account_id: str
    hold_id: str
    factor_id: str
    kind: FactorKind
    through: Actor  # which of the platform's pages passed the answer on


class ChallengeFailed(Fact, frozen=True, kw_only=True):
    """Somebody answered a challenge wrongly. The answer itself is kept nowhere."""

    name = "challenge.failed"

    account_id: str
    hold_id: str
    kind: FactorKind
    left: int  # how many more wrong answers there may be
    through: Actor


class NoFactor(Conflict):
    """The holder has no second factor from before the hold; people have to verify who they are."""

    code = "challenge.no_factor"


class WrongAnswer(Refused):
    """The answer proves nothing; `left` says how many more wrong ones there may be."""

    code = "challenge.wrong_answer"


class ChallengeExpired(Conflict):
    """The options for a passkey were never given for this hold, are older than five minutes, or were used."""

    code = "challenge.expired"


def is_held(connection: sa.Connection, *, tenant_id: str, account_id: str) -> bool:
    """Whether any hold is open against this very account."""
    return bool(store.open_holds(connection, Subject(tenant_id=tenant_id, account_id=account_id)))


def offer(tx: Tx, hold_id: str, *, tenant_id: str, account_id: str, kit: FactorKit) -> Offer:
    """Say what can answer a challenge, with a fresh nonce for passkeys that is bound to this hold.

    Raises:
        HoldUnknown: the account has no such hold.
        HoldClosed: it was released before.
        ConditionNotMet: it is graver than a challenge and ends by people.
        NoFactor: the holder has nothing to answer with.
    """
    hold = _challenge(tx, hold_id, tenant_id=tenant_id, account_id=account_id)
    able = _able(tx, hold, kit)
    passkeys = [factor for factor in able if factor.kind is FactorKind.PASSKEY]
    options = None
    if passkeys:
        nonce = give_challenge(tx, tenant_id=tenant_id, account_id=account_id, bound_to=hold_id)
        options = request_options(kit.site(), known=passkeys, challenge=nonce)
    return Offer(hold=hold, factors=able, passkey=options)


def answer(
    uow: UnitOfWork, hold_id: str, *, tenant_id: str, account_id: str, given: str | Json, kit: FactorKit, through: Actor
) -> Hold:
    """End a challenge by a right answer: `given` is a code, or what a browser let a passkey sign.

    A wrong answer is counted and journalled, and only then refused.

    Raises:
        TooManyAnswers: too many were wrong; this one was not looked at.
        HoldUnknown, HoldClosed, ConditionNotMet, NoFactor: there is nothing to answer, or nothing to answer with.
        ChallengeExpired: the passkey's options are over.
        WrongAnswer: it proves nothing.
    """
    with uow.begin() as tx:
        left = attempts.count(tx, tenant_id=tenant_id, account_id=account_id)
        hold = _challenge(tx, hold_id, tenant_id=tenant_id, account_id=account_id)
        used = _proven(tx, hold, given, kit)
        if used is not None:
            return _pass(tx, hold, used, through=through)
        fact = ChallengeFailed(
            tenant_id=tenant_id,
            account_id=account_id,
            hold_id=hold_id,
            kind=FactorKind.TOTP if isinstance(given, str) else FactorKind.PASSKEY,
            left=left,
            through=through,
        )
        tx.state(fact, actor=_holder(hold))
    raise WrongAnswer(left=left)


def _challenge(tx: Tx, hold_id: str, *, tenant_id: str, account_id: str) -> Hold:
    """The open challenge, locked: whoever else releases it waits, or was first."""
    hold = store.get_hold(tx.connection, hold_id, tenant_id=tenant_id, lock=True)
    if hold.subject.account_id != account_id:
        raise HoldUnknown(hold=hold_id)
    if hold.kind is not Kind.CHALLENGE:
        raise ConditionNotMet(hold=hold_id, missing=hold.condition.value)
    if not hold.is_open:
        raise HoldClosed(hold=hold_id)
    return hold


def _able(tx: Tx, hold: Hold, kit: FactorKit) -> list[Factor]:
    """The factors that the holder had before the hold: a thief with the session would enrol one of their own."""
    tenant_id, account_id = hold.subject.tenant_id, hold.subject.account_id
    assert account_id is not None, "BUG: a challenge that is nobody's"
    found = [
        factor
        for factor in factor_store.list_factors(tx.connection, tenant_id=tenant_id, account_id=account_id)
        if factor.was_active_before(hold.placed_at) and (kit.party or factor.kind is FactorKind.TOTP)
    ]
    if not found:
        raise NoFactor
    return found


def _proven(tx: Tx, hold: Hold, given: str | Json, kit: FactorKit) -> Factor | None:
    """The factor that this answer proves, as it stands after that; None where it proves nothing."""
    able = _able(tx, hold, kit)
    if isinstance(given, str):
        return _by_code(tx, able, given, kit)
    account_id = hold.subject.account_id or ""
    nonce = factor_store.take_challenge(
        tx.connection, tenant_id=hold.subject.tenant_id, account_id=account_id, bound_to=hold.id, at=tx.now
    )
    if nonce is None:
        raise ChallengeExpired
    return _by_signature(tx, able, given, kit, nonce)


def _by_code(tx: Tx, able: list[Factor], code: str, kit: FactorKit) -> Factor | None:
    proven = None
    for factor in able:
        if isinstance(factor.proof, Totp):
            secret = kit.vault.open(factor.proof.sealed_secret, factor_id=factor.id)
            step = accepted_step(secret, code, at=tx.now, after=factor.proof.last_step)
            if step is not None:
                proven = factor.used(step=step, at=tx.now)
    return proven


def _by_signature(tx: Tx, able: list[Factor], credential: Json, kit: FactorKit, nonce: bytes) -> Factor | None:
    for factor in able:
        if isinstance(factor.proof, Passkey) and factor.proof.credential_id == credential.get("id"):
            signed = proven_signature(kit.site(), factor.proof, credential, challenge=nonce)
            if signed is not None:
                return factor.signed(sign_count=signed.sign_count, backed_up=signed.backed_up, at=tx.now)
    return None


def _pass(tx: Tx, hold: Hold, factor: Factor, *, through: Actor) -> Hold:
    tenant_id, account_id = hold.subject.tenant_id, factor.account_id
    attempts.forgive(tx, tenant_id=tenant_id, account_id=account_id)
    fact = ChallengePassed(
        tenant_id=tenant_id,
        account_id=account_id,
        hold_id=hold.id,
        factor_id=factor.id,
        kind=factor.kind,
        through=through,
    )
    tx.state(fact, actor=_holder(hold))
    factor_store.save(tx.connection, factor)
    return release_hold(
        tx,
        hold.id,
        tenant_id=tenant_id,
        finding=Finding.CONDITION_MET,
        actor=_holder(hold),
        reason=f"answered with a second factor ({factor.kind.value})",
    )


def _holder(hold: Hold) -> Actor:
    return Actor(ActorKind.HOLDER, hold.subject.account_id or "")
