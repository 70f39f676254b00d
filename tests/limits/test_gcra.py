"""The bucket keeps its promise exactly, over any schedule, and a change of quota gives and takes nothing."""

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from frostgate.limits.model import MICROSECONDS, Allowed, Quota, Refused, level, rescaled, take

SECOND = MICROSECONDS

quotas = st.builds(
    Quota,
    events=st.integers(1, 1000) | st.sampled_from([7, 10**9]),
    per_seconds=st.integers(1, 100) | st.just(31 * 86_400),
    burst=st.integers(1, 50) | st.just(10**9),
)
small = st.builds(Quota, events=st.integers(1, 9), per_seconds=st.integers(1, 9), burst=st.integers(1, 9))
steps = st.integers(0, 5 * SECOND) | st.sampled_from([0, 1, SECOND // 3, SECOND])
schedules = st.lists(st.tuples(steps, st.integers(1, 10)), min_size=1, max_size=40)


def run(quota: Quota, schedule: list[tuple[int, int]], start: int = 1_772_000_000 * SECOND) -> Iterator[tuple]:
    """Each take of a schedule: when, how much, and what came of it."""
    tat, now = 0, start
    for step, cost in schedule:
        now += step
        tat, outcome = take(tat, now, cost, quota)
        yield now, cost, outcome


class SlowBucket:
    """The same promise in exact fractions: a bucket of `burst` units into which units drip steadily."""

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self.rate = Fraction(quota.events, quota.per_seconds * MICROSECONDS)
        self.units = Fraction(quota.burst)
        self.at: int | None = None

    def take(self, now: int, cost: int) -> bool:
        if self.at is not None:
            self.units = min(self.units + (now - self.at) * self.rate, Fraction(self.quota.burst))
        self.at = now
        if self.units < cost:
            return False
        self.units -= cost
        return True


@given(quotas, schedules)
def test_it_allows_what_an_exact_bucket_allows(quota: Quota, schedule: list[tuple[int, int]]) -> None:
    slow = SlowBucket(quota)
    for now, cost, outcome in run(quota, schedule):
        assert isinstance(outcome, Allowed) == slow.take(now, cost)
        assert outcome.level.remaining == slow.units // 1
        full_in = (quota.burst - slow.units) / slow.rate
        assert outcome.level.reset - 1 < full_in <= outcome.level.reset


@given(quotas, schedules)
def test_no_interval_holds_more_than_burst_and_rate(quota: Quota, schedule: list[tuple[int, int]]) -> None:
    taken = [(now, cost) for now, cost, outcome in run(quota, schedule) if isinstance(outcome, Allowed)]
    for first, (begin, _) in enumerate(taken):
        total = 0
        for end, cost in taken[first:]:
            total += cost
            most = quota.burst + Fraction(quota.events * (end - begin), quota.per_seconds * MICROSECONDS)
            assert total <= most


@given(small, schedules)
def test_a_refusal_says_exactly_when_to_come_back(quota: Quota, schedule: list[tuple[int, int]]) -> None:
    tat, now = 0, 0
    for step, cost in schedule:
        now += step
        tat, outcome = take(tat, now, cost, quota)
        if isinstance(outcome, Allowed):
            continue
        assert take(tat, now, cost, quota)[1] == outcome, "the same instant, the same answer"
        if outcome.retry_after is None:
            assert cost > quota.burst
            assert isinstance(take(0, now + 10**15, cost, quota)[1], Refused)
        else:
            assert isinstance(take(tat, now + outcome.retry_after, cost, quota)[1], Allowed)
            assert isinstance(take(tat, now + outcome.retry_after - 1, cost, quota)[1], Refused)


@given(small, schedules)
def test_whoever_spends_evenly_over_the_window_is_not_refused(quota: Quota, schedule: list[tuple[int, int]]) -> None:
    tat, now = 0, 0
    for step, cost in schedule:
        now += step
        tat, _ = take(tat, now, cost, quota)
    left = level(tat, now, quota)
    if not left.remaining:
        assert isinstance(take(tat, now + left.window, 1, quota)[1], Allowed)
        return
    for n in range(left.remaining * 3):  # also beyond the window: it is the pace that can be kept up
        tat, outcome = take(tat, now + -(-n * left.window // left.remaining), 1, quota)
        assert isinstance(outcome, Allowed)


@given(small, schedules, st.integers(0, 100 * SECOND))
def test_a_clock_that_goes_back_hands_out_nothing(quota: Quota, schedule: list[tuple[int, int]], back: int) -> None:
    tat, now = 0, 1000 * SECOND
    for step, cost in schedule:
        now += step
        tat, _ = take(tat, now, cost, quota)
    assert level(tat, now - back, quota).remaining <= level(tat, now, quota).remaining


@given(quotas, schedules)
def test_a_refused_take_takes_nothing(quota: Quota, schedule: list[tuple[int, int]]) -> None:
    tat, now = 0, 0
    for step, cost in schedule:
        now += step
        before = tat
        tat, outcome = take(tat, now, cost, quota)
        if isinstance(outcome, Refused):
            assert tat == before


# A change of quota


def share(tat: int, now: int, quota: Quota) -> Fraction:
    """How much of the bucket is used up."""
    return Fraction(max(tat - now * quota.events, 0), quota.capacity)


@given(quotas, quotas, schedules)
@example(Quota(events=1, per_seconds=86_400, burst=1), Quota(events=100, per_seconds=1, burst=100), [(0, 1)])
def test_a_change_keeps_the_proportion(before: Quota, after: Quota, schedule: list[tuple[int, int]]) -> None:
    tat, now = 0, 1000
    for step, cost in schedule:
        now += step
        tat, _ = take(tat, now, cost, before)
    changed = rescaled(tat, now, before, after)
    was, is_now = share(tat, now, before), share(changed, now, after)
    assert was <= is_now < was + Fraction(1, after.capacity), "never fuller, and emptier by less than a tick"
    assert is_now <= 1


@given(small, st.integers(2, 100), schedules)
def test_a_batch_window_that_nobody_saw_changes_nothing(
    quota: Quota, multiplier: int, schedule: list[tuple[int, int]]
) -> None:
    """It may be looked at late: going over at once, or only when somebody asks, comes to the same."""
    tat, now = 0, 1000
    for step, cost in schedule:
        now += step
        tat, _ = take(tat, now, cost, quota)
    wide = quota.times(multiplier)
    opened = rescaled(tat, now, quota, wide)
    later = now + SECOND // 7
    assert rescaled(tat, later, quota, wide) == max(opened, later * wide.events)
    assert rescaled(opened, now, wide, quota) == max(tat, now * quota.events), "and closing undoes opening"
    assert level(opened, now, wide).reset == level(tat, now, quota).reset


def test_a_window_gives_no_burst_to_whoever_used_everything_up() -> None:
    quota, now = Quota(events=100, per_seconds=60, burst=100), 0
    tat, _ = take(0, now, 100, quota)
    wide = quota.times(10)
    tat = rescaled(tat, now, quota, wide)
    assert level(tat, now, wide).remaining == 0
    assert level(tat, now + 6 * SECOND, wide).remaining == 100, "but it fills ten times as fast"
    tat = rescaled(tat, now + 30 * SECOND, wide, quota)
    assert level(tat, now + 30 * SECOND, quota).remaining == 50, "half full it was, half full it is"


@pytest.mark.parametrize("cost", [11, 10**9])
def test_more_than_the_burst_is_refused_for_ever(cost: int) -> None:
    quota = Quota(events=1, per_seconds=1, burst=10)
    tat, outcome = take(0, 0, cost, quota)
    assert tat == 0
    assert isinstance(outcome, Refused)
    assert (outcome.retry_after, outcome.level.remaining) == (None, 10)
