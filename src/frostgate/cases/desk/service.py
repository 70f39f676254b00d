"""Taking cases, giving them to others, and being handed the next."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from frostgate.base.model import Actor, ActorKind
from frostgate.base.uow import Tx
from frostgate.cases import store as cases
from frostgate.cases.desk import store
from frostgate.cases.desk.model import (
    MOST_AT_ONCE,
    AtOnceUnusable,
    CaseTaken,
    CaseWasLeft,
    CaseWasTaken,
    DeskFull,
    Lease,
    NotTaken,
    Reviewer,
    ReviewerDescribed,
    ReviewerUnknown,
    take,
)
from frostgate.cases.errors import PersonNeeded
from frostgate.cases.model import Case
from frostgate.directory import credentials
from frostgate.directory.errors import OperatorUnknown
from frostgate.directory.model import Operator
from frostgate.directory.permissions import PERMISSIONS, Permission
from frostgate.standing.model import Cause


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases of a sort are open."""

    severity: int
    cause: str | None
    open: int
    oldest: datetime


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What waits, and who has what in hand."""

    waiting: tuple[Waiting, ...]
    leases: tuple[Lease, ...]
    reviewers: tuple[Reviewer, ...]


def take_case(tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor) -> Lease:
    """Take a case, or take it for longer.

    Raises:
        CaseUnknown, CaseClosed, PersonNeeded
        CaseTaken: somebody else has it.
        DeskFull: the actor has enough already.
    """
    case = cases.get_case(tx.connection, case_id, tenant_id=tenant_id, lock=True)
    return _hand(tx, case, to=_person(actor, case.id), over=False, actor=actor)


def give_case(tx: Tx, case_id: str, *, tenant_id: str | None, operator_id: str, actor: Actor) -> Lease:
    """Hand a case to somebody, also out of somebody else's hands.

    Raises:
        CaseUnknown, CaseClosed
        ReviewerUnknown: there is no such person who decides cases.
        DeskFull: that person has enough already.
    """
    case = cases.get_case(tx.connection, case_id, tenant_id=tenant_id, lock=True)
    operator = _operator(tx.connection, operator_id)
    return _hand(tx, case, to=Actor(ActorKind.OPERATOR, operator.id), over=True, actor=actor)


def leave_case(tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor) -> None:
    """Give a case back to the queue.

    Raises:
        CaseUnknown
        NotTaken: the actor does not have it.
    """
    case = cases.get_case(tx.connection, case_id, tenant_id=tenant_id, lock=True)
    held = store.find(tx.connection, case, at=tx.now)
    if held is None or held.actor != actor:
        raise NotTaken(case=case.id)
    store.drop(tx.connection, case)
    tx.state(CaseWasLeft(tenant_id=case.tenant_id, case_id=case.id), actor=actor)


def next_cases(
    tx: Tx, *, tenant_id: str | None, cause: Cause | None, together: int = 1, actor: Actor
) -> list[tuple[Case, Lease]]:
    """Take the case that needs somebody most and that this person is good at; none where none waits.

    Up to `together` cases of the same attack come with it, as many as the person has room for.

    Raises:
        PersonNeeded
        DeskFull: the actor has enough already.
    """
    reviewer = store.get_reviewer(tx.connection, _person(actor, None).id)
    causes = {cause} if cause is not None else reviewer.causes
    _check_room(tx, reviewer, actor)
    case = store.next_free(tx.connection, tenant_id=tenant_id, causes=causes, actor=actor, at=tx.now)
    if case is None:
        return []
    room = reviewer.at_once - len(store.live_leases(tx.connection, tx.now, actor=actor))
    limit = min(together, room) - 1
    more = store.neighbours_of(tx.connection, case, tenant_id=tenant_id, actor=actor, at=tx.now, limit=limit)
    return [(each, _hand(tx, each, to=actor, over=False, actor=actor)) for each in (case, *more)]


def describe(tx: Tx, operator_id: str, *, causes: frozenset[Cause], at_once: int, actor: Actor) -> Reviewer:
    """Say what somebody is good at and how many cases they have at a time.

    Raises:
        ReviewerUnknown: there is no such person who decides cases.
        AtOnceUnusable: nobody works like that.
    """
    if not 1 <= at_once <= MOST_AT_ONCE:
        raise AtOnceUnusable(pointer="/at_once", most=MOST_AT_ONCE)
    operator = _operator(tx.connection, operator_id)
    before = store.get_reviewer(tx.connection, operator.id)
    reviewer = Reviewer(operator_id=operator.id, causes=causes, at_once=at_once)
    if reviewer != before:
        store.save_reviewer(tx.connection, reviewer)
        tx.state(ReviewerDescribed(tenant_id=operator.tenant_id, reviewer=reviewer, before=before), actor=actor)
    return reviewer


def picture(connection: sa.Connection, *, tenant_id: str | None, at: datetime) -> Desk:
    """What waits in the tenants that the reader sees, and who has what of it in hand."""
    waiting = [
        Waiting(severity=row.severity, cause=row.cause, open=row.open, oldest=row.oldest)
        for row in store.waiting(connection, tenant_id=tenant_id, at=at)
    ]
    held = [lease for lease in store.live_leases(connection, at) if tenant_id in {None, lease.tenant_id}]
    reviewers = store.list_reviewers(connection) if tenant_id is None else []  # who works here is the platform's
    return Desk(waiting=tuple(waiting), leases=tuple(held), reviewers=tuple(reviewers))


def work_on(tx: Tx, case: Case, *, actor: Actor) -> None:
    """Pass whoever may do something in a case now, and keep it for them a while longer where they took it.

    Raises:
        CaseTaken: somebody else has it.
    """
    held = store.find(tx.connection, case, at=tx.now)
    if held is None:
        return
    if held.actor != actor:
        raise CaseTaken.by(held)
    store.save(tx.connection, held.renewed(tx.now))


def _hand(tx: Tx, case: Case, *, to: Actor, over: bool, actor: Actor) -> Lease:
    held = store.find(tx.connection, case, at=tx.now)
    lease = take(case, held, actor=to, at=tx.now, over=over)
    had = held.actor if held is not None else None
    if had != to:
        _check_room(tx, store.get_reviewer(tx.connection, to.id), to)
    store.save(tx.connection, lease)
    if had != to:
        tx.state(CaseWasTaken(tenant_id=case.tenant_id, case_id=case.id, by=to, before=had), actor=actor)
    return lease


def _check_room(tx: Tx, reviewer: Reviewer, actor: Actor) -> None:
    if len(store.live_leases(tx.connection, tx.now, actor=actor)) >= reviewer.at_once:
        raise DeskFull(most=reviewer.at_once)


def _person(actor: Actor, case_id: str | None) -> Actor:
    if actor.kind is not ActorKind.OPERATOR:
        raise PersonNeeded(case=case_id)
    return actor


def _operator(connection: sa.Connection, operator_id: str) -> Operator:
    """Somebody of the platform's own staff who decides cases."""
    try:
        operator = credentials.get_operator(connection, operator_id)
    except OperatorUnknown:
        raise ReviewerUnknown from None
    if not operator.active or Permission.CASES_DECIDE not in PERMISSIONS[operator.role]:
        raise ReviewerUnknown
    return operator
