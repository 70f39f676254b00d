"""Who may call what: every route of the application, as the application lists them."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from authenticators import Portal
from frostgate.base.model import SYSTEM
from frostgate.base.web import PUBLIC
from frostgate.billing.ledger.drafts import InvoiceDraft
from frostgate.billing.ledger.model import InvoiceLine
from frostgate.billing.ledger.service import issue_invoice
from frostgate.directory.permissions import MACHINE_ROLES, PERMISSIONS, Role
from frostgate.standing.model import Service
from routes import Route, routes
from world import Account, Caller, World

# Whoever adds a public route adds it here, too.
OPEN_TO_EVERYBODY = {
    "GET /",
    "GET /.well-known/authzen-configuration",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /schema",
    "GET /schema/openapi.json",
    "GET /schema/{path:str}",
    "GET /problems/{code:str}",
    "GET /help",
    "GET /verify",
    "POST /v1/session",
    "POST /v1/billing/webhooks/stripe",
}

# What belongs to no tenant and is the same for all: policies, and whether the journal's chain holds.
SAME_FOR_ALL = {
    "GET /v1/policies",
    "GET /v1/policies/{number:int}",
    "POST /v1/policies/check",
    "GET /v1/billing/dunning/policies/{name:str}",
    "GET /v1/journal/verification",
}

# What nobody posted yet, and what comes of all debts, is the platform's: no tenant reads it, not even its own.
OF_THE_PLATFORM = {
    "GET /v1/billing/advices",
    "GET /v1/billing/dunning/upcoming",
    "GET /v1/billing/months",
    "GET /v1/billing/imports/{import_id:str}",
    "GET /v1/billing/imports/{import_id:str}/lines",
}

# These speak of the caller alone, whoever that is.
ABOUT_ONESELF = {"GET /v1/session", "DELETE /v1/session", "PUT /v1/session/password"}

SIGNING_OUT_LAST = "DELETE /v1/session"


def closed(world: World) -> list[Route]:
    """The routes that need something, signing out last."""
    found = [route for route in routes(world.server.application) if route.needs != PUBLIC]
    return sorted(found, key=lambda route: str(route) == SIGNING_OUT_LAST)


def test_every_route_says_what_it_needs(shared: World) -> None:
    assert [str(route) for route in routes(shared.server.application) if route.needs is None] == []


def test_only_what_is_meant_to_be_is_public(shared: World) -> None:
    found = {str(route) for route in routes(shared.server.application) if route.needs == PUBLIC}
    assert found == OPEN_TO_EVERYBODY


def test_nothing_else_answers_without_a_token(shared: World) -> None:
    for route in closed(shared):
        answer = shared.http.request(route.method, route.at())
        assert (str(route), answer.status_code, answer.json()["code"]) == (str(route), 401, "auth.required")
        assert answer.headers["www-authenticate"] == 'Bearer realm="frostgate"'


@pytest.mark.parametrize("given", ["Bearer nonsense", "Basic Ym9zczpwYXNz", "Bearer fg_session_" + "x" * 43])
def test_nor_with_one_that_does_not_count(shared: World, given: str) -> None:
    for route in closed(shared):
        answer = shared.http.request(route.method, route.at(), headers={"authorization": given})
        assert (str(route), answer.status_code, answer.json()["code"]) == (str(route), 401, "auth.invalid")


def test_the_framework_adds_no_pages_of_its_own(shared: World) -> None:
    for page in ("swagger", "redoc", "rapidoc", "elements"):
        assert shared.http.get(f"/schema/{page}").status_code == 404


def _token_of(world: World, role: Role) -> Caller:
    boss = world.boss()
    if role in MACHINE_ROLES:
        body = {"name": "machine", "purpose": role.value}
    else:
        tenant = world.tenant("of-admin").id if role is Role.TENANT_ADMIN else None
        body = {"name": "program", "purpose": "api", "role": role.value, "tenant_id": tenant}
    return Caller(world, boss.does("POST", "/v1/tokens", json=body)["secret"])


@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_what_the_table_says_and_nothing_else(shared: World, role: Role) -> None:
    caller = _token_of(shared, role)
    wrong = []
    for route in closed(shared):
        answer = caller.asks(route.method, route.at(), json={})
        refused = answer.status_code == 403 and answer.json()["code"] == "auth.forbidden"
        # One's own password is a person's: a program has none, whatever its role may do.
        may = route.needs in PERMISSIONS[role] and answer.status_code != 401
        if refused == may:
            wrong.append((str(route), answer.status_code))
    assert wrong == []


PRICES = {
    "series": "standard",
    "currency": "CNY",
    "valid_from": "2026-01-01",
    "rates": [{"unit": "message", "tiers": [{"price": 5_000_000}]}],
}
TERMS = {"name": "Standard", "currency": "CNY", "prices": "standard"}
STATEMENT = base64.b64encode(b"date,amount,currency,memo,reference\n2026-03-01,1.00,CNY,acme,r1\n").decode()
STATED = "/v1/tenants/{tenant_id:str}/billing/statements/{month:str}"
DUNNING = {"name": "mole", "steps": [{"name": "last", "offset": {"days": 9}}], "grace": {"days": 9}}
CONTACT = {"name": "Lin", "address": "lin@acme.example"}
THRESHOLD = {"measure": "balance", "direction": "falls", "at": 100, "clear": 200}
WINDOW = {"key": "crm", "starts": "23:30", "ends": "05:00", "multiplier": 2}


class Rich:
    """A tenant that has something of everything, and ways to ask for it."""

    def __init__(self, world: World) -> None:
        self.tenant = world.tenant("acme")
        invoice_id = self._invoiced()
        self.li = self.tenant.account("li")
        self.factor = Portal(self.li).begins()["factor"]
        self.verdict = self.li.travels_too_fast()
        boss = world.boss()
        self.case = boss.case_of(self.li)
        world.until(lambda: {notice["state"] for notice in self.li.notices()} == {"sent"})
        operator = {
            "email": "zhao@acme.example",
            "name": "Zhao",
            "role": "tenant_admin",
            "tenant_id": "acme",
            "password": "a long enough password",
        }
        self.operator = boss.does("POST", "/v1/operators", json=operator)
        self.token = boss.does("POST", "/v1/tokens", json={"name": "extra", "purpose": "gate", "tenant_id": "acme"})[
            "token"
        ]
        self.trip = boss.does("POST", f"{self.li.path}/trips", json=_trip(world))
        network = {"cidr": "203.0.113.0/24", "kind": "allowed"}
        self.network = boss.does("POST", f"{self.tenant.path}/networks", json=network)
        self.tenant.account("builder", kind="bot")
        boss.does("PUT", f"{self.tenant.path}/accounts/builder/profile", json={"purpose": "builds"})
        self.quotas = self._limited(boss)
        self.bills = self._billed(boss, invoice_id)
        self.numbers = self._priced(boss)
        self.imported = boss.does("POST", "/v1/billing/imports", json={"name": "bank.csv", "content": STATEMENT})
        self.names = {
            "tenant_id": "acme",
            **self.quotas,
            **self.bills,
            "import_id": self.imported["id"],
            "account_id": "li",
            "case_id": self.case["id"],
            "hold_id": self.case["hold"],
            "notice_id": self.li.notices()[0]["id"],
            "factor_id": self.factor["id"],
            "decision_id": self.verdict["decision"],
            "operator_id": self.operator["id"],
            "token_id": self.token["id"],
            "trip_id": self.trip["id"],
            "network_id": self.network["id"],
        }

    def _limited(self, boss: Caller) -> dict[str, str]:
        """Give the tenant a plan, a quota of its own and a batch window; their names in addresses."""
        ten, path = {"events": 10, "per_seconds": 60, "burst": 10}, self.tenant.path
        boss.does("PUT", "/v1/plans/of-acme", json={"name": "For Acme", "total": ten, "batch_multiplier": 2})
        boss.does("PUT", f"{path}/plan", json={"plan": "of-acme"})
        own = boss.does("PUT", f"{path}/quotas", json={"key": "crm", "quota": ten})
        window = boss.does("POST", f"{path}/batch-windows", json=WINDOW)
        return {"plan_id": "of-acme", "override_id": own["id"], "window_id": window["id"]}

    def _invoiced(self) -> str:
        """An invoice of the month that then ends, so that there is a month to state."""
        clock = self.tenant.world.clock
        today = clock.now().date()
        line = InvoiceLine(service=Service.VOICE, unit="voice_minute", quantity=9, amount=900)
        month = {"first_day": today - timedelta(31), "last_day": today - timedelta(1), "due_on": today + timedelta(60)}
        draft = InvoiceDraft(key="bill", currency="CNY", lines=(line,), **month)
        with self.tenant.world.program.uow.begin() as tx:
            _, invoice = issue_invoice(tx, draft, tenant_id=self.tenant.id, actor=SYSTEM)
        clock.move(timedelta(30))
        return invoice.id

    def _billed(self, boss: Caller, invoice_id: str) -> dict[str, str]:
        """State the month, dispute its bill and propose to give some money back; their names in addresses."""
        path = f"{self.tenant.path}/billing"
        boss.does("POST", f"{path}/statements", json={"month": "2026-03"})
        about = {"invoice_id": invoice_id, "amount": 100}
        dispute = boss.does("POST", f"{path}/disputes", json={**about, "reason": "never sent"})
        given = boss.does("POST", f"{path}/write-offs", json={**about, "key": "give up", "memo": "bankrupt"})
        until = self.tenant.world.clock.now().date() + timedelta(5)
        promise = boss.does("POST", f"{path}/promises", json={"until": until.isoformat(), "reason": "in a week"})
        contact = boss.does("POST", f"{path}/contacts", json=CONTACT)
        threshold = boss.does("POST", f"{path}/thresholds", json=THRESHOLD)
        return {
            "invoice_id": invoice_id,
            "dispute_id": dispute["id"],
            "proposal_id": given["proposal"]["id"],
            "promise_id": promise["id"],
            "contact_id": contact["id"],
            "threshold_id": threshold["id"],
        }

    def _priced(self, boss: Caller) -> dict[str, dict[str, str]]:
        """Give the tenant prices and a billing plan; their numbers, by the addresses that they belong to."""
        prices = boss.does("POST", "/v1/billing/price-lists", json=PRICES)
        plan = boss.does("POST", "/v1/billing/plans", json=TERMS)
        begins = {"plan": plan["number"], "from_day": "2026-01-01"}
        boss.does("PUT", f"{self.tenant.path}/billing-plans", json=begins)
        return {
            f"{STATED}/lines/{{line:int}}/events": {"line": "1"},
            "/v1/billing/price-lists/{number:int}": {"number": str(prices["number"])},
            "/v1/billing/plans/{number:int}": {"number": str(plan["number"])},
            "/v1/tenants/{tenant_id:str}/billing/invoices/{invoice_id:str}/lines/{number:int}/events": {"number": "0"},
        }

    def at(self, route: Route) -> str:
        """The route's address of something that is there; people have no profile, so that one is the bot's."""
        whose = {"account_id": "builder"} if route.path.endswith("/profile") else self.numbers.get(route.path, {})
        return route.at(**({"month": "2026-03"} | self.names | whose))

    def body(self, route: Route) -> Any:
        """A request that would succeed for somebody who may: what is refused is the tenant and nothing else."""
        reason = {"reason": "we spoke"}
        money = {"key": "mole", "amount": 1, "currency": "CNY"}
        about = {"invoice_id": self.bills["invoice_id"], "amount": 1}
        wait = {"until": "2026-04-08", **reason}
        bodies: dict[str, Any] = {
            "POST /v1/tenants": {"id": "third", "name": "Third", "contact_email": "a@third.example"},
            "PATCH /v1/tenants/{tenant_id:str}": {"name": "Taken over"},
            "POST /v1/tenants/{tenant_id:str}/accounts": {"accounts": [{"id": "mole"}]},
            "PUT /v1/tenants/{tenant_id:str}/accounts/{account_id:str}": {"email": "mole@bolt.example"},
            "POST /v1/operators": {
                "email": "mole@bolt.example",
                "name": "Mole",
                "role": "tenant_admin",
                "tenant_id": "acme",
                "password": "a long enough password",
            },
            "PATCH /v1/operators/{operator_id:str}": {"name": "Mole"},
            "PUT /v1/operators/{operator_id:str}/password": {"password": "another long password"},
            "POST /v1/tokens": {"name": "mole", "purpose": "gate", "tenant_id": "acme"},
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/holds": {"kind": "freeze", **reason},
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/holds/{hold_id:str}/condition-met": reason,
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/factors/totp": {"name": "mole"},
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/factors/{factor_id:str}/confirm": {
                "code": "000000"
            },
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/factors/passkey/options": None,
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/factors/passkey": {
                "name": "mole",
                "credential": {},
            },
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/factors/proof": None,
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/factors/{factor_id:str}/remove": {},
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/holds/{hold_id:str}/challenge": None,
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/holds/{hold_id:str}/answer": {
                "type": "totp",
                "code": "000000",
            },
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/trips": _trip(self.tenant.world),
            "POST /v1/tenants/{tenant_id:str}/trips/{trip_id:str}/approve": {},
            "POST /v1/tenants/{tenant_id:str}/trips/{trip_id:str}/reject": reason,
            "POST /v1/tenants/{tenant_id:str}/trips/{trip_id:str}/cancel": {},
            "PUT /v1/plans/{plan_id:str}": {"name": "Mole"},
            "PUT /v1/tenants/{tenant_id:str}/plan": {"plan": "of-acme"},
            "PUT /v1/tenants/{tenant_id:str}/quotas": {"quota": {"events": 9, "per_seconds": 1, "burst": 9}},
            "POST /v1/tenants/{tenant_id:str}/batch-windows": WINDOW,
            "PUT /v1/tenants/{tenant_id:str}/batch-windows/{window_id:str}": {**WINDOW, "multiplier": 3},
            "POST /v1/limits/take": {"tenant": "acme", "key": "crm", "method": "messages.send"},
            "POST /v1/tenants/{tenant_id:str}/networks": {"cidr": "198.51.100.0/24", "kind": "trusted"},
            "PUT /v1/tenants/{tenant_id:str}/allowlist": {"enforced": True, "tested_from": "203.0.113.7"},
            "PUT /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/profile": {"purpose": "mole"},
            "POST /v1/tenants/{tenant_id:str}/billing/payments": money,
            "POST /v1/tenants/{tenant_id:str}/billing/top-ups": money,
            "POST /v1/tenants/{tenant_id:str}/billing/allocations": {"key": "mole", "currency": "CNY"},
            "POST /v1/tenants/{tenant_id:str}/billing/reversals": {"key": "mole", "entry": 1, "memo": "mole"},
            "POST /v1/tenants/{tenant_id:str}/billing/refunds": {**money, "of": "unapplied", "memo": "mole"},
            "POST /v1/tenants/{tenant_id:str}/billing/write-offs": {**about, "key": "mole", "memo": "mole"},
            "POST /v1/tenants/{tenant_id:str}/billing/credit-notes": {**about, "key": "mole", "memo": "mole"},
            "POST /v1/tenants/{tenant_id:str}/billing/disputes": {**about, **reason},
            "POST /v1/tenants/{tenant_id:str}/billing/disputes/{dispute_id:str}/decision": {
                "upheld": True,
                "answer": "mole",
            },
            "POST /v1/tenants/{tenant_id:str}/billing/proposals/{proposal_id:str}/approve": {},
            "POST /v1/tenants/{tenant_id:str}/billing/proposals/{proposal_id:str}/reject": reason,
            "PUT /v1/tenants/{tenant_id:str}/billing/closing": {"closed": True},
            "POST /v1/tenants/{tenant_id:str}/billing/months": {"month": "2026-01-01"},
            "POST /v1/tenants/{tenant_id:str}/billing/statements": {"month": "2026-01"},
            "POST /v1/tenants/{tenant_id:str}/billing/statements/{month:str}/confirmation": None,
            "POST /v1/tenants/{tenant_id:str}/billing/statements/{month:str}/disputes": {"line": 1, **reason},
            "POST /v1/tenants/{tenant_id:str}/billing/promises": wait,
            "POST /v1/tenants/{tenant_id:str}/billing/promises/{promise_id:str}/approve": reason,
            "POST /v1/tenants/{tenant_id:str}/billing/promises/{promise_id:str}/reject": reason,
            "POST /v1/tenants/{tenant_id:str}/billing/clock-holds": wait,
            "POST /v1/tenants/{tenant_id:str}/billing/dunning/freeze": {**reason, "invoice_id": about["invoice_id"]},
            "POST /v1/tenants/{tenant_id:str}/billing/dunning/release": reason,
            "POST /v1/billing/dunning/policies": DUNNING,
            "POST /v1/tenants/{tenant_id:str}/billing/contacts": {**CONTACT, "address": "mole@acme.example"},
            "POST /v1/tenants/{tenant_id:str}/billing/contacts/{contact_id:str}/code": None,
            "POST /v1/tenants/{tenant_id:str}/billing/contacts/{contact_id:str}/confirmation": {"code": "0000000000"},
            "POST /v1/tenants/{tenant_id:str}/billing/thresholds": THRESHOLD,
            "PUT /v1/tenants/{tenant_id:str}/billing/thresholds/{threshold_id:str}": {**THRESHOLD, "at": 50},
            "PUT /v1/tenants/{tenant_id:str}/billing/budget": {"amount": 100_000},
            "POST /v1/billing/advices/{advice_id:str}/retry": {},
            "POST /v1/billing/imports": {"name": "bank.csv", "content": STATEMENT},
            "POST /v1/billing/imports/{import_id:str}/posting": {},
            "POST /v1/billing/price-lists": {**PRICES, "series": "mole"},
            "POST /v1/billing/plans": {**TERMS, "name": "Mole"},
            "PUT /v1/tenants/{tenant_id:str}/billing-plans": {"plan": 1, "from_day": "2026-04-01"},
            "POST /v1/policies": {"source": "name: mole\nrules: []\n"},
            "POST /v1/cases/{case_id:str}/confirm": reason,
            "POST /v1/cases/{case_id:str}/release": {"finding": "mistake", **reason},
            "POST /v1/cases/{case_id:str}/ban-proposal": reason,
            "POST /v1/cases/{case_id:str}/ban-approval": reason,
            "POST /v1/cases/{case_id:str}/appeal-upheld": reason,
            "POST /v1/cases/{case_id:str}/done": reason,
            "POST /v1/cases/{case_id:str}/notes": {"text": "a mole was here"},
        }
        if route.method in {"POST", "PUT", "PATCH"}:
            assert str(route) in bodies, f"{route} is new: say here which request of it would succeed"
        return bodies.get(str(route))


def _trip(world: World) -> Any:
    now = world.clock.now()
    times = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(days=3)).isoformat()}
    return {"places": [{"country": "PT"}], **times}


@pytest.fixture
def rich(world: World) -> Rich:
    return Rich(world)


def _of_tenants(world: World) -> Iterator[Route]:
    for route in closed(world):
        if (
            str(route) not in SAME_FOR_ALL | ABOUT_ONESELF
            and route.path.startswith("/v1/")
            and route.path != "/v1/events"
        ):
            yield route


def test_what_belongs_to_one_tenant_is_nothing_to_another(world: World, rich: Rich) -> None:
    stranger = world.tenant("bolt").token("api", role="superintendent")
    before, seen = len(world.facts("acme")), []
    for route in _of_tenants(world):
        named = "{" in route.path or route.method == "POST"
        request = {"json": rich.body(route)} if rich.body(route) is not None else {}
        answer = stranger.asks(route.method, rich.at(route), **request)
        if named and answer.status_code != 404:
            seen.append((str(route), answer.status_code, answer.text[:200]))
        told = [name for name, ident in rich.names.items() if name != "account_id" and ident in answer.text]
        # A refusal may repeat what the caller asked for, never more.
        if told and (not named or set(told) - {"tenant_id"}):
            seen.append((str(route), told, answer.text[:200]))
    assert seen == []
    assert world.facts("acme")[before:] == []
    assert stranger.is_refused("GET", "/v1/cases", params={"tenant": "acme"}) == "request.not_found"


def test_its_own_people_do_reach_it(world: World, rich: Rich) -> None:
    """The other half of the test above: the same requests with the right tenant's token are answered."""
    own = rich.tenant.token("api", role="superintendent")
    unknown = [
        (str(route), answer.text[:200])
        for route in _of_tenants(world)
        if route.method == "GET" and str(route) not in OF_THE_PLATFORM
        if (answer := own.asks("GET", rich.at(route))).status_code != 200
    ]
    assert unknown == []


