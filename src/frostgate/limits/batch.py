"""When batch windows are open: recurring times on the wall clock of the tenant's zone, as instants. Pure.

A local time that does not exist, because clocks were put forward over it, stands for the first instant after the gap. A
local time that occurs twice, because clocks were put back, is its first occurrence where a window begins and its second
where one ends. So a window that lies inside a gap does not happen that day, and one that lies in a repeated hour is
open through both. Where windows overlap, the largest multiplier counts.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

import msgspec

from frostgate.base.calendar import local_instant
from frostgate.limits.model import WEEK, BatchWindow

_DAY = timedelta(days=1)
_BACK = 3  # days: none that began earlier is still open, whatever clocks did meanwhile
_AHEAD = 16  # days: each day of the week twice, so that one that falls into a gap is not the only one looked at


class Applies(msgspec.Struct, frozen=True):
    """What batch windows do at one time: `window` is the one that multiplies, None where none is open."""

    multiplier: int
    window: BatchWindow | None


NOTHING = Applies(1, None)


def applies(windows: Sequence[BatchWindow], zone: tzinfo, at: datetime, *, most: int) -> Applies:
    """What applies at an instant; `most` is the multiplier that the plan allows."""
    today = at.astimezone(zone).date()
    return _at(_spans(windows, zone, today, ahead=2), at, most)


def next_change(windows: Sequence[BatchWindow], zone: tzinfo, at: datetime, *, most: int) -> datetime | None:
    """The next instant after `at` when another multiplier applies; None: never again."""
    now = applies(windows, zone, at, most=most).multiplier
    for day in _days_to_look_from(windows, at.astimezone(zone).date()):
        for instant, multiplier in _steps(_spans(windows, zone, day, ahead=_AHEAD), most):
            # At both edges of what was looked at, windows may be open that were not looked at.
            known = day - _DAY <= instant.astimezone(zone).date() <= day + (_AHEAD - 2) * _DAY
            if known and instant > at and multiplier != now:
                return instant
    return None


def span(window: BatchWindow, day: date, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """From when until when (UTC, the end excluded) a window that begins on this local day is open; None: it is not."""
    if WEEK[day.weekday()] not in window.days:
        return None
    if (window.valid_from and day < window.valid_from) or (window.valid_until and day > window.valid_until):
        return None
    starts, ends = time.fromisoformat(window.starts), time.fromisoformat(window.ends)
    last = day if ends > starts else day + _DAY
    start = local_instant(datetime.combine(day, starts), zone, second=False)
    end = local_instant(datetime.combine(last, ends), zone, second=True)
    return (start, end) if start < end else None


def _at(spans: Sequence[tuple[datetime, datetime, BatchWindow]], at: datetime, most: int) -> Applies:
    """Of equal multipliers the one that is open longest is named, and of those the one declared first."""
    is_open = [(end, window) for start, end, window in spans if start <= at < end]
    if not is_open:
        return NOTHING
    best = max(min(window.multiplier, most) for _, window in is_open)
    if best == 1:
        return NOTHING
    largest = [(end, window) for end, window in is_open if min(window.multiplier, most) == best]
    latest = max(end for end, _ in largest)
    return Applies(best, min((window for end, window in largest if end == latest), key=lambda window: window.id))


def _spans(
    windows: Sequence[BatchWindow], zone: tzinfo, day: date, *, ahead: int
) -> list[tuple[datetime, datetime, BatchWindow]]:
    found = []
    for window in windows:
        for offset in range(-_BACK, ahead):
            each = span(window, day + offset * _DAY, zone)
            if each is not None:
                found.append((*each, window))
    return found


def _steps(spans: Sequence[tuple[datetime, datetime, BatchWindow]], most: int) -> Iterator[tuple[datetime, int]]:
    """Every instant at which a window begins or ends, in order, with the multiplier that applies from then on."""
    edges: dict[datetime, list[tuple[int, int]]] = {}
    for start, end, window in spans:
        multiplier = min(window.multiplier, most)
        edges.setdefault(start, []).append((multiplier, 1))
        edges.setdefault(end, []).append((multiplier, -1))
    is_open: Counter[int] = Counter()
    for instant in sorted(edges):
        for multiplier, more in edges[instant]:
            is_open[multiplier] += more
        yield instant, max((multiplier for multiplier, count in is_open.items() if count), default=1)


def _days_to_look_from(windows: Sequence[BatchWindow], today: date) -> Iterator[date]:
    """Within two weeks everything happens that recurs; after that only a first or a last day can change anything."""
    yield today
    edges = {day for window in windows for day in (window.valid_from, window.valid_until) if day and day > today}
    yield from sorted(edges)
