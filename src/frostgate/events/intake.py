"""The intake: events wait in two lanes, one thread takes them in slices, and a slice is one transaction.

Many requests share one commit (group commit), so durability costs each of them little. A request with few events is
somebody waiting to sign in; a large batch is a machine that can wait: the express lane goes first, and slices are
small enough that it never waits long. Large batches of different tenants take turns. Those of one tenant are decided in
the order of arrival, like all that is in the express lane, and within a request the order is kept always.
"""

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from frostgate.base.clock import stopwatch
from frostgate.base.errors import Refused, StoreUnavailable
from frostgate.events.model import Event

SLICE = 512  # events a transaction when all are bulk: what a commit costs is shared by many
# While somebody with few events is about, slices are small: they wait for the one that is being decided. Deciding 64
# takes about 4 ms on an idle machine; under full load single waits of 60 ms were seen, so this is an aim, not a bound.
SMALL_SLICE = 64
MOMENT, MOMENTS = 0.001, 5  # seconds, and how often: at most 5 ms for each piece of a large request
ABOUT = 1.0  # seconds after an express request in which the next is expected
EXPRESS = 16  # a request of at most so many events takes the express lane
MAX_WAITING = 50_000  # events in the bulk lane before we say that we are busy
MAX_OF_TENANT = 20_000  # of these, those of one tenant: no tenant's batches may keep all others out
MAX_EXPRESS = 20_000  # events in the express lane: a full bulk lane keeps nobody from signing in


Answer = TypeVar("Answer")
Done = TypeVar("Done")


class Busy(StoreUnavailable):
    """More is waiting than we can decide soon; nothing of this request was taken."""

    code = "request.busy"


class _Job:
    """One request's events, and how far we are with them.

    A large batch counts for the tenant of its first event; a small request is nobody's, it takes the express lane.
    """

    __slots__ = ("answers", "events", "future", "loop", "tenant_id")

    def __init__(self, events: Sequence[Event], loop: asyncio.AbstractEventLoop) -> None:
        self.events = events
        self.tenant_id = events[0].tenant_id if len(events) > EXPRESS else None
        self.answers: list[Any] = []
        self.loop = loop
        self.future: asyncio.Future[list[Any]] = loop.create_future()


