"""A tenant that has something of everything, and a request of every route that would succeed."""

import base64
from datetime import timedelta
from io import BytesIO
from typing import Any

from PIL import Image

from authenticators import Portal, recovery_code
from frostgate.background import Background
from frostgate.base.model import SYSTEM
from frostgate.billing.ledger.drafts import InvoiceDraft
from frostgate.billing.ledger.model import InvoiceLine
from frostgate.billing.ledger.service import issue_invoice
from frostgate.standing.model import Service
from routes import Route
from visitors import Visits
from world import Caller, World

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
CONTACT = {"name": "Lin", "role": "finance", "email": "lin@acme.example"}
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
        self.tenant.account("wang").travels_too_fast()
        self.group = boss.sees("/v1/cases/groups")["items"][0]
        world.until(lambda: {notice["state"] for notice in self.li.notices()} == {"sent"})
        operator = {
            "email": "zhao@acme.example",
            "name": "Zhao",
            "role": "owner",
            "tenant_id": "acme",
            "password": "a long enough password",
        }
        self.operator = boss.does("POST", "/v1/operators", json=operator)
        papers = f"/v1/cases/{self.case['id']}/documents?purpose=business_licence"
        self.document = boss.does("POST", papers, content=_picture())
        boss.does("PUT", f"{self.tenant.path}/registration", json={"name": "Acme"})
        freeze = {"what": "freeze", "accounts": ["li"], "reason": "a wave"}
        self.bulk = boss.does("POST", f"{self.tenant.path}/bulk-actions", json=freeze)
        people = boss.sees("/v1/operators")["items"]
        self.staff = next(person for person in people if person["role"] == "reviewer")
        waits = {"reason": "their owner is away", "tenant_id": "acme"}
        helper = world.person("customer_success")
        waits["proof"] = recovery_code(world, "customer_success")
        self.emergency = helper.does("POST", "/v1/emergencies", json=waits)["emergency"]
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
        self.numbers = self._priced(boss) | self._checked(boss) | self._awaited(boss)
        self.imported = boss.does("POST", "/v1/billing/imports", json={"name": "bank.csv", "content": STATEMENT})
        self.names = {
            "tenant_id": "acme",
            **self.quotas,
            **self.bills,
            "import_id": self.imported["id"],
            "account_id": "li",
            "case_id": self.case["id"],
            "group_id": self.group["id"],
            "appeal_id": self._appealed(boss),
            "bulk_id": self.bulk["id"],
            "document_id": self.document["id"],
            "hold_id": self.case["hold"],
            "notice_id": self.li.notices()[0]["id"],
            "channel": "email",
            "report_id": self._reported(boss),
            "factor_id": self.factor["id"],
            "decision_id": self.verdict["decision"],
            "operator_id": self.operator["id"],
            "emergency_id": self.emergency["id"],
            "token_id": self.token["id"],
            "session_id": self._session(),
            "trip_id": self.trip["id"],
            "network_id": self.network["id"],
        }

    def _awaited(self, boss: Caller) -> dict[str, dict[str, str]]:
        """A release with a condition, of somebody else; by its addresses."""
        zhou = self.tenant.account("zhou")
        hold = boss.does("POST", f"{zhou.path}/holds", json={"kind": "freeze", "reason": "asked for"})
        until = (self.tenant.world.clock.now() + timedelta(days=3)).isoformat()
        once = {"conditions": [{"condition": "keys_rotated"}, {"condition": "statement"}], "until": until}
        released = {"finding": "condition_met", "once": once, "reason": "we spoke"}
        boss.does("POST", f"/v1/cases/{hold['case']}/release", json=released)
        [first, _] = boss.sees(f"/v1/cases/{hold['case']}")["conditions"]
        named = {"case_id": hold["case"], "condition_id": first["id"]}
        of_condition = "/v1/cases/{case_id:str}/conditions/{condition_id:str}"
        return {f"{of_condition}/{deed}": named for deed in ("met", "waiver", "not-done")}

    def _checked(self, boss: Caller) -> dict[str, dict[str, str]]:
        """A thaw of somebody else, whose check-up that begins, and the review of the quarter; by their addresses."""
        wang = self.tenant.account("wang")
        hold = boss.does("POST", f"{wang.path}/holds", json={"kind": "freeze", "reason": "asked for"})
        boss.does("POST", f"/v1/cases/{hold['case']}/release", json={"finding": "mistake", "reason": "we spoke"})
        Background(self.tenant.world.program).review_quarters()
        check_up = {"check_up_id": boss.sees(f"{self.tenant.path}/checkups")["items"][0]["id"]}
        of_account = "/v1/tenants/{tenant_id:str}/accounts/{account_id:str}/checkups/{check_up_id:str}"
        review = "/v1/tenants/{tenant_id:str}/reviews/{quarter:str}"
        named = {"quarter": boss.sees(f"{self.tenant.path}/reviews")["items"][0]["quarter"]}
        return {
            "/v1/tenants/{tenant_id:str}/checkups/{check_up_id:str}/steps/{step:str}": check_up | {"step": "networks"},
            f"{of_account}/steps/{{step:str}}": check_up | {"account_id": "wang", "step": "sessions"},
            f"{of_account}/sign-ins/{{sign_in:int}}": check_up | {"account_id": "wang", "sign_in": "1"},
            **dict.fromkeys((review, f"{review}/file", f"{review}/confirmation"), named),
        }

    def _appealed(self, boss: Caller) -> str:
        """Have Li appeal by the link in the notice; the appeal's id."""
        visits = Visits(self.tenant.world)
        visits.of(f"li@{self.tenant.id}.example").comes_in(f"li@{self.tenant.id}.example").hands_in()
        visits.close()
        appeal_id: str = boss.sees("/v1/appeals")["items"][0]["id"]
        return appeal_id

    def _session(self) -> str:
        """A session of the tenant's administrator."""
        who = {"email": self.operator["email"], "password": "a long enough password"}
        secret = self.tenant.world.http.post("/v1/session", json=who).json()["secret"]
        found: str = Caller(self.tenant.world, secret).sees("/v1/sessions")[0]["id"]
        return found

    def _reported(self, boss: Caller) -> str:
        """A notice that somebody believes is a fake."""
        self.tenant.world.http.post("/fraud", data={"text": "pay here"}).raise_for_status()
        found: str = boss.sees("/v1/reports/fake-notices")["items"][0]["id"]
        return found

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
        contact = boss.does("POST", f"{self.tenant.path}/contacts", json=CONTACT)
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
            "/v1/documents/{document_id:str}/pages/{page:int}": {"page": "1"},
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
            "PUT /v1/tenants/{tenant_id:str}/registration": {"name": "Mole"},
            "POST /v1/tenants/{tenant_id:str}/accounts": {"accounts": [{"id": "mole"}]},
            "PUT /v1/tenants/{tenant_id:str}/accounts/{account_id:str}": {"email": "mole@bolt.example"},
            "POST /v1/operators": {
                "email": "mole@bolt.example",
                "name": "Mole",
                "role": "owner",
                "tenant_id": "acme",
                "password": "a long enough password",
            },
            "PATCH /v1/operators/{operator_id:str}": {"name": "Mole"},
            "PUT /v1/operators/{operator_id:str}/password": {"password": "another long password"},
            "POST /v1/emergencies": {"reason": "because I can", "tenant_id": "acme"},
            "PUT /v1/tenants/{tenant_id:str}/account-manager": {"operator_id": None},
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
            "POST /v1/tenants/{tenant_id:str}/contacts": {**CONTACT, "email": "mole@acme.example"},
            "PUT /v1/tenants/{tenant_id:str}/contacts/{contact_id:str}": {**CONTACT, "name": "Mole"},
            "POST /v1/tenants/{tenant_id:str}/contacts/{contact_id:str}/{channel:str}/code": None,
            "POST /v1/tenants/{tenant_id:str}/contacts/{contact_id:str}/{channel:str}/confirmation": {"code": "0" * 10},
            "PUT /v1/tenants/{tenant_id:str}/quiet-hours": {"email": None, "sms": None},
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
            "POST /v1/cases/{case_id:str}/release-proposal": {"finding": "mistake", **reason},
            "POST /v1/cases/{case_id:str}/keep-proposal": {"until": "2026-03-09T12:00:00Z", **reason},
            "POST /v1/cases/{case_id:str}/release-approval": reason,
            "POST /v1/cases/{case_id:str}/proposal-withdrawal": reason,
            "POST /v1/cases/{case_id:str}/conditions/{condition_id:str}/met": reason,
            "POST /v1/cases/{case_id:str}/conditions/{condition_id:str}/waiver": reason,
            "POST /v1/cases/{case_id:str}/conditions/{condition_id:str}/not-done": reason,
            "POST /v1/cases/{case_id:str}/bypass": {"account": "mole", **reason},
            "POST /v1/cases/{case_id:str}/ban-proposal": reason,
            "POST /v1/cases/{case_id:str}/ban-approval": reason,
            "POST /v1/cases/{case_id:str}/appeal-upheld": reason,
            "POST /v1/cases/{case_id:str}/done": reason,
            "POST /v1/cases/{case_id:str}/questions": reason,
            "POST /v1/cases/{case_id:str}/answers": reason,
            "POST /v1/appeals/{appeal_id:str}/questions": {"reason_code": "statement_unclear"},
            "POST /v1/appeals/{appeal_id:str}/decision": {"outcome": "upheld", **reason},
            "POST /v1/cases/{case_id:str}/documents": None,
            "POST /v1/cases/{case_id:str}/notes": {"text": "a mole was here"},
            "POST /v1/cases/{case_id:str}/take": None,
            "POST /v1/cases/{case_id:str}/give": {"operator": self.staff["id"]},
            "POST /v1/cases/{case_id:str}/leave": None,
            "POST /v1/reports/fake-notices/{report_id:str}/look": None,
            "POST /v1/desk/next": {"tenant": "acme"},
            "POST /v1/tenants/{tenant_id:str}/bulk-actions": {"what": "freeze", "accounts": ["mole"], **reason},
            "POST /v1/tenants/{tenant_id:str}/bulk-actions/{bulk_id:str}/approve": None,
            "POST /v1/tenants/{tenant_id:str}/bulk-actions/{bulk_id:str}/withdraw": reason,
            "POST /v1/tenants/{tenant_id:str}/bulk-actions/{bulk_id:str}/undo": reason,
            "POST /v1/tenants/{tenant_id:str}/checkups/{check_up_id:str}/steps/{step:str}": None,
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/checkups/{check_up_id:str}/steps/{step:str}": (
                None
            ),
            "POST /v1/tenants/{tenant_id:str}/accounts/{account_id:str}/checkups/{check_up_id:str}"
            "/sign-ins/{sign_in:int}": {"own": "yes"},
            "POST /v1/tenants/{tenant_id:str}/reviews/{quarter:str}/confirmation": {"statements": {}},
            "PUT /v1/desk/reviewers/{operator_id:str}": {"causes": ["arrears"], "at_once": 1},
        }
        if route.method in {"POST", "PUT", "PATCH"}:
            assert str(route) in bodies, f"{route} is new: say here which request of it would succeed"
        return bodies.get(str(route))


def _picture() -> bytes:
    kept = BytesIO()
    Image.new("RGB", (900, 400), "white").save(kept, "PNG")
    return kept.getvalue()


def _trip(world: World) -> Any:
    now = world.clock.now()
    times = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(days=3)).isoformat()}
    return {"places": [{"country": "PT"}], **times}
