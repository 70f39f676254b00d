"""Enrolling, confirming and removing second factors. Each change states its fact, and none of them holds a secret.

The fact is stated first: that takes the journal's head until the commit, so what is read after it is what every other
writer left, and nobody waits crosswise. A hold that is placed at the same moment is either seen then, or comes later.
"""

from datetime import timedelta
from typing import Protocol

import msgspec
import sqlalchemy as sa

from frostgate.base.ids import new_key
from frostgate.base.model import Actor
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory.factors import store
from frostgate.directory.factors.model import (
    MOST_FACTORS,
    Factor,
    FactorActive,
    FactorCodeWrong,
    FactorConfirmed,
    FactorEnrolled,
    FactorRemoved,
    FactorsHeld,
    FactorState,
    FactorUnknown,
    OptionsExpired,
    Passkey,
    PasskeyKnown,
    PasskeysOff,
    TooManyFactors,
    Totp,
)
from frostgate.directory.factors.passkeys import (
    CHALLENGE_BYTES,
    CHALLENGE_SECONDS,
    Json,
    RelyingParty,
    creation_options,
    proven_passkey,
)
from frostgate.directory.factors.totp import accepted_step, enrolment_uri, new_totp_secret
from frostgate.directory.factors.vault import Vault
from frostgate.directory.model import Account, UnknownAccounts
from frostgate.directory.service import ensure_account
from frostgate.directory.store import get_account, get_tenant


class Holds(Protocol):
    """What factors need to know of standing: whether any hold is open against an account."""

    def __call__(self, connection: sa.Connection, *, tenant_id: str, account_id: str) -> bool: ...


class FactorKit(msgspec.Struct, frozen=True, kw_only=True):
    """What enrolling and answering stand on."""

    vault: Vault
    issuer: str  # how an authenticator app names us
    party: RelyingParty | None  # None: no passkeys
    is_held: Holds

    def site(self) -> RelyingParty:
        """The site that passkeys are for.

        Raises:
            PasskeysOff: the operator has not said.
        """
        if self.party is None:
            raise PasskeysOff
        return self.party


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
    tx: Tx, factor_id: str, *, tenant_id: str, account_id: str, code: str, kit: FactorKit, actor: Actor
) -> Factor:
    """Accept an authenticator app whose holder shows a code of it.

    Raises:
        FactorUnknown: the account has no such factor.
        FactorActive: it was confirmed before.
        FactorsHeld: a hold is open against the account.
        FactorCodeWrong: the code is another.
    """
    tx.state(FactorConfirmed(tenant_id=tenant_id, account_id=account_id, factor_id=factor_id), actor=actor)
    factor = store.get_factor(tx.connection, factor_id, tenant_id=tenant_id, account_id=account_id)
    _refuse_while_held(tx, factor, kit)
    if factor.state is not FactorState.PENDING or not isinstance(factor.proof, Totp):
        raise FactorActive(factor=factor_id)
    secret = kit.vault.open(factor.proof.sealed_secret, factor_id=factor_id)
    step = accepted_step(secret, code, at=tx.now, after=factor.proof.last_step)
    if step is None:
        raise FactorCodeWrong(pointer="/code")
    confirmed = factor.confirmed(step=step, at=tx.now)
    store.save(tx.connection, confirmed)
    return confirmed


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
    uow: UnitOfWork, *, tenant_id: str, account_id: str, name: str, credential: Json, kit: FactorKit, actor: Actor
) -> Factor:
    """Take the passkey that the holder's browser made. Its options are used up whatever comes of it.

    Raises:
        PasskeysOff: there is no site that they are for.
        OptionsExpired: nobody asked for it in the last five minutes.
        PasskeyRefused: it does not prove what it should.
        PasskeyKnown: it is enrolled already.
        FactorsHeld: a hold is open against the account.
        TooManyFactors: it has too many already.
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
    with uow.begin() as tx:
        factor = _new_passkey(tx, passkey, tenant_id=tenant_id, account_id=account_id, name=name)
        _add(tx, factor, kit, actor)
    return factor


def remove_factor(tx: Tx, factor_id: str, *, tenant_id: str, account_id: str, kit: FactorKit, actor: Actor) -> None:
    """Take a factor away from an account; its secret is forgotten.

    Raises:
        FactorUnknown: the account has no such factor.
        FactorsHeld: a hold is open against the account.
    """
    factor = store.get_factor(tx.connection, factor_id, tenant_id=tenant_id, account_id=account_id)
    _remove(tx, factor, actor)
    _refuse_while_held(tx, factor, kit)


def give_challenge(tx: Tx, *, tenant_id: str, account_id: str, bound_to: str) -> bytes:
    """A fresh challenge for a passkey to sign, bound to one purpose; it takes the place of the one before."""
    challenge = new_key(CHALLENGE_BYTES)
    store.put_challenge(
        tx.connection,
        challenge,
        tenant_id=tenant_id,
        account_id=account_id,
        bound_to=bound_to,
        at=tx.now,
        expires_at=tx.now + timedelta(seconds=CHALLENGE_SECONDS),
    )
    return challenge


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


def _add(tx: Tx, factor: Factor, kit: FactorKit, actor: Actor) -> None:
    fact = FactorEnrolled(
        tenant_id=factor.tenant_id,
        account_id=factor.account_id,
        factor_id=factor.id,
        kind=factor.kind,
        state=factor.state,
    )
    tx.state(fact, actor=actor)
    _refuse_while_held(tx, factor, kit)
    known = store.list_factors(tx.connection, tenant_id=factor.tenant_id, account_id=factor.account_id)
    given_up = [each for each in known if factor.state is each.state is FactorState.PENDING]
    for each in given_up:
        _remove(tx, each, actor)
    if len(known) - len(given_up) >= MOST_FACTORS:
        raise TooManyFactors(limit=MOST_FACTORS)
    if not store.add(tx.connection, factor):
        raise PasskeyKnown


def _remove(tx: Tx, factor: Factor, actor: Actor) -> None:
    fact = FactorRemoved(
        tenant_id=factor.tenant_id, account_id=factor.account_id, factor_id=factor.id, kind=factor.kind
    )
    tx.state(fact, actor=actor)
    if not store.remove(tx.connection, factor):
        raise FactorUnknown(factor=factor.id)


def _refuse_while_held(tx: Tx, factor: Factor, kit: FactorKit) -> None:
    if kit.is_held(tx.connection, tenant_id=factor.tenant_id, account_id=factor.account_id):
        raise FactorsHeld


def _account(tx: Tx, tenant_id: str, account_id: str) -> Account:
    """The account, as events find it: made where nobody registered it, unless its tenant refuses such accounts."""
    tenant = get_tenant(tx.connection, tenant_id)
    if tenant.unknown_accounts is UnknownAccounts.ADMIT:
        ensure_account(tx, tenant_id, account_id)
    return get_account(tx.connection, account_id, tenant_id=tenant_id)
