"""Prices, plans and usage over HTTP: what the platform publishes, and what a tenant has, used and owes for it."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from frostgate.base.calendar import Calendar, check_day
from frostgate.base.web import NEEDS
from frostgate.billing.pricing import service, store
from frostgate.billing.pricing.model import (
    Assigned,
    BillingPlan,
    BillingPlanDraft,
    BillingPlanUnknown,
    Period,
    PriceList,
    PriceListDraft,
    UsageDay,
    UsageRecord,
    unit_named,
)
from frostgate.billing.pricing.rating import Line
from frostgate.billing.pricing.service import AssignmentDraft
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.directory.store import get_tenant

Number = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Before = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="Only those with a smaller number.")]
SeriesQuery = Annotated[str | None, QueryParameter(max_length=63, description="Of one series only.")]
MonthQuery = Annotated[
    date | None, QueryParameter(description="Any day of the month, by the tenant's calendar; today's, where none is.")
]
DayQuery = Annotated[date | None, QueryParameter(description="By the tenant's calendar; today, where none is given.")]
UnitQuery = Annotated[str | None, QueryParameter(max_length=63, description="Of one unit only.")]

_READ = {NEEDS: Permission.BILLING_READ}
_PUBLISH = {NEEDS: Permission.BILLING_PUBLISH}


class MonthView(msgspec.Struct, frozen=True, kw_only=True):
    """What a tenant used in a month, day by day, and what it costs by the prices of those days.

    Quantities are in messages, seconds and tokens. `end` is the first day after the month.
    """

    first: date
    end: date
    days: list[UsageDay]
    lines: tuple[Line, ...]


# What the platform publishes


@get(
    "/billing/price-lists",
    opt=_READ,
    sync_to_thread=True,
    summary="The price lists, newest first; a tenant sees those of its plans",
)
def list_price_lists(
    work: Work, principal: Who, series: SeriesQuery = None, before: Before = None, limit: Limit = 100
) -> list[PriceList]:
    """Of a series, the one in force began last; of those that began on one day it is the one with the higher number."""
    with work.look() as connection:
        return store.list_price_lists(
            connection, series=series, of_tenant=principal.tenant_id, before=before, limit=limit
        )


@get("/billing/price-lists/{number:int}", opt=_READ, sync_to_thread=True, summary="One price list")
def read_price_list(number: FromPath[Number], work: Work, principal: Who) -> PriceList:
    """A price list never changes once it has a number. Others' prices are none of a tenant's business."""
    with work.look() as connection:
        return store.get_price_list(connection, number, of_tenant=principal.tenant_id)


@post("/billing/price-lists", opt=_PUBLISH, sync_to_thread=True, summary="Publish a price list")
def publish_price_list(data: JSONBody[PriceListDraft], work: Work, principal: Who) -> PriceList:
    """Prices are in millionths of a minor unit. In force from midnight of its day, in each tenant's own zone."""
    principal.within(None)
    with work.begin() as tx:
        return service.publish_prices(tx, data, actor=principal.actor)


@get("/billing/plans", opt=_READ, sync_to_thread=True, summary="The billing plans, newest first; a tenant sees its own")
def list_plans(work: Work, principal: Who, before: Before = None, limit: Limit = 100) -> list[BillingPlan]:
    """Of a tenant those that it has, had, or will have."""
    with work.look() as connection:
        return store.list_plans(connection, of_tenant=principal.tenant_id, before=before, limit=limit)


@get("/billing/plans/{number:int}", opt=_READ, sync_to_thread=True, summary="One billing plan")
def read_plan(number: FromPath[Number], work: Work, principal: Who) -> BillingPlan:
    """A plan never changes once it has a number. Other tenants' terms are none of a tenant's business."""
    with work.look() as connection:
        if principal.tenant_id is not None:
            own = store.list_assigned(connection, tenant_id=principal.tenant_id)
            if number not in {each.plan for each in own}:
                raise BillingPlanUnknown
        return store.get_plan(connection, number)


@post("/billing/plans", opt=_PUBLISH, sync_to_thread=True, summary="Publish a billing plan")
def publish_plan(data: JSONBody[BillingPlanDraft], work: Work, principal: Who) -> BillingPlan:
    """Tenants that have another plan keep it until they are given this one."""
    principal.within(None)
    with work.begin() as tx:
        return service.publish_plan(tx, data, actor=principal.actor)


# A tenant's own


@get(
    "/tenants/{tenant_id:str}/billing-plans",
    opt=_READ,
    sync_to_thread=True,
    summary="Which billing plans a tenant had, has and will have",
)
def list_assigned(tenant_id: TenantId, work: Work, principal: Who) -> list[Assigned]:
    """The earliest first; each counts until the next one begins."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        return store.list_assigned(connection, tenant_id=tenant_id)


@put(
    "/tenants/{tenant_id:str}/billing-plans", opt=_PUBLISH, sync_to_thread=True, summary="Give a tenant a billing plan"
)
def assign_plan(tenant_id: TenantId, data: JSONBody[AssignmentDraft], work: Work, principal: Who) -> Assigned:
    """The first begins on any day, each later one at the beginning of a month to come. One for that day is replaced."""
    principal.within(None)
    with work.begin() as tx:
        return service.assign_plan(tx, data, tenant_id=tenant_id, actor=principal.actor)


@get(
    "/tenants/{tenant_id:str}/usage",
    opt=_READ,
    sync_to_thread=True,
    summary="What a tenant used in a month, and what it costs",
)
def read_usage(tenant_id: TenantId, work: Work, principal: Who, month: MonthQuery = None) -> MonthView:
    """In the current month: so far. Lines come before discounts, credit notes and what was paid."""
    principal.within(tenant_id)
    if month is not None:
        check_day(month)
    with work.look() as connection:
        tenant = get_tenant(connection, tenant_id)
        period = Period.of(month or Calendar(time_zone=tenant.time_zone).day_of(work.clock.now()))
        return MonthView(
            first=period.first,
            end=period.end,
            days=store.list_days(connection, tenant_id=tenant_id, first=period.first, end=period.end),
            lines=service.rate_period(connection, period, tenant_id=tenant_id),
        )


@get(
    "/tenants/{tenant_id:str}/usage/events",
    opt=_READ,
    sync_to_thread=True,
    summary="The events that a tenant's usage of a day is made of",
)
def list_records(
    tenant_id: TenantId,
    work: Work,
    principal: Who,
    unit: UnitQuery = None,
    day: DayQuery = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[UsageRecord]:
    """In the order in which they were told. `day` is the one that they are billed for; `at`, when they happened."""
    principal.within(tenant_id)
    metered = None if unit is None else unit_named(unit)
    with work.look() as connection:
        tenant = get_tenant(connection, tenant_id)
        billed = day or Calendar(time_zone=tenant.time_zone).day_of(work.clock.now())
        found = store.list_records(
            connection, tenant_id=tenant_id, day=billed, unit=metered, after=after or "", limit=limit + 1
        )
    return page_of(found, limit)


ROUTES = Router(
    "/",
    tags=["billing"],
    route_handlers=[
        list_price_lists,
        read_price_list,
        publish_price_list,
        list_plans,
        read_plan,
        publish_plan,
        list_assigned,
        assign_plan,
        read_usage,
        list_records,
    ],
)
