"""A platform with prices, and a tenant in Shanghai whose usage, charges and payments come as events."""

from datetime import UTC, date, datetime
from typing import Any

from frostgate.background import Background
from frostgate.base.clock import HandClock
from world import Json, Tenant, World

FEN = 1_000_000
RATES = [
    {"unit": "message", "free": 1000, "tiers": [{"price": 5 * FEN}, {"beyond": 10_000, "price": 4 * FEN}]},
    {"unit": "ai_token", "tiers": [{"price": 50_000}]},
]
PRICES = {"series": "standard", "currency": "CNY", "valid_from": "2026-01-01", "rates": RATES}
PLAN = {
    "name": "Standard",
    "currency": "CNY",
    "prices": "standard",
    "payment_days": 30,
    "prepaid": ["conversational_ai"],
}


def billing_event(tenant: Tenant, data: Json, **more: Any) -> Json:
    """A billing event of the tenant's, with this data beside its account."""
    event = tenant.stranger("li").event("billing", **more)
    return {**event, "data": {**event["data"], **data}}


class Shop:
    """The world, with billing in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.boss.does("POST", "/v1/billing/price-lists", json=PRICES)
        self.plan = self.boss.does("POST", "/v1/billing/plans", json=PLAN)["number"]

    @property
    def boss(self) -> Any:
        """The superintendent, signed in whatever the clock says."""
        return self.world.boss()

    def tenant(self, tenant_id: str = "acme", *, from_day: str = "2026-03-01", **details: Any) -> Tenant:
        """A tenant that is billed."""
        made = self.world.tenant(tenant_id, **details)
        self.boss.does("PUT", f"{made.path}/billing-plans", json={"plan": self.plan, "from_day": from_day})
        return made

    def sends(self, tenant: Tenant, *, named: str | None = None, at: datetime | None = None, **data: Any) -> Json:
        """What a billing event of the tenant's is answered with."""
        return tenant.sends(billing_event(tenant, data, named=named, at=at)).json()

    def uses(self, tenant: Tenant, quantity: int, unit: str = "message", **more: Any) -> Json:
        """Use something, and hear that it is counted."""
        answer = self.sends(tenant, kind="usage", unit=unit, quantity=quantity, **more)
        assert answer.get("verdict") == "allow", answer
        return answer

    def is_day(self, day: date) -> None:
        """It becomes noon of a day in Shanghai; the days between are not seen by anybody."""
        clock: HandClock = self.world.clock
        clock.move(datetime(day.year, day.month, day.day, 4, tzinfo=UTC) - clock.now())

    def bills(self) -> int:
        """What the server does by itself every few minutes; how many months were billed."""
        return Background(self.world.program).invoice_months()

    def invoices(self, tenant: Tenant) -> list[Json]:
        """A tenant's invoices."""
        found: list[Json] = self.boss.sees(f"{tenant.path}/billing/invoices")["items"]
        return found

    def events_of(self, tenant: Tenant, invoice: Json, line: int) -> list[Json]:
        """All events of a line, read in pages of two."""
        path = f"{tenant.path}/billing/invoices/{invoice['id']}/lines/{line}/events"
        found: list[Json] = []
        page = self.boss.sees(path, limit=2)
        found += page["items"]
        while page["next"] is not None:
            page = self.boss.sees(path, limit=2, after=page["next"])
            found += page["items"]
        return found

    def balance(self, tenant: Tenant) -> Json:
        """How the tenant stands in CNY."""
        (found,) = self.boss.sees(f"{tenant.path}/billing/balance")["balances"]
        return found

    def kinds(self, tenant: Tenant) -> list[str]:
        """The kinds of the entries in the tenant's ledger."""
        return [entry["kind"] for entry in self.boss.sees(f"{tenant.path}/billing/entries")]
