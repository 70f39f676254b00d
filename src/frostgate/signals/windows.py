"""Sliding windows in memory: count, sum, rate and distinct, exact in terms of buckets.

The contract, which every adapter keeps to the last digit (this one, and one in Valkey):

1.  A window of `over` seconds has buckets of `over / 12` seconds. An event at `at` (seconds since 1970)
    falls into bucket `floor(at / width)`, computed in double precision by `bucket()` below and nowhere else.
2.  Each entity (the key: an account, an address, ...) has a *newest* bucket: the highest one that any event
    observed for it fell into. Its window is that bucket and the eleven before it, so between 11/12 and
    12/12 of `over`.
3.  `observe` adds the event to its own bucket if that lies in the window, late or not. An event older than
    the window is ignored. Either way the answer is the entity's value as of its newest bucket.
4.  `peek(key, at)` changes nothing and answers as of the bucket of `at`, or of the newest if that is later.
5.  count: the number of events. sum: the total of their amounts, which are integers, so that no order of
    adding can change the result; read as a double. rate: events a second, the count divided by `over`.
6.  distinct: the number of different values, each counted in the newest bucket in which it was observed.
    At most `CAP` values are counted for an entity: while there are `CAP` in the window, a value that is
    not among them is not taken in, and the answer is `CAP`.
7.  `sweep(now)` forgets entities whose newest bucket lies more than 24 buckets (two windows) behind the one of an
    hour ago: nothing changes for events that reach us at most an hour and one window late, and later ones may count
    from nothing. It also forgets those more than 12 buckets ahead, so an event far in the future blinds its own
    entity until the next sweep, never for ever, and no other entity at all. (Intake clamps event times; this is the
    floor.)

One thread owns a window. `observe` is O(1) amortised; memory is bounded by the entities of two windows and an hour.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from hashlib import sha256
from math import floor
from typing import Any, Final

import msgspec

from frostgate.base.errors import Refused
from frostgate.signals.entities import BUCKETS, IDLE, LATE, Entities, Key, Row
from frostgate.signals.model import Window

CAP: Final = 4096  # distinct values an entity: 4,096 strings are about half a megabyte

# What a window keeps of an entity, in the smallest form that holds it. While few buckets hold all, which is so for most
# entities of most windows, that is a tuple: (newest bucket, total), followed by the number and the content of up to
# `FEW` older buckets, the latest first; of a distinct window only (bucket, 1, value). Afterwards it is a list, the
# fastest mutable thing that Python has: [newest bucket, total, bucket % 12 == 0, ..., bucket % 12 == 11]; a distinct
# one has its last-seen map after.
Ring = list[Any] | tuple[Any, ...]
Total = int | float  # not `float` alone: compiled, that would turn the whole numbers of a count into doubles
FEW: Final = 3
_NEWEST, _TOTAL, _FIRST, _SEEN = 0, 1, 2, 14

_read_snapshot = msgspec.msgpack.Decoder(tuple[str, list[tuple[Key, list[Any]]]]).decode
_NOTHING = (0,) * BUCKETS
_LARGEST = 2**63 - 1


class SnapshotRefused(Refused):
    """A snapshot that is damaged, or that was taken of a different window."""

    code = "signals.snapshot_refused"


class Sliding(ABC):
    """What all windows share: their place among the entities, and the snapshot.

    `observe_in` and `peek_in` are `observe` and `peek` for callers that have the entity's row and the bucket already.
    """

    __slots__ = ("entities", "fingerprint", "place", "spec", "width")

    def __init__(self, spec: Window, entities: Entities | None = None) -> None:
        self.spec = spec
        self.fingerprint = fingerprint(spec)
        self.entities = Entities() if entities is None else entities
        self.place = self.entities.add(self)  # in every row
        self.width = spec.over / BUCKETS

    def __len__(self) -> int:
        return len(self.entities.kept(self.place))

    def bucket(self, at: float) -> int:
        """The bucket of a time: the one place where it is computed (`counting` repeats it for speed)."""
        return floor(at / self.width)

    def peek(self, key: Key, at: float) -> Total:
        """Read the window as of `at` and change nothing."""
        row = self.entities.find(key)
        return self.answer(0 if row is None else self.peek_in(row, self.bucket(at)))

    def peek_in(self, row: Row, bucket: int) -> int:
        """What the entity's buckets hold as of a bucket, or as of its newest one if that is later."""
        ring = row[self.place]
        if ring is None:
            return 0
        newest: int = ring[_NEWEST]
        ahead = bucket - newest
        if ahead >= BUCKETS:
            return 0
        total: int = ring[_TOTAL]
        if ahead <= 0:
            return total
        if isinstance(ring, tuple):
            return self._left(ring, bucket)
        # The slots after the newest one hold the oldest buckets: the next `ahead` of them have run out.
        gone: int = sum([ring[_FIRST + (newest + step) % BUCKETS] for step in range(1, ahead + 1)])
        return total - gone

    def answer(self, total: int) -> Total:
        """What rules read, made of what the buckets hold."""
        return total

    def forget_in(self, rows: Sequence[Row], now: float) -> None:
        """Forget the rings that no longer matter (point 7)."""
        oldest, furthest, place = self.bucket(now - LATE) - IDLE, self.bucket(now) + BUCKETS, self.place
        for row in rows:
            ring = row[place]
            if ring is not None and not oldest <= ring[_NEWEST] <= furthest:
                row[place] = None

    def sweep(self, now: float, *, at_most: int = 1000) -> int:
        """Look at up to `at_most` entities and forget the idle; how many were forgotten (point 7)."""
        return self.entities.sweep(now, at_most=at_most)

    def dump(self) -> bytes:
        """Everything that is known, for `load` of a window with the same fingerprint."""
        entities = [(key, self._packed(ring)) for key, ring in self.entities.kept(self.place)]
        return msgspec.msgpack.encode((self.fingerprint, entities))

    def load(self, snapshot: bytes) -> None:
        """Go on from a snapshot; what was known before is forgotten.

        Raises:
            SnapshotRefused: it is damaged or of another window. Nothing has changed then.
        """
        try:
            mark, entities = _read_snapshot(snapshot)
        except msgspec.DecodeError as problem:
            raise SnapshotRefused(problem=str(problem)) from problem
        if mark != self.fingerprint:
            raise SnapshotRefused(problem=f"taken of {mark}, not of {self.fingerprint}")
        self.entities.replace(self.place, [(key, self._unpacked(packed)) for key, packed in entities])

    @abstractmethod
    def _left(self, ring: tuple[Any, ...], bucket: int) -> int:
        """What few buckets hold as of a later one, less than a window after their newest."""

    @abstractmethod
    def _packed(self, ring: Ring) -> list[Any]:
        """A ring as a snapshot has it: every slot, however short the ring is in memory."""

    @abstractmethod
    def _unpacked(self, packed: list[Any]) -> Ring:
        """The ring that was packed."""


