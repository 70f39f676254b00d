"""Looking at clocks for whom it is time: who is told, and which holder is asked again. From what stands now."""

from collections import defaultdict
from collections.abc import Sequence

import structlog

from frostgate.base.model import SYSTEM
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.cases import store as cases
from frostgate.cases.clock import store
from frostgate.cases.clock.model import Clock, Limit, Saying, Step
from frostgate.cases.clock.records import CasesWaiting, HolderAwaited, Waiting
from frostgate.cases.clock.service import save_run, state_asked
from frostgate.directory.permissions import Role

log = structlog.get_logger("frostgate.clock")

AT_ONCE = 500  # cases in one transaction: a wave of them is told in a few letters, and nobody waits long for the store

# Who hears of which step. A case has no reviewer of its own between leases, so all of them do.
ROLES = {
    Step.SOON: Role.REVIEWER,
    Step.LATE: Role.LEAD,
    Step.CLIMBED: Role.CUSTOMER_SUCCESS,
    Step.SILENT: Role.REVIEWER,
}
# Of these the tenant's account manager hears as well: together with the leads, so before all of customer success does.
MANAGER_HEARS = frozenset({Step.LATE, Step.CLIMBED})


def run_clocks(uow: UnitOfWork) -> int:
    """Look at every clock for which it is time, those of a tenant together; how many there were.

    A tenant that fails is logged and stays due, and holds up nobody else.
    """
    seen: set[str] = set()
    while True:
        with uow.look() as connection:
            found = store.due(connection, uow.clock.now(), limit=AT_ONCE + len(seen))
        new = defaultdict[str, list[str]](list)
        for tenant_id, case_id in found:
            if case_id not in seen:
                new[tenant_id].append(case_id)
        if not new:
            return len(seen)
        for tenant_id, case_ids in new.items():
            seen.update(case_ids)
            try:
                with uow.begin() as tx:
                    look_at(tx, case_ids, tenant_id=tenant_id)
            except Exception as error:
                log.exception("clocks failed", tenant=tenant_id, cases=len(case_ids), error=type(error).__name__)


def look_at(tx: Tx, case_ids: Sequence[str], *, tenant_id: str) -> None:
    """Tell what is to be told of these cases of a tenant, like things in one letter, and save when to look again."""
    told = defaultdict[tuple[Limit, tuple[Step, ...], str], list[Waiting]](list)
    for clock in store.running(tx.connection, case_ids, tenant_id=tenant_id):
        asked = clock.asks_again(tx.now)
        if asked is not None:
            _ask_again(tx, clock)
        looked, sayings = (asked or clock).look(tx.now)
        save_run(tx, clock, looked, actor=SYSTEM)
        for saying in sayings:
            told[saying.limit, saying.steps, clock.policy.time_zone].append(_waiting(tx, clock, saying))
    for (limit, steps, time_zone), waiting in told.items():
        fact = CasesWaiting(
            tenant_id=tenant_id,
            limit=limit,
            step=steps[-1],
            roles=tuple(ROLES[step] for step in steps),
            tells_manager=not MANAGER_HEARS.isdisjoint(steps),
            waiting=tuple(sorted(waiting, key=lambda each: each.due_at)),
            time_zone=time_zone,
        )
        tx.state(fact, actor=SYSTEM)


def _ask_again(tx: Tx, clock: Clock) -> None:
    """Remind the holder, in our own words where we asked by a notice; whoever asked otherwise reacts to the fact."""
    pause = clock.pauses[-1]
    awaited = HolderAwaited(tenant_id=clock.tenant_id, case_id=clock.case_id, until=pause.until, again=True)
    tx.state(awaited, actor=SYSTEM)
    if pause.asked:
        case = cases.get_case(tx.connection, clock.case_id, tenant_id=clock.tenant_id)
        state_asked(tx, case, pause.asked, clock, actor=SYSTEM)


def _waiting(tx: Tx, clock: Clock, saying: Saying) -> Waiting:
    case = cases.get_case(tx.connection, clock.case_id, tenant_id=clock.tenant_id)
    about = case.kind.value if clock.is_task or case.cause is None else case.cause
    return Waiting(case_id=case.id, about=about, due_at=saying.due_at)
