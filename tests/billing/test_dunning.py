"""What is said about a debt and when it freezes: examples worked by hand on real calendars."""

from datetime import UTC, date, datetime, timedelta

import pytest
from debtors import DAY, HOUR, MESSAGING, Debtor, debt, never

from frostgate.base.calendar import calendar_of
from frostgate.billing.dunning.model import Debt, Dispute, Pause, Told, foresee, items_of, services_frozen
from frostgate.billing.dunning.policy import STANDARD, DunningPolicyUnusable, Offset, Policy, Step
from frostgate.billing.pricing.model import FreezeScope
from frostgate.standing.model import Service

SHANGHAI = calendar_of("Asia/Shanghai", "CN")
BERLIN = calendar_of("Europe/Berlin", "DE-BE")
ALL = ["due_soon", "due_tomorrow", "due", "overdue", "overdue_again", "last_notice"]

# Due on the eve of the Spring Festival 2024: from 10 to 17 February nobody works, on Sunday the 18th everybody does,
# and the month has a leap day.
DUE = date(2024, 2, 8)
ISSUED = datetime(2024, 1, 9, 4, tzinfo=UTC)


def local(text: str) -> datetime:
    """A time of 2024 in Shanghai, such as "02-28 10:00"."""
    return datetime.fromisoformat(f"2024-{text}:00+08:00").astimezone(UTC)


@pytest.fixture
def acme() -> Debtor:
    return Debtor(SHANGHAI, debt("i1", DUE), now=ISSUED)


def test_told_early_and_frozen_late_over_the_spring_festival_and_a_leap_day(acme: Debtor) -> None:
    acme.runs_until(local("03-31 00:00"))
    assert acme.diary("i1") == [
        ("due_soon", "02-01 10:00"),
        ("due_tomorrow", "02-07 10:00"),
        ("due", "02-08 10:00"),
        ("overdue", "02-19 10:00"),  # the third working day: the 9th, Sunday the 18th, the 19th
        ("overdue_again", "02-23 10:00"),
        ("last_notice", "02-28 10:00"),
    ]
    assert acme.frozen_at == {"i1": [local("03-01 10:00")]}


def test_clocks_put_forward_change_nothing_on_the_wall() -> None:
    """Between the steps lie the change of clocks on 29 March 2026 and Easter."""
    gmbh = Debtor(BERLIN, debt("i1", date(2026, 3, 20)), now=datetime(2026, 3, 1, tzinfo=UTC))
    gmbh.runs_until(datetime(2026, 5, 1, tzinfo=UTC))
    assert gmbh.diary("i1")[3:] == [
        ("overdue", "03-25 10:00"),
        ("overdue_again", "03-31 10:00"),
        ("last_notice", "04-07 10:00"),
    ]
    assert gmbh.frozen_at["i1"] == [datetime(2026, 4, 9, 8, tzinfo=UTC)]
    assert gmbh.said[3][0].hour == 9
    assert gmbh.said[4][0].hour == 8


def test_a_day_of_23_hours_delays_no_step() -> None:
    """Reminded the day before the clocks change, due on the day itself: 23 hours lie between the two mornings."""
    gmbh = Debtor(BERLIN, debt("i1", date(2026, 3, 29)), now=datetime(2026, 3, 1, tzinfo=UTC))
    gmbh.runs_until(datetime(2026, 3, 31, tzinfo=UTC))
    assert gmbh.diary("i1")[1:] == [("due_tomorrow", "03-28 10:00"), ("due", "03-29 10:00")]


def test_paying_before_the_due_date_is_the_end_of_it(acme: Debtor) -> None:
    acme.runs_until(local("02-02 00:00"))
    acme.pays("i1", 10_000)
    outcome = acme.looks()
    acme.runs_until(local("06-01 00:00"))
    assert acme.steps("i1") == ["due_soon"]
    assert outcome.next_look is None


