"""The ledger over HTTP: who reads and posts what, pages, refusals, and two people for what is given away."""

from datetime import timedelta
from typing import Any

import pytest

from bills import issue
from frostgate.base.model import SYSTEM
from frostgate.billing.ledger import service
from frostgate.billing.ledger.drafts import ChargeDraft
from frostgate.billing.ledger.model import InvoiceLine
from frostgate.directory.permissions import Role
from frostgate.standing.model import Service
from servers import PASSWORD
from world import Caller, Person, Tenant, World


class Billed:
    """A tenant that is billed, and who reads of it."""

    def __init__(self, world: World, name: str | None = None) -> None:
        self.world = world
        self.tenant: Tenant = world.tenant(name or f"t{world.number()}")
        self.path = f"{self.tenant.path}/billing"

    @property
    def ann(self) -> Person:
        """The finance operator, who signs in anew whatever the clock says."""
        return self.world.person(Role.FINANCE.value)

    def invoice(self, amount: int, *, due_in: int = 14) -> str:
        """Issue a bill as pricing does; its id."""
        line = InvoiceLine(service=Service.VOICE, unit="voice_minute", quantity=amount, amount=amount, usage=("u1",))
        return issue(self.world, self.tenant.id, line, due_in=due_in).id

    def charge(self, amount: int) -> None:
        draft = ChargeDraft(key=f"c{self.world.number()}", amount=amount, currency="CNY", service=Service.VOICE)
        with self.world.program.uow.begin() as tx:
            service.post_charge(tx, draft, tenant_id=self.tenant.id, actor=SYSTEM)

    def posts(self, what: str, **body: Any) -> Any:
        """Send a command as the finance operator; what became of it."""
        known = {"key": f"k{self.world.number()}", "currency": "CNY", "amount": 100}
        fields = {"allocations": ("key", "currency"), "credit-notes": ("key", "amount"), "reversals": ("key",)}
        fields |= {"write-offs": ("key", "amount"), "disputes": ("amount",)}
        sent = {name: known[name] for name in fields.get(what, known)}
        return self.ann.does("POST", f"{self.path}/{what}", json={**sent, **body})

    def refused(self, what: str, **body: Any) -> str:
        known = {"key": f"k{self.world.number()}", "currency": "CNY", "amount": 100}
        return self.ann.is_refused("POST", f"{self.path}/{what}", json={**known, **body})

    def balance(self) -> Any:
        [found] = self.ann.sees(f"{self.path}/balance")["balances"]
        return found


@pytest.fixture
def billed(shared: World) -> Billed:
    return Billed(shared)


def colleague(world: World) -> Person:
    """A second finance operator, signed in."""
    address = f"colleague{world.number()}@frostgate.example"
    body = {"email": address, "name": "Bo", "role": "finance", "password": PASSWORD}
    world.boss().does("POST", "/v1/operators", json=body)
    opened = world.http.post("/v1/session", json={"email": address, "password": PASSWORD})
    return Person(world, opened.raise_for_status().json()["secret"])


def test_the_balance_says_what_a_tenant_owes_and_has(billed: Billed) -> None:
    billed.invoice(300, due_in=0)
    billed.charge(40)
    billed.posts("payments", amount=120)
    billed.posts("top-ups", amount=70)
    noon = billed.world.clock.now()
    billed.world.clock.move(timedelta(days=2))
    assert billed.balance() == {
        "currency": "CNY",
        "receivable": 180,
        "overdue": 180,
        "disputed": 0,
        "unbilled": 40,
        "prepaid": 70,
        "unapplied": 0,
    }
    [aging] = billed.ann.sees(f"{billed.path}/aging")
    assert (aging["days_0_30"], aging["total"]) == (180, 180)
    billed.world.clock.move_to(noon)


def test_a_tenant_without_a_ledger_owes_nothing(billed: Billed) -> None:
    assert billed.ann.sees(f"{billed.path}/balance")["balances"] == []
    assert billed.ann.sees(f"{billed.path}/aging") == []
    assert billed.ann.sees(f"{billed.path}/entries") == []
    assert billed.ann.is_refused("GET", "/v1/tenants/nobody/billing/balance") == "tenant.unknown"


def test_entries_come_in_pages_in_both_directions(billed: Billed) -> None:
    for amount in range(1, 6):
        billed.posts("top-ups", amount=amount)
    path = f"{billed.path}/entries"
    first = billed.ann.sees(path, limit=2)
    rest = billed.ann.sees(path, after=first[-1]["seq"])
    assert [entry["seq"] for entry in first + rest] == [1, 2, 3, 4, 5]
    newest = billed.ann.sees(path, limit=2, newest=True)
    assert [entry["seq"] for entry in newest] == [5, 4]
    assert [entry["seq"] for entry in billed.ann.sees(path, after=4, newest=True)] == [3, 2, 1]
    assert first[0]["lines"] == [
        {"position": "cash", "amount": 1, "invoice_id": None, "service": None},
        {"position": "prepaid", "amount": -1, "invoice_id": None, "service": None},
    ]


