"""Starting, stopping and pausing the clock of a case.

No call starts or ends the clock of an open case: the facts of cases do (`Clocks`), so that none is without one. The
calls are for what people say to the holder, and hear.
"""

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.cases import store as cases
from frostgate.cases.actions import Did
from frostgate.cases.clock import store
from frostgate.cases.clock.model import OF_CONDITIONS, Clock, Limit, Policy
from frostgate.cases.clock.records import (
    ClockMissed,
    ClockRestarted,
    ClockSettled,
    HolderAnswered,
    HolderAsked,
    HolderAwaited,
)
from frostgate.cases.desk import service as desk
from frostgate.cases.errors import CaseClosed
from frostgate.cases.facts import (
    AppealUpheld,
    BanApproved,
    BanProposed,
    CaseConfirmed,
    CaseDone,
    CaseEnded,
    CaseOpened,
    CaseReleased,
    ReleaseProposed,
)
from frostgate.cases.model import Case, CaseKind, Outcome, State
from frostgate.cases.reactions import act
from frostgate.cases.reasons import reason_of

Proposed = BanProposed | ReleaseProposed
Moved = CaseConfirmed | CaseReleased | CaseEnded | CaseDone | Proposed | BanApproved | AppealUpheld
MOVED: tuple[type[Moved], ...] = (
    CaseConfirmed,
    CaseReleased,
    CaseEnded,
    CaseDone,
    BanProposed,
    ReleaseProposed,
    BanApproved,
    AppealUpheld,
)


