"""Ids are UUIDv7: they sort like the times they were made, and never repeat."""

import itertools
import threading
import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from frostgate.base.ids import Ids, jitter, new_code, new_secret

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
TIMES = st.integers(0, 2**42).map(lambda ms: EPOCH + timedelta(milliseconds=ms))


@given(TIMES)
def test_an_id_is_a_uuid_of_version_7(at: datetime) -> None:
    made = uuid.UUID(Ids().new(at))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert abs((made.int >> 80) - at.timestamp() * 1000) <= 1


@given(st.lists(TIMES, min_size=2, max_size=50))
def test_ids_strictly_increase_even_when_the_clock_steps_back(times: list[datetime]) -> None:
    ids = Ids()
    made = [ids.new(at) for at in times]
    assert all(earlier < later for earlier, later in itertools.pairwise(made))


def test_a_millisecond_is_never_too_short() -> None:
    ids = Ids()
    made = [ids.new(NOON) for _ in range(10_000)]
    assert made == sorted(set(made))
    assert ids.new(NOON + timedelta(seconds=1)) > made[-1]


def test_threads_never_make_the_same() -> None:
    ids, made = Ids(), []

    def make() -> None:
        made.extend([ids.new(NOON) for _ in range(2000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8000


def test_secrets_and_codes_are_long_enough_and_readable() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    assert len(new_secret()) == 43
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert not set("ilou") & set("".join(codes)), "these are read as digits or as something else"
    assert all(0 <= jitter() < 1 for _ in range(100))
