"""What waits for the end of quiet hours is sent at their end, also in the nights in which clocks are changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from frostgate.base.model import SYSTEM, Language
from frostgate.notices.hours import set_quiet
from frostgate.notices.model import Audience, Channel, Notice, Reader, State, Template
from frostgate.notices.quiet import Quiet, waits_until
from frostgate.notices.service import owe
from frostgate.notices.trial import sample

House = Any
SECOND = timedelta(seconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Clocks in Berlin go forward on 29 March at 1:00 UTC, and back on 25 October at 1:00 UTC.
NIGHTS = [
    ("an hour shorter", "22:00", "08:00", utc("2026-03-28T21:30"), utc("2026-03-29T06:00")),
    ("an hour longer", "22:00", "08:00", utc("2026-10-24T20:30"), utc("2026-10-25T07:00")),
    ("ends at a time that is skipped", "22:00", "02:30", utc("2026-03-28T21:30"), utc("2026-03-29T01:00")),
    (
        "ends at a time that comes twice",
        "22:00",
        "02:30",
        utc("2026-10-24T20:30"),
        utc("2026-10-25T01:30"),
    ),
    ("begins at a time that is skipped", "02:30", "08:00", utc("2026-03-29T01:00"), utc("2026-03-29T06:00")),
    ("begins at a time that comes twice", "02:30", "08:00", utc("2026-10-25T00:30"), utc("2026-10-25T07:00")),
    ("as any other", "22:00", "08:00", utc("2026-06-01T20:30"), utc("2026-06-02T06:00")),
]


def owes_a_reminder(house: House, starts: str, ends: str) -> None:
    """To somebody of finance in Berlin, who is left alone at these hours."""
    with house.uow.begin() as tx:
        set_quiet(tx, {Channel.EMAIL: Quiet(starts=starts, ends=ends)}, tenant_id="acme", actor=SYSTEM)
        about = sample(Template.DEBT_DUE, Language.EN, "", channel=Channel.EMAIL, at=tx.now).params
        params = msgspec.structs.replace(about, time_zone="Europe/Berlin")
        reader = Reader(Audience.FINANCE, "lin@acme.example.com", Language.EN)
        owe(tx, "acme", Template.DEBT_DUE, params, [reader], actor=SYSTEM)


def reminder(house: House) -> Notice:
    [notice] = house.notices()
    assert isinstance(notice, Notice)
    return notice


@pytest.mark.parametrize(
    ("starts", "ends", "owed", "sent"), [night[1:] for night in NIGHTS], ids=[n[0] for n in NIGHTS]
)
def test_a_reminder_waits_for_the_morning_and_not_a_moment_longer(
    house: House, postbox: Any, starts: str, ends: str, owed: datetime, sent: datetime
) -> None:
    house.clock.move_to(owed)
    owes_a_reminder(house, starts, ends)
    house.round()
    assert (reminder(house).state, waits_until(reminder(house))) == (State.OWED, sent)

    house.clock.move_to(sent - SECOND)
    house.round()
    assert (reminder(house).attempts, postbox.mails) == (0, [])

    house.clock.move_to(sent)
    house.round()
    assert (reminder(house).state, reminder(house).sent_at) == (State.SENT, sent)
    assert len(postbox.mails) == 1


@pytest.mark.parametrize(
    ("owed", "sent"),
    [
        (utc("2026-03-28T20:59:45"), utc("2026-03-29T06:00")),
        (utc("2026-10-24T19:59:45"), utc("2026-10-25T07:00")),
    ],
    ids=["spring", "autumn"],
)
def test_a_retry_that_falls_into_the_night_waits_and_is_no_attempt(
    house: House, postbox: Any, owed: datetime, sent: datetime
) -> None:
    house.clock.move_to(owed)
    owes_a_reminder(house, "22:00", "08:00")
    postbox.refuse = "451 busy"
    house.round()
    postbox.refuse = None
    house.later(seconds=30)  # it is past ten now
    assert (reminder(house).attempts, waits_until(reminder(house))) == (1, sent)
    assert house.round() == 0

    house.clock.move_to(sent)
    house.round()
    assert (reminder(house).state, len(postbox.mails)) == (State.SENT, 1)
    assert [outcome for outcome, _ in house.attempts(reminder(house))] == ["failed", "sent"]


def test_what_cannot_wait_is_sent_in_the_night_of_the_change(house: House, postbox: Any) -> None:
    house.clock.move_to(utc("2026-03-28T23:00"))
    with house.uow.begin() as tx:
        set_quiet(tx, {Channel.EMAIL: Quiet(starts="22:00", ends="08:00")}, tenant_id="acme", actor=SYSTEM)
    house.hold()
    house.round()
    assert len(postbox.mails) == 2
