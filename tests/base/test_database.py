"""Transactions, turns, and what a store that cannot work says."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from frostgate.base.database import Database, Turns, from_micros, micros
from frostgate.base.errors import Conflict, Malformed, StoreUnavailable, StoreUnopened
from frostgate.base.journal import journal_head
from frostgate.directory.store import tenants

SECRET = "security@bells.example"
TENANT = {
    "id": "bells",
    "name": "Bells",
    "language": "en",
    "time_zone": "UTC",
    "contact_email": SECRET,
    "unknown_accounts": "admit",
    "created_at": datetime(2026, 3, 2, tzinfo=UTC),
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=8)))))
def test_a_time_is_stored_to_the_microsecond(at: datetime) -> None:
    assert from_micros(micros(at)) == at
    assert from_micros(micros(at)).tzinfo is UTC


def test_what_fails_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            connection.execute(journal_head.update().values(number=99))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with database.read() as connection:
        assert connection.execute(sa.select(journal_head.c.number)).scalar_one() != 99


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises((StoreUnavailable, sa.exc.DatabaseError)), database.read() as connection:
        connection.execute(journal_head.update().values(number=99))


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.read() as connection:
        before = connection.execute(sa.select(journal_head.c.number)).scalar_one()
        with database.write() as writing:
            writing.execute(journal_head.update().values(number=before + 7))
        assert connection.execute(sa.select(journal_head.c.number)).scalar_one() == before
    with database.read() as connection:
        assert connection.execute(sa.select(journal_head.c.number)).scalar_one() == before + 7


def test_a_value_that_cannot_be_stored_is_refused(database: Database) -> None:
    with pytest.raises(Malformed), database.read() as connection:
        connection.execute(sa.select(journal_head).where(journal_head.c.number == 2**80))


def test_a_row_that_is_there_already_is_a_conflict(database: Database) -> None:
    def add() -> None:
        with database.write() as connection:
            connection.execute(tenants.insert().values(TENANT))

    add()
    with pytest.raises(Conflict) as refused:
        add()
    assert SECRET not in str(refused.value.__cause__)


def test_a_pool_without_a_free_connection_is_unavailable(database: Database) -> None:
    """As many readers as there are connections, and one more, who gives up soon."""
    pool = database._reader.pool
    assert isinstance(pool, sa.QueuePool)
    pool._timeout = 0.01
    with ExitStack() as readers:
        for _ in range(pool.size() + max(pool._max_overflow, 0)):
            readers.enter_context(database.read())
        with pytest.raises(StoreUnavailable), database.read():
            pass
    with database.read() as connection:
        connection.execute(sa.select(journal_head))


def test_a_database_that_is_not_there_is_unavailable() -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    for use in (gone.read, gone.write):
        with pytest.raises(StoreUnavailable), use():
            pass
    gone.close()


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path}")) as folder:
        for use in (folder.read, folder.write):
            with pytest.raises(StoreUnopened) as refused, use():
                pass
            assert refused.value.params["file"] == str(tmp_path)


def test_how_the_last_write_ended_is_remembered_and_told(database: Database) -> None:
    told: list[str | None] = []
    database.on_write_problem = told.append

    def fail() -> None:
        with database.write():
            raise StoreUnavailable(problem="full")

    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            fail()
    with database.write() as connection:
        connection.execute(sa.select(journal_head))  # nothing is written
    assert database.write_problem == "full"
    with database.write() as connection:
        connection.execute(journal_head.update().values(number=journal_head.c.number))
    assert database.write_problem is None
    assert told == ["full", None]


def test_a_new_file_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """Switching a new file to the write-ahead log is where SQLite fails without waiting; it showed in 1 of 20 files."""
    for number in range(60):
        assert _opened_together(f"sqlite:///{tmp_path}/{number}.db", times=6) == []


def _opened_together(url: str, *, times: int) -> list[Exception]:
    together, failed = threading.Barrier(times), []

    def open_one() -> None:
        with closing(Database(url)) as opened:
            together.wait()
            try:
                with opened.write() as connection:
                    connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS bells (id INTEGER)")
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=open_one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def test_turns_are_taken_in_order_of_arrival() -> None:
    turns, order, threads = Turns(), [], []
    arrived = threading.Semaphore(0)

    def work(number: int) -> None:
        arrived.release()
        with turns:
            order.append(number)

    with turns:
        for number in range(8):
            threads.append(threading.Thread(target=work, args=(number,)))
            threads[-1].start()
            arrived.acquire()
            while len(turns._waiting) <= number:  # it said that it comes; now it stands in the queue
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(8))
