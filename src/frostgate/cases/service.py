"""What people decide in a case. Every decision has a reason, and the grave ones two people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import msgspec
import sqlalchemy as sa

from frostgate.base.errors import Conflict
from frostgate.base.model import Actor
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.cases import store
from frostgate.cases.model import (
    Action,
    AppealUpheld,
    BanApproved,
    BanProposed,
    Case,
    CaseConfirmed,
    CaseDone,
    CaseNoted,
    CaseRead,
    CaseReleased,
    Did,
    reason_of,
)
from frostgate.cases.reactions import act
from frostgate.standing import service as standing
from frostgate.standing import store as holds
from frostgate.standing.model import Finding, Hold, HoldClosed


@runtime_checkable  # the framework checks what it hands to a route
class Evidence(Protocol):
    """What a case rests on, from the rooms that keep it."""

    def decision(self, connection: sa.Connection, decision_id: str, tenant_id: str) -> Any | None:
        """The decision's record, explained for staff; None where it is gone."""

    def events_around(self, connection: sa.Connection, account_id: str, tenant_id: str, at: datetime) -> Sequence[Any]:
        """What the account did just before and after."""


class CaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a reviewer looks at before deciding."""

    case: Case
    hold: Hold | None
    ban: Hold | None
    actions: tuple[Action, ...]
    decision: Any | None
    events: tuple[Any, ...]


def read_case(uow: UnitOfWork, case_id: str, *, tenant_id: str | None, actor: Actor, evidence: Evidence) -> CaseFile:
    """The whole file. It shows what people said and where they were, so the journal keeps who looked, beforehand.

    Raises:
        CaseUnknown: there is none in this tenant (None: in any).
    """
    with uow.begin() as tx:
        case = store.get_case(tx.connection, case_id, tenant_id=tenant_id)
        tx.state(CaseRead(tenant_id=case.tenant_id, case_id=case.id, account_id=case.account_id), actor=actor)
    with uow.look() as connection:  # gathering may take a moment, and no writer has to wait for it
        return _file(connection, case, evidence)


def confirm(
    tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str, version: int | None = None
) -> Case:
    """Find that the hold was right: it stays until its own condition comes true or somebody else releases it.

    Raises:
        CaseUnknown, CaseClosed, WrongKind, PersonNeeded, ReasonRequired
        HoldClosed: the hold ended before.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), _take(tx, case_id, tenant_id=tenant_id, version=version)
    confirmed = case.confirm(actor=actor, at=tx.now)
    hold = _open_hold(tx, case)
    saved = _save(tx, confirmed, Did.CONFIRMED, actor=actor, reason=reason)
    tx.state(CaseConfirmed(tenant_id=case.tenant_id, case=saved, hold=hold, reason=reason), actor=actor)
    return saved


def release(
    tx: Tx,
    case_id: str,
    *,
    tenant_id: str | None,
    finding: Finding,
    actor: Actor,
    reason: str,
    version: int | None = None,
) -> Case:
    """Release the case's hold: it was a mistake, or what it waited for has come true.

    Raises:
        CaseUnknown, CaseClosed, WrongKind, PersonNeeded, ReasonRequired
        SecondPersonNeeded: the actor confirmed this hold before.
        HoldClosed: the hold ended before.
        ConditionNotMet: only an upheld appeal would do.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), _take(tx, case_id, tenant_id=tenant_id, version=version)
    actions = store.actions_of(tx.connection, case)
    released = case.release(actor=actor, at=tx.now, actions=actions)
    assert case.hold_id is not None, "BUG: a case about a hold without one"
    saved = _save(tx, released, Did.RELEASED, actor=actor, reason=reason)
    # The case is decided first, so that its own reaction to the hold's end finds nothing left to do.
    hold = standing.release_hold(
        tx, case.hold_id, tenant_id=case.tenant_id, finding=finding, actor=actor, reason=reason
    )
    tx.state(CaseReleased(tenant_id=case.tenant_id, case=saved, hold=hold, finding=finding, reason=reason), actor=actor)
    return saved


def propose_ban(
    tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str, version: int | None = None
) -> Case:
    """Ask for the punishment. Nothing changes for the account until somebody else approves.

    Raises:
        CaseUnknown, CaseClosed, WrongKind, PersonNeeded, ReasonRequired
        NotForBan: the hold is not an open freeze of a grave cause.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), _take(tx, case_id, tenant_id=tenant_id, version=version)
    proposed = case.propose_ban(_any_hold(tx, case), actor=actor)
    saved = _save(tx, proposed, Did.BAN_PROPOSED, actor=actor, reason=reason)
    tx.state(BanProposed(tenant_id=case.tenant_id, case=saved, reason=reason), actor=actor)
    return saved


