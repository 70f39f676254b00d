"""Dunning over HTTP: what comes next and why, promises to pay, and what only a person decides."""

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from frostgate.base.web import NEEDS
from frostgate.billing.dunning import agreeing, store
from frostgate.billing.dunning.policy import Policy
from frostgate.billing.dunning.records import Decision, DunningPolicyUnknown, FreezeDecision, PauseDraft
from frostgate.billing.dunning.views import (
    WEEK,
    DunningView,
    PauseView,
    ReleaseView,
    UpcomingView,
    dunning_view,
    pause_view,
    release_view,
    upcoming_view,
)
from frostgate.directory.pages import After, Limit, Page
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work

_READ = {NEEDS: Permission.BILLING_READ}
_APPROVE = {NEEDS: Permission.BILLING_APPROVE}


@get("/billing/dunning/upcoming", opt=_READ, sync_to_thread=True, summary="What will be frozen within a week, and why")
def list_upcoming(work: Work, principal: Who, after: After = None, limit: Limit = 100) -> Page[UpcomingView]:
    """If nobody pays and every notice arrives. `limit` tenants are looked at, so a page may be short, or empty."""
    principal.within(None)
    now = work.clock.now()
    with work.look() as connection:
        looked_at = store.looked_at_before(connection, now + WEEK, after=after or "", limit=limit + 1)
        found = [upcoming_view(connection, tenant_id=each, now=now) for each in looked_at[:limit]]
    items = [each for each in found if each is not None]
    return Page(items, looked_at[limit - 1] if len(looked_at) > limit else None)


@get("/tenants/{tenant_id:str}/billing/dunning", opt=_READ, sync_to_thread=True, summary="What a tenant was told")
def read_dunning(tenant_id: TenantId, work: Work, principal: Who) -> DunningView:
    """Of its debts, with what people agreed to, and what comes next."""
    principal.within(tenant_id)
    with work.look() as connection:
        return dunning_view(connection, tenant_id=tenant_id, now=work.clock.now())


@post(
    "/tenants/{tenant_id:str}/billing/promises",
    opt={NEEDS: Permission.BILLING_PROMISE},
    sync_to_thread=True,
    summary="Promise to pay by a day",
)
def propose_promise(tenant_id: TenantId, data: JSONBody[PauseDraft], work: Work, principal: Who) -> PauseView:
    """About one invoice, or all. The clock goes on until a finance operator agrees."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return pause_view(agreeing.propose_promise(tx, data, tenant_id=tenant_id, by=principal))


@post(
    "/tenants/{tenant_id:str}/billing/promises/{promise_id:str}/approve",
    opt=_APPROVE,
    sync_to_thread=True,
    status_code=200,
    summary="Agree to a promise to pay",
)
def approve_promise(
    tenant_id: TenantId, promise_id: FromPath[str], data: JSONBody[Decision], work: Work, principal: Who
) -> PauseView:
    """In a session, and by somebody else than who proposed it. The clock stands still until the day is over."""
    principal.within(tenant_id)
    with work.begin() as tx:
        found = agreeing.approve_promise(tx, promise_id, tenant_id=tenant_id, answer=data.reason, by=principal)
    return pause_view(found)


@post(
    "/tenants/{tenant_id:str}/billing/promises/{promise_id:str}/reject",
    opt=_APPROVE,
    sync_to_thread=True,
    status_code=200,
    summary="Reject a promise to pay",
)
def reject_promise(
    tenant_id: TenantId, promise_id: FromPath[str], data: JSONBody[Decision], work: Work, principal: Who
) -> PauseView:
    """The clock goes on, as it did."""
    principal.within(tenant_id)
    with work.begin() as tx:
        found = agreeing.reject_promise(tx, promise_id, tenant_id=tenant_id, answer=data.reason, by=principal)
    return pause_view(found)


@post(
    "/tenants/{tenant_id:str}/billing/clock-holds",
    opt=_APPROVE,
    sync_to_thread=True,
    summary="Hold the clock of a tenant's debts until a day",
)
def hold_clock(tenant_id: TenantId, data: JSONBody[PauseDraft], work: Work, principal: Who) -> PauseView:
    """Of one invoice, or all, at once, with a reason."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return pause_view(agreeing.hold_clock(tx, data, tenant_id=tenant_id, by=principal))


@post(
    "/tenants/{tenant_id:str}/billing/dunning/freeze",
    opt=_APPROVE,
    sync_to_thread=True,
    status_code=200,
    summary="Freeze although the last notice did not arrive",
)
def decide_freeze(tenant_id: TenantId, data: JSONBody[FreezeDecision], work: Work, principal: Who) -> DunningView:
    """In a session, with a reason; not before 24 hours after the notice was sent, and in office hours."""
    principal.within(tenant_id)
    with work.begin() as tx:
        agreeing.decide_freeze(tx, data, tenant_id=tenant_id, by=principal)
        return dunning_view(tx.connection, tenant_id=tenant_id, now=tx.now)


@post(
    "/tenants/{tenant_id:str}/billing/dunning/release",
    opt=_APPROVE,
    sync_to_thread=True,
    status_code=200,
    summary="Give the services back, where the plan asks a person",
)
def approve_release(tenant_id: TenantId, data: JSONBody[Decision], work: Work, principal: Who) -> ReleaseView:
    """In a session, once nothing is overdue any more."""
    principal.within(tenant_id)
    with work.begin() as tx:
        found = agreeing.approve_release(tx, tenant_id=tenant_id, reason=data.reason, by=principal)
    return release_view(found)


@get("/billing/dunning/policies/{name:str}", opt=_READ, sync_to_thread=True, summary="A dunning policy")
def read_policy(name: FromPath[str], work: Work) -> Policy:
    """A plan that names none that there is follows `standard`."""
    with work.look() as connection:
        found = store.find_policy(connection, name)
    if found is None:
        raise DunningPolicyUnknown
    return found


@post(
    "/billing/dunning/policies",
    opt={NEEDS: Permission.BILLING_PUBLISH},
    sync_to_thread=True,
    summary="Publish a dunning policy",
)
def publish_policy(data: JSONBody[Policy], work: Work, principal: Who) -> Policy:
    """In place of one of the same name. What was said already is not said again."""
    principal.within(None)
    with work.begin() as tx:
        return agreeing.publish_policy(tx, data, actor=principal.actor)


ROUTES = Router(
    "/",
    tags=["billing"],
    route_handlers=[
        list_upcoming,
        read_dunning,
        propose_promise,
        approve_promise,
        reject_promise,
        hold_clock,
        decide_freeze,
        approve_release,
        read_policy,
        publish_policy,
    ],
)
