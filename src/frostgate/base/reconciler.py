"""The loop that brings the world into line with our rows: claim, act, settle, again until it is done.

A row that is owed says so itself: `state`, `attempts`, `next_attempt_at`, `claimed_until`. Claiming is one short
transaction, acting happens outside any, settling is another. The claim is a lease, so what a killed process had in
hand comes free by itself; its end also marks whose claim it is, so a worker that overslept settles nothing.
An attempt counts from the moment it is claimed: a job that kills its process cannot do so for ever. After the last
attempt the duty is told inside the settling transaction, and says so loudly (it opens a case); no row goes quiet.
"""

import asyncio
import contextlib
import functools
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

import msgspec
import sqlalchemy as sa
import structlog

from frostgate.base import ids
from frostgate.base.uow import Tx, UnitOfWork

log = structlog.get_logger("frostgate.reconciler")

T = TypeVar("T")


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how long to go on trying: capped exponential backoff with full jitter.

    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """

    first: timedelta
    cap: timedelta
    attempts: int

    def __post_init__(self) -> None:
        assert self.attempts >= 1, "BUG: a schedule that never tries"
        assert timedelta() < self.first <= self.cap, "BUG: a schedule that waits for nothing"

    def wait(self, attempt: int, fraction: float) -> timedelta:
        """How long to wait after the `attempt`-th failure (from 1), at `fraction` in [0, 1) of the longest."""
        doublings = min(attempt - 1, 62)  # the cap is reached long before, and 2**63 seconds fit no timedelta
        longest = min(self.cap.total_seconds(), self.first.total_seconds() * 2.0**doublings)
        return timedelta(seconds=longest * fraction)


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The world is in line. `detail` is what it answered, e.g. a receipt."""

    detail: str = ""


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """It did not work. `permanent` where trying again cannot help."""

    problem: str
    permanent: bool = False


class Postponed(msgspec.Struct, frozen=True, kw_only=True):
    """It was not tried: this is not the time for it. What was not tried is no attempt."""

    until: datetime


Outcome = Done | Failed | Postponed


