"""Signing in with a passkey alone: it lies on its owner's device, who unlocks it with a face, a finger or a PIN.

Nobody says who they are before they are asked to sign, so the challenge is nobody's: it carries its own end and our
signature, and is noted only once it was signed. Asking for one leaves nothing in the store.
"""

from base64 import urlsafe_b64decode
from datetime import datetime, timedelta

import msgspec

from frostgate.base.database import from_micros, micros
from frostgate.base.ids import new_secret
from frostgate.base.uow import UnitOfWork
from frostgate.base.vault import Vault
from frostgate.directory import credentials
from frostgate.directory.factors import store
from frostgate.directory.factors.kit import FactorKit
from frostgate.directory.factors.model import Passkey
from frostgate.directory.factors.passkeys import CHALLENGE_SECONDS, Json, handle_of, proven_signature, request_options
from frostgate.directory.sessions.model import Means, PasskeyWrong, Whence
from frostgate.directory.sessions.opening import SignedIn, open_session

_PURPOSE = "passkey sign-in"


def begin(*, kit: FactorKit, at: datetime) -> Json:
    """What a browser needs to let whoever sits before it choose a passkey; good for five minutes and one answer.

    Raises:
        PasskeysOff: there is no site that they are for.
        KeyMissing: there is nothing to sign the challenge with.
    """
    text = f"{micros(at + timedelta(seconds=CHALLENGE_SECONDS))}.{new_secret()}"
    challenge = f"{text}.{kit.vault.sign(text, purpose=_PURPOSE)}".encode()
    return request_options(kit.site(), known=[], challenge=challenge, alone=True)


def finish(uow: UnitOfWork, credential: Json, *, whence: Whence, kit: FactorKit) -> SignedIn:
    """Open a session for whoever's passkey signed one of our challenges, having made sure that it is they.

    Everything is checked before a transaction begins: strangers do not keep those waiting who write.

    Raises:
        PasskeysOff: there is no site that they are for.
        PasskeyWrong: no active operator's passkey signed it, or it did not look who used it, or it was sent before.
    """
    party, challenge = kit.site(), _signed_challenge(credential)
    expires_at = _end_of(challenge, vault=kit.vault)
    if expires_at is None:
        raise PasskeyWrong
    with uow.look() as connection:
        known = store.find_passkey(connection, str(credential.get("id")))
    if known is None or _handle_in(credential) not in {None, handle_of(known.owner)}:  # WebAuthn 3, section 7.2, step 6
        raise PasskeyWrong
    assert isinstance(known.proof, Passkey), "BUG: an authenticator app with a credential's id"
    signed = proven_signature(party, known.proof, credential, challenge=challenge, alone=True)
    if signed is None:
        raise PasskeyWrong
    with uow.begin() as tx:
        used = known.signed(sign_count=signed.sign_count, backed_up=signed.backed_up, at=tx.now)
        is_first = tx.now < expires_at and store.use_up(tx.connection, challenge, at=tx.now, expires_at=expires_at)
        operator = credentials.get_operator(tx.connection, known.owner.id, lock=True)
        # Somebody may just have removed it, or used it: then what was compared is not what stands there.
        is_same = store.find_passkey(tx.connection, known.proof.credential_id) == known
        if not (is_first and is_same and operator.active):
            raise PasskeyWrong
        store.save(tx.connection, used)
        return open_session(tx, operator, means=Means.PASSKEY, whence=whence)


def _end_of(challenge: bytes, *, vault: Vault) -> datetime | None:
    """Until when a challenge counts; None for one that is not ours."""
    text, _, signature = challenge.decode("ascii", "replace").rpartition(".")
    if not vault.is_signed(text, signature, purpose=_PURPOSE):
        return None
    return from_micros(int(text.partition(".")[0]))


def _signed_challenge(credential: Json) -> bytes:
    """The challenge that the browser says it had signed; b"" where it says nothing that can be read."""
    try:
        client = msgspec.json.decode(_unpadded(credential["response"]["clientDataJSON"]))
        return _unpadded(client["challenge"])
    # A stranger wrote these bytes: whatever is wrong with them, no challenge is in them.
    except (KeyError, TypeError, ValueError):
        return b""


def _handle_in(credential: Json) -> bytes | None:
    """Whose passkey the authenticator says it is, where it does."""
    try:
        given = credential["response"].get("userHandle")
        return None if given is None else _unpadded(given)
    except (KeyError, TypeError, ValueError, AttributeError):
        return b""


def _unpadded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
