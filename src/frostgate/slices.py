"""A slice of events while it is decided: what came of them so far, and how that is saved.

Most slices write nothing but their events. So a slice begins no transaction before one of its events asks for more, a
hold or an entry in the books, and one that never does can be saved while the next is being decided.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import msgspec

from frostgate.base.errors import Refused
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.events import store
from frostgate.events.errors import IdReused
from frostgate.events.model import Event
from frostgate.events.store import Stored
from frostgate.rules import decision as record
from frostgate.rules.answer import Answer, answer_of
from frostgate.rules.explain import judge_of, values_of
from frostgate.rules.model import Verdict

Name = tuple[str, str, str]  # tenant, source and id: what makes two events the same one
Fresh = dict[Name, tuple[Event, Answer]]


class EarlierUnsaved(Exception):
    """The slice before was not saved, so what this one was decided by has never happened."""


class Slice:
    """Events that are saved together with their consequences, or not at all.

    `is_earlier_saved` waits for the slice before: nothing of this one may be saved without it.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        events: Sequence[Event],
        *,
        known: Mapping[Name, Stored],
        earlier: Fresh,
        is_earlier_saved: Callable[[], bool],
    ) -> None:
        """Take up `events`, of which some are `known` from the store, or from the slice before."""
        self.uow = uow
        self.now = uow.clock.now()
        self.events = events
        self.answers: list[Answer | Refused] = []
        self.fresh: Fresh = {}
        self.told: Future[Sequence[Answer | Refused]] = Future()  # the answers, once all is saved
        self._known = known
        self._earlier = earlier
        self._is_earlier_saved = is_earlier_saved
        self._rows: list[tuple[Any, ...]] = []
        self._tx: Tx | None = None
        self._stack = ExitStack()

    def __enter__(self) -> "Slice":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Deciding is over: where it failed, what was begun is undone."""
        if kind is not None:
            self._stack.__exit__(kind, error, at)

    @property
    def has_begun(self) -> bool:
        """Whether it writes more than its events."""
        return self._tx is not None

    @property
    def has_rows(self) -> bool:
        """Whether there is anything to save."""
        return bool(self._rows)

    def tx(self) -> Tx:
        """The transaction of what an event asks for beside being kept.

        Raises:
            EarlierUnsaved: there is nothing to build on.
        """
        if self._tx is None:
            if not self._is_earlier_saved():
                raise EarlierUnsaved
            self._tx = self._begin()
        return self._tx

    def new_id(self) -> str:
        """An id for a decision; it sorts after all earlier ones."""
        return self.uow.ids.new(self.now)

    def keep(self, event: Event, answer: Answer, row: tuple[Any, ...]) -> None:
        """Take up an event that was decided."""
        self.fresh[event.tenant_id, event.source, event.id] = (event, answer)
        self._rows.append(row)
        self.answers.append(answer)

    def told_before(self, event: Event) -> Answer | Refused | None:
        """The first verdict about an event that is told again, or a refusal where its name stands for another."""
        name = (event.tenant_id, event.source, event.id)
        stored = self._known.get(name)
        if stored is not None:
            return self._repeat(event, stored)
        first = self.fresh.get(name) or self._earlier.get(name)
        return None if first is None else _repeated(event, *first)

    def save(self, saved: Callable[[int, Sequence[Answer]], None]) -> None:
        """Save everything, tell `saved` the number of the last event, and then who waits for the answers.

        Raises:
            StoreUnavailable: nothing was saved, and nobody was told.
            Conflict: another process saved one of the events meanwhile; likewise.
        """
        with self._stack:
            if self._rows:
                tx = self._tx or self._begin()
                store.add_all(tx.connection, self._rows)
                seq = store.last_seq(tx.connection)
                tx.after_commit(lambda: saved(seq, [answer for _, answer in self.fresh.values()]))
        self.told.set_result(self.answers)

    def _begin(self) -> Tx:
        return self._stack.enter_context(self.uow.begin(head_first=False))

    def _repeat(self, event: Event, stored: Stored) -> Answer | Refused:
        if not _same(event, stored.event):
            return IdReused(pointer="/id")
        with self.uow.look() as connection:
            judge = judge_of(connection, stored.policy)
        decision = record.read(stored.decision)
        values = values_of(judge, stored.event, decision)
        verdict = Verdict(stored.verdict)
        first = answer_of(event.id, stored.decision_id, verdict, stored.policy, decision, values, judge)
        return msgspec.structs.replace(first, repeated=True)


def _repeated(event: Event, first: Event, answer: Answer) -> Answer | Refused:
    if not _same(event, first):
        return IdReused(pointer="/id")
    return msgspec.structs.replace(answer, repeated=True)


def _same(event: Event, first: Event) -> bool:
    """Whether this is the same event told twice. A sender that gives no time gets the time of each arrival."""
    told_time = event.time != event.received_at
    return event.type is first.type and event.data == first.data and (not told_time or event.time == first.time)
