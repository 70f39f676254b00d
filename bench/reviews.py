"""The review of a quarter for everybody at once, beside only reading what it shows."""

from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from bench.billing import TENANTS
from bench.result import Figure
from bench.stores import STORES
from frostgate.app import Program
from frostgate.base.calendar import Calendar
from frostgate.base.clock import HandClock
from frostgate.base.database import micros
from frostgate.base.sql import insert_rows
from frostgate.checkups.people import machines_of, people_of
from frostgate.checkups.reviews.counting import count_sign_ins
from frostgate.checkups.reviews.making import AT_ONCE, run_reviews
from frostgate.checkups.reviews.model import Quarter
from frostgate.config import Settings
from frostgate.directory.credentials import operators, tokens
from frostgate.directory.store import tenants
from frostgate.events.store import COLUMNS, events

JOINED = datetime(2026, 1, 5, tzinfo=UTC)
MORNING = datetime(2026, 4, 1, 1, tzinfo=UTC)  # nine at Beijing, a Wednesday
HOME = Calendar(time_zone="Asia/Shanghai", region="CN")
PEOPLE, TOKENS, SIGN_INS = 5, 3, 50  # of each tenant
SAID = '{"signals":{"geo.country":"CN","device.known":true}}'


def run(*, quick: bool) -> list[Figure]:
    """All figures."""
    count = TENANTS // 10 if quick else TENANTS
    return [figure for name in STORES for figure in _of_store(name, count)]


def _of_store(name: str, count: int) -> list[Figure]:
    with STORES[name]() as url:
        clock = HandClock(JOINED)
        program = Program(Settings(database=url), clock=clock)
        program.prepare()
        with program.database.write() as connection:
            _fill(connection, count)
            connection.exec_driver_sql("ANALYZE")
        clock.move_to(MORNING)
        reading = _read(program, count)
        start = perf_counter()
        made = run_reviews(program.uow, home=HOME)
        took = perf_counter() - start
        start = perf_counter()
        again = run_reviews(program.uow, home=HOME)
        nobody = perf_counter() - start
        program.database.close()
    of_what = f"of {count:,} tenants, each with {PEOPLE} people, {TOKENS} tokens, {SIGN_INS} sign-ins"
    return [
        Figure(
            name=f"reviews of a quarter, {name}",
            value=took,
            unit="s",
            yardstick=reading,
            yardstick_is="only reading what they show",
            ratio=took / reading,
            target="under 300 s: then it is asked again",
            met=took < 300 and made == count,
            note=f"{made:,} {of_what}; {AT_ONCE} in a transaction, each with its notice",
        ),
        Figure(
            name=f"reviews with none to make, {name}",
            value=nobody * 1e3,
            unit="ms",
            yardstick=reading * 1e3,
            yardstick_is="only reading what they show",
            ratio=nobody / reading,
            target="nobody is looked at",
            met=again == 0,
            note=of_what,
        ),
    ]


def _read(program: Program, count: int) -> float:
    """How long it takes to read what reviews show, a hundred tenants at a time."""
    quarter = Quarter.of(MORNING.date()).before
    since, until = HOME.instant(quarter.first), HOME.instant(quarter.end)
    start = perf_counter()
    with program.uow.look() as connection:
        for first in range(0, count, AT_ONCE):
            names = [f"t{number}" for number in range(first, min(count, first + AT_ONCE))]
            count_sign_ins(connection, names, since=since, until=until)
            people_of(connection, names)
            machines_of(connection, names, at=MORNING)
    return perf_counter() - start


def _fill(connection: sa.Connection, count: int) -> None:
    for start in range(0, count, 200):
        names = [f"t{number}" for number in range(start, min(count, start + 200))]
        joined = micros(JOINED)
        _insert(
            connection, tenants, [(n, n, "en", HOME.time_zone, "a@b.example", "admit", joined, False) for n in names]
        )
        staff, machines, rows = [], [], []
        for name in names:
            for number in range(PEOPLE):
                ident = f"{name}-{number}"
                staff.append((ident, f"{ident}@b.example", ident, "tenant_admin", name, True, "-", joined))
            for number in range(TOKENS):
                ident = f"{name}-{number}"
                machines.append((ident, ident, ident, "ingest", "ingest", name, None, joined, None, None))
            for number in range(SIGN_INS):
                at = micros(JOINED + timedelta(days=number))
                data = f'{{"account":"li{number % 5}","ip":"101.6.6.6","outcome":"success"}}'
                ident = f"{name}-{number}"
                rows.append((name, "/im", ident, "login", at, at, f"li{number % 5}", data, ident, 1, 0, SAID))
        _insert(connection, operators, staff)
        _insert(connection, tokens, machines)
        insert_rows(connection, events, COLUMNS, rows)


def _insert(connection: sa.Connection, table: sa.Table, rows: list[tuple[Any, ...]]) -> None:
    insert_rows(connection, table, table.columns.keys(), rows)
