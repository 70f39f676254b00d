"""Programs without HTTP on one database: several are several processes, as far as the database can see."""

from datetime import timedelta
from typing import Any

import msgspec

from frostgate.app import Program
from frostgate.base.clock import HandClock
from frostgate.config import Settings
from frostgate.directory import service
from frostgate.directory.auth import SYSTEM
from frostgate.events.model import DATA, Event, EventType
from frostgate.signals.profile import Profiles
from servers import NOON


class House:
    """Programs on one database and one clock, and tenants in it."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.url = url
        self.settings = Settings(database=url, **settings)
        self.clock = HandClock(NOON)
        self.opened: list[Program] = []
        self.program = self.another()
        self._number = 0

    def another(self) -> Program:
        """A second process, as far as the database can see."""
        program = Program(self.settings, clock=self.clock)
        program.prepare()
        self.opened.append(program)
        return program

    def close(self) -> None:
        """Let go of the database."""
        for program in self.opened:
            program.database.close()

    def tenant(self, tenant_id: str = "acme") -> str:
        with self.program.uow.begin() as tx:
            service.create_tenant(
                tx, tenant_id=tenant_id, name=tenant_id, contact_email=f"security@{tenant_id}.example", actor=SYSTEM
            )
        return tenant_id

    def event(self, kind: str = "login", /, *, tenant_id: str = "acme", named: str | None = None, **data: Any) -> Event:
        """An event that happens now."""
        self._number += 1
        on = EventType(kind)
        known = (
            {"account": "li", "ip": "101.6.6.6", "outcome": "success"} if on is EventType.LOGIN else {"account": "li"}
        )
        return Event(
            tenant_id=tenant_id,
            source="/im",
            id=named or f"e{self._number}",
            type=on,
            time=self.clock.now(),
            received_at=self.clock.now(),
            data=msgspec.convert({**known, **data}, DATA[on]),
        )

    def journey(self, account: str = "li") -> list[Event]:
        """Beijing, and an hour later Frankfurt on a new device; the clock stands there then."""
        first = self.event(account=account, device="iphone")
        self.clock.move(timedelta(hours=1))
        return [first, self.event(account=account, ip="91.65.1.1", device="pixel")]


def remembered(program: Program) -> dict[str, Any]:
    """Everything that deciding remembers, so that equal memory is equal here."""
    found: dict[str, Any] = {}
    for name, body in program.running.reader.dump().items():
        _, entities = msgspec.msgpack.decode(body)
        found[name] = sorted((str(key), entity) for key, entity in entities)
    assert f"profiles@{Profiles.fingerprint}" in found
    return found


def fill_the_disk(program: Program) -> None:
    """From now on SQLite finds no room for another page."""
    with program.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def empty_the_disk(program: Program) -> None:
    """There is room again."""
    with program.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
