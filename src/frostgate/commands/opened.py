"""The program with its database open and nothing running: what commands beside a server work with."""

from collections.abc import Iterator
from contextlib import contextmanager

from frostgate.app import Program
from frostgate.base import logs
from frostgate.base.errors import Refused
from frostgate.base.migrations import is_current, upgrade
from frostgate.config import Settings


class Outdated(Refused):
    """The database has another version's shape, or none yet."""

    code = "store.outdated"


@contextmanager
def opened(settings: Settings, *, migrate: bool = False) -> Iterator[Program]:
    """A program that can read and write; a server on the same database follows its changes.

    Raises:
        StoreUnavailable: the database cannot be reached.
        Outdated: it is not of this version, and the command is not one that may change that.
    """
    logs.configure("warning")
    program = Program(settings)
    try:
        if migrate:
            upgrade(program.database)
        elif not is_current(program.database):
            raise Outdated(database=program.database.url.render_as_string(hide_password=True))
        yield program
    finally:
        program.database.close()
