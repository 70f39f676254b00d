"""What is counted, what it costs, and under which plan. Pure values: no clock, no database.

Usage is counted in the smallest measure that is never rounded (a message, a second, a token) and priced by the unit
that people know (a message, a minute, an hour, a token). A price is a whole number of millionths of a minor unit, so
that 0.0005 CNY a token is exact: 50,000.
"""

import enum
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated

import msgspec

from frostgate.base.calendar import DAY, add_months
from frostgate.base.errors import Conflict, NotFound, Refused
from frostgate.base.model import Fact
from frostgate.directory.model import Name
from frostgate.standing.model import Service

MILLIONTHS = 1_000_000  # of a minor unit: how fine a price is
MOST = 10**12  # of one event, and where the last tier may begin; sums of many still fit into 64 bits

Price = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Units = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Slug = Annotated[str, msgspec.Meta(max_length=63, pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$(?!\n)")]


class Unit(enum.StrEnum):
    """What is metered, by the unit that its price is for."""

    MESSAGE = "message"
    VOICE_MINUTE = "voice_minute"
    VIDEO_MINUTE = "video_minute"
    LIVE_HOUR = "live_hour"
    AI_TOKEN = "ai_token"  # noqa: S105 - a piece of text, not a password


# How many of the smallest measure make one unit: seconds of a minute and of an hour; messages and tokens are whole.
MEASURES: Mapping[Unit, int] = {
    Unit.MESSAGE: 1,
    Unit.VOICE_MINUTE: 60,
    Unit.VIDEO_MINUTE: 60,
    Unit.LIVE_HOUR: 3600,
    Unit.AI_TOKEN: 1,
}

SERVICE_OF: Mapping[Unit, Service] = {
    Unit.MESSAGE: Service.MESSAGING,
    Unit.VOICE_MINUTE: Service.VOICE,
    Unit.VIDEO_MINUTE: Service.VIDEO,
    Unit.LIVE_HOUR: Service.LIVE,
    Unit.AI_TOKEN: Service.CONVERSATIONAL_AI,
}


class UnitUnknown(Refused):
    """Nothing of this name is metered; `unit` is what was given."""

    code = "usage.unit_unknown"


class QuantityUnusable(Refused):
    """A quantity below zero, or too large for one event: what was counted wrongly is put right by a credit note."""

    code = "usage.quantity_unusable"


class UsageReused(Conflict):
    """The same event was recorded with another quantity, unit, account or time."""

    code = "usage.event_reused"


class PriceListUnknown(NotFound):
    """There is no price list of this number, or of this series."""

    code = "price_list.unknown"


class PriceListUnusable(Refused):
    """The rates contradict each other; `unit` is the one to blame."""

    code = "price_list.unusable"


class PriceListStartsPast(Refused):
    """It would change the price of what was used already."""

    code = "price_list.starts_past"


class PriceListCurrency(Refused):
    """The series has another currency, and so have the plans that use it."""

    code = "price_list.currency_differs"


class PriceMissing(Refused):
    """Something was used on a day on which no price list has a price for it."""

    code = "price_list.price_missing"


class BillingPlanUnknown(NotFound):
    """There is no billing plan of this number."""

    code = "billing_plan.unknown"


class BillingPlanUnusable(Refused):
    """A login is no service that is billed, so it cannot be prepaid."""

    code = "billing_plan.unusable"


class BillingPlanNotAssigned(NotFound):
    """The tenant has no billing plan on this day."""

    code = "billing_plan.not_assigned"


class BillingPlanStarts(Refused):
    """A plan follows another at the beginning of a month that has not begun; `earliest` says which could be next."""

    code = "billing_plan.starts_unusable"


# Price lists


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From so many units of a period on, each further one costs so much."""

    beyond: Units = 0
    price: Price  # millionths of a minor unit, for one unit


class Rate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one unit costs. The first `free` units of a period cost nothing; they count for the tiers all the same."""

    unit: Unit
    tiers: Annotated[tuple[Tier, ...], msgspec.Meta(min_length=1, max_length=50)]
    free: Units = 0


class PriceListDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price list as the platform describes it: one of a series that plans name, in force from a day on."""

    series: Slug
    currency: str
    valid_from: date  # from midnight in each tenant's own zone
    rates: Annotated[tuple[Rate, ...], msgspec.Meta(min_length=1, max_length=20)]


class PriceList(PriceListDraft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price list as it was published. It never changes; another one follows it."""

    number: int
    published_at: datetime
    published_by: str

    def rate_of(self, unit: Unit) -> Rate | None:
        """What a unit costs by this list, if it has a price."""
        return next((rate for rate in self.rates if rate.unit is unit), None)


def check_rates(rates: Iterable[Rate]) -> None:
    """Pass rates of which each unit has one, with tiers that begin at nothing and rise.

    Raises:
        PriceListUnusable: they leave open what something costs.
    """
    seen: set[Unit] = set()
    for place, rate in enumerate(rates):
        begins = [tier.beyond for tier in rate.tiers]
        if rate.unit in seen or begins[0] != 0 or begins != sorted(set(begins)):
            raise PriceListUnusable(pointer=f"/rates/{place}", unit=rate.unit.value)
        seen.add(rate.unit)


def in_force(lists: Iterable[PriceList], day: date) -> PriceList | None:
    """The list that counts on a day: which began last, and of those that began together was published last."""
    begun = [each for each in lists if each.valid_from <= day]
    return max(begun, key=lambda each: (each.valid_from, each.number), default=None)


# Plans


class FreezeScope(enum.StrEnum):
    """What an unpaid bill takes away. What is prepaid goes on either way."""

    TENANT = "tenant"
    UNPAID_SERVICES = "unpaid_services"


class ReleaseBy(enum.StrEnum):
    """What ends the freeze once everything is paid."""

    PAYMENT = "payment"  # within a second of the posting
    APPROVAL = "approval"


class BillingPlanDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The terms on which tenants are billed (计费方案), each calendar month by itself."""

    name: Name
    currency: str
    prices: Slug  # the series of price lists
    payment_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 30  # from the day of the invoice to the due date
    dunning: Slug = "standard"  # the policy of notices, grace and freeze
    prepaid: tuple[Service, ...] = ()  # paid from the balance as they are used; all others by invoice
    freeze_scope: FreezeScope = FreezeScope.TENANT
    release: ReleaseBy = ReleaseBy.PAYMENT


class BillingPlan(BillingPlanDraft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan as it was published. It never changes: who is to have other terms is given another plan."""

    number: int
    published_at: datetime
    published_by: str


class Assigned(msgspec.Struct, frozen=True, kw_only=True):
    """Which plan a tenant has from a day on, until the next one begins."""

    tenant_id: str
    from_day: date
    plan: int  # its number
    region: str | None  # whose public holidays count; None: Monday to Friday are working days
    assigned_at: datetime
    assigned_by: str


class Period(msgspec.Struct, frozen=True):
    """A calendar month in the tenant's zone."""

    first: date
    end: date  # the first day after it

    @classmethod
    def of(cls, day: date) -> "Period":
        """The month that a day belongs to."""
        first = day.replace(day=1)
        return cls(first, add_months(first, 1))

    @property
    def name(self) -> str:
        """The month, such as "2026-10"."""
        return self.first.isoformat()[:7]

    @property
    def last(self) -> date:
        """The last day that belongs to it."""
        return self.end - DAY

    @property
    def days(self) -> list[date]:
        """Its days, in order."""
        return [self.first + count * DAY for count in range((self.end - self.first).days)]


# Usage


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What one event used. `tenant_id`, `source` and `event_id` name it for ever, like the event itself.

    Raises:
        QuantityUnusable: `quantity` is below zero, or too large for one event.
    """

    tenant_id: str
    source: str
    event_id: str
    account_id: str | None
    unit: Unit
    quantity: int  # messages, seconds or tokens
    at: datetime  # when it happened, UTC

    def __post_init__(self) -> None:
        if not 0 <= self.quantity <= MOST:
            raise QuantityUnusable(quantity=self.quantity, most=MOST)


class UsageRecord(Usage, frozen=True, kw_only=True):
    """Usage as it is kept, with the day that it is billed for."""

    id: str
    day: date
    recorded_at: datetime


class UsageDay(msgspec.Struct, frozen=True, kw_only=True):
    """The sum of what a tenant used of one unit and is billed for on one day."""

    unit: Unit
    day: date
    quantity: int  # messages, seconds or tokens
    events: int


def unit_named(text: str) -> Unit:
    """The unit of this name.

    Raises:
        UnitUnknown: nothing of this name is metered.
    """
    try:
        return Unit(text)
    except ValueError:
        raise UnitUnknown(unit=text) from None


# Facts


class PriceListPublished(Fact, frozen=True, kw_only=True):
    """A price list has its number, and counts from its day on."""

    name = "price_list.published"

    prices: PriceList


class BillingPlanPublished(Fact, frozen=True, kw_only=True):
    """A billing plan can be given to tenants."""

    name = "billing_plan.published"

    plan: BillingPlan


class BillingPlanAssigned(Fact, frozen=True, kw_only=True):
    """A tenant has this plan from a day on."""

    name = "billing_plan.assigned"

    assigned: Assigned


class UsageClosed(Fact, frozen=True, kw_only=True):
    """A tenant's days before this one are billed. What is told of them later is billed on this day."""

    name = "usage.closed"

    until: date
