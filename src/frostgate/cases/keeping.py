"""Holds that people keep for a time: they end by themselves when it is over."""

from functools import partial

from frostgate.base.model import SYSTEM
from frostgate.base.uow import UnitOfWork
from frostgate.cases import store
from frostgate.cases.model import Case
from frostgate.cases.turns import one_by_one
from frostgate.standing.model import Finding
from frostgate.standing.service import release_hold


def end_kept(uow: UnitOfWork) -> int:
    """Release every hold whose time is over; how many ended.

    Raises:
        StoreUnavailable: nothing can be saved now.
    """

    def find(limit: int) -> list[Case]:
        with uow.look() as connection:
            return store.kept_until(connection, uow.clock.now(), limit=limit)

    return one_by_one(find, partial(_end, uow), failed="a kept hold did not end")


def _end(uow: UnitOfWork, seen: Case) -> bool:
    """End one, unless somebody was faster: they released it, or decided otherwise.

    What is only proposed puts nothing off: the holder was told when it ends.
    """
    with uow.begin() as tx:
        case = store.get_case(tx.connection, seen.id, tenant_id=seen.tenant_id, lock=True)
        if case.ends_at is None or case.ends_at > tx.now:
            return False
        assert case.hold_id is not None, "BUG: a kept case without a hold"
        release_hold(
            tx,
            case.hold_id,
            tenant_id=case.tenant_id,
            finding=Finding.CONDITION_MET,
            actor=SYSTEM,
            reason=f"kept until {case.ends_at.isoformat()}",
        )
    return True
