"""What the program does by itself while it runs: deliver, follow, save memory, tidy up."""

import asyncio
import contextlib
import gc
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
import structlog

from frostgate.app import Program
from frostgate.base.calendar import Calendar
from frostgate.base.clock import stopwatch
from frostgate.base.errors import StoreUnavailable
from frostgate.billing.alerts.looking import run_alerts
from frostgate.billing.dunning.service import run_dunning
from frostgate.billing.invoicing.service import bill_all
from frostgate.billing.statements.service import state_all
from frostgate.cases.bulk.running import run_bulks
from frostgate.cases.clock.looking import run_clocks
from frostgate.cases.conditions.service import lapse
from frostgate.cases.groups import store as traces
from frostgate.cases.groups.model import LONGEST
from frostgate.cases.keeping import end_kept
from frostgate.checkups.looking import forget_sign_ins, run_check_ups
from frostgate.checkups.reviews.making import run_reviews
from frostgate.directory.uses import note_uses
from frostgate.documents.service import delete_due
from frostgate.events import store as events
from frostgate.notices.contacts.service import ask_who_is_due
from frostgate.notices.deliver import StaysBound
from frostgate.notices.model import Channel
from frostgate.rules.running import snapshots
from frostgate.selfcheck.service import forget_reports, send_codes
from frostgate.standing.store import holds

log = structlog.get_logger("frostgate.background")

TIDY_EVERY = 15.0  # moving the log competes with commits for the disk: rarely, and then much at once
FORGET_EVERY = 3600.0
SAVE_LIMITS_EVERY = 5.0  # seconds of takes that a killed process forgets
SAVE_SESSIONS_EVERY = 60.0  # people look at when a session was last used, and no closer than that
FORGET_AT_ONCE = 5000
TRY_STORE_EVERY = 5.0
ROOM = 256 * 1024  # bytes: more than is left over in pages that the file has already
DUN_EVERY = 60.0  # only tenants for whom it is time are looked at: one query where there are none
SEND_CODES_EVERY = 1.0  # somebody waits for theirs; asking costs one query
BULK_EVERY = 1.0  # a look-up by index, and people watch it run
ALERT_EVERY = 60.0  # as are those with thresholds, and who has just been posted to
WATCH_EVERY = 60.0  # only cases for which it is time are looked at
CHECK_UPS_EVERY = 60.0  # only those for whom it is time are looked at
REVIEWS_EVERY = 300.0  # once a quarter there is something to make; asking costs one query
NOTE_USES_EVERY = 60.0
STATE_EVERY = 3600.0  # nobody waits for the statement of a month; asking costs two look-ups for each new tenant
INVOICE_EVERY = 300.0  # a month that has ended is billed within five minutes; asking costs one query


