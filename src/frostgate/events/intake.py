"""The intake: events wait in two lanes, one thread takes them in slices, and a slice is one transaction.

Many requests share one commit (group commit), so durability costs each of them little. A request with few events is
somebody waiting to sign in; a large batch is a machine that can wait: the express lane goes first, no slice mixes the
two, and a slice of batches ends early when somebody with few events comes. Neither lane can starve the other, because
they take turns when both wait. Large batches of different tenants take turns, too. Those of one tenant are decided in
the order of arrival, like all that is in the express lane, and within a request the order is kept always.

While only machines send, a slice is saved by another thread during the deciding of the next. Whoever waits to sign in
would wait for both, so while such people are about each slice is saved before the next is begun.
"""

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from frostgate.base.clock import stopwatch
from frostgate.base.errors import Refused, StoreUnavailable
from frostgate.events.model import Event

SLICE = 512  # events a transaction when all are bulk: what a commit costs is shared by many
SMALL_SLICE = 64  # of the express lane always; of batches while somebody with few events is about: saving takes time
LEAST = 16  # events of a batch that are decided in any case once their turn has come
MOMENT, MOMENTS = 0.001, 5  # seconds, and how often: at most 5 ms for each piece of a large request
ABOUT = 1.0  # seconds after an express request in which the next is expected
EXPRESS = 16  # a request of at most so many events takes the express lane
MAX_WAITING = 50_000  # events in the bulk lane before we say that we are busy
MAX_OF_TENANT = 20_000  # of these, those of one tenant: no tenant's batches may keep all others out
MAX_EXPRESS = 20_000  # events in the express lane: a full bulk lane keeps nobody from signing in


Answer = TypeVar("Answer")
Done = TypeVar("Done")

Enough = Callable[[int], bool]  # whether so many answers are enough for now
Ahead = tuple[int, Future[Sequence[Answer | Refused]]]  # how many events were decided; their answers, once saved


class Decides(Protocol[Answer]):
    """Decides slices of events; one thread calls it.

    It answers the first events of a slice: all of them, unless so many answers were enough. An answer may be a
    `Refused` for that event alone.
    """

    def process(self, incoming: Sequence[Event], enough: Enough) -> Sequence[Answer | Refused]:
        """Decide a slice; the answers, after they are durable."""
        ...

    def process_ahead(self, incoming: Sequence[Event], enough: Enough) -> Ahead[Answer]:
        """Decide a slice that becomes durable while the next is decided, or while `finish` waits."""
        ...

    def finish(self) -> object:
        """Wait until everything that was decided is durable, or whoever waits for it knows that it is not."""
        ...


class Busy(StoreUnavailable):
    """More is waiting than we can decide soon; nothing of this request was taken."""

    code = "request.busy"


class _Job:
    """One request's events, and how far we are with them.

    A large batch counts for the tenant of its first event; a small request is nobody's, it takes the express lane.
    """

    __slots__ = ("answers", "events", "failed", "future", "loop", "taken", "tenant_id")

    def __init__(self, events: Sequence[Event], loop: asyncio.AbstractEventLoop) -> None:
        self.events = events
        self.tenant_id = events[0].tenant_id if len(events) > EXPRESS else None
        self.taken = 0  # events that were decided, or soon will be
        self.answers: list[Any] = []  # to those that are durable
        self.failed = False
        self.loop = loop
        self.future: asyncio.Future[list[Any]] = loop.create_future()


