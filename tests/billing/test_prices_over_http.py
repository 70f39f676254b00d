"""Prices, plans and usage over HTTP: published once, never changed, seen by whom they concern."""

from datetime import UTC, datetime

import pytest

from frostgate.billing.pricing.model import Unit, Usage
from frostgate.billing.pricing.service import record_usage
from world import Caller, Json, Tenant, World

MESSAGE = {"unit": "message", "tiers": [{"price": 5_000_000}, {"beyond": 10_000, "price": 4_000_000}], "free": 1000}
TOKEN = {"unit": "ai_token", "tiers": [{"beyond": 0, "price": 50_000}]}
STANDARD = {"series": "standard", "currency": "CNY", "valid_from": "2026-01-01", "rates": [MESSAGE, TOKEN]}
PLAN = {"name": "Standard", "currency": "CNY", "prices": "standard", "prepaid": ["conversational_ai"]}


@pytest.fixture(scope="module")
def boss(shared: World) -> Caller:
    return shared.boss()


@pytest.fixture(scope="module")
def plan(boss: Caller) -> Json:
    boss.does("POST", "/v1/billing/price-lists", json=STANDARD)
    return boss.does("POST", "/v1/billing/plans", json=PLAN)


@pytest.fixture
def acme(shared: World, boss: Caller, plan: Json) -> Tenant:
    tenant = shared.tenant(f"acme-{shared.number()}")
    boss.does("PUT", assigned(tenant), json={"plan": plan["number"], "from_day": "2026-01-01", "region": "CN"})
    return tenant


def assigned(tenant: Tenant) -> str:
    return f"{tenant.path}/billing-plans"


def uses(tenant: Tenant, quantity: int, *, day: int = 2, unit: Unit = Unit.MESSAGE) -> str:
    """What an event used in March 2026, as the room that takes events in will say it."""
    name = f"e{tenant.world.number()}"
    with tenant.world.program.uow.begin() as tx:
        record_usage(
            tx,
            Usage(
                tenant_id=tenant.id,
                source="/im",
                event_id=name,
                account_id="li",
                unit=unit,
                quantity=quantity,
                at=datetime(2026, 3, day, 4, tzinfo=UTC),
            ),
        )
    return name


def test_a_price_list_is_published_once_and_read_for_ever(shared: World, boss: Caller, plan: Json) -> None:
    before = len(shared.facts())
    again = boss.does("POST", "/v1/billing/price-lists", json=STANDARD)
    assert len(shared.facts()) == before
    assert boss.sees(f"/v1/billing/price-lists/{again['number']}") == again
    assert again["valid_from"] == "2026-01-01"
    assert again["rates"][0]["tiers"] == [{"beyond": 0, "price": 5_000_000}, {"beyond": 10_000, "price": 4_000_000}]
    assert boss.is_refused("GET", "/v1/billing/price-lists/99999") == "price_list.unknown"
    follows = boss.does("POST", "/v1/billing/price-lists", json={**STANDARD, "valid_from": "2026-06-01"})
    listed = boss.sees("/v1/billing/price-lists", series="standard")
    assert [each["number"] for each in listed] == [follows["number"], again["number"]]
    assert boss.sees("/v1/billing/price-lists", series="standard", before=follows["number"]) == [again]
    assert shared.facts()[before:] == ["price_list.published"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"currency": "XYZ"}, "money.currency_unknown"),
        ({"currency": "USD"}, "price_list.currency_differs"),
        ({"valid_from": "2026-03-02"}, "price_list.starts_past"),
        ({"valid_from": "1999-01-01"}, "calendar.day_unusable"),
        ({"valid_from": "9999-12-31"}, "calendar.day_unusable"),
        ({"rates": [{**MESSAGE, "tiers": [{"beyond": 5, "price": 1}]}]}, "price_list.unusable"),
        ({"rates": [MESSAGE, MESSAGE]}, "price_list.unusable"),
        ({"rates": []}, "request.invalid"),
        ({"rates": [{**MESSAGE, "unit": "fax_page"}]}, "request.invalid"),
        ({"rates": [{**MESSAGE, "tiers": [{"price": -1}]}]}, "request.invalid"),
        ({"rates": [{**MESSAGE, "tiers": [{"price": 0.5}]}]}, "request.invalid"),
        ({"rates": [{**MESSAGE, "free": -1}]}, "request.invalid"),
        ({"series": "No Slug"}, "request.invalid"),
    ],
)
def test_a_price_list_that_cannot_be_used_changes_nothing(boss: Caller, plan: Json, change: Json, code: str) -> None:
    before = boss.sees("/v1/billing/price-lists")
    body = {**STANDARD, "valid_from": "2026-09-01", **change}
    assert boss.is_refused("POST", "/v1/billing/price-lists", json=body) == code
    assert boss.sees("/v1/billing/price-lists") == before


