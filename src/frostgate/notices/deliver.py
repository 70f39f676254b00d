"""Delivering what we owe: the duty that the reconciler carries out for notices."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn, Protocol, runtime_checkable

import sqlalchemy as sa

from frostgate.base.clock import Clock
from frostgate.base.model import SYSTEM
from frostgate.base.reconciler import Done, Failed, Outcome, Postponed, Schedule
from frostgate.base.uow import Tx
from frostgate.notices import dead, store
from frostgate.notices.facts import NoticeSent, NoticeUndeliverable
from frostgate.notices.model import Attempt, Channel, Letter, NobodyThere, Notice, State, Taken
from frostgate.notices.quiet import quiet_until
from frostgate.notices.receipts import texts
from frostgate.notices.render import Renderer
from frostgate.notices.rerouting import reroute
from frostgate.notices.service import about, is_overtaken, withhold_overtaken

# About a working day in all: an outage of a mail server passes by itself, and then people are told to take over.
SCHEDULE = Schedule(first=timedelta(minutes=1), cap=timedelta(hours=2), attempts=14)

_LONGEST_DETAIL = 500


class Carrier(Protocol):
    """A way for letters to travel."""

    def message_id(self, notice_id: str) -> str:
        """The name under which this notice travels: the same at every attempt."""

    async def send(self, letter: Letter) -> Outcome:
        """Hand the letter over. `Done.detail` is what the other side calls it."""


@runtime_checkable
class StaysBound(Carrier, Protocol):
    """A way that holds a connection, by which the other side tells later what became of a letter."""

    async def run(self) -> NoReturn:
        """Hold the connection, and open it again whenever it ends."""

    async def close(self) -> None:
        """Take leave."""


class Deliver:
    """Sends owed notices until the other side takes them; after the last attempt it says so loudly."""

    name = "notices.deliver"
    table = store.notices
    waiting = State.OWED.value

    def __init__(
        self,
        renderer: Renderer,
        carriers: Mapping[Channel, Carrier],
        *,
        clock: Clock,
        schedule: Schedule = SCHEDULE,
    ) -> None:
        self._clock = clock
        self.schedule = schedule
        self._renderer = renderer
        self._carriers = carriers

    def read(self, row: sa.Row[Any]) -> Notice:
        """The row as a notice."""
        return store.notice_of(row)

    async def act(self, job: Notice) -> Outcome:
        """Put it in words and hand it over; in quiet hours, at their end."""
        if until := quiet_until(job.quiet, self._clock.now()):
            return Postponed(until=until)
        carrier = self._carriers.get(job.channel)
        if carrier is None:
            return Failed(problem=f"no carrier for {job.channel} is set up")
        # In a thread: where nobody warmed the renderer up, the first letter compiles its templates for 40 ms.
        return await carrier.send(await asyncio.to_thread(self._renderer.letter, job))

    def done(self, tx: Tx, job: Notice, outcome: Done, *, attempt: int) -> str:
        """Record when it was taken and by what name it can be found."""
        message_id = self._carriers[job.channel].message_id(job.id)
        reference = _readable(outcome.detail)
        store.save_sent(tx.connection, job, at=tx.now, message_id=message_id, provider_reference=reference)
        self._note(tx, job, "sent", reference)
        tx.state(NoticeSent(**about(job), attempts=attempt), actor=SYSTEM)
        if isinstance(outcome, Taken):
            return texts.expect(tx, job, outcome.references).value
        return State.SENT.value

    def failed(self, tx: Tx, job: Notice, outcome: Failed, *, attempt: int, again_at: datetime) -> None:
        """Record why not, for whoever asks what happened to it. What was overtaken meanwhile is not tried again."""
        self._note(tx, job, "failed", outcome.problem)
        if is_overtaken(tx, job):
            withhold_overtaken(tx, job)

    def gave_up(self, tx: Tx, job: Notice, outcome: Failed, *, attempt: int) -> str:
        """Record that it cannot be delivered, and let a case be opened for it, unless there is another way."""
        if isinstance(outcome, NobodyThere):
            dead.mark(tx, job)
        problem = _readable(outcome.problem)
        self._note(tx, job, "refused" if outcome.permanent else "failed", problem)
        if is_overtaken(tx, job):  # the news of the release follows, and is what people must be told
            withhold_overtaken(tx, job)
            return State.WITHHELD.value
        store.save_problem(tx.connection, job, problem)
        if reroute(tx, job):
            return State.UNDELIVERABLE.value
        # The journal never forgets, so it gets the sort of the problem and not the stranger's words with an address.
        sort = "refused" if outcome.permanent else "exhausted"
        tx.state(NoticeUndeliverable(**about(job), attempts=attempt, problem=sort), actor=SYSTEM)
        return State.UNDELIVERABLE.value

    def _note(self, tx: Tx, job: Notice, outcome: str, detail: str) -> None:
        attempt = Attempt(id=tx.new_id(), notice_id=job.id, at=tx.now, outcome=outcome, detail=_readable(detail))
        store.add_attempt(tx.connection, attempt)


def _readable(detail: str) -> str:
    """A stranger's answer as one short line."""
    return " ".join("".join(c if c.isprintable() else " " for c in detail).split())[:_LONGEST_DETAIL]
