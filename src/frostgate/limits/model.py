"""Quotas, plans and batch windows, and the bucket that a quota is taken from. Pure: no clock, no database.

A bucket follows the generic cell rate algorithm (GCRA; ITU-T I.371, Annex A, the virtual scheduling form): it remembers
one number, the theoretical arrival time (TAT), which is when it will be full again. All arithmetic is in integers. Time
comes in microseconds, and is counted in ticks of 1/`events` of a microsecond, in which one unit of cost takes exactly
`per_seconds` times a million ticks to come back: nothing is ever rounded in anybody's favour.
"""

import enum
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

import msgspec

from frostgate.base.model import Fact
from frostgate.directory.model import Name

ANY = "*"  # as a method: all methods together, from one bucket
MICROSECONDS = 1_000_000
MOST = 1_000_000_000  # events, burst or cost: ten digits fit into the fields that carry them
LONGEST = 31 * 86_400
SLOWEST = 366 * 86_400  # seconds that an empty bucket may take to fill: until then, times must fit into a calendar

METHOD = r"^[A-Za-z0-9._:/-]+$(?!\n)"  # goes into a header as it is
PATTERN = r"^(\*|[A-Za-z0-9._:/-]+)$(?!\n)"

Method = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=METHOD)]
Pattern = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=PATTERN)]
Cost = Annotated[int, msgspec.Meta(ge=1, le=MOST)]
LocalTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")]
Factor = Annotated[int, msgspec.Meta(ge=1, le=100)]


