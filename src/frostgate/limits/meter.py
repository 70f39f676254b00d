"""The buckets, in memory: taking is exact, also where many threads take at once, and survives a restart.

Each process has buckets of its own. A bucket is there only while it is not full: one that was never used and one that
is full again are the same.
"""

import threading
from collections.abc import Sequence

import msgspec

from frostgate.base.clock import Clock
from frostgate.base.database import micros
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.limits import buckets
from frostgate.limits.book import Applied, Book, Bucket
from frostgate.limits.buckets import SavedBucket
from frostgate.limits.model import Allowed, Level, Quota, level, rescaled, take

_AT_ONCE = 500  # buckets that are looked through before whoever takes gets a turn


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What one quota says after a take; `retry_after` (microseconds) where it refused, None where it always will."""

    applied: Applied
    level: Level
    refused: bool = False
    retry_after: int | None = 0


class Take(msgspec.Struct, frozen=True, gc=False):
    """What came of a take: everything was taken that was asked for, or nothing."""

    allowed: bool
    readings: tuple[Reading, ...]


class _Held(msgspec.Struct, gc=False):
    """A bucket that is not full: its TAT under the quota for which it was worked out."""

    tat: int
    quota: Quota


class Meter:
    """Takes from buckets, all that a take needs or none of them."""

    def __init__(self, book: Book, *, clock: Clock) -> None:
        self.book = book
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[Bucket, _Held] = {}
        self._unsaved: set[Bucket] = set()
        self._latest = self._ahead = 0
        self.taken = self.refused = 0  # takes since the start, for the metrics

    def take(self, tenant_id: str, key: str, method: str, cost: int = 1) -> Take:
        """Take `cost` units of every quota that applies, or of none."""
        applied = self.book.applied(tenant_id, key, method, micros(self._clock.now()))
        with self._lock:
            now, allowed = self._time(), True
            readings: list[Reading] = []
            new: list[tuple[Bucket, _Held]] = []
            for each in applied:
                quota = each.quota
                tat, outcome = take(self._tat(each, now), now, cost, quota)
                if isinstance(outcome, Allowed):
                    readings.append(Reading(each, outcome.level))
                    new.append((each.bucket, _Held(tat, quota)))
                else:
                    allowed = False
                    readings.append(Reading(each, outcome.level, True, outcome.retry_after))
            if allowed:
                self._buckets.update(new)
                self._unsaved.update(bucket for bucket, _ in new)
                self.taken += 1
                return Take(True, tuple(readings))
            self.refused += 1
            return Take(False, tuple(each if each.refused else self._untouched(each, now) for each in readings))

    def look(self, tenant_id: str, key: str | None, method: str) -> tuple[Reading, ...]:
        """What applies and what is left, without taking anything."""
        applied = self.book.applied(tenant_id, key, method, micros(self._clock.now()))
        with self._lock:
            now = self._time()
            return tuple(Reading(each, level(self._tat(each, now), now, each.quota)) for each in applied)

    def __len__(self) -> int:
        """How many buckets are in memory."""
        return len(self._buckets)

    def load(self, saved: Sequence[SavedBucket]) -> None:
        """Remember buckets as they were saved."""
        with self._lock:
            for each in saved:
                tat = (each.full_at + self._ahead) * each.quota.events
                self._buckets[each.tenant_id, each.key, each.method] = _Held(tat, each.quota)

    def save(self, uow: UnitOfWork) -> int:
        """Save what was taken from since the last time, forget what is full again; how many buckets were saved.

        Raises:
            StoreUnavailable: the database cannot take it now; the next save takes it with it.
        """
        self.forget_full()
        with self._lock:
            unsaved, self._unsaved = self._unsaved, set()
        if not unsaved:
            return 0
        try:
            with uow.begin(head_first=False) as tx:
                return self._write(tx, sorted(unsaved))
        except BaseException:
            with self._lock:
                self._unsaved |= unsaved
            raise

    def forget_full(self) -> None:
        """Let go of the buckets that are full again, a few at a time, so that nobody waits long for a take."""
        known = list(self._buckets)
        for start in range(0, len(known), _AT_ONCE):
            with self._lock:
                now = self._time()
                for bucket in known[start : start + _AT_ONCE]:
                    held = self._buckets.get(bucket)
                    if held is not None and held.tat <= now * held.quota.events:
                        del self._buckets[bucket]

    def _write(self, tx: Tx, unsaved: Sequence[Bucket]) -> int:
        with self._lock:
            now, ahead = self._time(), self._ahead
            held = [(bucket, self._buckets[bucket]) for bucket in unsaved if bucket in self._buckets]
        found = [SavedBucket(*bucket, each.quota, -(-each.tat // each.quota.events) - ahead) for bucket, each in held]
        buckets.save(tx.connection, found)
        buckets.forget(tx.connection, until=now - ahead)
        return len(found)

    def _tat(self, applied: Applied, now: int) -> int:
        """The bucket's TAT under the quota that applies now; one whose quota changed goes over to it for good."""
        held = self._buckets.get(applied.bucket)
        if held is None:
            return 0
        if held.quota is not applied.quota and held.quota != applied.quota:
            held = _Held(rescaled(held.tat, now, held.quota, applied.quota), applied.quota)
            self._buckets[applied.bucket] = held
            self._unsaved.add(applied.bucket)
        return held.tat

    def _untouched(self, reading: Reading, now: int) -> Reading:
        """What a quota that would have allowed the take says when another refused it."""
        applied = reading.applied
        return Reading(applied, level(self._tat(applied, now), now, applied.quota))

    def _time(self) -> int:
        """Microseconds that never run backwards. Where the clock was put back, they go on from where they were.

        So a clock that is put back neither fills a bucket nor keeps it empty for the time that it was put back by. Read
        it under the lock: whoever had read the clock and then waited would look as if the clock had been put back.
        """
        now = micros(self._clock.now()) + self._ahead
        if now < self._latest:
            self._ahead += self._latest - now
            now = self._latest
        self._latest = now
        return now