def test_a_list_may_begin_once_its_day_has_begun_nowhere(boss: Caller, plan: Json) -> None:
    """It is noon of 2 March in Beijing, and 18:00 where the day began first."""
    body = {**STANDARD, "series": "hourly"}
    boss.does("POST", "/v1/billing/price-lists", json={**body, "valid_from": "2020-01-01"})
    boss.does("POST", "/v1/billing/price-lists", json={**body, "valid_from": "2026-03-03"})


def test_a_plan_is_published_once_and_never_changed(shared: World, boss: Caller, plan: Json) -> None:
    before = len(shared.facts())
    assert boss.does("POST", "/v1/billing/plans", json=PLAN) == plan
    other = boss.does("POST", "/v1/billing/plans", json={**PLAN, "payment_days": 60})
    assert boss.sees(f"/v1/billing/plans/{other['number']}") == other
    assert [each["number"] for each in boss.sees("/v1/billing/plans", limit=2)] == [other["number"], plan["number"]]
    assert shared.facts()[before:] == ["billing_plan.published"]
    assert boss.is_refused("GET", "/v1/billing/plans/99999") == "billing_plan.unknown"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"currency": "XXX"}, "money.currency_unknown"),
        ({"currency": "USD"}, "price_list.currency_differs"),
        ({"prices": "nowhere"}, "price_list.unknown"),
        ({"prepaid": ["login"]}, "billing_plan.unusable"),
        ({"prepaid": ["fax"]}, "request.invalid"),
        ({"payment_days": -1}, "request.invalid"),
    ],
)
def test_a_plan_that_cannot_be_used_is_refused(boss: Caller, plan: Json, change: Json, code: str) -> None:
    assert boss.is_refused("POST", "/v1/billing/plans", json={**PLAN, "name": "Odd", **change}) == code


def test_a_tenant_s_plans_follow_each_other(boss: Caller, acme: Tenant, plan: Json) -> None:
    path = assigned(acme)
    for day, code in (("2026-03-15", "billing_plan.starts_unusable"), ("9999-01-01", "calendar.day_unusable")):
        assert boss.is_refused("PUT", path, json={"plan": plan["number"], "from_day": day}) == code
    april = {"plan": plan["number"], "from_day": "2026-04-01"}
    assert boss.is_refused("PUT", path, json={**april, "plan": 4242}) == "billing_plan.unknown"
    assert boss.is_refused("PUT", path, json={**april, "region": "XX"}) == "calendar.region_unknown"
    made = boss.does("PUT", path, json={**april, "region": "DE-BY"})
    assert boss.does("PUT", path, json={**april, "region": "DE-BY"}) == made
    boss.does("PUT", path, json=april)
    assert [(each["from_day"], each["region"]) for each in boss.sees(path)] == [
        ("2026-01-01", "CN"),
        ("2026-04-01", None),
    ]


