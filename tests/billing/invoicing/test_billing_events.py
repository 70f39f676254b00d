"""Billing events over HTTP: usage is counted and money is posted, once, in the transaction that decides the event."""

from datetime import timedelta

import pytest
from shop import Shop, billing_event

from world import Json, Tenant, World

USAGE = {"kind": "usage", "unit": "message", "quantity": 7}
CHARGE = {"kind": "charge", "amount": 900, "currency": "CNY", "service": "voice"}
PAYMENT = {"kind": "payment", "amount": 500, "currency": "CNY"}
POLICY = """\
name: billing
guard: 7d
keep_events: 90d
windows: {}
rules:
  - id: billing.too-much
    on: billing
    when: billing.kind == "charge" && billing.amount > 1000
    effect: {refuse: manual}
    says: {zh-CN: "金额 {billing.amount}", en: "Amount {billing.amount}"}
    shadow: false
    examples: {matches: [{name: one, file: one.yaml}], stays_away: [{name: none, file: none.yaml}]}
"""


def used(shop: Shop, tenant: Tenant) -> list[Json]:
    found: list[Json] = shop.boss.sees(f"{tenant.path}/usage")["days"]
    return found


def test_each_kind_reaches_the_books_and_counts_once(shop: Shop, acme: Tenant) -> None:
    for name, data in (("u", USAGE), ("c", CHARGE), ("p", PAYMENT)):
        at = shop.world.clock.now()
        first = shop.sends(acme, named=name, at=at, **data)
        again = shop.sends(acme, named=name, at=at, **data)
        assert (first["verdict"], again["decision"], again["repeated"]) == ("allow", first["decision"], True)
    assert used(shop, acme) == [{"unit": "message", "day": "2026-03-02", "quantity": 7, "events": 1}]
    assert shop.kinds(acme) == ["charge", "payment"]
    stands = shop.balance(acme)
    assert (stands["unbilled"], stands["unapplied"], stands["prepaid"]) == (900, 500, 0)


def test_a_batch_that_says_one_event_twice_counts_it_once(shop: Shop, acme: Tenant) -> None:
    event = billing_event(acme, CHARGE, named="c")
    assert [each["verdict"] for each in acme.sends_all([event, event])] == ["allow", "allow"]
    assert shop.kinds(acme) == ["charge"]


def test_a_charge_for_what_is_prepaid_is_taken_from_the_balance(shop: Shop, acme: Tenant) -> None:
    top_up = {"key": "t", "amount": 1000, "currency": "CNY"}
    shop.boss.does("POST", f"{acme.path}/billing/top-ups", json=top_up)
    shop.sends(acme, **{**CHARGE, "service": "conversational_ai"})
    assert (shop.balance(acme)["prepaid"], shop.balance(acme)["unbilled"]) == (100, 0)


def test_an_entry_says_which_event_it_comes_from(shop: Shop, acme: Tenant) -> None:
    shop.sends(acme, named="order-17", at=shop.world.clock.now() + timedelta(minutes=4), **CHARGE)
    (entry,) = shop.boss.sees(f"{acme.path}/billing/entries")
    assert (entry["source"], entry["actor"]) == ("/im order-17", "system:billing")
    assert entry["at"] == entry["posted_at"]  # a sender's clock may be ahead, the ledger's is not


