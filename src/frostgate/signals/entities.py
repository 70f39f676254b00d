"""Entities: what windows of the same event type and key remember, side by side, so that one look-up serves them all.

A row holds a place for each window. Looking a key up costs more than counting does, once there are so many keys that
most of them lie outside the processor's caches: four windows of an account meet one row and not four entities.
"""

from typing import Any, Final, Protocol

Key = tuple[str, ...]
Ring = list[Any] | tuple[Any, ...]  # its first item is the newest bucket; the window knows the rest
Row = list[Ring | None]  # None: the window has not seen this key, or has forgotten it

BUCKETS: Final = 12
IDLE: Final = 2 * BUCKETS
LATE: Final = 3600.0  # seconds that a sender may hold events back without anything being forgotten meanwhile


class Ages(Protocol):
    """What the entities must know of a window to forget for it."""

    def bucket(self, at: float) -> int:
        """The bucket of a time."""
        ...


class Entities:
    """Rows by key. Looking a key up makes its row; a row without rings is forgotten by the next sweep."""

    __slots__ = ("_old", "_windows", "young")

    def __init__(self) -> None:
        self._windows: list[Ages] = []
        # Two generations let `sweep` walk all rows in small steps: it takes them from the old one and puts the
        # living back into the young one; `row` does the same with those that it meets. Whoever looks up most rows looks
        # into the young one first, and calls `row` only for what is not there.
        self.young: dict[Key, Row] = {}
        self._old: dict[Key, Row] = {}

    def __len__(self) -> int:
        return len(self.young) + len(self._old)

    def add(self, window: Ages) -> int:
        """Make room for a window; its place in every row. Only while there are no rows."""
        assert not len(self), "BUG: a window came late"
        self._windows.append(window)
        return len(self._windows) - 1

    def row(self, key: Key) -> Row:
        """The key's row, or a new one."""
        row = self.young.get(key)
        if row is None:
            row = self._old.pop(key, None) or [None] * len(self._windows)
            self.young[key] = row
        return row

    def find(self, key: Key) -> Row | None:
        """The key's row, if there is one; changes nothing."""
        return self.young.get(key) or self._old.get(key)

    def rings(self, place: int) -> list[tuple[Key, Ring]]:
        """All that one window remembers."""
        rows = (item for part in (self._old, self.young) for item in part.items())
        return [(key, ring) for key, row in rows if (ring := row[place]) is not None]

    def replace(self, place: int, rings: list[tuple[Key, Ring]]) -> None:
        """Let one window remember this and nothing else."""
        for part in (self._old, self.young):
            for row in part.values():
                row[place] = None
        for key, ring in rings:
            self.row(key)[place] = ring

    def sweep(self, now: float, *, at_most: int) -> int:
        """Look at up to `at_most` rows and forget the rings that are idle or far ahead; how many rows ended."""
        if not len(self):
            return 0
        oldest = [window.bucket(now - LATE) - IDLE for window in self._windows]
        furthest = [window.bucket(now) + BUCKETS for window in self._windows]
        if not self._old:
            self._old, self.young = self.young, {}
        old, young, forgotten = self._old, self.young, 0
        for _ in range(min(at_most, len(old))):
            key, row = old.popitem()
            lives = False
            for place, ring in enumerate(row):
                if ring is None:
                    continue
                if oldest[place] <= ring[0] <= furthest[place]:
                    lives = True
                else:
                    row[place] = None
            if lives:
                young[key] = row
            else:
                forgotten += 1
        return forgotten
