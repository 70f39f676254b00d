"""Setting conditions for the end of a hold, and what becomes of them.

Every change locks the case first, so whoever ticks the last condition, whoever lets them lapse and whoever releases
the hold otherwise come one after the other, and just one of them ends it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa

from frostgate.base.model import SYSTEM, Actor, Fact
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.cases import store as cases
from frostgate.cases.actions import FOUND_RIGHT, Did, who
from frostgate.cases.clock import service as clock
from frostgate.cases.clock import store as clocks
from frostgate.cases.clock.model import Policy
from frostgate.cases.conditions import store
from frostgate.cases.conditions.model import Condition, State
from frostgate.cases.conditions.records import (
    ConditionDeclared,
    ConditionMet,
    ConditionNotDone,
    ConditionsLapsed,
    ConditionsSet,
    ConditionWaived,
)
from frostgate.cases.errors import ConditionNotYours, ConditionSettled, EndsBefore
from frostgate.cases.facts import CaseReleased
from frostgate.cases.model import Case
from frostgate.cases.model import State as CaseState
from frostgate.cases.reactions import act
from frostgate.cases.reasons import reason_of
from frostgate.cases.taking import save, take
from frostgate.cases.terms import Term, Terms, checked_terms
from frostgate.cases.turns import one_by_one
from frostgate.directory.factors import store as factors
from frostgate.directory.factors.model import FactorState, Owner
from frostgate.standing import store as holds
from frostgate.standing.model import Finding, Hold, Subject
from frostgate.standing.service import release_hold


def usable(tx: Tx, case: Case, hold: Hold, terms: Terms) -> Terms:
    """The terms as they are kept, under the policy of the case's clock.

    Raises:
        ConditionsUnusable, ConditionMisfit, UntilUnusable
        EndsBefore: the hold ends by itself before that; a later time would be a promise that is not kept.
    """
    if case.keep_until is not None and terms.until > case.keep_until:
        raise EndsBefore(case=case.id, until=case.keep_until)
    run = clocks.last_run(tx.connection, case.id, tenant_id=case.tenant_id)
    longest = (run.policy if run is not None else Policy()).longest_conditions
    return checked_terms(terms, hold, at=tx.now, longest=longest)


def begin(tx: Tx, waiting: Case, terms: Terms, *, actor: Actor, reason: str) -> Case:
    """Save what people agreed to, stop the clock and say so. What is met already is seen at once, by a reaction."""
    saved = save(tx, waiting, Did.CONDITIONS_SET, actor=actor, reason=reason)
    for demand in terms.demands:
        new = Condition(
            id=tx.new_id(),
            case_id=saved.id,
            tenant_id=saved.tenant_id,
            term=demand.term,
            zh=demand.zh,
            en=demand.en,
            state=State.OPEN,
            set_at=tx.now,
            proposed_by=saved.release_proposed_by,
        )
        store.add(tx.connection, new)
    clock.wait_for_conditions(tx, saved, actor=actor)
    asked = tuple(demand.term for demand in terms.demands)
    tx.state(ConditionsSet(tenant_id=saved.tenant_id, case=saved, terms=asked, reason=reason), actor=actor)
    return cases.get_case(tx.connection, saved.id, tenant_id=saved.tenant_id)


def declare(
    tx: Tx, case_id: str, condition_id: str, words: str, *, tenant_id: str, actor: Actor, is_holder: bool
) -> None:
    """The holder says that something is done; `is_holder` is false where somebody else of their company does.

    Raises:
        ConditionUnknown, ConditionSettled, ConditionWordsNeeded
        ConditionNotYours: we see it ourselves; or nobody can make a statement for the holder of an account.
    """
    case = _waiting(tx, case_id, tenant_id=tenant_id)
    known = store.get(tx.connection, condition_id, case=case)
    if known.term is Term.STATEMENT and case.account_id is not None and not is_holder:
        raise ConditionNotYours
    declared = known.declare(words, actor=actor, at=tx.now)
    if declared.state is State.MET:
        _settle(tx, case, declared, actor=actor)
        return
    store.save(tx.connection, declared)
    # Now it is our turn: from here on the clock counts, and warns whoever lets it wait.
    clock.holder_answered(tx, case.id, tenant_id=case.tenant_id, actor=actor, words=_line(declared))
    said = ConditionDeclared(tenant_id=case.tenant_id, case_id=case.id, condition_id=declared.id, term=declared.term)
    tx.state(said, actor=actor)


def find_met(
    tx: Tx,
    case_id: str,
    condition_id: str,
    *,
    tenant_id: str | None,
    actor: Actor,
    reason: str,
    version: int | None = None,
) -> Case:
    """One of our people finds that a condition is met; the last one ends the hold.

    Raises:
        CaseUnknown, CaseTaken, WrongKind, PersonNeeded, ReasonRequired, ConditionUnknown, ConditionSettled
        ConditionNotYours: nobody can say it for the holder.
        SecondPersonNeeded: the actor proposed this release, or confirmed the hold.
        Conflict: the case changed since `version`.
    """
    said: dict[str, Any] = {"tenant_id": tenant_id, "actor": actor, "reason": reason, "version": version}
    return _decide(tx, case_id, condition_id, Condition.found_met, **said)


def waive(
    tx: Tx,
    case_id: str,
    condition_id: str,
    *,
    tenant_id: str | None,
    actor: Actor,
    reason: str,
    version: int | None = None,
) -> Case:
    """One of our people asks for a condition no longer, and says why; the last one ends the hold.

    Raises:
        CaseUnknown, CaseTaken, WrongKind, PersonNeeded, ReasonRequired, ConditionUnknown, ConditionSettled
        SecondPersonNeeded: the actor proposed this release, or confirmed the hold.
        Conflict: the case changed since `version`.
    """
    said: dict[str, Any] = {"tenant_id": tenant_id, "actor": actor, "reason": reason, "version": version}
    return _decide(tx, case_id, condition_id, Condition.waive, **said)


def find_not_done(
    tx: Tx,
    case_id: str,
    condition_id: str,
    *,
    tenant_id: str | None,
    actor: Actor,
    reason: str,
    version: int | None = None,
) -> Case:
    """One of our people finds that what the holder declared is not done: they are told what is missing, by `reason`.

    It takes nothing from anybody, so that whoever proposed the release may find it, too.

    Raises:
        CaseUnknown, CaseTaken, WrongKind, PersonNeeded, ReasonRequired, ConditionUnknown, ConditionSettled
        ConditionNotDeclared: nobody says that it is done.
        Conflict: the case changed since `version`.
    """
    missing, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    case.must_be_for_people(actor)
    found = store.get(tx.connection, condition_id, case=case).found_not_done(missing)
    store.save(tx.connection, found)
    act(tx, case, Did.CONDITION_NOT_DONE, actor=actor, reason=_line(found))
    wait_again(tx, case.id, tenant_id=case.tenant_id, actor=actor)
    told = ConditionNotDone(tenant_id=case.tenant_id, case_id=case.id, condition_id=found.id, term=found.term)
    tx.state(told, actor=actor)
    return case


def _decide(
    tx: Tx,
    case_id: str,
    condition_id: str,
    how: Callable[..., Condition],
    *,
    tenant_id: str | None,
    actor: Actor,
    reason: str,
    version: int | None,
) -> Case:
    """One of our people settles a condition in this way."""
    reason, case = reason_of(reason), take(tx, case_id, tenant_id=tenant_id, actor=actor, version=version)
    case.must_be_for_people(actor)
    known = store.get(tx.connection, condition_id, case=case)
    confirmed = who(cases.actions_of(tx.connection, case), *FOUND_RIGHT)
    return _settle(tx, case, how(known, actor=actor, at=tx.now, reason=reason, confirmed=confirmed), actor=actor)


def wait_again(tx: Tx, case_id: str, *, tenant_id: str, actor: Actor) -> None:
    """Let the clock of a case that awaits conditions stand still, unless something that was declared waits for us."""
    case = cases.get_case(tx.connection, case_id, tenant_id=tenant_id, lock=True)
    if case.state is CaseState.WAITING and not waits_for_us(tx.connection, case):
        clock.wait_for_conditions(tx, case, actor=actor, is_answer=False)


def see(tx: Tx, terms: frozenset[Term], *, tenant_id: str, account_id: str | None = None) -> None:
    """Something happened by which we see that such conditions are met: of a tenant's cases, or of one account's."""
    for case_id, condition_id in store.awaiting(tx.connection, terms, tenant_id=tenant_id, account_id=account_id):
        case = cases.get_case(tx.connection, case_id, tenant_id=tenant_id, lock=True)
        known = store.get(tx.connection, condition_id, case=case)
        if known.state is State.OPEN and case.state is CaseState.WAITING:
            _settle(tx, case, known.seen(actor=SYSTEM, at=tx.now), actor=SYSTEM)


def look_at(tx: Tx, case: Case) -> None:
    """See which conditions of a case are met from the beginning. That nothing is owed proves no payment: it is not."""
    if case.account_id is None:
        return
    owner = Owner(case.tenant_id, case.account_id)
    if any(factor.state is FactorState.ACTIVE for factor in factors.list_factors(tx.connection, owner)):
        see(tx, frozenset({Term.SECOND_FACTOR}), tenant_id=case.tenant_id, account_id=case.account_id)


def keeps_factors(connection: sa.Connection, *, tenant_id: str, account_id: str) -> bool:
    """Whether a hold keeps an account's second factors as they are.

    Whoever has got into it must not set up one of their own. Where our people ask for one before they release it, they
    know who is to set it up.
    """
    awaiting = store.awaiting(connection, {Term.SECOND_FACTOR}, tenant_id=tenant_id, account_id=account_id)
    asked = {case_id for case_id, _ in awaiting}
    subject = Subject(tenant_id=tenant_id, account_id=account_id)
    return any(hold.case_id not in asked for hold in holds.open_holds(connection, subject))


def waits_for_us(connection: sa.Connection, case: Case) -> bool:
    """Whether the holder declared something done at which our people have to look."""
    return any(each.declared_at for each in open_of(connection, case))


def open_of(connection: sa.Connection, case: Case) -> list[Condition]:
    """What is still awaited in a case."""
    return [each for each in store.of_case(connection, case) if each.state is State.OPEN]


def lapse(uow: UnitOfWork) -> int:
    """Bring back to the queue every case whose conditions were not met in time; how many there were.

    Raises:
        StoreUnavailable: nothing can be saved now.
    """

    def find(limit: int) -> list[Case]:
        with uow.look() as connection:
            return store.overdue(connection, uow.clock.now(), limit=limit)

    return one_by_one(find, partial(_lapse, uow), failed="conditions did not lapse")


def _lapse(uow: UnitOfWork, seen: Case) -> bool:
    """Bring one back, unless the last condition was met, or the hold ended, just before."""
    with uow.begin() as tx:
        case = cases.get_case(tx.connection, seen.id, tenant_id=seen.tenant_id, lock=True)
        if case.waiting_until is None or case.waiting_until > tx.now:
            return False
        left = open_of(tx.connection, case)
        for each in left:
            store.save(tx.connection, each.end(State.LAPSED, actor=SYSTEM, at=tx.now))
        reason = f"conditions were to be met by {case.waiting_until.isoformat()}"
        saved = save(tx, case.conditions_lapsed(), Did.CONDITIONS_LAPSED, actor=SYSTEM, reason=reason)
        clock.restart(tx, case.id, tenant_id=case.tenant_id, actor=SYSTEM, why="conditions were not met in time")
        terms = tuple(each.term for each in left)
        tx.state(ConditionsLapsed(tenant_id=case.tenant_id, case=saved, left=terms), actor=SYSTEM)
    return True


def _settle(tx: Tx, case: Case, settled: Condition, *, actor: Actor) -> Case:
    """Save what was found of a condition. The last one ends the hold, in this same transaction."""
    store.save(tx.connection, settled)
    left = open_of(tx.connection, case)
    is_met = settled.state is State.MET
    act(tx, case, Did.CONDITION_MET if is_met else Did.CONDITION_WAIVED, actor=actor, reason=_line(settled))
    if left and settled.declared_at is not None:
        wait_again(tx, case.id, tenant_id=case.tenant_id, actor=actor)
    tx.state(_said(settled, len(left)), actor=actor)  # after that: whoever else waits for us lets the clock run
    return case if left else _end(tx, case, actor=actor)


def _said(settled: Condition, left: int) -> Fact:
    if settled.told_by is None:
        return ConditionWaived(
            tenant_id=settled.tenant_id,
            case_id=settled.case_id,
            condition_id=settled.id,
            term=settled.term,
            left=left,
        )
    return ConditionMet(
        tenant_id=settled.tenant_id,
        case_id=settled.case_id,
        condition_id=settled.id,
        term=settled.term,
        told_by=settled.told_by,
        left=left,
    )


def _end(tx: Tx, case: Case, *, actor: Actor) -> Case:
    """Carry out the release that people agreed to: every condition is met, or waived."""
    assert case.hold_id is not None, "BUG: conditions without a hold"
    reason = "every condition of the release is met"
    # The case is decided first, so that its own reaction to the hold's end finds nothing left to do.
    saved = save(tx, case.conditions_met(actor=actor, at=tx.now), Did.RELEASED, actor=actor, reason=reason)
    finding = Finding.CONDITION_MET
    hold = release_hold(tx, case.hold_id, tenant_id=case.tenant_id, finding=finding, actor=actor, reason=reason)
    released = CaseReleased(tenant_id=case.tenant_id, case=saved, hold=hold, finding=finding, reason=reason)
    tx.state(released, actor=actor)
    return saved


def _waiting(tx: Tx, case_id: str, *, tenant_id: str) -> Case:
    case = cases.get_case(tx.connection, case_id, tenant_id=tenant_id, lock=True)
    if case.state is not CaseState.WAITING:
        raise ConditionSettled(case=case.id)
    return case


def _line(condition: Condition) -> str:
    """What the case's history says of it."""
    said = condition.reason or condition.missing or condition.words
    return ": ".join(each for each in (condition.term.value, condition.en, said) if each)
