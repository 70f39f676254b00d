"""Stripe's webhooks over HTTP: only what Stripe signed, each payment once, and what cannot be posted is kept."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from payers import OLD_SECRET, SECRET, Payers, signature

from frostgate.billing.payments.errors import SignatureOld, SignatureWrong
from frostgate.billing.payments.stripe import StripeWebhooks
from frostgate.config import Billing
from world import World

# The header as Stripe publishes it: a time, a signature of the scheme in use, and one of another scheme.
PUBLISHED = "t={t},\nv1={v1},\nv0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"


def test_the_published_scheme_by_hand() -> None:
    """Step by step as it is published: the time, a full stop, the body as it came; HMAC with SHA-256; compare."""
    body, t = b'{\n  "id": "evt_1",\n  "object": "event"\n}', 1492774577
    v1 = hmac.new(b"whsec_test", b"1492774577." + body, hashlib.sha256).hexdigest()
    at = datetime.fromtimestamp(t, UTC)
    webhooks = StripeWebhooks(("whsec_test",))
    header = PUBLISHED.format(t=t, v1=v1)
    webhooks.check(header, body, now=at)
    webhooks.check(header, body, now=at + timedelta(minutes=5))
    with pytest.raises(SignatureOld):
        webhooks.check(header, body, now=at + timedelta(minutes=5, seconds=1))
    for wrong in (header.replace("v1=", "v0="), header.replace("t=1", "t=2"), "", "t=,v1=", f"t={t},t={t},v1={v1}"):
        with pytest.raises(SignatureWrong):
            webhooks.check(wrong, body, now=at)
    with pytest.raises(SignatureWrong):
        webhooks.check(header, body + b" ", now=at)
    assert webhooks.refused == {"payments.signature_old": 1, "payments.signature_wrong": 6}


def test_a_payment_pays_what_was_due_first(payers: Payers) -> None:
    invoice = payers.invoice(10_000)
    assert payers.told(payers.paid(12_000, named="evt_first")) == {"outcome": "posted", "code": None}
    [_, entry] = payers.entries()
    assert (entry["reference"], entry["actor"], entry["source"]) == ("pi_first", "system:stripe", "stripe evt_first")
    assert (payers.open_of(invoice), payers.balance()["unapplied"]) == (0, 2000)


def test_a_replayed_event_and_another_event_of_the_same_payment_post_nothing(payers: Payers) -> None:
    event = payers.paid(500)
    assert payers.told(event)["outcome"] == "posted"
    assert payers.told(event)["outcome"] == "posted"
    assert payers.told(payers.paid(500))["outcome"] == "known"
    assert payers.told(payers.paid(501)) == {"outcome": "refused", "code": "billing.reference_reused"}
    assert payers.kinds() == ["payment"]


def test_a_checkout_is_not_posted_beside_its_payment_intent(payers: Payers) -> None:
    """Here only the session says whose money it is, and the intent, which came first, waits for it."""
    refused = payers.told(payers.paid(500, tenant=None))
    assert refused == {"outcome": "refused", "code": "payments.tenant_missing"}
    said = {"id": "cs_1", "payment_status": "paid", "payment_intent": "pi_first", "amount_total": 500}
    session = {**said, "currency": "cny", "metadata": {"tenant_id": "acme"}}
    assert payers.told(payers.event("checkout.session.completed", session))["outcome"] == "posted"
    assert payers.kinds() == ["payment"]
    assert [each["state"] for each in payers.advices()] == ["known", "posted"]
    unpaid = payers.event("checkout.session.completed", {**session, "payment_status": "unpaid"})
    assert payers.told(unpaid)["outcome"] == "ignored"


def test_named_invoices_are_paid_first(payers: Payers) -> None:
    first, second = payers.invoice(300), payers.invoice(200)
    payers.told(payers.paid(250, invoices=(second.number, "no such invoice", second.id)))
    assert (payers.open_of(first), payers.open_of(second)) == (250, 0)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"secrets": ("whsec_other",)}, "payments.signature_wrong"),
        ({"secrets": ()}, "payments.signature_wrong"),
        ({"header": "v1=x"}, "payments.signature_wrong"),
        ({"header": "t=1²,v1=é"}, "payments.signature_wrong"),
        ({"instead": b'{"id": "evt_1"}'}, "payments.signature_wrong"),
        ({"late": timedelta(minutes=6)}, "payments.signature_old"),
        ({"late": -timedelta(minutes=6)}, "payments.signature_old"),
    ],
)
def test_what_stripe_did_not_sign_just_now_leaves_a_count_and_no_more(payers: Payers, changed: Any, code: str) -> None:
    before = payers.world.facts()
    answer = payers.sends(payers.paid(500), **changed)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert set(answer.json()["texts"]) == {"zh-CN", "en"}
    assert (payers.entries(), payers.advices(), payers.world.facts()) == ([], [], before)
    assert f'frostgate_webhooks_refused_total{{code="{code}"}} 1.0' in payers.world.http.get("/metrics").text


def test_a_secret_is_replaced_without_losing_a_webhook(payers: Payers) -> None:
    for number, secrets in enumerate([(SECRET,), (OLD_SECRET,), ("whsec_unknown", SECRET), (SECRET, OLD_SECRET)]):
        assert payers.told(payers.paid(1, payment=f"pi_{number}"), secrets=secrets)["outcome"] == "posted"


def test_secrets_are_not_printed() -> None:
    assert SECRET not in repr(Billing(stripe_secrets=(SECRET,)))


def test_without_a_secret_there_are_no_webhooks(world: World) -> None:
    payers = Payers(world)
    answer = payers.sends(payers.paid(5))
    assert (answer.status_code, answer.json()["code"]) == (404, "payments.webhooks_closed")


def test_unknown_types_are_acknowledged_and_ignored(payers: Payers) -> None:
    assert payers.told(payers.event("customer.created", {"id": "cus_1"}))["outcome"] == "ignored"
    assert payers.advices() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"id": "evt_1", "type": "charge.refunded"}'])
def test_a_signed_event_that_makes_no_sense_is_refused(payers: Payers, body: bytes) -> None:
    answer = payers.sends(body)
    assert (answer.status_code, answer.json()["code"]) == (422, "payments.event_unreadable")


def test_a_payment_without_its_amount_is_refused(payers: Payers) -> None:
    answer = payers.sends(payers.event("payment_intent.succeeded", {"id": "pi_1", "currency": "cny"}))
    assert (answer.status_code, answer.json()["code"]) == (422, "payments.event_unreadable")


def test_what_cannot_be_posted_is_kept_and_retried(payers: Payers) -> None:
    payers.closes()
    payers.told(payers.paid(7, payment="pi_other", tenant="bolt"))
    told = [
        payers.told(payers.paid(500)),
        payers.told(payers.paid(500, payment="pi_nobody", tenant="nobody")),
        payers.told(payers.paid(500, payment="pi_odd", tenant="Not \x00 a tenant")),
        payers.told(payers.paid(500, payment="pi_usd", tenant="bolt", currency="usd")),
        payers.told(payers.paid(500, payment="pi_xxx", tenant="bolt", currency="xxx")),
    ]
    codes = [each["code"] for each in told]
    assert {each["outcome"] for each in told} == {"refused"}
    assert codes == [
        "billing.ledger_closed",
        "tenant.unknown",
        "payments.tenant_missing",
        "payments.currency_not_billed",
        "money.currency_unknown",
    ]
    waiting = payers.advices("refused")
    assert [each["problem"]["code"] for each in waiting] == codes
    assert payers.world.facts().count("payments.advice_refused") == 5

    path = "/v1/billing/advices/{}/retry"
    closed, nobody, odd, *_ = (path.format(each["id"]) for each in waiting)
    assert payers.ann.is_refused("POST", closed, json={}) == "billing.ledger_closed"
    payers.closes(closed=False)
    assert payers.ann.does("POST", closed, json={})["state"] == "posted"
    assert payers.ann.does("POST", closed, json={})["state"] == "posted"
    assert payers.ann.does("POST", nobody, json={"tenant_id": "acme"})["tenant_id"] == "acme"
    assert payers.ann.is_refused("POST", odd, json={}) == "payments.tenant_missing"
    assert payers.ann.is_refused("POST", path.format("nothing"), json={}) == "payments.advice_unknown"
    assert payers.kinds() == ["payment", "payment"]
    assert payers.entries()[1]["actor"] != "system:stripe"


def test_the_same_event_that_was_refused_is_answered_as_before(payers: Payers) -> None:
    event = payers.paid(500, tenant="nobody")
    assert payers.told(event) == payers.told(event)
    assert len(payers.advices()) == 1


def test_yen_and_kronur_are_counted_as_stripe_counts_them(payers: Payers) -> None:
    payers.told(payers.paid(500, payment="pi_yen", currency="jpy"))
    payers.told(payers.paid(50_000, payment="pi_isk", tenant="bolt", currency="isk"))
    assert [payers.entries(who)[0]["lines"][0]["amount"] for who in ("acme", "bolt")] == [500, 500]
    answer = payers.sends(payers.paid(50_001, payment="pi_half", currency="isk"))
    assert answer.json()["code"] == "payments.event_unreadable"


def test_refunds_of_free_money(payers: Payers) -> None:
    """Stripe says how much went back so far, so an event that comes late changes nothing."""
    payers.told(payers.paid(1000))
    assert payers.told(payers.refunded(300))["outcome"] == "posted"
    assert payers.told(payers.refunded(700))["outcome"] == "posted"
    assert payers.told(payers.refunded(500))["outcome"] == "known"
    assert (payers.kinds(), payers.balance()["unapplied"]) == (["payment", "refund", "refund"], 300)


def test_a_refund_of_the_whole_makes_the_invoice_owed_again(payers: Payers) -> None:
    invoice = payers.invoice(1000)
    payers.told(payers.paid(1000))
    assert payers.told(payers.refunded(1000))["outcome"] == "posted"
    assert payers.kinds() == ["invoice", "payment", "reversal"]
    assert payers.open_of(invoice) == 1000


def test_a_refund_of_a_part_waits_until_people_say_what_is_owed_less(payers: Payers) -> None:
    invoice = payers.invoice(1000)
    payers.told(payers.paid(1000))
    assert payers.told(payers.refunded(400))["code"] == "payments.refund_unplaceable"
    body = {"key": "less", "invoice_id": invoice.id, "amount": 400, "memo": "outage"}
    payers.ann.does("POST", "/v1/tenants/acme/billing/credit-notes", json=body)
    [waiting] = payers.advices("refused")
    assert payers.ann.does("POST", f"/v1/billing/advices/{waiting['id']}/retry", json={})["state"] == "posted"
    assert (payers.open_of(invoice), payers.balance()["unapplied"]) == (0, 0)


def test_a_refund_that_comes_before_its_payment_waits_for_it(payers: Payers) -> None:
    early = payers.refunded(100, metadata={"tenant_id": "acme"})
    assert payers.told(early)["code"] == "payments.payment_unknown"
    payers.told(payers.paid(100))
    assert payers.kinds() == ["payment", "refund"]
    assert payers.advices("refused") == []


def test_a_dispute_stops_the_clock_of_what_was_paid(payers: Payers) -> None:
    first, second = payers.invoice(300), payers.invoice(700)
    payers.told(payers.paid(1000))
    said = {"id": "dp_1", "charge": "ch_1", "payment_intent": "pi_first", "amount": 400, "currency": "cny"}
    event = payers.event("charge.dispute.created", {**said, "reason": "fraudulent"})
    assert payers.told(event)["outcome"] == "posted"
    assert payers.told(event)["outcome"] == "posted"
    found = payers.ann.sees("/v1/tenants/acme/billing/disputes")["items"]
    assert [(each["invoice_id"], each["amount"]) for each in found] == [(first.id, 300), (second.id, 100)]
    assert found[0]["reason"] == "Stripe dp_1: fraudulent"
    payers.told(payers.paid(50, payment="pi_free", tenant="bolt"))
    free = payers.event("charge.dispute.created", {**said, "payment_intent": "pi_free"})
    assert payers.told(free)["code"] == "payments.nothing_to_dispute"


def test_only_finance_sees_what_waits(payers: Payers) -> None:
    payers.told(payers.paid(5, tenant="nobody"))
    [waiting] = payers.advices()
    admin = payers.world.tenant("cyan").token("api", role="owner")
    assert admin.is_refused("GET", "/v1/billing/advices") == "request.not_found"
    retry = f"/v1/billing/advices/{waiting['id']}/retry"
    assert admin.is_refused("POST", retry, json={}) == "auth.forbidden"
    assert payers.world.reviewer().is_refused("GET", "/v1/billing/advices") == "auth.forbidden"
    body = json.dumps({}).encode()
    assert payers.posts(body, f"t=1,v1={signature(body, 'x', 1)}").status_code == 400