class Quota(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many events in so many seconds for as long as one likes, and at most `burst` of them at once."""

    events: Annotated[int, msgspec.Meta(ge=1, le=MOST)]
    per_seconds: Annotated[int, msgspec.Meta(ge=1, le=LONGEST)]
    burst: Annotated[int, msgspec.Meta(ge=1, le=MOST)]

    @property
    def unit(self) -> int:
        """Ticks until one unit of cost has come back."""
        return self.per_seconds * MICROSECONDS

    @property
    def capacity(self) -> int:
        """Ticks until an empty bucket is full."""
        return self.burst * self.per_seconds * MICROSECONDS

    @property
    def is_too_slow(self) -> bool:
        """Whether an empty bucket would take longer to fill than anybody waits."""
        return self.capacity > self.events * SLOWEST * MICROSECONDS

    def times(self, multiplier: int) -> "Quota":
        """The quota while a batch window multiplies it.

        Rate and burst grow alike, so an empty bucket takes as long to fill as before: a bucket that nobody looked at
        while windows opened and closed is exactly as full as if somebody had.
        """
        return msgspec.structs.replace(self, events=self.events * multiplier, burst=self.burst * multiplier)


# The bucket


class Level(msgspec.Struct, frozen=True, gc=False):
    """What a bucket holds."""

    remaining: int  # whole units that can be taken now
    reset: int  # microseconds until it is full again
    window: int  # microseconds over which `remaining` can be spent evenly without being refused; until one, at none


class Allowed(msgspec.Struct, frozen=True, gc=False):
    """The units were taken; `level` is what is left."""

    level: Level


class Refused(msgspec.Struct, frozen=True, gc=False):
    """Nothing was taken. The same take succeeds after `retry_after` microseconds; None: it never will."""

    level: Level
    retry_after: int | None


def level(tat: int, now: int, quota: Quota) -> Level:
    """What a bucket holds at `now` (microseconds)."""
    debt = max(tat - now * quota.events, 0)
    return _level(debt, quota)


def take(tat: int, now: int, cost: int, quota: Quota) -> tuple[int, Allowed | Refused]:
    """Take `cost` units from a bucket at `now` (microseconds): its new TAT (ticks), and what came of it.

    A bucket that was never used has a TAT of 0. An earlier `now` than before finds the bucket emptier, never fuller.
    """
    arrival = now * quota.events
    debt = max(tat - arrival, 0)
    after = debt + cost * quota.unit
    short = after - quota.capacity
    if short <= 0:
        return arrival + after, Allowed(_level(after, quota))
    retry_after = None if cost > quota.burst else _up(short, quota.events)
    return tat, Refused(_level(debt, quota), retry_after)


def rescaled(tat: int, now: int, before: Quota, after: Quota) -> int:
    """The TAT of a bucket whose quota changes at `now`: as full in proportion as it was, rounded to the emptier.

    Whoever had used up everything gets no new burst, and whoever had half left has half left.
    """
    debt = min(max(tat - now * before.events, 0), before.capacity)
    return now * after.events + _up(debt * after.capacity, before.capacity)


def _level(debt: int, quota: Quota) -> Level:
    spare = max(quota.capacity - debt, 0)
    remaining = spare // quota.unit
    ticks = remaining * quota.unit if remaining else quota.unit - spare
    return Level(remaining, _up(debt, quota.events), _up(ticks, quota.events))


def _up(dividend: int, divisor: int) -> int:
    """The quotient, rounded up."""
    return -(-dividend // divisor)


# What the platform sets


class MethodQuota(Quota, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quota for one method, or for all that have none of their own."""

    method: Pattern

    @property
    def quota(self) -> Quota:
        """The numbers alone."""
        return Quota(events=self.events, per_seconds=self.per_seconds, burst=self.burst)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What tenants of one kind may do: quotas of each of their keys, and one for all keys together."""

    id: str  # a slug
    name: Name
    quotas: tuple[MethodQuota, ...]
    total: Quota | None
    batch_multiplier: Factor  # the most that a batch window may multiply; 1: no batch windows
    changed_at: datetime


class TenantPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Which plan a tenant has; `total` is the tenant's own instead of the plan's."""

    tenant_id: str
    plan_id: str
    total: Quota | None
    assigned_at: datetime


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A quota of one tenant that goes before its plan's."""

    id: str
    tenant_id: str
    key: str | None  # None: each of its keys
    method: Pattern
    quota: Quota
    set_at: datetime


# What the tenant declares


class Weekday(enum.StrEnum):
    """The day on which a batch window begins, by the tenant's calendar."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEK = tuple(Weekday)


class BatchWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Recurring off-peak times in which a key gets a larger quota, by the clock on the tenant's wall.

    Where `ends` is not later than `starts`, it is the next day's. `valid_from` and `valid_until` are the first and the
    last day on which it begins.
    """

    id: str
    tenant_id: str
    key: str
    method: Pattern
    days: tuple[Weekday, ...]
    starts: LocalTime
    ends: LocalTime
    multiplier: int
    valid_from: date | None
    valid_until: date | None
    label: str | None
    declared_at: datetime


# Which quota applies


class Source(enum.StrEnum):
    """Where a quota comes from, the most specific first."""

    KEY = "key"  # an override for this key
    TENANT = "tenant"  # an override for the tenant
    PLAN = "plan"


class Found(msgspec.Struct, frozen=True):
    """The quota that applies to a key and a method, or to all keys together, before any batch window."""

    source: Source
    method: str | None  # None: the total of all keys and methods
    quota: Quota


def find(
    plan: Plan | None, overrides: Mapping[tuple[str | None, str], Quota], *, key: str, method: str
) -> Found | None:
    """The most specific quota of a key for a method; None: it has none, and no limit.

    The key's own for the method, the key's own for all, the tenant's for the method, the tenant's for all, the plan's
    for the method, the plan's for all.
    """
    for source, owner in ((Source.KEY, key), (Source.TENANT, None)):
        for pattern in (method, ANY):
            quota = overrides.get((owner, pattern))
            if quota is not None:
                return Found(source, pattern, quota)
    by_method = {} if plan is None else {each.method: each.quota for each in plan.quotas}
    for pattern in (method, ANY):
        if pattern in by_method:
            return Found(Source.PLAN, pattern, by_method[pattern])
    return None


def find_total(plan: Plan | None, assigned: TenantPlan | None) -> Found | None:
    """The quota of all keys of a tenant together."""
    if assigned is not None and assigned.total is not None:
        return Found(Source.TENANT, None, assigned.total)
    if plan is not None and plan.total is not None:
        return Found(Source.PLAN, None, plan.total)
    return None


# Facts


class PlanChanged(Fact, frozen=True, kw_only=True):
    """A plan is new or changed; `plan` is how it stands now."""

    name = "plan.changed"

    plan: Plan


class PlanRemoved(Fact, frozen=True, kw_only=True):
    """A plan that no tenant had is gone."""

    name = "plan.removed"

    plan: Plan


class PlanAssigned(Fact, frozen=True, kw_only=True):
    """A tenant has this plan from now on."""

    name = "plan.assigned"

    assigned: TenantPlan


class PlanUnassigned(Fact, frozen=True, kw_only=True):
    """A tenant has no plan any more."""

    name = "plan.unassigned"

    assigned: TenantPlan


class QuotaOverridden(Fact, frozen=True, kw_only=True):
    """A tenant or a key of it has a quota of its own."""

    name = "quota.overridden"

    override: Override


class OverrideRemoved(Fact, frozen=True, kw_only=True):
    """A quota of its own is gone; the less specific one applies."""

    name = "quota.override_removed"

    override: Override


class BatchWindowDeclared(Fact, frozen=True, kw_only=True):
    """A tenant declared a batch window, or changed one; `window` is how it stands now."""

    name = "batch_window.declared"

    window: BatchWindow


class BatchWindowWithdrawn(Fact, frozen=True, kw_only=True):
    """A batch window is gone."""

    name = "batch_window.withdrawn"

    window: BatchWindow


CHANGES: tuple[type[Fact], ...] = (
    PlanChanged,
    PlanRemoved,
    PlanAssigned,
    PlanUnassigned,
    QuotaOverridden,
    OverrideRemoved,
    BatchWindowDeclared,
    BatchWindowWithdrawn,
)
