"""The buckets together: all or nothing, exact under threads, remembered over a restart."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from platforms import Platform, quota

from frostgate.base.clock import HandClock
from frostgate.base.errors import StoreUnavailable
from frostgate.base.model import SYSTEM
from frostgate.limits import buckets
from frostgate.limits.meter import Meter
from frostgate.limits.service import remove_override
from house import empty_the_disk, fill_the_disk
from together import at_once


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def test_without_a_plan_nothing_is_limited(platform: Platform) -> None:
    assert platform.takes(10**9).allowed
    assert platform.left() == {}
    assert len(platform.program.meter) == 0


def test_the_most_specific_quota_applies(platform: Platform) -> None:
    """Each is given where the one before it was seen to apply, from the least specific to the most."""
    platform.plan(any=quota(10), send=quota(20))
    platform.gives()
    assert platform.takes_all(method="other", key="a") == 10
    assert platform.takes_all(key="a") == 20
    platform.overrides(quota(30))
    assert platform.takes_all(key="b") == 30
    platform.overrides(quota(40), method="send")
    assert platform.takes_all(key="c") == 40
    platform.overrides(quota(50), key="d")
    assert platform.takes_all(key="d") == 50
    own = platform.overrides(quota(60), key="e", method="send")
    platform.overrides(quota(70), key="e")
    assert platform.takes_all(key="e") == 60
    assert platform.takes_all(key="e", method="other") == 70

    with platform.program.uow.begin() as tx:
        remove_override(tx, own, tenant_id="acme", actor=SYSTEM)
    assert platform.takes_all(key="e", method="send") == 0, "it shares the bucket of all methods, which is empty"


def test_methods_without_their_own_share_one_bucket_and_keys_share_none(platform: Platform) -> None:
    platform.plan(any=quota(10), send=quota(3))
    platform.gives()
    assert platform.takes(6, method="a").allowed
    assert not platform.takes(5, method="b").allowed
    assert platform.takes(4, method="b").allowed
    assert platform.takes_all(method="send") == 3
    assert platform.takes(10, method="a", key="other").allowed


def test_a_take_that_one_quota_refuses_takes_from_none(platform: Platform) -> None:
    platform.plan(any=quota(10), total=quota(15, per_seconds=3600))
    platform.gives()
    assert platform.takes(8, key="a").allowed
    refused = platform.takes(8, key="b")
    assert not refused.allowed
    assert [(each.applied.name, each.refused) for each in refused.readings] == [("key", False), ("total", True)]
    assert platform.left(key="b") == {"key": 10, "total": 7}
    refused = platform.takes(3, key="a")
    assert [(each.applied.name, each.refused) for each in refused.readings] == [("key", True), ("total", False)]
    assert platform.left(key="a") == {"key": 2, "total": 7}
    assert platform.takes(7, key="b").allowed
    assert platform.left(key="b") == {"key": 3, "total": 0}


def test_a_tenants_own_total_goes_before_its_plans(platform: Platform) -> None:
    platform.plan(total=quota(5))
    platform.gives()
    assert platform.takes_all() == 5
    platform.gives(total=quota(50))
    assert platform.left() == {"total": 0}, "and nothing was given for the change"
    platform.clock.move(seconds(60))
    assert platform.takes_all() == 50


def test_tenants_have_nothing_to_do_with_each_other(platform: Platform) -> None:
    platform.plan(any=quota(5), total=quota(5))
    platform.gives()
    platform.tenant("bolt")
    platform.gives(tenant_id="bolt")
    assert platform.takes_all() == 5
    assert platform.takes_all(tenant_id="bolt") == 5


@pytest.mark.parametrize("keys", [1, 8])
def test_many_threads_take_exactly_the_quota(platform: Platform, keys: int) -> None:
    platform.plan(any=quota(997), total=quota(3001, per_seconds=3600))
    platform.gives()

    def hammer(number: int) -> int:
        return sum(platform.takes(key=f"k{number % keys}").allowed for _ in range(1500))

    taken = sum(at_once([partial(hammer, number) for number in range(8)]))

    assert taken == (997 if keys == 1 else 3001)
    meter = platform.program.meter
    assert (meter.taken, meter.taken + meter.refused) == (taken, 8 * 1500)


class Overtaken(HandClock):
    """A clock whose reader is overtaken once, before they can do anything with what they read."""

    by: Callable[[], None] | None = None

    def now(self) -> datetime:
        read, by, self.by = super().now(), self.by, None
        if by is not None:
            by()
        return read


def test_whoever_is_overtaken_between_the_clock_and_the_buckets_gains_nothing(platform: Platform) -> None:
    platform.plan(any=quota(10))
    platform.gives()
    clock = Overtaken(platform.clock.now())
    meter = Meter(platform.program.book, clock=clock)
    assert meter.take("acme", "k", "send", 10).allowed

    def overtake() -> None:
        clock.move(seconds(6))
        assert meter.take("acme", "k", "send").allowed, "one came back"

    clock.by = overtake
    assert not meter.take("acme", "k", "send").allowed
    assert not meter.take("acme", "k", "send").allowed, "no time passed but what the clock says"
    clock.move(seconds(6))
    assert meter.take("acme", "k", "send").allowed


def test_a_refusal_says_when(platform: Platform) -> None:
    platform.plan(any=quota(10), total=quota(12, per_seconds=3600))
    platform.gives()
    assert platform.takes(10).allowed
    refused = platform.takes(3)
    wait = max(each.retry_after or 0 for each in refused.readings)
    assert wait == 300_000_000, "three more come back to the key within 18 s, but one to the total takes 300"
    platform.clock.move(timedelta(microseconds=wait - 1))
    assert not platform.takes(3).allowed
    platform.clock.move(timedelta(microseconds=1))
    assert platform.takes(3).allowed


def test_full_buckets_are_forgotten_and_no_others(platform: Platform) -> None:
    platform.plan(any=quota(10))
    platform.gives()
    for number in range(1200):
        assert platform.takes(1 if number else 10, key=f"k{number}").allowed
    assert len(platform.program.meter) == 1200
    platform.clock.move(seconds(6))
    platform.program.meter.forget_full()
    assert len(platform.program.meter) == 1
    assert platform.left(key="k0") == {"key": 1}
    platform.clock.move(seconds(54))
    platform.program.meter.forget_full()
    assert len(platform.program.meter) == 0


def test_a_clock_that_is_put_back_fills_nothing_and_starves_nobody(platform: Platform) -> None:
    platform.plan(any=quota(10))
    platform.gives()
    assert platform.takes_all() == 10
    platform.clock.move(timedelta(days=-1))
    assert platform.takes_all() == 0
    platform.clock.move(seconds(30))
    assert platform.takes_all() == 5
    platform.program.save_limits()
    assert platform.left(by=platform.another()) == {"key": 0}


# A change of what applies


def test_a_change_of_plan_keeps_the_proportion_at_once(platform: Platform) -> None:
    platform.plan(any=quota(10, per_seconds=86_400))
    platform.gives()
    assert platform.takes(5).allowed
    platform.plan(any=quota(1000))
    assert platform.left() == {"key": 500}
    assert platform.takes_all() == 500
    platform.clock.move(seconds(30))
    assert platform.takes_all() == 500, "and it fills at the new pace"


def test_whoever_was_refused_fills_at_the_new_pace(platform: Platform) -> None:
    platform.plan(any=quota(1, per_seconds=86_400))
    platform.gives()
    assert platform.takes_all() == 1
    platform.plan(any=quota(10, per_seconds=1))
    assert platform.takes_all() == 0
    platform.clock.move(seconds(1))
    assert platform.takes_all() == 10


def test_a_batch_window_opens_and_closes(platform: Platform) -> None:
    """The world's noon in Shanghai, 12:00; the window is open from 23:30 until 05:00."""
    platform.plan(any=quota(100), send=quota(10), total=quota(10_000, per_seconds=3600), batch=5)
    platform.gives()
    platform.declares("23:30", "05:00", multiplier=10)
    assert platform.left() == {"key:send": 10, "total": 10_000}
    platform.clock.move(timedelta(hours=11, minutes=29, seconds=59))
    assert platform.left()["key:send"] == 10
    platform.clock.move(seconds(1))
    assert platform.left() == {"key:send": 50, "total": 10_000}, "five times, as the plan allows; the total stays"
    assert platform.left(key="other")["key:send"] == 10
    assert platform.left(method="x")["key"] == 500
    assert platform.takes(25).allowed
    platform.clock.move(timedelta(hours=5, minutes=29, seconds=59))
    assert platform.takes(25).allowed
    platform.clock.move(seconds(1))
    assert platform.left()["key:send"] == 5, "half full it was (and 0.83 came back), half full it is"


