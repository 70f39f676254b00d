"""What people decide in a case. Every decision has a reason, and the grave ones two people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import msgspec
import sqlalchemy as sa

from frostgate.base.model import Actor
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.cases import store
from frostgate.cases.actions import Action, Did
from frostgate.cases.clock import store as clocks
from frostgate.cases.clock.model import Clock
from frostgate.cases.conditions import store as conditions
from frostgate.cases.conditions.model import Condition
from frostgate.cases.desk import store as leases
from frostgate.cases.desk.model import Lease
from frostgate.cases.facts import (
    AppealUpheld,
    BanApproved,
    BanProposed,
    CaseConfirmed,
    CaseDone,
    CaseNoted,
    CaseRead,
)
from frostgate.cases.groups import store as groups
from frostgate.cases.groups.model import Group
from frostgate.cases.groups.store import Count
from frostgate.cases.model import Case
from frostgate.cases.notes import store as notes
from frostgate.cases.notes.store import Beside
from frostgate.cases.reactions import act
from frostgate.cases.reasons import reason_of
from frostgate.cases.taking import any_hold, hold_of, open_hold, save, take
from frostgate.standing import service as standing
from frostgate.standing.model import Finding, Hold


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
    lease: Lease | None  # of who has it in hand
    clock: Clock | None  # the run that runs, or else the last that did
    hold: Hold | None
    ban: Hold | None
    actions: tuple[Action, ...]
    conditions: tuple[Condition, ...]
    beside: Mapping[str, Beside]  # who is meant by a note and what is attached to it, by the action's id
    group: tuple[Group, Count] | None
    duplicates: tuple[str, ...]
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
        return _file(connection, case, evidence, tenant_id=tenant_id, at=tx.now)


def confirm(
    tx: Tx,
    case_id: str,
    *,
    tenant_id: str | None,
    actor: Actor,
    reason: str,
    until: datetime | None = None,
    version: int | None = None,
) -> Case:
    """Find that the hold was right: it stays until its own condition comes true or somebody else releases it.

    With `until` it also ends by itself then, as `keeping.end_kept` sees to.

    Raises:
        CaseUnknown, CaseClosed, CaseTaken, WrongKind, PersonNeeded, ReasonRequired, UntilUnusable
        ProposalNeeded: it was a violation, whose end takes two, also that at a time.
        HoldClosed: the hold ended before.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    confirmed = case.confirm(actor=actor, at=tx.now, until=until)
    return save_confirmed(tx, confirmed, actor=actor, reason=reason)


def save_confirmed(tx: Tx, confirmed: Case, *, actor: Actor, reason: str) -> Case:
    """Save that people found a hold right, and say so.

    Raises:
        HoldClosed: the hold ended before.
    """
    hold = open_hold(tx, confirmed)
    saved = save(tx, confirmed, Did.CONFIRMED, actor=actor, reason=reason)
    tx.state(CaseConfirmed(tenant_id=saved.tenant_id, case=saved, hold=hold, reason=reason), actor=actor)
    return saved


def propose_ban(
    tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str, version: int | None = None
) -> Case:
    """Ask for the punishment. Nothing changes for the account until somebody else approves.

    Raises:
        CaseUnknown, CaseClosed, CaseTaken, WrongKind, PersonNeeded, ReasonRequired
        NotForBan: the hold is not an open freeze of a grave cause.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    proposed = case.propose_ban(any_hold(tx, case), actor=actor)
    saved = save(tx, proposed, Did.BAN_PROPOSED, actor=actor, reason=reason)
    tx.state(BanProposed(tenant_id=case.tenant_id, case=saved, reason=reason), actor=actor)
    return saved


def approve_ban(
    tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str, version: int | None = None
) -> Case:
    """Place the ban that somebody else proposed. The freeze stays beside it, with its own way out.

    Raises:
        CaseUnknown, CaseClosed, CaseTaken, WrongKind, PersonNeeded, ReasonRequired
        NoProposal: nobody proposed one.
        SecondPersonNeeded: the actor proposed it, or confirmed the freeze.
        HoldClosed: the freeze ended meanwhile, and with it the ground for the ban.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    actions = store.actions_of(tx.connection, case)
    approved = case.approve_ban(actor=actor, at=tx.now, actions=actions)
    freeze = open_hold(tx, case)
    ban = standing.ban(tx, subject=freeze.subject, cause=freeze.cause, case_id=case.id, reason=reason, actor=actor)
    approved = msgspec.structs.replace(approved, ban_hold_id=ban.id)
    saved = save(tx, approved, Did.BAN_APPROVED, actor=actor, reason=reason)
    tx.state(BanApproved(tenant_id=case.tenant_id, case=saved, hold=ban, reason=reason), actor=actor)
    return saved


def uphold_appeal(
    tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str, version: int | None = None
) -> Case:
    """Lift the ban. A freeze that led to it and is still there goes back to the queue, to be decided for itself.

    Raises:
        CaseUnknown, CaseTaken, WrongKind, PersonNeeded, ReasonRequired
        NoBan: there is no ban in this case.
        SecondPersonNeeded: the actor proposed or approved the ban.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    actions = store.actions_of(tx.connection, case)
    frozen = any_hold(tx, case).is_open
    lifted = case.uphold_appeal(actor=actor, at=tx.now, actions=actions, frozen=frozen)
    assert case.ban_hold_id is not None, "BUG: a banned case without its ban"
    saved = save(tx, lifted, Did.APPEAL_UPHELD, actor=actor, reason=reason)
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
        CaseUnknown, CaseClosed, CaseTaken, WrongKind, ReasonRequired
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    saved = save(tx, case.done(actor=actor, at=tx.now), Did.DONE, actor=actor, reason=reason)
    tx.state(CaseDone(tenant_id=case.tenant_id, case=saved, reason=reason), actor=actor)
    return saved


def note(tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str) -> Case:
    """Leave a note for whoever reads the case next, also in one that is decided.

    Raises:
        CaseUnknown, ReasonRequired
    """
    reason, case = reason_of(reason), store.get_case(tx.connection, case_id, tenant_id=tenant_id, lock=True)
    act(tx, case, Did.NOTED, actor=actor, reason=reason)
    tx.state(CaseNoted(tenant_id=case.tenant_id, case_id=case.id), actor=actor)
    return case


def _file(
    connection: sa.Connection, case: Case, evidence: Evidence, *, tenant_id: str | None, at: datetime
) -> CaseFile:
    decision: Any | None = None
    events: Sequence[Any] = ()
    if case.decision_id is not None:
        decision = evidence.decision(connection, case.decision_id, case.tenant_id)
    if case.account_id is not None:
        events = evidence.events_around(connection, case.account_id, case.tenant_id, case.opened_at)
    group_id = case.group_id
    return CaseFile(
        case=case,
        lease=leases.find(connection, case, at=at),
        clock=clocks.last_run(connection, case.id, tenant_id=case.tenant_id),
        hold=hold_of(connection, case, case.hold_id),
        ban=hold_of(connection, case, case.ban_hold_id),
        actions=tuple(store.actions_of(connection, case)),
        conditions=tuple(conditions.of_case(connection, case)),
        beside=notes.beside(connection, case),
        group=None if group_id is None else groups.get_group(connection, group_id, tenant_id=tenant_id),
        duplicates=tuple(groups.duplicates_of(connection, case)),
        decision=decision,
        events=tuple(events),
    )
