"""What our people do in appeals: they read, ask for what is missing, and decide. Each deed is one transaction.

Deciding an appeal decides the case in the same transaction: upheld, just this hold ends; refused, it stays.
"""

from typing import Any

import msgspec

from frostgate.appeals import store
from frostgate.appeals.asking import Ask
from frostgate.appeals.errors import AppealUnknown
from frostgate.appeals.letters import tell
from frostgate.appeals.model import (
    LONGEST_WORDS,
    Appeal,
    AppealAsked,
    AppealDecided,
    AppealRead,
    Decision,
    Outcome,
    Part,
    Said,
    State,
    about,
    clean,
)
from frostgate.appeals.questions import may_be_about
from frostgate.appeals.service import say, settle
from frostgate.base.errors import Conflict
from frostgate.base.model import Actor
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.cases import releases
from frostgate.cases import service as cases
from frostgate.cases import store as case_store
from frostgate.cases.actions import FOUND_RIGHT, Did, who
from frostgate.cases.bulk import store as bulk
from frostgate.cases.clock import service as clock
from frostgate.cases.conditions import service as conditions
from frostgate.cases.desk import service as desk
from frostgate.cases.model import Case
from frostgate.cases.model import State as CaseState
from frostgate.cases.reasons import reason_of
from frostgate.notices.model import Template
from frostgate.standing import store as holds
from frostgate.standing.model import Finding


