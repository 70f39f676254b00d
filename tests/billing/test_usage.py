"""Usage in the database, on both kinds: counted once, billed for one day, and traceable to its events."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from frostgate.base.errors import Refused
from frostgate.base.journal import entries
from frostgate.base.model import SYSTEM
from frostgate.billing.pricing import service, store
from frostgate.billing.pricing.model import (
    BillingPlanDraft,
    BillingPlanNotAssigned,
    Period,
    PriceListDraft,
    Rate,
    Tier,
    Unit,
    Usage,
    UsageReused,
)
from frostgate.billing.pricing.rating import Line
from frostgate.billing.pricing.service import AssignmentDraft
from frostgate.directory.errors import TenantUnknown
from frostgate.standing.model import Service
from house import House
from plans import plan_of, scans
from servers import NOON
from together import asked, at_once

FEN = 1_000_000
MARCH = Period.of(date(2026, 3, 1))


class Shop(House):
    """A platform with prices, and a tenant in Shanghai that uses what they are for."""

    def prices(self, valid_from: date = date(2026, 1, 1), *, fen: int = 5) -> int:
        rates = tuple(Rate(unit=unit, tiers=(Tier(price=fen * FEN),)) for unit in Unit)
        draft = PriceListDraft(series="standard", currency="CNY", valid_from=valid_from, rates=rates)
        with self.program.uow.begin() as tx:
            return service.publish_prices(tx, draft, actor=SYSTEM).number

    def plan(self, name: str = "Standard", **more: Any) -> int:
        draft = BillingPlanDraft(name=name, currency="CNY", prices="standard", **more)
        with self.program.uow.begin() as tx:
            return service.publish_plan(tx, draft, actor=SYSTEM).number

    def gives(self, plan: int, from_day: date = date(2026, 1, 1)) -> None:
        with self.program.uow.begin() as tx:
            draft = AssignmentDraft(plan=plan, from_day=from_day, region="CN")
            service.assign_plan(tx, draft, tenant_id="acme", actor=SYSTEM)

    def usage(self, quantity: int = 1, *, at: datetime = NOON, named: str | None = None, **more: Any) -> Usage:
        self._number += 1
        return Usage(
            **{
                "tenant_id": "acme",
                "source": "/im",
                "event_id": named or f"u{self._number}",
                "account_id": "li",
                "unit": Unit.MESSAGE,
                "quantity": quantity,
                "at": at,
                **more,
            }
        )

    def uses(self, *quantity: int, **more: Any) -> bool:
        with self.program.uow.begin() as tx:
            return service.record_usage(tx, self.usage(*quantity, **more))

    def closes(self, until: date) -> None:
        with self.program.uow.begin() as tx:
            service.close_usage(tx, until, tenant_id="acme", actor=SYSTEM)

    def lines(self, period: Period = MARCH) -> tuple[Line, ...]:
        with self.program.uow.look() as connection:
            return service.rate_period(connection, period, tenant_id="acme")

    def days(self) -> dict[str, tuple[int, int]]:
        """Quantity and events of each day."""
        with self.program.uow.look() as connection:
            found = store.list_days(connection, tenant_id="acme", first=date(2000, 1, 1), end=date(2100, 1, 1))
            assert store.wrong_days(connection) == []
        return {each.day.isoformat(): (each.quantity, each.events) for each in found}

    def traced(self, line: Line) -> list[str]:
        """The events of a line."""
        with self.program.uow.look() as connection:
            days = [day for day in MARCH.days if line.first <= day <= line.last]
            return [
                record.event_id
                for day in days
                for record in store.list_records(connection, tenant_id="acme", unit=line.unit, day=day)
            ]


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    built = Shop(database_url)
    built.tenant("acme")
    yield built
    built.close()


@pytest.fixture
def open_shop(shop: Shop) -> Shop:
    shop.prices()
    shop.gives(shop.plan())
    return shop


def test_an_event_counts_once_however_often_it_is_told(shop: Shop) -> None:
    assert [shop.uses(7, named="e1") for _ in range(3)] == [True, False, False]
    assert shop.uses(7, named="e1", source="/other")
    assert shop.days() == {"2026-03-02": (14, 2)}


@pytest.mark.parametrize(
    "other",
    [{"quantity": 8}, {"unit": Unit.AI_TOKEN}, {"account_id": None}, {"at": NOON + timedelta(microseconds=1)}],
)
def test_the_same_event_with_other_content_is_refused(shop: Shop, other: dict[str, Any]) -> None:
    shop.uses(7, named="e1")
    with pytest.raises(UsageReused):
        shop.uses(**{"quantity": 7, "named": "e1", **other})
    assert shop.days() == {"2026-03-02": (7, 1)}


def test_many_at_once_lose_nothing(shop: Shop) -> None:
    """Eight tell the same twenty events, each with one of its own between them."""

    def tell(teller: int) -> int:
        mine = [shop.uses(3, named=f"shared{n}") for n in range(20)]
        shop.uses(1, named=f"own{teller}")
        return sum(mine)

    assert sum(at_once([partial(tell, teller) for teller in range(8)])) == 20
    assert shop.days() == {"2026-03-02": (20 * 3 + 8, 28)}


def test_the_journal_s_head_comes_before_the_rows_that_usage_locks(open_shop: Shop) -> None:
    with open_shop.program.uow.begin(head_first=False) as tx, asked() as statements:
        service.record_usage(tx, open_shop.usage())
    assert "journal_head" in statements[0]


def test_a_day_begins_at_the_tenant_s_midnight(shop: Shop) -> None:
    midnight = datetime(2026, 3, 1, 16, tzinfo=UTC)
    shop.uses(1, at=midnight - timedelta(microseconds=1))
    shop.uses(2, at=midnight)
    assert shop.days() == {"2026-03-01": (1, 1), "2026-03-02": (2, 1)}


def test_what_nobody_knows_is_refused(shop: Shop) -> None:
    with pytest.raises(TenantUnknown):
        shop.uses(tenant_id="nobody")
    with pytest.raises(BillingPlanNotAssigned):
        shop.lines()


def test_every_line_is_traced_to_its_events(open_shop: Shop) -> None:
    for day in (1, 2, 9, 31):
        open_shop.uses(day, at=datetime(2026, 3, day, 4, tzinfo=UTC), named=f"day{day}")
    open_shop.uses(600, unit=Unit.VOICE_MINUTE, named="call")
    by_unit = {line.unit: line for line in open_shop.lines()}
    messages = by_unit[Unit.MESSAGE]
    assert open_shop.traced(messages) == ["day1", "day2", "day9", "day31"]
    assert (messages.quantity, messages.amount.minor) == (43, 43 * 5)
    assert open_shop.traced(by_unit[Unit.VOICE_MINUTE]) == ["call"]
    assert by_unit[Unit.VOICE_MINUTE].amount.minor == 50


def test_what_comes_late_is_billed_on_the_first_open_day(open_shop: Shop) -> None:
    february = NOON - timedelta(days=10)
    open_shop.uses(5, at=february)
    open_shop.closes(date(2026, 3, 1))
    open_shop.uses(7, at=february, named="late")
    open_shop.closes(date(2026, 2, 1))  # says nothing new
    assert not open_shop.uses(7, at=february, named="late")
    assert open_shop.days() == {"2026-02-20": (5, 1), "2026-03-01": (7, 1)}
    (line,) = open_shop.lines()
    assert open_shop.traced(line) == ["late"]
    with open_shop.program.uow.look() as connection:
        facts = [entry.fact for entry in entries(connection, tenant_id="acme")]
    assert facts.count("usage.closed") == 1


def test_rates_that_change_in_the_middle_of_the_month(open_shop: Shop) -> None:
    second = open_shop.prices(date(2026, 3, 16), fen=7)
    for day, quantity in ((1, 10), (15, 10), (16, 10)):
        open_shop.uses(quantity, at=datetime(2026, 3, day, 4, tzinfo=UTC))
    first, other = open_shop.lines()
    assert (first.last, other.first) == (date(2026, 3, 15), date(2026, 3, 16))
    assert (first.amount.minor, other.amount.minor, other.price_list) == (100, 70, second)


def test_usage_before_the_first_plan_is_nobody_s_debt(shop: Shop) -> None:
    shop.prices()
    shop.uses(100, at=NOON - timedelta(days=1))
    shop.gives(shop.plan(), date(2026, 3, 2))
    shop.uses(3)
    shop.uses(50, at=NOON - timedelta(days=1), named="late")
    (line,) = shop.lines()
    assert (line.first, line.quantity) == (date(2026, 3, 2), 3)


def test_prepaid_days_are_what_forecasts_are_made_of(shop: Shop) -> None:
    shop.prices()
    shop.gives(shop.plan(prepaid=(Service.CONVERSATIONAL_AI,)))
    for day, tokens in ((datetime(2026, 2, 27, 4, tzinfo=UTC), 10), (NOON, 20)):
        shop.uses(tokens, at=day, unit=Unit.AI_TOKEN)
        shop.uses(1000, at=day)
    with shop.program.uow.look() as connection:
        costs = service.prepaid_costs(connection, tenant_id="acme", first=date(2026, 2, 26), end=date(2026, 3, 4))
    assert costs == [0, 50, 0, 0, 100, 0]


def test_a_plan_s_second_plan_begins_with_a_month_to_come(open_shop: Shop) -> None:
    other = open_shop.plan("Other", payment_days=60)
    for day in (date(2026, 3, 1), date(2026, 3, 15), date(2026, 4, 2)):
        with pytest.raises(Refused) as refused:
            open_shop.gives(other, day)
        assert refused.value.code == "billing_plan.starts_unusable"
        assert refused.value.params == {"earliest": "2026-04-01"}
    open_shop.gives(other, date(2026, 4, 1))
    with open_shop.program.uow.look() as connection:
        had = [
            store.get_assigned(connection, tenant_id="acme", day=day).plan
            for day in (date(2026, 3, 31), date(2026, 4, 1))
        ]
    assert had == [other - 1, other]


def test_looking_up_a_day_s_events_is_no_scan(open_shop: Shop) -> None:
    def ask(connection: sa.Connection) -> None:
        store.list_records(connection, tenant_id="acme", unit=Unit.MESSAGE, day=date(2026, 3, 2))

    with open_shop.program.uow.look() as connection:
        plan = plan_of(connection, ask)
    assert "ix_usage_records_day" in " ".join(plan)
    assert scans(plan) == []
