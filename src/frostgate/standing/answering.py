"""Answering a challenge: a holder proves with a second factor who they are, and this one hold ends at once."""

import msgspec

from frostgate.base.errors import Conflict
from frostgate.base.model import Actor, ActorKind, Fact
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory.factors import attempts, proving
from frostgate.directory.factors import store as factor_store
from frostgate.directory.factors.kit import FactorKit
from frostgate.directory.factors.model import Factor, FactorKind, Owner
from frostgate.directory.factors.passkeys import Json
from frostgate.directory.factors.proving import Given, WrongAnswer
from frostgate.standing.model import Finding, Hold
from frostgate.standing.service import open_challenge, release_hold


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


def offer(tx: Tx, hold_id: str, *, tenant_id: str, account_id: str, kit: FactorKit) -> Offer:
    """Say what can answer a challenge, with a fresh nonce for passkeys that is bound to this hold.

    Raises:
        HoldUnknown: the account has no such hold.
        HoldClosed: it was released before.
        ConditionNotMet: it is graver than a challenge and ends by people.
        NoFactor: the holder has nothing to answer with.
    """
    hold = open_challenge(tx, hold_id, tenant_id=tenant_id, account_id=account_id)
    able, owner = _able(tx, hold, kit), Owner(tenant_id, account_id)
    options = proving.options_for(tx, able, owner=owner, kit=kit, bound_to=hold_id)
    return Offer(hold=hold, factors=able, passkey=options)


def answer(
    uow: UnitOfWork, hold_id: str, *, tenant_id: str, account_id: str, given: Given, kit: FactorKit, through: Actor
) -> Hold:
    """End a challenge by a right answer: `given` is a code, or what a browser let a passkey sign.

    A wrong answer is counted and journalled, and only then refused.

    Raises:
        TooManyAnswers: too many were wrong; this one was not looked at.
        HoldUnknown, HoldClosed, ConditionNotMet, NoFactor: there is nothing to answer, or nothing to answer with.
        ChallengeExpired: the passkey's options are over.
        WrongAnswer: it proves nothing.
    """
    owner = Owner(tenant_id, account_id)
    with uow.begin() as tx:
        left = attempts.count(tx, owner)
        hold = open_challenge(tx, hold_id, tenant_id=tenant_id, account_id=account_id)
        used = proving.proven(tx, _able(tx, hold, kit), given, owner=owner, kit=kit, bound_to=hold_id)
        if used is not None:
            return _pass(tx, hold, used, through=through)
        fact = ChallengeFailed(
            tenant_id=tenant_id,
            account_id=account_id,
            hold_id=hold_id,
            kind=proving.kind_of(given),
            left=left,
            through=through,
        )
        tx.state(fact, actor=_holder(hold))
    raise WrongAnswer(left=left)


def _able(tx: Tx, hold: Hold, kit: FactorKit) -> list[Factor]:
    """The factors that the holder had before the hold: a thief with the session would enrol one of their own."""
    tenant_id, account_id = hold.subject.tenant_id, hold.subject.account_id
    assert account_id is not None, "BUG: a challenge that is nobody's"
    found = [
        factor
        for factor in proving.able(tx, Owner(tenant_id, account_id), kit=kit)
        if factor.was_active_before(hold.placed_at)
    ]
    if not found:
        raise NoFactor
    return found


def _pass(tx: Tx, hold: Hold, factor: Factor, *, through: Actor) -> Hold:
    tenant_id, account_id = hold.subject.tenant_id, factor.owner.id
    attempts.forgive(tx, factor.owner)
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
