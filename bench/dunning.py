"""The nightly dunning pass: everybody who has something due, beside reading what they owe."""

from datetime import UTC, date, datetime
from time import perf_counter

import sqlalchemy as sa

from bench.billing import AT, TENANTS, explained, fill
from bench.result import Figure
from bench.stores import STORES
from frostgate.app import Program
from frostgate.base.clock import HandClock
from frostgate.base.model import SYSTEM
from frostgate.base.sql import insert_rows
from frostgate.billing.dunning import store
from frostgate.billing.dunning.service import run_dunning
from frostgate.billing.ledger import documents
from frostgate.billing.pricing import service as pricing
from frostgate.billing.pricing import store as plans
from frostgate.billing.pricing.model import BillingPlanDraft, PriceListDraft, Rate, Tier, Unit
from frostgate.config import Settings

NIGHT = datetime(2026, 6, 2, 3, 0, tzinfo=UTC)  # eleven in the morning at Beijing: notices go out by day


def run(*, quick: bool) -> list[Figure]:
    """All figures."""
    count = TENANTS // 10 if quick else TENANTS
    return [figure for name in STORES for figure in _of_store(name, count)]


def _of_store(name: str, count: int) -> list[Figure]:
    with STORES[name]() as url:
        clock = HandClock(AT)
        program = Program(Settings(database=url), clock=clock)
        program.prepare()
        _fill(program, count)
        clock.move_to(NIGHT)
        with program.uow.look() as connection:
            start = perf_counter()
            open_items = documents.open_items(connection, tenant_id=None)
            reading = perf_counter() - start
            plan = explained(connection, lambda: store.due(connection, NIGHT, limit=500))
        note = f"of {count:,} tenants, {len(open_items):,} open invoices"
        figures = [_pass(program, name, reading, plan, note), _again(program, name, reading, count)]
        program.database.close()
    return figures


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
