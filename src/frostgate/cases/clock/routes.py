"""Clocks over HTTP: ask the holder, record what they answered, and see how the promises are kept."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from frostgate.base.uow import Tx
from frostgate.base.web import NEEDS
from frostgate.cases.clock import service, store
from frostgate.cases.clock.model import Limit
from frostgate.cases.clock.views import ClockView, hours, view_clock
from frostgate.cases.model import Case
from frostgate.cases.routes import CaseId
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work

Period = Annotated[int, QueryParameter(ge=1, le=366, description="How many days back.")]


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked of the holder, or what they answered."""

    reason: Annotated[str, msgspec.Meta(max_length=4000)] = ""


class KeptView(msgspec.Struct, frozen=True, kw_only=True):
    """How a promise is kept: late now, broken in the period, and the median of what was done in it, in hours."""

    limit: Limit
    late: int
    missed: int
    median_hours: float | None


class SummaryView(msgspec.Struct, frozen=True, kw_only=True):
    """How many clocks run, and how each promise is kept."""

    since: datetime
    until: datetime
    open: int
    limits: list[KeptView]


@post(
    "/cases/{case_id:str}/questions",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    summary="Ask the holder, and stop the clock until they answer",
    tags=["cases"],
)
def ask(case_id: CaseId, data: JSONBody[Words], work: Work, principal: Who) -> ClockView:
    """By a notice with these words. The clock goes on with the answer, and by itself where none comes."""
    with work.begin() as tx:
        case = service.ask_holder(
            tx, case_id, tenant_id=principal.tenant_id, actor=principal.actor, question=data.reason
        )
        return _clock_of(tx, case)


@post(
    "/cases/{case_id:str}/answers",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    summary="Record what the holder answered",
    tags=["cases"],
)
def record_answer(case_id: CaseId, data: JSONBody[Words], work: Work, principal: Who) -> ClockView:
    """For an answer that came by another way. The clock goes on."""
    with work.begin() as tx:
        case = service.record_answer(
            tx, case_id, tenant_id=principal.tenant_id, actor=principal.actor, answer=data.reason
        )
        return _clock_of(tx, case)


@get(
    "/cases/clock",
    opt={NEEDS: Permission.CASES_READ},
    sync_to_thread=True,
    summary="How the promises about cases are kept",
    tags=["cases"],
)
def summary(
    *,
    work: Work,
    principal: Who,
    tenant: FromQuery[str | None] = None,
    days: Period = 30,
) -> SummaryView:
    """Of every tenant that the reader sees, or of one; the period is that of the last `days`."""
    if tenant is not None:
        principal.within(tenant)
    of = tenant if tenant is not None else principal.tenant_id
    until = work.clock.now()
    since = until - timedelta(days=days)
    with work.look() as connection:
        kept = [
            KeptView(
                limit=limit,
                late=store.count_late(connection, limit, tenant_id=of),
                missed=store.count_missed(connection, limit, since=since, until=until, tenant_id=of),
                median_hours=None if took is None else hours(took),
            )
            for limit in Limit
            for took in [store.median_took(connection, limit, since=since, until=until, tenant_id=of)]
        ]
        return SummaryView(since=since, until=until, open=store.count_running(connection, tenant_id=of), limits=kept)


def _clock_of(tx: Tx, case: Case) -> ClockView:
    clock = store.last_run(tx.connection, case.id, tenant_id=case.tenant_id)
    assert clock is not None, "BUG: a case without a clock"
    return view_clock(clock, tx.now)


ROUTES = Router("/", route_handlers=[ask, record_answer, summary])