class Intake(Generic[Answer]):
    """Feeds whoever decides from one thread, which therefore owns whatever memory deciding needs."""

    def __init__(self, decider: Decides[Answer]) -> None:
        self._decider = decider
        self._is_ahead = False  # whether something was decided that may not be durable yet
        self._bulk_is_next = False  # whether the express lane had the last turn
        self._express: deque[_Job] = deque()
        self._bulk: dict[str, deque[_Job]] = {}  # by tenant; whose turn it is stands first
        self._errands: deque[Callable[[], None]] = deque()
        self._waiting: Counter[str | None] = Counter()  # events, by the tenant of their batch; None: express
        self._express_at = -ABOUT  # by the stopwatch: when the last express request came
        self._wake = threading.Condition()  # its lock guards all that is above, and the jobs
        self._stopping = False
        self._worker = threading.Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._worker.start()

    def stop(self) -> None:
        """Finish what waits, then end."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._worker.join()

    @property
    def is_running(self) -> bool:
        """Whether there is a thread that will do what is handed in."""
        return self._worker.is_alive()

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
                while not (self._errands or self._express or self._bulk or self._is_ahead or self._stopping):
                    self._wake.wait()
                errands = [*self._errands]
                self._errands.clear()
                parts = self._next_slice()
                if not (errands or parts or self._is_ahead):
                    return
            if errands or not parts:
                self._finish()  # errands see nothing that may yet turn out not to have happened
            for errand in errands:
                errand()
            if parts:
                self._decide(parts)

    def _finish(self) -> None:
        self._decider.finish()
        self._is_ahead = False

    def _next_slice(self) -> list[tuple[_Job, Sequence[Event]]]:
        """What is decided next. When both lanes wait they take turns."""
        if self._express and not (self._bulk and self._bulk_is_next):
            self._bulk_is_next = True
            return self._express_slice()
        self._bulk_is_next = False
        return self._bulk_slice()

    def _express_slice(self) -> list[tuple[_Job, Sequence[Event]]]:
        """Whole requests, in the order of arrival."""
        parts: list[tuple[_Job, Sequence[Event]]] = []
        room = SMALL_SLICE
        while self._express and len(self._express[0].events) <= room:
            job = self._express.popleft()
            parts.append((job, job.events))
            room -= len(job.events)
        return parts

    def _bulk_slice(self) -> list[tuple[_Job, Sequence[Event]]]:
        """Pieces of batches, tenant after tenant. They leave their lane once they are decided, which may be later."""
        parts: list[tuple[_Job, Sequence[Event]]] = []
        room = SMALL_SLICE if self._is_express_about() else SLICE
        turns = deque(map(iter, self._bulk.values()))
        while turns and room:
            jobs = turns.popleft()
            job = next(jobs, None)
            if job is not None:
                piece = job.events[job.taken : job.taken + room]
                parts.append((job, piece))
                room -= len(piece)
                turns.append(jobs)
        return parts

    def _decide(self, parts: list[tuple[_Job, Sequence[Event]]]) -> None:
        events = [event for _, piece in parts for event in piece]
        is_bulk = parts[0][0].tenant_id is not None
        enough = self._express_waits if is_bulk else never
        try:
            if is_bulk and not self._is_express_about():
                decided, answers = self._decider.process_ahead(events, enough)
                self._is_ahead = True
            else:
                done = self._decider.process(events, enough)
                decided, answers = len(done), at_once(done)
        except Exception as error:
            self._fail([job for job, _ in parts], error)
            return
        assert decided, "BUG: a slice without an answer"
        pieces: list[tuple[_Job, int]] = []
        with self._wake:
            for job, piece in parts:
                mine = min(len(piece), decided)
                decided -= mine
                if mine:
                    job.taken += mine
                    self._move_on(job)
                    pieces.append((job, mine))
        answers.add_done_callback(partial(self._answer, pieces))

    def _is_express_about(self) -> bool:
        """Whether somebody with few events is to be expected."""
        return stopwatch() - self._express_at < ABOUT

    def _express_waits(self, answers: int) -> bool:
        """Whether a slice of batches should end here, because somebody with few events has come."""
        return bool(self._express) and answers >= LEAST

    def _move_on(self, job: _Job) -> None:
        """A batch lets other tenants go first, or leaves its lane where nothing of it is to be decided any more."""
        if job.tenant_id is None:
            return
        jobs = self._bulk.pop(job.tenant_id, deque())
        if job in jobs and (job.failed or job.taken == len(job.events)):
            jobs.remove(job)
        if jobs:
            self._bulk[job.tenant_id] = jobs  # behind all others

    def _answer(self, pieces: list[tuple[_Job, int]], answers: Future[Sequence[Answer | Refused]]) -> None:
        """A slice is durable, or lost: tell whoever waited for it. By whichever thread saved it."""
        error = answers.exception()
        if error is not None:
            self._fail([job for job, _ in pieces], error)
            return
        start = 0
        with self._wake:
            for job, number in pieces:
                job.answers.extend(answers.result()[start : start + number])
                start += number
                if not job.failed:
                    self._wait_less(job, number)
                    if len(job.answers) == len(job.events):
                        job.loop.call_soon_threadsafe(_settle, job)

    def _fail(self, jobs: Iterable[_Job], error: BaseException) -> None:
        """Nothing of a slice was saved; the rest of its requests will not be decided."""
        with self._wake:
            for job in jobs:
                if not job.failed:
                    job.failed = True
                    self._move_on(job)
                    self._wait_less(job, len(job.events) - len(job.answers))
                    job.loop.call_soon_threadsafe(_break, job, error)

    def _wait_less(self, job: _Job, events: int) -> None:
        """So many of a request's events wait no longer."""
        self._waiting[job.tenant_id] -= events
        if not self._waiting[job.tenant_id]:
            del self._waiting[job.tenant_id]


def never(_: int) -> bool:
    """Decide all of a slice."""
    return False


def at_once(answers: Sequence[Answer | Refused]) -> Future[Sequence[Answer | Refused]]:
    """Answers that are durable already."""
    told: Future[Sequence[Answer | Refused]] = Future()
    told.set_result(answers)
    return told


def _settle(job: _Job) -> None:
    if not job.future.done():
        job.future.set_result(job.answers)


def _break(job: _Job, error: BaseException) -> None:
    if not job.future.done():
        job.future.set_exception(error)
