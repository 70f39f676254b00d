"""The files that a command reads and writes, by name; `-` is standard input or output."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from frostgate.base.errors import Refused
from frostgate.events.importers.lines import Unreadable

STDIO = Path("-")


class Unwritable(Refused):
    """A file cannot be written; `file` and `problem` say which and why."""

    code = "replay.unwritable"


class OutputUnwritable(Unwritable):
    """Standard output cannot be written; `problem` says why."""

    code = "replay.output_unwritable"


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file to read.

    Raises:
        Unreadable: it cannot be opened.
    """
    if path == STDIO:
        yield sys.stdin.buffer
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise Unreadable(file=str(path), problem=error.strerror or str(error)) from None
    with file:
        yield file


@contextmanager
def output(path: Path) -> Iterator[Callable[[bytes], object]]:
    """What writes to a file, which is there as a whole in the end or as it was before.

    A pipe, a device or a link is written as it comes: to put a file in its place would take it away from its readers.

    Raises:
        Unwritable: it cannot be written.
        BrokenPipeError: whoever read standard output has enough.
    """
    try:
        if path == STDIO:
            yield sys.stdout.buffer.write
            sys.stdout.buffer.flush()
        elif path.is_symlink() or (path.exists() and not path.is_file()):
            with path.open("wb") as file:
                yield file.write
        else:
            draft = path.with_name(f".{path.name}.part")
            try:
                with draft.open("wb") as file:
                    yield file.write
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
    except OSError as error:
        if path == STDIO and isinstance(error, BrokenPipeError):
            raise
        problem = error.strerror or str(error)
        if path == STDIO:
            raise OutputUnwritable(problem=problem) from None
        raise Unwritable(file=str(path), problem=problem) from None
