"""How a new case finds the attack that it is part of, and the case that it repeats. In the hold's own transaction.

Its sender waits, so this costs one look-up by key for the traces and one by index for the account.
"""

from collections.abc import Mapping, Sequence

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.cases import store as cases
from frostgate.cases.actions import Did
from frostgate.cases.groups import store
from frostgate.cases.groups.model import (
    Begins,
    CaseDuplicated,
    CaseGrouped,
    Group,
    GroupBegun,
    Joins,
    Mark,
    Trace,
    belongs,
    is_live,
    traces_left,
)
from frostgate.cases.model import Case
from frostgate.cases.reactions import act
from frostgate.standing.model import Hold, HoldPlaced, Kind


def gather(tx: Tx, fact: HoldPlaced, actor: Actor) -> None:
    """Put the case of a new hold to the others of one attack, and to one that is open about the same thing."""
    hold = fact.hold
    if hold.kind is Kind.BAN or hold.subject.account_id is None:  # a ban's case is the one that decided it
        return
    case = cases.get_case(tx.connection, hold.case_id, tenant_id=hold.subject.tenant_id)
    left = traces_left(hold, fact.traces)
    if left:
        marks = store.marks_of(tx.connection, left)
        found = belongs(hold, left, marks, at=tx.now)
        group_id = None if found is None else _join(tx, hold, found, actor)
        _leave_marks(tx, case, left, marks, found, group_id)
    _note_duplicate(tx, case, actor)


def _join(tx: Tx, hold: Hold, found: Joins | Begins, actor: Actor) -> str:
    """The group that the case is in from now on."""
    trait, tenant_id = found.trace.trait, hold.subject.tenant_id
    if isinstance(found, Joins):
        group_id = found.group_id
        store.grow(tx.connection, group_id, found.trace if found.widens else None, at=tx.now)
    else:
        group_id = _begin(tx, hold, found)
        begun = GroupBegun(tenant_id=tenant_id, group_id=group_id, trait=trait, case_id=found.with_case)
        tx.state(begun, actor=actor)
    store.join(tx.connection, hold.case_id, group_id=group_id)
    tx.state(CaseGrouped(tenant_id=tenant_id, case_id=hold.case_id, group_id=group_id, trait=trait), actor=actor)
    return group_id


def _begin(tx: Tx, hold: Hold, found: Begins) -> str:
    """A group of this case and the one that was alone until now, which may be another tenant's."""
    group = Group(
        id=tx.new_id(),
        cause=hold.cause,
        rule=hold.actor.id,
        trait=found.trace.trait,
        value=found.trace.value,
        last_at=tx.now,
    )
    store.add(tx.connection, group)
    store.join(tx.connection, found.with_case, group_id=group.id)
    return group.id


def _leave_marks(
    tx: Tx,
    case: Case,
    left: Sequence[Trace],
    marks: Mapping[str, Mark],
    found: Joins | Begins | None,
    group_id: str | None,
) -> None:
    """Whoever comes next is compared with this case; a trace that makes up another group stays that one's."""
    for trace in left:
        known = marks.get(trace.key)
        of = known.group_id if known is not None and is_live(trace, known, at=tx.now) else None
        if of is None and found is not None and trace == found.trace:
            of = group_id
        if of in {None, group_id}:
            store.mark(tx.connection, trace, case, group_id=of, at=tx.now)


def _note_duplicate(tx: Tx, case: Case, actor: Actor) -> None:
    """Say in both cases that they are about the same thing, so that one person decides both."""
    original = store.find_original(tx.connection, case)
    if original is None:
        return
    store.save_duplicate(tx.connection, case, of=original)
    act(tx, original, Did.DUPLICATED, actor=actor, reason=case.id)
    fact = CaseDuplicated(tenant_id=case.tenant_id, case_id=case.id, duplicate_of=original.id)
    tx.state(fact, actor=actor)
