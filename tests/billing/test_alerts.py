"""Thresholds speak once, clear by themselves, and look both ways."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.billing.alerts.model import (
    Direction,
    Measure,
    Recipient,
    Threshold,
    ThresholdUnusable,
    cover,
    look,
    share,
)
from frostgate.billing.forecast import HORIZON, Forecast
from frostgate.notices.model import Channel

FALLS, RISES = Direction.FALLS, Direction.RISES
LIN = (Recipient("lin", Channel.EMAIL),)


def threshold(at: int, clear: int, *, measure: Measure = Measure.BALANCE, named: str = "t") -> Threshold:
    direction = FALLS if clear > at else RISES
    return Threshold(id=named, measure=measure, direction=direction, at=at, clear=clear, recipients=LIN)


def spoken_at(each: Threshold, values: list[int | None]) -> list[int]:
    """At which places of a series of values the threshold speaks."""
    found, spoken = [], frozenset[str]()
    for place, value in enumerate(values):
        looked = look([each], {each.measure: value}, spoken=spoken)
        spoken = looked.spoken
        found += [place for _ in looked.alerts]
    return found


def test_a_falling_balance_is_told_once() -> None:
    low = threshold(100, 150)
    assert spoken_at(low, [200, 120, 100, 80, 101, 99, 149, 100]) == [2]


def test_it_speaks_again_once_the_balance_has_recovered() -> None:
    assert spoken_at(threshold(100, 150), [90, 150, 101, 100, 160, 50]) == [0, 3, 5]


def test_a_rising_share_of_the_budget_clears_with_the_new_month() -> None:
    most = threshold(80, 50, measure=Measure.BUDGET)
    assert spoken_at(most, [10, 79, 80, 120, 60, 90, 0, 85]) == [2, 7]


def test_a_threshold_that_is_crossed_when_it_is_set_speaks_at_once() -> None:
    assert spoken_at(threshold(100, 150), [30]) == [0]


def test_what_is_not_known_changes_nothing() -> None:
    assert spoken_at(threshold(7, 14, measure=Measure.COVER), [None, 20, None, 7, None, 5, None, 14, None, 7]) == [3, 9]


def test_thresholds_do_not_know_each_other() -> None:
    first, second = threshold(100, 150, named="first"), threshold(50, 60, named="second")
    days = threshold(7, 14, measure=Measure.COVER, named="days")
    looked = look([first, second, days], {Measure.BALANCE: 40, Measure.COVER: 30}, spoken=frozenset({"first"}))
    assert [alert.threshold.id for alert in looked.alerts] == ["second"]
    assert looked.spoken == {"first", "second"}
    assert looked.alerts[0].value == 40


def test_a_threshold_that_is_gone_is_forgotten() -> None:
    assert look([], {Measure.BALANCE: 1}, spoken=frozenset({"gone"})).spoken == frozenset()


@pytest.mark.parametrize(("direction", "at", "clear"), [(FALLS, 100, 100), (FALLS, 100, 99), (RISES, 80, 81)])
def test_a_threshold_that_could_never_clear_is_refused(direction: Direction, at: int, clear: int) -> None:
    with pytest.raises(ThresholdUnusable) as refused:
        Threshold(id="t", measure=Measure.BALANCE, direction=direction, at=at, clear=clear, recipients=LIN)
    assert refused.value.code == "alert.threshold_unusable"


def test_values_of_cover_and_budget() -> None:
    lasts = Forecast(per_day=1.0, measured_days=28, until=None, earliest=None, latest=None, cover_days=None)
    assert (cover(None), cover(lasts)) == (None, HORIZON)
    assert [share(spent, 300) for spent in (0, 299, 300, 900)] == [0, 99, 100, 300]


VALUES = st.lists(st.integers(-1000, 1000), max_size=60)
ENDS = st.tuples(st.integers(-500, 500), st.integers(1, 300))


@given(VALUES, ENDS)
def test_between_two_alerts_the_value_was_back(values: list[int], ends: tuple[int, int]) -> None:
    at, width = ends
    places = spoken_at(threshold(at, at + width), list(values))
    assert all(values[place] <= at for place in places)
    for one, other in pairwise(places):
        assert max(values[one:other]) >= at + width


@given(VALUES, ENDS)
def test_no_crossing_is_missed(values: list[int], ends: tuple[int, int]) -> None:
    at, width = ends
    places = spoken_at(threshold(at, at + width), list(values))
    crossed = [place for place, value in enumerate(values) if value <= at]
    assert (places[:1] or [None]) == (crossed[:1] or [None])
    for place in places:
        back = next((n for n in range(place, len(values)) if values[n] >= at + width), len(values))
        following = [n for n in crossed if n > back]
        assert [n for n in places if n > place][:1] == following[:1]


@given(VALUES, ENDS)
def test_both_directions_are_each_other_s_mirror(values: list[int], ends: tuple[int, int]) -> None:
    at, width = ends
    mirrored = [-value for value in values]
    assert spoken_at(threshold(at, at + width), list(values)) == spoken_at(threshold(-at, -at - width), list(mirrored))
