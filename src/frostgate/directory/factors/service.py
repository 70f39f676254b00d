"""Enrolling, confirming and removing second factors. Each change states its fact, and none of them holds a secret.

The fact is stated first: that takes the journal's head until the commit, so what is read after it is what every other
writer left, and nobody waits crosswise. A hold that is placed at the same moment is either seen then, or comes later.

Once an account has an active factor, its holder proves each change with one: otherwise whoever is signed in with a
stolen password would enrol a phone of their own, or remove the holder's, and be the holder from then on.
"""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from frostgate.base.model import Actor
from frostgate.base.uow import Tx, UnitOfWork
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
    OptionsExpired,
    Passkey,
    PasskeyKnown,
    ProofNeeded,
    TooManyFactors,
    Totp,
)
from frostgate.directory.factors.passkeys import Json, creation_options, proven_passkey
from frostgate.directory.factors.proving import Given, WrongAnswer, give_challenge
from frostgate.directory.factors.totp import accepted_step, enrolment_uri, new_totp_secret
from frostgate.directory.model import Account, UnknownAccounts
from frostgate.directory.service import ensure_account
from frostgate.directory.store import get_account, get_tenant

T = TypeVar("T")


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What can prove the holder before factors change; no factors: nothing has to."""

    factors: list[Factor]
    passkey: Json | None  # what the browser needs to let a passkey sign


class NewTotp(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticator app to be set up. The secret is shown this once and cannot be read again."""

    factor: Factor
    secret: str
    uri: str


def begin_totp(tx: Tx, *, tenant_id: str, account_id: str, name: str, kit: FactorKit, actor: Actor) -> NewTotp:
    """Make a secret for an authenticator app. It cannot answer until `confirm_totp`.

    A set-up that was begun before and never confirmed is given up.

    Raises:
        TenantUnknown, AccountUnknown: there is no such account.
        FactorsHeld: a hold is open against it.
        TooManyFactors: it has too many already.
        KeyMissing: there is nothing to encrypt the secret with.
    """
    account = _account(tx, tenant_id, account_id)
    secret, factor_id = new_totp_secret(), tx.new_id()
    factor = Factor(
        id=factor_id,
        tenant_id=tenant_id,
        account_id=account_id,
        name=name,
        state=FactorState.PENDING,
        proof=Totp(sealed_secret=kit.vault.seal(secret, factor_id=factor_id, at=tx.now)),
        created_at=tx.now,
        active_since=None,
    )
    _add(tx, factor, kit, actor)
    uri = enrolment_uri(secret, account=account.display_name or account.id, issuer=kit.issuer)
    return NewTotp(factor=factor, secret=secret, uri=uri)


def confirm_totp(
    uow: UnitOfWork,
    factor_id: str,
    *,
    tenant_id: str,
    account_id: str,
    code: str,
    proof: Given | None,
    kit: FactorKit,
    actor: Actor,
) -> Factor:
    """Accept an authenticator app whose holder shows a code of it.

    Raises:
        FactorUnknown: the account has no such factor.
        FactorActive: it was confirmed before.
        FactorsHeld: a hold is open against the account.
        FactorCodeWrong: the code is another.
        ProofNeeded, WrongAnswer, TooManyAnswers, ChallengeExpired: as of `prove_change`.
    """

    def confirm(tx: Tx, by: Factor | None) -> Factor:
        fact = FactorConfirmed(tenant_id=tenant_id, account_id=account_id, factor_id=factor_id, proven_by=_id(by))
        tx.state(fact, actor=actor)
        factor = store.get_factor(tx.connection, factor_id, tenant_id=tenant_id, account_id=account_id)
        _refuse_while_held(tx, factor, kit)
        if factor.state is not FactorState.PENDING or not isinstance(factor.proof, Totp):
            raise FactorActive(factor=factor_id)
        _refuse_unproven(store.list_factors(tx.connection, tenant_id=tenant_id, account_id=account_id), by)
        secret = kit.vault.open(factor.proof.sealed_secret, factor_id=factor_id)
        step = accepted_step(secret, code, at=tx.now, after=factor.proof.last_step)
        if step is None:
            raise FactorCodeWrong(pointer="/code")
        confirmed = factor.confirmed(step=step, at=tx.now)
        store.save(tx.connection, confirmed)
        return confirmed

    return prove_change(uow, confirm, proof, tenant_id=tenant_id, account_id=account_id, kit=kit, actor=actor)


