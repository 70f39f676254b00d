"""Thresholds and the budget over HTTP: the tenant sets them, and our finance operators read them."""

from datetime import datetime

import msgspec
from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from frostgate.base.web import NEEDS
from frostgate.billing.alerts import service, store
from frostgate.billing.alerts.looking import read_figures
from frostgate.billing.alerts.model import Direction, Measure, Recipient, share
from frostgate.billing.alerts.records import BudgetDraft, KeptThreshold, ThresholdDraft
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.directory.store import get_tenant

_READ = {NEEDS: Permission.BILLING_READ}
_SET = {NEEDS: Permission.BILLING_ANSWER}


class ThresholdView(msgspec.Struct, frozen=True, kw_only=True):
    """When whom is told; `spoken_at`: it was told then, and is silent until the value is back at `clear`."""

    id: str
    measure: Measure
    direction: Direction
    at: int
    clear: int
    recipients: tuple[Recipient, ...]
    spoken_at: datetime | None


class BudgetView(msgspec.Struct, frozen=True, kw_only=True):
    """What a month may cost and what this one did so far, in minor units; `share` is whole percent, rounded down.

    Null: there is no budget, or no plan and so no price.
    """

    amount: int | None
    currency: str | None
    spent: int | None
    share: int | None


@get("/tenants/{tenant_id:str}/billing/thresholds", opt=_READ, sync_to_thread=True, summary="A tenant's thresholds")
def list_thresholds(tenant_id: TenantId, work: Work, principal: Who) -> list[ThresholdView]:
    """With when each spoke, where it has not cleared since."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = store.list_thresholds(connection, tenant_id=tenant_id)
    return [_threshold(each) for each in found]


@post("/tenants/{tenant_id:str}/billing/thresholds", opt=_SET, sync_to_thread=True, summary="Set a threshold")
def add_threshold(tenant_id: TenantId, data: JSONBody[ThresholdDraft], work: Work, principal: Who) -> ThresholdView:
    """One that is reached already speaks within a minute."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return _threshold(service.add_threshold(tx, data, tenant_id=tenant_id, actor=principal.actor))


@put(
    "/tenants/{tenant_id:str}/billing/thresholds/{threshold_id:str}",
    opt=_SET,
    sync_to_thread=True,
    summary="Change a threshold",
)
def change_threshold(
    tenant_id: TenantId, threshold_id: FromPath[str], data: JSONBody[ThresholdDraft], work: Work, principal: Who
) -> ThresholdView:
    """With other recipients alone, what was told is not told again."""
    principal.within(tenant_id)
    with work.begin() as tx:
        changed = service.change_threshold(tx, threshold_id, data, tenant_id=tenant_id, actor=principal.actor)
    return _threshold(changed)


@delete(
    "/tenants/{tenant_id:str}/billing/thresholds/{threshold_id:str}",
    opt=_SET,
    sync_to_thread=True,
    summary="Remove a threshold",
)
def remove_threshold(tenant_id: TenantId, threshold_id: FromPath[str], work: Work, principal: Who) -> None:
    """It is watched no more."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.remove_threshold(tx, threshold_id, tenant_id=tenant_id, actor=principal.actor)


@get("/tenants/{tenant_id:str}/billing/budget", opt=_READ, sync_to_thread=True, summary="A tenant's budget")
def read_budget(tenant_id: TenantId, work: Work, principal: Who) -> BudgetView:
    """And how much of it this month has used."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        amount = store.find_budget(connection, tenant_id=tenant_id)
        figures = read_figures(connection, tenant_id=tenant_id, at=work.clock.now())
    if figures is None or amount is None:
        return BudgetView(amount=amount, currency=None, spent=None, share=None)
    used = share(figures.spent, amount)
    return BudgetView(amount=amount, currency=figures.cover.currency, spent=figures.spent, share=used)


@put("/tenants/{tenant_id:str}/billing/budget", opt=_SET, sync_to_thread=True, summary="Set a tenant's budget")
def put_budget(tenant_id: TenantId, data: JSONBody[BudgetDraft], work: Work, principal: Who) -> BudgetDraft:
    """What a month may cost, in minor units of the plan's currency; null takes it away. Nothing stops where it ends."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.set_budget(tx, data.amount, tenant_id=tenant_id, actor=principal.actor)
    return data


def _threshold(kept: KeptThreshold) -> ThresholdView:
    return ThresholdView(**msgspec.structs.asdict(kept.threshold), spoken_at=kept.spoken_at)


ROUTES = Router(
    "/",
    tags=["billing"],
    route_handlers=[
        list_thresholds,
        add_threshold,
        change_threshold,
        remove_threshold,
        read_budget,
        put_budget,
    ],
)
