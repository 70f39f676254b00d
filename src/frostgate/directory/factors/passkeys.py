"""Passkeys: what we ask a browser for, and whether its answer proves what it should (WebAuthn Level 3).

The cryptography and the checks of sections 7.1 and 7.2 of the specification are the library's; ours is only which
challenge, site and key it has to be.
"""

import hashlib
from typing import Any
from urllib.parse import urlsplit

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.base64url_to_bytes import base64url_to_bytes
from webauthn.helpers.options_to_json_dict import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from frostgate.directory.factors.model import Factor, Owner, Passkey, PasskeyRefused

CHALLENGE_BYTES = 32
CHALLENGE_SECONDS = 300

Json = dict[str, Any]

_ANDROID = "android:apk-key-hash:"
_LOCAL = "localhost"
_TRANSPORTS = frozenset(transport.value for transport in AuthenticatorTransport)
# Asked for and not demanded: a key without a PIN is still something that only the holder has.
_VERIFICATION = UserVerificationRequirement.PREFERRED


class RelyingParty(msgspec.Struct, frozen=True, kw_only=True):
    """The site that passkeys are for: the platform's own pages, not ours."""

    id: str  # a domain, such as "example.com"
    name: str
    origins: tuple[str, ...]  # such as "https://account.example.com"


def is_page_of(origin: str, rp_id: str) -> bool:
    """Whether a page of this origin may ask for passkeys of this site (WebAuthn, section 5.1.2).

    It is of the site or below it, and came safely: by TLS, or from the very machine. An Android app has an origin of
    its own kind, made of its signing key.
    """
    if origin.startswith(_ANDROID):
        return len(origin) > len(_ANDROID)
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if origin != f"{parts.scheme}://{host}" + ("" if port is None else f":{port}"):  # nothing behind it, all small
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and (host == _LOCAL or host.endswith(f".{_LOCAL}")))
    return is_safe and (host == rp_id or host.endswith(f".{rp_id}"))


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What a passkey says beside its signature."""

    sign_count: int
    backed_up: bool


def creation_options(party: RelyingParty, *, owner: Owner, label: str, known: list[Factor], challenge: bytes) -> Json:
    """`PublicKeyCredentialCreationOptions` as JSON, for `PublicKeyCredential.parseCreationOptionsFromJSON`."""
    return options_to_json_dict(
        generate_registration_options(
            rp_id=party.id,
            rp_name=party.name,
            user_id=handle_of(owner),
            user_name=owner.id if not owner.is_operator else label,
            user_display_name=label,
            challenge=challenge,
            timeout=CHALLENGE_SECONDS * 1000,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_VERIFICATION
            ),
            exclude_credentials=_descriptors(known),
        )
    )


def request_options(party: RelyingParty, *, known: list[Factor], challenge: bytes, alone: bool = False) -> Json:
    """`PublicKeyCredentialRequestOptions` as JSON, for `PublicKeyCredential.parseRequestOptionsFromJSON`.

    Where the passkey is to prove `alone` who somebody is, its authenticator has to verify them itself.
    """
    return options_to_json_dict(
        generate_authentication_options(
            rp_id=party.id,
            challenge=challenge,
            timeout=CHALLENGE_SECONDS * 1000,
            allow_credentials=_descriptors(known),
            user_verification=UserVerificationRequirement.REQUIRED if alone else _VERIFICATION,
        )
    )


def proven_passkey(party: RelyingParty, credential: Json, *, challenge: bytes) -> Passkey:
    """The passkey that a browser made for our options.

    Raises:
        PasskeyRefused: it was made for another challenge, site or purpose, or is not in order.
    """
    try:
        found = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
        )
        transports = credential["response"].get("transports") or []
        return Passkey(
            credential_id=bytes_to_base64url(found.credential_id),
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
            transports=tuple(each for each in transports if isinstance(each, str) and each in _TRANSPORTS),
            backup_eligible=found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
            backed_up=found.credential_backed_up,
        )
    # A stranger wrote these bytes: whatever the parsers of CBOR, DER and JSON trip over, it is not a passkey.
    except Exception as error:
        raise PasskeyRefused(problem=str(error)[:200]) from None


def proven_signature(
    party: RelyingParty, passkey: Passkey, credential: Json, *, challenge: bytes, alone: bool = False
) -> Signed | None:
    """What a passkey signed for our options, or None where it proves nothing; `alone` as of `request_options`.

    A sign count that does not grow is refused, too: somebody may have a copy of the key.
    """
    try:
        found = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=alone,
        )
    except Exception:  # as above: a stranger's bytes
        return None
    return Signed(sign_count=found.new_sign_count, backed_up=found.credential_backed_up)


def handle_of(owner: Owner) -> bytes:
    """The same for every passkey of an owner, and not their name: authenticators show it to nobody but keep it."""
    return hashlib.sha256(f"frostgate\0{owner.tenant_id}\0{owner.id}".encode()).digest()


def _descriptors(factors: list[Factor]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(factor.proof.credential_id),
            transports=[AuthenticatorTransport(each) for each in factor.proof.transports],
        )
        for factor in factors
        if isinstance(factor.proof, Passkey)
    ]
