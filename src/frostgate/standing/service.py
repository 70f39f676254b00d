"""Placing and releasing holds. Each says what it did as a fact; the other rooms follow from that."""

from collections.abc import Iterable
from datetime import timedelta

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.standing import store
from frostgate.standing.model import (
    EVERY_SERVICE,
    BanNeedsCase,
    Cause,
    Finding,
    Glimpse,
    Hold,
    HoldPlaced,
    HoldReleased,
    Kind,
    Service,
    ServicesNeeded,
    Subject,
    condition_of,
)

NO_GLIMPSE = Glimpse()


def place_hold(
    tx: Tx,
    *,
    subject: Subject,
    kind: Kind,
    cause: Cause,
    services: Iterable[Service] = EVERY_SERVICE,
    reason: str,
    evidence_key: str = "",
    decision_id: str | None = None,
    guard_seconds: int = 0,
    glimpse: Glimpse = NO_GLIMPSE,
    actor: Actor,
) -> Hold:
    """Place a hold, or return the open one that says just the same.

    Raises:
        BanNeedsCase: a ban is not placed here, but decided in a case.
        ServicesNeeded: a limit without services.
    """
    if kind is Kind.BAN:
        raise BanNeedsCase
    bites_on = EVERY_SERVICE if kind is Kind.FREEZE else frozenset(services)
    if not bites_on:
        raise ServicesNeeded
    already = store.find_open(tx.connection, subject, kind=kind, cause=cause, services=bites_on)
    if already is not None:
        return already
    return _place(
        tx,
        subject=subject,
        kind=kind,
        cause=cause,
        services=bites_on,
        reason=reason,
        evidence_key=evidence_key,
        decision_id=decision_id,
        guard_seconds=guard_seconds,
        glimpse=glimpse,
        case_id=tx.new_id(),
        actor=actor,
    )


def ban(tx: Tx, *, subject: Subject, cause: Cause, case_id: str, reason: str, actor: Actor) -> Hold:
    """Place the ban that a case has decided. Only the cases room calls this, once two people agree."""
    already = store.find_open(tx.connection, subject, kind=Kind.BAN, cause=cause, services=EVERY_SERVICE)
    if already is not None:
        return already
    return _place(
        tx,
        subject=subject,
        kind=Kind.BAN,
        cause=cause,
        services=EVERY_SERVICE,
        reason=reason,
        evidence_key="",
        decision_id=None,
        guard_seconds=0,
        glimpse=NO_GLIMPSE,
        case_id=case_id,
        actor=actor,
    )


def release_hold(
    tx: Tx,
    hold_id: str,
    *,
    tenant_id: str,
    finding: Finding,
    actor: Actor,
    reason: str,
) -> Hold:
    """Release one hold, and only that one.

    Its evidence counts as spent for as long as its policy guards it: the same rule on the same evidence places no
    new hold.

    Raises:
        HoldUnknown: there is no such hold in this tenant.
        HoldClosed: it was released before.
        ConditionNotMet: what this hold waits for has not happened.
    """
    hold = store.get_hold(tx.connection, hold_id, tenant_id=tenant_id, lock=True)
    released = hold.release(finding=finding, actor=actor, reason=reason, at=tx.now)
    store.save_release(tx.connection, released)
    if hold.evidence_key and hold.guard_seconds:
        store.spend(tx.connection, released, until=tx.now + timedelta(seconds=hold.guard_seconds))
    tx.state(HoldReleased(tenant_id=tenant_id, hold=released), actor=actor)
    return released


def _place(
    tx: Tx,
    *,
    subject: Subject,
    kind: Kind,
    cause: Cause,
    services: frozenset[Service],
    reason: str,
    evidence_key: str,
    decision_id: str | None,
    guard_seconds: int,
    glimpse: Glimpse,
    case_id: str,
    actor: Actor,
) -> Hold:
    hold = Hold(
        id=tx.new_id(),
        subject=subject,
        kind=kind,
        cause=cause,
        services=services,
        condition=condition_of(kind, cause),
        actor=actor,
        reason=reason,
        evidence_key=evidence_key,
        decision_id=decision_id,
        guard_seconds=guard_seconds,
        case_id=case_id,
        placed_at=tx.now,
    )
    store.add(tx.connection, hold)
    tx.state(HoldPlaced(tenant_id=subject.tenant_id, hold=hold, glimpse=glimpse), actor=actor)
    return hold
