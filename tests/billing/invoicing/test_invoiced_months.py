"""Months become invoices over HTTP: tiers, allowances, a change of prices, late usage, and a server that was off."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from click.testing import CliRunner
from shop import FEN, PLAN, PRICES, Shop

from frostgate.cli import main
from together import at_once
from world import Json, Tenant

CHARGE = {"kind": "charge", "amount": 900, "currency": "CNY", "service": "voice"}


def amounts(invoice: Json) -> list[tuple[str, int, int]]:
    return [(line["unit"], line["quantity"], line["amount"]) for line in invoice["lines"]]


def test_from_usage_to_an_invoice_that_every_event_is_found_on(shop: Shop, acme: Tenant) -> None:
    """12,000 messages: the first 1,000 free, then 5 fen; from the 16th on 7 fen, and 6 beyond 10,000 of the month."""
    change = {"unit": "message", "free": 1000, "tiers": [{"price": 7 * FEN}, {"beyond": 10_000, "price": 6 * FEN}]}
    rates = [change, PRICES["rates"][1]]
    shop.boss.does("POST", "/v1/billing/price-lists", json={**PRICES, "valid_from": "2026-03-16", "rates": rates})
    shop.uses(acme, 3000, named="m1")
    shop.uses(acme, 3000, named="m2")
    shop.is_day(date(2026, 3, 20))
    at = shop.world.clock.now()
    shop.uses(acme, 6000, named="m3", at=at)
    assert shop.uses(acme, 6000, named="m3", at=at)["repeated"]
    shop.uses(acme, 2_000_000, "ai_token", named="t1")
    shop.sends(acme, named="c1", **CHARGE)
    shop.sends(acme, named="c2", **{**CHARGE, "amount": 100})
    so_far = shop.boss.sees(f"{acme.path}/billing/preview", month="2026-03-20")
    path, month = f"{acme.path}/billing/months", {"month": "2026-03-01"}
    assert shop.boss.is_refused("POST", path, json=month) == "invoicing.month_not_ended"
    assert shop.bills() == 0

    shop.is_day(date(2026, 4, 1))
    assert (shop.bills(), shop.bills()) == (1, 0)
    (invoice,) = shop.invoices(acme)
    assert amounts(invoice) == [
        ("message", 6000, 5000 * 5),
        ("message", 6000, 4000 * 7 + 2000 * 6),
        ("ai_token", 2_000_000, 100_000),
        ("charge", 2, 1000),
    ]
    assert (so_far["lines"], so_far["due"]) == (invoice["lines"], invoice["due"])
    assert (invoice["first_day"], invoice["last_day"], invoice["due_on"]) == ("2026-03-01", "2026-03-31", "2026-05-01")
    assert (invoice["total"], invoice["due"]) == (166_000, 66_000)
    stands = shop.balance(acme)
    assert (stands["receivable"], stands["unbilled"], stands["prepaid"]) == (66_000, 0, -100_000)

    traced = [shop.events_of(acme, invoice, line) for line in range(4)]
    assert [[each["event_id"] for each in events] for events in traced] == [["m1", "m2"], ["m3"], ["t1"], ["c1", "c2"]]
    assert sum(each["quantity"] for each in traced[0]) == 6000
    assert sum(each["amount"] for each in traced[3]) == 1000
    lines = f"{acme.path}/billing/invoices/{invoice['id']}/lines"
    assert shop.boss.is_refused("GET", f"{lines}/4/events") == "invoicing.line_unknown"
    assert shop.boss.is_refused("GET", f"{acme.path}/billing/preview?month=2026-03-01") == "invoicing.month_billed"
    assert shop.boss.does("POST", path, json=month)["invoice"]["id"] == invoice["id"]
    assert shop.boss.sees("/v1/billing/months") == {"items": [], "next": None}


def test_what_is_told_late_goes_onto_the_next_invoice(shop: Shop, acme: Tenant) -> None:
    shop.is_day(date(2026, 3, 30))
    shop.uses(acme, 2000)
    last_of_march = shop.world.clock.now()
    shop.is_day(date(2026, 4, 1))
    shop.bills()
    shop.uses(acme, 1500, named="late", at=last_of_march)
    assert [amounts(each) for each in shop.invoices(acme)] == [[("message", 2000, 5000)]]
    shop.is_day(date(2026, 5, 1))
    shop.bills()
    _, april = shop.invoices(acme)
    assert amounts(april) == [("message", 1500, 2500)]
    assert [each["event_id"] for each in shop.events_of(acme, april, 0)] == ["late"]


def test_a_server_that_was_off_bills_every_month_by_itself_and_none_twice(shop: Shop, acme: Tenant) -> None:
    shop.uses(acme, 2000)
    shop.is_day(date(2026, 4, 10))
    shop.uses(acme, 3000)
    shop.is_day(date(2026, 6, 9))  # nobody was there at the ends of March, April and May
    shop.world.restart()
    body = {"month": "2026-04-01"}
    assert shop.boss.is_refused("POST", f"{acme.path}/billing/months", json=body) == "invoicing.earlier_month_open"
    assert shop.boss.sees("/v1/billing/months")["items"] == [{"tenant_id": "acme", "month": "2026-03-01", "code": None}]
    at_once([shop.bills, shop.bills])
    march, april = shop.invoices(acme)  # nothing was used in May
    assert (amounts(march), amounts(april)) == ([("message", 2000, 5000)], [("message", 3000, 10_000)])
    assert (march["first_day"], april["first_day"]) == ("2026-03-01", "2026-04-01")
    assert {march["due_on"], april["due_on"]} == {"2026-07-09"}  # 30 days to pay, from the day of the invoice
    assert shop.world.facts("acme").count("usage.closed") == 3


def test_a_tenant_that_cannot_be_billed_stops_nobody_and_is_shown(shop: Shop, acme: Tenant) -> None:
    bolt = shop.tenant("bolt")
    shop.uses(acme, 60, "video_minute")  # has no price
    shop.uses(bolt, 2000)
    shop.is_day(date(2026, 4, 2))
    assert shop.bills() == 1
    assert (shop.invoices(acme), len(shop.invoices(bolt))) == ([], 1)
    waits = {"tenant_id": "acme", "month": "2026-03-01", "code": "price_list.price_missing"}
    assert shop.world.person("finance").sees("/v1/billing/months") == {"items": [waits], "next": None}
    assert shop.boss.is_refused("GET", f"{acme.path}/billing/preview?month=2026-03-01") == waits["code"]
    assert shop.bills() == 0  # asked again and again, it is refused again and billed never


def test_a_month_that_waits_for_a_price_is_billed_once_there_is_one(shop: Shop, acme: Tenant) -> None:
    """Both lists of March lack the price, so each is followed by one of its day that has it; 0 waives the usage."""
    messages, tokens = PRICES["rates"]
    dearer = [{**messages, "tiers": [{"price": 6 * FEN}]}, tokens]
    shop.boss.does("POST", "/v1/billing/price-lists", json={**PRICES, "valid_from": "2026-03-16", "rates": dearer})
    for day in (5, 20):
        shop.is_day(date(2026, 3, day))
        shop.uses(acme, 2000)
        shop.uses(acme, 60, "video_minute")
    shop.is_day(date(2026, 4, 2))
    assert shop.bills() == 0

    finance = shop.world.person("finance")
    video, waived = ({"unit": "video_minute", "tiers": [{"price": fen * FEN}]} for fen in (30, 0))
    for day, rates in (("2026-03-01", [*PRICES["rates"], video]), ("2026-03-16", [*dearer, waived])):
        assert shop.bills() == 0
        body = {**PRICES, "valid_from": day, "rates": rates}
        for changed in (rates[1:], [{**rates[0], "free": 0}, *rates[1:]]):
            refused = finance.is_refused("POST", "/v1/billing/price-lists", json={**body, "rates": changed})
            assert refused == "price_list.starts_past", "what had a price keeps it"
        finance.does("POST", "/v1/billing/price-lists", json=body)
    assert (shop.bills(), shop.bills()) == (1, 0)
    (invoice,) = shop.invoices(acme)
    assert amounts(invoice) == [
        ("message", 2000, 5000),
        ("message", 2000, 12_000),
        ("video_minute", 60, 30),
        ("video_minute", 60, 0),
    ]


def test_a_charge_that_was_taken_back_is_on_no_invoice(shop: Shop, acme: Tenant) -> None:
    shop.sends(acme, **CHARGE)
    shop.sends(acme, **{**CHARGE, "amount": 100})
    reversal = {"key": "r", "entry": 1, "memo": "nobody called"}
    shop.boss.does("POST", f"{acme.path}/billing/reversals", json=reversal)
    shop.is_day(date(2026, 4, 1))
    assert shop.bills() == 1
    (invoice,) = shop.invoices(acme)
    assert amounts(invoice) == [("charge", 1, 100)]
    assert [each["amount"] for each in shop.events_of(acme, invoice, 0)] == [900, 100, -900]


def test_a_charge_on_an_invoice_cannot_be_taken_back_from_what_is_charged_next(shop: Shop, acme: Tenant) -> None:
    """The next month would take over more than there is, and could not be billed: a credit note takes it off."""
    shop.sends(acme, **CHARGE)
    shop.is_day(date(2026, 4, 1))
    shop.bills()
    (march,) = shop.invoices(acme)
    shop.sends(acme, **{**CHARGE, "service": "video", "amount": 2000})
    reversal = {"key": "r", "entry": 1, "memo": "nobody called"}
    path = f"{acme.path}/billing"
    assert shop.boss.is_refused("POST", f"{path}/reversals", json=reversal) == "billing.not_reversible"
    credit = {"key": "c", "invoice_id": march["id"], "amount": 900, "memo": "nobody called"}
    shop.boss.does("POST", f"{path}/credit-notes", json=credit)
    shop.is_day(date(2026, 5, 1))
    assert shop.bills() == 1
    march, april = shop.invoices(acme)
    assert (march["open"], amounts(april)) == (0, [("charge", 1, 2000)])
    assert shop.balance(acme)["unbilled"] == 0


def test_what_was_charged_late_in_the_currency_of_an_earlier_plan_has_an_invoice_of_its_own(
    shop: Shop, acme: Tenant
) -> None:
    """The plan changes to dollars with April; a charge of March is told once March is billed."""
    dollars = {**PRICES, "series": "dollars", "currency": "USD"}
    shop.boss.does("POST", "/v1/billing/price-lists", json=dollars)
    plan = {**PLAN, "name": "Dollars", "currency": "USD", "prices": "dollars"}
    number = shop.boss.does("POST", "/v1/billing/plans", json=plan)["number"]
    shop.boss.does("PUT", f"{acme.path}/billing-plans", json={"plan": number, "from_day": "2026-04-01"})
    shop.is_day(date(2026, 3, 30))
    of_march = shop.world.clock.now()
    shop.is_day(date(2026, 4, 2))
    shop.bills()
    shop.sends(acme, named="late", at=of_march, **CHARGE)
    shop.sends(acme, named="new", **{**CHARGE, "currency": "USD", "amount": 50})
    shop.boss.does("PUT", f"{acme.path}/billing/closing", json={"closed": True})
    shop.is_day(date(2026, 5, 1))
    assert shop.bills() == 0
    assert shop.boss.sees("/v1/billing/months")["items"][0]["code"] == "billing.ledger_closed"

    shop.boss.does("PUT", f"{acme.path}/billing/closing", json={"closed": False})
    assert (shop.bills(), shop.bills()) == (1, 0)
    invoices = {each["currency"]: each for each in shop.invoices(acme)}
    assert {currency: amounts(each) for currency, each in invoices.items()} == {
        "CNY": [("charge", 1, 900)],
        "USD": [("charge", 1, 50)],
    }
    traced = {currency: shop.events_of(acme, each, 0) for currency, each in invoices.items()}
    assert {currency: [each["event_id"] for each in events] for currency, events in traced.items()} == {
        "CNY": ["late"],
        "USD": ["new"],
    }
    assert frostgate(shop, "billing", "verify").exit_code == 0


def test_months_end_at_each_tenant_s_own_midnight(shop: Shop, acme: Tenant) -> None:
    bolt = shop.tenant("bolt", time_zone="America/New_York")
    for tenant in (acme, bolt):
        shop.uses(tenant, 2000)
    shop.world.clock.move(datetime(2026, 3, 31, 16, tzinfo=UTC) - shop.world.clock.now())  # midnight in Shanghai
    assert (shop.bills(), len(shop.invoices(acme)), shop.invoices(bolt)) == (1, 1, [])
    shop.world.clock.move(timedelta(hours=12))  # and in New York, where clocks were put forward
    assert (shop.bills(), len(shop.invoices(bolt))) == (1, 1)


def test_money_that_is_there_pays_the_invoice_at_once(shop: Shop, acme: Tenant) -> None:
    shop.uses(acme, 2000)
    shop.sends(acme, kind="payment", amount=6000, currency="CNY")
    shop.is_day(date(2026, 4, 1))
    shop.bills()
    (invoice,) = shop.invoices(acme)
    stands = shop.balance(acme)
    assert (invoice["open"], stands["receivable"], stands["unapplied"]) == (0, 0, 1000)


def test_a_month_that_costs_nothing_has_an_invoice_that_asks_for_nothing(shop: Shop, acme: Tenant) -> None:
    shop.uses(acme, 900)
    shop.is_day(date(2026, 4, 1))
    shop.bills()
    (invoice,) = shop.invoices(acme)
    assert (invoice["due"], invoice["open"], amounts(invoice)) == (0, 0, [("message", 900, 0)])
    assert frostgate(shop, "billing", "verify").exit_code == 0


def test_billing_from_the_terminal(shop: Shop, acme: Tenant) -> None:
    """The commands have the machine's clock, by which March 2026 is over and September 2100 is not."""
    shop.tenant("bolt")
    shop.uses(acme, 2000)
    of_march = ("billing", "invoice", "--month", "2026-03")
    shown = frostgate(shop, *of_march, "--preview")
    assert (shown.exit_code, shop.invoices(acme)) == (0, [])
    assert [line.split()[:3] for line in shown.output.splitlines()] == [
        ["acme", "50.00", "CNY"],
        ["bolt", "0.00", "CNY"],
    ]
    done, again = frostgate(shop, *of_march), frostgate(shop, *of_march, "--tenant", "acme")
    (invoice,) = shop.invoices(acme)
    assert done.output.splitlines() == [f"acme  {invoice['number']}  50.00 CNY  {invoice['due_on']}", "bolt  -"]
    assert again.output.splitlines() == done.output.splitlines()[:1]
    early = frostgate(shop, "billing", "invoice", "--month", "2100-09", "--tenant", "acme")
    assert (early.exit_code, "[invoicing.month_not_ended]" in early.output) == (1, True)


