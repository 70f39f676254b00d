"""A year of one tenant, month by month, with the clock moved by hand: holidays, a leap day, clocks put back and
forward, and a server that was off for a week in the middle.

Each month's invoice is due on the 25th. What must be said was worked out on the calendars of the two countries.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from debtors import DAY, Debtor, debt
from test_dunning_invariants import AFTER_DUE

from frostgate.base.calendar import Calendar, calendar_of
from frostgate.billing.dunning.model import Pause

MONTHS = [(2023, 10), (2023, 11), (2023, 12), *((2024, month) for month in range(1, 10))]
SHANGHAI, BERLIN = calendar_of("Asia/Shanghai", "CN"), calendar_of("Europe/Berlin", "DE-BE")

# The working days after the 25th on which "overdue", "overdue_again" and "last_notice" follow, and the freeze.
IN_SHANGHAI = {
    "2023-10": ("10-30", "11-03", "11-08", "11-10"),
    "2023-11": ("11-29", "12-05", "12-08", "12-12"),
    "2023-12": ("12-28", "01-04", "01-09", "01-11"),  # New Year
    "2024-01": ("01-30", "02-04", "02-07", "02-09"),  # Sunday 4 February is made up for
    "2024-02": ("02-28", "03-05", "03-08", "03-12"),  # over the leap day
    "2024-03": ("03-28", "04-03", "04-09", "04-11"),  # Qingming, Sunday 7 April is made up for
    "2024-04": ("04-29", "05-08", "05-11", "05-14"),  # May: Sunday 28 April and Saturday 11 May are made up for
    "2024-05": ("05-29", "06-04", "06-07", "06-12"),  # Dragon Boat Festival on 10 June
    "2024-06": ("06-28", "07-04", "07-09", "07-11"),
    "2024-07": ("07-30", "08-05", "08-08", "08-12"),
    "2024-08": ("08-28", "09-03", "09-06", "09-10"),
    "2024-09": ("09-29", "10-10", "10-14", "10-16"),  # National Day; Sunday 29 September, Saturday 12 October
}
IN_BERLIN = {
    "2023-10": ("10-30", "11-03", "11-08", "11-10"),  # clocks go back on the 29th
    "2023-11": ("11-29", "12-05", "12-08", "12-12"),
    "2023-12": ("12-29", "01-05", "01-10", "01-12"),  # Christmas and New Year
    "2024-01": ("01-30", "02-05", "02-08", "02-12"),
    "2024-02": ("02-28", "03-05", "03-11", "03-13"),  # the leap day, and 8 March in Berlin
    "2024-03": ("03-28", "04-05", "04-10", "04-12"),  # Easter; clocks go forward on the 31st
    "2024-04": ("04-30", "05-07", "05-13", "05-15"),  # 1 May, Ascension on the 9th
    "2024-05": ("05-29", "06-04", "06-07", "06-11"),
    "2024-06": ("06-28", "07-04", "07-09", "07-11"),
    "2024-07": ("07-30", "08-05", "08-08", "08-12"),
    "2024-08": ("08-28", "09-03", "09-06", "09-10"),
    "2024-09": ("09-30", "10-07", "10-10", "10-14"),  # 3 October
}


def tenant(calendar: Calendar) -> Debtor:
    items = [debt(f"{year}-{month:02}", date(year, month, 25)) for year, month in MONTHS]
    return Debtor(calendar, *items, now=datetime(2023, 10, 1, tzinfo=UTC))


def morning(debtor: Debtor, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=ZoneInfo(debtor.calendar.time_zone)).astimezone(UTC)


def told(debtor: Debtor, month: str) -> dict[str, str]:
    return dict(debtor.diary(month))


@pytest.mark.parametrize(("calendar", "wanted"), [(SHANGHAI, IN_SHANGHAI), (BERLIN, IN_BERLIN)])
def test_a_year_in_which_nobody_pays(calendar: Calendar, wanted: dict[str, tuple[str, ...]]) -> None:
    acme = tenant(calendar)
    acme.runs_until(datetime(2024, 11, 1, tzinfo=UTC))
    for month, (overdue, again, last, frozen) in wanted.items():
        due = f"{month[5:]}-25 10:00"
        assert told(acme, month) == {
            "due_soon": f"{month[5:]}-18 10:00",
            "due_tomorrow": f"{month[5:]}-24 10:00",
            "due": due,
            "overdue": f"{overdue} 10:00",
            "overdue_again": f"{again} 10:00",
            "last_notice": f"{last} 10:00",
        }, month
        assert [acme.local(at) for at in acme.frozen_at[month]] == [f"{frozen} 10:00"], month
    assert len(acme.said) == 12 * 6


def test_a_year_as_people_live_it() -> None:
    acme = tenant(SHANGHAI)

    def until(text: str) -> None:
        acme.runs_until(datetime.fromisoformat(f"{text}:00+08:00").astimezone(UTC))

    def pays(month: str, amount: int = 10_000) -> None:
        acme.pays(month, amount)
        acme.looks()

    # October and November are paid in time and a little late.
    until("2023-10-20 09:00")
    pays("2023-10")
    until("2023-11-27 09:00")
    pays("2023-11")
    assert (acme.steps("2023-10"), acme.steps("2023-11")) == (["due_soon"], ["due_soon", "due_tomorrow", "due"])

    # December: the server is off from the 22nd to the 30th, a Saturday afternoon.
    until("2023-12-22 00:00")
    acme.now += 8 * DAY + 15 * (DAY / 24)
    until("2024-01-15 00:00")
    assert told(acme, "2023-12") == {
        "due_soon": "12-18 10:00",
        "due": "12-30 15:00",
        "overdue": "12-31 10:00",
        "overdue_again": "01-04 10:00",
        "last_notice": "01-09 10:00",
    }
    assert acme.local(acme.frozen_at["2023-12"][0]) == "01-11 10:00"

    # A part payment leaves it frozen and says what is missing; the rest ends it.
    pays("2023-12", 9_000)
    assert acme.outcome is not None
    assert (acme.outcome.missing, len(acme.released_at)) == (1_000, 0)
    pays("2023-12", 1_000)
    assert len(acme.released_at) == 1

    # January is promised over the Spring Festival, and paid on the last day of the promise.
    until("2024-02-05 09:00")
    acme.pauses("2024-01", Pause(date(2024, 2, 5), date(2024, 2, 29)))
    until("2024-02-29 16:00")
    pays("2024-01")
    assert acme.steps("2024-01") == ["due_soon", "due_tomorrow", "due", "overdue", "overdue_again"]

    # February is wholly disputed on 1 March, three working days after the due date were over; rejected on the 20th.
    until("2024-03-01 09:00")
    acme.pauses("2024-02", Pause(date(2024, 3, 1), date(2024, 3, 20)))
    until("2024-03-25 09:00")
    assert told(acme, "2024-02") == {
        "due_soon": "02-18 10:00",
        "due_tomorrow": "02-24 10:00",
        "due": "02-25 10:00",
        "overdue": "02-28 10:00",
    }
    pays("2024-02")

    # March comes in three parts, the last one by a payment that counts from before and is posted after the notice.
    for day, amount in (("2024-03-28", 3_000), ("2024-04-04", 3_000), ("2024-04-10", 4_000)):
        until(f"{day} 12:00")
        pays("2024-03", amount)
    assert acme.steps("2024-03") == ["due_soon", "due_tomorrow", *AFTER_DUE]
    assert "2024-03" not in acme.frozen_at

    # The rest is paid on the day, and nothing more is heard.
    for year, month in MONTHS[6:]:
        until(f"{year}-{month:02}-25 09:00")
        pays(f"{year}-{month:02}")
    until("2024-12-31 00:00")
    assert list(acme.frozen_at) == ["2023-12"]
    assert acme.outcome.next_look is None
    assert all(acme.steps(f"{y}-{m:02}") == ["due_soon", "due_tomorrow"] for y, m in MONTHS[6:])
