"""How a hold ends by people: at once, or as one proposed and another agreed; and what stays behind."""

from datetime import datetime

import msgspec

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.cases import store
from frostgate.cases.actions import Did
from frostgate.cases.conditions import service as conditions
from frostgate.cases.errors import LimitIsThisHold, OtherAccountNeeded, ProposalPending
from frostgate.cases.facts import BypassFound, CaseKeptLonger, CaseReleased, ProposalWithdrawn, ReleaseProposed
from frostgate.cases.model import Case, Outcome
from frostgate.cases.reactions import act
from frostgate.cases.reasons import reason_of
from frostgate.cases.service import save_confirmed
from frostgate.cases.taking import any_hold, open_hold, save, take
from frostgate.cases.terms import LimitInstead, Terms, usable_until
from frostgate.directory.store import find_account
from frostgate.standing import service as standing
from frostgate.standing import store as holds
from frostgate.standing.model import Cause, Finding, Glimpse, Hold, Kind, Subject


def release(
    tx: Tx,
    case_id: str,
    *,
    tenant_id: str | None,
    finding: Finding,
    actor: Actor,
    reason: str,
    limit: LimitInstead | None = None,
    proposed_by: Actor | None = None,
    version: int | None = None,
) -> Case:
    """Release the case's hold: it was a mistake, or what it waited for has come true.

    With `limit`, some services stay stopped for a time. `proposed_by` is who asked for it in an action on many
    accounts.

    Raises:
        CaseUnknown, CaseClosed, CaseTaken, WrongKind, PersonNeeded, ReasonRequired, UntilUnusable
        SecondPersonNeeded: the actor confirmed this hold before.
        ProposalNeeded: it was a violation, whose release somebody else must have proposed.
        ProposalPending: something is proposed in this case and must be answered first.
        AwaitsConditions: a limit was asked for, and the holder was told that nothing stays once conditions are met.
        LimitIsThisHold: what should stay is the hold that should end.
        HoldClosed: the hold ended before.
        ConditionNotMet: only an upheld appeal would do.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    if limit is not None:  # an end with conditions leaves nothing, and who proposed that proposed no limit
        case.must_promise_nothing()
    actions = store.actions_of(tx.connection, case)
    released = case.release(actor=actor, at=tx.now, actions=actions, proposed_by=proposed_by)
    usable_until(limit.until if limit else None, at=tx.now)
    return _release(tx, released, finding, limit, actor=actor, reason=reason)


def release_once(
    tx: Tx,
    case_id: str,
    *,
    tenant_id: str | None,
    terms: Terms,
    actor: Actor,
    reason: str,
    version: int | None = None,
) -> Case:
    """Decide that the hold ends by itself once these conditions are met, and comes back to us where they are not.

    Raises:
        CaseUnknown, CaseClosed, CaseTaken, WrongKind, PersonNeeded, ReasonRequired
        ConditionsUnusable, ConditionMisfit, UntilUnusable: they cannot be asked for.
        AwaitsConditions: others are awaited already.
        SecondPersonNeeded, ProposalNeeded, ProposalPending, HoldClosed, Conflict: as for `release`.
    """
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    if case.release_pending:
        raise ProposalPending(case=case.id)
    return _await(tx, case, terms, actor=actor, reason=reason)


def propose_release(
    tx: Tx,
    case_id: str,
    *,
    tenant_id: str | None,
    finding: Finding,
    actor: Actor,
    reason: str,
    limit: LimitInstead | None = None,
    terms: Terms | None = None,
    version: int | None = None,
) -> Case:
    """Ask for a release, or for one once conditions are met. Nothing changes until somebody else approves.

    Raises:
        CaseUnknown, CaseClosed, CaseTaken, WrongKind, PersonNeeded, ReasonRequired, UntilUnusable
        ConditionsUnusable, ConditionMisfit: they cannot be asked for.
        AwaitsConditions: some are awaited already.
        SecondPersonNeeded: the actor confirmed this hold before.
        ProposalPending: something is proposed already.
        LimitIsThisHold: what should stay is the hold that should end.
        HoldClosed: the hold ended before.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    actions = store.actions_of(tx.connection, case)
    hold = any_hold(tx, case)
    if terms is not None:
        terms = conditions.usable(tx, case, hold, terms)
    proposed = case.propose_release(finding=finding, limit=limit, terms=terms, actor=actor, at=tx.now, actions=actions)
    open_hold(tx, case)
    if limit is not None:
        _same_limit(tx, hold, limit)
    return _save_proposed(tx, proposed, Did.RELEASE_PROPOSED, finding, actor=actor, reason=reason)