def test_a_tenants_administrator_learns_no_rule_from_a_hold(world: World, rich: Rich) -> None:
    credentials = {"email": rich.operator["email"], "password": "a long enough password"}
    admin = Caller(world, world.http.post("/v1/session", json=credentials).json()["secret"])
    for path in ("holds", "standing"):
        answer = admin.asks("GET", f"{rich.li.path}/{path}")
        assert answer.status_code == 200
        assert "login.impossible-journey" not in answer.text
        assert rich.verdict["decision"] not in answer.text
    [hold] = admin.sees(f"{rich.li.path}/holds")
    assert (hold["cause"], hold["placed_by"], hold["reason"]) == ("abnormal_login", "rule", None)

    world.reviewer().releases(rich.case)
    [hold] = admin.sees(f"{rich.li.path}/holds")
    assert (hold["finding"], hold["release_reason"]) == ("mistake", None)


def test_a_verifier_ends_a_challenge_and_nothing_graver(world: World, rich: Rich) -> None:
    boss, verifier = world.boss(), rich.tenant.token("verifier")
    chen = rich.tenant.account("chen")
    challenge, proof = boss.places(chen, "challenge"), {"reason": "passed at the identity service"}

    def met(account: Account, hold: str) -> str:
        return f"{account.path}/holds/{hold}/condition-met"

    assert verifier.is_refused("POST", met(rich.li, rich.case["hold"]), json=proof) == "hold.condition_not_met"
    assert verifier.is_refused("POST", met(rich.li, challenge["id"]), json=proof) == "hold.unknown"
    assert not chen.is_free()

    released = verifier.does("POST", met(chen, challenge["id"]), json=proof)

    assert (released["finding"], released["released_by"].partition(":")[0]) == ("condition_met", "token")
    assert chen.is_free()
    assert boss.case_of(chen)["outcome"] == "released"
    assert verifier.is_refused("POST", met(chen, challenge["id"]), json=proof) == "hold.closed"


def test_nobody_sends_events_for_another_tenant(world: World, rich: Rich) -> None:
    bolt = world.tenant("bolt")
    answer = bolt.sends({**rich.li.login(from_="Lisbon"), "tenant": "acme"})
    assert (answer.status_code, answer.json()["code"]) == (403, "event.tenant_mismatch")


def test_nobody_asks_the_gate_about_another_tenant(world: World, rich: Rich) -> None:
    bolt = world.tenant("bolt")
    assert rich.li.at_the_gate(by=bolt.gateway)["context"]["code"] == "gate.other_tenant"
    assert bolt.account("li").is_free()


def test_a_token_that_was_revoked_counts_for_nothing_at_once(world: World) -> None:
    acme = world.tenant()
    li = acme.account("li")
    issued = world.boss().does("POST", "/v1/tokens", json={"name": "g", "purpose": "gate", "tenant_id": "acme"})
    gateway = Caller(world, issued["secret"])
    assert li.at_the_gate(by=gateway)["decision"] is True

    world.boss().does("DELETE", f"/v1/tokens/{issued['token']['id']}")

    assert gateway.is_refused("POST", "/access/v1/evaluation", json={}) == "auth.invalid"
