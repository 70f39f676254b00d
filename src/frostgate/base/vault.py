"""Secrets at rest: what must be kept so that it can be read again is encrypted, and its key is kept elsewhere.

The same keys sign what we hand out and want to know again, such as the links in notices.
"""

import hmac
import os
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from frostgate.base.errors import Conflict, Refused
from frostgate.base.ids import new_secret

log = structlog.get_logger("frostgate.vault")

KEY_FILE_ENDS = ".key"
SIGNATURE_BYTES = 16  # 128 bits: nobody finds one by trying, and a link stays short enough to be copied


class KeyMissing(Conflict):
    """There is no key to encrypt secrets with, so none are taken."""

    code = "vault.key_missing"


class SecretUnreadable(Refused):
    """A stored secret opens with none of the keys that we have."""

    code = "vault.secret_unreadable"


class Vault:
    """Encrypts with the first key and decrypts with all of them, so that keys can be replaced one after another.

    Where no key is configured it makes one on first use, in a file beside the SQLite database that only its owner can
    read. The file is never overwritten: without it, every secret under it is lost.
    """

    def __init__(self, keys: Sequence[str], *, key_file: Path | None) -> None:
        """Get ready; `key_file` is None where there is no place that every process would see.

        Raises:
            ValueError: a key is not 32 bytes in base64url.
        """
        self._check(keys)
        self._keys = tuple(keys)
        self._file = key_file
        self._lock = threading.Lock()

    def seal(self, secret: str, *, place: str, at: datetime) -> str:
        """Encrypt a text for its place, such as the id of what it belongs to: it opens there and nowhere else.

        Raises:
            KeyMissing: there is no key, and no file to make one in.
        """
        return self.seal_bytes(secret.encode(), place=place, at=at).decode()

    def open(self, sealed: str, *, place: str) -> str:
        """Decrypt what `seal` encrypted for this place.

        Raises:
            KeyMissing: there is no key.
            SecretUnreadable: none of the keys opens it, or it belongs elsewhere.
        """
        return self.open_bytes(sealed.encode(), place=place).decode()

    def seal_bytes(self, secret: bytes, *, place: str, at: datetime) -> bytes:
        """As `seal`."""
        assert ":" not in place, "BUG: a place that cannot be told from its secret"
        return self._box().encrypt_at_time(f"{place}:".encode() + secret, int(at.timestamp()))

    def open_bytes(self, sealed: bytes, *, place: str) -> bytes:
        """As `open`."""
        try:
            found, _, secret = self._box().decrypt(sealed).partition(b":")
        except InvalidToken:
            raise SecretUnreadable from None
        if found != place.encode():
            raise SecretUnreadable
        return secret

    def sign(self, text: str, *, purpose: str) -> str:
        """22 letters, digits, "-" and "_" that nobody makes without the key; one purpose's prove nothing for another.

        Raises:
            KeyMissing: there is no key, and no file to make one in.
        """
        return _signature(self._opened()[0], text, purpose)

    def is_signed(self, text: str, signature: str, *, purpose: str) -> bool:
        """Whether `sign` made this signature, with a key that we still have.

        Raises:
            KeyMissing: there is no key.
        """
        given = signature.encode()  # any text may come, and `compare_digest` takes no other letters than ASCII
        # All keys are tried always: the time says nothing about which fits.
        fits = [hmac.compare_digest(_signature(key, text, purpose).encode(), given) for key in self._opened()]
        return any(fits)

    def _box(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self._opened()])

    @staticmethod
    def _check(keys: Sequence[str]) -> None:
        for key in keys:
            Fernet(key)

    def _opened(self) -> tuple[str, ...]:
        with self._lock:
            if not self._keys:
                if self._file is None:
                    raise KeyMissing
                try:
                    found = tuple(_keys_in(self._file))
                    self._check(found)
                except (OSError, ValueError) as error:
                    log.error("key file unusable", file=str(self._file), error=type(error).__name__)
                    raise KeyMissing from None
                self._keys = found
            return self._keys


def _signature(key: str, text: str, purpose: str) -> str:
    """HMAC-SHA-256 under a key of this purpose's own (HKDF, RFC 5869), cut to its first half (RFC 2104, section 5)."""
    derived = HKDF(SHA256(), 32, salt=None, info=f"frostgate sign {purpose}".encode()).derive(urlsafe_b64decode(key))
    digest = hmac.digest(derived, text.encode(), "sha256")[:SIGNATURE_BYTES]
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _keys_in(file: Path) -> list[str]:
    """The keys of the file, one a line; made where it is not there."""
    if not file.exists():
        _make(file)
    return file.read_text(encoding="ascii").split()


def _make(file: Path) -> None:
    """Write a new key whole or not at all, and never over another process's: a link fails where the name is taken."""
    draft = file.with_name(f"{file.name}.{new_secret()[:12]}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(Fernet.generate_key() + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            return
        _sync(file.parent)
        log.warning("made a key for secrets: back it up with the database", file=str(file))
    finally:
        draft.unlink()


def _sync(folder: Path) -> None:
    """Bring a folder's names to the disk: a secret that is saved there must find its key after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
