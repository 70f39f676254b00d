"""What to do about open debts now, and when to look again. Pure: no clock, no database, and no stored stage.

Everything is decided afresh from what is open, what was paused, and which notices were owed and delivered. So a part
payment, a payment that counts from last week, or a server that was off for a week needs no special case:

- A step that speaks of a day to come is owed until that day; afterwards the next one says the same and more. Every
  step from the due date on is owed, in order, none left out; after a standstill one a day, by day, until the sequence
  has caught up. What was owed once is not owed again.
- While a debt is disputed or promised its clock stands still. Afterwards the clock goes on from where it stood, and
  the last notice is owed once more, because the one before spoke of another day.
- A freeze needs the last notice at least 24 hours ago, and either delivered or approved by a person. It falls into the
  hours in which somebody can pay, on a working day, and never before the grace is over.
- A freeze ends when every debt that it was placed for is paid, credited, disputed or promised; a debt that came later
  has its own sequence and its own last notice.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import msgspec

from frostgate.base.calendar import DAY, Calendar
from frostgate.billing.dunning.policy import Policy, Step
from frostgate.billing.pricing.model import FreezeScope
from frostgate.standing.model import Service


class Debt(msgspec.Struct, frozen=True, order=True):
    """An invoice, or a part of it that is or was disputed."""

    invoice_id: str
    part: str = ""  # the dispute's id; "": the rest


class Pause(msgspec.Struct, frozen=True):
    """Days of the tenant's on which a debt's clock stands still; both are included, None: until further notice."""

    first: date
    last: date | None

    def covers(self, day: date) -> bool:
        """Whether the clock stands still on this day."""
        return self.first <= day and (self.last is None or day <= self.last)


class OpenItem(msgspec.Struct, frozen=True, kw_only=True):
    """A debt as it stands now."""

    debt: Debt
    due_on: date  # in the tenant's zone
    open: int  # minor units; nothing left is no debt
    services: frozenset[Service]  # what it is for
    pauses: tuple[Pause, ...] = ()

    def is_paused(self, day: date) -> bool:
        """Whether its clock stands still on this day."""
        return any(pause.covers(day) for pause in self.pauses)

    def counts_from(self, today: date) -> date:
        """The day from which its age is counted: the due date, and a day later for each past day of standing still."""
        ended = [(max(p.first, self.due_on), min(p.last or today, today - DAY)) for p in self.pauses]
        still = {first + n * DAY for first, last in ended for n in range((last - first).days + 1)}
        return self.due_on + len(still) * DAY

    def changes_after(self, today: date) -> list[date]:
        """The days to come on which its clock may stop or go on."""
        days = [p.first for p in self.pauses] + [p.last + DAY for p in self.pauses if p.last is not None]
        return [day for day in days if day > today]

    def round(self, today: date) -> int:
        """How many pauses are over: after each the last notice is owed once more."""
        return sum(1 for pause in self.pauses if pause.last is not None and pause.last < today)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A notice about one debt that was owed, and when it is known to have arrived."""

    step: str
    debt: Debt
    round: int
    owed_at: datetime
    delivered_at: datetime | None = None


class Owed(msgspec.Struct, frozen=True):
    """One message to send now; it speaks of every debt that has come to this step."""

    step: Step
    told: tuple[Told, ...]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What to do now, and when to look again. Look as well whenever something is paid, delivered or decided."""

    owed: tuple[Owed, ...]
    freeze: tuple[Debt, ...]  # to be frozen for now, and not before
    release: bool  # nothing is left of what the freeze was placed for
    missing: int  # minor units that end the freeze
    unreached: tuple[Debt, ...]  # the last notice did not arrive: only a person can decide
    next_look: datetime | None  # None: nothing will happen by itself


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision rests on, besides policy, calendar and time."""

    items: tuple[OpenItem, ...]
    told: tuple[Told, ...] = ()
    frozen: frozenset[Debt] = frozenset()  # what the open freeze was placed for
    approved: frozenset[Debt] = frozenset()  # a person decided to freeze although the last notice did not arrive


class _Next(NamedTuple):
    """What comes next for one debt: a step, or, without one, the freeze. `at` None: only a person can go on."""

    step: Step | None
    at: datetime | None
    is_unreached: bool = False


def decide(policy: Policy, calendar: Calendar, state: State, *, now: datetime) -> Outcome:
    """What to do about a tenant's debts at `now`. The same state gives the same outcome, in whatever order."""
    today = calendar.day_of(now)
    owed: dict[str, list[Told]] = {}
    freeze, unreached, looks = [], [], []
    alive = [item for item in sorted(state.items, key=lambda item: item.debt) if item.open > 0]
    running = [item for item in alive if not item.is_paused(today)]
    for item in running:
        told = [each for each in state.told if each.debt == item.debt]
        following = _next(policy, calendar, item, told, state, now)
        if following.step is not None and following.at == now:
            new = Told(step=following.step.name, debt=item.debt, round=item.round(today), owed_at=now)
            owed.setdefault(new.step, []).append(new)
            following = _next(policy, calendar, item, [*told, new], state, now)
        elif following.step is None and following.at == now:
            freeze.append(item.debt)
            following = _Next(None, None)
        if following.is_unreached:
            unreached.append(item.debt)
        looks.append(following.at)
    looks += [calendar.instant(day) for item in alive for day in item.changes_after(today)]
    frozen = state.frozen | set(freeze)
    held_by = [item for item in running if item.debt in frozen]
    return Outcome(
        owed=tuple(Owed(step, tuple(owed[step.name])) for step in policy.steps if step.name in owed),
        freeze=tuple(freeze),
        release=bool(state.frozen) and not held_by,
        missing=sum(item.open for item in held_by),
        unreached=tuple(unreached),
        next_look=min((at for at in looks if at is not None and at > now), default=None),
    )


