"""What the program does by itself while it runs: deliver, follow, save memory, tidy up."""

import asyncio
import contextlib
import gc
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
import structlog

from frostgate.app import Program
from frostgate.base.clock import stopwatch
from frostgate.base.errors import StoreUnavailable
from frostgate.billing.alerts.looking import run_alerts
from frostgate.billing.dunning.service import run_dunning
from frostgate.billing.invoicing.service import bill_all
from frostgate.billing.statements.service import state_all
from frostgate.events import store as events
from frostgate.rules.running import snapshots
from frostgate.standing.store import holds

log = structlog.get_logger("frostgate.background")

TIDY_EVERY = 15.0  # moving the log competes with commits for the disk: rarely, and then much at once
FORGET_EVERY = 3600.0
SAVE_LIMITS_EVERY = 5.0  # seconds of takes that a killed process forgets
FORGET_AT_ONCE = 5000
TRY_STORE_EVERY = 5.0
ROOM = 256 * 1024  # bytes: more than is left over in pages that the file has already
DUN_EVERY = 60.0  # only tenants for whom it is time are looked at: one query where there are none
ALERT_EVERY = 60.0  # as are those with thresholds, and who has just been posted to
STATE_EVERY = 3600.0  # nobody waits for the statement of a month; asking costs two look-ups for each new tenant
INVOICE_EVERY = 300.0  # a month that has ended is billed within five minutes; asking costs one query


class Background:
    """Runs the program's own chores as tasks of one event loop."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.followed_at = stopwatch()
        self._tasks: list[asyncio.Task[None]] = []
        program.database.on_write_problem = _log_store

    def start(self) -> None:
        """Begin; from within a running event loop."""
        settings = self.program.settings
        chores: list[tuple[str, float, Callable[[], object]]] = [
            ("follow", settings.follow_every_seconds, self._follow),
            ("try the store", TRY_STORE_EVERY, self.try_store),
            ("tidy", TIDY_EVERY, self.program.database.tidy),
            ("save memory", settings.snapshot_every_seconds, self._save_memory),
            ("save limits", SAVE_LIMITS_EVERY, self.program.save_limits),
            ("forget events", FORGET_EVERY, self.forget_events),
            ("invoice months", INVOICE_EVERY, self.invoice_months),
            ("state months", STATE_EVERY, self.state_months),
            ("dun", DUN_EVERY, self.dun),
            ("alert", ALERT_EVERY, self.alert),
        ]
        self._tasks = [asyncio.create_task(_every(name, seconds, do), name=name) for name, seconds, do in chores]
        self._tasks.append(asyncio.create_task(self.program.delivery.run(), name="deliver"))

    async def stop(self) -> None:
        """Let what is in hand end, and end."""
        self.program.delivery.stop()
        *chores, delivery = self._tasks
        for task in chores:
            task.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(delivery, timeout=10)

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

    def alert(self) -> int:
        """Tell tenants what they wanted to be told, and ask contacts whether they read; how many were looked at."""
        looked_at = run_alerts(self.program.uow)
        if looked_at:
            self.program.delivery.wake()
        return looked_at

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

    def _follow(self) -> None:
        self.program.follow()
        self.followed_at = stopwatch()

    def _save_memory(self) -> None:
        self.program.intake.run_between(self.program.save_memory).result()
        settle_memory()


def _log_store(problem: str | None) -> None:
    """One line when writes begin to fail and one when they succeed again: each event has its own answer."""
    if problem is None:
        log.error("store is written again")
    else:
        log.error("store cannot be written", problem=problem[:300])


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