def test_a_part_payment_skips_no_step_and_repeats_none(acme: Debtor) -> None:
    acme.runs_until(local("02-20 00:00"))
    acme.pays("i1", 9_999)
    acme.runs_until(local("03-31 00:00"))
    assert acme.steps("i1") == ALL
    assert acme.frozen_at == {"i1": [local("03-01 10:00")]}


def test_after_a_part_payment_it_is_still_frozen_and_says_what_is_missing(acme: Debtor) -> None:
    acme.runs_until(local("03-02 00:00"))
    acme.pays("i1", 4_000)
    outcome = acme.looks()
    assert (outcome.release, outcome.missing) == (False, 6_000)
    acme.pays("i1", 6_000)
    outcome = acme.looks()
    assert (outcome.release, outcome.missing) == (True, 0)


def test_a_payment_that_counts_from_last_week_ends_it_whenever_it_is_posted(acme: Debtor) -> None:
    """What counts is what is open now: the ledger knows from when a payment counts, and the debt is simply gone."""
    acme.runs_until(local("02-27 00:00"))
    acme.pays("i1", 10_000)
    acme.runs_until(local("03-31 00:00"))
    assert acme.steps("i1") == ALL[:-1]
    assert acme.frozen_at == {}


def test_a_server_that_was_off_for_a_week_leaves_nothing_out_and_repeats_nothing(acme: Debtor) -> None:
    acme.runs_until(local("02-18 00:00"))
    acme.looks(local("02-26 14:00"))
    acme.runs_until(local("03-31 00:00"))
    assert acme.diary("i1")[2:] == [
        ("due", "02-08 10:00"),
        ("overdue", "02-26 14:00"),
        ("overdue_again", "02-27 10:00"),
        ("last_notice", "02-28 10:00"),
    ]
    assert acme.frozen_at == {"i1": [local("03-01 10:00")]}


def test_a_server_that_was_off_until_after_the_grace_still_gives_the_last_notice_first(acme: Debtor) -> None:
    acme.runs_until(local("02-01 00:00"))
    acme.looks(local("03-29 16:30"))  # a Friday
    acme.runs_until(local("04-30 00:00"))
    assert acme.diary("i1") == [
        ("due", "03-29 16:30"),  # "due soon" and "due tomorrow" have lost their meaning
        ("overdue", "03-30 10:00"),
        ("overdue_again", "03-31 10:00"),
        ("last_notice", "04-01 10:00"),
    ]
    assert acme.frozen_at == {"i1": [local("04-02 10:00")]}


def test_a_server_that_comes_back_at_night_wakes_nobody(acme: Debtor) -> None:
    assert acme.looks(local("02-09 03:00")).next_look == local("02-09 10:00")
    assert acme.looks(local("02-09 17:00")).next_look == local("02-10 10:00")
    assert acme.said == []


def test_nothing_is_frozen_when_nobody_can_pay_or_help(acme: Debtor) -> None:
    acme.runs_until(local("03-01 09:00"))
    assert acme.looks(local("03-01 17:00")).freeze == ()  # a Friday, after hours
    assert acme.looks(local("03-02 12:00")).freeze == ()
    outcome = acme.looks(local("03-03 12:00"))
    assert (outcome.freeze, outcome.next_look) == ((), local("03-04 10:00"))
    assert acme.looks(local("03-04 10:00")).freeze == (Debt("i1"),)


def test_a_last_notice_that_did_not_arrive_freezes_nobody() -> None:
    acme = Debtor(SHANGHAI, debt("i1", DUE), now=ISSUED, delay=never)
    acme.runs_until(local("02-29 09:59"))
    assert acme.looks().unreached == ()
    outcome = acme.looks(local("02-29 10:00"))
    assert (outcome.unreached, outcome.next_look) == ((Debt("i1"),), None)
    acme.runs_until(local("06-01 00:00"))
    assert acme.frozen_at == {}
    acme.approves("i1")
    acme.looks(local("06-03 11:00"))
    assert acme.frozen_at == {"i1": [local("06-03 11:00")]}


