"""What holds of dunning whoever looks when: whatever is owed, paused, paid, delivered and missed."""

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
from debtors import DAY, HOUR, MESSAGING, Debtor, Delay
from hypothesis import given, settings
from hypothesis import strategies as st

from frostgate.base.calendar import Calendar, calendar_of
from frostgate.billing.dunning.model import Debt, OpenItem, Pause, State, Told, decide, foresee
from frostgate.billing.dunning.policy import STANDARD

CALENDARS = [
    calendar_of("Asia/Shanghai", "CN"),
    calendar_of("Europe/Berlin", "DE-BE"),
    Calendar(time_zone="America/New_York"),
]
START, END = datetime(2024, 1, 15, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)
AFTER_DUE = [step.name for step in STANDARD.steps if not step.is_before_due]
LAST = STANDARD.last.name

SOME = settings(max_examples=60)
calendars = st.sampled_from(CALENDARS)
pauses = st.builds(
    lambda first, days: Pause(first, None if days is None else first + timedelta(days=days)),
    st.dates(date(2024, 1, 20), date(2024, 4, 30)),
    st.one_of(st.none(), st.integers(0, 40)),
)


@st.composite
def debts(draw: st.DrawFn, *, paused: bool = True) -> list[OpenItem]:
    return [
        OpenItem(
            debt=Debt(f"i{number}"),
            due_on=draw(st.dates(date(2024, 1, 10), date(2024, 4, 10))),
            open=draw(st.integers(1, 10**6)),
            services=MESSAGING,
            pauses=tuple(draw(st.lists(pauses, max_size=2))) if paused else (),
        )
        for number in range(draw(st.integers(1, 3)))
    ]


looks = st.lists(st.integers(0, int((END - START) / HOUR)).map(lambda hours: START + hours * HOUR), max_size=25)


def delays(seed: int) -> Delay:
    """Some notices arrive at once, some after hours or days, some never; each of them always alike."""

    def delay(told: Told) -> timedelta | None:
        chance = random.Random(f"{seed} {told.step} {told.debt} {told.round}")
        return chance.choice([timedelta(), 3 * HOUR, 26 * HOUR, None])

    return delay


def notices(debtor: Debtor) -> list[tuple[str, str, int]]:
    return sorted((told.debt.invoice_id, told.step, told.round) for told in debtor.state.told)


def check_all(debtor: Debtor, frozen: Iterable[tuple[datetime, Debt, State]]) -> None:
    """What must hold of everything that was said and frozen."""
    calendar = debtor.calendar
    told = debtor.state.told
    for item in debtor.state.items:
        own = sorted((each for each in told if each.debt == item.debt), key=lambda each: each.owed_at)
        sequence = [each.step for each in own]
        assert len({(each.step, each.round) for each in own}) == len(own), "twice in one round"
        others = [step for step in sequence if step != LAST]
        assert len(set(others)) == len(others), "a step was said again"
        after = [step for step in others if step in AFTER_DUE]
        assert after == AFTER_DUE[: len(after)], "a step was left out"
        if LAST in sequence:
            assert after == AFTER_DUE[:-1]
        days = [calendar.day_of(each.owed_at) for each in own]
        assert all(one < other for one, other in pairwise(days)), "two on one day"
        assert not any(item.is_paused(day) for day in days), "the clock stood still"
        for each in own:
            wall = each.owed_at.astimezone(ZoneInfo(calendar.time_zone)).time()
            assert time(10) <= wall < time(17)
    for at, debt, state in frozen:
        item = next(each for each in state.items if each.debt == debt)
        today = calendar.day_of(at)
        last = [
            each for each in state.told if each.debt == debt and each.step == LAST and each.round == item.round(today)
        ]
        assert len(last) == 1
        assert at - last[0].owed_at >= 24 * HOUR
        if debt not in state.approved:
            assert last[0].delivered_at is not None
            assert at - last[0].delivered_at >= 24 * HOUR
        assert calendar.is_working(today)
        assert today >= calendar.shift(item.counts_from(today), 12)
        assert not item.is_paused(today)
        assert item.open > 0


