"""The clock by itself: when things are due, how pauses push them, and who hears of what."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frostgate.base.calendar import Calendar
from frostgate.cases.clock.counting import counted, later
from frostgate.cases.clock.model import Clock, ForHolder, Limit, Pause, Policy, State, Step, for_holder

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # a Monday, in Beijing
SHANGHAI = ZoneInfo("Asia/Shanghai")
STANDARD, WORKING = Policy(), Policy(counts="working_days")
CALENDARS = (
    None,
    Calendar(time_zone="Asia/Shanghai", region="CN"),
    Calendar(time_zone="Europe/Berlin", region="DE-BE"),
    Calendar(time_zone="America/New_York", region="US"),
)
POLICIES = (
    STANDARD,
    WORKING,
    Policy(counts="working_days", time_zone="Europe/Berlin", region="DE-BE", first_answer_hours=30, decision_hours=90),
    Policy(leads_after_hours=2, customer_success_after_hours=30, ask_again_days=5, holder_days=4),
)


def clock_of(policy: Policy = STANDARD, *, at: datetime = NOON, is_task: bool = False) -> Clock:
    return Clock(case_id="c1", tenant_id="acme", run=1, is_task=is_task, policy=policy, started_at=at)


def states(clock: Clock, at: datetime) -> list[State]:
    return [clock.stands(limit, at).state for limit in clock.limits]


# Counting


def beijing(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI).astimezone(UTC)


def test_a_weekend_does_not_count_where_only_working_days_do() -> None:
    clock = clock_of(WORKING, at=beijing(3, 6, 18))
    assert clock.due(Limit.FIRST_ANSWER) == beijing(3, 9, 18)
    assert clock.due(Limit.DECISION) == beijing(3, 10, 18)
    assert clock_of(at=beijing(3, 6, 18)).due(Limit.FIRST_ANSWER) == beijing(3, 7, 18)


def test_make_up_days_count_and_the_holiday_before_them_does_not() -> None:
    # Spring Festival of 2026: from Sunday 15 to Monday 23 February, made up for on Saturday the 14th and the 28th.
    assert clock_of(WORKING, at=beijing(2, 13, 12)).due(Limit.FIRST_ANSWER) == beijing(2, 14, 12)
    assert clock_of(WORKING, at=beijing(2, 14, 12)).due(Limit.FIRST_ANSWER) == beijing(2, 24, 12)
    assert clock_of(WORKING, at=beijing(2, 27, 12)).due(Limit.FIRST_ANSWER) == beijing(2, 28, 12)


def test_a_day_on_which_clocks_are_put_back_has_25_hours() -> None:
    calendar = Calendar(time_zone="Europe/Berlin", working=frozenset({datetime(2026, 10, 25).date()}))  # noqa: DTZ001
    saturday_noon = datetime(2026, 10, 24, 10, tzinfo=UTC)
    monday = datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert counted(calendar, saturday_noon, monday) == 25 * HOUR
    assert later(calendar, saturday_noon, 25 * HOUR) == monday
    assert later(calendar, saturday_noon, 26 * HOUR) == monday + HOUR


instants = st.integers(0, 24 * 500).map(lambda hours: datetime(2025, 6, 1, tzinfo=UTC) + hours * HOUR)
spans = st.integers(0, 24 * 20 * 60).map(lambda minutes: timedelta(minutes=minutes))


@given(st.sampled_from(CALENDARS), instants, spans)
@settings(max_examples=200)
def test_so_much_later_is_just_so_much_counted(calendar: Calendar | None, start: datetime, amount: timedelta) -> None:
    assert counted(calendar, start, later(calendar, start, amount)) == amount


@given(st.sampled_from(CALENDARS), instants, spans, spans)
def test_counted_time_adds_up(calendar: Calendar | None, start: datetime, one: timedelta, two: timedelta) -> None:
    middle, end = start + one, start + one + two
    assert counted(calendar, start, middle) + counted(calendar, middle, end) == counted(calendar, start, end)


# The limits


def test_two_limits_for_a_hold_and_one_for_a_task() -> None:
    assert [clock_of().due(limit) - NOON for limit in clock_of().limits] == [24 * HOUR, 48 * HOUR]
    task = clock_of(is_task=True)
    assert [task.due(limit) - NOON for limit in task.limits] == [48 * HOUR]


def test_a_limit_is_met_before_it_is_due_and_missed_from_then_on() -> None:
    clock = clock_of()
    assert states(clock, NOON + 23 * HOUR) == [State.RUNNING, State.RUNNING]
    assert states(clock, NOON + 24 * HOUR) == [State.LATE, State.RUNNING]
    assert clock.stands(Limit.FIRST_ANSWER, NOON + 30 * HOUR).late_by == 6 * HOUR
    assert states(clock.answer(NOON + 23 * HOUR), NOON + 30 * HOUR) == [State.MET, State.RUNNING]
    late = clock.answer(NOON + 25 * HOUR)
    assert states(late, NOON + 30 * HOUR) == [State.MISSED, State.RUNNING]
    assert late.missed(Limit.FIRST_ANSWER)
    ended = clock.end(NOON + 10 * HOUR, is_decided=True)
    assert states(ended, NOON + 900 * HOUR) == [State.MET, State.MET]


def test_asking_the_holder_is_an_answer_and_stops_the_clock() -> None:
    clock = clock_of().wait(at=NOON + 4 * HOUR, reason="the licence, please")
    assert states(clock, NOON + 20 * HOUR) == [State.MET, State.PAUSED]
    assert clock.stands(Limit.DECISION, NOON + 20 * HOUR).left == 44 * HOUR
    assert clock.due(Limit.DECISION) == NOON + 48 * HOUR + 7 * DAY  # at the latest: if they never answer
    goes_on = clock.go_on(NOON + 20 * HOUR)
    assert goes_on.due(Limit.DECISION) == NOON + 64 * HOUR
    assert states(goes_on, NOON + 63 * HOUR) == [State.MET, State.RUNNING]


def test_asking_again_prolongs_nothing() -> None:
    once = clock_of().wait(at=NOON, reason="the licence, please")
    assert once.wait(at=NOON + DAY, reason="and the letter") == once


def test_a_holder_who_never_answers_stops_nothing_for_ever() -> None:
    clock = clock_of().wait(at=NOON + 4 * HOUR, reason="the licence, please")
    over = NOON + 4 * HOUR + 7 * DAY
    assert clock.pause_at(over - HOUR) is not None
    assert clock.pause_at(over) is None
    assert states(clock, over) == [State.MET, State.RUNNING]
    assert states(clock, over + 44 * HOUR) == [State.MET, State.LATE]
    assert clock.go_on(over + HOUR) == clock, "an answer after that changes nothing"


def test_a_pause_after_a_limit_ran_out_excuses_nothing() -> None:
    clock = clock_of().wait(at=NOON + 50 * HOUR, reason="the licence, please")
    assert clock.due(Limit.DECISION) == NOON + 48 * HOUR
    assert clock.stands(Limit.DECISION, NOON + 60 * HOUR).state is State.LATE


def test_deciding_while_we_wait_ends_the_wait() -> None:
    clock = clock_of().wait(at=NOON, reason="the licence, please").end(NOON + 5 * HOUR, is_decided=True)
    assert states(clock, NOON + DAY) == [State.MET, State.MET]
    assert clock.pause_at(NOON + 6 * HOUR) is None
    assert clock.spent(NOON + 5 * HOUR) == timedelta(0)
    assert clock.next_look is None


def test_a_pause_over_a_weekend_takes_only_the_days_that_count() -> None:
    clock = clock_of(WORKING, at=beijing(3, 5, 12)).wait(at=beijing(3, 6, 0), reason="the licence, please")
    assert clock.go_on(beijing(3, 9, 12)).due(Limit.DECISION) == beijing(3, 11, 0), "36 hours were left on Monday noon"


# Who is told


def told(clock: Clock, times: list[datetime]) -> tuple[Clock, list[tuple[datetime, Limit, tuple[Step, ...]]]]:
    """Everything that is said when somebody looks at these times."""
    said = []
    for at in times:
        clock, sayings = clock.look(at)
        said += [(at, saying.limit, saying.steps) for saying in sayings]
    return clock, said


def test_each_step_is_said_when_it_is_due() -> None:
    clock, at, said = clock_of(), NOON, []
    while (at := clock.next_look) is not None:  # type: ignore[assignment]
        clock, sayings = clock.look(at)
        said += [((at - NOON) / HOUR, saying.limit, saying.steps) for saying in sayings]
    first, decision = Limit.FIRST_ANSWER, Limit.DECISION
    assert said == [
        (18, first, (Step.SOON,)),
        (24, first, (Step.LATE,)),
        (28, first, (Step.CLIMBED,)),
        (36, decision, (Step.SOON,)),
        (48, decision, (Step.LATE,)),
        (52, decision, (Step.CLIMBED,)),
    ]


def test_a_server_that_was_off_for_a_week_says_all_of_it_once() -> None:
    every = (Step.SOON, Step.LATE, Step.CLIMBED)
    clock, said = told(clock_of(), [NOON + 7 * DAY, NOON + 7 * DAY, NOON + 8 * DAY])
    assert said == [(NOON + 7 * DAY, limit, every) for limit in Limit]
    assert all(clock.missed(limit) for limit in Limit)
    assert clock.next_look is None


def test_leads_may_hear_later_and_the_promise_is_broken_all_the_same() -> None:
    clock, said = told(clock_of(Policy(leads_after_hours=2)), [NOON + 18 * HOUR, NOON + 24 * HOUR])
    assert [steps for _, _, steps in said] == [(Step.SOON,)]
    assert clock.missed(Limit.FIRST_ANSWER)
    assert clock.next_look == NOON + 26 * HOUR
    assert told(clock, [NOON + 26 * HOUR])[1] == [(NOON + 26 * HOUR, Limit.FIRST_ANSWER, (Step.LATE,))]


def test_a_silent_holder_is_asked_again_and_then_reviewers_hear() -> None:
    clock = clock_of().wait(at=NOON, reason="the licence, please")
    assert clock.next_look == NOON + 3 * DAY
    assert clock.asks_again(NOON + 3 * DAY - HOUR) is None
    again = clock.asks_again(NOON + 3 * DAY)
    assert again is not None
    assert again.asks_again(NOON + 4 * DAY) is None
    assert again.next_look == NOON + 7 * DAY
    clock, said = told(again, [NOON + 7 * DAY, NOON + 7 * DAY])
    assert [steps for _, _, steps in said] == [(Step.SILENT,)]
    assert clock.next_look == NOON + 7 * DAY + 36 * HOUR


def test_nobody_is_asked_again_who_has_answered() -> None:
    clock = clock_of().wait(at=NOON, reason="the licence, please").go_on(NOON + DAY)
    assert clock.asks_again(NOON + 4 * DAY) is None
    assert clock.next_look == NOON + DAY + 36 * HOUR


def test_the_holder_sees_when_and_whose_turn_it_is_and_nothing_else() -> None:
    clock = clock_of()
    assert for_holder(clock, NOON) == ForHolder(
        first_answer_by=NOON + 24 * HOUR,
        decision_by=NOON + 48 * HOUR,
        waits_for_holder=False,
        waits_until=None,
        is_late=False,
        is_over=False,
    )
    waits = for_holder(clock.wait(at=NOON, reason="is that really your company?"), NOON + HOUR)
    assert (waits.waits_for_holder, waits.waits_until, waits.first_answer_by) == (True, NOON + 7 * DAY, None)
    assert "really" not in str(waits)
    assert for_holder(clock, NOON + 25 * HOUR).is_late


# Whatever happens


@st.composite
def clocks(draw: st.DrawFn) -> Clock:
    """A clock that was paused, answered and looked at in some order, and has perhaps ended."""
    clock = clock_of(draw(st.sampled_from(POLICIES)), at=draw(instants))
    at = clock.started_at
    for _ in range(draw(st.integers(0, 6))):
        at += draw(st.integers(0, 24 * 6)) * HOUR
        match draw(st.sampled_from(["wait", "go_on", "answer", "look"])):
            case "wait":
                clock = clock.wait(at=at, reason="asked")
            case "go_on":
                clock = clock.go_on(at)
            case "answer":
                clock = clock.answer(at)
            case _:
                clock, _ = clock.look(at)
    return clock


@given(clocks())
@settings(max_examples=200)
def test_a_pause_pushes_what_is_due_later_by_just_its_counted_time(clock: Clock) -> None:
    calendar = clock.policy.calendar
    policy = clock.policy
    for limit, allowed in zip(clock.limits, (policy.first_answer_hours, policy.decision_hours), strict=True):
        due = clock.due(limit)
        paused = [pause for pause in clock.pauses if pause.began_at < due]
        waited = sum((counted(calendar, pause.began_at, pause.ends_at) for pause in paused), timedelta(0))
        assert counted(calendar, clock.started_at, due) == allowed * HOUR + waited
        assert due >= later(calendar, clock.started_at, allowed * HOUR)


@given(clocks(), st.integers(0, 24 * 60))
def test_nothing_is_ever_less_than_none_and_late_is_what_is_due(clock: Clock, hours: int) -> None:
    at = clock.started_at + hours * HOUR
    for limit in clock.limits:
        stands = clock.stands(limit, at)
        assert stands.left >= timedelta(0)
        assert stands.late_by >= timedelta(0)
        assert not (stands.left and stands.late_by)
        if stands.state is State.LATE:
            assert at >= stands.due_at
    assert clock.spent(at) >= timedelta(0)


@given(clocks())
def test_pauses_follow_one_another(clock: Clock) -> None:
    for one, two in pairwise(clock.pauses):
        assert one.ends_at <= two.began_at
    for pause in clock.pauses:
        assert pause.ends_at - pause.began_at <= clock.policy.holder_days * DAY


@given(clocks(), st.lists(st.integers(0, 24 * 90), max_size=12).map(sorted))
@settings(max_examples=200)
def test_whoever_looks_when_all_steps_are_said_just_once(clock: Clock, looks: list[int]) -> None:
    end = clock.started_at + 200 * DAY
    start = max([clock.started_at, *(pause.began_at for pause in clock.pauses)])
    before = clock.said
    clock, said = told(clock, [*(start + hours * HOUR for hours in looks), end])
    keys = [(limit, step) for _, limit, steps in said for step in steps if step is not Step.SILENT]
    assert len(keys) == len(set(keys))
    assert not {f"{limit}.{step}" for limit, step in keys} & before
    wanted = {(limit, step) for limit in clock.limits if clock.closed_at(limit) is None for step in list(Step)[:3]}
    assert {(limit, step) for limit, step in wanted if f"{limit}.{step}" not in before} == set(keys)
    assert clock.next_look is None


@given(clocks())
def test_what_is_to_be_said_next_is_never_in_what_was_looked_at(clock: Clock) -> None:
    """So that a pass that looks at what is due comes to its end."""
    for _ in range(30):
        at = clock.next_look
        if at is None:
            return
        asked = clock.asks_again(at)
        clock, _ = (asked or clock).look(at)
        assert clock.next_look is None or clock.next_look > at
    raise AssertionError("a clock that is looked at for ever")


def test_pauses_that_touch_are_two() -> None:
    clock = clock_of().wait(at=NOON, reason="one").go_on(NOON + HOUR).wait(at=NOON + HOUR, reason="two")
    assert [pause.reason for pause in clock.pauses] == ["one", "two"]
    assert clock.go_on(NOON + 3 * HOUR).due(Limit.DECISION) == NOON + 51 * HOUR


@pytest.mark.parametrize("ends", [None, NOON + HOUR, NOON + 9 * DAY])
def test_a_pause_ends_at_the_answer_and_at_its_own_date_at_the_latest(ends: datetime | None) -> None:
    pause = Pause(began_at=NOON, until=NOON + 7 * DAY, reason="asked", answered_at=ends)
    assert pause.ends_at == min(ends or NOON + 7 * DAY, NOON + 7 * DAY)