def test_a_person_s_approval_does_not_shorten_the_24_hours() -> None:
    acme = Debtor(SHANGHAI, debt("i1", DUE), now=ISSUED, delay=never)
    acme.runs_until(local("02-20 00:00"))
    acme.looks(local("03-05 11:00"))
    acme.looks(local("03-06 11:00"))
    assert acme.steps("i1")[-1] == "last_notice"
    acme.approves("i1")
    assert acme.looks(local("03-07 10:59")).freeze == ()
    assert acme.looks(local("03-07 11:00")).freeze == (Debt("i1"),)


def test_a_last_notice_that_arrives_late_counts_from_its_arrival() -> None:
    acme = Debtor(SHANGHAI, debt("i1", DUE), now=ISSUED, delay=lambda told: 30 * HOUR)
    acme.runs_until(local("03-31 00:00"))
    assert acme.diary("i1")[-1] == ("last_notice", "02-28 10:00")
    assert acme.frozen_at == {"i1": [local("03-01 16:00")]}


def test_a_promise_holds_the_clock_and_the_last_notice_is_owed_again(acme: Debtor) -> None:
    """Promised on the day after the last notice, until the 20th: the clock goes on from where it stood."""
    acme.runs_until(local("02-29 09:00"))
    acme.pauses("i1", Pause(date(2024, 2, 29), date(2024, 3, 20)))
    assert acme.looks().next_look == local("03-21 00:00")
    acme.runs_until(local("04-30 00:00"))
    assert acme.diary("i1")[-2:] == [("last_notice", "02-28 10:00"), ("last_notice", "03-21 10:00")]
    # Grace: twelve working days from 29 February, which is 21 days after the due date.
    assert acme.frozen_at == {"i1": [local("03-22 10:00")]}


def test_a_promise_that_is_kept_is_the_end_of_it(acme: Debtor) -> None:
    acme.runs_until(local("02-20 00:00"))
    acme.pauses("i1", Pause(date(2024, 2, 20), date(2024, 3, 20)))
    acme.runs_until(local("03-20 00:00"))
    acme.pays("i1", 10_000)
    acme.runs_until(local("06-01 00:00"))
    assert acme.steps("i1") == ALL[:4]
    assert acme.frozen_at == {}


def test_a_promise_ends_a_freeze_and_a_broken_one_begins_it_again(acme: Debtor) -> None:
    acme.runs_until(local("03-04 00:00"))
    acme.pauses("i1", Pause(date(2024, 3, 4), date(2024, 3, 15)))
    assert acme.looks().release
    acme.runs_until(local("04-30 00:00"))
    assert acme.steps("i1") == [*ALL, "last_notice"]
    assert acme.diary("i1")[-1] == ("last_notice", "03-16 10:00")
    assert acme.frozen_at == {"i1": [local("03-01 10:00"), local("03-18 10:00")]}


def test_a_freeze_is_for_its_own_debts(acme: Debtor) -> None:
    acme.has(debt("i2", date(2024, 3, 1), 500))
    acme.runs_until(local("03-05 00:00"))
    assert acme.looks().missing == 10_000
    acme.pays("i1", 10_000)
    assert acme.looks().release
    acme.runs_until(local("05-31 00:00"))
    assert acme.steps("i2") == ALL
    assert acme.frozen_at["i2"] == [local("03-19 10:00")]


def test_debts_at_the_same_step_share_a_message(acme: Debtor) -> None:
    acme.has(debt("i2", DUE, 500))
    acme.runs_until(local("02-08 10:00"))
    (owed,) = acme.looks(local("02-08 10:00")).owed
    assert (owed.step.name, [told.debt.invoice_id for told in owed.told]) == ("due", ["i1", "i2"])


def test_a_short_term_still_gets_each_step_on_a_day_of_its_own() -> None:
    acme = Debtor(SHANGHAI, debt("i1", date(2024, 3, 6)), now=local("03-04 15:00"))
    acme.runs_until(local("03-08 00:00"))
    assert acme.diary("i1") == [
        ("due_soon", "03-04 15:00"),
        ("due_tomorrow", "03-05 10:00"),
        ("due", "03-06 10:00"),
    ]


