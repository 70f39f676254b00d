"""How cases begin and end when other rooms state a fact. All inside that fact's own transaction."""

from typing import Protocol

from frostgate.base.model import SYSTEM, Actor
from frostgate.base.uow import Tx
from frostgate.cases import store
from frostgate.cases.actions import Action, Did
from frostgate.cases.causes import needs_two
from frostgate.cases.desk import store as leases
from frostgate.cases.facts import CaseDone, CaseEnded, CaseOpened
from frostgate.cases.model import Case, CaseKind, Outcome, State
from frostgate.cases.severity import Severity, severity_of
from frostgate.standing import store as holds
from frostgate.standing.model import Hold, HoldPlaced, HoldReleased, Kind


class Undeliverable(Protocol):
    """What cases needs to know of a notice that reached nobody; the notices room states it."""

    @property
    def tenant_id(self) -> str | None: ...
    @property
    def notice_id(self) -> str: ...
    @property
    def hold_id(self) -> str | None: ...
    @property
    def account_id(self) -> str | None: ...
    @property
    def cause(self) -> str: ...
    @property
    def audience(self) -> str: ...
    @property
    def template(self) -> str: ...
    @property
    def problem(self) -> str: ...


def open_for_hold(tx: Tx, fact: HoldPlaced, actor: Actor) -> None:
    """Open the case whose id the hold already carries. A ban's case is the one that decided it."""
    hold = fact.hold
    if hold.kind is Kind.BAN:
        return
    _open(
        tx,
        Case(
            id=hold.case_id,
            tenant_id=hold.subject.tenant_id,
            kind=CaseKind.HOLD,
            hold_id=hold.id,
            account_id=hold.subject.account_id,
            cause=hold.cause.value,
            state=State.OPEN,
            outcome=None,
            decision_id=hold.decision_id,
            severity=severity_of(hold.kind, of_everybody=hold.subject.account_id is None),
            needs_two=needs_two(hold.kind, hold.cause),
            opened_at=tx.now,
        ),
        actor=actor,
        reason=hold.reason,
    )


def close_for_release(tx: Tx, fact: HoldReleased, actor: Actor) -> None:
    """Close the case of a hold that ended without it: paid, verified, cooled down, or released elsewhere."""
    hold = fact.hold
    case = store.find_case(tx.connection, hold.case_id, tenant_id=hold.subject.tenant_id, lock=True)
    if case is None:
        return
    ended = _ended(tx, case, hold, actor)
    if ended is None:
        return
    saved = store.save(tx.connection, ended)
    leases.drop(tx.connection, saved)
    act(tx, saved, Did.ENDED, actor=actor, reason=hold.release_reason or "")
    tx.state(CaseEnded(tenant_id=case.tenant_id, case=saved, hold=hold), actor=actor)


def open_for_undeliverable(tx: Tx, fact: Undeliverable, actor: Actor) -> None:
    """Ask people to tell somebody what a notice could not."""
    assert fact.tenant_id is not None, "BUG: a notice that belongs to no tenant"
    open_task(
        tx,
        kind=CaseKind.NOTICE_UNDELIVERABLE,
        tenant_id=fact.tenant_id,
        hold_id=fact.hold_id,
        account_id=fact.account_id,
        cause=fact.cause,
        reason=f"notice {fact.notice_id} ({fact.template}) to the {fact.audience}: {fact.problem}",
        actor=actor,
    )


def open_task(
    tx: Tx,
    *,
    kind: CaseKind,
    tenant_id: str,
    hold_id: str | None,
    account_id: str | None,
    cause: str | None,
    reason: str,
    actor: Actor = SYSTEM,
    severity: Severity = Severity.NORMAL,
) -> Case:
    """Ask people to do what a machine gave up on. The same trouble again is a line in the open case, not another."""
    assert kind is not CaseKind.HOLD, "BUG: a hold's case is opened by its being placed"
    known = store.find_open_task(tx.connection, tenant_id=tenant_id, kind=kind, hold_id=hold_id, account_id=account_id)
    if known is not None:
        act(tx, known, Did.NOTED, actor=actor, reason=reason)
        return known
    case = Case(
        id=tx.new_id(),
        tenant_id=tenant_id,
        kind=kind,
        hold_id=hold_id,
        account_id=account_id,
        cause=cause,
        state=State.OPEN,
        outcome=None,
        decision_id=None,
        severity=severity,
        opened_at=tx.now,
    )
    _open(tx, case, actor=actor, reason=reason)
    return case


def close_task(tx: Tx, *, kind: CaseKind, tenant_id: str, actor: Actor, reason: str) -> None:
    """The task of this kind is done by what somebody did elsewhere, whoever has it; nothing where there is none."""
    known = store.find_open_task(tx.connection, tenant_id=tenant_id, kind=kind, hold_id=None, account_id=None)
    if known is None:
        return
    saved = store.save(tx.connection, known.done(actor=actor, at=tx.now))
    leases.drop(tx.connection, saved)
    act(tx, saved, Did.DONE, actor=actor, reason=reason)
    tx.state(CaseDone(tenant_id=saved.tenant_id, case=saved, reason=reason), actor=actor)


def act(tx: Tx, case: Case, did: Did, *, actor: Actor, reason: str) -> Action:
    """Write one line into the case's history."""
    action = Action(id=tx.new_id(), case_id=case.id, at=tx.now, actor=actor, action=did, reason=reason)
    store.add_action(tx.connection, action)
    return action


def _open(tx: Tx, case: Case, *, actor: Actor, reason: str) -> None:
    store.add(tx.connection, case)
    act(tx, case, Did.OPENED, actor=actor, reason=reason)
    tx.state(CaseOpened(tenant_id=case.tenant_id, case=case), actor=actor)


def _ended(tx: Tx, case: Case, hold: Hold, actor: Actor) -> Case | None:
    """The case after this hold's end; None where it knows already or it changes nothing."""
    if hold.id == case.hold_id and case.outcome in {None, Outcome.CONFIRMED}:
        return case.hold_ended(actor=actor, at=tx.now)
    if hold.id == case.ban_hold_id and case.outcome is Outcome.BANNED:
        assert case.hold_id is not None, "BUG: a ban in a case without a hold"
        freeze = holds.get_hold(tx.connection, case.hold_id, tenant_id=case.tenant_id)
        return case.ban_ended(actor=actor, at=tx.now, frozen=freeze.is_open)
    return None
