"""Whoever decides, for tests of what feeds it: by a function, with batches durable as late as they may be."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from frostgate.base.errors import StoreUnavailable
from frostgate.events.intake import Ahead, Enough
from frostgate.events.model import Event

Decide = Callable[[Sequence[Event], Enough], Sequence[Any]]


class Deciding:
    """A slice of batches is saved when the next was decided, and by `finish`. `save` may refuse any."""

    def __init__(self, decide: Decide, save: Callable[[Sequence[Any]], None] = lambda _: None) -> None:
        self._decide = decide
        self._save = save
        self._unsaved: tuple[Sequence[Any], Future[Any]] | None = None

    def process(self, incoming: Sequence[Event], enough: Enough) -> Sequence[Any]:
        """Decide, and save at once."""
        answers = self._decide(incoming, enough)
        self.finish()
        self._save(answers)
        return answers

    def process_ahead(self, incoming: Sequence[Event], enough: Enough) -> Ahead[Any]:
        """Decide, and save what was decided before."""
        answers = self._decide(incoming, enough)
        self.finish()
        told: Future[Any] = Future()
        self._unsaved = answers, told
        return len(answers), told

    def finish(self) -> None:
        """Save what was decided last."""
        if self._unsaved is not None:
            (answers, told), self._unsaved = self._unsaved, None
            try:
                self._save(answers)
                told.set_result(answers)
            except StoreUnavailable as refused:
                told.set_exception(refused)
