"""The database: SQLite for one machine, PostgreSQL beyond it, the same tables and the same statements.

Writing is a turn. SQLite has one writer, so its writers queue here in order of arrival (a plain lock would let a
busy thread take it again and again); PostgreSQL lets them run side by side. Readers never wait for either.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

from frostgate.base.errors import Conflict, Malformed, StoreMisnamed, StoreUnavailable, StoreUnopened

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
LONG_LOG = 65_536  # pages of 4 KiB; a writer who found it four times as long would move all of it in one commit
_UNOPENED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
_SWITCHES = 20  # how often a new file is tried; each try waits for whoever has it


def micros(at: datetime) -> int:
    """Microseconds since 1970 in UTC: how every time is stored."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The time that `micros` stored."""
    return _EPOCH + timedelta(microseconds=value)


class Utc(sa.types.TypeDecorator[datetime]):
    """A time in UTC, exact to the microsecond on both databases."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        return None if value is None else from_micros(value)


class Turns(AbstractContextManager[None]):
    """A lock that serves whoever waits in order of arrival."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken and not self._waiting:
                self._taken = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()  # the turn passes on; `_taken` stays true
            else:
                self._taken = False


class Database:
    """Opens transactions. `write` takes a turn; `read` sees one consistent snapshot and cannot write.

    `write_problem` is why the last write failed, in the driver's words, and None again once one has succeeded;
    `on_write_problem` is called with it when it begins and when it is over.
    """

    def __init__(self, url: str) -> None:
        """Get ready to connect; nothing is opened yet.

        Raises:
            StoreMisnamed: the URL names no database that we can use, or a folder that cannot be made.
        """
        self.write_problem: str | None = None
        self.on_write_problem: Callable[[str | None], object] = lambda _: None
        self._noting = threading.Lock()
        try:
            self.url = sa.make_url(url)
            self._open()
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, OSError) as error:
            raise StoreMisnamed(problem=str(error)) from None

    def _open(self) -> None:
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if self.url.database in (None, "", ":memory:"):
                raise StoreMisnamed(problem="a database in memory would forget everything: name a file")
            assert self.url.database, "BUG: checked above"
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self._writer = _sqlite_engine(self.url, begin="BEGIN IMMEDIATE", size=1, query_only=False)
            self._reader = _sqlite_engine(self.url, begin="BEGIN", size=8, query_only=True)
        else:
            self._writer = sa.create_engine(
                self.url, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True
            )
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._turns: AbstractContextManager[None] = Turns() if self.is_sqlite else nullcontext()

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One read-write transaction: all of it is saved at the end, or nothing.

        Raises:
            StoreUnavailable: the database refused (full disk, lock held too long, connection lost).
            Conflict: it does not fit what is stored, mostly because somebody else saved the same meanwhile.
            Malformed: it cannot hold a value, such as a text with a NUL.
        """
        has_written = True
        try:
            with self._turns, self._refusals(), self._writer.begin() as connection:
                before = self._written(connection) if self.write_problem else 0
                yield connection
                if self.write_problem:  # a transaction that wrote nothing does not show that one could
                    has_written = self._written(connection) != before
        except StoreUnavailable as refused:
            self._note(str(refused.params.get("problem", refused.code)))
            raise
        if self.write_problem and has_written:
            self._note(None)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One read-only transaction.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        with self._refusals(), self._reader.begin() as connection:
            yield connection

    @property
    def engine(self) -> sa.Engine:
        """The engine that may write: for migrations."""
        return self._writer

    def tidy(self) -> None:
        """Move SQLite's write-ahead log into the database while writers go on.

        The log begins anew only when all of it has been moved, which never happens while somebody writes all the time.
        So once it is long, the last piece, a short one by then, is moved in a turn of our own.
        """
        if not self.is_sqlite or self._move_log() <= LONG_LOG:
            return
        self._move_log()
        with self._turns:
            self._move_log()

    def _move_log(self) -> int:
        """Move what there is now, waiting for nobody; how many pages the log has."""
        with self._refusals(), self._reader.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None, "BUG: a connection without a driver"
            _, pages, _ = raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            return int(pages)

    def close(self) -> None:
        """Close every connection."""
        self._reader.dispose()
        self._writer.dispose()

    def _note(self, problem: str | None) -> None:
        """Remember how the last write ended, and tell whoever listens when that has changed."""
        with self._noting:
            changed = (problem is None) != (self.write_problem is None)
            self.write_problem = problem
            if changed:
                self.on_write_problem(problem)

    def _written(self, connection: sa.Connection) -> int:
        """A number that grows once this transaction has written something."""
        if not self.is_sqlite:
            return connection.execute(_HAS_WRITTEN).scalar_one()
        raw = connection.connection.driver_connection
        assert raw is not None, "BUG: a connection without a driver"
        return int(raw.total_changes)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Turn what a driver says of a store that cannot work now, or of a value it cannot hold, into a refusal."""
        try:
            yield
        except (sa.exc.DataError, OverflowError) as error:  # NUL in a text, or a number beyond 64 bits
            raise Malformed(problem="a value that cannot be stored or looked for") from error
        except sa.exc.IntegrityError as error:
            raise Conflict from error
        except (sa.exc.OperationalError, sa.exc.InternalError) as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _UNOPENED:  # the low byte; the rest says more
                raise StoreUnopened(file=self.url.database, problem=str(error.orig)) from error
            raise StoreUnavailable(problem=str(error.orig)) from error
        except sa.exc.TimeoutError as error:
            raise StoreUnavailable(problem="every connection is in use") from error


# A transaction of PostgreSQL has a number from its first write on.
_HAS_WRITTEN = sa.select(sa.cast(sa.func.pg_current_xact_id_if_assigned().is_not(None), sa.Integer))


def _sqlite_engine(url: sa.URL, *, begin: str, size: int, query_only: bool) -> sa.Engine:
    """An engine whose transactions we begin ourselves: the driver's own habit begins them too late."""
    engine = sa.create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=30,
        hide_parameters=True,  # what is stored may be somebody's message, and an error's text may be logged
        connect_args={"timeout": 15, "check_same_thread": False},
    )

    @sa.event.listens_for(engine, "connect")
    def _set_up(raw: Any, _record: ConnectionPoolEntry) -> None:
        raw.isolation_level = None
        _use_write_ahead_log(raw)
        # FULL: a commit is on the disk before it is acknowledged. The log is moved by `tidy`, not by a writer.
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            f"wal_autocheckpoint={4 * LONG_LOG}",
            "cache_size=-65536",
            f"query_only={int(query_only)}",
        ):
            raw.execute(f"PRAGMA {pragma}").close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _use_write_ahead_log(raw: Any) -> None:
    """Switch a file to the write-ahead log, which is done once and stays.

    Of several processes that open a new file at once, SQLite fails all but one without waiting, since each would wait
    for the other. A write transaction does wait: so take an empty one, and try again after whoever was first.
    """
    for _ in range(_SWITCHES):
        with suppress(sqlite3.OperationalError):
            raw.execute("PRAGMA journal_mode=WAL").close()
            return
        raw.execute("BEGIN IMMEDIATE").close()
        raw.execute("ROLLBACK").close()
    raw.execute("PRAGMA journal_mode=WAL").close()
