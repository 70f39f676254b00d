"""Days as a tenant counts them: its zone, its working days, and months that end when they end. Pure: no clock.

Which days are public holidays comes from the `holidays` package: for China that includes the make-up working days
(调休), which the State Council announces each autumn for the year after. Until then a coming year has the statutory
holidays only, so a tenant can add days of its own, and the package must be kept up to date (ADR 27).
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

import msgspec
from holidays import HolidayBase, country_holidays, list_supported_countries

from frostgate.base.errors import Refused

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
FURTHEST_EAST = timedelta(hours=14)  # of UTC: where every day begins first, and every month ends
FURTHEST_WEST = timedelta(hours=-12)  # and where they do so last
_SATURDAY = 5
_YEARS = range(2000, 2200)
_FURTHEST = 3660  # days; a calendar on which nobody works for ten years is a mistake in its data


class RegionUnknown(Refused):
    """No public holidays are known under this name; `region` is what was given."""

    code = "calendar.region_unknown"


class DayUnusable(Refused):
    """The day lies beyond every calendar that we keep."""

    code = "calendar.day_unusable"


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """When a tenant's days begin, and on which of them its people work."""

    time_zone: str  # IANA, such as "Asia/Shanghai"
    region: str | None = None  # "CN", "DE-BY" (ISO 3166); None: everybody works from Monday to Friday
    closed: frozenset[date] = frozenset()  # days off of the tenant's own
    working: frozenset[date] = frozenset()  # days on which it works all the same; these go first

    def is_working(self, day: date) -> bool:
        """Whether people are at work on this day."""
        if day in self.working:
            return True
        if day in self.closed:
            return False
        if self.region is None:
            return day.weekday() < _SATURDAY
        return bool(_public(self.region, day.year).is_working_day(day))

    def day_of(self, at: datetime) -> date:
        """The day that it is here at an instant."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def instant(self, day: date, at: time = time.min) -> datetime:
        """The instant (UTC) at which clocks here show `at` on this day; without `at`, when the day begins.

        A time that is skipped when clocks are put forward stands for the one as much later, and one that comes twice
        for its first occurrence (PEP 495, `fold` 0). A day that begins in such a gap begins when the gap ends.
        """
        return datetime.combine(day, at, tzinfo=ZoneInfo(self.time_zone)).astimezone(UTC)

    def shift(self, day: date, working_days: int) -> date:
        """The day so many working days later, or earlier where it is less than zero; 0: the day itself."""
        if not working_days:
            return day
        walk = self._walk(day, DAY if working_days > 0 else -DAY)
        for _ in range(abs(working_days) - 1):
            next(walk)
        return next(walk)

    def _walk(self, day: date, step: timedelta) -> Iterator[date]:
        since_work = 0
        while since_work < _FURTHEST:
            day += step
            since_work += 1
            if self.is_working(day):
                since_work = 0
                yield day
        raise AssertionError("BUG: a calendar without working days")


def calendar_of(time_zone: str, region: str | None) -> Calendar:
    """The calendar of a tenant in this zone with the public holidays of this region.

    Raises:
        RegionUnknown: there is no such country or part of a country.
    """
    if region is not None:
        country, _, part = region.partition("-")
        parts = list_supported_countries(include_aliases=False).get(country)
        if parts is None or (part not in parts if part else region != country):
            raise RegionUnknown(pointer="/region", region=region)
    return Calendar(time_zone=time_zone, region=region)


def check_day(day: date, pointer: str | None = None) -> None:
    """Pass a day for which calendars exist.

    Raises:
        DayUnusable: it lies centuries away.
    """
    if day.year not in _YEARS:
        raise DayUnusable(pointer=pointer, first=_YEARS.start, last=_YEARS.stop - 1)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last where it is shorter: 31 August and half a year is 28 or 29
    February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def local_instant(wall: datetime, zone: tzinfo, *, second: bool) -> datetime:
    """The instant (UTC) at which clocks in the zone show this time: its first or second occurrence (PEP 495).

    A time that is skipped when clocks are put forward stands for the first instant after the gap.
    """
    before, after = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    assert before is not None, "BUG: a zone without an offset"
    assert after is not None, "BUG: a zone without an offset"
    if after > before:
        return _end_of_gap((wall - after).replace(tzinfo=UTC), (wall - before).replace(tzinfo=UTC), zone)
    return (wall - (after if second else before)).replace(tzinfo=UTC)


def _end_of_gap(early: datetime, late: datetime, zone: tzinfo) -> datetime:
    """The first instant with the new offset, between one that has the old and one that has the new, to the second."""
    new = late.astimezone(zone).utcoffset()
    low, high = 0, int((late - early) / SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if (early + middle * SECOND).astimezone(zone).utcoffset() == new:
            high = middle
        else:
            low = middle
    return early + high * SECOND


@cache
def _public(region: str, year: int) -> HolidayBase:
    """The public holidays of a year, with the days that are worked to make up for them."""
    country, _, part = region.partition("-")
    return country_holidays(country, subdiv=part or None, years=year, expand=False)
