"""Limits over HTTP: what applies now and next, and what the platform sets and tenants declare."""

from typing import Annotated

import msgspec
from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from frostgate.base.web import NEEDS
from frostgate.directory.model import NAME, Name
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.directory.store import get_tenant
from frostgate.limits import service, store
from frostgate.limits.errors import TenantMissing
from frostgate.limits.meter import Meter
from frostgate.limits.model import ANY, PATTERN, BatchWindow, Override, Pattern, Plan, Quota, TenantPlan
from frostgate.limits.service import PlanDraft, WindowDraft
from frostgate.limits.shown import LimitsView, limit_view

TenantQuery = Annotated[
    str | None, QueryParameter(name="tenant", max_length=63, description="Whose; the caller's own, where it has one.")
]
KeyQuery = Annotated[
    str | None,
    QueryParameter(max_length=256, pattern=NAME, description="The API key; without one, the total of all keys."),
]
MethodQuery = Annotated[
    str, QueryParameter(max_length=128, pattern=PATTERN, description="The method; `*`: one without a quota of its own.")
]

_READ = {NEEDS: Permission.LIMITS_READ}
_WRITE = {NEEDS: Permission.LIMITS_WRITE}
_DECLARE = {NEEDS: Permission.BATCH_WINDOWS_WRITE}


class Assignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which plan a tenant is to have, and its own total where the plan's does not suit it."""

    plan: str
    total: Quota | None = None


class OverrideDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quota of a tenant's own: for one key, or for each of its keys."""

    key: Name | None = None
    method: Pattern = ANY
    quota: Quota


@get("/limits", opt=_READ, sync_to_thread=True, summary="What limits a key: now and next, and what is left")
def read_limits(
    work: Work,
    principal: Who,
    meter: NamedDependency[Meter],
    tenant: TenantQuery = None,
    key: KeyQuery = None,
    method: MethodQuery = ANY,
) -> LimitsView:
    """Nothing is taken by looking."""
    tenant_id = tenant or principal.tenant_id
    if tenant_id is None:
        raise TenantMissing
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
    at = work.clock.now()
    limits = [limit_view(reading, meter.book, tenant_id, at) for reading in meter.look(tenant_id, key, method)]
    return LimitsView(tenant_id=tenant_id, key=key, method=method, at=at, limits=limits)


# Plans


@get("/plans", opt=_READ, sync_to_thread=True, summary="The plans; a tenant sees its own")
def list_plans(work: Work, principal: Who, after: After = None, limit: Limit = 100) -> Page[Plan]:
    """In order of their ids."""
    with work.look() as connection:
        found = store.list_plans(connection, of_tenant=principal.tenant_id, after=after or "", limit=limit + 1)
    return page_of(found, limit)


@put("/plans/{plan_id:str}", opt=_WRITE, sync_to_thread=True, summary="Make or change a plan")
def put_plan(plan_id: FromPath[str], data: JSONBody[PlanDraft], work: Work, principal: Who) -> Plan:
    """The whole plan: what is left out is empty."""
    principal.within(None)
    with work.begin() as tx:
        return service.put_plan(tx, plan_id, data, actor=principal.actor)


@delete("/plans/{plan_id:str}", opt=_WRITE, sync_to_thread=True, summary="Remove an unused plan")
def remove_plan(plan_id: FromPath[str], work: Work, principal: Who) -> None:
    """A plan that tenants have stays."""
    principal.within(None)
    with work.begin() as tx:
        service.remove_plan(tx, plan_id, actor=principal.actor)


# A tenant's plan


@get("/tenants/{tenant_id:str}/plan", opt=_READ, sync_to_thread=True, summary="Which plan a tenant has")
def get_tenant_plan(tenant_id: TenantId, work: Work, principal: Who) -> TenantPlan:
    """404 where it has none."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        return store.get_assigned(connection, tenant_id=tenant_id)


@put("/tenants/{tenant_id:str}/plan", opt=_WRITE, sync_to_thread=True, summary="Give a tenant a plan")
def assign_plan(tenant_id: TenantId, data: JSONBody[Assignment], work: Work, principal: Who) -> TenantPlan:
    """From the next take on. Buckets stay as full in proportion as they are."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return service.assign_plan(tx, data.plan, tenant_id=tenant_id, total=data.total, actor=principal.actor)


