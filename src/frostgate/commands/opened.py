"""The program with its database open and nothing running: what commands beside a server work with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from frostgate.config import Settings

if TYPE_CHECKING:
    from frostgate.app import Program


@contextmanager
def opened(settings: Settings, *, migrate: bool = False, needs_store: bool = True) -> "Iterator[Program]":
    """A program that can read and write; a server on the same database follows its changes.

    A command that reads and writes nothing needs no store.

    Raises:
        StoreUnavailable: the database cannot be reached.
        Outdated: it is not of this version, and the command is not one that may change that.
    """
    from frostgate.app import Program
    from frostgate.base import logs
    from frostgate.base.migrations import Outdated, is_current, upgrade

    logs.configure("warning")
    program = Program(settings)
    try:
        if migrate:
            upgrade(program.database)
        elif needs_store and not is_current(program.database):
            raise Outdated(database=program.database.url.render_as_string(hide_password=True))
        yield program
    finally:
        program.database.close()
