"""The demo's data folder, and the people and machines that may come in.

Everything that the demo keeps is in one folder; deleting it forgets the demo. What is secret is in one file of it that
nobody else may read.
"""

import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import TextIO

import msgspec
import sqlalchemy as sa

from frostgate.base.clock import SystemClock
from frostgate.base.ids import new_secret
from frostgate.base.model import Language
from frostgate.config import Settings
from frostgate.demo.client import HOST, Client, Unexpected
from frostgate.demo.people import ACME, TENANTS
from frostgate.demo.words import CannotTell
from frostgate.directory.permissions import MACHINE_ROLES, Role

FORMAT = 3  # of the data folder; another number means that its contents are of another version

# Says that a folder is a demo's; written before anything else and removed last.
_MARK = "demo.json"

# What a demo leaves, and all that beginning anew removes.
_OURS = ("frostgate.toml", "server.log", "frostgate.db", "frostgate.db-wal", "frostgate.db-shm", "mail")


class Person(msgspec.Struct, frozen=True):
    """Somebody who signs in, in the demo."""

    role: Role
    email: str
    name: str
    tenant_id: str | None = None


STAFF = (
    Person(Role.SUPERINTENDENT, "zhou.min@frostgate.example", "周敏 Zhou Min"),
    Person(Role.LEAD, "ines.almeida@frostgate.example", "Inês Almeida"),
    Person(Role.REVIEWER, "deng.hao@frostgate.example", "邓浩 Deng Hao"),
    Person(Role.POLICY_AUTHOR, "marta.kovacs@frostgate.example", "Márta Kovács"),
    Person(Role.POLICY_PUBLISHER, "gao.lei@frostgate.example", "高磊 Gao Lei"),
    Person(Role.AUDITOR, "samuel.okoye@frostgate.example", "Samuel Okoye"),
    Person(Role.CUSTOMER_SUCCESS, "bai.xue@frostgate.example", "白雪 Bai Xue"),
    Person(Role.FINANCE, "fan.jie@frostgate.example", "范洁 Fan Jie"),
    Person(Role.OWNER, "qin.lan@morningstar-edu.example", "秦岚 Qin Lan", ACME),
    Person(Role.ADMINISTRATOR, "luo.yi@morningstar-edu.example", "罗毅 Luo Yi", ACME),
    Person(Role.SECURITY, "meng.fei@morningstar-edu.example", "孟飞 Meng Fei", ACME),
    Person(Role.TENANT_FINANCE, "su.wen@morningstar-edu.example", "苏雯 Su Wen", ACME),
    Person(Role.MEMBER, "tang.li@morningstar-edu.example", "唐丽 Tang Li", ACME),
)

MACHINES = tuple(role for role in Role if role in MACHINE_ROLES)


class State(msgspec.Struct, kw_only=True):
    """What the folder knows between two starts."""

    format: int = FORMAT
    passwords: dict[str, str] = {}  # by email
    tokens: dict[str, str] = {}  # of machines, by role
    filled: bool = False  # everything that is there from the first start on is there
    told: int = 0  # how often the story began: each time it happens to other people


_read_state = msgspec.json.Decoder(State).decode


