"""A tenant with bills in the real program behind real HTTP, and finance operators who look after them."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from frostgate.base.model import SYSTEM
from frostgate.billing.dunning.service import run_dunning
from frostgate.billing.ledger import service
from frostgate.billing.ledger.drafts import InvoiceDraft
from frostgate.billing.ledger.model import InvoiceLine
from frostgate.notices import store as notices
from frostgate.notices.model import State
from frostgate.standing.model import Permit, Service
from world import Account, Letter, Person, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEIJING = ZoneInfo("Asia/Shanghai")


class Debtor:
    """Acme, its plan, its bills, and what is said to it."""

    def __init__(self, world: World, **plan: Any) -> None:
        self.world = world
        self.tenant = world.tenant(language="en", time_zone="Asia/Shanghai")
        self.li = self.tenant.account("li")
        self.path = f"{self.tenant.path}/billing"
        self.contact = "security@acme.example"
        self.finance("fay")
        self.gives_plan(**plan)

    # Who is there

    def finance(self, name: str) -> Person:
        """A finance operator."""
        return self.world.somebody(f"{name}@frostgate.example", role="finance")

    def admin(self) -> Person:
        """An administrator of the tenant."""
        return self.world.somebody("admin@acme.example", role="owner", tenant_id="acme")

    def gives_plan(self, **plan: Any) -> None:
        fay = self.finance("fay")
        prices = {
            "series": "standard",
            "currency": "CNY",
            "valid_from": "2026-01-01",
            "rates": [{"unit": "message", "tiers": [{"beyond": 0, "price": 1_000_000}]}],
        }
        fay.does("POST", "/v1/billing/price-lists", json=prices)
        terms = {"name": "Standard", "currency": "CNY", "prices": "standard", **plan}
        number = fay.does("POST", "/v1/billing/plans", json=terms)["number"]
        body = {"plan": number, "from_day": "2026-01-01", "region": "CN"}
        fay.does("PUT", f"{self.tenant.path}/billing-plans", json=body)

    # What happens

    def is_billed(
        self, amount: int, *, due_in: int = 14, of: Service = Service.MESSAGING, tenant_id: str = "acme"
    ) -> str:
        """An invoice of one line, due in so many days; its id."""
        today = self.world.clock.now().astimezone(BEIJING).date()
        line = InvoiceLine(service=of, unit="message", quantity=1, amount=amount)
        draft = InvoiceDraft(
            key=f"i{self.world.number()}",
            currency="CNY",
            first_day=today - timedelta(30),
            last_day=today,
            due_on=today + timedelta(due_in),
            lines=(line,),
        )
        with self.world.program.uow.begin() as tx:
            return service.issue_invoice(tx, draft, tenant_id=tenant_id, actor=SYSTEM)[1].id

    def pays(self, amount: int) -> None:
        body = {"key": f"p{self.world.number()}", "currency": "CNY", "amount": amount}
        self.finance("fay").does("POST", f"{self.path}/payments", json=body)

    def hours_pass(self, hours: int) -> None:
        """The server looks every hour, and delivers what it owes."""
        for _ in range(hours):
            self.world.clock.move(HOUR)
            self.looks()

    def days_pass(self, days: int) -> None:
        self.hours_pass(24 * days)

    def looks(self) -> None:
        run_dunning(self.world.program.uow)
        self.world.program.delivery.wake()
        self.world.until(lambda: not self._on_its_way())

    def _on_its_way(self) -> bool:
        """Whether a notice is to be sent now."""
        with self.world.program.uow.look() as connection:
            owed = notices.list_notices(connection, tenant_id="acme", state=State.OWED)
        return any(each.next_attempt_at <= self.world.clock.now() for each in owed)

    def moves_on(self) -> None:
        """To when something may happen by itself."""
        following = self.sees()["next_look"]
        assert following is not None, "nothing will happen by itself"
        self.world.clock.move_to(max(datetime.fromisoformat(following), self.world.clock.now()))
        self.looks()

    def until(self, step: str) -> datetime:
        """Time passes until something was said; when it was owed."""
        for _ in range(50):
            if found := [each for each in self.sees()["said"] if each["step"] == step]:
                return datetime.fromisoformat(found[-1]["owed_at"])
            self.moves_on()
        raise AssertionError(f"{step} was never said")

    def until_frozen(self, who: Account | None = None) -> datetime:
        """Time passes until somebody may send no more; when that was."""
        for _ in range(50):
            if (who or self.li).may_use(Service.MESSAGING) is Permit.DENIED:
                return self.world.clock.now()
            self.moves_on()
        raise AssertionError("nothing was ever frozen")

    # What can be seen

    def sees(self) -> Any:
        return self.finance("fay").sees(f"{self.path}/dunning")

    def steps(self) -> list[str]:
        return [each["step"] for each in self.sees()["said"]]

    def is_frozen(self) -> bool:
        return self.may(Service.MESSAGING) is Permit.DENIED

    def may(self, what: Service) -> Permit:
        return self.li.may_use(what)

    def subjects(self) -> list[str]:
        """Of the mails to the tenant's contact, in order."""
        return [Letter(mail.content).subject for mail in self.world.mailbox.mails if mail.to == self.contact]

    def mail(self, about: str) -> str:
        """The newest mail to the tenant's contact with these words in its subject."""
        mails = [Letter(mail.content) for mail in self.world.mailbox.mails if mail.to == self.contact]
        return [mail.text for mail in mails if about in mail.subject][-1]