def test_an_invoice_is_shown_with_its_usage_and_what_is_open(billed: Billed) -> None:
    first, second = billed.invoice(100), billed.invoice(50)
    billed.posts("payments", amount=30, allocations=[{"invoice_id": second, "amount": 30}])
    page = billed.ann.sees(f"{billed.path}/invoices", limit=1)
    assert [each["id"] for each in page["items"]] == [first]
    [last] = billed.ann.sees(f"{billed.path}/invoices", after=page["next"])["items"]
    assert (last["id"], last["open"], last["lines"][0]["usage"]) == (second, 20, ["u1"])
    assert billed.ann.sees(f"{billed.path}/invoices/{second}") == last
    assert billed.ann.is_refused("GET", f"{billed.path}/invoices/nothing") == "billing.invoice_unknown"


def test_the_same_payment_again_is_the_entry_that_is_there(billed: Billed) -> None:
    first = billed.posts("payments", key="once", reference="bank-1", source="stripe evt_1")
    again = billed.posts("payments", key="once", reference="bank-1", source="bank.csv line 7")
    other_way = billed.posts("payments", key="another", reference="bank-1")
    assert (first["repeated"], again["repeated"], other_way["repeated"]) == (False, True, True)
    assert first["entry"] == again["entry"] == other_way["entry"]
    assert billed.refused("payments", key="once", amount=99) == "billing.key_reused"
    assert billed.refused("payments", reference="bank-1", amount=99) == "billing.reference_reused"


def test_aging_of_all_tenants_in_pages(world: World) -> None:
    names = ["ada", "bob", "cyd"]
    for number, name in enumerate(names, 1):
        Billed(world, name).invoice(100 * number, due_in=0)
    world.clock.move(timedelta(days=40))
    ann = world.person(Role.FINANCE.value)
    page = ann.sees("/v1/billing/aging", limit=2)
    assert [each["tenant_id"] for each in page["items"]] == ["ada", "bob"]
    assert [each["days_31_60"] for each in page["totals"]] == [600]
    last = ann.sees("/v1/billing/aging", after=page["next"])
    assert [each["tenant_id"] for each in last["items"]] == ["cyd"]
    assert (last["totals"], last["next"]) == (page["totals"], None)


def test_a_credit_note_a_reversal_and_an_allocation(billed: Billed) -> None:
    invoice = billed.invoice(100)
    payment = billed.posts("payments", amount=100, memo="thank you")["entry"]
    billed.posts("credit-notes", invoice_id=invoice, amount=25, memo="wrong price")
    assert billed.balance()["unapplied"] == 25
    reversal = billed.posts("reversals", entry=payment["seq"], memo="it bounced")["entry"]
    assert (reversal["kind"], reversal["reverses"], billed.balance()["receivable"]) == ("reversal", payment["seq"], 100)
    billed.posts("allocations")
    assert (billed.balance()["receivable"], billed.balance()["unapplied"]) == (75, 0)


def test_a_dispute_is_opened_and_decided(billed: Billed) -> None:
    invoice = billed.invoice(100)
    dispute = billed.posts("disputes", invoice_id=invoice, amount=40, reason="never sent")
    assert (dispute["state"], billed.balance()["disputed"]) == ("open", 40)
    path = f"{billed.path}/disputes/{dispute['id']}/decision"
    decided = billed.ann.does("POST", path, json={"upheld": True, "answer": "you are right"})
    assert (decided["state"], decided["answer"], billed.balance()["receivable"]) == ("upheld", "you are right", 60)
    assert billed.ann.is_refused("POST", path, json={"upheld": False, "answer": "no"}) == "billing.dispute_closed"
    assert [each["id"] for each in billed.ann.sees(f"{billed.path}/disputes")["items"]] == [dispute["id"]]
    assert "billing.dispute_opened" in billed.world.facts(billed.tenant.id)