class AppealFile(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was said in an appeal."""

    appeal: Appeal
    said: tuple[Said, ...]


def read_appeal(uow: UnitOfWork, appeal_id: str, *, tenant_id: str | None, actor: Actor) -> AppealFile:
    """The whole file. It holds what people said about themselves, so the journal keeps who looked, beforehand.

    Raises:
        AppealUnknown: there is none in this tenant (None: in any), or it was not handed in.
    """
    with uow.begin() as tx:
        appeal = _handed_in(tx, appeal_id, tenant_id=tenant_id)
        tx.state(AppealRead(**about(appeal)), actor=actor)
        return AppealFile(appeal=appeal, said=tuple(store.said_in(tx.connection, appeal)))


def ask(
    tx: Tx,
    appeal_id: str,
    code: Ask,
    words: str,
    *,
    tenant_id: str | None,
    actor: Actor,
    document_id: str | None = None,
    version: int | None = None,
) -> Appeal:
    """Ask for what is missing and for nothing else; while we wait, the case's clock stands still.

    `document_id` names the document that will not do, if it is about one.

    Raises:
        DocumentUnknown: it is none of this case, or was deleted.
        DocumentUnnamed: the code is about a document, and none is named.
        AppealUnknown, AppealClosed, PersonNeeded, TooLong
        CaseTaken: somebody else has the case in hand.
        Conflict: the appeal changed since `version`.
    """
    appeal = _handed_in(tx, appeal_id, tenant_id=tenant_id, version=version)
    may_be_about(tx.connection, appeal, code, document_id)
    saved = store.save(tx.connection, appeal.ask(actor=actor, at=tx.now))
    said = say(tx, saved, code, clean(words, LONGEST_WORDS), actor=actor, document_id=document_id)
    case = case_store.get_case(tx.connection, saved.case_id, tenant_id=saved.tenant_id, lock=True)
    desk.work_on(tx, case, actor=actor)
    clock.wait_for_holder(tx, case.id, tenant_id=case.tenant_id, actor=actor, reason=f"appeal: {code}")
    if conditions.waits_for_us(tx.connection, case):
        clock.go_on(tx, case.id, tenant_id=case.tenant_id, actor=actor)
    tx.state(AppealAsked(**about(saved), reason_code=code), actor=actor)
    tell(tx, saved, Template.APPEAL_ASKED, actor=actor, asks=code.value, words=said.words)
    return saved


def decide(
    tx: Tx,
    appeal_id: str,
    decision: Decision,
    *,
    finding: Finding,
    tenant_id: str | None,
    actor: Actor,
    version: int | None = None,
) -> Appeal:
    """Uphold the appeal and end the hold, or refuse it and leave it. `finding` is why a hold that is no ban ends.

    Raises:
        AppealUnknown, AppealClosed, GroundNeeded, ReasonRequired, TooLong
        PersonNeeded: a token is nobody.
        SecondPersonNeeded: the actor placed or confirmed the hold, or proposed or approved the ban.
        CaseTaken: somebody else has the case in hand.
        ProposalNeeded: it was a violation, and nobody else has proposed its release yet.
        ProposalPending: what somebody has proposed is not that just this hold ends, for the same finding.
        CaseClosed: the freeze of a banned account ends only after the ban.
        Conflict: the appeal changed since `version`.
    """
    reason = reason_of(decision.reason)
    appeal = _handed_in(tx, appeal_id, tenant_id=tenant_id, version=version)
    case = case_store.get_case(tx.connection, appeal.case_id, tenant_id=appeal.tenant_id, lock=True)
    desk.work_on(tx, case, actor=actor)
    if appeal.state is State.ASKED:  # nobody can answer that any more
        clock.go_on(tx, case.id, tenant_id=case.tenant_id, actor=actor)
    decided = appeal.decide(
        msgspec.structs.replace(decision, reason=reason), _part(tx, case, appeal), actor=actor, at=tx.now
    )
    # Saved first, so that our own reaction to the hold's end finds nothing left to do.
    saved = store.save(tx.connection, decided)
    _carry_out(tx, saved, case, finding, actor=actor, reason=reason)
    tx.state(
        AppealDecided(**about(saved), outcome=decision.outcome, reason_code=decision.ground, reason=reason),
        actor=actor,
    )
    tell(
        tx,
        saved,
        Template.APPEAL_DECIDED,
        actor=actor,
        outcome=decision.outcome.value,
        ground=decision.ground.value if decision.ground else "",
        words=saved.words,
    )
    return saved


def _carry_out(tx: Tx, appeal: Appeal, case: Case, finding: Finding, *, actor: Actor, reason: str) -> None:
    """Bring the case where the decision says."""
    said: dict[str, Any] = {"tenant_id": appeal.tenant_id, "actor": actor, "reason": reason}
    if appeal.outcome is Outcome.UPHELD:
        if appeal.hold_id == case.ban_hold_id:
            cases.uphold_appeal(tx, case.id, **said)
        elif _is_just_this(case, finding):
            # Of a violation: somebody proposed just this, and whoever decides the appeal agrees.
            releases.approve_release(tx, case.id, **said)
        else:
            releases.release(tx, case.id, finding=finding, **said)
    elif case.state is CaseState.OPEN and not case.ban_pending and not case.release_pending:
        cases.confirm(tx, case.id, **said)
    else:  # decided before, or something is proposed: refusing the appeal does not decline that
        cases.note(tx, case.id, **said)
        settle(tx, appeal, actor=actor)


def _is_just_this(case: Case, finding: Finding) -> bool:
    """Whether what somebody proposed is that the hold ends now, for this reason, and leaves nothing behind."""
    more = (case.release_until, case.release_terms, case.release_limit)
    return case.release_pending and more == (None, None, None) and case.release_finding is finding


def _part(tx: Tx, case: Case, appeal: Appeal) -> Part:
    """Who may not decide: who placed the hold, by whatever two, or found it right; of a ban whoever had part in it."""
    hold = holds.get_hold(tx.connection, appeal.hold_id, tenant_id=appeal.tenant_id)
    proposer = bulk.proposer_of(tx.connection, hold.id, tenant_id=appeal.tenant_id)
    placed = {hold.actor} if proposer is None else {hold.actor, proposer}
    is_ban = appeal.hold_id == case.ban_hold_id
    deeds = FOUND_RIGHT | {Did.BAN_PROPOSED} if is_ban else FOUND_RIGHT
    return Part(
        everybody=who(case_store.actions_of(tx.connection, case), *deeds) | placed,
        confirmed_by=case.confirmed_by,
        ban_proposed_by=case.ban_proposed_by if is_ban else None,
        ban_approved_by=case.ban_approved_by if is_ban else None,
    )


def _handed_in(tx: Tx, appeal_id: str, *, tenant_id: str | None, version: int | None = None) -> Appeal:
    """The appeal as our people may see it, nobody else's until this transaction ends. A draft is its writer's alone."""
    appeal = store.get_appeal(tx.connection, appeal_id, tenant_id=tenant_id, lock=True)
    if appeal.handed_in_at is None:
        raise AppealUnknown
    if version is not None and version != appeal.version:
        raise Conflict(appeal=appeal.id, version=appeal.version)
    return appeal