def propose_keeping(
    tx: Tx,
    case_id: str,
    *,
    tenant_id: str | None,
    until: datetime,
    actor: Actor,
    reason: str,
    version: int | None = None,
) -> Case:
    """Ask that the hold ends by itself then. Nothing changes until somebody else approves it, as any release.

    Raises:
        CaseUnknown, CaseClosed, CaseTaken, WrongKind, PersonNeeded, ReasonRequired, UntilUnusable
        AwaitsConditions: it was decided that the hold ends once conditions are met.
        SecondPersonNeeded: the actor confirmed this hold before.
        ProposalPending: something is proposed already.
        HoldClosed: the hold ended before.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    actions, finding = store.actions_of(tx.connection, case), Finding.CONDITION_MET
    proposed = case.propose_release(finding=finding, limit=None, until=until, actor=actor, at=tx.now, actions=actions)
    open_hold(tx, case)
    return _save_proposed(tx, proposed, Did.KEEP_PROPOSED, finding, actor=actor, reason=reason)


def approve_release(
    tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str, version: int | None = None
) -> Case:
    """Release the hold as somebody else proposed it: now, at the time that they named, or once conditions are met.

    Raises:
        CaseUnknown, CaseClosed, CaseTaken, WrongKind, PersonNeeded, ReasonRequired
        UntilUnusable: the time that was proposed is over.
        EndsBefore: conditions would be awaited longer than the hold lasts.
        NoProposal: nobody proposed one.
        SecondPersonNeeded: the actor proposed it, or confirmed the hold.
        HoldClosed: the hold ended before.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    if case.release_pending and case.release_terms is not None:
        return _await(tx, case, case.release_terms, actor=actor, reason=reason)
    actions = store.actions_of(tx.connection, case)
    approved = case.approve_release(actor=actor, at=tx.now, actions=actions)
    if approved.outcome is Outcome.CONFIRMED:
        return save_confirmed(tx, approved, actor=actor, reason=reason)
    assert case.release_finding is not None, "BUG: a proposal without its finding"
    return _release(tx, approved, case.release_finding, case.release_limit, actor=actor, reason=reason)