class Count(Sliding):
    """count: how many events."""

    __slots__ = ()

    def observe(self, key: Key, at: float, amount: int = 1) -> Total:
        """Count an event and read the window, this event included."""
        return self.answer(self.observe_in(self.entities.row(key), self.bucket(at), amount))

    def observe_in(self, row: Row, bucket: int, amount: int) -> int:
        """Count an event and tell what the buckets hold, this event included."""
        ring = row[self.place]
        if ring is None or bucket >= ring[0] + BUCKETS:
            row[self.place] = (bucket, amount)
            return amount
        newest: int = ring[0]
        total: int = ring[1]
        if bucket <= newest - BUCKETS:
            return total
        if isinstance(ring, tuple):
            if bucket == newest:
                row[self.place] = (bucket, total + amount, *ring[2:])
                return total + amount
            if bucket > newest and (moved := _moved(ring, bucket, amount)):
                row[self.place] = moved
                return moved[_TOTAL]
            ring = row[self.place] = _spread(ring)
        if bucket > newest:
            total = _advance(ring, newest, bucket)
            if not total:
                row[self.place] = (bucket, amount)
                return amount
        total += amount
        ring[_FIRST + bucket % BUCKETS] += amount
        ring[_TOTAL] = total
        return total

    def _left(self, ring: tuple[Any, ...], bucket: int) -> int:
        older = ring[2:]
        gone: int = sum([amount for at, amount in zip(older[::2], older[1::2], strict=True) if at <= bucket - BUCKETS])
        total: int = ring[_TOTAL]
        return total - gone

    def _packed(self, ring: Ring) -> list[Any]:
        slots = _spread(ring) if isinstance(ring, tuple) else ring
        # A snapshot has 64 bits an integer. No honest sum gets there, and a dishonest one must not keep
        # everybody's snapshot from being written.
        return slots if slots[_TOTAL] <= _LARGEST else [min(slot, _LARGEST) for slot in slots]

    def _unpacked(self, packed: list[Any]) -> Ring:
        newest = packed[_NEWEST]
        total = packed[_TOTAL] = sum(packed[_FIRST:_SEEN])
        older: list[int] = []
        for bucket in range(newest - 1, newest - BUCKETS, -1):
            if amount := packed[_FIRST + bucket % BUCKETS]:
                older += (bucket, amount)
        return (newest, total, *older) if len(older) <= 2 * FEW else packed


class Sum(Count):
    """sum: the total of integer amounts, read as a double."""

    __slots__ = ()

    def answer(self, total: int) -> float:
        """The total as a double."""
        return float(total)


class Rate(Count):
    """rate: events a second, on average over the whole window."""

    __slots__ = ()

    def answer(self, total: int) -> float:
        """Events a second."""
        return total / self.spec.over


