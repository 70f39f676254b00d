"""What an account's messages tell of who writes them: how alike, how regular, to whom, and whether ever at rest.

One look-up serves all of it. Each message event is observed once, and the answer includes it. Messages may reach us
late or out of order: a late one counts for likeness, acquaintance and hours of activity, and for no gap.

An account that has not written for thirty days is forgotten by `sweep`, and so is one whose newest message lies more
than an hour ahead. Nothing here can be read back: texts are kept as sketches, recipients as 16-bit fingerprints.

The same events in the same order give the same values on every machine. One thread owns it.
"""

from typing import Final

import msgspec

from frostgate.events.model import Message
from frostgate.signals.acquaintance import meet
from frostgate.signals.likeness import NO_TEXT, compare, mean, sketch
from frostgate.signals.model import Unknown
from frostgate.signals.rhythm import HALF_HOUR, KNOWN_TOO_SHORT, LONGEST_GAP, longest_rest, mark, take_gap, variation
from frostgate.signals.windows import SnapshotRefused

AccountKey = tuple[str, str]  # tenant_id, account

REMEMBERED: Final = 30 * 86_400  # seconds without a message
AHEAD: Final = 3600  # seconds

# Likeness, template, gap variation, longest rest in hours, new recipients.
Read = tuple[float | Unknown, str | Unknown, float | Unknown, float | Unknown, int]


class Habit:
    """One account's memory, as small as it can be, and as quick to reach as Python allows."""

    __slots__ = ("gaps", "hours", "known", "newest", "rest", "squares", "told", "total")

    def __init__(self, newest: int) -> None:
        self.newest = newest  # milliseconds since 1970
        self.hours = 1  # rhythm.mark
        self.rest: float | Unknown = KNOWN_TOO_SHORT  # rhythm.longest_rest, worked out once a half-hour
        self.gaps = b""  # rhythm.take_gap, and the two sums
        self.total = 0
        self.squares = 0
        self.told = b""  # likeness.compare
        self.known = ""  # acquaintance.meet


Saved = tuple[AccountKey, tuple[int, int, bytes, int, int, bytes, str]]


class Habits:
    """The memory of all accounts, kept like a window: observe, sweep, dump, load, fingerprint."""

    fingerprint = "habits-1"  # raised when the shape of a habit changes, or what a sketch is made of

    def __init__(self) -> None:
        # Two generations, as in `Entities`: `sweep` takes from the old one and puts the living into the young one.
        self._young: dict[AccountKey, Habit] = {}
        self._old: dict[AccountKey, Habit] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def observe(self, key: AccountKey, data: Message, at: float) -> Read:
        """Take in a message sent at `at` (seconds since 1970) and read the account's habits, this message included."""
        now = round(at * 1000)
        habit = self._young.get(key)
        if habit is None:
            habit = self._old.pop(key, None) or Habit(now)
            self._young[key] = habit
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

    def sweep(self, now: float, *, at_most: int = 1000) -> int:
        """Look at up to `at_most` accounts and forget the idle and those far ahead; how many were forgotten."""
        oldest, furthest = (now - REMEMBERED) * 1000, (now + AHEAD) * 1000
        if not self._old:
            self._old, self._young = self._young, {}
        old, young, forgotten = self._old, self._young, 0
        for _ in range(min(at_most, len(old))):
            key, habit = old.popitem()
            if oldest <= habit.newest <= furthest:
                young[key] = habit
            else:
                forgotten += 1
        return forgotten

    def dump(self) -> bytes:
        """Everything that is known, for `load`."""
        habits = [
            (key, (habit.newest, habit.hours, habit.gaps, habit.total, habit.squares, habit.told, habit.known))
            for part in (self._old, self._young)
            for key, habit in part.items()
        ]
        return msgspec.msgpack.encode((self.fingerprint, habits))

    def load(self, snapshot: bytes) -> None:
        """Go on from a snapshot; what was known before is forgotten.

        Raises:
            SnapshotRefused: it is damaged or of another shape. Nothing has changed then.
        """
        try:
            taken_of, habits = msgspec.msgpack.decode(snapshot, type=tuple[str, list[Saved]])
        except msgspec.DecodeError as problem:
            raise SnapshotRefused(problem=str(problem)) from problem
        if taken_of != self.fingerprint:
            raise SnapshotRefused(problem=f"taken of {taken_of}, not of {self.fingerprint}")
        self._young, self._old = {key: _restored(*saved) for key, saved in habits}, {}


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
