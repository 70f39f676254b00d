"""Windows equal the naive reading of their contract, in any order, also across a snapshot."""

from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.events.model import EventType
from frostgate.signals.entities import LATE
from frostgate.signals.model import Window
from frostgate.signals.windows import BUCKETS, Distinct, SnapshotRefused, open_window

KEYS = st.sampled_from([("t", "a"), ("t", "b")])
TIMES = st.integers(0, 4000).map(lambda tenth: 1e9 + tenth / 10)
OVER = st.sampled_from([7, 60, 240])
FAR = st.sampled_from([0.0, 0.0, 0.0, 1e7, 2.5e11])  # now and then a clock that is wrong by years
STEPS = st.lists(st.tuples(KEYS, TIMES, FAR, st.integers(0, 9)), max_size=120)
KINDS = st.sampled_from(["count", "sum", "rate", "distinct"])


def spec(kind: str, over: int) -> Window:
    of = {"sum": "recipient_count", "distinct": "conversation"}.get(kind)
    return Window(name="w", on=EventType.MESSAGE, by="account", kind=kind, of=of, over=over)


class Naive:
    """The contract, word for word: every observation kept, every answer computed from all of them."""

    def __init__(self, kind: str, over: int, cap: int = 4096) -> None:
        self.kind, self.over, self.cap = kind, over, cap
        self.seen: dict[tuple, list[tuple[int, int | None]]] = {}

    def bucket(self, at: float) -> int:
        return floor(at / (self.over / BUCKETS))

    def observe(self, key: tuple, at: float, value: int) -> float:
        bucket, seen = self.bucket(at), self.seen.setdefault(key, [])
        newest = max([bucket, *(b for b, _ in seen)])
        inside = {v for b, v in seen if newest - BUCKETS < b and v is not None}
        full = self.kind == "distinct" and value not in inside and len(inside) >= self.cap
        # A value that is not taken in still moves the window: `None` marks such an event.
        seen.append((bucket, None if full else value))
        return self.answer(key, newest)

    def peek(self, key: tuple, at: float) -> float:
        return self.answer(key, max([self.bucket(at), *(b for b, _ in self.seen.get(key, []))]))

    def answer(self, key: tuple, newest: int) -> float:
        values = [v for b, v in self.seen.get(key, []) if newest - BUCKETS < b <= newest]
        match self.kind:
            case "count":
                return len(values)
            case "sum":
                return float(sum(values))
            case "rate":
                return len(values) / self.over
        return len({v for v in values if v is not None})


def observe(window, kind: str, key, at: float, value: int) -> float:
    return window.observe(key, at, value if kind in ("sum", "distinct") else 1)


@given(KINDS, OVER, STEPS, st.integers(0, 120), TIMES)
def test_windows_equal_the_contract_in_any_order_and_across_a_snapshot(kind, over, steps, cut, look):
    window, naive = open_window(spec(kind, over)), Naive(kind, over)
    for number, (key, at, ahead, value) in enumerate(steps):
        if number == cut:
            snapshot = window.dump()
            window = open_window(spec(kind, over))
            window.load(snapshot)
        assert observe(window, kind, key, at + ahead, value) == naive.observe(key, at + ahead, value)
        assert window.peek(key, look) == naive.peek(key, look)


@given(OVER, STEPS, st.integers(1, 4))
def test_a_full_distinct_window_reports_its_cap(over, steps, cap):
    window, naive = Distinct(spec("distinct", over), cap=cap), Naive("distinct", over, cap)
    for key, at, _, value in steps:
        found = window.observe(key, at, value)
        assert found == naive.observe(key, at, value)
        assert found <= cap


@given(KINDS, OVER, st.lists(st.tuples(KEYS, st.integers(0, 100), st.integers(0, 100), st.integers(0, 9))))
def test_sweeping_changes_nothing_for_events_at_most_one_window_late(kind, over, steps):
    swept, kept, now = open_window(spec(kind, over)), open_window(spec(kind, over)), 1e9
    for key, pause, late, value in steps:
        now += pause * over / 20
        at = now - late * over / 100
        swept.sweep(now)
        assert observe(swept, kind, key, at, value) == observe(kept, kind, key, at, value)


@given(KINDS, OVER)
def test_a_sender_that_holds_events_back_for_an_hour_is_counted_like_any_other(kind, over):
    window = open_window(spec(kind, over))
    observe(window, kind, ("t", "late"), 1e9 - LATE, 1)
    assert window.sweep(1e9) == 0
    assert window.peek(("t", "late"), 1e9 - LATE) > 0


@given(KINDS, OVER)
def test_an_idle_entity_and_one_in_the_far_future_are_forgotten(kind, over):
    window = open_window(spec(kind, over))
    observe(window, kind, ("t", "idle"), 1e9 - LATE - 4 * over, 1)
    observe(window, kind, ("t", "future"), 2.5e11, 1)
    observe(window, kind, ("t", "here"), 1e9, 1)
    assert window.sweep(1e9) == 2
    assert len(window) == 1
    assert observe(window, kind, ("t", "future"), 1e9, 1) == open_window(spec(kind, over)).observe(("t", "x"), 1e9, 1)


def test_a_sweep_takes_only_as_many_steps_as_it_may():
    window = open_window(spec("count", 60))
    for number in range(100):
        window.observe(("t", str(number)), 1e9)
    assert [window.sweep(2e9, at_most=40) for _ in range(4)] == [40, 40, 20, 0]


def test_a_snapshot_fits_only_its_own_spec():
    snapshot = open_window(spec("count", 60)).dump()
    for other in (spec("count", 61), spec("rate", 60)):
        with pytest.raises(SnapshotRefused, match="taken of"):
            open_window(other).load(snapshot)
    with pytest.raises(SnapshotRefused):
        open_window(spec("count", 60)).load(snapshot[:-1])


def test_a_sum_beyond_64_bits_can_still_be_saved():
    window = open_window(spec("sum", 60))
    for _ in range(20):
        window.observe(("t", "a"), 1e9, 10**18)
    again = open_window(spec("sum", 60))
    again.load(window.dump())
    assert again.peek(("t", "a"), 1e9) == float(2**63 - 1)