class Clocks:
    """Starts and ends clocks with their cases, under the policy that is in force."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def start(self, tx: Tx, fact: CaseOpened, actor: Actor) -> None:
        """A new case has a clock from the first moment."""
        store.add(tx.connection, _run(tx, fact.case, self._policy, 1))

    def follow(self, tx: Tx, fact: Moved, actor: Actor) -> None:
        """What is decided ends the run. What is open afterwards, or again, has one: of those that ran, or a new one."""
        case = fact.case
        running = store.find_running(tx.connection, case.id, tenant_id=case.tenant_id)
        if running is not None and not isinstance(fact, Proposed):
            save_run(tx, running, running.end(tx.now, is_decided=True), actor=actor)
            running = None
        if running is None and case.state is State.OPEN:
            last = store.last_run(tx.connection, case.id, tenant_id=case.tenant_id)
            store.add(tx.connection, _run(tx, case, self._policy, last.run + 1 if last else 1))


def wait_for_holder(tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, reason: str) -> Clock:
    """Stop the clock: the holder was asked for something. To ask is an answer; to ask for more prolongs nothing.

    It goes on when they answer, and by itself after `Policy.holder_days`.

    Raises:
        CaseUnknown, ReasonRequired
        WrongKind: a task has no holder.
        CaseClosed: there is nothing left to decide in it.
    """
    return _pause(tx, _case(tx, case_id, tenant_id), reason_of(reason), asked="", actor=actor)


def wait_for_conditions(tx: Tx, case: Case, *, actor: Actor, is_answer: bool = True) -> Clock:
    """Stop the clock until the conditions of a release are met, or their time is over. In a case of either sort.

    To set them is an answer to the holder; to wait for them again is none. A question that was open is open no longer:
    what is asked for now takes its place.
    """
    assert case.waiting_until is not None, "BUG: conditions without a time"
    running = store.find_running(tx.connection, case.id, tenant_id=case.tenant_id)
    if running is None:  # it was confirmed before, and so had none
        last = store.last_run(tx.connection, case.id, tenant_id=case.tenant_id)
        running = _run(tx, case, last.policy if last else Policy(), last.run + 1 if last else 1)
        store.add(tx.connection, running)
    waits = running.go_on(tx.now).wait(at=tx.now, reason=OF_CONDITIONS, until=case.waiting_until, is_answer=is_answer)
    save_run(tx, running, waits, actor=actor)
    tx.state(HolderAwaited(tenant_id=case.tenant_id, case_id=case.id, until=case.waiting_until), actor=actor)
    return waits


def go_on(tx: Tx, case_id: str, *, tenant_id: str, actor: Actor) -> None:
    """Wait no longer: what was asked is asked no more, or something else in the case waits for us."""
    running = store.find_running(tx.connection, case_id, tenant_id=tenant_id)
    if running is not None:
        save_run(tx, running, running.go_on(tx.now), actor=actor)


def holder_answered(tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, words: str = "") -> Clock:
    """The holder said something: the clock goes on. Where we do not wait any more, it is only put on record.

    Raises:
        CaseUnknown
        CaseClosed: there is nothing left to decide in it.
    """
    case = _case(tx, case_id, tenant_id)
    running = _running(tx, case)
    goes_on = running.go_on(tx.now)
    save_run(tx, running, goes_on, actor=actor)
    act(tx, case, Did.ANSWERED, actor=actor, reason=words)
    tx.state(HolderAnswered(tenant_id=case.tenant_id, case_id=case.id), actor=actor)
    return goes_on


def first_answer(tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor) -> Clock | None:
    """A person has said something to the holder. Only the first time counts; None where no clock runs.

    Raises:
        CaseUnknown
    """
    case = _case(tx, case_id, tenant_id)
    running = store.find_running(tx.connection, case.id, tenant_id=case.tenant_id)
    if running is None:
        return None
    answered = running.answer(tx.now)
    save_run(tx, running, answered, actor=actor)
    return answered


def restart(tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, why: str) -> Clock:
    """Begin a new run, with all its time: an appeal was handed in. Also in a case that is decided.

    What ran before ends without a decision. In a case that stays decided the run ends with `settle`.

    Raises:
        CaseUnknown
    """
    case = _case(tx, case_id, tenant_id)
    last = store.last_run(tx.connection, case.id, tenant_id=case.tenant_id)
    if last is not None and last.ended_at is None:
        save_run(tx, last, last.end(tx.now, is_decided=False), actor=actor)
    # A case that was decided before there were clocks has had none: it gets what holds unless somebody set otherwise.
    begun = _run(tx, case, last.policy, last.run + 1) if last else _run(tx, case, Policy(), 1)
    store.add(tx.connection, begun)
    tx.state(ClockRestarted(tenant_id=case.tenant_id, case_id=case.id, run=begun.run, why=why), actor=actor)
    return begun


def settle(tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor) -> None:
    """What a run was begun for is over: an appeal was refused or withdrawn. What is not decided keeps its clock.

    Raises:
        CaseUnknown
    """
    case = _case(tx, case_id, tenant_id)
    running = store.find_running(tx.connection, case.id, tenant_id=case.tenant_id)
    if running is not None and case.state is State.DECIDED:
        save_run(tx, running, running.end(tx.now, is_decided=True), actor=actor)
        tx.state(ClockSettled(tenant_id=case.tenant_id, case_id=case.id, run=running.run), actor=actor)


def ask_holder(tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, question: str) -> Case:
    """Ask the holder for something by a notice, and wait for it.

    Raises:
        CaseUnknown, CaseClosed, CaseTaken, WrongKind, ReasonRequired
        AwaitsConditions: they have been told what to do, and a question would get lost beside that.
    """
    question, case = reason_of(question), _case(tx, case_id, tenant_id)
    case.must_promise_nothing()
    desk.work_on(tx, case, actor=actor)
    waits = _pause(tx, case, question, asked=question, actor=actor)
    state_asked(tx, case, question, waits, actor=actor)
    return case


def record_answer(tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, answer: str) -> Case:
    """Put on record what the holder answered by another way.

    Raises:
        CaseUnknown, CaseClosed, CaseTaken, WrongKind, ReasonRequired
        AwaitsConditions: nothing was asked; what is done is found of its condition.
    """
    answer, case = reason_of(answer), _case(tx, case_id, tenant_id)
    case.must_promise_nothing()
    case.must_be_about_a_hold()
    desk.work_on(tx, case, actor=actor)
    holder_answered(tx, case.id, tenant_id=case.tenant_id, actor=actor, words=answer)
    return case


def state_asked(tx: Tx, case: Case, question: str, waits: Clock, *, actor: Actor) -> None:
    """Say that the holder is owed this question: of the ban where there is one, and otherwise of the first hold."""
    hold_id = case.ban_hold_id if case.outcome is Outcome.BANNED else case.hold_id
    assert hold_id is not None, "BUG: a case about a hold without one"
    until = waits.pauses[-1].until
    tx.state(
        HolderAsked(tenant_id=case.tenant_id, case_id=case.id, hold_id=hold_id, question=question, until=until),
        actor=actor,
    )


def save_run(tx: Tx, before: Clock, after: Clock, *, actor: Actor) -> None:
    """Save a clock, and state once what has run out since it was saved last."""
    store.save(tx.connection, after)
    for limit in Limit:
        if after.missed(limit) and not before.missed(limit):
            due_at = after.due(limit)
            missed = ClockMissed(
                tenant_id=after.tenant_id, case_id=after.case_id, run=after.run, limit=limit, due_at=due_at
            )
            tx.state(missed, actor=actor)


def _pause(tx: Tx, case: Case, reason: str, *, asked: str, actor: Actor) -> Clock:
    case.must_be_about_a_hold()
    running = _running(tx, case)
    waits = running.wait(at=tx.now, reason=reason, asked=asked)
    save_run(tx, running, waits, actor=actor)
    act(tx, case, Did.ASKED, actor=actor, reason=reason)
    until = waits.pauses[-1].until
    tx.state(HolderAwaited(tenant_id=case.tenant_id, case_id=case.id, until=until), actor=actor)
    return waits


def _run(tx: Tx, case: Case, policy: Policy, number: int) -> Clock:
    return Clock(
        case_id=case.id,
        tenant_id=case.tenant_id,
        run=number,
        is_task=case.kind is not CaseKind.HOLD,
        policy=policy,
        started_at=tx.now,
    )


def _case(tx: Tx, case_id: str, tenant_id: str | None) -> Case:
    return cases.get_case(tx.connection, case_id, tenant_id=tenant_id, lock=True)


def _running(tx: Tx, case: Case) -> Clock:
    running = store.find_running(tx.connection, case.id, tenant_id=case.tenant_id)
    if running is None:
        raise CaseClosed(case=case.id)
    return running
