"""A house where holds open cases and people decide them, on a real database with a clock moved by hand."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.testing import TestClient

from frostgate.base.clock import HandClock
from frostgate.base.database import Database, metadata
from frostgate.base.ids import Ids
from frostgate.base.journal import GENESIS, entries, journal_head
from frostgate.base.model import SYSTEM, Actor, ActorKind, Fact
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.base.web import exception_handlers
from frostgate.cases import release_routes, releases, routes, service, store
from frostgate.cases.actions import Action
from frostgate.cases.facts import CaseReleased
from frostgate.cases.model import Case
from frostgate.cases.notes import routes as notes
from frostgate.cases.reactions import close_for_release, open_for_hold
from frostgate.directory.model import Principal
from frostgate.directory.permissions import PERMISSIONS, Role
from frostgate.standing import service as standing
from frostgate.standing import store as holds
from frostgate.standing.model import Cause, Finding, Hold, HoldPlaced, HoldReleased, Kind, Subject

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def person(name: str) -> Actor:
    return Actor(ActorKind.OPERATOR, name)


class Book:
    """Evidence that says what it was asked."""

    def decision(self, connection: sa.Connection, decision_id: str, tenant_id: str) -> Any | None:
        return {"decision": decision_id, "tenant": tenant_id}

    def events_around(self, connection: sa.Connection, account_id: str, tenant_id: str, at: datetime) -> Sequence[Any]:
        return [{"account": account_id, "tenant": tenant_id, "at": at}]


class House:
    """Holds, their cases, and the people who decide."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock(NOON)
        self.database = Database(f"sqlite:///{folder / 'house.db'}")
        metadata.create_all(self.database.engine)
        self.learned: list[CaseReleased] = []
        reactions: dict[type[Fact], Sequence[Any]] = {
            HoldPlaced: [open_for_hold],
            HoldReleased: [close_for_release],
            CaseReleased: [self._learn],
        }
        self.uow = UnitOfWork(self.database, clock=self.clock, ids=Ids(), reactions=reactions)
        with self.database.write() as connection:
            connection.execute(journal_head.insert().values(id=1, number=0, hash=GENESIS))

    def _learn(self, tx: Tx, fact: CaseReleased, actor: Actor) -> None:
        self.learned.append(fact)

    def hold(
        self,
        account_id: str | None = "li",
        *,
        kind: Kind = Kind.FREEZE,
        cause: Cause = Cause.BULK_OPERATION,
        tenant_id: str = "acme",
    ) -> Hold:
        with self.uow.begin() as tx:
            return standing.place_hold(
                tx,
                subject=Subject(tenant_id=tenant_id, account_id=account_id),
                kind=kind,
                cause=cause,
                reason="content.gambling",
                evidence_key="e1",
                decision_id="d1",
                actor=SYSTEM,
            )

    def ends(self, hold: Hold, finding: Finding = Finding.CONDITION_MET) -> None:
        """The hold is released by another room: paid, verified, cooled down."""
        with self.uow.begin() as tx:
            standing.release_hold(
                tx, hold.id, tenant_id=hold.subject.tenant_id, finding=finding, actor=SYSTEM, reason="paid"
            )

    def does(self, name: str, what: str, case_id: str, **details: Any) -> Case:
        """A person does one of the service's decisions."""
        details = {"tenant_id": None, "actor": person(name), "reason": f"{name} says so", **details}
        with self.uow.begin() as tx:
            room = releases if hasattr(releases, what) else service
            case: Case = getattr(room, what)(tx, case_id, **details)
        return case

    def case(self, case_id: str) -> Case:
        with self.uow.look() as connection:
            return store.get_case(connection, case_id, tenant_id=None)

    def actions(self, case_id: str) -> list[Action]:
        with self.uow.look() as connection:
            return store.actions_of(connection, store.get_case(connection, case_id, tenant_id=None))

    def hold_now(self, hold_id: str, tenant_id: str = "acme") -> Hold:
        with self.uow.look() as connection:
            return holds.get_hold(connection, hold_id, tenant_id=tenant_id)

    def open_kinds(self, account_id: str = "li") -> set[Kind]:
        with self.uow.look() as connection:
            return {h.kind for h in holds.open_holds(connection, Subject(tenant_id="acme", account_id=account_id))}

    def facts(self) -> list[str]:
        with self.uow.look() as connection:
            return [entry.fact for entry in entries(connection, tenant_id="acme")]

    def client(self, name: str = "wang", *, role: Role = Role.LEAD, tenant_id: str | None = None) -> TestClient[Any]:
        principal = Principal(actor=person(name), role=role, tenant_id=tenant_id, permissions=PERMISSIONS[role])
        app = Litestar(
            [Router("/v1", route_handlers=[routes.ROUTES, release_routes.ROUTES, notes.ROUTES])],
            dependencies={
                "work": Provide(lambda: self.uow, sync_to_thread=False),
                "principal": Provide(lambda: principal, sync_to_thread=False),
                "evidence": Provide(Book, sync_to_thread=False),
            },
            exception_handlers=exception_handlers(),
            openapi_config=None,
        )
        return TestClient(app)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.database.close()
