"""Passwords: Argon2id (RFC 9106), and the same work whether or not anybody has the address."""

import functools
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from frostgate.base.ids import new_secret
from frostgate.directory.errors import TooManyAttempts

_PATIENCE = 10.0  # seconds in the queue before we ask a caller to come back
_STANDARD = PasswordHasher()


@functools.cache
def _of_nobody(hasher: PasswordHasher) -> str:
    """What an unknown address is compared with, so that the answer takes as long as for a known one."""
    return hasher.hash(new_secret())


class Passwords:
    """Hashes and compares passwords, a few at a time: each takes 64 MiB, and a flood must not take them all."""

    def __init__(self, hasher: PasswordHasher | None = None, *, at_once: int = 4) -> None:
        self._hasher = hasher or _STANDARD
        self._seats = threading.BoundedSemaphore(at_once)
        self._nobody = _of_nobody(self._hasher)

    def hash(self, password: str) -> str:
        """The text to store.

        Raises:
            TooManyAttempts: too many others are being hashed.
        """
        self._take_seat()
        try:
            return self._hasher.hash(password)
        finally:
            self._seats.release()

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether this is the stored password; None, for nobody's, costs the same and is never it.

        Raises:
            TooManyAttempts: too many others are being compared.
        """
        self._take_seat()
        try:
            return self._hasher.verify(stored or self._nobody, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False
        finally:
            self._seats.release()

    def is_stale(self, stored: str) -> bool:
        """Whether it was hashed with other parameters than we use now."""
        return self._hasher.check_needs_rehash(stored)

    def _take_seat(self) -> None:
        if not self._seats.acquire(timeout=_PATIENCE):
            raise TooManyAttempts(retry_after=5)
