"""Proposing an action on many accounts, agreeing to it, and taking it back."""

from collections.abc import Iterable, Sequence

import msgspec

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.cases.bulk import store
from frostgate.cases.bulk.model import (
    MOST,
    Bulk,
    BulkApproved,
    BulkEmpty,
    BulkProposed,
    BulkTooLarge,
    BulkUnclear,
    BulkWithdrawn,
    Concerned,
    Item,
    ItemState,
    NotUndoable,
    State,
    What,
    must_be_person,
)
from frostgate.cases.bulk.store import Wanted
from frostgate.cases.reasons import reason_of
from frostgate.directory.store import get_tenant
from frostgate.standing import store as holds
from frostgate.standing.model import Finding


def propose_release(tx: Tx, wanted: Wanted, *, tenant_id: str, finding: Finding, actor: Actor, reason: str) -> Bulk:
    """Ask for the release of every open hold that is meant, as they stand now.

    Raises:
        TenantUnknown, ReasonRequired, PersonNeeded
        BulkUnclear: nothing narrows it down.
        BulkEmpty, BulkTooLarge
    """
    if not (wanted.rule or wanted.cause or wanted.group or wanted.cases):
        raise BulkUnclear(pointer="/where")
    concerned = store.releasable(tx.connection, wanted, tenant_id=tenant_id, limit=MOST + 1)
    return _propose(tx, What.RELEASE, concerned, tenant_id=tenant_id, finding=finding, actor=actor, reason=reason)


def propose_freeze(tx: Tx, accounts: Iterable[str], *, tenant_id: str, actor: Actor, reason: str) -> Bulk:
    """Ask for a freeze of each of these accounts of a tenant.

    Raises:
        TenantUnknown, ReasonRequired, PersonNeeded
        BulkEmpty, BulkTooLarge
    """
    concerned = [Concerned(account_id=account) for account in dict.fromkeys(accounts)]
    return _propose(tx, What.FREEZE, concerned, tenant_id=tenant_id, finding=None, actor=actor, reason=reason)


def propose_undoing(tx: Tx, bulk_id: str, *, tenant_id: str, actor: Actor, reason: str) -> Bulk:
    """Ask for one step back: what was frozen is released, and what was released is held again as it was.

    Raises:
        BulkUnknown, ReasonRequired, PersonNeeded
        NotUndoable: it is not done, is a step back itself, or was taken back before.
        BulkEmpty: nothing was done.
    """
    before = store.get_bulk(tx.connection, bulk_id, tenant_id=tenant_id, lock=True)
    before.may_be_undone()
    done = store.list_items(tx.connection, before, state=ItemState.DONE, limit=MOST)
    if before.what is What.RELEASE:
        concerned = [
            Concerned(account_id=item.account_id, like=item.hold_id, kept_until=item.kept_until) for item in done
        ]
        what, finding = What.FREEZE, None
    else:
        concerned = [Concerned(account_id=item.account_id, case_id=_case_of(tx, item, tenant_id)) for item in done]
        what, finding = What.RELEASE, Finding.MISTAKE
    return _propose(
        tx, what, concerned, tenant_id=tenant_id, finding=finding, actor=actor, reason=reason, undoes=before.id
    )


def approve(tx: Tx, bulk_id: str, *, tenant_id: str, actor: Actor) -> Bulk:
    """Agree to what somebody else proposed; it begins at once, in the background.

    Raises:
        BulkUnknown, BulkDecided, BulkStale, PersonNeeded
        SecondPersonNeeded: the actor proposed it.
    """
    bulk = store.get_bulk(tx.connection, bulk_id, tenant_id=tenant_id, lock=True).approve(actor=actor, at=tx.now)
    store.save(tx.connection, bulk)
    tx.state(BulkApproved(tenant_id=tenant_id, bulk=bulk), actor=actor)
    return bulk


def withdraw(tx: Tx, bulk_id: str, *, tenant_id: str, actor: Actor, reason: str) -> Bulk:
    """Say no, or think better of one's own.

    Raises:
        BulkUnknown, BulkDecided, PersonNeeded, ReasonRequired
    """
    reason = reason_of(reason)
    bulk = store.get_bulk(tx.connection, bulk_id, tenant_id=tenant_id, lock=True).withdraw(actor=actor, at=tx.now)
    store.save(tx.connection, bulk)
    tx.state(BulkWithdrawn(tenant_id=tenant_id, bulk=bulk, reason=reason), actor=actor)
    return bulk


def _propose(
    tx: Tx,
    what: What,
    concerned: Sequence[Concerned],
    *,
    tenant_id: str,
    finding: Finding | None,
    actor: Actor,
    reason: str,
    undoes: str | None = None,
) -> Bulk:
    """Save the proposal with whom it concerns."""
    must_be_person(actor)
    get_tenant(tx.connection, tenant_id)
    if not concerned:
        raise BulkEmpty
    if len(concerned) > MOST:
        raise BulkTooLarge(most=MOST)
    bulk = Bulk(
        id=tx.new_id(),
        tenant_id=tenant_id,
        what=what,
        finding=finding,
        reason=reason_of(reason),
        total=len(concerned),
        state=State.PROPOSED,
        undoes=undoes,
        proposed_by=actor,
        proposed_at=tx.now,
    )
    listed = [Item(id=tx.new_id(), bulk_id=bulk.id, **msgspec.structs.asdict(each)) for each in concerned]
    if not store.add(tx.connection, bulk, listed):
        raise NotUndoable(state=State.DONE.value)
    tx.state(BulkProposed(tenant_id=tenant_id, bulk=bulk), actor=actor)
    return bulk


def _case_of(tx: Tx, item: Item, tenant_id: str) -> str:
    assert item.hold_id is not None, "BUG: a freeze that was placed without its hold"
    return holds.get_hold(tx.connection, item.hold_id, tenant_id=tenant_id).case_id
