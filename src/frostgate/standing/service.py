"""Placing and releasing holds. Each says what it did as a fact; the other rooms follow from that."""

from collections.abc import Iterable, Mapping

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.standing import store
from frostgate.standing.model import (
    EVERY_SERVICE,
    BanNeedsCase,
    Cause,
    ConditionNotMet,
    Finding,
    Glimpse,
    Hold,
    HoldClosed,
    HoldPlaced,
    HoldReleased,
    HoldUnknown,
    Kind,
    Service,
    ServicesNeeded,
    ServicesNotForFreeze,
    Subject,
    condition_of,
)

NO_GLIMPSE = Glimpse()
NO_TRACES: Mapping[str, str] = {}


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
    traces: Mapping[str, str] = NO_TRACES,
    actor: Actor,
) -> Hold:
    """Place a hold, or return the open one that says just the same.

    Raises:
        BanNeedsCase: a ban is not placed here, but decided in a case.
        ServicesNeeded: a limit without services.
        ServicesNotForFreeze: a freeze of some services only.
    """
    if kind is Kind.BAN:
        raise BanNeedsCase
    bites_on = frozenset(services)
    if kind is Kind.FREEZE:
        if bites_on and bites_on != EVERY_SERVICE:
            raise ServicesNotForFreeze(pointer="/services")
        bites_on = EVERY_SERVICE
    if not bites_on:
        raise ServicesNeeded
    hold = Hold(
        id=tx.new_id(),
        subject=subject,
        kind=kind,
        cause=cause,
        services=bites_on,
        condition=condition_of(kind, cause),
        actor=actor,
        reason=reason,
        evidence_key=evidence_key,
        decision_id=decision_id,
        case_id=tx.new_id(),
        placed_at=tx.now,
        guard_seconds=guard_seconds,
    )
    return _place(tx, hold, glimpse, traces)


def ban(tx: Tx, *, subject: Subject, cause: Cause, case_id: str, reason: str, actor: Actor) -> Hold:
    """Place the ban that a case has decided. Only the cases room calls this, once two people agree."""
    hold = Hold(
        id=tx.new_id(),
        subject=subject,
        kind=Kind.BAN,
        cause=cause,
        services=EVERY_SERVICE,
        condition=condition_of(Kind.BAN, cause),
        actor=actor,
        reason=reason,
        evidence_key="",
        decision_id=None,
        case_id=case_id,
        placed_at=tx.now,
    )
    return _place(tx, hold, NO_GLIMPSE)


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

    Where that says that its evidence was dealt with, it counts as spent for as long as its policy guards it: the same
    rule on the same evidence places no new hold.

    Raises:
        HoldUnknown: there is no such hold in this tenant.
        HoldClosed: it was released before.
        ConditionNotMet: what this hold waits for has not happened.
    """
    hold = store.get_hold(tx.connection, hold_id, tenant_id=tenant_id, lock=True)
    released = hold.release(finding=finding, actor=actor, reason=reason, at=tx.now)
    store.save_release(tx.connection, released)
    if released.spends_evidence:
        store.spend(tx.connection, released, at=tx.now)
    tx.state(HoldReleased(tenant_id=tenant_id, hold=released), actor=actor)
    return released


def open_challenge(tx: Tx, hold_id: str, *, tenant_id: str, account_id: str) -> Hold:
    """The challenge of an account that a proof may end, locked: whoever else releases it waits, or was first.

    Raises:
        HoldUnknown: the account has no such hold.
        ConditionNotMet: it is graver than a challenge and ends by people.
        HoldClosed: it was released before.
    """
    hold = store.get_hold(tx.connection, hold_id, tenant_id=tenant_id, lock=True)
    if hold.subject.account_id != account_id:
        raise HoldUnknown(hold=hold_id)
    if hold.kind is not Kind.CHALLENGE:
        raise ConditionNotMet(hold=hold_id, missing=hold.condition.value)
    if not hold.is_open:
        raise HoldClosed(hold=hold_id)
    return hold


def _place(tx: Tx, hold: Hold, glimpse: Glimpse, traces: Mapping[str, str] = NO_TRACES) -> Hold:
    """Save it and say so, unless an open one says the same already: the database itself keeps it to one."""
    if not store.add(tx.connection, hold):
        already = store.find_same(tx.connection, hold)
        assert already is not None, "BUG: a hold was released while somebody else had the journal's head"
        if hold.evidence_key not in {"", already.evidence_key}:
            store.add_evidence(tx.connection, already.id, hold)
        return already
    tx.state(HoldPlaced(tenant_id=hold.subject.tenant_id, hold=hold, glimpse=glimpse, traces=traces), actor=hold.actor)
    return hold
