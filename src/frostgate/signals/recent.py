"""A memory of recent answers, bounded, whose hits cost one dictionary look-up."""

from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V], Generic[K, V]):
    """Answers of `ask` by question, forgetting what was not asked for the longest time.

    Read it as `recent[key]`: a hit never leaves C, a miss asks. It keeps two generations of `size` answers.
    When the young one is full it becomes the old one and the old one is dropped; an old answer that is
    asked again becomes young. That comes close to least recently used and needs no bookkeeping on a hit.
    One thread owns it.
    """

    __slots__ = ("_ask", "_old", "_size")

    def __init__(self, ask: Callable[[K], V], *, size: int) -> None:
        super().__init__()
        assert size > 0, "BUG: a memory that remembers nothing"
        self._ask = ask
        self._size = size
        self._old: dict[K, V] = {}

    def __missing__(self, key: K) -> V:
        answer = self._old[key] if key in self._old else self._ask(key)
        if len(self) >= self._size:
            self._old = dict(self)
            self.clear()
        self[key] = answer
        return answer
