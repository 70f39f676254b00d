"""How conditions are seen to be met, told and overtaken when something else happens. Inside that fact's transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, Protocol

import sqlalchemy as sa

from frostgate.base.model import SYSTEM, Actor, ActorKind
from frostgate.base.uow import Tx
from frostgate.cases import store as cases
from frostgate.cases.clock import store as clocks
from frostgate.cases.clock.model import OF_CONDITIONS
from frostgate.cases.clock.records import HolderAwaited
from frostgate.cases.conditions import service, store
from frostgate.cases.conditions.model import State
from frostgate.cases.conditions.records import (
    ConditionNotDone,
    ConditionsLapsed,
    ConditionsSet,
    ConditionsTold,
    Told,
)
from frostgate.cases.model import Case
from frostgate.cases.model import State as CaseState
from frostgate.cases.terms import Term
from frostgate.documents.model import DocumentKept, Purpose
from frostgate.standing.model import HoldReleased

# What a step of a check-up shows: one that is still open since an earlier thaw.
_SHOWN_BY: Mapping[str, Term] = {
    "second_factor": Term.SECOND_FACTOR,
    "sessions": Term.SESSIONS_ENDED,
    "tokens": Term.KEYS_ROTATED,
}


class OfTenant(Protocol):
    """What says that something changed for a tenant."""

    @property
    def tenant_id(self) -> str | None: ...


class OfAccount(OfTenant, Protocol):
    """What says that something changed for one account."""

    @property
    def account_id(self) -> str | None: ...


class StepTaken(OfAccount, Protocol):
    """A step of a check-up was taken; that room comes after this one, so its fact is known by what it says."""

    @property
    def step(self) -> str: ...


Owes = Callable[[sa.Connection, str, datetime], bool]  # whether a tenant owes anything that is overdue


def look_at_once(tx: Tx, fact: ConditionsSet, actor: Actor) -> None:
    """Some may be met from the beginning; the last of those ends the hold at once."""
    service.look_at(tx, fact.case)


def tell(tx: Tx, fact: ConditionsSet, actor: Actor) -> None:
    """Owe the holder the list, unless there is nothing left on it."""
    case = cases.get_case(tx.connection, fact.case.id, tenant_id=fact.case.tenant_id)
    if case.state is CaseState.WAITING:
        _tell(tx, case, "set", actor=actor)


def remind(tx: Tx, fact: HolderAwaited, actor: Actor) -> None:
    """The clock asks once more: so do we, by the same list, where it is conditions that it waits for."""
    assert fact.tenant_id is not None, "BUG: a case that belongs to no tenant"
    case = cases.get_case(tx.connection, fact.case_id, tenant_id=fact.tenant_id)
    if not fact.again or case.state is not CaseState.WAITING:
        return
    run = clocks.last_run(tx.connection, case.id, tenant_id=case.tenant_id)
    if run is not None and run.pauses and run.pauses[-1].reason == OF_CONDITIONS:
        _tell(tx, case, "due", actor=actor)


def tell_not_done(tx: Tx, fact: ConditionNotDone, actor: Actor) -> None:
    """Say what is missing, in the list of what is still open."""
    assert fact.tenant_id is not None, "BUG: a case that belongs to no tenant"
    _tell(tx, cases.get_case(tx.connection, fact.case_id, tenant_id=fact.tenant_id), "not_done", actor=actor)


def tell_lapsed(tx: Tx, fact: ConditionsLapsed, actor: Actor) -> None:
    """Say that the time is over, and that people look again."""
    case = fact.case
    assert case.hold_id is not None, "BUG: conditions without a hold"
    told = ConditionsTold(
        tenant_id=case.tenant_id, case_id=case.id, hold_id=case.hold_id, news="lapsed", conditions=(), until=tx.now
    )
    tx.state(told, actor=actor)


def follow_factors(tx: Tx, fact: OfAccount, actor: Actor) -> None:
    """An account has a second factor now, perhaps."""
    if fact.tenant_id is None or fact.account_id is None:
        return
    for case_id, _ in store.awaiting(
        tx.connection, {Term.SECOND_FACTOR}, tenant_id=fact.tenant_id, account_id=fact.account_id
    ):
        service.look_at(tx, cases.get_case(tx.connection, case_id, tenant_id=fact.tenant_id))


def follow_step(tx: Tx, fact: StepTaken, actor: Actor) -> None:
    """An account's holder took a step of a check-up that shows what a condition asks for."""
    term = _SHOWN_BY.get(fact.step)
    if term is not None and fact.tenant_id is not None and fact.account_id is not None:
        service.see(tx, frozenset({term}), tenant_id=fact.tenant_id, account_id=fact.account_id)


def follow_payment(tx: Tx, fact: OfTenant, actor: Actor, *, owes: Owes) -> None:
    """Less is owed: where nothing is overdue any more, whoever waits for a payment has it."""
    assert fact.tenant_id is not None, "BUG: debts that belong to no tenant"
    waiting = store.awaiting(tx.connection, {Term.PAID}, tenant_id=fact.tenant_id)
    if waiting and not owes(tx.connection, fact.tenant_id, tx.now):
        service.see(tx, frozenset({Term.PAID}), tenant_id=fact.tenant_id)


def follow_document(tx: Tx, fact: DocumentKept, actor: Actor) -> None:
    """The holder handed in a document: where an identity is to be proved, our people look at it."""
    if actor.kind is not ActorKind.HOLDER or fact.tenant_id is None or fact.purpose is Purpose.ATTACHMENT:
        return
    case = cases.find_case(tx.connection, fact.case_id, tenant_id=fact.tenant_id, lock=True)
    if case is None or case.state is not CaseState.WAITING:
        return
    for each in service.open_of(tx.connection, case):
        if each.term is Term.IDENTITY_PROVED and each.declared_at is None:
            service.declare(tx, case.id, each.id, "", tenant_id=case.tenant_id, actor=actor, is_holder=True)


def overtake(tx: Tx, fact: HoldReleased, actor: Actor) -> None:
    """The hold ended otherwise: nothing is awaited any more."""
    case = cases.find_case(tx.connection, fact.hold.case_id, tenant_id=fact.hold.subject.tenant_id)
    if case is None or case.hold_id != fact.hold.id:
        return
    for each in service.open_of(tx.connection, case):
        store.save(tx.connection, each.end(State.OVERTAKEN, actor=SYSTEM, at=tx.now))


def _tell(tx: Tx, case: Case, news: Literal["set", "due", "not_done"], *, actor: Actor) -> None:
    assert case.hold_id is not None, "BUG: conditions without a hold"
    assert case.waiting_until is not None, "BUG: conditions without a time"
    still = service.open_of(tx.connection, case)
    told = ConditionsTold(
        tenant_id=case.tenant_id,
        case_id=case.id,
        hold_id=case.hold_id,
        news=news,
        conditions=tuple(Told(term=each.term.value, zh=each.zh, en=each.en, missing=each.missing) for each in still),
        until=case.waiting_until,
    )
    tx.state(told, actor=actor)
