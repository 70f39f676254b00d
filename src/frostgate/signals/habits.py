"""What an account's messages tell of who writes them: how alike, how regular, to whom, and whether ever at rest.

One look-up serves all of it. Each message event is observed once, and the answer includes it. Messages may reach us
late or out of order: a late one counts for likeness, acquaintance and hours of activity, and for no gap.

An account that has not written for thirty days is forgotten by `sweep`, and so is one whose newest message lies more
than an hour ahead. Nothing here can be read back: texts are kept as sketches, recipients as 16-bit fingerprints.

The same events in the same order give the same values on every machine. One thread owns it.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from frostgate.events.model import Message
from frostgate.signals.acquaintance import meet
from frostgate.signals.entities import Entities, Row
from frostgate.signals.habit import Habit
from frostgate.signals.likeness import NO_TEXT, compare, mean, sketch
from frostgate.signals.model import Unknown
from frostgate.signals.rhythm import HALF_HOUR, LONGEST_GAP, longest_rest, mark, take_gap, variation
from frostgate.signals.windows import SnapshotRefused

AccountKey = tuple[str, str]  # tenant_id, account

REMEMBERED: Final = 30 * 86_400  # seconds without a message
AHEAD: Final = 3600  # seconds

# Likeness, template, gap variation, longest rest in hours, new recipients.
Read = tuple[float | Unknown, str | Unknown, float | Unknown, float | Unknown, int]


Saved = tuple[AccountKey, tuple[int, int, bytes, int, int, bytes, str]]


_read_snapshot = msgspec.msgpack.Decoder(tuple[str, list[Saved]]).decode


class Habits:
    """The memory of all accounts, kept like a window: observe, sweep, dump, load, fingerprint."""

    fingerprint = "habits-1"  # raised when the shape of a habit changes, or what a sketch is made of

    def __init__(self, entities: Entities | None = None) -> None:
        self._entities = Entities() if entities is None else entities
        self._place = self._entities.add(self)  # in every row

    def __len__(self) -> int:
        return len(self._entities.kept(self._place))

    def observe(self, key: AccountKey, data: Message, at: float) -> Read:
        """Take in a message sent at `at` (seconds since 1970) and read the account's habits, this message included."""
        return self.observe_in(self._entities.row(key), data, at)

    def observe_in(self, row: Row, data: Message, at: float) -> Read:
        """`observe` for callers that have the account's row already."""
        now = round(at * 1000)
        habit: Habit | None = row[self._place]
        if habit is None:
            habit = row[self._place] = Habit(now)
        if habit.known:
            _keep_time(habit, now)
        habit.known, new = meet(habit.known, data)
        likeness: float | Unknown = NO_TEXT
        template: str | Unknown = NO_TEXT
        if data.text is not None:
            drawn, template = sketch(data.text)
            if drawn:  # one that is too short to mean anything changes nothing
                habit.told = compare(habit.told, drawn)
            likeness = mean(habit.told)
        return likeness, template, variation(habit.gaps, habit.total, habit.squares), habit.rest, new

    def forget_in(self, rows: Sequence[Row], now: float) -> None:
        """Forget the accounts that are idle or far ahead."""
        oldest, furthest, place = (now - REMEMBERED) * 1000, (now + AHEAD) * 1000, self._place
        for row in rows:
            habit = row[place]
            if habit is not None and not oldest <= habit.newest <= furthest:
                row[place] = None

    def sweep(self, now: float, *, at_most: int = 1000) -> int:
        """Look at up to `at_most` accounts and forget the idle and those far ahead; how many were forgotten."""
        return self._entities.sweep(now, at_most=at_most)

    def dump(self) -> bytes:
        """Everything that is known, for `load`."""
        habits = [
            (key, (habit.newest, habit.hours, habit.gaps, habit.total, habit.squares, habit.told, habit.known))
            for key, habit in self._entities.kept(self._place)
        ]
        return msgspec.msgpack.encode((self.fingerprint, habits))

    def load(self, snapshot: bytes) -> None:
        """Go on from a snapshot; what was known before is forgotten.

        Raises:
            SnapshotRefused: it is damaged or of another shape. Nothing has changed then.
        """
        try:
            taken_of, habits = _read_snapshot(snapshot)
        except msgspec.DecodeError as problem:
            raise SnapshotRefused(problem=str(problem)) from problem
        if taken_of != self.fingerprint:
            raise SnapshotRefused(problem=f"taken of {taken_of}, not of {self.fingerprint}")
        self._entities.replace(self._place, [(key, _restored(*saved)) for key, saved in habits])


def _keep_time(habit: Habit, now: int) -> None:
    """Note a gap and a half-hour of activity. Whoever is late fills no gap: the one around it was counted already."""
    newest = habit.newest
    ahead = now // HALF_HOUR - newest // HALF_HOUR
    if now >= newest:
        habit.newest = now
        if now - newest <= LONGEST_GAP:
            habit.gaps, habit.total, habit.squares = take_gap(habit.gaps, habit.total, habit.squares, now - newest)
    if ahead:
        hours = mark(habit.hours, ahead)
        if hours != habit.hours:
            habit.hours = hours
            habit.rest = longest_rest(hours)


def _restored(newest: int, hours: int, gaps: bytes, total: int, squares: int, told: bytes, known: str) -> Habit:
    habit = Habit(newest)
    habit.hours, habit.rest = hours, longest_rest(hours)
    habit.gaps, habit.total, habit.squares = gaps, total, squares
    habit.told, habit.known = told, known
    return habit