def withdraw_proposal(
    tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str, version: int | None = None
) -> Case:
    """Take back what one proposed oneself, a release or a ban. What was decided before it stands again.

    Raises:
        CaseUnknown, CaseClosed, CaseTaken, WrongKind, PersonNeeded, ReasonRequired
        NoProposal: nothing is proposed, or somebody else did.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    withdrawn = case.withdraw_proposal(actor=actor, actions=store.actions_of(tx.connection, case))
    saved = save(tx, withdrawn, Did.PROPOSAL_WITHDRAWN, actor=actor, reason=reason)
    tx.state(ProposalWithdrawn(tenant_id=case.tenant_id, case=saved, reason=reason), actor=actor)
    return saved


def find_bypass(
    tx: Tx,
    case_id: str,
    *,
    account_id: str,
    tenant_id: str | None,
    actor: Actor,
    reason: str,
    version: int | None = None,
) -> Case:
    """Freeze another account of the tenant, with which the holder tried to get round this case's hold.

    Raises:
        CaseUnknown, CaseTaken, WrongKind, PersonNeeded, ReasonRequired
        HoldClosed: there is nothing left to get round.
        OtherAccountNeeded: it is the same account, no account, or one that is frozen for this already.
        Conflict: the case changed since `version`.
    """
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    case.must_be_for_people(actor)
    open_hold(tx, case)
    subject = Subject(tenant_id=case.tenant_id, account_id=account_id)
    known = find_account(tx.connection, account_id, tenant_id=case.tenant_id) is not None
    same = any(hold.cause is Cause.BYPASS_ATTEMPT for hold in holds.open_holds(tx.connection, subject))
    if account_id == case.account_id or not known or same:
        raise OtherAccountNeeded(pointer="/account")
    saved = store.save(tx.connection, case)  # nothing is decided here yet: whoever has the case keeps it
    act(tx, saved, Did.BYPASS_FOUND, actor=actor, reason=f"{account_id}: {reason}")
    hold = standing.place_hold(
        tx, subject=subject, kind=Kind.FREEZE, cause=Cause.BYPASS_ATTEMPT, reason=reason, actor=actor
    )
    tx.state(BypassFound(tenant_id=case.tenant_id, case=saved, hold=hold, reason=reason), actor=actor)
    return saved


def _await(tx: Tx, case: Case, terms: Terms, *, actor: Actor, reason: str) -> Case:
    """Carry out a release with conditions: nothing ends yet."""
    actions = store.actions_of(tx.connection, case)
    waiting = case.await_conditions(terms, actor=actor, at=tx.now, actions=actions)
    terms = conditions.usable(tx, case, open_hold(tx, case), terms)
    return conditions.begin(tx, waiting, terms, actor=actor, reason=reason)


def _release(
    tx: Tx, released: Case, finding: Finding, limit: LimitInstead | None, *, actor: Actor, reason: str
) -> Case:
    """Carry out what the case decided; where something stays, it is in force before the hold ends."""
    hold = any_hold(tx, released)
    if limit is not None and hold.is_open:
        _leave(tx, hold, limit, proposed_by=released.release_proposed_by, actor=actor, reason=reason)
    saved = save(tx, released, Did.RELEASED, actor=actor, reason=reason)
    # The case is decided first, so that its own reaction to the hold's end finds nothing left to do.
    hold = standing.release_hold(tx, hold.id, tenant_id=released.tenant_id, finding=finding, actor=actor, reason=reason)
    tx.state(
        CaseReleased(tenant_id=released.tenant_id, case=saved, hold=hold, finding=finding, reason=reason), actor=actor
    )
    return saved


def _leave(tx: Tx, hold: Hold, limit: LimitInstead, *, proposed_by: Actor | None, actor: Actor, reason: str) -> None:
    """See to it that these services stay stopped until then, for the hold's own cause.

    Raises:
        LimitIsThisHold, UntilUnusable
        AwaitsConditions: the same is limited already, and ends once conditions are met.
        ProposalNeeded: what stays takes two people to end, and one alone says when.
    """
    same = _same_limit(tx, hold, limit)
    if same is not None:
        _keep_longer(tx, same, limit.until, proposed_by=proposed_by, actor=actor, reason=reason)
        return
    left = standing.place_hold(
        tx,
        subject=hold.subject,
        kind=Kind.LIMIT,
        cause=hold.cause,
        services=limit.services,
        reason=reason,
        glimpse=Glimpse(until=limit.until),
        actor=actor,
    )
    case = store.get_case(tx.connection, left.case_id, tenant_id=hold.subject.tenant_id, lock=True)
    kept = case.confirm(actor=actor, at=tx.now, until=limit.until, proposed_by=proposed_by)
    save_confirmed(tx, kept, actor=actor, reason=reason)


def _same_limit(tx: Tx, hold: Hold, limit: LimitInstead) -> Hold | None:
    """The open hold that says already what is to stay, if there is one: no second is ever placed beside it.

    Raises:
        LimitIsThisHold: it is the one that should end.
    """
    like = msgspec.structs.replace(hold, kind=Kind.LIMIT, services=frozenset(limit.services))
    same = holds.find_same(tx.connection, like)
    if same is not None and same.id == hold.id:
        raise LimitIsThisHold(case=hold.case_id)
    return same


def _keep_longer(tx: Tx, hold: Hold, until: datetime, *, proposed_by: Actor | None, actor: Actor, reason: str) -> None:
    """Put off the end of a hold where it would come too early; all else in its case is for its own people to decide."""
    case = store.get_case(tx.connection, hold.case_id, tenant_id=hold.subject.tenant_id, lock=True)
    case.must_promise_nothing()
    if case.keep_until is None or case.keep_until >= until:
        return
    usable_until(until, at=tx.now)
    saved = store.save(tx.connection, case.kept_until(until, actor=actor, proposed_by=proposed_by))
    act(tx, saved, Did.KEPT_LONGER, actor=actor, reason=reason)
    tx.state(CaseKeptLonger(tenant_id=saved.tenant_id, case=saved, hold=hold, reason=reason), actor=actor)


def _save_proposed(tx: Tx, proposed: Case, did: Did, finding: Finding, *, actor: Actor, reason: str) -> Case:
    saved = save(tx, proposed, did, actor=actor, reason=reason)
    tx.state(ReleaseProposed(tenant_id=saved.tenant_id, case=saved, finding=finding, reason=reason), actor=actor)
    return saved
