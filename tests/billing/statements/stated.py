"""A tenant with a ledger of some months, and who makes, reads and answers its statements."""

from datetime import UTC, datetime
from typing import Any

from bills import issue
from frostgate.base.model import SYSTEM
from frostgate.billing.ledger import service
from frostgate.billing.ledger.drafts import ChargeDraft
from frostgate.billing.ledger.model import InvoiceLine
from frostgate.directory.permissions import Role
from frostgate.standing.model import Service
from world import Caller, Json, World

MARCH, APRIL, MAY = (datetime(2026, month, 5, 4, tzinfo=UTC) for month in (3, 4, 5))


class Stated:
    """What rooms before the ledger do goes in by hand, and all else over HTTP."""

    def __init__(self, world: World, **details: Any) -> None:
        self.world = world
        self.tenant = world.tenant(f"t{world.number()}", **details)
        self.path = f"{self.tenant.path}/billing"
        self.admin: Caller = self.tenant.token("api", role="owner")

    @property
    def ann(self) -> Caller:
        """Somebody of the finance staff."""
        return self.world.person(Role.FINANCE.value)

    def charge(self, amount: int, *, service_: Service = Service.VOICE, prepaid: bool = False, **more: Any) -> None:
        known = {"key": f"c{self.world.number()}", "currency": "CNY"}
        draft = ChargeDraft(amount=amount, service=service_, prepaid=prepaid, **{**known, **more})
        with self.world.program.uow.begin() as tx:
            service.post_charge(tx, draft, tenant_id=self.tenant.id, actor=SYSTEM)

    def invoice(self, *lines: InvoiceLine, currency: str = "CNY") -> str:
        """Issue a bill as pricing does; its id."""
        return issue(self.world, self.tenant.id, *lines, currency=currency).id

    def posts(self, what: str, **body: Any) -> Json:
        return self.ann.does("POST", f"{self.path}/{what}", json={"key": f"k{self.world.number()}", **body})

    def makes(self, month: str) -> Json:
        """The statement of a month."""
        return self.ann.does("POST", f"{self.path}/statements", json={"month": month})["statement"]

    def months(self) -> list[str]:
        """The months that there are statements of, the newest first."""
        return [each["month"] for each in self.admin.sees(f"{self.path}/statements")["items"]]

    def lines(self, month: str) -> list[Json]:
        """The lines of a statement, without their currencies."""
        return [each["row"] for each in self.admin.sees(f"{self.path}/statements/{month}/lines")["items"]]

    def file(self, month: str, form: str, language: str = "zh-CN") -> bytes:
        answer = self.admin.asks("GET", f"{self.path}/statements/{month}/{form}", params={"language": language})
        assert answer.status_code == 200, answer.text
        return answer.content


def asked(amount: int, **more: Any) -> InvoiceLine:
    """A line of an invoice."""
    known = {"service": Service.MESSAGING, "unit": "message", "quantity": amount}
    return InvoiceLine(amount=amount, **{**known, **more})


def a_month(stated: Stated) -> str:
    """March: charges, a bill over two services, money in parts, too much of it, credit, a refund. The invoice's id."""
    stated.world.clock.move_to(MARCH)
    for number in range(5):
        stated.charge(100 + number, source=f"/im e{number}")
    stated.charge(70, prepaid=True)
    stated.posts("top-ups", amount=500, currency="CNY", reference="WX-1")
    lines = (asked(1000), asked(510, service=Service.VOICE, charged=510), asked(40, prepaid=True))
    invoice = stated.invoice(*lines)
    paid = {"amount": 800, "currency": "CNY", "reference": "BANK-1", "at": "2026-02-27T09:00:00Z"}
    stated.posts("payments", **paid, memo="first part")
    stated.posts("credit-notes", invoice_id=invoice, amount=10, memo="counted twice")
    stated.posts("payments", amount=900, currency="CNY", reference="BANK-2")
    return invoice
