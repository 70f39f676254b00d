"""The migrations give just the tables that the code declares, however often and by however many they are run."""

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import frostgate.server  # noqa: F401 - imports every room, and with them every table
from frostgate.base.database import Database, metadata
from frostgate.base.journal import GENESIS, journal_head, verify
from frostgate.base.migrations import is_current, upgrade
from servers import Databases


@pytest.fixture
def url(backend: str, databases: Databases) -> Iterator[str]:
    """A database in which there is nothing."""
    made = databases.empty(backend)
    yield made
    databases.remove(made)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.close()


def test_migrations_give_what_the_code_declares(database: Database) -> None:
    upgrade(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_checks_below_all_code_are_there(database: Database) -> None:
    """Alembic does not compare these, so they are compared here."""
    upgrade(database)
    found = sa.inspect(database.engine)
    for table in metadata.sorted_tables:
        wanted = {str(check.name) for check in table.constraints if isinstance(check, sa.CheckConstraint)}
        assert {check["name"] for check in found.get_check_constraints(table.name)} == wanted, table.name


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    assert not is_current(database)
    upgrade(database)
    upgrade(database)
    assert is_current(database)
    with database.read() as connection:
        assert connection.execute(sa.select(journal_head)).all() == [(1, 0, GENESIS)]
        assert verify(connection) == (0, GENESIS)


def test_two_servers_that_start_at_once_migrate_one_after_the_other(url: str) -> None:
    together, failed = threading.Barrier(4), []

    def start() -> None:
        database = Database(url)
        together.wait()
        try:
            upgrade(database)
        except Exception as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    database = Database(url)
    assert is_current(database)
    database.close()
