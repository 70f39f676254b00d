"""Reading print in pictures by a separate process, one picture at a time.

The process (`recognise.py`) gets pictures on its standard input and nothing else: no environment, no credentials, no
files, no network. It is started by the first picture, kept while more come, and ended when nothing came for a while.
Whatever goes wrong with it ends it, and is a failure of that one picture.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from threading import Lock, Timer

import msgspec

from frostgate.documents.licences.model import Line
from frostgate.documents.licences.wire import give, take

INSTALL = "pip install 'frostgate[licences]'"
PATIENCE = 90.0  # seconds for all pages of a file, with loading the models: a busy machine comes first
IDLE = 60.0  # seconds after which it is ended: it holds some 650 MB, and starts again in two seconds
_LARGEST_ANSWER = 4 * 1024**2  # bytes; a page full of print is a hundredth of it

_decode = msgspec.msgpack.Decoder(list[Line]).decode


class ReadingFailed(Exception):
    """The process ended, or took too long; `args` says what of it is known."""


def is_installed() -> bool:
    """Whether what reads is there: it is an extra of its own, because few need it and it is large."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


class Reader:
    """Reads one file at a time; others wait."""

    def __init__(self, *, patience: float = PATIENCE, idle: float = IDLE) -> None:
        self._patience = patience
        self._idle = idle
        self._turn = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._bedtime: Timer | None = None
        self._read = 0  # files so far
        self._ended = False

    @property
    def pid(self) -> int | None:
        """The process that is there now."""
        process = self._process
        return None if process is None else process.pid

    def read(self, pages: Sequence[bytes], *, enough: Callable[[list[Line]], bool]) -> list[Line]:
        """The lines of the first page that has `enough`, or else of the one with the most; pages are JPEG.

        It takes a second or two a page, and a little more at first: never inside a transaction.

        Raises:
            ReadingFailed: the process ended or was too slow. The next call starts another.
        """
        best: list[Line] = []
        with self._turn, self._alive() as process:
            for page in pages:
                lines = self._ask(process, page)
                if enough(lines):
                    return lines
                best = max(best, lines, key=len)
        return best

    def end(self) -> None:
        """End the process, for good; what it has in hand is lost, and nothing is read afterwards."""
        self._ended = True  # before looking: whoever starts one now looks here afterwards
        process = self._process
        if process is not None:
            process.kill()
        with self._turn:
            self._put_down()

    @contextmanager
    def _alive(self) -> Iterator[subprocess.Popen[bytes]]:
        """The process, until the patience with it ends."""
        if self._bedtime is not None:
            self._bedtime.cancel()
        if self._process is None or self._process.poll() is not None:
            self._put_down()
            self._process = _started()
        process = self._process
        if self._ended:
            self._put_down()
            raise ReadingFailed("the reader was ended")
        alarm = Timer(self._patience, process.kill)
        alarm.daemon = True
        alarm.start()
        try:
            yield process
        except BaseException:
            self._put_down()
            raise
        finally:
            alarm.cancel()
        self._read += 1
        self._bedtime = Timer(self._idle, self._go_to_bed, (self._read,))
        self._bedtime.daemon = True
        self._bedtime.start()

    def _ask(self, process: subprocess.Popen[bytes], page: bytes) -> list[Line]:
        assert process.stdin is not None, "BUG: a pipe"
        assert process.stdout is not None, "BUG: a pipe"
        try:
            give(process.stdin, page)
            answer = take(process.stdout, _LARGEST_ANSWER)
        except OSError as error:
            raise ReadingFailed(type(error).__name__) from error
        if answer is None:
            raise ReadingFailed("it ended early")
        try:
            return _decode(answer)
        except msgspec.DecodeError as error:  # it says what ours never would
            raise ReadingFailed("its answer cannot be read") from error

    def _go_to_bed(self, read: int) -> None:
        with self._turn:
            if self._read == read:  # nothing came while we waited for our turn
                self._put_down()

    def _put_down(self) -> None:
        if self._bedtime is not None:
            self._bedtime.cancel()
            self._bedtime = None
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        process.wait()


def _started() -> subprocess.Popen[bytes]:
    # -I: neither the folder nor the environment adds to what is imported.
    command = [sys.executable, "-I", "-m", "frostgate.documents.licences.recognise"]
    return subprocess.Popen(  # noqa: S603 - our own program
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