class Background:
    """Runs the program's own chores as tasks of one event loop."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.followed_at = stopwatch()
        self._tasks: list[asyncio.Task[None]] = []
        self._loops: list[asyncio.Task[None]] = []  # reconcilers: they end by themselves once told to
        program.database.on_write_problem = self._note_store
        self._loop: asyncio.AbstractEventLoop | None = None
        texts = program.carriers.get(Channel.SMS)
        self._session = texts if isinstance(texts, StaysBound) else None

    def start(self) -> None:
        """Begin; from within a running event loop."""
        settings = self.program.settings
        chores: list[tuple[str, float, Callable[[], object]]] = [
            ("follow", settings.follow_every_seconds, self._follow),
            ("try the store", TRY_STORE_EVERY, self.try_store),
            ("tidy", TIDY_EVERY, self.program.database.tidy),
            ("save memory", settings.snapshot_every_seconds, self._save_memory),
            ("save limits", SAVE_LIMITS_EVERY, self.program.save_limits),
            ("save sessions", SAVE_SESSIONS_EVERY, self.program.save_sessions),
            ("forget events", FORGET_EVERY, self.forget_events),
            ("invoice months", INVOICE_EVERY, self.invoice_months),
            ("state months", STATE_EVERY, self.state_months),
            ("dun", DUN_EVERY, self.dun),
            ("bulk actions", BULK_EVERY, self.run_bulks),
            ("alert", ALERT_EVERY, self.alert),
            ("forget traces", FORGET_EVERY, self.forget_traces),
            ("ask contacts", FORGET_EVERY, self.ask_contacts),
            ("delete documents", FORGET_EVERY, self.delete_documents),
            ("forget reports", FORGET_EVERY, self.forget_reports),
            ("end what was kept", WATCH_EVERY, self.end_kept),
            ("let conditions lapse", WATCH_EVERY, self.lapse_conditions),
            ("watch clocks", WATCH_EVERY, self.watch_clocks),
            ("check-ups", CHECK_UPS_EVERY, self.look_at_check_ups),
            ("forget sign-ins", FORGET_EVERY, self.forget_sign_ins),
            ("reviews", REVIEWS_EVERY, self.review_quarters),
            ("note used tokens", NOTE_USES_EVERY, self.note_used_tokens),
            ("send codes", SEND_CODES_EVERY, self.send_codes),
        ]
        self._tasks = [asyncio.create_task(_every(name, seconds, do), name=name) for name, seconds, do in chores]
        self._loop = asyncio.get_running_loop()
        if self._session is not None:
            self._tasks.append(asyncio.create_task(self._session.run(), name="stay bound"))
        self._loops = [asyncio.create_task(self.program.delivery.run(), name="deliver")]
        if self.program.reading is not None:
            self._loops.append(asyncio.create_task(self.program.reading.run(), name="read licences"))

    async def stop(self) -> None:
        """Let what is in hand end, and end."""
        self.program.delivery.stop()
        self._stop_reading()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*self._loops), timeout=10)
        if self._session is not None:
            await self._session.close()

    def _stop_reading(self) -> None:
        """End what reads licences in the middle of one, if need be: whoever starts next reads it again."""
        if self.program.reading is not None and self.program.documents.reader is not None:
            self.program.reading.stop()
            self.program.documents.reader.end()

    def forget_events(self) -> int:
        """Remove events that policy keeps no longer, in small pieces; those that a hold stands on stay."""
        kept = sa.select(holds.c.decision_id).where(holds.c.decision_id.is_not(None))
        age = timedelta(seconds=self.program.running.policy.keep_events_seconds)
        total, after = 0, 0
        while True:
            with self.program.uow.begin(head_first=False) as tx:
                gone, last = events.forget_before(
                    tx.connection, tx.now - age, kept=kept, after=after, at_most=FORGET_AT_ONCE
                )
            total += gone
            if last is None:
                return total
            after = last

    def forget_traces(self) -> int:
        """Forget what is too old to make two cases belong together; of how many traces."""
        with self.program.uow.begin(head_first=False) as tx:
            return traces.forget_before(tx.connection, tx.now - LONGEST)

    def delete_documents(self) -> int:
        """Delete the pages of documents that were kept for long enough; of how many."""
        return delete_due(self.program.uow, documents=self.program.documents)

    def forget_reports(self) -> int:
        """Delete reports of fake notices that were kept for long enough; how many."""
        keep = timedelta(days=self.program.settings.notices.keep_reports_days)
        return forget_reports(self.program.uow, keep=keep)

    def try_store(self) -> None:
        """Write something where the last write failed: whoever is not ready is sent nothing else to write."""
        if self.program.database.write_problem is None:
            return
        with contextlib.suppress(StoreUnavailable), self.program.uow.begin(head_first=False) as tx:
            tx.execute(snapshots.insert().values(part="room", seq=0, taken_at=tx.now, body=bytes(ROOM)))
            tx.execute(snapshots.delete().where(snapshots.c.part == "room"))

    def dun(self) -> int:
        """Remind, freeze and release where it is time; how many tenants were looked at."""
        looked_at = run_dunning(self.program.uow)
        if looked_at:
            self.program.delivery.wake()
        return looked_at

    def run_bulks(self) -> int:
        """Carry out what two people agreed to; how many accounts had their turn."""
        turns = run_bulks(self.program.uow)
        if turns:
            self.program.delivery.wake()
        return turns

    def alert(self) -> int:
        """Tell tenants what they wanted to be told; how many were looked at."""
        looked_at = run_alerts(self.program.uow)
        if looked_at:
            self.program.delivery.wake()
        return looked_at

    def ask_contacts(self) -> int:
        """Ask contacts each half year whether they still read; how many it was time to ask."""
        asked = ask_who_is_due(self.program.uow)
        if asked:
            self.program.delivery.wake()
        return asked

    def send_codes(self) -> int:
        """Send the codes that were asked for on the self-check page; how many were looked up."""
        looked_up = send_codes(self.program.uow)
        if looked_up:
            self.program.delivery.wake()
        return looked_up

    def lapse_conditions(self) -> int:
        """Bring back to the queue the cases whose conditions were not met in time; how many there were."""
        lapsed = lapse(self.program.uow)
        if lapsed:
            self.program.delivery.wake()
        return lapsed

    def end_kept(self) -> int:
        """Release what people kept until now and no longer; how many holds ended."""
        ended = end_kept(self.program.uow)
        if ended:
            self.program.delivery.wake()
        return ended

    def watch_clocks(self) -> int:
        """Tell people which cases wait too long, and remind holders; how many clocks were looked at."""
        looked_at = run_clocks(self.program.uow)
        if looked_at:
            self.program.delivery.wake()
        return looked_at

    def look_at_check_ups(self) -> int:
        """Remind people of check-ups, and end those whose time is over; how many were looked at."""
        looked_at = run_check_ups(self.program.uow)
        if looked_at:
            self.program.delivery.wake()
        return looked_at

    def forget_sign_ins(self) -> int:
        """Forget where people signed in, of check-ups that are long over; how many lines."""
        return forget_sign_ins(self.program.uow)

    def review_quarters(self) -> int:
        """Make the reviews of the quarter that ended, and remind of those that wait; how many were made or told."""
        clock = self.program.settings.clock
        done = run_reviews(self.program.uow, home=Calendar(time_zone=clock.time_zone, region=clock.region))
        if done:
            self.program.delivery.wake()
        return done

    def note_used_tokens(self) -> int:
        """Save which tokens were used since the last time; how many."""
        return note_uses(self.program.uow, self.program.authenticator.take_uses())

    def invoice_months(self) -> int:
        """Bill every month that has ended; how many were billed. What cannot be is logged, and shown to finance."""
        billed = 0
        for each in bill_all(self.program.uow):
            billed += each.refused is None
            if each.refused is not None:
                log.warning("month not billed", tenant=each.tenant_id, month=str(each.month), code=each.refused.code)
        return billed

    def state_months(self) -> int:
        """Make the statements of the month that ended last; how many were made."""
        return state_all(self.program.uow, platform=self.program.settings.platform)

    def _note_store(self, problem: str | None) -> None:
        """One line when writes begin to fail and one when they succeed again: each event has its own answer.

        Groups are told at once and once: where the store cannot be written, nothing can be owed in it.
        """
        if problem is None:
            log.error("store is written again")
        else:
            log.error("store cannot be written", problem=problem[:300])
        loop, chat = self._loop, self.program.carriers.get(Channel.CHAT)
        if loop is None or chat is None:
            return
        for letter in self.program.alerting.store_letters(self.program.settings.platform, is_written=problem is None):
            with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever would send
                asyncio.run_coroutine_threadsafe(chat.send(letter), loop)

    def _follow(self) -> None:
        self.program.follow()
        self.followed_at = stopwatch()

    def _save_memory(self) -> None:
        self.program.intake.run_between(self.program.save_memory).result()
        settle_memory()


def settle_memory() -> None:
    """Collect cycles among what came since the last time, and never walk again what is left: it mostly stays."""
    gc.collect()
    gc.freeze()


async def _every(name: str, seconds: float, do: Callable[[], object]) -> None:
    """Do a chore again and again; one that fails is logged and tried again, it never ends the others."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await _to_the_end(do)
        except Exception as error:
            log.error("chore failed", chore=name, error=type(error).__name__, problem=str(error)[:300])


async def _to_the_end(do: Callable[[], object]) -> None:
    """Do it in a thread. Whoever is cancelled meanwhile waits for it: a thread cannot be, and it uses the database."""
    chore = asyncio.ensure_future(asyncio.to_thread(do))
    try:
        await asyncio.shield(chore)
    except asyncio.CancelledError:
        await asyncio.gather(chore, return_exceptions=True)
        raise