def test_what_is_first_seen_on_its_due_date_is_not_due_tomorrow() -> None:
    acme = Debtor(SHANGHAI, debt("i1", DUE), now=local("02-08 09:00"))
    acme.runs_until(local("02-10 00:00"))
    assert acme.diary("i1") == [("due", "02-08 10:00")]


def test_what_will_be_frozen_is_known_before(acme: Debtor) -> None:
    acme.has(debt("i2", date(2024, 3, 1), 500))
    seen = foresee(STANDARD, SHANGHAI, acme.state, now=acme.now, until=local("03-08 00:00"))
    assert seen == {Debt("i1"): local("03-01 10:00")}
    seen = foresee(STANDARD, SHANGHAI, acme.state, now=acme.now, until=local("06-01 00:00"))
    acme.runs_until(local("06-01 00:00"))
    assert {name.invoice_id: [at] for name, at in seen.items()} == acme.frozen_at


# Disputes


def parts(*disputes: Dispute, open_amount: int = 10_000) -> list[tuple[str, int]]:
    found = items_of("i1", due_on=DUE, open=open_amount, services=MESSAGING, disputes=disputes)
    return [(item.debt.part, item.open) for item in found]


def test_a_disputed_amount_is_a_debt_of_its_own() -> None:
    first = Dispute(id="d1", amount=3_000, opened_on=date(2024, 2, 19), closed_on=None)
    second = Dispute(id="d2", amount=2_000, opened_on=date(2024, 2, 20), closed_on=date(2024, 3, 1))
    assert parts() == [("", 10_000)]
    assert parts(first, second) == [("", 5_000), ("d1", 3_000), ("d2", 2_000)]
    assert parts(second, first, open_amount=4_000) == [("d1", 3_000), ("d2", 1_000)]
    assert parts(first, open_amount=0) == []


def test_disputed_amounts_do_not_age_and_the_rest_does(acme: Debtor) -> None:
    acme.runs_until(local("02-20 00:00"))
    dispute = Dispute(id="d1", amount=3_000, opened_on=date(2024, 2, 20), closed_on=None)
    for item in items_of("i1", due_on=DUE, open=10_000, services=MESSAGING, disputes=[dispute]):
        acme.has(item)
    acme.runs_until(local("03-31 00:00"))
    assert acme.steps("i1") == ALL
    assert acme.looks().missing == 7_000


def test_a_rejected_dispute_goes_on_where_it_stood() -> None:
    """Wholly disputed on the second day after the due date, rejected three weeks later: the age is then three days."""
    dispute = Dispute(id="d1", amount=10_000, opened_on=date(2024, 2, 10), closed_on=date(2024, 3, 1))
    (item,) = items_of("i1", due_on=DUE, open=10_000, services=MESSAGING, disputes=[dispute])
    assert item.counts_from(date(2024, 2, 20)) == date(2024, 2, 18)
    assert item.counts_from(date(2024, 3, 2)) == date(2024, 2, 29)
    acme = Debtor(SHANGHAI, item, now=local("02-20 00:00"))
    assert acme.looks().next_look == local("03-02 00:00")
    acme.runs_until(local("04-30 00:00"))
    assert acme.diary("i1") == [
        ("due", "03-02 10:00"),
        ("overdue", "03-05 10:00"),
        ("overdue_again", "03-11 10:00"),
        ("last_notice", "03-14 10:00"),
    ]
    assert acme.frozen_at == {"i1": [local("03-18 10:00")]}


def test_a_promise_is_for_the_whole_invoice() -> None:
    dispute = Dispute(id="d1", amount=3_000, opened_on=date(2024, 2, 20), closed_on=date(2024, 2, 22))
    promise = Pause(date(2024, 2, 25), date(2024, 3, 10))
    rest, disputed = items_of("i1", due_on=DUE, open=10_000, services=MESSAGING, disputes=[dispute], promises=[promise])
    assert rest.pauses == (promise,)
    assert disputed.pauses == (Pause(date(2024, 2, 20), date(2024, 2, 22)), promise)


