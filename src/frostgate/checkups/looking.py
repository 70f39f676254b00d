"""Looking at check-ups for which it is time: who is reminded, and which are over as not done."""

from datetime import timedelta

import structlog

from frostgate.base.model import SYSTEM
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.checkups import service, store
from frostgate.checkups.letters import remind
from frostgate.checkups.model import CheckUpReminded, State

log = structlog.get_logger("frostgate.checkups")

AT_ONCE = 200
KEPT_AFTER = timedelta(days=30)  # where people signed in, once the check-up is over


def run_check_ups(uow: UnitOfWork) -> int:
    """Look at every check-up for which it is time, each in a transaction of its own; how many there were.

    One that fails is logged and stays due, and holds up no other.
    """
    seen: set[str] = set()
    while True:
        with uow.look() as connection:
            found = store.due(connection, uow.clock.now(), limit=AT_ONCE + len(seen))
        new = [each for each in found if each[1] not in seen]
        if not new:
            return len(seen)
        for tenant_id, check_up_id in new:
            seen.add(check_up_id)
            try:
                with uow.begin() as tx:
                    look_at(tx, check_up_id, tenant_id=tenant_id)
            except Exception as error:
                log.exception("check-up failed", tenant=tenant_id, check_up=check_up_id, error=type(error).__name__)


def forget_sign_ins(uow: UnitOfWork) -> int:
    """Forget what check-ups asked about, once they are long over: events are not kept for ever either."""
    with uow.begin(head_first=False) as tx:
        return store.forget_sign_ins(tx.connection, closed_before=tx.now - KEPT_AFTER)


def look_at(tx: Tx, check_up_id: str, *, tenant_id: str) -> None:
    """See what was done by itself, and tell who is to be told by now."""
    check_up = service.look_again(tx, store.get(tx.connection, check_up_id, tenant_id=tenant_id))
    if check_up.state is not State.OPEN:
        return
    looked, reminder = check_up.look(tx.now)
    saved = service.save_looked(tx, check_up, looked)
    if reminder is not None:
        remind(tx, saved, reminder)
        tx.state(CheckUpReminded(**service.about(saved), reminder=reminder, steps=saved.open_steps), actor=SYSTEM)
