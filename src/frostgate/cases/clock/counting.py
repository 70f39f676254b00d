"""How much time counts between two instants: all of it, or what lies on working days. Pure."""

from datetime import datetime, timedelta

from frostgate.base.calendar import DAY, Calendar

_NONE = timedelta(0)


def counted(calendar: Calendar | None, start: datetime, end: datetime) -> timedelta:
    """How much of the time from `start` to `end` counts; without a calendar every hour does. None where end is first.

    A working day counts whole, from midnight to midnight in the calendar's zone, so that one on which clocks are put
    forward has 23 hours.
    """
    if calendar is None:
        return max(end - start, _NONE)
    total, day = _NONE, calendar.day_of(start)
    while (begins := calendar.instant(day)) < end:
        if calendar.is_working(day):
            total += max(min(end, calendar.instant(day + DAY)) - max(start, begins), _NONE)
        day += DAY
    return total


def later(calendar: Calendar | None, start: datetime, amount: timedelta) -> datetime:
    """The first instant by which `amount` of counted time has passed since `start`."""
    if calendar is None or not amount:
        return start + amount
    day = calendar.day_of(start)
    while True:
        if calendar.is_working(day):
            begins, ends = max(start, calendar.instant(day)), calendar.instant(day + DAY)
            if ends - begins >= amount:
                return begins + amount
            amount -= ends - begins
        day = calendar.shift(day, 1)