def approve_ban(
    tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str, version: int | None = None
) -> Case:
    """Place the ban that somebody else proposed. The freeze stays beside it, with its own way out.

    Raises:
        CaseUnknown, CaseClosed, WrongKind, PersonNeeded, ReasonRequired
        NoProposal: nobody proposed one.
        SecondPersonNeeded: the actor proposed it, or confirmed the freeze.
        HoldClosed: the freeze ended meanwhile, and with it the ground for the ban.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), _take(tx, case_id, tenant_id=tenant_id, version=version)
    actions = store.actions_of(tx.connection, case)
    approved = case.approve_ban(actor=actor, at=tx.now, actions=actions)
    freeze = _open_hold(tx, case)
    ban = standing.ban(tx, subject=freeze.subject, cause=freeze.cause, case_id=case.id, reason=reason, actor=actor)
    approved = msgspec.structs.replace(approved, ban_hold_id=ban.id)
    saved = _save(tx, approved, Did.BAN_APPROVED, actor=actor, reason=reason)
    tx.state(BanApproved(tenant_id=case.tenant_id, case=saved, hold=ban, reason=reason), actor=actor)
    return saved


def uphold_appeal(
    tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str, version: int | None = None
) -> Case:
    """Lift the ban. A freeze that led to it and is still there goes back to the queue, to be decided for itself.

    Raises:
        CaseUnknown, WrongKind, PersonNeeded, ReasonRequired
        NoBan: there is no ban in this case.
        SecondPersonNeeded: the actor proposed or approved the ban.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), _take(tx, case_id, tenant_id=tenant_id, version=version)
    actions = store.actions_of(tx.connection, case)
    frozen = _any_hold(tx, case).is_open
    lifted = case.uphold_appeal(actor=actor, at=tx.now, actions=actions, frozen=frozen)
    assert case.ban_hold_id is not None, "BUG: a banned case without its ban"
    saved = _save(tx, lifted, Did.APPEAL_UPHELD, actor=actor, reason=reason)
    ban = standing.release_hold(
        tx,
        case.ban_hold_id,
        tenant_id=case.tenant_id,
        finding=Finding.APPEAL_UPHELD,
        actor=actor,
        reason=reason,
    )
    tx.state(AppealUpheld(tenant_id=case.tenant_id, case=saved, hold=ban, reason=reason), actor=actor)
    return saved


def finish(
    tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str, version: int | None = None
) -> Case:
    """Say that a task is done, and how.

    Raises:
        CaseUnknown, CaseClosed, WrongKind, ReasonRequired
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), _take(tx, case_id, tenant_id=tenant_id, version=version)
    saved = _save(tx, case.done(actor=actor, at=tx.now), Did.DONE, actor=actor, reason=reason)
    tx.state(CaseDone(tenant_id=case.tenant_id, case=saved, reason=reason), actor=actor)
    return saved


def note(tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str) -> Case:
    """Leave a note for whoever reads the case next, also in one that is decided.

    Raises:
        CaseUnknown, ReasonRequired
    """
    reason, case = reason_of(reason), _take(tx, case_id, tenant_id=tenant_id, version=None)
    act(tx, case, Did.NOTED, actor=actor, reason=reason)
    tx.state(CaseNoted(tenant_id=case.tenant_id, case_id=case.id), actor=actor)
    return case


def _file(connection: sa.Connection, case: Case, evidence: Evidence) -> CaseFile:
    decision: Any | None = None
    events: Sequence[Any] = ()
    if case.decision_id is not None:
        decision = evidence.decision(connection, case.decision_id, case.tenant_id)
    if case.account_id is not None:
        events = evidence.events_around(connection, case.account_id, case.tenant_id, case.opened_at)
    return CaseFile(
        case=case,
        hold=_hold(connection, case, case.hold_id),
        ban=_hold(connection, case, case.ban_hold_id),
        actions=tuple(store.actions_of(connection, case)),
        decision=decision,
        events=tuple(events),
    )


def _take(tx: Tx, case_id: str, *, tenant_id: str | None, version: int | None) -> Case:
    """The case to decide, as the reader saw it, and nobody else's until this transaction ends."""
    case = store.get_case(tx.connection, case_id, tenant_id=tenant_id, lock=True)
    if version is not None and version != case.version:
        raise Conflict(case=case.id, version=case.version)
    return case


def _save(tx: Tx, case: Case, did: Did, *, actor: Actor, reason: str) -> Case:
    saved = store.save(tx.connection, case)
    act(tx, saved, did, actor=actor, reason=reason)
    return saved


def _hold(connection: sa.Connection, case: Case, hold_id: str | None) -> Hold | None:
    return None if hold_id is None else holds.get_hold(connection, hold_id, tenant_id=case.tenant_id)


def _any_hold(tx: Tx, case: Case) -> Hold:
    """The hold that the case is about. A task about a hold is refused by the case itself."""
    case.must_be_about_a_hold()
    hold = _hold(tx.connection, case, case.hold_id)
    assert hold is not None, "BUG: a case about a hold without one"
    return hold


def _open_hold(tx: Tx, case: Case) -> Hold:
    hold = _any_hold(tx, case)
    if not hold.is_open:
        raise HoldClosed(hold=hold.id)
    return hold
