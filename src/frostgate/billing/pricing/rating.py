"""From quantities to the lines of an invoice. Pure: the same lists, usage and period give the same lines.

Think of a period's usage of one unit as a line of single seconds (or messages, or tokens), counted from the first day
on. What one of them costs hangs on its place in that line and on the price list of its day: nothing inside the free
allowance, and beyond it the price of the tier that the place lies in. So rates that change in the middle of a period
leave tiers and allowance counting on, parts add up to the whole exactly, and the order within a day never matters.

Money is rounded once, at the end of each line, half to even. What is prepaid is charged as it is used: rate the month
so far, and charge what is more than was charged before; the sum is the line to the cent, because lines never shrink.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise

import msgspec

from frostgate.base.calendar import DAY
from frostgate.base.money import Money
from frostgate.billing.pricing.model import (
    MEASURES,
    MILLIONTHS,
    SERVICE_OF,
    Period,
    PriceList,
    PriceMissing,
    Rate,
    Unit,
    UsageDay,
    in_force,
)
from frostgate.standing.model import Service


class Part(msgspec.Struct, frozen=True):
    """A piece of a line that has one price."""

    quantity: int  # messages, seconds or tokens
    price: int  # millionths of a minor unit, for one unit
    is_free: bool  # within the allowance


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What was used of one unit by one price list, and what it costs.

    Its events are the usage records of this tenant and unit from `first` to `last`.
    """

    service: Service
    unit: Unit
    price_list: int
    first: date
    last: date  # included
    begins_at: int  # what the period had counted before: where tiers and allowance go on from
    quantity: int  # messages, seconds or tokens
    parts: tuple[Part, ...]
    amount: Money
    is_prepaid: bool


def rate(
    lists: Sequence[PriceList], usage: Iterable[UsageDay], period: Period, *, prepaid: Iterable[Service] = ()
) -> tuple[Line, ...]:
    """The lines of a period, by unit and day. Usage of other days is left out; who used nothing has no line.

    Raises:
        PriceMissing: something was used on a day on which it has no price.
    """
    used: dict[Unit, Counter[date]] = {unit: Counter() for unit in Unit}
    for each in usage:
        if period.first <= each.day < period.end:
            used[each.unit][each.day] += each.quantity
    paid_before = frozenset(prepaid)
    return tuple(line for unit, days in used.items() for line in _lines(lists, unit, days, period, paid_before))


def costs_by_day(lists: Sequence[PriceList], usage: Iterable[UsageDay], period: Period) -> dict[date, int]:
    """What each day of a period added to what it costs, in minor units; together they are its lines to the cent.

    Raises:
        PriceMissing: something was used on a day on which it has no price.
    """
    known, costs, before = list(usage), {}, 0
    for day in period.days:
        so_far = sum(line.amount.minor for line in rate(lists, known, Period(period.first, day + DAY)))
        costs[day], before = so_far - before, so_far
    return costs


def parts(rate: Rate, begins_at: int, quantity: int) -> tuple[Part, ...]:
    """What costs how much of the `quantity` that follows the first `begins_at` of the period (both in measures)."""
    size, end = MEASURES[rate.unit], begins_at + quantity
    free = rate.free * size
    edges = {begins_at, end, *(tier.beyond * size for tier in rate.tiers), free}
    inside = sorted(edge for edge in edges if begins_at <= edge <= end)
    return tuple(
        Part(until - start, 0 if start < free else _price_at(rate, start), start < free)
        for start, until in pairwise(inside)
    )


def exact(rate: Rate, begins_at: int, quantity: int) -> int:
    """The cost before any rounding, in millionths of a minor unit, times the measures that make one unit."""
    return sum(part.quantity * part.price for part in parts(rate, begins_at, quantity))


def _lines(
    lists: Sequence[PriceList], unit: Unit, days: Counter[date], period: Period, prepaid: frozenset[Service]
) -> Iterator[Line]:
    counted = 0
    for first, last, prices in _stretches(lists, period):
        quantity = sum(amount for day, amount in days.items() if first <= day <= last)
        if not quantity:
            continue
        unit_rate = None if prices is None else prices.rate_of(unit)
        if prices is None or unit_rate is None:
            missing = min(day for day, amount in days.items() if amount and first <= day <= last)
            raise PriceMissing(unit=unit.value, day=missing.isoformat())
        cost = half_even(exact(unit_rate, counted, quantity), MILLIONTHS * MEASURES[unit])
        yield Line(
            service=SERVICE_OF[unit],
            unit=unit,
            price_list=prices.number,
            first=first,
            last=last,
            begins_at=counted,
            quantity=quantity,
            parts=parts(unit_rate, counted, quantity),
            amount=Money(cost, prices.currency),
            is_prepaid=SERVICE_OF[unit] in prepaid,
        )
        counted += quantity


def _stretches(lists: Sequence[PriceList], period: Period) -> Iterator[tuple[date, date, PriceList | None]]:
    """The stretches of a period over which one list counts, each with its first and its last day."""
    begins = {each.valid_from for each in lists if period.first < each.valid_from < period.end}
    for first, end in pairwise([period.first, *sorted(begins), period.end]):
        yield first, end - DAY, in_force(lists, first)


def _price_at(rate: Rate, place: int) -> int:
    size = MEASURES[rate.unit]
    return max((tier for tier in rate.tiers if tier.beyond * size <= place), key=lambda tier: tier.beyond).price


def half_even(dividend: int, divisor: int) -> int:
    """The nearest whole number, and of two that are as near the even one (IEEE 754, roundTiesToEven)."""
    whole, rest = divmod(dividend, divisor)
    return whole + (2 * rest > divisor or (2 * rest == divisor and whole % 2 == 1))
