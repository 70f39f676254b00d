"""Enrolling, confirming and removing second factors. Each change states its fact, and none of them holds a secret.

The fact is stated first: that takes the journal's head until the commit, so what is read after it is what every other
writer left, and nobody waits crosswise. A hold that is placed at the same moment is either seen then, or comes later.

Once somebody has an active factor, they prove each change with one: otherwise whoever is signed in with a stolen
password would enrol a phone of their own, or remove the owner's, and be the owner from then on. Whoever made sure of
that otherwise gives a `vouch` for it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import msgspec

from frostgate.base.model import Actor
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory import credentials
from frostgate.directory.factors import attempts, proving, store
from frostgate.directory.factors.kit import FactorKit
from frostgate.directory.factors.model import (
    MOST_FACTORS,
    Factor,
    FactorActive,
    FactorCodeWrong,
    FactorConfirmed,
    FactorEnrolled,
    FactorProofFailed,
    FactorRemoved,
    FactorsHeld,
    FactorState,
    FactorUnknown,
    LastFactor,
    OptionsExpired,
    Owner,
    Passkey,
    PasskeyKnown,
    ProofNeeded,
    TooManyFactors,
    Totp,
)
from frostgate.directory.factors.passkeys import Json, creation_options, proven_passkey
from frostgate.directory.factors.proving import Given, WrongAnswer, give_challenge
from frostgate.directory.factors.totp import accepted_step, enrolment_uri, new_totp_secret
from frostgate.directory.model import UnknownAccounts
from frostgate.directory.service import ensure_account
from frostgate.directory.store import get_account, get_tenant

T = TypeVar("T")

# Called in the transaction of a change, before it: refuses where what its caller made sure of before no longer holds,
# and says whether that stands for a proof.
Vouch = Callable[[Tx], bool]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What can prove the owner before factors change; no factors: nothing has to."""

    factors: list[Factor]
    passkey: Json | None  # what the browser needs to let a passkey sign