def foresee(
    policy: Policy, calendar: Calendar, state: State, *, now: datetime, until: datetime
) -> Mapping[Debt, datetime]:
    """What will be frozen when, before `until`, if nobody pays and every notice arrives at once."""
    found: dict[Debt, datetime] = {}
    at: datetime | None = now
    while at is not None and at < until:
        outcome = decide(policy, calendar, state, now=at)
        found |= dict.fromkeys(outcome.freeze, at)
        arrived = [msgspec.structs.replace(told, delivered_at=at) for owed in outcome.owed for told in owed.told]
        state = msgspec.structs.replace(state, told=(*state.told, *arrived), frozen=state.frozen | set(outcome.freeze))
        at = at if arrived else outcome.next_look
    return found


# One debt


def _next(
    policy: Policy, calendar: Calendar, item: OpenItem, told: Sequence[Told], state: State, now: datetime
) -> _Next:
    """The first step that is still owed; after the last one the freeze."""
    if item.debt in state.frozen:
        return _Next(None, None)
    today = calendar.day_of(now)
    since, this_round = item.counts_from(today), item.round(today)
    opens = time.fromisoformat(policy.opens)
    done = {each.step for each in told if each.step != policy.last.name or each.round >= this_round}
    for step in policy.steps:
        if step.name in done or (step.is_before_due and today >= since):
            continue
        day = step.offset.after(since, calendar)
        if told:  # never two on one day
            day = max(day, calendar.day_of(max(each.owed_at for each in told)) + DAY)
        return _Next(step, _in_daytime(policy, calendar, max(calendar.instant(day, opens), now)))
    last = max((each for each in told if each.step == policy.last.name), key=lambda each: (each.round, each.owed_at))
    grace_ends = calendar.instant(policy.grace.after(since, calendar), opens)
    return _freeze(policy, calendar, last, grace_ends, is_approved=item.debt in state.approved, now=now)


def _freeze(
    policy: Policy, calendar: Calendar, last: Told, grace_ends: datetime, *, is_approved: bool, now: datetime
) -> _Next:
    """When a debt whose last notice was owed may be frozen for."""
    notice = timedelta(hours=policy.notice_hours)
    heard = [last.owed_at] if is_approved else [] if last.delivered_at is None else [last.delivered_at]
    if heard:
        return _Next(None, _in_office_hours(policy, calendar, max(heard[0] + notice, grace_ends, now)))
    patience_ends = last.owed_at + timedelta(hours=policy.patience_hours)
    return _Next(None, None, is_unreached=True) if now >= patience_ends else _Next(None, patience_ends)


def _in_daytime(policy: Policy, calendar: Calendar, at: datetime) -> datetime:
    """The first instant not before `at` at which people are awake: a server that comes back at night waits."""
    day, opens = calendar.day_of(at), time.fromisoformat(policy.opens)
    if at < calendar.instant(day, time.fromisoformat(policy.closes)):
        return max(at, calendar.instant(day, opens))
    return calendar.instant(day + DAY, opens)


def _in_office_hours(policy: Policy, calendar: Calendar, at: datetime) -> datetime:
    """The first instant not before `at` at which somebody can pay and somebody can help."""
    awake = _in_daytime(policy, calendar, at)
    day = calendar.day_of(awake)
    if calendar.is_working(day):
        return awake
    return calendar.instant(calendar.shift(day, 1), time.fromisoformat(policy.opens))


# What the ledger knows, as debts


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """A disputed amount that still is owed: the dispute is open, or was rejected. Upheld ones became credit notes."""

    id: str
    amount: int  # minor units
    opened_on: date
    closed_on: date | None


def items_of(
    invoice_id: str,
    *,
    due_on: date,
    open: int,  # noqa: A002 - the word of the ledger
    services: frozenset[Service],
    disputes: Iterable[Dispute] = (),
    promises: Iterable[Pause] = (),
) -> tuple[OpenItem, ...]:
    """An invoice as debts: each disputed amount ages by itself, and what is paid settles the undisputed rest first."""
    waiting = tuple(promises)
    kept = sorted(disputes, key=lambda dispute: (dispute.opened_on, dispute.id))
    rest = max(open - sum(dispute.amount for dispute in kept), 0)
    found = [OpenItem(debt=Debt(invoice_id), due_on=due_on, open=rest, services=services, pauses=waiting)]
    left = open - rest
    for dispute in kept:
        amount = min(dispute.amount, left)
        left -= amount
        stands_still = Pause(dispute.opened_on, dispute.closed_on)
        found.append(
            OpenItem(
                debt=Debt(invoice_id, dispute.id),
                due_on=due_on,
                open=amount,
                services=services,
                pauses=(stands_still, *waiting),
            )
        )
    return tuple(item for item in found if item.open > 0)


def services_frozen(scope: FreezeScope, items: Iterable[OpenItem], *, prepaid: Iterable[Service]) -> frozenset[Service]:
    """What a freeze for these debts takes away. What is prepaid goes on, and so does signing in: paying needs it."""
    unpaid = frozenset(service for item in items for service in item.services)
    stopped = frozenset(Service) if scope is FreezeScope.TENANT else unpaid
    return stopped - frozenset(prepaid) - {Service.LOGIN}