def begin_passkey(tx: Tx, *, tenant_id: str, account_id: str, kit: FactorKit) -> Json:
    """What the holder's browser needs to make a passkey: good for five minutes and one answer.

    Raises:
        PasskeysOff: there is no site that they are for.
        TenantUnknown, AccountUnknown: there is no such account.
        FactorsHeld: a hold is open against it.
    """
    party = kit.site()
    account = _account(tx, tenant_id, account_id)
    if kit.is_held(tx.connection, tenant_id=tenant_id, account_id=account_id):
        raise FactorsHeld
    known = store.list_factors(tx.connection, tenant_id=tenant_id, account_id=account_id)
    challenge = give_challenge(tx, tenant_id=tenant_id, account_id=account_id, bound_to=store.FOR_ENROLMENT)
    return creation_options(party, account=account, known=known, challenge=challenge)


def enrol_passkey(
    uow: UnitOfWork,
    *,
    tenant_id: str,
    account_id: str,
    name: str,
    credential: Json,
    proof: Given | None,
    kit: FactorKit,
    actor: Actor,
) -> Factor:
    """Take the passkey that the holder's browser made. Its options are used up whatever comes of it.

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
        get_account(tx.connection, account_id, tenant_id=tenant_id)
        challenge = store.take_challenge(
            tx.connection, tenant_id=tenant_id, account_id=account_id, bound_to=store.FOR_ENROLMENT, at=tx.now
        )
    if challenge is None:
        raise OptionsExpired
    passkey = proven_passkey(party, credential, challenge=challenge)

    def enrol(tx: Tx, by: Factor | None) -> Factor:
        factor = _new_passkey(tx, passkey, tenant_id=tenant_id, account_id=account_id, name=name)
        _add(tx, factor, kit, actor, by)
        return factor

    return prove_change(uow, enrol, proof, tenant_id=tenant_id, account_id=account_id, kit=kit, actor=actor)


def remove_own_factor(
    uow: UnitOfWork,
    factor_id: str,
    *,
    tenant_id: str,
    account_id: str,
    proof: Given | None,
    kit: FactorKit,
    actor: Actor,
) -> None:
    """Take a factor away for its holder, who proves an active one with it or another; its secret is forgotten.

    Raises:
        FactorUnknown: the account has no such factor.
        FactorsHeld: a hold is open against the account.
        ProofNeeded, WrongAnswer, TooManyAnswers, ChallengeExpired: as of `prove_change`.
    """

    def take_away(tx: Tx, by: Factor | None) -> None:
        factor = store.get_factor(tx.connection, factor_id, tenant_id=tenant_id, account_id=account_id)
        removed = _remove(tx, factor, actor, by)
        _refuse_while_held(tx, factor, kit)
        _refuse_unproven([removed], by)

    prove_change(uow, take_away, proof, tenant_id=tenant_id, account_id=account_id, kit=kit, actor=actor)


def remove_factor(tx: Tx, factor_id: str, *, tenant_id: str, account_id: str, kit: FactorKit, actor: Actor) -> None:
    """Take a factor away that its holder has lost, on the word of whoever verified who they are.

    Raises:
        FactorUnknown: the account has no such factor.
        FactorsHeld: a hold is open against the account.
    """
    factor = store.get_factor(tx.connection, factor_id, tenant_id=tenant_id, account_id=account_id)
    _remove(tx, factor, actor)
    _refuse_while_held(tx, factor, kit)


def offer(tx: Tx, *, tenant_id: str, account_id: str, kit: FactorKit) -> Offer:
    """Say what can prove the holder before factors change, with a fresh challenge for passkeys.

    Raises:
        TenantUnknown: there is no such tenant.
    """
    get_tenant(tx.connection, tenant_id)
    able = proving.able(tx, tenant_id=tenant_id, account_id=account_id, kit=kit)
    options = proving.options_for(
        tx, able, tenant_id=tenant_id, account_id=account_id, kit=kit, bound_to=store.FOR_CHANGE
    )
    return Offer(factors=able, passkey=options)


def prove_change(
    uow: UnitOfWork,
    change: Callable[[Tx, Factor | None], T],
    proof: Given | None,
    *,
    tenant_id: str,
    account_id: str,
    kit: FactorKit,
    actor: Actor,
) -> T:
    """Make a change of an account's factors, and look first at the proof where one came with it.

    `change` gets the factor that was proven and says itself whether it needs one. A wrong proof is counted and
    journalled, and only then refused.

    Raises:
        ProofNeeded: the change needs a proof, and none came.
        FactorUnknown: a proof came, and the account has nothing to prove with.
        TooManyAnswers: too many were wrong; this one was not looked at.
        ChallengeExpired: the passkey's options are over.
        WrongAnswer: it proves nothing.
    """
    with uow.begin() as tx:
        if proof is None:
            return change(tx, None)
        whose = {"tenant_id": tenant_id, "account_id": account_id}
        left = attempts.count(tx, **whose)
        able = proving.able(tx, **whose, kit=kit)
        if not able:
            raise FactorUnknown
        by = proving.proven(tx, able, proof, **whose, kit=kit, bound_to=store.FOR_CHANGE)
        if by is not None:
            attempts.forgive(tx, **whose)
            made = change(tx, by)
            store.save(tx.connection, by)
            return made
        tx.state(FactorProofFailed(**whose, kind=proving.kind_of(proof), left=left), actor=actor)
    raise WrongAnswer(left=left)


def _new_passkey(tx: Tx, passkey: Passkey, *, tenant_id: str, account_id: str, name: str) -> Factor:
    return Factor(
        id=tx.new_id(),
        tenant_id=tenant_id,
        account_id=account_id,
        name=name,
        state=FactorState.ACTIVE,
        proof=passkey,
        created_at=tx.now,
        active_since=tx.now,
    )


def _add(tx: Tx, factor: Factor, kit: FactorKit, actor: Actor, by: Factor | None = None) -> None:
    fact = FactorEnrolled(
        tenant_id=factor.tenant_id,
        account_id=factor.account_id,
        factor_id=factor.id,
        kind=factor.kind,
        state=factor.state,
        proven_by=_id(by),
    )
    tx.state(fact, actor=actor)
    _refuse_while_held(tx, factor, kit)
    known = store.list_factors(tx.connection, tenant_id=factor.tenant_id, account_id=factor.account_id)
    if factor.state is FactorState.ACTIVE:  # one that is pending needs its proof when it is confirmed
        _refuse_unproven(known, by)
    given_up = [each for each in known if factor.state is each.state is FactorState.PENDING]
    for each in given_up:
        _remove(tx, each, actor)
    if len(known) - len(given_up) >= MOST_FACTORS:
        raise TooManyFactors(limit=MOST_FACTORS)
    if not store.add(tx.connection, factor):
        raise PasskeyKnown


def _remove(tx: Tx, factor: Factor, actor: Actor, by: Factor | None = None) -> Factor:
    """Take it away; as it stood then, which may be other than it was read: somebody may just have confirmed it."""
    fact = FactorRemoved(
        tenant_id=factor.tenant_id,
        account_id=factor.account_id,
        factor_id=factor.id,
        kind=factor.kind,
        proven_by=_id(by),
    )
    tx.state(fact, actor=actor)
    removed = store.remove(tx.connection, factor)
    if removed is None:
        raise FactorUnknown(factor=factor.id)
    return removed


def _refuse_while_held(tx: Tx, factor: Factor, kit: FactorKit) -> None:
    if kit.is_held(tx.connection, tenant_id=factor.tenant_id, account_id=factor.account_id):
        raise FactorsHeld


def _refuse_unproven(factors: list[Factor], by: Factor | None) -> None:
    """Where any of these is active, the holder has to have proven one."""
    if by is None and any(factor.state is FactorState.ACTIVE for factor in factors):
        raise ProofNeeded


def _id(factor: Factor | None) -> str | None:
    return None if factor is None else factor.id


def _account(tx: Tx, tenant_id: str, account_id: str) -> Account:
    """The account, as events find it: made where nobody registered it, unless its tenant refuses such accounts."""
    tenant = get_tenant(tx.connection, tenant_id)
    if tenant.unknown_accounts is UnknownAccounts.ADMIT:
        ensure_account(tx, tenant_id, account_id)
    return get_account(tx.connection, account_id, tenant_id=tenant_id)
