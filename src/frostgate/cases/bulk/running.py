"""Carrying out what two people agreed to: each account in a transaction of its own.

Whatever kills the process leaves every account either done or with its turn still to come. One that is refused when
its turn comes, because somebody works on it or has released it since, is skipped with the reason. One that fails,
because something of ours is broken, is logged and its turn comes again. Neither holds up anybody else.
"""

import msgspec
import structlog

from frostgate.base.errors import Refused, StoreUnavailable
from frostgate.base.model import SYSTEM
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.cases import releases
from frostgate.cases import store as cases
from frostgate.cases.bulk import store
from frostgate.cases.bulk.model import AlreadyHeld, Bulk, BulkEnded, Item, ItemState, State, What
from frostgate.standing import store as holds
from frostgate.standing.model import EVERY_SERVICE, Cause, HoldClosed, Kind, Subject
from frostgate.standing.service import place_hold

log = structlog.get_logger("frostgate.bulk")

AT_ONCE = 200  # items that are read together


def run_bulks(uow: UnitOfWork) -> int:
    """Give everybody of every action that runs their turn; how many had one."""
    with uow.look() as connection:
        found = store.running(connection)
    return sum(_run_safely(uow, bulk) for bulk in found)


def _run_safely(uow: UnitOfWork, bulk: Bulk) -> int:
    """As `_run`; an action that cannot go on now is logged, and the others do."""
    try:
        return _run(uow, bulk)
    except StoreUnavailable:
        raise  # nobody else could be saved either
    except Exception as error:
        log.exception("a bulk action failed", tenant=bulk.tenant_id, bulk=bulk.id, error=type(error).__name__)
        return 0


def _run(uow: UnitOfWork, bulk: Bulk) -> int:
    turns, after = 0, None
    while True:
        with uow.look() as connection:
            waiting = store.list_items(connection, bulk, state=ItemState.PENDING, after=after, limit=AT_ONCE)
        if not waiting:
            _end(uow, bulk)
            return turns
        for item in waiting:
            _turn(uow, bulk, item)
        turns, after = turns + len(waiting), waiting[-1].id


def _turn(uow: UnitOfWork, bulk: Bulk, item: Item) -> None:
    try:
        with uow.begin() as tx:
            if store.is_pending(tx.connection, item):
                store.save_item(tx.connection, _do(tx, bulk, item))
    except StoreUnavailable:
        raise  # nothing of it was saved: its turn comes again
    except Refused as refused:
        with uow.begin() as tx:
            if store.is_pending(tx.connection, item):
                store.save_item(tx.connection, item.skipped(refused.code))
    except Exception as error:
        log.exception("an account of a bulk action failed", bulk=bulk.id, item=item.id, error=type(error).__name__)


def _do(tx: Tx, bulk: Bulk, item: Item) -> Item:
    """Release or freeze one account in the name of whoever agreed."""
    return _release(tx, bulk, item) if bulk.what is What.RELEASE else _freeze(tx, bulk, item)


def _release(tx: Tx, bulk: Bulk, item: Item) -> Item:
    assert bulk.approved_by is not None, "BUG: nobody agreed"
    assert item.case_id is not None, "BUG: a release without a case"
    assert bulk.finding is not None, "BUG: a release without a finding"
    case = cases.get_case(tx.connection, item.case_id, tenant_id=bulk.tenant_id, lock=True)
    released = releases.release(
        tx,
        case.id,
        tenant_id=bulk.tenant_id,
        finding=bulk.finding,
        actor=bulk.approved_by,
        proposed_by=bulk.proposed_by,
        reason=bulk.reason,
    )
    assert released.hold_id is not None, "BUG: a release without its hold"
    return msgspec.structs.replace(item, kept_until=case.keep_until).done(released.hold_id)


def _freeze(tx: Tx, bulk: Bulk, item: Item) -> Item:
    """A freeze by hand, or the hold that was released, again as it was and until when it was kept.

    Raises:
        AlreadyHeld: by somebody else.
        HoldClosed: it would have ended by itself meanwhile.
    """
    assert bulk.approved_by is not None, "BUG: nobody agreed"
    if item.kept_until is not None and item.kept_until <= tx.now:
        raise HoldClosed(hold=item.like)
    kind, cause, services = Kind.FREEZE, Cause.MANUAL, EVERY_SERVICE
    if item.like is not None:
        before = holds.get_hold(tx.connection, item.like, tenant_id=bulk.tenant_id)
        kind, cause, services = before.kind, before.cause, before.services
    subject = Subject(tenant_id=bulk.tenant_id, account_id=item.account_id)
    others = {hold.id for hold in holds.open_holds(tx.connection, subject)}
    hold = place_hold(
        tx,
        subject=subject,
        kind=kind,
        cause=cause,
        services=services,
        reason=bulk.reason,
        actor=bulk.approved_by,
    )
    if hold.id in others:  # somebody else's, which a step back must not release
        raise AlreadyHeld
    if item.kept_until is not None:
        case = cases.get_case(tx.connection, hold.case_id, tenant_id=bulk.tenant_id, lock=True)
        two = {"keep_proposed_by": bulk.proposed_by, "keep_approved_by": bulk.approved_by}
        cases.save(tx.connection, msgspec.structs.replace(case, keep_until=item.kept_until, **two))
    return item.done(hold.id)


def _end(uow: UnitOfWork, bulk: Bulk) -> None:
    with uow.begin() as tx:
        now = store.get_bulk(tx.connection, bulk.id, tenant_id=bulk.tenant_id, lock=True)
        counts = store.counts(tx.connection, now)
        if now.state is not State.RUNNING or counts[ItemState.PENDING]:
            return  # another process has ended it, or is at it
        ended = now.end(at=tx.now)
        store.save(tx.connection, ended)
        fact = BulkEnded(
            tenant_id=bulk.tenant_id, bulk=ended, done=counts[ItemState.DONE], skipped=counts[ItemState.SKIPPED]
        )
        tx.state(fact, actor=SYSTEM)
