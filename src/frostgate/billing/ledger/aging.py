"""How long what is owed has been overdue (账龄). Pure.

Days count in the tenant's zone. What is in dispute does not age; where the dispute is rejected, it goes on from the age
that it had.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from frostgate.billing.ledger.model import Dispute, DisputeState, OpenItem


class Part(msgspec.Struct, frozen=True):
    """Some of what is open of an invoice, and the day after which it is late; None: it is in dispute, and never is."""

    amount: int
    due_on: date | None


class Aging(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed in one currency, in minor units, by the days since it was due."""

    currency: str
    not_due: int = 0
    days_0_30: int = 0
    days_31_60: int = 0
    days_61_90: int = 0
    over_90: int = 0
    disputed: int = 0

    @property
    def total(self) -> int:
        """Everything that is open."""
        return sum(getattr(self, name) for name in BUCKETS)


_MOST = ((30, "days_0_30"), (60, "days_31_60"), (90, "days_61_90"))
BUCKETS = tuple(name for name in Aging.__struct_fields__ if name != "currency")


def parts(item: OpenItem) -> list[Part]:
    """What is open of an invoice, in parts of one age each. They add up to it, however it was disputed and paid.

    A later dispute is taken to be about what was disputed before, as far as that goes.
    """
    found = [Part(item.open, item.due_on)]
    zone = ZoneInfo(item.time_zone)
    for dispute in sorted(item.disputes, key=lambda each: (each.opened_at, each.id)):
        if dispute.state is not DisputeState.UPHELD:
            found = _set_apart(found, dispute, zone)
    return [part for part in found if part.amount]


def aging(items: Iterable[OpenItem], *, at: datetime) -> list[Aging]:
    """The open items by age, a value for each currency."""
    found: dict[str, dict[str, int]] = {}
    for item in items:
        today = at.astimezone(ZoneInfo(item.time_zone)).date()
        sums = found.setdefault(item.currency, dict.fromkeys(BUCKETS, 0))
        for part in parts(item):
            sums[_bucket(part.due_on, today)] += part.amount
    return [Aging(currency=currency, **sums) for currency, sums in sorted(found.items())]


def together(values: Iterable[Aging]) -> list[Aging]:
    """Several of them as one for each currency."""
    found: dict[str, dict[str, int]] = {}
    for value in values:
        sums = found.setdefault(value.currency, dict.fromkeys(BUCKETS, 0))
        for name in BUCKETS:
            sums[name] += getattr(value, name)
    return [Aging(currency=currency, **sums) for currency, sums in sorted(found.items())]


def _bucket(due_on: date | None, today: date) -> str:
    if due_on is None:
        return "disputed"
    late = (today - due_on).days
    if late <= 0:
        return "not_due"
    return next((name for most, name in _MOST if late <= most), "over_90")


def _set_apart(found: list[Part], dispute: Dispute, zone: ZoneInfo) -> list[Part]:
    """The parts with the disputed amount taken out of what was due last, as parts of their own age."""
    left, kept, moved = dispute.amount, [], []
    for part in sorted(found, key=lambda part: part.due_on or date.min, reverse=True):
        taken = 0 if part.due_on is None else min(left, part.amount)
        left -= taken
        kept.append(Part(part.amount - taken, part.due_on))
        if taken and part.due_on is not None:
            moved.append(Part(taken, _due_after(dispute, part.due_on, zone)))
    return [part for part in kept + moved if part.amount]


def _due_after(dispute: Dispute, due_on: date, zone: ZoneInfo) -> date | None:
    """From which day the disputed amount is late: later by the days that it was disputed while it was due."""
    if dispute.closed_at is None:
        return None
    began, ended = (moment.astimezone(zone).date() for moment in (dispute.opened_at, dispute.closed_at))
    return due_on + max(timedelta(0), ended - max(began, due_on))