@delete("/tenants/{tenant_id:str}/plan", opt=_WRITE, sync_to_thread=True, summary="Take a tenant's plan away")
def unassign_plan(tenant_id: TenantId, work: Work, principal: Who) -> None:
    """Only its own quotas limit it then."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.unassign_plan(tx, tenant_id=tenant_id, actor=principal.actor)


# A tenant's own quotas


@get("/tenants/{tenant_id:str}/quotas", opt=_READ, sync_to_thread=True, summary="A tenant's own quotas")
def list_overrides(
    tenant_id: TenantId, work: Work, principal: Who, after: After = None, limit: Limit = 100
) -> Page[Override]:
    """Oldest first."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = store.list_overrides(connection, tenant_id=tenant_id, after=after or "", limit=limit + 1)
    return page_of(found, limit)


@put(
    "/tenants/{tenant_id:str}/quotas",
    opt=_WRITE,
    sync_to_thread=True,
    summary="Give a tenant, or one key of it, a quota of its own",
)
def override_quota(tenant_id: TenantId, data: JSONBody[OverrideDraft], work: Work, principal: Who) -> Override:
    """It goes before the plan's. One for the same key and method is replaced."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return service.override_quota(
            tx, data.quota, tenant_id=tenant_id, key=data.key, method=data.method, actor=principal.actor
        )


@delete(
    "/tenants/{tenant_id:str}/quotas/{override_id:str}",
    opt=_WRITE,
    sync_to_thread=True,
    summary="Remove a quota of a tenant's own",
)
def remove_override(tenant_id: TenantId, override_id: FromPath[str], work: Work, principal: Who) -> None:
    """The less specific one applies again."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.remove_override(tx, override_id, tenant_id=tenant_id, actor=principal.actor)


# Batch windows


@get("/tenants/{tenant_id:str}/batch-windows", opt=_READ, sync_to_thread=True, summary="A tenant's batch windows")
def list_windows(
    tenant_id: TenantId, work: Work, principal: Who, after: After = None, limit: Limit = 100
) -> Page[BatchWindow]:
    """Oldest first."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = store.list_windows(connection, tenant_id=tenant_id, after=after or "", limit=limit + 1)
    return page_of(found, limit)


@post("/tenants/{tenant_id:str}/batch-windows", opt=_DECLARE, sync_to_thread=True, summary="Declare a batch window")
def declare_window(tenant_id: TenantId, data: JSONBody[WindowDraft], work: Work, principal: Who) -> BatchWindow:
    """Times are the tenant's own, by the clock on the wall; an end that is not later than the start is the next day."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return service.declare_window(tx, data, tenant_id=tenant_id, actor=principal.actor)


@put(
    "/tenants/{tenant_id:str}/batch-windows/{window_id:str}",
    opt=_DECLARE,
    sync_to_thread=True,
    summary="Change a batch window",
)
def change_window(
    tenant_id: TenantId, window_id: FromPath[str], data: JSONBody[WindowDraft], work: Work, principal: Who
) -> BatchWindow:
    """The whole window: what is left out is as if it had never been said."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return service.declare_window(tx, data, tenant_id=tenant_id, window_id=window_id, actor=principal.actor)


@delete(
    "/tenants/{tenant_id:str}/batch-windows/{window_id:str}",
    opt=_DECLARE,
    sync_to_thread=True,
    summary="Withdraw a batch window",
)
def withdraw_window(tenant_id: TenantId, window_id: FromPath[str], work: Work, principal: Who) -> None:
    """Also while it is open."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.withdraw_window(tx, window_id, tenant_id=tenant_id, actor=principal.actor)


ROUTES = Router(
    "/",
    tags=["limits"],
    route_handlers=[
        read_limits,
        list_plans,
        put_plan,
        remove_plan,
        get_tenant_plan,
        assign_plan,
        unassign_plan,
        list_overrides,
        override_quota,
        remove_override,
        list_windows,
        declare_window,
        change_window,
        withdraw_window,
    ],
)
