"""A tenant that pays in advance and watches its balance, and the mailboxes of its finance people."""

import hashlib
import hmac
import json
import re
from datetime import timedelta
from typing import Any

from frostgate.background import Background
from frostgate.notices import store as notices
from frostgate.notices.model import State
from world import Json, Letter, Person, World

DAY = timedelta(days=1)
FEN = 1_000_000
PRICES = {
    "series": "standard",
    "currency": "CNY",
    "valid_from": "2026-01-01",
    "rates": [
        {"unit": "message", "tiers": [{"price": 5 * FEN}]},
        {"unit": "ai_token", "tiers": [{"price": FEN}]},
    ],
}
PLAN = {
    "name": "Standard",
    "currency": "CNY",
    "prices": "standard",
    "payment_days": 14,
    "prepaid": ["conversational_ai"],
}
STRIPE_SECRET = "whsec_acme"
LIN = "lin@acme.example"


class Watched:
    """Acme in Shanghai: a token of its assistant costs a fen in advance, a message five fen afterwards."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tenant = world.tenant(language="en", time_zone="Asia/Shanghai")
        self.path = f"{self.tenant.path}/billing"
        self.contacts = f"{self.tenant.path}/contacts"
        boss = world.boss()
        boss.does("POST", "/v1/billing/price-lists", json=PRICES)
        plan = boss.does("POST", "/v1/billing/plans", json=PLAN)["number"]
        given = {"plan": plan, "from_day": "2026-01-01", "region": "CN"}
        boss.does("PUT", f"{self.tenant.path}/billing-plans", json=given)

    @property
    def admin(self) -> Person:
        """The tenant's administrator."""
        return self.world.somebody("admin@acme.example", name="Admin", role="owner", tenant_id="acme")

    # Contacts

    def adds(self, address: str = LIN, **more: Any) -> str:
        """A contact that nobody has confirmed yet; its id."""
        way = {"email" if "@" in address else "mobile": address}
        body = {"name": address.partition("@")[0].title(), "role": "finance", **way, **more}
        added: str = self.admin.does("POST", self.contacts, json=body)["id"]
        self.delivers()
        return added

    def has(self, address: str = LIN, **more: Any) -> str:
        """A contact who sent the code back; its id."""
        contact = self.adds(address, **more)
        self.replies(contact, self.code(address))
        return contact

    def replies(self, contact: str, code: str) -> Json:
        return self.admin.does("POST", f"{self.way(contact)}/confirmation", json={"code": code})

    def is_wrong(self, contact: str, code: str) -> str:
        return self.admin.is_refused("POST", f"{self.way(contact)}/confirmation", json={"code": code})

    def way(self, contact: str) -> str:
        """The path of the first address of a contact."""
        [found] = [each for each in self.admin.sees(self.contacts) if each["id"] == contact]
        return f"{self.contacts}/{contact}/{found['ways'][0]['channel']}"

    def code(self, address: str = LIN) -> str:
        """The code in the newest mail that asks somebody for it."""
        found = [mail.text for mail in self.mails(address) if _asks(mail)]
        code = re.search(r"(?:Reply code|回执码)\s+(\w{10})\s", found[-1])
        assert code is not None, found[-1]
        return code.group(1)

    def trust(self, contact: str) -> str:
        [found] = [each for each in self.admin.sees(self.contacts) if each["id"] == contact]
        trust: str = found["ways"][0]["trust"]
        return trust

    # Thresholds

    def watches(self, measure: str, at: int, clear: int, *recipients: str, **more: Any) -> Json:
        """A new threshold, told to all who are confirmed where nobody is named."""
        body = {
            "measure": measure,
            "direction": "falls" if clear > at else "rises",
            "at": at,
            "clear": clear,
            "recipients": [{"contact_id": each, "channel": "email"} for each in recipients],
            **more,
        }
        return self.admin.does("POST", f"{self.path}/thresholds", json=body)

    # What happens

    def tops_up(self, amount: int) -> None:
        body = {"key": f"t{self.world.number()}", "amount": amount, "currency": "CNY"}
        self.world.boss().does("POST", f"{self.path}/top-ups", json=body)

    def is_charged(self, amount: int, service: str = "conversational_ai") -> None:
        """By an event, which posts it at once."""
        self._sends(kind="charge", amount=amount, currency="CNY", service=service)

    def uses(self, quantity: int, unit: str = "ai_token") -> None:
        """By an event, which is rated and posted with its month."""
        self._sends(kind="usage", unit=unit, quantity=quantity)

    def _sends(self, **data: Any) -> None:
        event = self.tenant.stranger("li").event("billing")
        answer = self.tenant.sends({**event, "data": {**event["data"], **data}}).json()
        assert answer.get("verdict") == "allow", answer

    def pays(self, amount: int, payment: str) -> None:
        """Stripe tells of a payment, and signs what it says."""
        said = {
            "id": payment,
            "object": "payment_intent",
            "amount_received": amount,
            "currency": "cny",
            "metadata": {"tenant_id": "acme"},
        }
        seconds = int(self.world.clock.now().timestamp())
        event = {"id": f"evt_{payment}", "object": "event", "created": seconds, "livemode": True}
        body = json.dumps({**event, "type": "payment_intent.succeeded", "data": {"object": said}}).encode()
        signed = hmac.new(STRIPE_SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"stripe-signature": f"t={seconds},v1={signed}", "content-type": "application/json"}
        answer = self.world.http.post("/v1/billing/webhooks/stripe", content=body, headers=headers)
        assert answer.json() == {"outcome": "posted", "code": None}, answer.text

    def looks(self) -> None:
        """What the server does by itself for alerts, and to see whether contacts still read."""
        Background(self.world.program).alert()
        Background(self.world.program).ask_contacts()
        self.delivers()

    def does_its_chores(self) -> None:
        """All that the server does by itself about money."""
        chores = Background(self.world.program)
        for chore in (chores.invoice_months, chores.state_months, chores.dun, chores.alert):
            chore()
        self.delivers()

    def delivers(self) -> None:
        self.world.program.delivery.wake()
        self.world.until(lambda: not self._on_its_way())

    def days_pass(self, days: int, *, using: int = 0) -> None:
        """Each of them with this use, and a look."""
        for _ in range(days):
            if using:
                self.uses(using)
            self.world.clock.move(DAY)
            self.looks()

    def _on_its_way(self) -> bool:
        with self.world.program.uow.look() as connection:
            owed = notices.list_notices(connection, tenant_id="acme", state=State.OWED)
        return any(each.next_attempt_at <= self.world.clock.now() for each in owed)

    # What can be seen

    def mails(self, address: str = LIN) -> list[Letter]:
        return [Letter(mail.content) for mail in self.world.mailbox.mails if mail.to == address]

    def alerts(self, address: str = LIN) -> list[Letter]:
        """The mails to somebody but those about their being a contact."""
        return [mail for mail in self.mails(address) if not _is_about_contacts(mail)]

    def cases(self) -> list[Json]:
        """What our own people are asked to tell somebody."""
        found: list[Json] = self.world.boss().sees("/v1/cases", tenant="acme", kind="notice_undeliverable")["items"]
        return found


def _asks(mail: Letter) -> bool:
    """Whether a mail asks for a code."""
    return "Confirm that you read" in mail.subject or "请确认您的邮箱" in mail.subject


def _is_about_contacts(mail: Letter) -> bool:
    """Whether a mail asks for a code, or says that a contact was changed."""
    return _asks(mail) or "changed its contacts" in mail.subject or "变更了联系人" in mail.subject
