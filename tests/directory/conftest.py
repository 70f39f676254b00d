"""A house with a real database in a file, a clock moved by hand, and cheap password hashing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from authenticators import Portal
from frostgate.base.clock import HandClock
from frostgate.base.database import Database, metadata
from frostgate.base.ids import Ids
from frostgate.base.journal import GENESIS, entries, journal_head
from frostgate.base.uow import UnitOfWork
from frostgate.base.vault import Vault
from frostgate.base.web import RequestIds, exception_handlers, problem_page
from frostgate.directory import auth, service, signin, tokens
from frostgate.directory.factors.kit import FactorKit
from frostgate.directory.guards import AUTHENTICATOR, PRINCIPAL, deny_unless_allowed
from frostgate.directory.model import Operator, Principal, Purpose, Tenant, TokenRevoked
from frostgate.directory.passwords import Passwords
from frostgate.directory.permissions import Role
from frostgate.directory.routes import ROUTES
from frostgate.directory.sessions.model import SecondFactors, Whence
from frostgate.directory.sessions.opening import SignInKit
from world import World

PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class House:
    """The directory with everything that it stands on."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock(datetime(2026, 3, 1, 8, tzinfo=UTC))
        self.database = Database(f"sqlite:///{folder / 'house.db'}")
        metadata.create_all(self.database.engine)
        with self.database.write() as connection:
            connection.execute(journal_head.insert().values(id=1, number=0, hash=GENESIS))
        self.passwords = Passwords(CHEAP)
        self.authenticator = auth.Authenticator(
            self.database, clock=self.clock, seconds=lambda: self.clock.now().timestamp()
        )
        reactions = {TokenRevoked: [self.authenticator.forget_after]}
        self.uow = UnitOfWork(self.database, clock=self.clock, ids=Ids(), reactions=reactions)
        self._hash = self.passwords.hash(PASSWORD)

    def tenant(self, tenant_id: str = "acme") -> Tenant:
        with self.uow.begin() as tx:
            return service.create_tenant(
                tx,
                tenant_id=tenant_id,
                name=tenant_id.title(),
                contact_email=f"security@{tenant_id}.example",
                actor=auth.SYSTEM,
            )

    def operator(self, role: Role, *, tenant_id: str | None = None, email: str | None = None) -> Operator:
        with self.uow.begin() as tx:
            return service.add_operator(
                tx,
                email=email or f"{role}@frostgate.example",
                name=role.value,
                role=role,
                tenant_id=tenant_id,
                password_hash=self._hash,
                by=auth.SYSTEM_PRINCIPAL,
            )

    def sign_in(self, email: str, password: str = PASSWORD, *, address: str = "203.0.113.7") -> signin.SignedIn:
        found = signin.sign_in(self.uow, email=email, password=password, whence=Whence(address), kit=self.kit)
        assert isinstance(found, signin.SignedIn)
        return found

    @property
    def kit(self) -> SignInKit:
        factors = FactorKit(vault=Vault((), key_file=None), issuer="", party=None, is_held=lambda *_, **__: False)
        return SignInKit(passwords=self.passwords, factors=factors, second=SecondFactors())

    def principal(self, role: Role, *, tenant_id: str | None = None) -> Principal:
        return self.sign_in(self.operator(role, tenant_id=tenant_id).email).principal

    def bearer(self, role: Role, *, tenant_id: str | None = None) -> dict[str, str]:
        operator = self.operator(role, tenant_id=tenant_id)
        return {"authorization": f"Bearer {self.sign_in(operator.email).secret}"}

    def token(self, purpose: Purpose, *, tenant_id: str | None = None, **kwargs: Any) -> tuple[str, str]:
        """The secret and the id of a new token."""
        with self.uow.begin() as tx:
            secret, token = tokens.issue_token(
                tx,
                name="test",
                purpose=purpose,
                tenant_id=tenant_id,
                **{"by": auth.SYSTEM_PRINCIPAL, **kwargs},
            )
        return secret, token.id

    def facts(self) -> list[str]:
        with self.uow.look() as connection:
            return [entry.fact for entry in entries(connection, tenant_id=None, limit=1000)]

    def everything_stored(self) -> str:
        """All rows of all tables as one text: to look for what must not be there."""
        with self.uow.look() as connection:
            return "\n".join(str(row) for table in metadata.sorted_tables for row in connection.execute(table.select()))

    def _told(self, app: Any) -> Any:
        """The application as the server calls it: every request knows the authenticator."""

        async def told(scope: Any, receive: Any, send: Any) -> None:
            scope[AUTHENTICATOR] = self.authenticator
            await app(scope, receive, send)

        return told

    def app(self, *more: Any) -> Litestar:
        return Litestar(
            [ROUTES, problem_page, *more],
            guards=[deny_unless_allowed],
            dependencies={
                "work": Provide(lambda: self.uow, sync_to_thread=False),
                "passwords": Provide(lambda: self.passwords, sync_to_thread=False),
                "staff": Provide(lambda: self.kit, sync_to_thread=False),
                "principal": PRINCIPAL,
            },
            exception_handlers=exception_handlers(),
            middleware=[self._told],
            logging_config=None,
            openapi_config=None,
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.database.close()


@pytest.fixture
def client(house: House) -> Iterator[TestClient[Any]]:
    with TestClient(RequestIds(house.app()), raise_server_exceptions=False) as opened:  # type: ignore[arg-type]
        yield opened


@pytest.fixture
def portal(shared: World) -> Portal:
    """The account pages of a new tenant, for its account li."""
    return Portal(shared.tenant(f"t{shared.number()}").account("li", display_name="李雷"))