def test_the_same_money_by_event_and_by_hand_is_one_payment(shop: Shop, acme: Tenant) -> None:
    by_hand = {"key": "bank", "amount": 500, "currency": "CNY", "reference": "2026-17"}
    shop.boss.does("POST", f"{acme.path}/billing/payments", json=by_hand)
    assert shop.sends(acme, **PAYMENT, reference="2026-17")["verdict"] == "allow"
    assert shop.kinds(acme) == ["payment"]
    other = shop.sends(acme, **{**PAYMENT, "amount": 501}, reference="2026-17")
    assert (other["code"], other["pointer"]) == ("billing.reference_reused", "/data/reference")


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"kind": "usage", "unit": "message"}, "/data/quantity"),
        ({"kind": "usage", "quantity": 3}, "/data/unit"),
        ({**USAGE, "amount": 3}, "/data/amount"),
        ({**USAGE, "currency": "CNY"}, "/data/currency"),
        ({**USAGE, "quantity": -1}, "/data/quantity"),
        ({**USAGE, "unit": "fax_page"}, "/data/unit"),
        ({"kind": "charge", "amount": 3, "currency": "CNY"}, "/data/service"),
        ({**CHARGE, "service": "login"}, "/data/service"),
        ({**CHARGE, "quantity": 3}, "/data/quantity"),
        ({**PAYMENT, "service": "voice"}, "/data/service"),
        ({**PAYMENT, "currency": "XYZ"}, "/data/currency"),
        ({"kind": "payment", "currency": "CNY"}, "/data/amount"),
    ],
)
def test_what_does_not_belong_together_is_refused(shared: World, data: Json, pointer: str) -> None:
    tenant = shared.tenant(f"t{shared.number()}")
    refused = tenant.sends(billing_event(tenant, data)).json()
    assert (refused["code"], refused["pointer"]) == ("event.data_invalid", pointer)


def test_what_the_books_refuse_is_refused_alone_and_taken_when_sent_again(shop: Shop, acme: Tenant) -> None:
    bolt = shop.world.tenant("bolt")  # has no plan
    shop.boss.does("PUT", f"{acme.path}/billing/closing", json={"closed": True})
    names = [("u", USAGE), ("c", CHARGE), ("p", PAYMENT), ("usd", {**PAYMENT, "currency": "USD"})]
    signs_in = acme.stranger("li").login(named="in")
    events = [signs_in, *(billing_event(acme, data, named=name) for name, data in names)]
    signed_in, *refused = acme.sends_all(events)
    assert signed_in["verdict"] == "allow"
    assert [each["code"] for each in refused] == [*["billing.ledger_closed"] * 3, "invoicing.currency_not_of_plan"]
    assert refused[-1]["pointer"] == "/data/currency"
    assert shop.sends(bolt, **CHARGE)["code"] == "billing_plan.not_assigned"
    assert shop.sends(acme, **{**PAYMENT, "amount": 0})["code"] == "billing.ledger_closed"
    assert (shop.kinds(acme), used(shop, acme)) == ([], [])

    shop.boss.does("PUT", f"{acme.path}/billing/closing", json={"closed": False})
    answers = acme.sends_all(events)
    assert [each.get("repeated", False) for each in answers] == [True, False, False, False, False]
    assert answers[-1]["code"] == "invoicing.currency_not_of_plan"
    assert shop.kinds(acme) == ["charge", "payment"]
    nothing = shop.sends(acme, **{**PAYMENT, "amount": 0})
    assert (nothing["code"], nothing["pointer"]) == ("billing.amount_unusable", "/data/amount")


def test_usage_without_a_plan_waits_for_one(shop: Shop) -> None:
    bolt = shop.world.tenant("bolt")
    shop.uses(bolt, 2000)
    shop.boss.does("PUT", f"{bolt.path}/billing-plans", json={"plan": shop.plan, "from_day": "2026-03-01"})
    (line,) = shop.boss.sees(f"{bolt.path}/usage")["lines"]
    assert line["amount"]["minor"] == 1000 * 5


def test_what_a_rule_refuses_is_not_posted(shop: Shop, acme: Tenant) -> None:
    shop.boss.does("POST", "/v1/policies", json={"source": POLICY})
    shop.world.until(lambda: shop.sends(acme, **{**CHARGE, "amount": 1001})["verdict"] == "refuse")
    before = shop.kinds(acme)
    answer = shop.sends(acme, **{**CHARGE, "amount": 2000})
    assert (answer["code"], shop.kinds(acme)) == ("event.refused", before)
    assert shop.sends(acme, **CHARGE)["verdict"] == "allow"
    assert shop.kinds(acme) == [*before, "charge"]