class Recorder(Debtor):
    """A debtor that remembers what was known at each freeze."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self.freezes: list[tuple[datetime, Debt, State]] = []

    def looks(self, at: datetime | None = None):  # type: ignore[no-untyped-def]
        outcome = super().looks(at)
        self.freezes += [(self.now, debt, self.state) for debt in outcome.freeze]
        return outcome


@SOME
@given(calendars, debts(), looks, st.integers(0, 99))
def test_other_looks_in_between_change_nothing(
    calendar: Calendar, items: list[OpenItem], others: list[datetime], seed: int
) -> None:
    calm, busy = (Recorder(calendar, *items, now=START, delay=delays(seed)) for _ in range(2))
    calm.runs_until(END)
    busy.runs_until(END, also=others)
    assert busy.said == calm.said
    assert busy.frozen_at == calm.frozen_at
    assert busy.released_at == calm.released_at
    check_all(busy, busy.freezes)


@SOME
@given(calendars, debts(), looks, st.integers(0, 99), st.sets(st.integers(0, 2)))
def test_a_server_that_looks_when_it_can_skips_nothing_and_repeats_nothing(
    calendar: Calendar, items: list[OpenItem], times: list[datetime], seed: int, approved: set[int]
) -> None:
    debtor = Recorder(calendar, *items, now=START, delay=delays(seed))
    debtor.approves(*(f"i{number}" for number in approved))
    for at in sorted(times):
        debtor.looks(at)
    check_all(debtor, debtor.freezes)


@SOME
@given(calendars, debts(paused=False), st.integers(0, 99), st.integers(0, 20), st.integers(1, 14))
def test_a_standstill_loses_no_notice(
    calendar: Calendar, items: list[OpenItem], seed: int, begins: int, lasts: int
) -> None:
    """Whoever was off for up to two weeks has said the same in the end, "due soon" and "due tomorrow" aside."""
    steady, stopped = (Recorder(calendar, *items, now=START, delay=delays(seed)) for _ in range(2))
    steady.runs_until(END)
    stopped.runs_until(START + begins * 4 * DAY)
    stopped.now += lasts * DAY
    stopped.runs_until(END)
    said = [[each for each in notices(debtor) if each[1] in AFTER_DUE] for debtor in (steady, stopped)]
    assert said[0] == said[1]
    assert steady.frozen_at.keys() == stopped.frozen_at.keys()
    check_all(stopped, stopped.freezes)


@SOME
@given(calendars, debts(), st.integers(0, 99), st.lists(st.tuples(st.integers(0, 160), st.integers(1, 99)), max_size=6))
def test_part_payments_change_no_step(
    calendar: Calendar, items: list[OpenItem], seed: int, payments: list[tuple[int, int]]
) -> None:
    """As long as anything is left, what was paid in between changes neither what is said nor when it freezes."""
    plain, paying = (Recorder(calendar, *items, now=START, delay=delays(seed)) for _ in range(2))
    plain.runs_until(END)
    for day, percent in sorted(payments):
        paying.runs_until(START + day * DAY)
        item = paying.item("i0")
        paying.pays("i0", min(item.open * percent // 100, item.open - 1))
    paying.runs_until(END)
    assert paying.said == plain.said
    assert paying.frozen_at == plain.frozen_at


@SOME
@given(calendars, debts(paused=False), st.integers(1, 160))
def test_whoever_pays_everything_is_free_at_once_and_hears_nothing_more(
    calendar: Calendar, items: list[OpenItem], day: int
) -> None:
    debtor = Recorder(calendar, *items, now=START)
    debtor.runs_until(START + day * DAY)
    was_frozen, said = bool(debtor.state.frozen), len(debtor.said)
    for item in items:
        debtor.pays(item.debt.invoice_id, item.open)
    outcome = debtor.looks()
    assert outcome.release == was_frozen
    assert (outcome.missing, outcome.next_look, outcome.owed) == (0, None, ())
    debtor.runs_until(END)
    assert len(debtor.said) == said


@SOME
@given(calendars, debts(), looks, st.integers(0, 99), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_known_never_matters(
    calendar: Calendar, items: list[OpenItem], times: list[datetime], seed: int, chance: random.Random
) -> None:
    debtor = Recorder(calendar, *items, now=START, delay=delays(seed))
    for at in sorted(times):
        state = debtor.state
        shuffled = msgspec.structs.replace(
            state,
            items=tuple(chance.sample(state.items, len(state.items))),
            told=tuple(chance.sample(state.told, len(state.told))),
        )
        assert decide(STANDARD, calendar, shuffled, now=at) == decide(STANDARD, calendar, state, now=at)
        debtor.looks(at)


@SOME
@given(calendars, debts(), st.integers(0, 150))
def test_what_is_missing_is_what_ends_the_freeze(calendar: Calendar, items: list[OpenItem], day: int) -> None:
    debtor = Recorder(calendar, *items, now=START)
    debtor.runs_until(START + day * DAY)
    outcome = debtor.looks()
    today = calendar.day_of(debtor.now)
    frozen = [item for item in items if item.debt in debtor.state.frozen and not item.is_paused(today)]
    assert outcome.missing == sum(item.open for item in frozen)
    for item in frozen:
        assert not debtor.looks().release
        debtor.pays(item.debt.invoice_id, item.open)
    assert debtor.looks().release == bool(frozen)


@SOME
@given(calendars, debts())
def test_what_is_foreseen_happens_if_nobody_pays(calendar: Calendar, items: list[OpenItem]) -> None:
    debtor = Recorder(calendar, *items, now=START)
    seen = foresee(STANDARD, calendar, debtor.state, now=START, until=END)
    debtor.runs_until(END)
    assert seen.keys() == {debt for _, debt, _ in debtor.freezes}


@SOME
@given(calendars, debts(), looks)
def test_the_next_look_lies_ahead(calendar: Calendar, items: list[OpenItem], times: list[datetime]) -> None:
    debtor = Recorder(calendar, *items, now=START)
    for at in sorted(times):
        following = debtor.looks(at).next_look
        assert following is None or following > at