class NewTotp(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticator app to be set up. The secret is shown this once and cannot be read again."""

    factor: Factor
    secret: str
    uri: str


def begin_totp(tx: Tx, owner: Owner, *, name: str, kit: FactorKit, actor: Actor) -> NewTotp:
    """Make a secret for an authenticator app. It cannot answer until `confirm_totp`.

    A set-up that was begun before and never confirmed is given up.

    Raises:
        TenantUnknown, AccountUnknown: there is no such account.
        FactorsHeld: a hold is open against it.
        TooManyFactors: there are too many already.
        KeyMissing: there is nothing to encrypt the secret with.
    """
    label = _label(tx, owner)
    secret, factor_id = new_totp_secret(), tx.new_id()
    factor = Factor(
        id=factor_id,
        owner=owner,
        name=name,
        state=FactorState.PENDING,
        proof=Totp(sealed_secret=kit.vault.seal(secret, place=factor_id, at=tx.now)),
        created_at=tx.now,
        active_since=None,
    )
    _add(tx, factor, kit, actor)
    uri = enrolment_uri(secret, account=label, issuer=kit.issuer)
    return NewTotp(factor=factor, secret=secret, uri=uri)


def confirm_totp(
    uow: UnitOfWork,
    factor_id: str,
    *,
    owner: Owner,
    code: str,
    proof: Given | None,
    kit: FactorKit,
    actor: Actor,
    vouch: Vouch = lambda _: False,
) -> Factor:
    """Accept an authenticator app whose owner shows a code of it.

    Raises:
        FactorUnknown: they have no such factor.
        FactorActive: it was confirmed before.
        FactorsHeld: a hold is open against the account.
        FactorCodeWrong: the code is another.
        ProofNeeded, WrongAnswer, TooManyAnswers, ChallengeExpired: as of `prove_change`.
    """

    def confirm_it(tx: Tx, by: Factor | None) -> Factor:
        return confirm(tx, factor_id, owner=owner, code=code, by=by, kit=kit, actor=actor, vouched=vouch(tx))

    return prove_change(uow, confirm_it, proof, owner=owner, kit=kit, actor=actor)


def confirm(
    tx: Tx,
    factor_id: str,
    *,
    owner: Owner,
    code: str,
    by: Factor | None,
    kit: FactorKit,
    actor: Actor,
    vouched: bool = False,
) -> Factor:
    """As `confirm_totp`, once the proof was looked at."""
    factor = store.get_factor(tx.connection, factor_id, owner=owner)
    _refuse_while_held(tx, owner, kit)
    if factor.state is not FactorState.PENDING or not isinstance(factor.proof, Totp):
        raise FactorActive(factor=factor_id)
    if not vouched:
        _refuse_unproven(store.list_factors(tx.connection, owner), by)
    step = shows(factor, code, at=tx.now, kit=kit)
    if step is None:
        raise FactorCodeWrong(pointer="/code")
    confirmed = factor.confirmed(step=step, at=tx.now)
    store.save(tx.connection, confirmed)
    # Stated last: whoever reacts to it sees the factor as it is from now on.
    tx.state(FactorConfirmed(**owner.named, factor_id=factor_id, proven_by=_id(by)), actor=actor)
    return confirmed


def shows(factor: Factor, code: str, *, at: datetime, kit: FactorKit) -> int | None:
    """The time step of this code, where the authenticator app shows it around now and it was not used."""
    if not isinstance(factor.proof, Totp):
        return None
    secret = kit.vault.open(factor.proof.sealed_secret, place=factor.id)
    return accepted_step(secret, code, at=at, after=factor.proof.last_step)


def begin_passkey(tx: Tx, owner: Owner, *, kit: FactorKit) -> Json:
    """What the owner's browser needs to make a passkey: good for five minutes and one answer.

    Raises:
        PasskeysOff: there is no site that they are for.
        TenantUnknown, AccountUnknown: there is no such account.
        FactorsHeld: a hold is open against it.
    """
    party = kit.site()
    label = _label(tx, owner)
    _refuse_while_held(tx, owner, kit)
    known = store.list_factors(tx.connection, owner)
    challenge = give_challenge(tx, owner, bound_to=store.FOR_ENROLMENT)
    return creation_options(party, owner=owner, label=label, known=known, challenge=challenge)


def enrol_passkey(
    uow: UnitOfWork,
    *,
    owner: Owner,
    name: str,
    credential: Json,
    proof: Given | None,
    kit: FactorKit,
    actor: Actor,
    vouch: Vouch = lambda _: False,
) -> Factor:
    """Take the passkey that the owner's browser made. Its options are used up whatever comes of it.

    Raises:
        PasskeysOff: there is no site that they are for.
        OptionsExpired: nobody asked for it in the last five minutes.
        PasskeyRefused: it does not prove what it should.
        PasskeyKnown: it is enrolled already.
        FactorsHeld: a hold is open against the account.
        TooManyFactors: it has too many already.
        ProofNeeded, WrongAnswer, TooManyAnswers, ChallengeExpired: as of `prove_change`.
    """
    party = kit.site()
    with uow.begin() as tx:
        _label(tx, owner)
        challenge = store.take_challenge(tx.connection, owner=owner, bound_to=store.FOR_ENROLMENT, at=tx.now)
    if challenge is None:
        raise OptionsExpired
    passkey = proven_passkey(party, credential, challenge=challenge)

    def enrol(tx: Tx, by: Factor | None) -> Factor:
        factor = _new_passkey(tx, passkey, owner=owner, name=name)
        _add(tx, factor, kit, actor, by, vouched=vouch(tx))
        return factor

    return prove_change(uow, enrol, proof, owner=owner, kit=kit, actor=actor)


def remove_own_factor(
    uow: UnitOfWork,
    factor_id: str,
    *,
    owner: Owner,
    proof: Given | None,
    kit: FactorKit,
    actor: Actor,
    vouch: Vouch = lambda _: False,
    least: int = 0,
) -> None:
    """Take a factor away for its owner, who proves an active one with it or another; its secret is forgotten.

    Raises:
        LastFactor: fewer than `least` active ones would be left.
        FactorUnknown: they have no such factor.
        FactorsHeld: a hold is open against the account.
        ProofNeeded, WrongAnswer, TooManyAnswers, ChallengeExpired: as of `prove_change`.
    """

    def take_away(tx: Tx, by: Factor | None) -> None:
        vouched = vouch(tx)
        factor = store.get_factor(tx.connection, factor_id, owner=owner)
        removed = _remove(tx, factor, actor, by)
        _refuse_while_held(tx, owner, kit)
        if not vouched:
            _refuse_unproven([removed], by)
        left = [each for each in store.list_factors(tx.connection, owner) if each.state is FactorState.ACTIVE]
        if removed.state is FactorState.ACTIVE and len(left) < least:
            raise LastFactor

    prove_change(uow, take_away, proof, owner=owner, kit=kit, actor=actor)


def remove_factor(tx: Tx, factor_id: str, *, owner: Owner, kit: FactorKit, actor: Actor) -> None:
    """Take a factor away that its owner has lost, on the word of whoever verified who they are.

    Raises:
        FactorUnknown: they have no such factor.
        FactorsHeld: a hold is open against the account.
    """
    factor = store.get_factor(tx.connection, factor_id, owner=owner)
    _remove(tx, factor, actor)
    _refuse_while_held(tx, owner, kit)


def offer(tx: Tx, owner: Owner, *, kit: FactorKit) -> Offer:
    """Say what can prove the owner before factors change, with a fresh challenge for passkeys.

    Raises:
        TenantUnknown: there is no such tenant.
    """
    if not owner.is_operator:
        get_tenant(tx.connection, owner.tenant_id)
    able = proving.able(tx, owner, kit=kit)
    options = proving.options_for(tx, able, owner=owner, kit=kit, bound_to=store.FOR_CHANGE)
    return Offer(factors=able, passkey=options)


def prove_change(
    uow: UnitOfWork,
    change: Callable[[Tx, Factor | None], T],
    proof: Given | None,
    *,
    owner: Owner,
    kit: FactorKit,
    actor: Actor,
) -> T:
    """Make a change of somebody's factors, and look first at the proof where one came with it.

    `change` gets the factor that was proven and says itself whether it needs one. A wrong proof is counted and
    journalled, and only then refused.

    Raises:
        ProofNeeded: the change needs a proof, and none came.
        FactorUnknown: a proof came, and there is nothing to prove with.
        TooManyAnswers: too many were wrong; this one was not looked at.
        ChallengeExpired: the passkey's options are over.
        WrongAnswer: it proves nothing.
    """
    with uow.begin() as tx:
        if proof is None:
            return change(tx, None)
        left = attempts.count(tx, owner)
        able = proving.able(tx, owner, kit=kit)
        if not able:
            raise FactorUnknown
        by = proving.proven(tx, able, proof, owner=owner, kit=kit, bound_to=store.FOR_CHANGE)
        if by is not None:
            attempts.forgive(tx, owner)
            made = change(tx, by)
            store.save(tx.connection, by)
            return made
        tx.state(FactorProofFailed(**owner.named, kind=proving.kind_of(proof), left=left), actor=actor)
    raise WrongAnswer(left=left)


def _new_passkey(tx: Tx, passkey: Passkey, *, owner: Owner, name: str) -> Factor:
    return Factor(
        id=tx.new_id(),
        owner=owner,
        name=name,
        state=FactorState.ACTIVE,
        proof=passkey,
        created_at=tx.now,
        active_since=tx.now,
    )


def _add(
    tx: Tx, factor: Factor, kit: FactorKit, actor: Actor, by: Factor | None = None, *, vouched: bool = False
) -> None:
    _refuse_while_held(tx, factor.owner, kit)
    known = store.list_factors(tx.connection, factor.owner)
    if factor.state is FactorState.ACTIVE and not vouched:  # one that is pending needs its proof when it is confirmed
        _refuse_unproven(known, by)
    given_up = [each for each in known if factor.state is each.state is FactorState.PENDING]
    for each in given_up:
        _remove(tx, each, actor)
    if len(known) - len(given_up) >= MOST_FACTORS:
        raise TooManyFactors(limit=MOST_FACTORS)
    if not store.add(tx.connection, factor):
        raise PasskeyKnown
    fact = FactorEnrolled(
        **factor.owner.named,
        factor_id=factor.id,
        kind=factor.kind,
        state=factor.state,
        proven_by=_id(by),
    )
    tx.state(fact, actor=actor)  # last, as with one that is confirmed


def _remove(tx: Tx, factor: Factor, actor: Actor, by: Factor | None = None) -> Factor:
    """Take it away; as it stood then, which may be other than it was read: somebody may just have confirmed it."""
    fact = FactorRemoved(
        **factor.owner.named,
        factor_id=factor.id,
        kind=factor.kind,
        proven_by=_id(by),
    )
    tx.state(fact, actor=actor)
    removed = store.remove(tx.connection, factor)
    if removed is None:
        raise FactorUnknown(factor=factor.id)
    return removed


def _refuse_while_held(tx: Tx, owner: Owner, kit: FactorKit) -> None:
    if not owner.is_operator and kit.is_held(tx.connection, tenant_id=owner.tenant_id, account_id=owner.id):
        raise FactorsHeld


def _refuse_unproven(factors: list[Factor], by: Factor | None) -> None:
    """Where any of these is active, its owner has to have proven one."""
    if by is None and any(factor.state is FactorState.ACTIVE for factor in factors):
        raise ProofNeeded


def _id(factor: Factor | None) -> str | None:
    return None if factor is None else factor.id


def _label(tx: Tx, owner: Owner) -> str:
    """How an authenticator shows whose factor it is: the operator's address, or the account's name.

    Events make an account where nobody registered it, unless its tenant refuses such accounts, and so does this.
    """
    if owner.is_operator:
        return credentials.get_operator(tx.connection, owner.id).email
    tenant = get_tenant(tx.connection, owner.tenant_id)
    if tenant.unknown_accounts is UnknownAccounts.ADMIT:
        ensure_account(tx, owner.tenant_id, owner.id)
    account = get_account(tx.connection, owner.id, tenant_id=owner.tenant_id)
    return account.display_name or account.id
