"""Publishing prices and plans, giving tenants plans, taking usage in, and rating what was used."""

from datetime import date

import msgspec
import sqlalchemy as sa

from frostgate.base.calendar import FURTHEST_EAST, Calendar, calendar_of, check_day
from frostgate.base.model import Actor
from frostgate.base.money import Money
from frostgate.base.uow import Tx
from frostgate.billing.pricing import store
from frostgate.billing.pricing.model import (
    SERVICE_OF,
    Assigned,
    BillingPlan,
    BillingPlanAssigned,
    BillingPlanDraft,
    BillingPlanPublished,
    BillingPlanStarts,
    BillingPlanUnusable,
    Period,
    PriceList,
    PriceListCurrency,
    PriceListDraft,
    PriceListPublished,
    PriceListStartsPast,
    PriceListUnknown,
    Usage,
    UsageClosed,
    UsageDay,
    UsageRecord,
    UsageReused,
    check_rates,
    in_force,
)
from frostgate.billing.pricing.rating import Line, costs_by_day, rate
from frostgate.directory.store import get_tenant, hold_tenant
from frostgate.standing.model import Service


class AssignmentDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which plan a tenant is to have, from when on, and whose public holidays count."""

    plan: int
    from_day: date
    region: str | None = None


def publish_prices(tx: Tx, draft: PriceListDraft, *, actor: Actor) -> PriceList:
    """Publish a price list under the next number. What the series has already is not published twice.

    It begins on a day that has begun nowhere on Earth, so that nothing becomes dearer after it was used. One that
    begins earlier keeps every price of the list that was in force on its day, and adds some for what had none: usage of
    that stands in the way of its month's invoice until then.

    Raises:
        CurrencyUnknown, PriceListUnusable, DayUnusable: a value cannot be used.
        PriceListCurrency, PriceListStartsPast: it does not go with the lists before it.
    """
    Money(0, draft.currency)
    check_rates(draft.rates)
    check_day(draft.valid_from, "/valid_from")
    series = store.list_price_lists(tx.connection, series=draft.series)
    for before in series:
        if _as_draft(before, PriceListDraft) == draft:
            return before
    if series and series[0].currency != draft.currency:
        raise PriceListCurrency(pointer="/currency", currency=series[0].currency)
    has_begun = draft.valid_from <= (tx.now + FURTHEST_EAST).date()
    if has_begun and not _only_adds(draft, in_force(series, draft.valid_from)):
        raise PriceListStartsPast(pointer="/valid_from")
    prices = PriceList(
        **msgspec.structs.asdict(draft),
        number=store.next_price_list(tx.connection),
        published_at=tx.now,
        published_by=str(actor),
    )
    store.add_price_list(tx.connection, prices)
    tx.state(PriceListPublished(tenant_id=None, prices=prices), actor=actor)
    return prices


def _only_adds(draft: PriceListDraft, before: PriceList | None) -> bool:
    """Whether a list has prices that the one before it did not have, and all that it had."""
    return frozenset(() if before is None else before.rates) < frozenset(draft.rates)


def publish_plan(tx: Tx, draft: BillingPlanDraft, *, actor: Actor) -> BillingPlan:
    """Publish a plan under the next number. One with the same terms is not published twice.

    Raises:
        CurrencyUnknown, BillingPlanUnusable: a value cannot be used.
        PriceListUnknown: nothing was published in the series of price lists.
        PriceListCurrency: the series has another currency.
    """
    Money(0, draft.currency)
    if Service.LOGIN in draft.prepaid:
        raise BillingPlanUnusable(pointer="/prepaid")
    draft = msgspec.structs.replace(draft, prepaid=tuple(each for each in Service if each in draft.prepaid))
    series = store.list_price_lists(tx.connection, series=draft.prices, limit=1)
    if not series:
        raise PriceListUnknown(pointer="/prices")
    if series[0].currency != draft.currency:
        raise PriceListCurrency(pointer="/currency", currency=series[0].currency)
    for before in store.list_plans(tx.connection):
        if _as_draft(before, BillingPlanDraft) == draft:
            return before
    plan = BillingPlan(
        **msgspec.structs.asdict(draft),
        number=store.next_plan(tx.connection),
        published_at=tx.now,
        published_by=str(actor),
    )
    store.add_plan(tx.connection, plan)
    tx.state(BillingPlanPublished(tenant_id=None, plan=plan), actor=actor)
    return plan


def assign_plan(tx: Tx, draft: AssignmentDraft, *, tenant_id: str, actor: Actor) -> Assigned:
    """Give a tenant a plan. The first begins on any day; each that follows at the beginning of a month to come.

    Raises:
        TenantUnknown, BillingPlanUnknown: there is no such tenant or plan.
        DayUnusable, RegionUnknown: a value cannot be used.
        BillingPlanStarts: it would change a month that has begun, or begin in the middle of one.
    """
    check_day(draft.from_day, "/from_day")
    tenant = hold_tenant(tx.connection, tenant_id)
    store.get_plan(tx.connection, draft.plan)
    calendar = calendar_of(tenant.time_zone, draft.region)
    had = store.list_assigned(tx.connection, tenant_id=tenant_id)
    assigned = Assigned(
        tenant_id=tenant_id,
        from_day=draft.from_day,
        plan=draft.plan,
        region=draft.region,
        assigned_at=tx.now,
        assigned_by=str(actor),
    )
    for before in had:
        if (before.from_day, before.plan, before.region) == (draft.from_day, draft.plan, draft.region):
            return before
    if had:
        earliest = max(Period.of(calendar.day_of(tx.now)).end, Period.of(had[0].from_day).end)
        if draft.from_day < earliest or draft.from_day.day != 1:
            raise BillingPlanStarts(pointer="/from_day", earliest=earliest.isoformat())
    else:
        store.close_until(tx.connection, date.min, tenant_id=tenant_id)  # none yet; a row that can be locked
    store.assign(tx.connection, assigned)
    tx.state(BillingPlanAssigned(tenant_id=tenant_id, assigned=assigned), actor=actor)
    return assigned


# Usage


def record_usage(tx: Tx, usage: Usage) -> bool:
    """Count what one event used, once: told again, it changes nothing; true where it was new.

    It is billed for the day in the tenant's zone on which it happened, or for the first open day where that one is
    billed already, so what an invoice says stays what its records say. No fact is stated: the event is stored with its
    decision, and the journal holds changes that somebody makes, not what everybody uses. The journal's head is taken
    all the same, because the rows that are locked here are those that billing locks after it (ADR 29).

    Raises:
        TenantUnknown: there is no such tenant.
        UsageReused: the event was told with other content.
    """
    tx.take_head()
    tenant = get_tenant(tx.connection, usage.tenant_id)
    day = Calendar(time_zone=tenant.time_zone).day_of(usage.at)
    is_open_from = store.closed_until(tx.connection, tenant_id=usage.tenant_id, lock=True)
    record = UsageRecord(
        **msgspec.structs.asdict(usage),
        id=tx.new_id(),
        day=day if is_open_from is None else max(day, is_open_from),
        recorded_at=tx.now,
    )
    if store.add_record(tx.connection, record):
        store.add_to_day(tx.connection, record)
        return True
    before = store.find_record(tx.connection, usage)
    assert before is not None, "BUG: a record that is there and is not"
    if _as_draft(before, Usage) != usage:
        raise UsageReused(event=usage.event_id)
    return False


def close_usage(tx: Tx, until: date, *, tenant_id: str, actor: Actor) -> None:
    """Say that a tenant's days before `until` are billed: whoever makes the invoice does, in the same transaction.

    Raises:
        TenantUnknown: there is no such tenant.
    """
    hold_tenant(tx.connection, tenant_id)
    before = store.closed_until(tx.connection, tenant_id=tenant_id)
    if before is not None and before >= until:
        return
    store.close_until(tx.connection, until, tenant_id=tenant_id)
    tx.state(UsageClosed(tenant_id=tenant_id, until=until), actor=actor)


def rate_period(connection: sa.Connection, period: Period, *, tenant_id: str) -> tuple[Line, ...]:
    """What a tenant used in a period, or so far in it, and what that costs by its plan.

    Raises:
        BillingPlanNotAssigned: it has no plan at the end of the period.
        PriceMissing: something was used on a day on which it has no price.
    """
    lists, usage, billed, prepaid = _rated_from(connection, period, tenant_id=tenant_id)
    return rate(lists, usage, billed, prepaid=prepaid)


def prepaid_costs(connection: sa.Connection, *, tenant_id: str, first: date, end: date) -> list[int]:
    """What each day before `end` cost a tenant of what is prepaid, in minor units: what forecasts are made of.

    Raises:
        BillingPlanNotAssigned, PriceMissing: a day cannot be rated.
    """
    costs: dict[date, int] = {}
    month = Period.of(first)
    while month.first < end:
        costs |= _prepaid_costs_of(connection, month, tenant_id=tenant_id)
        month = Period.of(month.end)
    return [cost for day, cost in sorted(costs.items()) if first <= day < end]


def _prepaid_costs_of(connection: sa.Connection, month: Period, *, tenant_id: str) -> dict[date, int]:
    lists, usage, period, prepaid = _rated_from(connection, month, tenant_id=tenant_id)
    own = [each for each in usage if SERVICE_OF[each.unit] in prepaid]
    return dict.fromkeys(month.days, 0) | costs_by_day(lists, own, period)


def _rated_from(
    connection: sa.Connection, period: Period, *, tenant_id: str
) -> tuple[list[PriceList], list[UsageDay], Period, tuple[Service, ...]]:
    """What a period is rated from: lists, usage, the part of it in which the tenant has a plan, what is prepaid."""
    assigned = store.get_assigned(connection, tenant_id=tenant_id, day=period.last)
    plan = store.get_plan(connection, assigned.plan)
    begins = max(period.first, store.list_assigned(connection, tenant_id=tenant_id)[0].from_day)
    usage = store.list_days(connection, tenant_id=tenant_id, first=begins, end=period.end)
    lists = store.list_price_lists(connection, series=plan.prices)
    return lists, usage, Period(begins, period.end), plan.prepaid


def _as_draft(value: msgspec.Struct, kind: type[msgspec.Struct]) -> msgspec.Struct:
    """What a stored value was made from: the same without what publishing added."""
    return kind(**{name: getattr(value, name) for name in kind.__struct_fields__})
