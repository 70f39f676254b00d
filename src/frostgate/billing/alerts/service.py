"""What a tenant says about its alerts: who is told, from which values on, and what a month may cost."""

import msgspec

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.billing.alerts import store
from frostgate.billing.alerts.model import Threshold
from frostgate.billing.alerts.records import (
    MOST_THRESHOLDS,
    BudgetChanged,
    KeptThreshold,
    RecipientUnknown,
    ThresholdChanged,
    ThresholdDraft,
    TooManyThresholds,
)
from frostgate.directory.store import hold_tenant
from frostgate.notices.contacts.store import list_contacts


def add_threshold(tx: Tx, draft: ThresholdDraft, *, tenant_id: str, actor: Actor) -> KeptThreshold:
    """Watch a value from now on. One that is reached already speaks at once.

    Raises:
        TenantUnknown: there is no such tenant.
        ThresholdUnusable, RecipientUnknown, TooManyThresholds: it cannot be.
    """
    hold_tenant(tx.connection, tenant_id)
    if len(store.list_thresholds(tx.connection, tenant_id=tenant_id)) >= MOST_THRESHOLDS:
        raise TooManyThresholds(most=MOST_THRESHOLDS)
    kept = KeptThreshold(threshold=_threshold(tx, tx.new_id(), draft, tenant_id=tenant_id))
    return _save(tx, kept, tenant_id=tenant_id, actor=actor)


def change_threshold(
    tx: Tx, threshold_id: str, draft: ThresholdDraft, *, tenant_id: str, actor: Actor
) -> KeptThreshold:
    """Watch for something else, or tell others. With other recipients alone, what was said is not said again.

    Raises:
        TenantUnknown, ThresholdUnknown: there is no such threshold.
        ThresholdUnusable, RecipientUnknown: it cannot be.
    """
    hold_tenant(tx.connection, tenant_id)
    before = store.get_threshold(tx.connection, threshold_id, tenant_id=tenant_id)
    threshold = _threshold(tx, threshold_id, draft, tenant_id=tenant_id)
    is_same = msgspec.structs.replace(before.threshold, recipients=threshold.recipients) == threshold
    kept = KeptThreshold(threshold=threshold, spoken_at=before.spoken_at if is_same else None)
    return _save(tx, kept, tenant_id=tenant_id, actor=actor)


def remove_threshold(tx: Tx, threshold_id: str, *, tenant_id: str, actor: Actor) -> None:
    """Watch a value no more.

    Raises:
        TenantUnknown, ThresholdUnknown: there is no such threshold.
    """
    hold_tenant(tx.connection, tenant_id)
    kept = store.get_threshold(tx.connection, threshold_id, tenant_id=tenant_id)
    store.remove_threshold(tx.connection, threshold_id, tenant_id=tenant_id)
    tx.state(ThresholdChanged(tenant_id=tenant_id, threshold=kept.threshold, is_removed=True), actor=actor)


def set_budget(tx: Tx, amount: int | None, *, tenant_id: str, actor: Actor) -> None:
    """Say what a month may cost; None: as much as it likes.

    Raises:
        TenantUnknown: there is no such tenant.
    """
    hold_tenant(tx.connection, tenant_id)
    store.save_budget(tx.connection, amount, tenant_id=tenant_id)
    store.hasten_look(tx.connection, tx.now, tenant_id=tenant_id)
    tx.state(BudgetChanged(tenant_id=tenant_id, amount=amount), actor=actor)


def _threshold(tx: Tx, threshold_id: str, draft: ThresholdDraft, *, tenant_id: str) -> Threshold:
    contacts = list_contacts(tx.connection, tenant_id=tenant_id)
    known = {(each.id, way.channel) for each in contacts for way in each.ways}
    for number, each in enumerate(draft.recipients):
        if (each.contact_id, each.channel) not in known:
            raise RecipientUnknown(pointer=f"/recipients/{number}")
    return Threshold(id=threshold_id, **msgspec.structs.asdict(draft))


def _save(tx: Tx, kept: KeptThreshold, *, tenant_id: str, actor: Actor) -> KeptThreshold:
    store.save_threshold(tx.connection, kept, tenant_id=tenant_id)
    store.save_look(tx.connection, tx.now, tenant_id=tenant_id)
    tx.state(ThresholdChanged(tenant_id=tenant_id, threshold=kept.threshold), actor=actor)
    return kept
