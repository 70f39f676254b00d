"""Examining a file: what it is by its first bytes, and its pages redrawn by a separate process.

The process (`redraw.py`) gets the file on its standard input and nothing else: no environment, no credentials, no
files, no network. It says what it drew on its standard output. Whatever goes wrong with it is a refusal of the file.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Thread, Timer
from typing import IO

import msgspec
import structlog

from frostgate.documents.errors import (
    OF_FILES,
    DocumentEmpty,
    DocumentIsArchive,
    DocumentKindUnknown,
    DocumentsBusy,
    DocumentTooComplex,
    DocumentTooLarge,
)
from frostgate.documents.model import LARGEST, Drawn, Examined, Kind, shown_name

log = structlog.get_logger("frostgate.documents")

PATIENCE = 30.0  # seconds that a process has; its processor time is limited as well
WAIT = 5.0  # seconds that somebody waits for their turn
_RETRY_AFTER = 10  # seconds
_LONGEST_ANSWER = 128 * 1024 * 1024  # bytes; twenty pages of noise are less

_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c",
             b"Rar!", b"\x28\xb5\x2f\xfd", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # fmt: skip


_read = msgspec.msgpack.Decoder(Drawn).decode


class Examiner:
    """Examines at most as many files at once as there are processors; others wait a little for their turn."""

    def __init__(self, *, at_once: int | None = None, patience: float = PATIENCE, wait: float = WAIT) -> None:
        self._turns = BoundedSemaphore(at_once or os.cpu_count() or 1)
        self._patience = patience
        self._wait = wait

    def examine(self, body: bytes, *, name: str) -> Examined:
        """Redraw a file; see `Documents.examine`."""
        if not body:
            raise DocumentEmpty
        if len(body) > LARGEST:
            raise DocumentTooLarge(mib=LARGEST // 1024**2)
        kind = kind_of(body)
        with self._turn():
            drawn = self._redraw(kind, body)
        if drawn.code is not None:
            raise OF_FILES.get(drawn.code, DocumentTooComplex)(pointer=None, **drawn.params)
        return Examined(
            name=shown_name(name),
            kind=kind,
            size=len(body),
            digest=hashlib.sha256(body).hexdigest(),
            pages=drawn.pages,
        )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._wait):
            raise DocumentsBusy(retry_after=_RETRY_AFTER)
        try:
            yield
        finally:
            self._turns.release()

    def _redraw(self, kind: Kind, body: bytes) -> Drawn:
        # -I: neither the folder nor the environment adds to what is imported.
        command = [sys.executable, "-I", "-m", "frostgate.documents.redraw", kind.value]
        with subprocess.Popen(  # noqa: S603 - our own program, with a word of our own
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        ) as process:
            assert process.stdin is not None, "BUG: a pipe"
            assert process.stdout is not None, "BUG: a pipe"
            alarm = Timer(self._patience, process.kill)
            alarm.start()
            feeder = Thread(target=_feed, args=(process.stdin, body), daemon=True)
            feeder.start()
            try:
                answer = process.stdout.read(_LONGEST_ANSWER)
            finally:
                alarm.cancel()
                process.kill()  # nothing where it has ended
                feeder.join()  # whoever closes the pipe beside it would hear that it is broken
        try:
            return _read(answer)
        except msgspec.DecodeError:  # it ended early, or says what ours never would
            log.warning("examining ended early", kind=kind.value, bytes=len(body), status=process.returncode)
            raise DocumentTooComplex from None


def _feed(pipe: IO[bytes], body: bytes) -> None:
    """Give the process its file, as fast as it takes it; where it has ended, the answer says so."""
    with suppress(OSError), pipe:
        pipe.write(body)


def kind_of(body: bytes) -> Kind:
    """What a file is by its first bytes; a PDF begins at its first one here, so that nothing hides before it.

    Raises:
        DocumentIsArchive, DocumentKindUnknown
    """
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if body.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return Kind.WEBP
    if body.startswith(b"%PDF-"):
        return Kind.PDF
    raise (DocumentIsArchive if body.startswith(_ARCHIVES) else DocumentKindUnknown)