def test_days_that_are_paused_twice_count_once() -> None:
    item = debt("i1", DUE, 1, Pause(date(2024, 2, 10), date(2024, 2, 15)), Pause(date(2024, 2, 14), date(2024, 2, 20)))
    assert item.counts_from(date(2024, 3, 1)) == DUE + 11 * DAY
    assert item.round(date(2024, 2, 17)) == 1
    assert debt("i2", DUE, 1, Pause(date(2024, 1, 1), date(2024, 2, 7))).counts_from(date(2024, 3, 1)) == DUE


def test_a_dispute_without_an_end_is_nothing_to_wait_for() -> None:
    acme = Debtor(SHANGHAI, debt("i1", DUE, 1, Pause(date(2024, 2, 1), None)), now=local("02-20 00:00"))
    outcome = acme.looks()
    assert (outcome.owed, outcome.next_look) == ((), None)


# What a freeze takes away


def test_prepaid_services_go_on() -> None:
    items = [debt("i1", DUE)]
    everything = frozenset(Service) - {Service.LOGIN}  # somebody must sign in to pay
    assert services_frozen(FreezeScope.TENANT, items, prepaid=()) == everything
    kept = services_frozen(FreezeScope.TENANT, items, prepaid=[Service.CONVERSATIONAL_AI])
    assert kept == everything - {Service.CONVERSATIONAL_AI}
    assert services_frozen(FreezeScope.UNPAID_SERVICES, items, prepaid=()) == MESSAGING
    assert services_frozen(FreezeScope.UNPAID_SERVICES, items, prepaid=[Service.MESSAGING]) == frozenset()


# Policies


def test_offsets_are_written_as_people_write_them() -> None:
    for text, days, is_working in (("-7d", -7, False), ("0d", 0, False), ("+3wd", 3, True), ("-1wd", -1, True)):
        assert Offset.parse(text) == Offset(days, is_working)
        assert str(Offset.parse(text)) == text
    for text in ("", "7", "d", "+-1d", "3 wd", "1000d"):
        with pytest.raises(DunningPolicyUnusable):
            Offset.parse(text)


def steps(*offsets: str) -> tuple[Step, ...]:
    return tuple(Step(name=f"s{n}", offset=Offset.parse(text)) for n, text in enumerate(offsets))


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": ()},
        {"steps": steps("0d", "-1d", "+3d")},
        {"steps": steps("-7d", "0d")},
        {"steps": steps("+1d")[:1] * 2},
        {"grace": Offset.parse("0d")},
        {"opens": "17:00"},
        {"notice_hours": 23},
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(DunningPolicyUnusable) as refused:
        Policy(**{"name": "odd", "steps": steps("0d", "+3d"), "grace": Offset.parse("+5d"), **changes})  # type: ignore[arg-type]
    assert refused.value.code == "dunning.policy_unusable"


def test_more_than_24_hours_may_be_asked_for() -> None:
    policy = Policy(name="slow", steps=steps("0d", "+3d"), grace=Offset.parse("+4d"), notice_hours=72)
    acme = Debtor(SHANGHAI, debt("i1", date(2024, 3, 4)), now=local("03-01 00:00"), policy=policy)
    acme.runs_until(local("04-01 00:00"))
    assert acme.said[-1][0] == local("03-07 10:00")
    assert acme.frozen_at == {"i1": [local("03-11 10:00")]}  # the 10th is a Sunday


def test_a_notice_of_the_future_is_no_matter() -> None:
    """Another server's clock runs ahead: what it sent stays sent."""
    told = Told(step="due", debt=Debt("i1"), round=0, owed_at=local("02-08 12:00"), delivered_at=local("02-08 12:00"))
    acme = Debtor(SHANGHAI, debt("i1", DUE), now=local("02-08 10:00"))
    acme.state = type(acme.state)(items=acme.state.items, told=(told,))
    acme.runs_until(local("02-10 00:00") + timedelta(hours=1))
    assert acme.steps("i1") == []
