"""The nightly dunning pass and the hourly one for alerts: everybody at once, beside only reading what they rest on."""

from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from bench.billing import AT, TENANTS, explained, fill
from bench.result import Figure
from bench.stores import STORES
from frostgate.app import Program
from frostgate.base.clock import HandClock
from frostgate.base.database import micros
from frostgate.base.model import SYSTEM
from frostgate.base.sql import insert_rows
from frostgate.billing.alerts import store as alerts
from frostgate.billing.alerts.looking import read_figures, run_alerts
from frostgate.billing.dunning import store
from frostgate.billing.dunning.service import reconsider, run_dunning
from frostgate.billing.ledger import documents
from frostgate.billing.pricing import service as pricing
from frostgate.billing.pricing import store as plans
from frostgate.billing.pricing.model import BillingPlanDraft, PriceListDraft, Rate, Tier, Unit
from frostgate.config import Settings
from frostgate.notices.contacts import store as contacts

NIGHT = datetime(2026, 6, 2, 3, 0, tzinfo=UTC)  # eleven in the morning at Beijing: notices go out by day
TOLD_BEFORE = 500  # tenants


def run(*, quick: bool) -> list[Figure]:
    """All figures."""
    count = TENANTS // 10 if quick else TENANTS
    return [figure for name in STORES for figure in _of_store(name, count)]


def _of_store(name: str, count: int) -> list[Figure]:
    with STORES[name]() as url:
        clock = HandClock(AT)
        program = Program(Settings(database=url), clock=clock)
        program.prepare()
        _fill(program, count + TOLD_BEFORE)
        clock.move_to(NIGHT)
        _tell_some(program)
        with program.uow.look() as connection:
            start = perf_counter()
            open_items = documents.open_items(connection, tenant_id=None)
            reading = perf_counter() - start
            plan = explained(connection, lambda: store.due(connection, NIGHT, limit=500))
        note = f"of {count:,} tenants, {len(open_items):,} open invoices"
        figures = [_pass(program, name, reading, plan, note), _again(program, name, reading, count)]
        figures.append(_alerts(program, name, count))
        program.database.close()
    return figures


def _tell_some(program: Program) -> None:
    """No table is empty on a real night, and the database has counted what is in each."""
    for number in range(TOLD_BEFORE):
        with program.uow.begin() as tx:
            reconsider(tx, tenant_id=f"t{number}")
    with program.database.write() as connection:
        connection.exec_driver_sql("ANALYZE")


def _pass(program: Program, where: str, reading: float, plan: list[str], of_what: str) -> Figure:
    """Everybody is due at once: the worst night there is."""
    start = perf_counter()
    looked_at = run_dunning(program.uow)
    took = perf_counter() - start
    with program.uow.look() as connection:
        said = connection.execute(sa.select(sa.func.count()).select_from(store.letters)).scalar_one()
    return Figure(
        name=f"dunning pass, {where}",
        value=took,
        unit="s",
        yardstick=reading,
        yardstick_is="only reading what everybody owes",
        ratio=took / reading,
        target="under 60 s",
        met=took < 60,
        note=f"{looked_at:,} {of_what}; {said:,} notices owed, a transaction each on the disk; {'; '.join(plan)}",
    )


def _again(program: Program, where: str, reading: float, count: int) -> Figure:
    """A minute later: nobody is due, and nobody is looked at."""
    start = perf_counter()
    looked_at = run_dunning(program.uow)
    took = perf_counter() - start
    return Figure(
        name=f"dunning pass with nobody due, {where}",
        value=took * 1e3,
        unit="ms",
        yardstick=reading * 1e3,
        yardstick_is="only reading what everybody owes",
        ratio=took / reading,
        target="nobody is looked at",
        met=looked_at == 0,
        note=f"{count:,} tenants with open invoices",
    )


def _alerts(program: Program, where: str, count: int) -> Figure:
    """Everybody watches the balance and is due at once; of a hundred, one is told."""
    names = [f"t{number}" for number in range(count)]
    with program.database.write() as connection:
        _watch(connection, names)
        connection.exec_driver_sql("ANALYZE")
    with program.uow.look() as connection:
        start = perf_counter()
        for name in names:
            read_figures(connection, tenant_id=name, at=NIGHT)
        reading = perf_counter() - start
        plan = explained(connection, lambda: alerts.due(connection, NIGHT))
    start = perf_counter()
    looked_at = run_alerts(program.uow)
    took = perf_counter() - start
    with program.uow.look() as connection:
        spoken = alerts.thresholds.c.spoken_at.is_not(None)
        told = connection.execute(sa.select(sa.func.count()).select_from(alerts.thresholds).where(spoken)).scalar_one()
    return Figure(
        name=f"alert pass, {where}",
        value=took,
        unit="s",
        yardstick=reading,
        yardstick_is="only reading how everybody's money stands",
        ratio=took / reading,
        target="under 300 s: after an hour all are due again",
        met=took < 300 and looked_at == count,
        note=f"{looked_at:,} tenants, {told:,} alerts owed, a transaction each on the disk; {'; '.join(plan)}",
    )


def _watch(connection: sa.Connection, names: list[str]) -> None:
    """A confirmed contact and a threshold for each. All have 5.00 left, and each hundredth wants to hear of 10.00."""
    now, rows = micros(NIGHT), list[tuple[Any, ...]]()
    for number, name in enumerate(names):
        at = 400 if number % 100 else 1_000
        rows.append((name, "t", "balance", "falls", at, at + 200, "[]", None))
    insert_rows(connection, alerts.thresholds, alerts.thresholds.columns.keys(), rows)
    people = [(name, "c", "Lin", "finance", "en", now) for name in names]
    insert_rows(connection, contacts.contacts, contacts.contacts.columns.keys(), people)
    read = [(name, "c", "email", "lin@b.example", None, None, 0, now, None) for name in names]
    insert_rows(connection, contacts.ways, contacts.ways.columns.keys(), read)
    insert_rows(connection, alerts.looks, alerts.looks.columns.keys(), [(name, now) for name in names])
    closed = [(name, "2026-06-01") for name in names]  # every month that has ended is billed
    insert_rows(connection, plans.usage_closed, plans.usage_closed.columns.keys(), closed)


def _fill(program: Program, count: int) -> None:
    """Ledgers of years, a plan for everybody, and everybody due now."""
    with program.database.write() as connection:
        fill(connection, count)
    tiers = (Tier(beyond=0, price=1_000_000),)
    with program.uow.begin() as tx:
        rates = (Rate(unit=Unit.VOICE_MINUTE, tiers=tiers),)
        prices = PriceListDraft(series="standard", currency="CNY", valid_from=date(2025, 1, 1), rates=rates)
        pricing.publish_prices(tx, prices, actor=SYSTEM)
        draft = BillingPlanDraft(name="Standard", currency="CNY", prices="standard")
        number = pricing.publish_plan(tx, draft, actor=SYSTEM).number
    names = [f"t{each}" for each in range(count)]
    given = [(name, "2025-01-01", number, "CN", 0, "system:bench") for name in names]
    with program.database.write() as connection:
        insert_rows(connection, plans.tenant_billing_plans, plans.tenant_billing_plans.columns.keys(), given)
        insert_rows(connection, store.looks, store.looks.columns.keys(), [(name, 0) for name in names])
