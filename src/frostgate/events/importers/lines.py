"""A log's lines, one by one, with what the reader of a report wants to know: how many, how far, which not and why."""

import socket
from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import BinaryIO

import msgspec

from frostgate.base.errors import Refused

LONGEST = 1 << 20  # bytes; a longer line is no line of a log, and must not fill our memory
TOLD_EVERY = 4096
SHOWN = 20  # problems that are kept with their line; the others are only counted


class YearNeeded(Refused):
    """The log's times have no year, and nobody said which one it is."""

    code = "import.year_needed"


class Unreadable(Refused):
    """The file cannot be opened or read; `problem` says why."""

    code = "import.unreadable"


class Problem(msgspec.Struct, frozen=True):
    """A line that should have been an event and could not be read."""

    line: int  # from 1
    problem: str


class Lines:
    """Iterates over the lines of an open binary file as bytes without their line ends.

    `count` is the number of the line at hand, from 1; `position` the bytes read so far.
    """

    def __init__(self, file: BinaryIO, on_progress: Callable[[int], None] | None = None) -> None:
        """Read from `file`; every `TOLD_EVERY` lines `on_progress` hears the position."""
        self._file = file
        self._on_progress = on_progress
        self.count = 0
        self.position = 0
        self.unread = 0
        self.problems: list[Problem] = []

    def __iter__(self) -> Iterator[bytes]:
        """Every line.

        Raises:
            Unreadable: the file cannot be read any further.
        """
        readline = self._file.readline
        try:
            while line := readline(LONGEST):
                self.count += 1
                self.position += len(line)
                if self._on_progress is not None and not self.count % TOLD_EVERY:
                    self._on_progress(self.position)
                if len(line) == LONGEST and not line.endswith(b"\n"):
                    self._skip_rest()
                    continue
                yield line.rstrip(b"\r\n")
        except OSError as error:
            raise Unreadable(problem=error.strerror or str(error)) from None

    def wrong(self, problem: str) -> None:
        """Note that the line at hand could not be read."""
        self.unread += 1
        if len(self.problems) < SHOWN:
            self.problems.append(Problem(self.count, problem))

    def _skip_rest(self) -> None:
        self.wrong(f"longer than {LONGEST} bytes")
        while piece := self._file.readline(LONGEST):
            self.position += len(piece)
            if piece.endswith(b"\n"):
                return


def event_id(number: int, line: bytes) -> str:
    """An id for what stands in a line: the same line at the same place is the same event in every run."""
    return f"{number}-{blake2b(line, digest_size=8).hexdigest()}"


@lru_cache(maxsize=65_536)
def is_address(text: str) -> bool:
    """Whether this writes an IPv4 or IPv6 address."""
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except (OSError, ValueError):
        return False
    return True