class Claim(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Which row is in hand, which attempt this is (from 1), and until when it is ours."""

    key: tuple[Any, ...]
    attempt: int
    until: datetime


class Duty(Protocol[T]):
    """What one reconciler does with the rows of one table.

    The table has the columns `state`, `attempts`, `next_attempt_at`, `claimed_until`; rows in state `waiting` are owed.
    `act` may take its time and touch the world; the other three run in a transaction and must not.
    """

    @property
    def name(self) -> str: ...

    @property
    def table(self) -> sa.Table: ...

    @property
    def waiting(self) -> str: ...

    @property
    def schedule(self) -> Schedule: ...

    def read(self, row: sa.Row[Any]) -> T:
        """The row as a value. Pure."""

    async def act(self, job: T) -> Outcome:
        """Try once. An exception counts as a failure that may pass."""

    def done(self, tx: Tx, job: T, outcome: Done, *, attempt: int) -> str:
        """Record the success; the answer is the row's new state (`waiting` again where more became owed meanwhile)."""

    def failed(self, tx: Tx, job: T, outcome: Failed, *, attempt: int, again_at: datetime) -> None:
        """Record a failure that will be tried again."""

    def gave_up(self, tx: Tx, job: T, outcome: Failed, *, attempt: int) -> str:
        """Record that there will be no other attempt and tell people; the answer is the row's new state."""


class Reconciler(Generic[T]):
    """Carries out one duty: `run` as a task, or `run_once` by hand. Its claims last `lease`, one attempt `timeout`."""

    def __init__(
        self,
        duty: Duty[T],
        uow: UnitOfWork,
        *,
        concurrency: int = 8,
        timeout: timedelta = timedelta(seconds=45),
        lease: timedelta = timedelta(seconds=90),
        poll: timedelta = timedelta(seconds=5),
        fraction: Callable[[], float] = ids.jitter,
    ) -> None:
        assert timeout < lease, "BUG: an attempt that outlives its claim would be made twice"
        assert concurrency >= 1, "BUG: a reconciler that does nothing"
        self.duty = duty
        self._uow = uow
        self._concurrency = concurrency
        self._timeout = timeout.total_seconds()
        self._lease = lease
        self._poll = poll.total_seconds()  # the longest sleep: another process may owe something and cannot wake us
        self._fraction = fraction
        self._rows = _Rows(duty)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look for due rows now. From any thread; harmless when the loop does not run."""
        loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(self._awake.set)
        except RuntimeError:  # the loop closed between the two lines: nobody is left to be woken
            return

    def stop(self) -> None:
        """Claim nothing more; `run` returns once what is in hand is settled. From any thread, and before `run` too."""
        self._stopping = True
        self.wake()

    async def run_once(self) -> int:
        """One round: everything that is due now is claimed, tried once and settled; the number of rows tried."""
        gate = asyncio.Semaphore(self._concurrency)
        claimed = await asyncio.to_thread(self._claim, None)

        async def one(claim: Claim, job: T) -> None:
            async with gate:
                await self._carry_out(claim, job)

        await asyncio.gather(*(one(claim, job) for claim, job in claimed))
        return len(claimed)

    async def run(self) -> None:
        """Work until `stop`: sleeps until the next row is due, somebody wakes it, or a slot comes free."""
        self._loop = asyncio.get_running_loop()
        busy: set[asyncio.Task[None]] = set()
        try:
            while not self._stopping:
                self._awake.clear()
                pause = await self._fill(busy)
                if not self._stopping:
                    await self._rest(pause)
            await asyncio.gather(*busy)
        finally:
            self._loop = None
            for task in busy:  # only when we are cancelled: their leases run out and others take the rows over
                task.cancel()
            await asyncio.gather(*busy, return_exceptions=True)

    async def _fill(self, busy: set[asyncio.Task[None]]) -> float | None:
        """Start what is due in the free slots; how long to sleep then, in seconds (None: until a slot is free)."""
        free = self._concurrency - len(busy)
        if free == 0:
            return None
        try:
            claimed = await asyncio.to_thread(self._claim, free)
            for claim, job in claimed:
                task = asyncio.create_task(self._carry_out(claim, job), name=f"{self.duty.name}:{claim.key}")
                busy.add(task)
                task.add_done_callback(functools.partial(self._finished, busy))
            return None if len(claimed) == free else await asyncio.to_thread(self._until_due)
        except Exception as error:
            _shout("reconciler.round_failed", error, duty=self.duty.name)
            return self._poll

    def _finished(self, busy: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
        busy.discard(task)
        self._awake.set()  # a slot is free, and the row may be owed again already

    async def _rest(self, pause: float | None) -> None:
        """Sleep, but not past a wake; the end of a job is one too."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._awake.wait()

    async def _carry_out(self, claim: Claim, job: T) -> None:
        """One attempt at one row. Whatever goes wrong here stays here: the loop and its neighbours go on."""
        try:
            outcome = await self._act(claim, job)
            await asyncio.to_thread(self._settle, claim, job, outcome)
        except Exception as error:  # the store refused, or a reaction did: the lease will run out, and we try again
            _shout("reconciler.settling_failed", error, duty=self.duty.name, key=claim.key, attempt=claim.attempt)

    async def _act(self, claim: Claim, job: T) -> Outcome:
        if claim.attempt > self.duty.schedule.attempts:
            return Failed(problem="every attempt was cut short before it could be settled", permanent=True)
        try:
            async with asyncio.timeout(self._timeout):
                return await self.duty.act(job)
        except TimeoutError:
            return Failed(problem=f"no answer within {self._timeout:g} s")
        except Exception as error:
            _shout("reconciler.attempt_crashed", error, duty=self.duty.name, key=claim.key, attempt=claim.attempt)
            return Failed(problem=f"unexpected {type(error).__name__}")

    def _claim(self, limit: int | None) -> list[tuple[Claim, T]]:
        # Looking first costs no writer's turn: most rounds find nothing.
        with self._uow.look() as connection:
            due_at = connection.execute(self._rows.next_due()).scalar_one()
        if due_at is None or due_at > self._uow.clock.now():
            return []
        with self._uow.begin(head_first=False) as tx:
            until = tx.now + self._lease
            rows = tx.execute(self._rows.due(tx.now, limit)).all()
            claimed = [
                (Claim(key=self._rows.key_of(row), attempt=row.attempts + 1, until=until), self.duty.read(row))
                for row in rows
            ]
            for claim, _ in claimed:
                tx.execute(self._rows.claim(claim))
        return claimed

    def _until_due(self) -> float:
        with self._uow.look() as connection:
            due_at: datetime | None = connection.execute(self._rows.next_due()).scalar_one()
        if due_at is None:
            return self._poll
        return min(self._poll, max(0.0, (due_at - self._uow.clock.now()).total_seconds()))

    def _settle(self, claim: Claim, job: T, outcome: Outcome) -> None:
        with self._uow.begin() as tx:
            if tx.execute(self._rows.still_ours(claim)).first() is None:
                log.warning("reconciler.claim_lost", duty=self.duty.name, key=claim.key, attempt=claim.attempt)
                return
            tx.execute(self._rows.settle(claim, self._decide(tx, claim, job, outcome)))

    def _decide(self, tx: Tx, claim: Claim, job: T, outcome: Outcome) -> dict[str, Any]:
        """Tell the duty, and say which columns the row has from now on."""
        about = {"duty": self.duty.name, "key": claim.key, "attempt": claim.attempt}
        if isinstance(outcome, Done):
            state = self.duty.done(tx, job, outcome, attempt=claim.attempt)
            log.info("reconciler.done", **about)
            more = {"attempts": 0, "next_attempt_at": tx.now} if state == self.duty.waiting else {}
            return {"state": state, "claimed_until": None, **more}
        if isinstance(outcome, Postponed):
            log.info("reconciler.postponed", until=outcome.until.isoformat(), **about)
            return {"next_attempt_at": outcome.until, "claimed_until": None, "attempts": claim.attempt - 1}
        if outcome.permanent or claim.attempt >= self.duty.schedule.attempts:
            state = self.duty.gave_up(tx, job, outcome, attempt=claim.attempt)
            assert state != self.duty.waiting, "BUG: a duty that gave up and is still owed"
            log.error("reconciler.gave_up", **about)
            return {"state": state, "claimed_until": None}
        again_at = tx.now + self.duty.schedule.wait(claim.attempt, self._fraction())
        self.duty.failed(tx, job, outcome, attempt=claim.attempt, again_at=again_at)
        log.warning("reconciler.failed", again_at=again_at.isoformat(), **about)
        return {"next_attempt_at": again_at, "claimed_until": None}


class _Rows:
    """The statements for one duty's table, right on both databases."""

    def __init__(self, duty: Duty[Any]) -> None:
        self._table = duty.table
        self._keys = tuple(duty.table.primary_key.columns)
        self._waiting = duty.table.c.state == duty.waiting

    def next_due(self) -> sa.Select[Any]:
        c = self._table.c
        free_at = sa.case((c.claimed_until > c.next_attempt_at, c.claimed_until), else_=c.next_attempt_at)
        return sa.select(sa.func.min(free_at, type_=c.next_attempt_at.type)).where(self._waiting)

    def due(self, now: datetime, limit: int | None) -> sa.Select[Any]:
        c = self._table.c
        return (
            sa.select(self._table)
            .where(self._waiting, c.next_attempt_at <= now)
            .where(sa.or_(c.claimed_until.is_(None), c.claimed_until <= now))
            .order_by(c.next_attempt_at, *self._keys)
            .limit(limit)
            .with_for_update(skip_locked=True)  # SQLite's compiler leaves this out: its one writer needs none
        )

    def claim(self, claim: Claim) -> sa.Update:
        return (
            self._table.update().where(*self._is(claim.key)).values(claimed_until=claim.until, attempts=claim.attempt)
        )

    def still_ours(self, claim: Claim) -> sa.Select[Any]:
        c = self._table.c
        ours = (*self._is(claim.key), self._waiting, c.claimed_until == claim.until, c.attempts == claim.attempt)
        return sa.select(*self._keys).where(*ours).with_for_update()

    def settle(self, claim: Claim, values: dict[str, Any]) -> sa.Update:
        return self._table.update().where(*self._is(claim.key)).values(values)

    def key_of(self, row: sa.Row[Any]) -> tuple[Any, ...]:
        return tuple(row._mapping[column] for column in self._keys)

    def _is(self, key: tuple[Any, ...]) -> list[sa.ColumnElement[bool]]:
        return [column == value for column, value in zip(self._keys, key, strict=True)]


def _shout(event: str, error: Exception, **about: Any) -> None:
    """Log where it broke without the values: they may be somebody's message or address."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error(event, error=type(error).__name__, traceback=where, **about)
