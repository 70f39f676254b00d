"""From quantities to the lines of an invoice: examples worked by hand, and what holds for all prices and all usage."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.base.money import Money
from frostgate.billing.pricing.model import (
    MEASURES,
    MILLIONTHS,
    MOST,
    Period,
    PriceList,
    PriceListUnusable,
    PriceMissing,
    QuantityUnusable,
    Rate,
    Tier,
    Unit,
    UnitUnknown,
    Usage,
    UsageDay,
    check_rates,
    unit_named,
)
from frostgate.billing.pricing.rating import Line, Part, costs_by_day, exact, half_even, parts, rate
from frostgate.standing.model import Service

MARCH = Period.of(date(2026, 3, 15))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FEN = MILLIONTHS  # the price of one 分


def priced(unit: Unit, *tiers: tuple[int, int], free: int = 0) -> Rate:
    return Rate(unit=unit, tiers=tuple(Tier(beyond=beyond, price=price) for beyond, price in tiers), free=free)


def price_list(number: int, valid_from: date, *rates: Rate) -> PriceList:
    return PriceList(
        number=number,
        series="standard",
        currency="CNY",
        valid_from=valid_from,
        rates=rates,
        published_at=NOON,
        published_by="system:frostgate",
    )


def used(unit: Unit, quantities: dict[int, int]) -> list[UsageDay]:
    """Of March 2026, by the day of the month."""
    return [UsageDay(unit=unit, day=date(2026, 3, day), quantity=q, events=1) for day, q in quantities.items()]


def amounts(lines: Iterable[Line]) -> list[int]:
    return [line.amount.minor for line in lines]


def test_a_thousand_tokens_cost_half_a_yuan() -> None:
    lists = [price_list(1, date(2026, 1, 1), priced(Unit.AI_TOKEN, (0, 50_000)))]  # 0.0005 CNY each
    (line,) = rate(lists, used(Unit.AI_TOKEN, {1: 1000}), MARCH)
    assert line.amount == Money(50, "CNY")
    assert (line.service, line.price_list, line.quantity) == (Service.CONVERSATIONAL_AI, 1, 1000)
    assert (line.first, line.last) == (date(2026, 3, 1), date(2026, 3, 31))


def test_seconds_are_never_rounded_up_to_minutes() -> None:
    lists = [price_list(1, date(2026, 1, 1), priced(Unit.VOICE_MINUTE, (0, 6 * FEN)))]
    assert amounts(rate(lists, used(Unit.VOICE_MINUTE, {1: 90}), MARCH)) == [9]
    assert amounts(rate(lists, used(Unit.VOICE_MINUTE, {1: 61, 2: 59}), MARCH)) == [12]


def test_tiers_and_allowance_of_one_month() -> None:
    """1,000 free, then 5 分 up to 10,000, then 4 分."""
    messages = priced(Unit.MESSAGE, (0, 5 * FEN), (10_000, 4 * FEN), free=1000)
    (line,) = rate([price_list(1, date(2026, 1, 1), messages)], used(Unit.MESSAGE, {1: 8000, 20: 7000}), MARCH)
    assert line.parts == (Part(1000, 0, True), Part(9000, 5 * FEN, False), Part(5000, 4 * FEN, False))
    assert line.amount.minor == 9000 * 5 + 5000 * 4


def test_rates_that_change_in_the_middle_split_the_month_and_tiers_go_on_counting() -> None:
    before = priced(Unit.MESSAGE, (0, 5 * FEN), (10_000, 4 * FEN), free=1000)
    after = priced(Unit.MESSAGE, (0, 6 * FEN), (10_000, 3 * FEN), free=1000)
    lists = [price_list(1, date(2026, 1, 1), before), price_list(2, date(2026, 3, 16), after)]
    first, second = rate(lists, used(Unit.MESSAGE, {1: 8000, 15: 1000, 16: 2000}), MARCH)
    assert (first.price_list, first.first, first.last) == (1, date(2026, 3, 1), date(2026, 3, 15))
    assert (second.price_list, second.first, second.last) == (2, date(2026, 3, 16), date(2026, 3, 31))
    assert (first.begins_at, first.quantity, first.amount.minor) == (0, 9000, 8000 * 5)
    assert (second.begins_at, second.quantity, second.amount.minor) == (9000, 2000, 1000 * 6 + 1000 * 3)


def test_rates_that_change_twice_count_on_twice() -> None:
    lists = [
        price_list(number, date(2026, 3, day), priced(Unit.MESSAGE, (0, price * FEN), (100, FEN)))
        for number, day, price in ((1, 1, 5), (2, 11, 6), (3, 21, 7))
    ]
    lines = rate(lists, used(Unit.MESSAGE, {1: 40, 11: 40, 21: 40}), MARCH)
    assert [line.begins_at for line in lines] == [0, 40, 80]
    assert amounts(lines) == [40 * 5, 40 * 6, 20 * 7 + 20]


def test_an_allowance_that_changes_is_no_second_allowance() -> None:
    lists = [
        price_list(1, date(2026, 1, 1), priced(Unit.MESSAGE, (0, FEN), free=100)),
        price_list(2, date(2026, 3, 10), priced(Unit.MESSAGE, (0, FEN), free=150)),
    ]
    assert amounts(rate(lists, used(Unit.MESSAGE, {1: 120, 10: 40}), MARCH)) == [20, 10]


def test_the_later_of_two_lists_for_one_day_corrects_the_earlier() -> None:
    lists = [
        price_list(number, valid_from, priced(Unit.MESSAGE, (0, price * FEN)))
        for number, valid_from, price in (
            (1, date(2026, 1, 1), 5),
            (2, date(2026, 3, 1), 7),
            (3, date(2026, 3, 1), 6),
            (4, date(2026, 2, 1), 9),
        )
    ]
    (line,) = rate(lists, used(Unit.MESSAGE, {1: 1}), MARCH)
    assert (line.price_list, line.amount.minor) == (3, 6)


def test_a_line_is_rounded_once_and_half_to_even() -> None:
    half = priced(Unit.MESSAGE, (0, FEN // 2))
    lists = [price_list(1, date(2026, 1, 1), half)]
    for count, minor in ((1, 0), (3, 2), (5, 2), (7, 4)):
        assert amounts(rate(lists, used(Unit.MESSAGE, {1: count}), MARCH)) == [minor]
    assert amounts(rate(lists, used(Unit.MESSAGE, dict.fromkeys(range(1, 31), 1)), MARCH)) == [15]


def test_prepaid_services_are_marked_on_their_lines() -> None:
    lists = [price_list(1, date(2026, 1, 1), *(priced(unit, (0, FEN)) for unit in Unit))]
    usage = [*used(Unit.MESSAGE, {1: 5}), *used(Unit.AI_TOKEN, {1: 5})]
    lines = rate(lists, usage, MARCH, prepaid=[Service.CONVERSATIONAL_AI])
    assert {line.unit: line.is_prepaid for line in lines} == {Unit.MESSAGE: False, Unit.AI_TOKEN: True}


def test_february_of_a_leap_year_has_its_last_day() -> None:
    month = Period.of(date(2028, 2, 10))
    assert (month.last, len(month.days)) == (date(2028, 2, 29), 29)
    lists = [price_list(1, date(2028, 1, 1), priced(Unit.MESSAGE, (0, FEN)))]
    usage = [UsageDay(unit=Unit.MESSAGE, day=date(2028, 2, 29), quantity=7, events=1)]
    assert amounts(rate(lists, usage, month)) == [7]


def test_what_has_no_price_is_refused_and_never_free() -> None:
    lists = [price_list(1, date(2026, 3, 10), priced(Unit.MESSAGE, (0, FEN)))]
    with pytest.raises(PriceMissing) as refused:
        rate(lists, used(Unit.MESSAGE, {3: 0, 5: 1, 12: 1}), MARCH)
    assert refused.value.params == {"unit": "message", "day": "2026-03-05"}
    with pytest.raises(PriceMissing):
        rate(lists, used(Unit.AI_TOKEN, {12: 1}), MARCH)
    assert rate([], [], MARCH) == ()


@pytest.mark.parametrize(
    "rates",
    [
        [priced(Unit.MESSAGE, (1, 5))],
        [priced(Unit.MESSAGE, (0, 5), (0, 6))],
        [priced(Unit.MESSAGE, (0, 5), (20, 6), (10, 7))],
        [priced(Unit.MESSAGE, (0, 5)), priced(Unit.MESSAGE, (0, 6))],
    ],
)
def test_rates_that_contradict_each_other_are_refused(rates: list[Rate]) -> None:
    with pytest.raises(PriceListUnusable):
        check_rates(rates)


@pytest.mark.parametrize("quantity", [-1, -(10**12), MOST + 1])
def test_a_quantity_below_zero_or_beyond_belief_is_refused(quantity: int) -> None:
    with pytest.raises(QuantityUnusable) as refused:
        Usage(
            tenant_id="acme",
            source="/im",
            event_id="1",
            account_id=None,
            unit=Unit.MESSAGE,
            quantity=quantity,
            at=NOON,
        )
    assert refused.value.code == "usage.quantity_unusable"


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(UnitUnknown) as refused:
        unit_named("fax_page")
    assert refused.value.code == "usage.unit_unknown"
    assert [unit_named(unit.value) for unit in Unit] == list(Unit)


# What holds for all prices and all usage

UNITS = st.sampled_from(list(Unit))
PRICES = st.integers(0, 10**9)


@st.composite
def rates_of(draw: st.DrawFn, unit: Unit) -> Rate:
    begins = sorted(draw(st.sets(st.integers(1, 500), max_size=4)))
    return priced(unit, *((beyond, draw(PRICES)) for beyond in [0, *begins]), free=draw(st.integers(0, 600)))


@st.composite
def any_rates(draw: st.DrawFn) -> Rate:
    return draw(rates_of(draw(UNITS)))


@st.composite
def months(draw: st.DrawFn) -> tuple[list[PriceList], list[UsageDay]]:
    """Price lists that change within March at will, and usage of every unit on any of its days."""
    starts = [date(2026, 2, 1), *draw(st.lists(st.dates(date(2026, 2, 20), date(2026, 4, 3)), max_size=4))]
    lists = [
        price_list(number, start, *(draw(rates_of(unit)) for unit in Unit)) for number, start in enumerate(starts, 1)
    ]
    usage = draw(
        st.lists(
            st.builds(
                UsageDay,
                unit=UNITS,
                day=st.dates(date(2026, 3, 1), date(2026, 3, 31)),
                quantity=st.integers(0, 100_000),
                events=st.just(1),
            ),
            max_size=20,
        )
    )
    return lists, usage


COUNTS = st.integers(0, 10**6)


@given(any_rates(), COUNTS, COUNTS, COUNTS)
def test_parts_add_up_to_the_whole(each: Rate, start: int, first: int, second: int) -> None:
    whole = exact(each, start, first + second)
    assert whole == exact(each, start, first) + exact(each, start + first, second)
    assert sum(part.quantity for part in parts(each, start, first)) == first


@given(any_rates(), COUNTS, COUNTS, COUNTS)
def test_more_usage_never_costs_less(each: Rate, start: int, quantity: int, more: int) -> None:
    assert 0 <= exact(each, start, quantity) <= exact(each, start, quantity + more)


@given(any_rates(), st.integers(0, 3000))
def test_each_single_one_costs_what_its_place_says(each: Rate, quantity: int) -> None:
    """The oracle walks every second, message or token by itself."""
    size, total = MEASURES[each.unit], 0
    for place in range(quantity):
        if place >= each.free * size:
            total += [tier for tier in each.tiers if tier.beyond * size <= place][-1].price
    assert exact(each, 0, quantity) == total


@given(months(), st.randoms(use_true_random=False))
def test_the_order_of_usage_never_matters(month: tuple[list[PriceList], list[UsageDay]], chance: object) -> None:
    lists, usage = month
    shuffled, other_lists = list(usage), list(lists)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    chance.shuffle(other_lists)  # type: ignore[attr-defined]
    assert rate(lists, usage, MARCH) == rate(other_lists, shuffled, MARCH)


@given(months())
def test_lines_hold_all_usage_and_are_rounded_by_less_than_half(
    month: tuple[list[PriceList], list[UsageDay]],
) -> None:
    lists, usage = month
    lines = rate(lists, usage, MARCH)
    for unit in Unit:
        own = [line for line in lines if line.unit is unit]
        assert sum(line.quantity for line in own) == sum(each.quantity for each in usage if each.unit is unit)
        assert [line.begins_at for line in own] == [sum(each.quantity for each in own[:n]) for n in range(len(own))]
    for line in lines:
        whole = Fraction(sum(part.quantity * part.price for part in line.parts), MILLIONTHS * MEASURES[line.unit])
        assert abs(line.amount.minor - whole) <= Fraction(1, 2)
        assert line.amount.minor >= 0
        assert line.quantity == sum(part.quantity for part in line.parts)


@given(months())
def test_days_add_up_to_the_month_to_the_cent(month: tuple[list[PriceList], list[UsageDay]]) -> None:
    lists, usage = month
    costs = costs_by_day(lists, usage, MARCH)
    assert sorted(costs) == MARCH.days
    assert sum(costs.values()) == sum(amounts(rate(lists, usage, MARCH)))
    assert min(costs.values()) >= 0


@given(months(), st.dates(date(2026, 3, 1), date(2026, 3, 31)))
def test_the_month_so_far_is_the_beginning_of_the_month(
    month: tuple[list[PriceList], list[UsageDay]], day: date
) -> None:
    lists, usage = month
    so_far = rate(lists, usage, Period(MARCH.first, day + timedelta(days=1)))
    assert sum(amounts(so_far)) <= sum(amounts(rate(lists, usage, MARCH)))


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_halves_go_to_the_even_side(dividend: int, divisor: int) -> None:
    assert half_even(dividend, divisor) == round(Fraction(dividend, divisor))
