"""Several things at the same moment, or one exactly in the middle of another."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from frostgate.app import Program

_WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def at_once(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do several things in threads that begin together; what each got."""
    together, found = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(number: int) -> None:
        together.wait()
        found[number] = tasks[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@contextmanager
def just_before(program: Program, words: str, do: Callable[[], None]) -> Iterator[None]:
    """Do something right before the first statement with these words: what another process might do just then.

    On PostgreSQL only: SQLite has one writer, and nobody comes in between.
    """
    left = [do]

    def overtake(*asked: Any) -> None:
        if words in asked[2] and left:
            left.pop()()

    engine = program.database.engine
    sa.event.listen(engine, "before_cursor_execute", overtake)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", overtake)
    assert not left, f"nobody asked anything with {words!r} in it"


@contextmanager
def asked() -> Iterator[list[str]]:
    """What is asked of any database meanwhile, by reading or by writing."""
    noted: list[str] = []

    def note(*told: Any) -> None:
        noted.append(told[2])

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def is_somebody_waiting(program: Program) -> bool:
    """Whether PostgreSQL lets anybody wait. Asked in a transaction of its own: within one it says the same again."""
    with program.uow.look() as connection:
        return bool(connection.execute(_WAITING).scalar_one())