def test_a_month_with_its_lines_and_the_events_behind_them(boss: Caller, acme: Tenant) -> None:
    first, second = uses(acme, 8_000), uses(acme, 7_000)
    uses(acme, 1000, day=3, unit=Unit.AI_TOKEN)
    month = boss.sees(f"{acme.path}/usage")
    assert (month["first"], month["end"]) == ("2026-03-01", "2026-04-01")
    assert month["days"] == [
        {"unit": "message", "day": "2026-03-02", "quantity": 15_000, "events": 2},
        {"unit": "ai_token", "day": "2026-03-03", "quantity": 1000, "events": 1},
    ]
    messages, tokens = month["lines"]
    assert messages["amount"] == {"minor": 9000 * 5 + 5000 * 4, "currency": "CNY"}
    assert messages["parts"][0] == {"quantity": 1000, "price": 0, "is_free": True}
    assert (tokens["amount"]["minor"], tokens["is_prepaid"], messages["is_prepaid"]) == (50, True, False)
    page = boss.sees(f"{acme.path}/usage/events", unit="message", day="2026-03-02", limit=1)
    assert [each["event_id"] for each in page["items"]] == [first]
    rest = boss.sees(f"{acme.path}/usage/events", unit="message", day="2026-03-02", limit=1, after=page["next"])
    assert ([each["event_id"] for each in rest["items"]], rest["next"]) == ([second], None)
    assert boss.sees(f"{acme.path}/usage/events")["items"] == [*page["items"], *rest["items"]]  # of today
    assert boss.sees(f"{acme.path}/usage", month="2026-02-14")["lines"] == []


def test_what_has_no_price_is_said_and_not_billed(boss: Caller, acme: Tenant) -> None:
    uses(acme, 60, unit=Unit.VIDEO_MINUTE)
    assert boss.is_refused("GET", f"{acme.path}/usage") == "price_list.price_missing"


def test_bad_addresses_are_refused(boss: Caller, acme: Tenant) -> None:
    assert boss.is_refused("GET", f"{acme.path}/usage/events?unit=fax_page") == "usage.unit_unknown"
    assert boss.is_refused("GET", f"{acme.path}/usage?month=9999-12-01") == "calendar.day_unusable"
    assert boss.is_refused("GET", f"{acme.path}/usage?month=soon") == "request.invalid"
    assert boss.is_refused("GET", "/v1/tenants/nobody/usage") == "tenant.unknown"


def test_a_tenant_sees_its_own_and_publishes_nothing(shared: World, boss: Caller, acme: Tenant, plan: Json) -> None:
    admin = acme.token("api", role="owner")
    special = boss.does("POST", "/v1/billing/price-lists", json={**STANDARD, "series": f"special-{shared.number()}"})
    assert {each["series"] for each in admin.sees("/v1/billing/price-lists")} == {"standard"}
    assert admin.is_refused("GET", f"/v1/billing/price-lists/{special['number']}") == "price_list.unknown"
    (own, *_) = admin.sees("/v1/billing/price-lists")
    assert admin.sees(f"/v1/billing/price-lists/{own['number']}") == own
    other = boss.does("POST", "/v1/billing/plans", json={**PLAN, "name": f"Other {shared.number()}"})
    assert [each["number"] for each in admin.sees("/v1/billing/plans")] == [plan["number"]]
    assert admin.sees(f"/v1/billing/plans/{plan['number']}") == plan
    assert admin.is_refused("GET", f"/v1/billing/plans/{other['number']}") == "billing_plan.unknown"
    assert admin.sees(f"{acme.path}/usage")["lines"] == []
    neighbour = shared.tenant(f"bolt-{shared.number()}")
    assert admin.is_refused("GET", f"{neighbour.path}/usage") == "request.not_found"
    assert admin.is_refused("GET", f"{neighbour.path}/usage/events") == "request.not_found"
    assert admin.is_refused("POST", "/v1/billing/price-lists", json=STANDARD) == "auth.forbidden"
    assert admin.is_refused("PUT", assigned(acme), json={"plan": 1, "from_day": "2026-05-01"}) == "auth.forbidden"
    assert boss.is_refused("GET", f"{neighbour.path}/usage") == "billing_plan.not_assigned"


def test_finance_publishes_and_reviewers_do_not_read(shared: World, plan: Json) -> None:
    finance, reviewer = shared.person("finance"), shared.reviewer()
    assert finance.does("POST", "/v1/billing/plans", json=PLAN) == plan
    assert reviewer.is_refused("GET", "/v1/billing/plans") == "auth.forbidden"
