"""Reports of fake notices over HTTP, for the platform's staff."""

from datetime import datetime

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery

from frostgate.base.web import NEEDS
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work
from frostgate.selfcheck import service, store
from frostgate.selfcheck.records import Report


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that somebody believes is not ours, as they told us: a stranger's words, true or not."""

    id: str
    text: str
    source: str
    contact: str
    reported_at: datetime
    looked_at: datetime | None
    looked_by: str | None


@get(
    "/reports/fake-notices",
    opt={NEEDS: Permission.NOTICES_READ},
    sync_to_thread=True,
    summary="Reports of fake notices, newest first",
)
def list_reports(
    *, work: Work, principal: Who, looked_at: FromQuery[bool | None] = None, after: After = None, limit: Limit = 50
) -> Page[ReportView]:
    """All of them, or those that somebody looked at, or has yet to."""
    principal.within(None)
    with work.look() as connection:
        found = store.list_reports(connection, is_looked_at=looked_at, before=after, limit=limit + 1)
    return page_of([_view(each) for each in found], limit)


@post(
    "/reports/fake-notices/{report_id:str}/look",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Mark a report of a fake notice as looked at",
)
def look_at(report_id: FromPath[str], work: Work, principal: Who) -> ReportView:
    """Who looked first stays on record. With the last one that nobody had seen, their task is done."""
    principal.within(None)
    with work.begin() as tx:
        seen = service.look_at(tx, report_id, actor=principal.actor)
    return _view(seen)


def _view(report: Report) -> ReportView:
    return ReportView(
        **{**msgspec.structs.asdict(report), "looked_by": str(report.looked_by) if report.looked_by else None}
    )


ROUTES = Router("/", tags=["notices"], route_handlers=[list_reports, look_at])
