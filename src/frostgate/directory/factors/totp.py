"""Codes of authenticator apps: TOTP (RFC 6238) as every app speaks it: SHA-1, 6 digits, steps of 30 seconds."""

import base64
import hmac
from datetime import datetime

import pyotp

from frostgate.base.ids import new_key

STEP_SECONDS = 30
DRIFT_STEPS = 1  # a phone may be one step early or late (RFC 6238, section 5.2)
_SECRET_BYTES = 20  # RFC 4226, section 4, requirement 6


def new_totp_secret() -> str:
    """A secret in base32, as people type it where they cannot scan."""
    return base64.b32encode(new_key(_SECRET_BYTES)).decode()


def enrolment_uri(secret: str, *, account: str, issuer: str) -> str:
    """The `otpauth://` address that an app reads from a QR code."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=account, issuer_name=issuer)


def accepted_step(secret: str, code: str, *, at: datetime, after: int | None) -> int | None:
    """The time step of which this is the code, or None where the code is wrong.

    A code counts once (RFC 6238, section 5.2): steps up to `after` are over. Every step is computed and compared,
    whichever fits, so that the time taken says nothing.
    """
    totp, now = pyotp.TOTP(secret, interval=STEP_SECONDS), int(at.timestamp()) // STEP_SECONDS
    found = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        same = hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())
        if same and (after is None or step > after):
            found = step
    return found
