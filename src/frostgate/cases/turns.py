"""Cases whose time has come: each has a transaction of its own, and one that fails holds up nobody else."""

from collections.abc import Callable, Sequence

import structlog

from frostgate.base.errors import StoreUnavailable
from frostgate.cases.model import Case

log = structlog.get_logger("frostgate.turns")

AT_ONCE = 200


def one_by_one(find: Callable[[int], Sequence[Case]], do: Callable[[Case], bool], *, failed: str) -> int:
    """Do something for whatever is found, until no more is; for how many cases it was done.

    `find` gets how many to find at most, and finds a case no more once it is done. Where doing it fails, that is
    logged as `failed`, and the case's turn comes again with the next call.

    Raises:
        StoreUnavailable: nothing can be saved now, so nobody's turn has come.
    """
    done, passed = 0, set[str]()
    while True:
        new = [case for case in find(AT_ONCE + len(passed)) if case.id not in passed]
        if not new:
            return done
        for case in new:
            if _does(do, case, failed):
                done += 1
            else:
                passed.add(case.id)


def _does(do: Callable[[Case], bool], case: Case, failed: str) -> bool:
    try:
        return do(case)
    except StoreUnavailable:
        raise
    except Exception as error:
        log.exception(failed, tenant=case.tenant_id, case=case.id, error=type(error).__name__)
        return False
