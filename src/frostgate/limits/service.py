"""What the platform sets and what a tenant declares: each change states its fact, and what is the same is no change."""

from datetime import date
from typing import Annotated

import msgspec

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.directory.model import Name, is_slug
from frostgate.directory.store import hold_tenant
from frostgate.limits import store
from frostgate.limits.errors import (
    BatchWindowDatesUnusable,
    BatchWindowNotInPlan,
    BatchWindowWithoutQuota,
    PlanIdUnusable,
    PlanInUse,
    PlanMethodRepeated,
    QuotaTooSlow,
    TooManyBatchWindows,
)
from frostgate.limits.model import (
    ANY,
    WEEK,
    BatchWindow,
    BatchWindowDeclared,
    BatchWindowWithdrawn,
    Factor,
    LocalTime,
    MethodQuota,
    Override,
    OverrideRemoved,
    Pattern,
    Plan,
    PlanAssigned,
    PlanChanged,
    PlanRemoved,
    PlanUnassigned,
    Quota,
    QuotaOverridden,
    TenantPlan,
    Weekday,
    find,
)

WINDOWS_OF_A_KEY = 20  # opening times are worked out when somebody asks, so there cannot be any number of them
_YEARS = range(2000, 3000)


class PlanDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan as the platform describes it, its id aside."""

    name: Name
    quotas: Annotated[tuple[MethodQuota, ...], msgspec.Meta(max_length=200)] = ()
    total: Quota | None = None
    batch_multiplier: Factor = 1


class WindowDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch window as a tenant describes it."""

    key: Name
    method: Pattern = ANY
    days: Annotated[tuple[Weekday, ...], msgspec.Meta(min_length=1, max_length=7)] = WEEK
    starts: LocalTime
    ends: LocalTime
    multiplier: Annotated[int, msgspec.Meta(ge=2, le=100)]
    valid_from: date | None = None
    valid_until: date | None = None
    label: Name | None = None


def put_plan(tx: Tx, plan_id: str, draft: PlanDraft, *, actor: Actor) -> Plan:
    """Make a plan, or describe one anew.

    Raises:
        PlanIdUnusable, PlanMethodRepeated, QuotaTooSlow: a value cannot be used.
    """
    if not is_slug(plan_id):
        raise PlanIdUnusable
    seen: set[str] = set()
    for place, quota in enumerate(draft.quotas):
        if quota.method in seen:
            raise PlanMethodRepeated(pointer=f"/quotas/{place}/method", method=quota.method)
        seen.add(quota.method)
        _check_fills(quota, f"/quotas/{place}/burst")
    _check_fills(draft.total, "/total/burst")
    plan = Plan(
        id=plan_id,
        name=draft.name,
        quotas=draft.quotas,
        total=draft.total,
        batch_multiplier=draft.batch_multiplier,
        changed_at=tx.now,
    )
    before = store.find_plan(tx.connection, plan_id, lock=True)
    if before is not None and msgspec.structs.replace(before, changed_at=tx.now) == plan:
        return before
    store.save_plan(tx.connection, plan)
    tx.state(PlanChanged(tenant_id=None, plan=plan), actor=actor)
    return plan


def remove_plan(tx: Tx, plan_id: str, *, actor: Actor) -> None:
    """Remove a plan that no tenant has.

    Raises:
        PlanUnknown: there is no such plan.
        PlanInUse: tenants have it.
    """
    plan = store.get_plan(tx.connection, plan_id, lock=True)
    if store.is_assigned(tx.connection, plan_id):
        raise PlanInUse(plan=plan_id)
    store.remove_plan(tx.connection, plan_id)
    tx.state(PlanRemoved(tenant_id=None, plan=plan), actor=actor)


def assign_plan(tx: Tx, plan_id: str, *, tenant_id: str, total: Quota | None, actor: Actor) -> TenantPlan:
    """Give a tenant a plan, in place of the one that it had.

    Raises:
        TenantUnknown, PlanUnknown: there is no such tenant or plan.
        QuotaTooSlow: the total cannot be used.
    """
    _check_fills(total, "/total/burst")
    hold_tenant(tx.connection, tenant_id)
    store.get_plan(tx.connection, plan_id, lock=True)
    before = store.find_assigned(tx.connection, tenant_id=tenant_id)
    assigned = TenantPlan(tenant_id=tenant_id, plan_id=plan_id, total=total, assigned_at=tx.now)
    if before is not None and msgspec.structs.replace(before, assigned_at=tx.now) == assigned:
        return before
    store.assign(tx.connection, assigned)
    tx.state(PlanAssigned(tenant_id=tenant_id, assigned=assigned), actor=actor)
    return assigned


def unassign_plan(tx: Tx, *, tenant_id: str, actor: Actor) -> None:
    """Take a tenant's plan away: only its own quotas limit it then.

    Raises:
        TenantUnknown, PlanNotAssigned: there is no such tenant, or it has no plan.
    """
    hold_tenant(tx.connection, tenant_id)
    assigned = store.get_assigned(tx.connection, tenant_id=tenant_id)
    store.unassign(tx.connection, tenant_id=tenant_id)
    tx.state(PlanUnassigned(tenant_id=tenant_id, assigned=assigned), actor=actor)