def test_a_window_for_one_method_widens_no_other(platform: Platform) -> None:
    platform.plan(any=quota(100), send=quota(10), batch=5)
    platform.gives()
    platform.declares("11:00", "13:00", multiplier=5, method="send")
    assert platform.left() == {"key:send": 50}
    assert platform.left(method="x") == {"key": 100}
    # Where the method loses its own quota, the window has nothing to widen.
    platform.plan(any=quota(100), batch=5)
    assert platform.left() == {"key": 100}


def test_a_tenant_that_moves_takes_its_windows_along(platform: Platform) -> None:
    platform.plan(any=quota(10), batch=2)
    platform.gives()
    platform.declares("12:00", "13:00", multiplier=2)
    assert platform.left() == {"key": 20}
    platform.moves_to("Europe/Berlin")
    assert platform.left() == {"key": 10}
    platform.clock.move(timedelta(hours=7))
    assert platform.left() == {"key": 20}


# Restarts and several processes


def test_a_restart_hands_out_nothing_again(platform: Platform) -> None:
    platform.plan(any=quota(10), total=quota(100, per_seconds=3600))
    platform.gives()
    assert platform.takes_all() == 10
    assert platform.takes(4, key="other").allowed
    platform.program.save_limits()
    restarted = platform.another()
    assert platform.left(by=restarted) == {"key": 0, "total": 86}
    assert platform.left(key="other", by=restarted) == {"key": 6, "total": 86}
    platform.clock.move(seconds(30))
    assert platform.left(by=restarted)["key"] == 5


