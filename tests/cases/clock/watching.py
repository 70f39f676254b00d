"""A platform whose cases have clocks, and what its people are told of them."""

from datetime import timedelta
from typing import Any

from frostgate.background import Background
from frostgate.base.model import SYSTEM
from frostgate.notices import store as notices
from frostgate.notices.model import State
from frostgate.standing.model import Cause, Kind, Subject
from frostgate.standing.service import place_hold
from servers import email_of
from world import Json, Letter, Person, World

HOUR = timedelta(hours=1)
ASKED = {"reason": "Please send the business licence.\nBoth sides."}


class Watch:
    """Acme, whose cases somebody watches: time passes and the server does its chores."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.acme = world.tenant(language="en", time_zone="Asia/Shanghai")

    @property
    def rui(self) -> Person:
        """The reviewer, who signs in anew whatever the clock says."""
        return self.world.reviewer()

    def frozen(self, name: str = "li") -> Json:
        """A case about an account that was frozen just now."""
        account = self.acme.account(name)
        with self.world.program.uow.begin() as tx:
            place_hold(
                tx,
                subject=Subject(tenant_id="acme", account_id=name),
                kind=Kind.FREEZE,
                cause=Cause.BULK_OPERATION,
                reason="content.gambling",
                actor=SYSTEM,
            )
        return self.rui.case_of(account)

    def hours_pass(self, hours: float) -> None:
        """So many, and then the server looks."""
        self.world.clock.move(hours * HOUR)
        self.looks()

    def looks(self) -> int:
        """What the server does by itself every minute."""
        looked_at = Background(self.world.program).watch_clocks()
        self.world.program.delivery.wake()
        self.world.until(lambda: not self._on_its_way())
        return looked_at

    def _on_its_way(self) -> bool:
        with self.world.program.uow.look() as connection:
            owed = notices.list_notices(connection, tenant_id="acme", state=State.OWED)
        return any(each.next_attempt_at <= self.world.clock.now() for each in owed)

    def clock(self, case: Json) -> Json:
        """How a case's clock stands."""
        return self.rui.sees(f"/v1/cases/{case['id']}")["case"]["clock"]

    def states(self, case: Json) -> list[str]:
        return [limit["state"] for limit in self.clock(case)["limits"]]

    def asks(self, case: Json) -> Json:
        clock = self.rui.does("POST", f"/v1/cases/{case['id']}/questions", json=ASKED)
        self.looks()  # until the letter has arrived: who moves the clock meanwhile lets the sender's lease run out
        return clock

    def hears(self, case: Json, words: str = "They brought it.") -> Json:
        return self.rui.does("POST", f"/v1/cases/{case['id']}/answers", json={"reason": words})

    def queue(self, **wanted: Any) -> list[str]:
        """The accounts of the cases in the queue."""
        return [case["account_id"] for case in self.rui.sees("/v1/cases", **wanted)["items"]]

    def mails(self, person: str) -> list[Letter]:
        """What one of our own people was told of cases."""
        return self.mails_to(email_of(person), "Cases are waiting")

    def mails_to(self, address: str, about: str) -> list[Letter]:
        found = [Letter(mail.content) for mail in self.world.mailbox.mails if mail.to == address]
        return [mail for mail in found if about in mail.subject]

    def told(self) -> dict[str, int]:
        """How many such letters each sort of people got."""
        return {person: len(self.mails(person)) for person in ("rui", "ann", "customer_success", "finance")}
