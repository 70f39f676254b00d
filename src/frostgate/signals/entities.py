"""Entities: what is remembered of one account, address or device, side by side, so that one look-up serves it all.

A row holds a place for each keeper: the windows on that key, and of accounts the profile and the habit too. Looking a
key up costs more than counting does, once there are so many keys that most of them lie outside the processor's caches;
and the key and its place in a dictionary take more memory than most of what is remembered by it.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

Key = tuple[str, ...]
Row = list[Any]  # None where the keeper has nothing of this key, or has forgotten it

BUCKETS: Final = 12
IDLE: Final = 2 * BUCKETS
LATE: Final = 3600.0  # seconds that a sender may hold events back without anything being forgotten meanwhile


class Keeper(Protocol):
    """Whoever has a place in the rows."""

    def forget_in(self, rows: Sequence[Row], now: float) -> None:
        """Empty its place in the rows where what it keeps no longer matters at `now`, seconds since 1970."""
        ...


class Entities:
    """Rows by key. Looking a key up makes its row; a row without anything in it is forgotten by the next sweep."""

    __slots__ = ("_keepers", "_old", "young")

    def __init__(self) -> None:
        self._keepers: list[Keeper] = []
        # Two generations let `sweep` walk all rows in small steps: it takes them from the old one and puts the
        # living back into the young one; `row` does the same with those that it meets. Whoever looks up most rows looks
        # into the young one first, and calls `row` only for what is not there.
        self.young: dict[Key, Row] = {}
        self._old: dict[Key, Row] = {}

    def __len__(self) -> int:
        return len(self.young) + len(self._old)

    def add(self, keeper: Keeper) -> int:
        """Make room for a keeper; its place in every row. Only while there are no rows."""
        assert not len(self), "BUG: a keeper came late"
        self._keepers.append(keeper)
        return len(self._keepers) - 1

    def row(self, key: Key) -> Row:
        """The key's row, or a new one."""
        row = self.young.get(key)
        if row is None:
            row = self._old.pop(key, None) or [None] * len(self._keepers)
            self.young[key] = row
        return row

    def find(self, key: Key) -> Row | None:
        """The key's row, if there is one; changes nothing."""
        return self.young.get(key) or self._old.get(key)

    def kept(self, place: int) -> list[tuple[Key, Any]]:
        """All that one keeper remembers."""
        rows = (item for part in (self._old, self.young) for item in part.items())
        return [(key, thing) for key, row in rows if (thing := row[place]) is not None]

    def replace(self, place: int, things: Iterable[tuple[Key, Any]]) -> None:
        """Let one keeper remember this and nothing else."""
        for part in (self._old, self.young):
            for row in part.values():
                row[place] = None
        for key, thing in things:
            self.row(key)[place] = thing

    def sweep(self, now: float, *, at_most: int) -> int:
        """Look at up to `at_most` rows and forget what no longer matters; how many rows ended."""
        if not len(self):
            return 0
        if not self._old:
            self._old, self.young = self.young, {}
        old = self._old
        looked_at = [old.popitem() for _ in range(min(at_most, len(old)))]
        rows = [row for _, row in looked_at]
        for keeper in self._keepers:
            keeper.forget_in(rows, now)
        nothing = [None] * len(self._keepers)
        living = {key: row for key, row in looked_at if row != nothing}
        self.young.update(living)
        return len(looked_at) - len(living)