def test_what_is_full_again_is_not_kept(platform: Platform) -> None:
    platform.plan(any=quota(10))
    platform.gives()
    assert platform.takes(5, key="a").allowed
    platform.program.save_limits()
    platform.clock.move(seconds(60))
    assert platform.takes(5, key="b").allowed
    platform.program.save_limits()
    with platform.program.uow.look() as connection:
        assert [each.key for each in buckets.load(connection, after=0)] == ["b"]
    assert platform.program.meter.save(platform.program.uow) == 0, "nothing was taken since"


def test_of_two_processes_the_emptier_bucket_is_kept(platform: Platform) -> None:
    """Each hands out the quota by itself; what a third one starts with is the worse of the two."""
    platform.plan(any=quota(10))
    platform.gives()
    other = platform.another()
    assert platform.takes(9).allowed
    assert platform.takes(2, by=other).allowed
    platform.program.save_limits()
    other.save_limits()
    assert platform.left(by=platform.another()) == {"key": 1}


def test_a_bucket_that_was_saved_under_another_quota_keeps_its_proportion(platform: Platform) -> None:
    platform.plan(any=quota(10, per_seconds=86_400))
    platform.gives()
    assert platform.takes(5).allowed
    platform.program.save_limits()
    platform.plan(any=quota(100))
    assert platform.left(by=platform.another()) == {"key": 50}
    assert platform.takes(10).allowed
    platform.program.save_limits()
    assert platform.left(by=platform.another()) == {"key": 40}, "the row is that of the new quota, though it is sooner"


def test_another_process_learns_what_was_changed(platform: Platform) -> None:
    other = platform.another()
    platform.plan(any=quota(10))
    platform.gives()
    assert platform.left(by=other) == {}
    other.follow()
    assert platform.left(by=other) == {"key": 10}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_save_that_fails_loses_nothing(platform: Platform) -> None:
    platform.plan(any=quota(100_000))
    platform.gives()
    for number in range(2000):
        assert platform.takes(1, key=f"a key with a rather long name, number {number}").allowed
    assert platform.takes(7).allowed
    fill_the_disk(platform.program)
    with pytest.raises(StoreUnavailable):
        platform.program.save_limits()
    empty_the_disk(platform.program)
    platform.program.save_limits()
    assert platform.left(by=platform.another()) == {"key": 99_993}
