"""How everything that people decide in a case begins and ends."""

import sqlalchemy as sa

from frostgate.base.errors import Conflict
from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.cases import store
from frostgate.cases.actions import Did
from frostgate.cases.desk import service as desk
from frostgate.cases.desk import store as leases
from frostgate.cases.model import Case
from frostgate.cases.reactions import act
from frostgate.standing import store as holds
from frostgate.standing.model import Hold, HoldClosed


def take(tx: Tx, case_id: str, *, tenant_id: str | None, actor: Actor, version: int | None) -> Case:
    """The case to decide, as the reader saw it, which nobody else works on."""
    case = store.get_case(tx.connection, case_id, tenant_id=tenant_id, lock=True)
    if version is not None and version != case.version:
        raise Conflict(case=case.id, version=case.version)
    desk.work_on(tx, case, actor=actor)
    return case


def save(tx: Tx, case: Case, did: Did, *, actor: Actor, reason: str) -> Case:
    """Save what somebody decided or proposed. Their part is done: the next step, if there is one, is another's."""
    saved = store.save(tx.connection, case)
    leases.drop(tx.connection, saved)
    act(tx, saved, did, actor=actor, reason=reason)
    return saved


def hold_of(connection: sa.Connection, case: Case, hold_id: str | None) -> Hold | None:
    """One of the case's holds; None where it has none such."""
    return None if hold_id is None else holds.get_hold(connection, hold_id, tenant_id=case.tenant_id)


def any_hold(tx: Tx, case: Case) -> Hold:
    """The hold that the case is about. A task about a hold is refused by the case itself."""
    case.must_be_about_a_hold()
    hold = hold_of(tx.connection, case, case.hold_id)
    assert hold is not None, "BUG: a case about a hold without one"
    return hold


def open_hold(tx: Tx, case: Case) -> Hold:
    """The hold that the case is about, which must still be there.

    Raises:
        WrongKind: it is a task.
        HoldClosed: it ended before.
    """
    hold = any_hold(tx, case)
    if not hold.is_open:
        raise HoldClosed(hold=hold.id)
    return hold