class Distinct(Sliding):
    """distinct: how many different values; a last-seen map beside the ring tells the newest bucket of each."""

    __slots__ = ("_cap",)

    def __init__(self, spec: Window, entities: Entities | None = None, *, cap: int = CAP) -> None:
        super().__init__(spec, entities)
        self._cap = cap

    def observe(self, key: Key, at: float, value: Hashable) -> Total:
        """Note a value and read the window, this one included."""
        return self.observe_in(self.entities.row(key), self.bucket(at), value)

    def observe_in(self, row: Row, bucket: int, value: Hashable) -> int:
        """Note a value and read the window, this one included."""
        ring = row[self.place]
        if ring is None or bucket >= ring[0] + BUCKETS:
            row[self.place] = (bucket, 1, value)
            return 1
        newest: int = ring[0]
        total: int = ring[1]
        if bucket <= newest - BUCKETS:
            return total
        if isinstance(ring, tuple):
            if ring[2] == value:
                if bucket > newest:
                    row[self.place] = (bucket, 1, ring[2])
                return 1
            ring = row[self.place] = [*_spread((newest, 1)), {ring[2]: newest}]
        if bucket > newest:
            total = _advance(ring, newest, bucket)
            newest = bucket
        seen = ring[_SEEN]
        last = seen.get(value)
        if last is None or last <= newest - BUCKETS:  # new in the window: never seen, or long ago
            if total >= self._cap:
                return total
            total += 1
            ring[_TOTAL] = total
        elif last >= bucket:
            return total
        else:
            ring[_FIRST + last % BUCKETS] -= 1
        ring[_FIRST + bucket % BUCKETS] += 1
        seen[value] = bucket
        if len(seen) > 2 * total + 16:
            _prune(ring)
        return total

    def observe_all_in(self, row: Row, bucket: int, values: tuple[Hashable, ...]) -> int:
        """Note each of several values of one event; without any, only read."""
        if not values:
            return self.peek_in(row, bucket)
        answer = 0
        for value in values:
            answer = self.observe_in(row, bucket, value)
        return answer

    def _left(self, ring: tuple[Any, ...], bucket: int) -> int:
        return 1

    def _packed(self, ring: Ring) -> list[Any]:
        if isinstance(ring, tuple):
            newest, _, value = ring
            return [*_spread((newest, 1)), {value: newest}]
        return ring

    def _unpacked(self, packed: list[Any]) -> Ring:
        newest, seen = packed[_NEWEST], packed[_SEEN]
        return (newest, 1, *seen) if list(seen.values()) == [newest] else packed


def _spread(ring: tuple[int, ...]) -> list[Any]:
    """What lies in few buckets, as a list with all of them."""
    newest, total, *older = ring
    spread: list[Any] = [newest, total, *_NOTHING]
    for bucket, amount in zip(older[::2], older[1::2], strict=True):
        spread[_FIRST + bucket % BUCKETS] = amount
        total -= amount
    spread[_FIRST + newest % BUCKETS] = total
    return spread


def _moved(ring: tuple[int, ...], bucket: int, amount: int) -> tuple[int, ...] | None:
    """Few buckets with a newer one, less than a window later; None where they have become too many for a tuple."""
    newest, total, *older = ring
    while older and older[-2] <= bucket - BUCKETS:
        total -= older[-1]
        del older[-2:]
    left = total - sum(older[1::2])
    if not left:
        return (bucket, total + amount, *older)
    return (bucket, total + amount, newest, left, *older) if len(older) < 2 * FEW else None


def _advance(ring: list[Any], newest: int, bucket: int) -> int:
    """Make `bucket` the newest, less than a window later, and empty the slots that it takes over; what remains."""
    total: int = ring[_TOTAL]
    for passed in range(newest + 1, bucket + 1):
        slot = _FIRST + passed % BUCKETS
        if ring[slot]:
            total -= ring[slot]
            ring[slot] = 0
    ring[_NEWEST], ring[_TOTAL] = bucket, total
    return total


def _prune(ring: list[Any]) -> None:
    """Drop values that have left the window: done when they are the larger part, so O(1) amortised."""
    oldest = ring[_NEWEST] - BUCKETS
    ring[_SEEN] = {value: bucket for value, bucket in ring[_SEEN].items() if bucket > oldest}


AnyWindow = Count | Distinct

_KINDS: Mapping[str, type[AnyWindow]] = {"count": Count, "sum": Sum, "rate": Rate, "distinct": Distinct}


def open_window(spec: Window, entities: Entities | None = None) -> AnyWindow:
    """An empty window for a spec, beside others if they share `entities`."""
    return _KINDS[spec.kind](spec, entities)


def fingerprint(spec: Window) -> str:
    """Names what a window counts, whatever it is called: only equal ones may share a snapshot."""
    counted = {field: getattr(spec, field) for field in spec.__struct_fields__ if field != "name"}
    text = msgspec.json.encode(("frostgate.window", 2, BUCKETS, CAP, counted), order="deterministic")
    return sha256(text).hexdigest()[:16]
