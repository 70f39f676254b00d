"""Hours in which people are left alone, by the tenant's clock, also where that is changed."""

from datetime import UTC, datetime

import pytest

from frostgate.notices.quiet import quiet_until

NIGHT = "22:00-08:00"


@pytest.mark.parametrize(
    ("zone", "at", "until"),
    [
        ("Asia/Shanghai", datetime(2026, 3, 2, 13, 59, tzinfo=UTC), None),
        ("Asia/Shanghai", datetime(2026, 3, 2, 14, tzinfo=UTC), datetime(2026, 3, 3, 0, tzinfo=UTC)),
        ("Asia/Shanghai", datetime(2026, 3, 3, 0, tzinfo=UTC), None),
        # Clocks in Berlin go forward on 29 March, and back on 25 October: the night is an hour shorter, or longer.
        ("Europe/Berlin", datetime(2026, 3, 28, 21, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 7, tzinfo=UTC)),
    ],
)
def test_what_waits_waits_for_the_morning_of_the_tenants_clock(zone: str, at: datetime, until: datetime | None) -> None:
    assert quiet_until(f"{NIGHT} {zone}", at) == until


def test_a_time_that_comes_twice_ends_quiet_hours_the_second_time_and_a_skipped_one_after_the_gap() -> None:
    autumn = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # half past two, for the first time
    assert quiet_until("22:00-02:45 Europe/Berlin", autumn) == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)
    spring = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert quiet_until("22:00-02:30 Europe/Berlin", spring) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_where_there_are_none_nothing_waits() -> None:
    assert quiet_until(None, datetime(2026, 3, 2, 14, tzinfo=UTC)) is None
