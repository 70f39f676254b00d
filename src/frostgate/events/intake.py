"""The intake: events wait in two lanes, one thread takes them in slices, and a slice is one transaction.

Many requests share one commit (group commit), so durability costs each of them little. A request with few events is
somebody waiting to sign in; a large batch is a machine that can wait: the express lane goes first, and slices are
small enough that it never waits long. Within a lane the order of arrival is kept, within a request always.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from frostgate.base.clock import stopwatch
from frostgate.base.errors import Refused, StoreUnavailable
from frostgate.events.model import Event

SLICE = 512  # events a transaction when all are bulk: what a commit costs is shared by many
SMALL_SLICE = 64  # about 4 ms: while somebody with few events is about, nobody waits longer than that for their turn
ABOUT = 1.0  # seconds after an express request in which the next is expected
EXPRESS = 16  # a request of at most so many events takes the express lane
MAX_WAITING = 50_000  # events in the queue before we say that we are busy


Answer = TypeVar("Answer")
Done = TypeVar("Done")


class Busy(StoreUnavailable):
    """More is waiting than we can decide soon; nothing of this request was taken."""

    code = "request.busy"


class _Job:
    """One request's events, and how far we are with them."""

    __slots__ = ("answers", "events", "future", "loop")

    def __init__(self, events: Sequence[Event], loop: asyncio.AbstractEventLoop) -> None:
        self.events = events
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
        self._bulk: deque[_Job] = deque()
        self._errands: deque[Callable[[], None]] = deque()
        self._waiting = 0
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
        return self._waiting

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
            if self._stopping or self._waiting + len(events) > MAX_WAITING:
                raise Busy
            self._waiting += len(events)
            if len(events) <= EXPRESS:
                self._express.append(job)
                self._express_at = stopwatch()
            else:
                self._bulk.append(job)
            self._wake.notify()
        return await job.future

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
        """Whole express requests first, then the head of the bulk lane, piece by piece.

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
            job = self._bulk[0]
            piece = job.events[len(job.answers) : len(job.answers) + room]
            parts.append((job, piece))
            room -= len(piece)
            if len(job.answers) + len(piece) < len(job.events):
                break
            self._bulk.popleft()
        return parts

    def _decide(self, parts: list[tuple[_Job, Sequence[Event]]]) -> None:
        events = [event for _, piece in parts for event in piece]
        try:
            answers = self._process(events)
        except Exception as error:
            self._fail(parts, error)
            return
        finally:
            with self._wake:
                self._waiting -= len(events)
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
            with self._wake:
                self._waiting -= rest if job in self._bulk else 0
                if job in self._bulk:
                    self._bulk.remove(job)
            job.loop.call_soon_threadsafe(_break, job, error)


def _settle(job: _Job) -> None:
    if not job.future.done():
        job.future.set_result(job.answers)


def _break(job: _Job, error: Exception) -> None:
    if not job.future.done():
        job.future.set_exception(error)
