"""The journal on both databases: writers who come at once make one chain, and every kind of tampering shows."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from frostgate.base.database import Database
from frostgate.base.journal import Broken, entries, has_head, journal, journal_head, verify
from frostgate.base.model import SYSTEM
from frostgate.base.uow import UnitOfWork
from house import House
from servers import Databases

WRITERS, EACH = 4, 15


def write(uow: UnitOfWork, count: int, who: int = 0) -> None:
    for n in range(count):
        with uow.begin() as tx:
            tx.pen.write(at=tx.now, tenant_id="acme", actor=SYSTEM, fact="test", body={"who": who, "n": n})


def test_writers_who_come_at_once_make_one_chain(house: House) -> None:
    programs = [house.program, house.another()]
    together = threading.Barrier(WRITERS)

    def work(who: int) -> None:
        together.wait()
        write(programs[who % 2].uow, EACH, who)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with house.program.uow.look() as connection:
        found = verify(connection)
        assert not isinstance(found, Broken)
        written = [entry for entry in entries(connection, tenant_id="acme", limit=1000) if entry.fact == "test"]
    assert len(written) == WRITERS * EACH
    assert len({entry.body for entry in written}) == WRITERS * EACH


def test_what_is_rolled_back_leaves_no_gap(house: House) -> None:
    write(house.program.uow, 2)

    def fail() -> None:
        with house.program.uow.begin() as tx:
            tx.pen.write(at=tx.now, tenant_id=None, actor=SYSTEM, fact="test", body={})
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    write(house.program.uow, 1)
    with house.program.uow.look() as connection:
        assert not isinstance(verify(connection), Broken)


def test_a_head_that_somebody_noted_is_found_again(house: House) -> None:
    write(house.program.uow, 3)
    with house.program.uow.look() as connection:
        found = verify(connection)
    assert not isinstance(found, Broken)
    write(house.program.uow, 3)
    with house.program.uow.look() as connection:
        assert has_head(connection, f"{found[0]}:{found[1]}")
        assert not has_head(connection, f"{found[0] - 1}:{found[1]}")
        assert not has_head(connection, f"{found[0]}:{'0' * 64}")
        assert not has_head(connection, "rubbish")


Tamper = Callable[[sa.Connection, int], Any]

# What somebody with the database's password could do, each somewhere in the middle (`n`) or at the end.
TAMPERING: dict[str, Tamper] = {
    "change a body": lambda c, n: c.execute(journal.update().where(journal.c.number == n).values(body='{"n":99}')),
    "change an actor": lambda c, n: c.execute(journal.update().where(journal.c.number == n).values(actor="system:x")),
    "change a fact": lambda c, n: c.execute(journal.update().where(journal.c.number == n).values(fact="nothing")),
    "change a tenant": lambda c, n: c.execute(journal.update().where(journal.c.number == n).values(tenant_id="bolt")),
    "take a tenant away": lambda c, n: c.execute(journal.update().where(journal.c.number == n).values(tenant_id=None)),
    "change a time": lambda c, n: c.exec_driver_sql(f"UPDATE journal SET at = at + 1 WHERE number = {n}"),
    "change a hash": lambda c, n: c.execute(journal.update().where(journal.c.number == n).values(hash="0" * 64)),
    "remove an entry": lambda c, n: c.execute(journal.delete().where(journal.c.number == n)),
    "remove the first": lambda c, n: c.execute(journal.delete().where(journal.c.number == 1)),
    "cut off the tail": lambda c, n: c.execute(journal.delete().where(journal.c.number >= n)),
    "remove one and close the gap": lambda c, n: (
        c.execute(journal.delete().where(journal.c.number == n)),
        c.exec_driver_sql(f"UPDATE journal SET number = -(number - 1) WHERE number > {n}"),
        c.exec_driver_sql("UPDATE journal SET number = -number WHERE number < 0"),
    ),
    "swap two": lambda c, n: (
        c.exec_driver_sql(f"UPDATE journal SET number = -1 WHERE number = {n}"),
        c.exec_driver_sql(f"UPDATE journal SET number = {n} WHERE number = {n + 1}"),
        c.exec_driver_sql(f"UPDATE journal SET number = {n + 1} WHERE number = -1"),
    ),
    "put one between": lambda c, n: c.exec_driver_sql(
        "INSERT INTO journal (number, at, tenant_id, actor, fact, body, hash) "
        "SELECT max(number) + 1, max(at), NULL, 'system:x', 'added', '{}', max(hash) FROM journal"
    ),
    "turn the head back": lambda c, n: c.execute(journal_head.update().values(number=n)),
    "empty it": lambda c, n: c.execute(journal.delete()),
}


@pytest.fixture
def written(house: House, databases: Databases) -> str:
    """The address of a copy of a database with a journal of some length."""
    write(house.program.uow, 10)
    house.close()
    return databases.copy(house.url)


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_is_found(written: str, databases: Databases, how: str) -> None:
    database = Database(written)
    with database.read() as connection:
        before = verify(connection)
    assert not isinstance(before, Broken)

    with database.write() as connection:
        TAMPERING[how](connection, before[0] - 4)

    with database.read() as connection:
        found = verify(connection)
    assert isinstance(found, Broken)
    assert found.problem
    database.close()
    databases.remove(written)
