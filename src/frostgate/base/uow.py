"""The unit of work: one command, one transaction; facts join the rooms.

A command changes its own room and states a fact. The fact is journalled and every reaction to it runs at once,
inside the same transaction; what must wait for the commit is left with `after_commit`.

On PostgreSQL transactions run side by side, and two that lock the same rows crosswise would wait for ever. So there is
one order for all: first the journal's head, then everything else. `begin` takes the head before anything is asked, as
SQLite takes its one writer's turn. A transaction that mostly states nothing begins without, and calls `take_head`
before it writes what commands write too; one that states no fact at all never needs it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog

from frostgate.base.clock import Clock
from frostgate.base.database import Database
from frostgate.base.ids import Ids
from frostgate.base.journal import Pen
from frostgate.base.model import Actor, Fact
from frostgate.base.wire import plain

log = structlog.get_logger("frostgate.uow")


class Tx:
    """A transaction that is under way: the connection, the time it counts as, and what it has stated."""

    def __init__(self, work: "UnitOfWork", connection: sa.Connection, *, head_first: bool) -> None:
        self.connection = connection
        self.pen = Pen(connection)
        if head_first:
            self.take_head()  # before the clock is read: who waited long is not older than whom they waited for
        self.now: datetime = work.clock.now()
        self._work = work
        self._afterwards: list[Callable[[], None]] = []
        self.revision = 0

    def take_head(self) -> None:
        """Take the journal's head, if it is not taken yet: until the end nobody else states a fact."""
        self.pen.take_head()

    def new_id(self) -> str:
        """A fresh id that sorts after all earlier ones."""
        return self._work.ids.new(self.now)

    def execute(self, statement: sa.Executable, rows: Any = None) -> sa.CursorResult[Any]:
        """Run one statement."""
        result = self.connection.execute(statement, rows)
        assert isinstance(result, sa.CursorResult), "BUG: a statement without a cursor"
        return result

    def state(self, fact: Fact, *, actor: Actor) -> None:
        """State a fact: journal it with who caused it, then let every room that the table names react.

        `revision` is the fact's number in the journal while its reactions run.
        """
        number = self.pen.write(
            at=self.now,
            tenant_id=fact.tenant_id,
            actor=actor,
            fact=fact.name,
            body=plain(fact.recorded()),
        )
        for react in self._work.reactions.get(type(fact), ()):
            self.revision = number  # again each time: a reaction may have stated a fact of its own
            react(self, fact, actor)

    def after_commit(self, do: Callable[[], None]) -> None:
        """Leave something to be done once everything is saved, and not at all if it is not."""
        self._afterwards.append(do)

    def finish(self) -> None:
        """Do what was left for after the commit. Everything is saved, so one that fails is logged and no more."""
        for do in self._afterwards:
            try:
                do()
            except Exception:
                log.exception("after the commit something failed")


Reaction = Callable[[Tx, Any, Actor], None]


class UnitOfWork:
    """Begins transactions on one database, with one clock and one table of reactions."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        ids: Ids,
        reactions: Mapping[type[Fact], Sequence[Reaction]],
    ) -> None:
        self.database = database
        self.clock = clock
        self.ids = ids
        self.reactions = reactions

    @contextmanager
    def begin(self, *, head_first: bool = True) -> Iterator[Tx]:
        """One transaction: everything inside is saved together when the block ends, or not at all.

        It waits until it has the journal's head, unless `head_first` is false: for what mostly states no fact.

        Raises:
            StoreUnavailable: the database cannot take it now; nothing was saved.
        """
        with self.database.write() as connection:
            tx = Tx(self, connection, head_first=head_first)
            yield tx
            tx.pen.finish()
        tx.finish()

    @contextmanager
    def look(self) -> Iterator[sa.Connection]:
        """A consistent snapshot to read from."""
        with self.database.read() as connection:
            yield connection