def override_quota(tx: Tx, quota: Quota, *, tenant_id: str, key: str | None, method: str, actor: Actor) -> Override:
    """Give a tenant, or one key of it, a quota of its own; one that is there already is replaced.

    Raises:
        TenantUnknown: there is no such tenant.
        QuotaTooSlow: it cannot be used.
    """
    _check_fills(quota, "/quota/burst")
    hold_tenant(tx.connection, tenant_id)
    before = store.find_override(tx.connection, tenant_id=tenant_id, key=key, method=method)
    if before is not None and before.quota == quota:
        return before
    override = Override(
        id=tx.new_id() if before is None else before.id,
        tenant_id=tenant_id,
        key=key,
        method=method,
        quota=quota,
        set_at=tx.now,
    )
    store.save_override(tx.connection, override)
    tx.state(QuotaOverridden(tenant_id=tenant_id, override=override), actor=actor)
    return override


def remove_override(tx: Tx, override_id: str, *, tenant_id: str, actor: Actor) -> None:
    """Let the less specific quota apply again.

    Raises:
        TenantUnknown, OverrideUnknown: there is no such tenant, or it has no such quota of its own.
    """
    hold_tenant(tx.connection, tenant_id)
    override = store.get_override(tx.connection, override_id, tenant_id=tenant_id)
    store.remove_override(tx.connection, override_id, tenant_id=tenant_id)
    tx.state(OverrideRemoved(tenant_id=tenant_id, override=override), actor=actor)


def declare_window(
    tx: Tx, draft: WindowDraft, *, tenant_id: str, window_id: str | None = None, actor: Actor
) -> BatchWindow:
    """Declare a batch window, or change the one of this id.

    Raises:
        TenantUnknown, BatchWindowUnknown: there is no such tenant or window.
        BatchWindowDatesUnusable, BatchWindowNotInPlan, BatchWindowWithoutQuota: it would never be open, or do nothing.
        TooManyBatchWindows: the key has `WINDOWS_OF_A_KEY` already.
    """
    hold_tenant(tx.connection, tenant_id)
    before = None if window_id is None else store.get_window(tx.connection, window_id, tenant_id=tenant_id)
    _check_dates(draft)
    _check_use(tx, draft, tenant_id=tenant_id)
    if before is None or before.key != draft.key:
        others = store.list_windows(tx.connection, tenant_id=tenant_id, key=draft.key, limit=WINDOWS_OF_A_KEY)
        if len(others) >= WINDOWS_OF_A_KEY:
            raise TooManyBatchWindows(most=WINDOWS_OF_A_KEY)
    window = BatchWindow(
        **{
            **msgspec.structs.asdict(draft),
            "days": tuple(day for day in WEEK if day in draft.days),
            "id": tx.new_id() if before is None else before.id,
            "tenant_id": tenant_id,
            "declared_at": tx.now,
        }
    )
    if before is not None and msgspec.structs.replace(before, declared_at=tx.now) == window:
        return before
    store.save_window(tx.connection, window)
    tx.state(BatchWindowDeclared(tenant_id=tenant_id, window=window), actor=actor)
    return window


def withdraw_window(tx: Tx, window_id: str, *, tenant_id: str, actor: Actor) -> None:
    """End a batch window for good.

    Raises:
        TenantUnknown, BatchWindowUnknown: there is no such tenant or window.
    """
    hold_tenant(tx.connection, tenant_id)
    window = store.get_window(tx.connection, window_id, tenant_id=tenant_id)
    store.remove_window(tx.connection, window_id, tenant_id=tenant_id)
    tx.state(BatchWindowWithdrawn(tenant_id=tenant_id, window=window), actor=actor)


def _check_fills(quota: Quota | None, pointer: str) -> None:
    if quota is not None and quota.is_too_slow:
        raise QuotaTooSlow(pointer=pointer)


def _check_dates(draft: WindowDraft) -> None:
    for name, day in (("valid_from", draft.valid_from), ("valid_until", draft.valid_until)):
        if day is not None and day.year not in _YEARS:
            raise BatchWindowDatesUnusable(pointer=f"/{name}")
    if draft.valid_from and draft.valid_until and draft.valid_until < draft.valid_from:
        raise BatchWindowDatesUnusable(pointer="/valid_until")


def _check_use(tx: Tx, draft: WindowDraft, *, tenant_id: str) -> None:
    """A window that makes nothing larger would look like a promise, so it is refused while somebody is looking."""
    assigned = store.find_assigned(tx.connection, tenant_id=tenant_id)
    plan = None if assigned is None else store.find_plan(tx.connection, assigned.plan_id)
    if plan is None or plan.batch_multiplier == 1:
        raise BatchWindowNotInPlan
    if draft.method == ANY:
        return
    own = store.list_overrides(tx.connection, tenant_id=tenant_id, key=draft.key)
    quotas = {(each.key, each.method): each.quota for each in own}
    found = find(plan, quotas, key=draft.key, method=draft.method)
    if found is None or found.method != draft.method:
        raise BatchWindowWithoutQuota(pointer="/method", method=draft.method)