class Intake(Generic[Answer]):
    """Feeds `process` from one thread, which therefore owns whatever memory deciding needs.

    `process` takes a slice of events and returns an answer for each, after they are durable; an answer may be a
    `Refused` for that event alone.
    """

    def __init__(self, process: Callable[[Sequence[Event]], Sequence[Answer | Refused]]) -> None:
        self._process = process
        self._express: deque[_Job] = deque()
        self._bulk: dict[str, deque[_Job]] = {}  # by tenant; whose turn it is stands first
        self._errands: deque[Callable[[], None]] = deque()
        self._waiting: Counter[str | None] = Counter()  # events, by the tenant of their batch; None: express
        self._express_at = -ABOUT  # by the stopwatch: when the last express request came
        self._wake = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then end."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    @property
    def is_running(self) -> bool:
        """Whether there is a thread that will do what is handed in."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Events that have not been decided yet."""
        with self._wake:
            return self._waiting.total()

    async def submit(self, events: Sequence[Event]) -> list[Answer | Refused]:
        """Decide events and wait until they are durable; an answer for each, in order.

        Raises:
            Busy: too much is waiting.
            StoreUnavailable: the store did not take them; slices that it took before stay taken, and sending the
                whole request again is safe, because an event that is told twice is the same event.
        """
        if not events:
            return []
        job = _Job(events, asyncio.get_running_loop())
        with self._wake:
            if self._stopping or not self._has_room(job):
                raise Busy
            self._waiting[job.tenant_id] += len(events)
            if job.tenant_id is None:
                self._express.append(job)
                self._express_at = stopwatch()
            else:
                self._bulk.setdefault(job.tenant_id, deque()).append(job)
            self._wake.notify()
        return await job.future

    async def let_pass(self) -> None:
        """For what an event loop does for machines: stand aside for a moment while somebody with few events is served.

        Both would run Python at the same time, and only one of them can. The moments are few, so machines go on.
        """
        await asyncio.sleep(0)
        for _ in range(MOMENTS):
            if not self._waiting[None]:
                return
            await asyncio.sleep(MOMENT)

    def _has_room(self, job: _Job) -> bool:
        express, mine, more = self._waiting[None], self._waiting[job.tenant_id], len(job.events)
        if job.tenant_id is None:
            return express + more <= MAX_EXPRESS
        return mine + more <= MAX_OF_TENANT and self._waiting.total() - express + more <= MAX_WAITING

    def run_between(self, errand: Callable[[], Done]) -> Future[Done]:
        """Have something done by the intake's own thread, between two slices."""
        done: Future[Done] = Future()

        def go() -> None:
            try:
                done.set_result(errand())
            except BaseException as error:  # whoever waits for the errand hears of it
                done.set_exception(error)

        with self._wake:
            self._errands.append(go)
            self._wake.notify()
        return done

    def _run(self) -> None:
        while True:
            with self._wake:
                while not (self._errands or self._express or self._bulk or self._stopping):
                    self._wake.wait()
                errands = [*self._errands]
                self._errands.clear()
                parts = self._next_slice()
                if self._stopping and not errands and not parts:
                    return
            for errand in errands:
                errand()
            if parts:
                self._decide(parts)

    def _next_slice(self) -> list[tuple[_Job, Sequence[Event]]]:
        """Whole express requests first, then the bulk lane, piece by piece and tenant after tenant.

        A quarter of a small slice is kept for the bulk lane, so that neither lane can starve the other; beside express
        requests it gets no more than that, because they wait for the whole slice.
        """
        parts: list[tuple[_Job, Sequence[Event]]] = []
        kept = SMALL_SLICE // 4 if self._bulk else 0
        room = SMALL_SLICE if stopwatch() - self._express_at < ABOUT else SLICE
        while self._express and len(self._express[0].events) <= room - kept:
            job = self._express.popleft()
            parts.append((job, job.events))
            room -= len(job.events)
        if parts:
            room = kept
        while self._bulk and room:
            tenant_id = next(iter(self._bulk))
            jobs = self._bulk.pop(tenant_id)
            job = jobs[0]
            piece = job.events[len(job.answers) : len(job.answers) + room]
            parts.append((job, piece))
            room -= len(piece)
            if len(job.answers) + len(piece) == len(job.events):
                jobs.popleft()
            if jobs:
                self._bulk[tenant_id] = jobs  # behind all others
        return parts

    def _decide(self, parts: list[tuple[_Job, Sequence[Event]]]) -> None:
        events = [event for _, piece in parts for event in piece]
        try:
            answers = self._process(events)
        except Exception as error:
            self._fail(parts, error)
            return
        finally:
            for job, piece in parts:
                self._left(job, len(piece))
        assert len(answers) == len(events), "BUG: an event without an answer"
        start = 0
        for job, piece in parts:
            job.answers.extend(answers[start : start + len(piece)])
            start += len(piece)
            if len(job.answers) == len(job.events):
                job.loop.call_soon_threadsafe(_settle, job)

    def _fail(self, parts: list[tuple[_Job, Sequence[Event]]], error: Exception) -> None:
        for job, piece in parts:
            rest = len(job.events) - len(job.answers) - len(piece)
            if rest:
                self._drop(job)
                self._left(job, rest)
            job.loop.call_soon_threadsafe(_break, job, error)

    def _drop(self, job: _Job) -> None:
        """Take a batch whose rest will not be decided out of its lane."""
        assert job.tenant_id is not None, "BUG: an express request is never decided in pieces"
        with self._wake:
            jobs = self._bulk[job.tenant_id]
            jobs.remove(job)
            if not jobs:
                del self._bulk[job.tenant_id]

    def _left(self, job: _Job, events: int) -> None:
        """So many of a request's events do not wait any more."""
        with self._wake:
            self._waiting[job.tenant_id] -= events
            if not self._waiting[job.tenant_id]:
                del self._waiting[job.tenant_id]


def _settle(job: _Job) -> None:
    if not job.future.done():
        job.future.set_result(job.answers)


def _break(job: _Job, error: Exception) -> None:
    if not job.future.done():
        job.future.set_exception(error)