class House:
    """One data folder, ours alone while we run."""

    def __init__(self, folder: Path, *, port: int, language: Language) -> None:
        self.folder = folder
        self.port = port
        self.language = language
        self.state = State()
        self.sessions: dict[Role, Client] = {}
        self.names: dict[str, str] = {}  # of operators, by the actor that the journal writes
        self._lock: TextIO | None = None

    @property
    def mail(self) -> Path:
        """Where the mails lie."""
        return self.folder / "mail"

    @property
    def config(self) -> Path:
        """The server's settings."""
        return self.folder / "frostgate.toml"

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.folder / "server.log"

    def enter(self, *, fresh: bool) -> None:
        """Take the folder, and what was kept in it unless `fresh`. One that was never filled begins anew.

        Raises:
            CannotTell: it cannot be written, is somebody's own, another demo runs in it, or it is of another version.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._check_is_ours()
            self._lock = (self.folder / "lock").open("w")
        except OSError as error:
            raise CannotTell("folder_unwritable", folder=self.folder, problem=error.strerror) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotTell("folder_busy", folder=self.folder) from None
        if not fresh:
            self.state = self._read()
        if not self.state.filled:
            self._empty()
            self.state = State()
            self.save()
        self.mail.mkdir(exist_ok=True)

    def leave(self) -> None:
        """Let the folder go."""
        if self._lock is not None:
            self._lock.close()

    def save(self) -> None:
        """Keep the state, readable to nobody else, whole or not at all."""
        path = self.folder / _MARK
        draft = path.with_suffix(".part")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(self.state)))
        draft.replace(path)

    def configure(self, *, smtp_port: int) -> None:
        """Write the server's settings; the mailbox listens on another port each time."""
        database = sa.URL.create("sqlite", database=str((self.folder / "frostgate.db").resolve()))
        settings = {
            "database": database.render_as_string(),
            "host": HOST,
            "port": self.port,
            "public_url": f"http://{HOST}:{self.port}",
        }
        mail = {"host": HOST, "port": smtp_port, "security": "none", "sender": "no-reply@frostgate.example"}
        # A basic string of TOML is written like one of JSON.
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        lines += ["", "[mail]", *(f"{name} = {json.dumps(value)}" for name, value in mail.items())]
        lines += ["", "[sign_in]", "second_factor_roles = []  # whoever looks at a demo has no phone for each role"]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def make_superintendent(self, settings: Settings) -> None:
        """Make the first operator, before there is a server: whoever installs the real one does the same."""
        from frostgate.app import Program
        from frostgate.base.migrations import upgrade
        from frostgate.directory.service import bootstrap

        self.state.passwords = {person.email: new_secret() for person in STAFF}
        self.save()
        first = STAFF[0]
        program = Program(settings, clock=SystemClock())
        try:
            upgrade(program.database)
            bootstrap(
                program.uow,
                email=first.email,
                password=self.state.passwords[first.email],
                name=first.name,
                passwords=program.passwords,
            )
        finally:
            program.database.close()

    def furnish(self) -> None:
        """Through the public API: the tenants, everybody else who works here, and the machines' tokens."""
        boss = self._sign_in(STAFF[0])
        for tenant in TENANTS:
            boss.post("/v1/tenants", msgspec.to_builtins(tenant))
        for person in STAFF[1:]:
            draft = {"email": person.email, "name": person.name, "role": person.role.value}
            draft |= {"password": self.state.passwords[person.email]}
            boss.post("/v1/operators", {**draft, "tenant_id": person.tenant_id})
        for role in MACHINES:
            draft = {"name": f"demo {role.value}", "purpose": role.value, "tenant_id": ACME}
            self.state.tokens[role.value] = boss.post("/v1/tokens", draft)["secret"]

    def sign_everybody_in(self) -> None:
        """One session for each role; those of the last start may have run out."""
        for person in STAFF:
            self.sessions[person.role] = self._sign_in(person)
        for role in MACHINES:
            self.sessions[role] = self._client(self.state.tokens[role.value])

    def _sign_in(self, person: Person) -> Client:
        credentials = {"email": person.email, "password": self.state.passwords[person.email]}
        try:
            opened = self._client().post("/v1/session", credentials)
        except Unexpected as error:
            raise CannotTell("folder_spoilt", folder=self.folder, problem=error) from None
        if "session" not in opened:  # somebody tried out second factors in it
            raise CannotTell("folder_factor", folder=self.folder, person=person.email)
        self.names[f"operator:{opened['session']['operator']['id']}"] = person.name
        return self._client(opened["secret"])

    def _client(self, token: str | None = None) -> Client:
        return Client(self.port, token, language=self.language)

    def _read(self) -> State:
        path = self.folder / _MARK
        if not path.exists():
            return State()
        try:
            state = _read_state(path.read_bytes())
        except (OSError, msgspec.DecodeError) as error:
            raise CannotTell("folder_spoilt", folder=self.folder, problem=error) from None
        if state.format != FORMAT:
            raise CannotTell("folder_other_version", folder=self.folder)
        return state

    def _check_is_ours(self) -> None:
        """A server's own database may lie here, for example where somebody ran `frostgate serve` before."""
        found = [name for name in _OURS if (self.folder / name).exists()]
        if found and not (self.folder / _MARK).exists():
            raise CannotTell("folder_foreign", folder=self.folder, name=found[0])

    def _empty(self) -> None:
        for name in _OURS:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
