"""Days as a tenant counts them: holidays with their make-up days, clocks that are put forward and back, leap days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.base.calendar import (
    Calendar,
    DayUnusable,
    RegionUnknown,
    add_months,
    calendar_of,
    check_day,
)

SHANGHAI = calendar_of("Asia/Shanghai", "CN")
BERLIN = calendar_of("Europe/Berlin", "DE-BE")
PLAIN = Calendar(time_zone="America/New_York")
DAYS = st.dates(date(2019, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        (date(2026, 1, 2), False),  # a Friday, given for the Sunday after
        (date(2026, 1, 4), True),  # that Sunday: people make up for the Friday
        (date(2026, 2, 14), True),  # a Saturday before the Spring Festival
        (date(2026, 2, 16), False),
        (date(2026, 2, 23), False),
        (date(2026, 2, 28), True),  # a Saturday after it
        (date(2026, 3, 1), False),  # a plain Sunday
        (date(2026, 9, 20), True),
        (date(2026, 10, 7), False),
        (date(2026, 10, 10), True),
        (date(2019, 12, 31), True),
        (date(2018, 12, 29), True),  # a Saturday, for a holiday that is told with the year after
    ],
)
def test_china_works_on_make_up_days(day: date, is_working: bool) -> None:
    assert SHANGHAI.is_working(day) is is_working


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    bavaria = calendar_of("Europe/Berlin", "DE-BY")
    epiphany, women_s_day = date(2026, 1, 6), date(2027, 3, 8)
    assert (bavaria.is_working(epiphany), BERLIN.is_working(epiphany)) == (False, True)
    assert (bavaria.is_working(women_s_day), BERLIN.is_working(women_s_day)) == (True, False)


def test_without_a_region_people_work_from_monday_to_friday() -> None:
    assert [PLAIN.is_working(date(2026, 12, 21) + timedelta(days=n)) for n in range(7)] == [True] * 5 + [False] * 2


def test_a_tenant_s_own_days_go_before_everybody_s() -> None:
    own = Calendar(
        time_zone="Asia/Shanghai",
        region="CN",
        closed=frozenset({date(2026, 7, 1)}),
        working=frozenset({date(2026, 10, 3)}),
    )
    assert not own.is_working(date(2026, 7, 1))
    assert own.is_working(date(2026, 10, 3))


def test_seven_working_days_may_take_three_weeks() -> None:
    """The Spring Festival of 2026: from 15 to 23 February nobody works, and the Saturdays around it are made up."""
    assert SHANGHAI.shift(date(2026, 2, 12), 7) == date(2026, 2, 28)
    assert SHANGHAI.shift(date(2026, 2, 28), -7) == date(2026, 2, 12)
    assert SHANGHAI.shift(date(2026, 2, 17), 1) == date(2026, 2, 24)


@pytest.mark.parametrize("region", ["XX", "cn", "DE-XX", "CN-", "", "DEU-BY", "-"])
def test_a_region_that_nobody_knows_is_refused(region: str) -> None:
    with pytest.raises(RegionUnknown) as refused:
        calendar_of("Europe/Berlin", region)
    assert refused.value.code == "calendar.region_unknown"


@given(DAYS, st.integers(1, 30), st.sampled_from([SHANGHAI, BERLIN, PLAIN]))
def test_there_and_back_again(day: date, count: int, calendar: Calendar) -> None:
    there = calendar.shift(day, count)
    assert calendar.is_working(there)
    between = [day + timedelta(days=n) for n in range(1, (there - day).days + 1)]
    assert sum(map(calendar.is_working, between)) == count
    if calendar.is_working(day):
        assert calendar.shift(there, -count) == day


@given(DAYS, st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Havana", "Africa/Cairo", "Pacific/Apia"]))
def test_every_day_begins_when_the_one_before_ends(day: date, zone: str) -> None:
    here = Calendar(time_zone=zone)
    start = here.instant(day)
    assert here.day_of(start) == day
    assert here.day_of(start - timedelta(seconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "day", "wall", "utc"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:30"),  # skipped: it is 03:30 then
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),  # twice: the first
        ("Africa/Cairo", date(2026, 4, 24), time(0, 0), "2026-04-23T22:00"),  # the day begins at 01:00
        ("Asia/Shanghai", date(2028, 2, 29), time(10, 0), "2028-02-29T02:00"),
    ],
)
def test_wall_times_that_clocks_skip_or_show_twice(zone: str, day: date, wall: time, utc: str) -> None:
    assert Calendar(time_zone=zone).instant(day, wall) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_day_that_a_country_left_out_begins_with_the_next() -> None:
    samoa = Calendar(time_zone="Pacific/Apia")
    assert samoa.instant(date(2011, 12, 30)) == samoa.instant(date(2011, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 31), -2, date(2025, 11, 30)),
    ],
)
def test_months_end_when_they_end(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1999, 12, 31), date(9999, 12, 31)])
def test_a_day_centuries_away_is_refused(day: date) -> None:
    with pytest.raises(DayUnusable):
        check_day(day)


def test_a_calendar_without_working_days_does_not_search_for_ever() -> None:
    start = date(2026, 1, 1)
    never = Calendar(time_zone="UTC", closed=frozenset(start + timedelta(days=n) for n in range(4000)))
    with pytest.raises(AssertionError, match="BUG"):
        never.shift(start, 1)


def test_zones_come_with_the_program() -> None:
    assert ZoneInfo(SHANGHAI.time_zone).key == "Asia/Shanghai"
