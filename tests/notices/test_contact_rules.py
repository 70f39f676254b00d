"""Contacts who really read: confirmed by a code, asked again each half year, never trusted for ever."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.base.calendar import Calendar
from frostgate.base.model import Language
from frostgate.notices.contacts.model import (
    CODE_LASTS,
    OVERTIME,
    TOLD_OF,
    TRIES,
    Contact,
    ContactRole,
    Reply,
    Trust,
    Way,
    role_told,
    told,
)
from frostgate.notices.model import Channel
from frostgate.standing.model import Cause, Kind

HERE = Calendar(time_zone="Asia/Shanghai")
START = datetime(2027, 8, 31, 4, tzinfo=UTC)
RENEWAL = datetime(2028, 2, 28, 16, tzinfo=UTC)  # the beginning of 29 February 2028 in Shanghai
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LIN = Way(contact_id="lin", channel=Channel.EMAIL, address="lin@acme.example")


def confirmed(way: Way = LIN, *, at: datetime = START) -> Way:
    way, outcome = way.ask("7f3k9", at=at).reply("7f3k9", at=at)
    assert outcome is Reply.CONFIRMED
    return way


def test_an_address_counts_once_its_code_came_back() -> None:
    asked = LIN.ask("7f3k9m2xq1", at=START)
    assert asked.trust(HERE, START) is Trust.UNCONFIRMED
    way, outcome = asked.reply("7f3k9m2xq1", at=START + DAY)
    assert outcome is Reply.CONFIRMED
    assert way.trust(HERE, START + DAY) is Trust.CONFIRMED


@pytest.mark.parametrize("typed", ["7F0K-1ZZ", " 7fok lzz ", "7fOkIzz\n"])
def test_a_code_may_be_typed_as_people_type(typed: str) -> None:
    assert LIN.ask("7f0k1zz", at=START).reply(typed, at=START)[1] is Reply.CONFIRMED


def test_the_code_itself_is_not_kept() -> None:
    assert "7f3k9" not in repr(LIN.ask("7f3k9", at=START))


def test_a_code_cannot_be_guessed() -> None:
    way = LIN.ask("right", at=START)
    for _ in range(TRIES):
        way, outcome = way.reply("wrong", at=START)
        assert outcome is Reply.WRONG
    assert way.reply("right", at=START) == (way, Reply.NOT_ASKED)
    assert way.trust(HERE, START) is Trust.UNCONFIRMED


def test_a_code_counts_for_a_week_and_for_one_reply() -> None:
    asked = LIN.ask("7f3k9", at=START)
    assert asked.reply("7f3k9", at=START + CODE_LASTS - MINUTE)[1] is Reply.CONFIRMED
    assert asked.reply("7f3k9", at=START + CODE_LASTS)[1] is Reply.TOO_LATE
    assert confirmed().reply("7f3k9", at=START)[1] is Reply.NOT_ASKED
    assert asked.ask("other", at=START + DAY).reply("7f3k9", at=START + DAY)[1] is Reply.WRONG


def test_half_a_year_from_the_end_of_august_is_the_leap_day() -> None:
    way = confirmed()
    assert way.trust(HERE, RENEWAL - MINUTE) is Trust.CONFIRMED
    assert way.trust(HERE, RENEWAL) is Trust.RENEWING
    assert way.trust(HERE, RENEWAL + OVERTIME - MINUTE) is Trust.RENEWING
    assert way.trust(HERE, RENEWAL + OVERTIME) is Trust.LAPSED


def test_a_renewal_is_asked_for_each_week_until_it_is_answered_or_has_lapsed() -> None:
    way, at, asked = confirmed(), START, []
    while (next_time := way.asks_at(HERE, at)) is not None:
        at = next_time
        asked.append(at)
        way = way.ask(f"code{len(asked)}", at=at)
    assert asked == [RENEWAL + n * CODE_LASTS for n in range(5)]
    assert way.trust(HERE, at) is Trust.RENEWING
    assert way.asks_at(HERE, RENEWAL + OVERTIME) is None


def test_a_renewal_counts_from_the_day_on_which_it_was_answered() -> None:
    way = confirmed(confirmed(), at=RENEWAL + 3 * DAY)
    assert way.trust(HERE, RENEWAL + OVERTIME) is Trust.CONFIRMED
    assert way.asks_at(HERE, RENEWAL + 4 * DAY) == datetime(2028, 9, 2, 16, tzinfo=UTC)  # 3 September in Shanghai


def test_a_new_address_is_asked_once() -> None:
    assert LIN.asks_at(HERE, START) == START
    assert LIN.ask("7f3k9", at=START).asks_at(HERE, START + 100 * DAY) is None


def test_after_a_standstill_it_is_asked_at_once() -> None:
    assert confirmed().asks_at(HERE, RENEWAL + 10 * DAY) == RENEWAL + 10 * DAY


def contact(name: str, role: ContactRole, *ways: Way) -> Contact:
    mine = tuple(msgspec.structs.replace(way, contact_id=name) for way in ways)
    return Contact(id=name, tenant_id="acme", name=name, role=role, language=Language.EN, ways=mine, added_at=START)


def test_who_is_told_is_of_the_role_and_counts_and_else_an_owner() -> None:
    lin = contact("lin", ContactRole.FINANCE, confirmed())
    zhou = contact("zhou", ContactRole.SECURITY, LIN.ask("1", at=START))
    wang = contact("wang", ContactRole.OWNER, confirmed())

    def names(role: ContactRole, *known: Contact, at: datetime = START) -> list[str]:
        return [each.name for each, _ in told(known, role, calendar=HERE, at=at)]

    assert names(ContactRole.FINANCE, lin, zhou, wang) == ["lin"]
    assert names(ContactRole.SECURITY, lin, zhou, wang) == ["wang"]  # nobody knows yet whether Zhou reads there
    assert names(ContactRole.SECURITY, lin, zhou) == []
    assert names(ContactRole.FINANCE, lin, wang, at=RENEWAL + OVERTIME) == []


def test_every_cause_has_somebody_who_is_told() -> None:
    assert set(TOLD_OF) == set(Cause)
    assert role_told(Cause.ABNORMAL_LOGIN, Kind.FREEZE) is ContactRole.SECURITY
    assert role_told(Cause.ABNORMAL_LOGIN, Kind.BAN) is ContactRole.OWNER


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["ask", "right", "wrong"])), max_size=30))
def test_nothing_but_a_fresh_right_code_makes_an_address_count(steps: list[tuple[int, str]]) -> None:
    way, at, asked_at, wrong, sound = LIN, START, None, 0, None
    for days, step in steps:
        at += days * DAY
        if step == "ask":
            way, asked_at, wrong = way.ask("right", at=at), at, 0
            continue
        way, outcome = way.reply(step, at=at)
        is_open = asked_at is not None and wrong < TRIES and at - asked_at < CODE_LASTS
        assert (outcome is Reply.CONFIRMED) == (is_open and step == "right")
        if outcome is Reply.CONFIRMED:
            sound, asked_at = at, None
        wrong += outcome is Reply.WRONG
        assert way.confirmed_at == sound
        assert (way.trust(HERE, at) is Trust.UNCONFIRMED) == (sound is None)
