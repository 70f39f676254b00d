"""Secrets at rest: what must be kept so that it can be read again is encrypted, and its key is kept elsewhere."""

import os
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from frostgate.base.ids import new_secret
from frostgate.directory.factors.model import KeyMissing, SecretUnreadable

log = structlog.get_logger("frostgate.factors")

KEY_FILE_ENDS = ".factors-key"


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
        self._box = MultiFernet([Fernet(key) for key in keys]) if keys else None
        self._file = key_file
        self._lock = threading.Lock()

    def seal(self, secret: str, *, factor_id: str, at: datetime) -> str:
        """Encrypt a secret for its place: it opens for this factor and no other.

        Raises:
            KeyMissing: there is no key, and no file to make one in.
        """
        return self._opened().encrypt_at_time(_bound(factor_id, secret), int(at.timestamp())).decode()

    def open(self, sealed: str, *, factor_id: str) -> str:
        """Decrypt what `seal` encrypted for this factor.

        Raises:
            KeyMissing: there is no key.
            SecretUnreadable: none of the keys opens it, or it belongs to another factor.
        """
        try:
            found, _, secret = self._opened().decrypt(sealed).decode().partition(":")
        except InvalidToken:
            raise SecretUnreadable from None
        if found != factor_id:
            raise SecretUnreadable
        return secret

    def _opened(self) -> MultiFernet:
        with self._lock:
            if self._box is None:
                if self._file is None:
                    raise KeyMissing
                try:
                    self._box = MultiFernet([Fernet(key) for key in _keys_in(self._file)])
                except (OSError, ValueError) as error:
                    log.error("key file unusable", file=str(self._file), error=type(error).__name__)
                    raise KeyMissing from None
            return self._box


def _bound(factor_id: str, secret: str) -> bytes:
    return f"{factor_id}:{secret}".encode()


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
        log.warning("made a key for the secrets of factors: back it up with the database", file=str(file))
    finally:
        draft.unlink()


def _sync(folder: Path) -> None:
    """Bring a folder's names to the disk: a secret that is saved there must find its key after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
