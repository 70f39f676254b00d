"""A platform that takes Stripe's webhooks and bank statements, and what it takes."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import httpx

from bills import issue
from frostgate.billing.ledger.model import Invoice, InvoiceLine
from frostgate.directory.permissions import Role
from frostgate.standing.model import Service
from world import World

SECRET, OLD_SECRET = "whsec_new", "whsec_old"
HEADINGS = "日期,金额,币种,摘要,流水号"


def signature(body: bytes, secret: str, seconds: int) -> str:
    """The scheme as it is published, by hand."""
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()


class Payers:
    """Tenants that pay, Stripe, a bank, and a finance operator who reads what came."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ann = world.person(Role.FINANCE.value)
        self._number = 0

    def number(self) -> int:
        self._number += 1
        return self._number

    # Stripe

    def event(self, kind: str, said: Any, *, named: str | None = None) -> Any:
        """An event as Stripe sends it."""
        return {
            "id": named or f"evt_{self.number()}",
            "object": "event",
            "api_version": "2025-03-31.basil",
            "created": int(self.world.clock.now().timestamp()),
            "livemode": True,
            "type": kind,
            "data": {"object": said},
        }

    def paid(self, amount: int, *, payment: str = "pi_first", tenant: str | None = "acme", **more: Any) -> Any:
        """An event of a payment intent that succeeded."""
        metadata = {} if tenant is None else {"tenant_id": tenant}
        if invoices := more.pop("invoices", None):
            metadata["invoice_ids"] = ", ".join(invoices)
        named = more.pop("named", None)
        said = {"id": payment, "object": "payment_intent", "amount": amount, "amount_received": amount}
        return self.event(
            "payment_intent.succeeded", {**said, "currency": "cny", "metadata": metadata, **more}, named=named
        )

    def refunded(self, amount: int, *, payment: str = "pi_first", **more: Any) -> Any:
        """An event that says how much of a payment went back so far."""
        said = {"id": f"ch_{payment}", "payment_intent": payment, "amount_refunded": amount, "currency": "cny"}
        return self.event("charge.refunded", {**said, "metadata": {}, **more})

    def sends(
        self, event: Any, *, secrets: tuple[str, ...] = (SECRET,), late: timedelta = timedelta(), **more: Any
    ) -> httpx.Response:
        """Send an event, signed `late` ago."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        seconds = int((self.world.clock.now() - late).timestamp())
        signed = ",".join([f"t={seconds}", *(f"v1={signature(body, each, seconds)}" for each in secrets)])
        return self.posts(more.get("instead", body), more.get("header", signed))

    def posts(self, body: bytes, header: str) -> httpx.Response:
        headers = {b"stripe-signature": header.encode("latin-1"), b"content-type": b"application/json; charset=utf-8"}
        return self.world.http.post("/v1/billing/webhooks/stripe", content=body, headers=headers)

    def told(self, event: Any, **more: Any) -> Any:
        """Send an event that is taken; what became of it."""
        answer = self.sends(event, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def advices(self, state: str | None = None) -> list[Any]:
        found: list[Any] = self.ann.sees("/v1/billing/advices", **({} if state is None else {"state": state}))["items"]
        return found

    # The bank

    def uploads(self, text: str | bytes, **more: Any) -> Any:
        """Upload a statement; how it was read."""
        content = text if isinstance(text, bytes) else text.encode()
        body = {"name": "bank.csv", "content": base64.b64encode(content).decode(), **more}
        return self.ann.does("POST", "/v1/billing/imports", json=body)

    def statement(self, *lines: str, **more: Any) -> Any:
        return self.uploads("\n".join([HEADINGS, *lines]) + "\n", **more)

    def lines(self, made: Any) -> list[Any]:
        found: list[Any] = self.ann.sees(f"/v1/billing/imports/{made['id']}/lines", limit=200)["items"]
        return found

    def problems(self, made: Any) -> list[list[str]]:
        return [[problem["code"] for problem in line["problems"]] for line in self.lines(made)]

    def post(self, made: Any, *lines: Any) -> Any:
        """Post some lines, or all that can be."""
        body = {"lines": [each if isinstance(each, dict) else {"number": each} for each in lines]} if lines else {}
        return self.ann.does("POST", f"/v1/billing/imports/{made['id']}/posting", json=body)

    # Tenants

    def invoice(self, amount: int, *, tenant: str = "acme") -> Invoice:
        line = InvoiceLine(service=Service.VOICE, unit="voice_minute", quantity=amount, amount=amount)
        return issue(self.world, tenant, line)

    def entries(self, tenant: str = "acme") -> list[Any]:
        found: list[Any] = self.ann.sees(f"/v1/tenants/{tenant}/billing/entries", limit=200)
        return found

    def kinds(self, tenant: str = "acme") -> list[str]:
        return [entry["kind"] for entry in self.entries(tenant)]

    def balance(self, tenant: str = "acme") -> Any:
        [found] = self.ann.sees(f"/v1/tenants/{tenant}/billing/balance")["balances"]
        return found

    def open_of(self, invoice: Invoice) -> int:
        found: int = self.ann.sees(f"/v1/tenants/{invoice.tenant_id}/billing/invoices/{invoice.id}")["open"]
        return found

    def closes(self, tenant: str = "acme", *, closed: bool = True) -> None:
        self.ann.does("PUT", f"/v1/tenants/{tenant}/billing/closing", json={"closed": closed})