def test_a_refund_takes_two_people_and_a_session(billed: Billed) -> None:
    billed.posts("payments", amount=1000)
    found = billed.posts("refunds", amount=400, of="unapplied", memo="asked for", key="give back")
    assert (found["entry"], found["proposal"]["state"]) == (None, "open")
    assert billed.posts("refunds", amount=400, of="unapplied", memo="asked for", key="give back") == found
    waiting = billed.ann.sees("/v1/billing/proposals", state="open", limit=200)["items"]
    assert found["proposal"] in waiting

    path = f"{billed.path}/proposals/{found['proposal']['id']}/approve"
    assert billed.ann.is_refused("POST", path, json={}) == "approval.second_person_needed"
    body = {"name": "program", "purpose": "api", "role": "finance"}
    program = Caller(billed.world, billed.world.boss().does("POST", "/v1/tokens", json=body)["secret"])
    assert program.is_refused("POST", path, json={}) == "approval.person_needed"
    agreed = colleague(billed.world).does("POST", path, json={"reason": "I saw the letter"})

    assert (agreed["proposal"]["state"], agreed["entry"]["kind"], agreed["entry"]["key"]) == (
        "approved",
        "refund",
        "give back",
    )
    assert billed.balance()["unapplied"] == 600
    assert billed.ann.is_refused("POST", path, json={}) == "approval.second_person_needed"


def test_a_write_off_can_be_rejected(billed: Billed) -> None:
    invoice = billed.invoice(100)
    found = billed.posts("write-offs", invoice_id=invoice, memo="bankrupt")
    path = f"{billed.path}/proposals/{found['proposal']['id']}/reject"
    rejected = colleague(billed.world).does("POST", path, json={"reason": "ask them again"})
    assert (rejected["state"], rejected["decision_reason"]) == ("rejected", "ask them again")
    assert billed.balance()["receivable"] == 100


def test_a_closed_ledger_takes_no_payment(billed: Billed) -> None:
    closed = billed.ann.does("PUT", f"{billed.path}/closing", json={"closed": True})
    assert closed["closed_at"] is not None
    answer = billed.ann.asks(
        "POST",
        f"{billed.path}/payments",
        json={"key": "late", "amount": 1, "currency": "CNY"},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "billing.ledger_closed")
    assert set(answer.json()["texts"]) == {"zh-CN", "en"}
    assert billed.ann.does("PUT", f"{billed.path}/closing", json={"closed": False}) == {"closed_at": None}
    billed.posts("payments")


@pytest.mark.parametrize(
    ("what", "body", "code"),
    [
        ("payments", {"currency": "XXX"}, "money.currency_unknown"),
        ("payments", {"currency": "yuan"}, "request.invalid"),
        ("payments", {"amount": -1}, "request.invalid"),
        ("payments", {"amount": 0}, "request.invalid"),
        ("payments", {"amount": 10**14}, "request.invalid"),
        ("payments", {"amount": 1.5}, "request.invalid"),
        ("payments", {"key": ""}, "request.invalid"),
        ("payments", {"at": "2030-01-01T00:00:00Z"}, "billing.in_future"),
        ("payments", {"at": "2026-01-01T00:00:00"}, "request.invalid"),
        ("payments", {"allocations": [{"invoice_id": "x", "amount": 5}]}, "billing.invoice_unknown"),
        ("payments", {"colour": "red"}, "request.invalid"),
        ("refunds", {"of": "unapplied", "memo": "x"}, "billing.more_than_available"),
        ("refunds", {"of": "revenue", "memo": "x"}, "request.invalid"),
        ("refunds", {"of": "unapplied", "memo": ""}, "request.invalid"),
    ],
)
def test_what_cannot_be(billed: Billed, what: str, body: Any, code: str) -> None:
    assert billed.refused(what, **body) == code
    assert billed.ann.sees(f"{billed.path}/entries") == []


def test_a_tenant_s_administrator_reads_its_own_ledger_and_posts_nothing(billed: Billed, shared: World) -> None:
    invoice = billed.invoice(100)
    other = Billed(shared)
    other.invoice(777)
    admin = billed.tenant.token("api", role="owner")
    assert admin.sees(f"{billed.path}/balance")["balances"][0]["receivable"] == 100
    assert admin.sees(f"{billed.path}/invoices/{invoice}")["open"] == 100
    everything = admin.sees("/v1/billing/aging")
    assert [each["tenant_id"] for each in everything["items"]] == [billed.tenant.id]
    assert everything["totals"][0]["total"] == 100
    assert admin.is_refused("GET", f"{other.path}/balance") == "request.not_found"
    assert admin.is_refused("POST", f"{billed.path}/payments", json={}) == "auth.forbidden"
    assert admin.is_refused("PUT", f"{billed.path}/closing", json={"closed": True}) == "auth.forbidden"


def test_the_finance_role_sees_money_and_no_cases(shared: World) -> None:
    ann = shared.person(Role.FINANCE.value)
    assert ann.is_refused("GET", "/v1/cases") == "auth.forbidden"
    assert ann.is_refused("GET", "/v1/journal") == "auth.forbidden"
    ann.sees("/v1/billing/aging")
