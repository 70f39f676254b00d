"""Batch windows on the wall clocks of several zones: across midnight, over gaps, through repeated hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frostgate.limits.batch import NOTHING, applies, next_change, span
from frostgate.limits.model import WEEK, BatchWindow, Weekday

BERLIN, YORK, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")
LORD_HOWE, APIA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
MINUTE = timedelta(minutes=1)


def window(starts: str, ends: str, **more: object) -> BatchWindow:
    given: dict = {
        "id": "w1",
        "tenant_id": "acme",
        "key": "k",
        "method": "*",
        "days": WEEK,
        "multiplier": 10,
        "valid_from": None,
        "valid_until": None,
        "label": None,
        "declared_at": datetime(2026, 1, 1, tzinfo=UTC),
        **more,
    }
    return BatchWindow(starts=starts, ends=ends, **given)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


BY_HAND = [
    # No clock is changed: 23:30 in Shanghai is 15:30 UTC, and 05:00 belongs to the next day.
    (SHANGHAI, "2026-03-29", "23:30", "05:00", "2026-03-29T15:30", "2026-03-29T21:00"),
    (SHANGHAI, "2026-03-29", "00:00", "00:00", "2026-03-28T16:00", "2026-03-29T16:00"),
    (BERLIN, "2026-01-10", "01:00", "02:00", "2026-01-10T00:00", "2026-01-10T01:00"),
    # Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC.
    (BERLIN, "2026-03-28", "23:30", "05:00", "2026-03-28T22:30", "2026-03-29T03:00"),
    (BERLIN, "2026-03-29", "02:30", "05:00", "2026-03-29T01:00", "2026-03-29T03:00"),
    (BERLIN, "2026-03-29", "01:00", "02:30", "2026-03-29T00:00", "2026-03-29T01:00"),
    (BERLIN, "2026-03-29", "02:00", "03:00", None, None),
    (BERLIN, "2026-03-29", "02:10", "02:50", None, None),
    (BERLIN, "2026-03-29", "02:10", "03:20", "2026-03-29T01:00", "2026-03-29T01:20"),
    # Berlin, 25 October 2026: 03:00 becomes 02:00 again at 01:00 UTC.
    (BERLIN, "2026-10-24", "23:30", "05:00", "2026-10-24T21:30", "2026-10-25T04:00"),
    (BERLIN, "2026-10-25", "02:15", "02:45", "2026-10-25T00:15", "2026-10-25T01:45"),
    (BERLIN, "2026-10-25", "01:00", "02:30", "2026-10-24T23:00", "2026-10-25T01:30"),
    (BERLIN, "2026-10-25", "02:30", "04:00", "2026-10-25T00:30", "2026-10-25T03:00"),
    (BERLIN, "2026-10-25", "01:00", "02:00", "2026-10-24T23:00", "2026-10-25T01:00"),
    (BERLIN, "2026-10-25", "03:00", "04:00", "2026-10-25T02:00", "2026-10-25T03:00"),
    # New York, 8 March and 1 November 2026.
    (YORK, "2026-03-07", "22:00", "02:30", "2026-03-08T03:00", "2026-03-08T07:00"),
    (YORK, "2026-03-08", "02:30", "03:30", "2026-03-08T07:00", "2026-03-08T07:30"),
    (YORK, "2026-11-01", "01:30", "02:00", "2026-11-01T05:30", "2026-11-01T07:00"),
    (YORK, "2026-11-01", "00:30", "01:30", "2026-11-01T04:30", "2026-11-01T06:30"),
    # Lord Howe changes by half an hour: 5 April 2026 back at 02:00 to 01:30, 4 October forward at 02:00 to 02:30.
    (LORD_HOWE, "2026-04-05", "01:40", "01:50", "2026-04-04T14:40", "2026-04-04T15:20"),
    (LORD_HOWE, "2026-04-05", "01:20", "01:40", "2026-04-04T14:20", "2026-04-04T15:10"),
    (LORD_HOWE, "2026-10-04", "02:10", "02:40", "2026-10-03T15:30", "2026-10-03T15:40"),
    (LORD_HOWE, "2026-10-04", "02:00", "02:30", None, None),
    # Apia had no 30 December 2011: the gap is a whole day.
    (APIA, "2011-12-30", "10:00", "12:00", None, None),
    (APIA, "2011-12-29", "22:00", "06:00", "2011-12-30T08:00", "2011-12-30T10:00"),
]


@pytest.mark.parametrize(("zone", "day", "starts", "ends", "begins", "closes"), BY_HAND)
def test_by_hand(zone: ZoneInfo, day: str, starts: str, ends: str, begins: str | None, closes: str | None) -> None:
    found = span(window(starts, ends), date.fromisoformat(day), zone)
    if begins is None or closes is None:
        assert found is None
    else:
        assert found == (utc(begins), utc(closes))
        inside = [window(starts, ends, days=(WEEK[date.fromisoformat(day).weekday()],))]
        assert applies(inside, zone, utc(begins), most=100).multiplier == 10
        assert applies(inside, zone, utc(begins) - MINUTE, most=100) == NOTHING
        assert applies(inside, zone, utc(closes), most=100) == NOTHING
        assert applies(inside, zone, utc(closes) - MINUTE, most=100).multiplier == 10
        assert next_change(inside, zone, utc(begins), most=100) == utc(closes)
        assert next_change(inside, zone, utc(begins) - MINUTE, most=100) == utc(begins)


def test_days_are_those_on_which_it_begins() -> None:
    nights = [window("23:30", "05:00", days=(Weekday.FRI,))]
    friday, saturday = utc("2026-03-06T15:30"), utc("2026-03-06T21:00")  # in Shanghai
    assert next_change(nights, SHANGHAI, utc("2026-03-02T00:00"), most=100) == friday
    assert next_change(nights, SHANGHAI, friday, most=100) == saturday
    assert next_change(nights, SHANGHAI, saturday, most=100) == friday + timedelta(days=7)


def test_first_and_last_day() -> None:
    some = [window("23:00", "01:00", valid_from=date(2026, 5, 1), valid_until=date(2026, 5, 2))]
    changes, at = [], utc("2026-01-01T00:00")
    while (following := next_change(some, SHANGHAI, at, most=100)) is not None:
        changes.append(following)
        at = following
    assert changes == [utc(f"2026-05-0{day}T{hour}:00") for day in (1, 2) for hour in (15, 17)]


def test_a_window_that_ends_years_from_now_is_seen_to_end() -> None:
    always = [window("00:00", "00:00", valid_until=date(2029, 12, 31))]
    at = utc("2026-01-01T12:00")
    assert applies(always, SHANGHAI, at, most=100).multiplier == 10
    assert next_change(always, SHANGHAI, at, most=100) == utc("2029-12-31T16:00")
    assert next_change([window("00:00", "00:00")], BERLIN, at, most=100) is None


def test_of_overlapping_windows_the_largest_counts() -> None:
    both = [window("20:00", "23:00", id="w1", multiplier=5), window("21:00", "22:00", id="w2", multiplier=8)]
    seen, at = [], utc("2026-03-02T11:59")
    for _ in range(4):
        following = next_change(both, SHANGHAI, at, most=100)
        assert following is not None
        seen.append((following.hour, applies(both, SHANGHAI, following, most=100).multiplier))
        at = following
    assert seen == [(12, 5), (13, 8), (14, 5), (15, 1)]
    # Where the plan allows less than either, the second one changes nothing.
    assert next_change(both, SHANGHAI, utc("2026-03-02T12:00"), most=4) == utc("2026-03-02T15:00")
    named = applies(both, SHANGHAI, utc("2026-03-02T13:30"), most=4)
    assert (named.multiplier, named.window and named.window.id) == (4, "w1"), "the one that is open longest is named"


def test_the_plan_may_allow_none() -> None:
    assert applies([window("00:00", "00:00")], BERLIN, utc("2026-03-02T12:00"), most=1) == NOTHING
    assert next_change([window("01:00", "02:00")], BERLIN, utc("2026-03-02T12:00"), most=1) is None


# Against an oracle that watches a wall clock, minute by minute

ZONES = [BERLIN, YORK, SHANGHAI, LORD_HOWE, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Africa/Casablanca")]
times = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
early = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 4), st.sampled_from([0, 15, 30, 45]))
CHANGES = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 4), date(2026, 10, 25)]
days = st.dates(date(2026, 1, 1), date(2026, 12, 31)) | st.sampled_from([*CHANGES, date(2026, 11, 1)])


def watched(each: BatchWindow, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Look at the clock on the wall every minute: the first time that it shows the start or has passed it, and the
    last time that it shows the end, or the first that it has passed it where it never shows it."""
    starts = datetime.combine(day, time.fromisoformat(each.starts))
    last = day if each.ends > each.starts else day + timedelta(days=1)
    ends = datetime.combine(last, time.fromisoformat(each.ends))
    begin = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=16)
    instants = [begin + minute * MINUTE for minute in range(96 * 60)]
    walls = [(at, at.astimezone(zone).replace(tzinfo=None)) for at in instants]
    start = next(at for at, wall in walls if wall >= starts)
    shown = [at for at, wall in walls if wall == ends]
    end = shown[-1] if shown else next(at for at, wall in walls if wall >= ends)
    return (start, end) if start < end else None


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(ZONES), days, times | early, times | early)
def test_it_is_what_somebody_at_a_wall_clock_would_say(zone: ZoneInfo, day: date, starts: str, ends: str) -> None:
    each = window(starts, ends)
    assert span(each, day, zone) == watched(each, day, zone)


several = st.lists(
    st.builds(
        lambda starts, ends, days, multiplier: window(starts, ends, days=tuple(days), multiplier=multiplier),
        times | early,
        times | early,
        st.sets(st.sampled_from(WEEK), min_size=1),
        st.integers(2, 5),
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=100)
@given(several, st.sampled_from(ZONES), days, st.integers(0, 1439), st.integers(1, 5))
def test_between_two_changes_nothing_changes(
    windows: list[BatchWindow], zone: ZoneInfo, day: date, minute: int, most: int
) -> None:
    at = datetime.combine(day, datetime.min.time(), UTC) + minute * MINUTE
    following = next_change(windows, zone, at, most=most)
    now = applies(windows, zone, at, most=most).multiplier
    until = min(following or at + timedelta(days=9), at + timedelta(days=9))
    step = max((until - at) / 40, MINUTE)
    while at < until:
        assert applies(windows, zone, at, most=most).multiplier == now
        at += step
    if following is not None:
        assert applies(windows, zone, following, most=most).multiplier != now
        assert applies(windows, zone, following - timedelta(microseconds=1), most=most).multiplier == now
