"""A house that owes notices: real database, real templates, real SMTP on the loopback, a clock moved by hand."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from frostgate.base.clock import HandClock
from frostgate.base.database import Database, metadata
from frostgate.base.ids import Ids
from frostgate.base.journal import GENESIS, entries, journal_head
from frostgate.base.model import SYSTEM, Actor, ActorKind, Language
from frostgate.base.reconciler import Reconciler
from frostgate.base.uow import UnitOfWork
from frostgate.base.vault import Vault
from frostgate.cases.reactions import open_for_undeliverable
from frostgate.directory import store as directory
from frostgate.directory.model import Account, Tenant, UnknownAccounts
from frostgate.notices import service, store
from frostgate.notices.channels.email import Email, Smtp
from frostgate.notices.deliver import Carrier, Deliver
from frostgate.notices.facts import NoticeUndeliverable
from frostgate.notices.model import Channel, Notice
from frostgate.notices.render import Renderer, Site
from frostgate.notices.signing import seal
from frostgate.standing import service as standing
from frostgate.standing.model import Cause, Finding, Hold, HoldPlaced, HoldReleased, Kind, Subject

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # in Beijing
SITE = Site(platform="Frostgate", help_url="https://id.example.com/help", check_url="https://id.example.com/verify")
OPERATOR = Actor(ActorKind.OPERATOR, "wang")


class Postbox:
    """What the mail server took, and how it answers: `refuse` at RCPT, `refuse_data` after DATA, `hang_up`.

    `refused` answers single addresses so.
    """

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.refuse: str | None = None
        self.refused: dict[str, str] = {}
        self.refuse_data: str | None = None
        self.hang_up = False

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.hang_up:
            assert server.transport is not None
            server.transport.abort()
            return "421 gone"
        if answer := self.refused.get(address, self.refuse):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse_data is not None:
            return self.refuse_data
        self.mails.append(envelope)
        return f"250 OK queued as {len(self.mails)}"


class Server(Controller):
    """A mail server on a loopback port that the system chose."""

    def __init__(self, postbox: Postbox, **options: Any) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(postbox, hostname="127.0.0.1", port=self.socket.getsockname()[1], **options)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.socket, ssl=self.ssl_context)


class House:
    """Acme and its accounts, and the notices that it owes them."""

    def __init__(self, folder: Path, port: int) -> None:
        self.clock = HandClock(NOON)
        self.database = Database(f"sqlite:///{folder / 'house.db'}")
        metadata.create_all(self.database.engine)
        self.reactions: dict[Any, list[Any]] = {
            HoldPlaced: [partial(service.owe_for_hold_placed, by_text=lambda *_: True)],
            HoldReleased: [partial(service.owe_for_hold_released, by_text=lambda *_: True)],
            NoticeUndeliverable: [open_for_undeliverable],
        }
        self.uow = UnitOfWork(self.database, clock=self.clock, ids=Ids(), reactions=self.reactions)
        with self.database.write() as connection:
            connection.execute(journal_head.insert().values(id=1, number=0, hash=GENESIS))
        self.tenant("acme", "security@acme.example.com")
        self.account("li", "li@acme.example.com", Language.EN)
        self.vault = Vault([], key_file=folder / "house.db.key")
        self.port = port
        self.email = self.emails(port)
        self.deliver = self.delivery(self.email)

    def emails(self, port: int, **options: Any) -> Email:
        settings = {
            "host": "127.0.0.1",
            "port": port,
            "sender": "notice@id.example.com",
            "sender_name": "Frostgate",
            "security": "none",
            **options,
        }
        return Email(Smtp(**settings), clock=self.clock, seal=partial(seal, self.vault))

    def delivery(
        self, carrier: Carrier, *, sms: Carrier | None = None, renderer: type[Renderer] = Renderer, site: Site = SITE
    ) -> Reconciler[Notice]:
        duty = Deliver(renderer(site), {Channel.EMAIL: carrier} | ({Channel.SMS: sms} if sms else {}), clock=self.clock)
        return Reconciler(duty, self.uow, fraction=lambda: 0.5)

    def tenant(self, tenant_id: str, email: str) -> None:
        tenant = Tenant(
            id=tenant_id,
            name=tenant_id.title(),
            language=Language.ZH,
            time_zone="Asia/Shanghai",
            contact_email=email,
            unknown_accounts=UnknownAccounts.ADMIT,
            created_at=NOON,
        )
        with self.uow.begin() as tx:
            directory.add_tenant(tx.connection, tenant)

    def account(
        self, account_id: str, email: str | None, language: Language | None = None, mobile: str | None = None
    ) -> None:
        account = Account(
            tenant_id="acme", id=account_id, email=email, mobile=mobile, language=language, created_at=NOON
        )
        with self.uow.begin() as tx:
            directory.save_accounts(tx.connection, [account])

    def hold(
        self,
        account_id: str | None = "li",
        *,
        kind: Kind = Kind.FREEZE,
        cause: Cause = Cause.ABNORMAL_LOGIN,
        tenant_id: str = "acme",
    ) -> Hold:
        with self.uow.begin() as tx:
            return standing.place_hold(
                tx,
                subject=Subject(tenant_id=tenant_id, account_id=account_id),
                kind=kind,
                cause=cause,
                reason="login.impossible-journey",
                actor=SYSTEM,
            )

    def release(self, hold: Hold, finding: Finding = Finding.CONDITION_MET) -> None:
        with self.uow.begin() as tx:
            standing.release_hold(
                tx, hold.id, tenant_id=hold.subject.tenant_id, finding=finding, actor=OPERATOR, reason="verified"
            )

    def notices(self, tenant_id: str = "acme", **wanted: Any) -> list[Notice]:
        with self.uow.look() as connection:
            return store.list_notices(connection, tenant_id=tenant_id, **wanted)[::-1]

    def attempts(self, notice: Notice) -> list[tuple[str, str]]:
        with self.uow.look() as connection:
            return [(a.outcome, a.detail) for a in store.attempts_of(connection, notice)]

    def facts(self) -> list[str]:
        with self.uow.look() as connection:
            return [entry.fact for entry in entries(connection, tenant_id="acme")]

    def rows(self, table: sa.Table) -> list[sa.Row[Any]]:
        with self.uow.look() as connection:
            return list(connection.execute(sa.select(table)))

    def round(self) -> int:
        return asyncio.run(self.deliver.run_once())

    def later(self, **time: float) -> int:
        self.clock.move(timedelta(**time))
        return self.round()


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def server(postbox: Postbox) -> Iterator[Server]:
    server = Server(postbox)
    server.start()
    yield server
    server.stop()
    server.socket.close()


@pytest.fixture
def house(tmp_path: Path, server: Server) -> Iterator[House]:
    house = House(tmp_path, server.port)
    yield house
    house.database.close()
