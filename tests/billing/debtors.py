"""A tenant with debts, a server that looks at them, and a clock moved by hand: what was said and frozen, and when."""

import heapq
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from frostgate.base.calendar import Calendar
from frostgate.billing.dunning.model import Debt, OpenItem, Outcome, Pause, State, Told, decide
from frostgate.billing.dunning.policy import STANDARD, Policy
from frostgate.standing.model import Service

MESSAGING = frozenset({Service.MESSAGING})
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

Delay = Callable[[Told], timedelta | None]


def at_once(told: Told) -> timedelta | None:
    """Every notice arrives when it is sent."""
    return timedelta()


def never(told: Told) -> timedelta | None:
    """No notice arrives."""
    return None


def debt(invoice_id: str, due_on: date, amount: int = 10_000, *pauses: Pause) -> OpenItem:
    return OpenItem(debt=Debt(invoice_id), due_on=due_on, open=amount, services=MESSAGING, pauses=pauses)


class Debtor:
    """Carries out what is decided, as the program does: notices are kept and delivered, freezes placed and ended."""

    def __init__(
        self,
        calendar: Calendar,
        *items: OpenItem,
        now: datetime,
        policy: Policy = STANDARD,
        delay: Delay = at_once,
    ) -> None:
        self.calendar, self.policy, self.delay = calendar, policy, delay
        self.now = now
        self.state = State(items=items)
        self.arriving: list[datetime] = []
        self.said: list[tuple[datetime, str, str]] = []  # when, which step, of which invoice
        self.frozen_at: dict[str, list[datetime]] = {}
        self.released_at: list[datetime] = []
        self.outcome: Outcome | None = None

    # What people do

    def has(self, item: OpenItem) -> None:
        """A debt as it stands from now on, new or changed."""
        others = tuple(each for each in self.state.items if each.debt != item.debt)
        self.state = msgspec.structs.replace(self.state, items=(*others, item))

    def pays(self, invoice_id: str, amount: int) -> None:
        item = self.item(invoice_id)
        self.has(msgspec.structs.replace(item, open=max(item.open - amount, 0)))

    def pauses(self, invoice_id: str, pause: Pause) -> None:
        item = self.item(invoice_id)
        self.has(msgspec.structs.replace(item, pauses=(*item.pauses, pause)))

    def approves(self, *invoice_ids: str) -> None:
        """A person decides that there may be a freeze although the last notice did not arrive."""
        approved = self.state.approved | {Debt(name) for name in invoice_ids}
        self.state = msgspec.structs.replace(self.state, approved=approved)

    def item(self, invoice_id: str) -> OpenItem:
        return next(item for item in self.state.items if item.debt.invoice_id == invoice_id)

    # What the server does

    def looks(self, at: datetime | None = None) -> Outcome:
        """Look once, and do what is decided."""
        self.now = at or self.now
        self._deliver()
        outcome = self.outcome = decide(self.policy, self.calendar, self.state, now=self.now)
        new = [told for owed in outcome.owed for told in owed.told]
        self.said += [(self.now, told.step, told.debt.invoice_id) for told in new]
        for told in new:
            delay = self.delay(told)
            if delay is not None:
                heapq.heappush(self.arriving, self.now + delay)
        frozen = frozenset() if outcome.release else self.state.frozen | set(outcome.freeze)
        for each in outcome.freeze:
            self.frozen_at.setdefault(each.invoice_id, []).append(self.now)
        if outcome.release:
            self.released_at.append(self.now)
        self.state = msgspec.structs.replace(self.state, told=(*self.state.told, *new), frozen=frozen)
        self._deliver()
        return outcome

    def runs_until(self, end: datetime, *, also: Iterable[datetime] = ()) -> None:
        """Look when it was said to, when a notice arrives, and at other times as well."""
        others = sorted(at for at in also if self.now < at < end)
        following: datetime | None = self.now
        while following is not None and following < end:
            outcome = self.looks(following)
            others = [at for at in others if at > self.now]
            wanted = [outcome.next_look, *self.arriving[:1], *others[:1]]
            following = min((at for at in wanted if at is not None), default=None)
        self.now = end

    def _deliver(self) -> None:
        told = []
        for each in self.state.told:
            delay = self.delay(each)
            has_come = delay is not None and each.owed_at + delay <= self.now
            told.append(
                msgspec.structs.replace(each, delivered_at=each.owed_at + delay)
                if has_come and delay is not None
                else each
            )
        self.arriving = [at for at in self.arriving if at > self.now]
        self.state = msgspec.structs.replace(self.state, told=tuple(told))

    # What can be seen

    def steps(self, invoice_id: str) -> list[str]:
        return [step for _, step, name in self.said if name == invoice_id]

    def diary(self, invoice_id: str) -> list[tuple[str, str]]:
        """What was said of an invoice, each with the local date and time."""
        return [(step, self.local(at)) for at, step, name in self.said if name == invoice_id]

    def local(self, at: datetime) -> str:
        return at.astimezone(ZoneInfo(self.calendar.time_zone)).strftime("%m-%d %H:%M")
