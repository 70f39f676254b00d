"""What becomes of an appeal when something else happens to its hold or its case. Inside that fact's own transaction."""

from typing import Protocol

from frostgate.appeals import store
from frostgate.appeals.letters import tell
from frostgate.appeals.model import AppealOvertaken, State, about
from frostgate.base.model import BILLING, Actor
from frostgate.base.uow import Tx
from frostgate.cases.clock import service as clock
from frostgate.cases.clock.records import HolderAwaited
from frostgate.cases.conditions.records import ConditionMet, ConditionNotDone, ConditionsSet, ConditionWaived
from frostgate.cases.model import Case
from frostgate.cases.model import State as CaseState
from frostgate.notices.model import Template
from frostgate.notices.service import Says, never, owe_kept
from frostgate.notices.store import placed_notices
from frostgate.standing.model import Hold, HoldReleased


class OfCase(Protocol):
    """What happened in a case, as it is afterwards."""

    @property
    def case(self) -> Case: ...


class OfHold(OfCase, Protocol):
    """What people found about a hold that stays."""

    @property
    def hold(self) -> Hold: ...


def tell_kept(tx: Tx, fact: OfHold, actor: Actor, *, by_text: Says = never) -> None:
    """Tell people that the hold stays, and how long, unless the letter of the hold or of an appeal says so already."""
    hold, until = fact.hold, fact.case.ends_at
    if hold.actor == BILLING:  # dunning speaks for itself
        return
    appeals = store.appeals_against(tx.connection, hold.id, tenant_id=hold.subject.tenant_id)
    placed = placed_notices(tx.connection, hold.id, tenant_id=hold.subject.tenant_id)
    said_so = until is not None and any(notice.params.until == until for notice in placed)
    if not said_so and not any(appeal.decided_at == tx.now for appeal in appeals):
        owe_kept(tx, hold, until, actor=actor, by_text=by_text)


def overtake(tx: Tx, fact: HoldReleased, actor: Actor) -> None:
    """Close the appeal of a hold that was released otherwise. The news of the release tells people."""
    hold = fact.hold
    appeal = store.find_under_way(tx.connection, hold.id, tenant_id=hold.subject.tenant_id)
    if appeal is None:
        return
    saved = store.save(tx.connection, appeal.overtake(at=tx.now))
    if appeal.state is not State.DRAFT:  # of a draft nobody but its writer knows
        tx.state(AppealOvertaken(**about(saved)), actor=actor)


def run_on(tx: Tx, fact: ConditionsSet | ConditionMet | ConditionWaived | ConditionNotDone, actor: Actor) -> None:
    """A case began to wait for its holder, or did so again, but somebody's appeal waits for us: its clock runs."""
    assert fact.tenant_id is not None, "BUG: a case that belongs to no tenant"
    case_id = fact.case.id if isinstance(fact, ConditionsSet) else fact.case_id
    waiting = store.waiting_in(tx.connection, case_id, tenant_id=fact.tenant_id)
    if any(appeal.state is State.HANDED_IN for appeal in waiting):
        clock.go_on(tx, case_id, tenant_id=fact.tenant_id, actor=actor)


def remind(tx: Tx, fact: HolderAwaited, actor: Actor) -> None:
    """The clock asks once more: so do we, in the same words, where an appeal waits for an answer."""
    if not fact.again:
        return
    assert fact.tenant_id is not None, "BUG: a case that belongs to no tenant"
    for appeal in store.waiting_in(tx.connection, fact.case_id, tenant_id=fact.tenant_id):
        if appeal.state is State.ASKED:
            [*_, asked] = (each for each in store.said_in(tx.connection, appeal) if each.code is not None)
            asks = asked.code.value if asked.code else ""
            tell(tx, appeal, Template.APPEAL_ASKED, actor=actor, asks=asks, words=asked.words)


def settle_clock(tx: Tx, fact: OfCase, actor: Actor) -> None:
    """A proposal was taken back and its case is decided as before: nobody waits any more, unless for an appeal."""
    case = fact.case
    if case.state is not CaseState.DECIDED or store.waiting_in(tx.connection, case.id, tenant_id=case.tenant_id):
        return
    clock.settle(tx, case.id, tenant_id=case.tenant_id, actor=actor)


def keep_clock(tx: Tx, fact: OfCase, actor: Actor) -> None:
    """People decided something in the case and its clock ended, but an appeal still waits: that has a clock, too."""
    case = fact.case
    waiting = store.waiting_in(tx.connection, case.id, tenant_id=case.tenant_id)
    if not waiting:
        return
    clock.restart(tx, case.id, tenant_id=case.tenant_id, actor=actor, why="an appeal is not decided yet")
    if all(appeal.state is State.ASKED for appeal in waiting):
        clock.wait_for_holder(
            tx, case.id, tenant_id=case.tenant_id, actor=actor, reason="the appeal waits for an answer as before"
        )