def test_usage_that_was_changed_below_the_program_shows(shop: Shop, acme: Tenant) -> None:
    shop.uses(acme, 2000)
    shop.uses(acme, 10, "ai_token")
    assert frostgate(shop, "billing", "verify").exit_code == 0
    changes = [
        "UPDATE usage_days SET quantity = 1999 WHERE unit = 'message'",
        "DELETE FROM usage_records WHERE unit = 'ai_token'",
    ]
    for change in changes:
        with shop.world.program.database.write() as connection:
            connection.exec_driver_sql(change)
    found = frostgate(shop, "billing", "verify")
    assert (found.exit_code, found.output.splitlines()) == (
        1,
        [
            f"BROKEN in the usage of acme: {unit} on 2026-03-02 is not what its events add up to"
            for unit in ("ai_token", "message")
        ],
    )


def frostgate(shop: Shop, *words: str) -> Any:
    """Run a command on the shop's database, in English."""
    environ = {"FROSTGATE_DATABASE": shop.world.database_url, "LC_ALL": "C.UTF-8"}
    return CliRunner().invoke(main, list(words), env=environ)


def test_who_may(shop: Shop, acme: Tenant) -> None:
    shop.tenant("bolt")
    admin = acme.token("api", role="owner")
    assert admin.sees(f"{acme.path}/billing/preview", month="2026-03-01")["lines"] == []
    assert admin.is_refused("GET", "/v1/tenants/bolt/billing/preview?month=2026-03-01") == "request.not_found"
    assert admin.is_refused("POST", f"{acme.path}/billing/months", json={"month": "2026-03-01"}) == "auth.forbidden"
    assert admin.is_refused("GET", "/v1/billing/months") == "request.not_found"
    assert admin.sees(f"{acme.path}/billing/forecast")["forecast"] is None
    finance = shop.world.person("finance")
    for month, code in (("2026-02-01", "billing_plan.not_assigned"), ("9999-01-01", "calendar.day_unusable")):
        assert finance.is_refused("POST", f"{acme.path}/billing/months", json={"month": month}) == code
        assert finance.is_refused("GET", f"{acme.path}/billing/preview?month={month}") == code
