"""The rhythm of messages: gaps against the standard library's own statistics, and rest against a plain list."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.signals.model import Unknown
from frostgate.signals.rhythm import (
    GAPS,
    KNOWN_FOR,
    KNOWN_TOO_SHORT,
    LONGEST_GAP,
    REMEMBERED,
    TOO_FEW_GAPS,
    longest_rest,
    mark,
    take_gap,
    variation,
)


@given(st.lists(st.integers(0, LONGEST_GAP), max_size=3 * GAPS))
def test_variation_is_what_the_standard_library_says_of_the_last_gaps(gaps: list[int]) -> None:
    kept, total, squares = b"", 0, 0
    for gap in gaps:
        kept, total, squares = take_gap(kept, total, squares, gap)
    read, last = variation(kept, total, squares), gaps[-GAPS:]
    if len(gaps) < GAPS or not sum(last):
        assert read is TOO_FEW_GAPS
    else:
        assert not isinstance(read, Unknown)
        assert read == pytest.approx(statistics.stdev(last) / statistics.mean(last), abs=1e-12)


def rest_of(half_hours: list[int]) -> float | None:
    """The longest rest, worked out from the numbers of the half-hours with a message; None where it is unknown."""
    newest = max(half_hours)
    known = min(newest - min(half_hours), REMEMBERED)
    if known < KNOWN_FOR:
        return None
    longest = run = 0
    for ago in range(known):
        run = 0 if newest - ago in half_hours else run + 1
        longest = max(longest, run)
    return longest / 2


@given(st.lists(st.integers(-3, 70), min_size=1, max_size=60))
def test_rest_is_the_longest_row_of_half_hours_without_a_message(steps: list[int]) -> None:
    hours, newest, seen = 1, 0, [0]
    for step in steps:
        at = newest + step
        hours = mark(hours, step)
        if newest - at < REMEMBERED:  # a message older than the bitmap is none of its half-hours
            seen.append(at)
        newest = max(newest, at)
        read = longest_rest(hours)
        assert (None if isinstance(read, Unknown) else read) == rest_of(seen)


def test_a_person_who_sleeps_has_a_rest_and_a_machine_has_none() -> None:
    person = machine = 1
    for _ in range(95):
        machine = mark(machine, 1)
        assert machine < 1 << 63
    for awake in [range(32), range(48, 80), range(96, 128)]:
        for half_hour in awake:
            person = mark(person, 17 if half_hour in (48, 96) else 1 if half_hour else 0)
    assert longest_rest(person) == 8.0
    assert longest_rest(machine) == 0.0


def test_rest_is_unknown_for_the_first_day() -> None:
    assert longest_rest(mark(1, KNOWN_FOR - 1)) is KNOWN_TOO_SHORT
    assert longest_rest(mark(1, KNOWN_FOR)) == (KNOWN_FOR - 1) / 2
