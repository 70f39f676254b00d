"""Proving with a second factor who somebody is: what is asked for, and whether the answer proves it."""

from collections.abc import Sequence
from datetime import timedelta

from frostgate.base.errors import Conflict, Refused
from frostgate.base.ids import new_key
from frostgate.base.uow import Tx
from frostgate.directory.factors import store
from frostgate.directory.factors.kit import FactorKit
from frostgate.directory.factors.model import Factor, FactorKind, FactorState, Owner, Passkey, Totp
from frostgate.directory.factors.passkeys import (
    CHALLENGE_BYTES,
    CHALLENGE_SECONDS,
    Json,
    proven_signature,
    request_options,
)
from frostgate.directory.factors.totp import accepted_step

Given = str | Json  # the code that an app shows, or what a browser let a passkey sign


class WrongAnswer(Refused):
    """The answer proves nothing; `left` says how many more wrong ones there may be."""

    code = "challenge.wrong_answer"


class ChallengeExpired(Conflict):
    """The options for a passkey were never given for this, are older than five minutes, or were used."""

    code = "challenge.expired"


def kind_of(given: Given) -> FactorKind:
    """What sort of factor this is the answer of."""
    return FactorKind.TOTP if isinstance(given, str) else FactorKind.PASSKEY


def able(tx: Tx, owner: Owner, *, kit: FactorKit) -> list[Factor]:
    """The factors of somebody that can prove something now."""
    found = store.list_factors(tx.connection, owner)
    return [
        factor
        for factor in found
        if factor.state is FactorState.ACTIVE and (kit.party or factor.kind is FactorKind.TOTP)
    ]


def give_challenge(tx: Tx, owner: Owner, *, bound_to: str) -> bytes:
    """A fresh challenge for a passkey to sign, bound to one purpose; it takes the place of the one before."""
    challenge = new_key(CHALLENGE_BYTES)
    store.put_challenge(
        tx.connection,
        challenge,
        owner=owner,
        bound_to=bound_to,
        at=tx.now,
        expires_at=tx.now + timedelta(seconds=CHALLENGE_SECONDS),
    )
    return challenge


def options_for(tx: Tx, factors: Sequence[Factor], *, owner: Owner, kit: FactorKit, bound_to: str) -> Json | None:
    """What the browser needs to let one of these factors sign, for one purpose; None where none is a passkey."""
    passkeys = [factor for factor in factors if factor.kind is FactorKind.PASSKEY]
    if not passkeys:
        return None
    challenge = give_challenge(tx, owner, bound_to=bound_to)
    return request_options(kit.site(), known=passkeys, challenge=challenge)


def proven(
    tx: Tx, factors: Sequence[Factor], given: Given, *, owner: Owner, kit: FactorKit, bound_to: str
) -> Factor | None:
    """The factor that this answer proves, as it stands after that; None where it proves nothing.

    Whoever asks has counted the answer before, which also keeps one code from being looked at twice at once.

    Raises:
        ChallengeExpired: the passkey's options are over.
    """
    if isinstance(given, str):
        return _by_code(tx, factors, given, kit)
    challenge = store.take_challenge(tx.connection, owner=owner, bound_to=bound_to, at=tx.now)
    if challenge is None:
        raise ChallengeExpired
    return _by_signature(tx, factors, given, kit, challenge)


def _by_code(tx: Tx, factors: Sequence[Factor], code: str, kit: FactorKit) -> Factor | None:
    found = None
    for factor in factors:
        if isinstance(factor.proof, Totp):
            secret = kit.vault.open(factor.proof.sealed_secret, place=factor.id)
            step = accepted_step(secret, code, at=tx.now, after=factor.proof.last_step)
            if step is not None:
                found = factor.used(step=step, at=tx.now)
    return found


def _by_signature(
    tx: Tx, factors: Sequence[Factor], credential: Json, kit: FactorKit, challenge: bytes
) -> Factor | None:
    for factor in factors:
        if isinstance(factor.proof, Passkey) and factor.proof.credential_id == credential.get("id"):
            signed = proven_signature(kit.site(), factor.proof, credential, challenge=challenge)
            if signed is not None:
                return factor.signed(sign_count=signed.sign_count, backed_up=signed.backed_up, at=tx.now)
    return None
