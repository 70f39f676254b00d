"""Statements over HTTP: made by finance operators, read and answered by the tenant, and printed."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from frostgate.base.calendar import Calendar
from frostgate.base.model import Language
from frostgate.base.uow import UnitOfWork
from frostgate.base.web import NEEDS, language_of
from frostgate.billing.statements import service, store
from frostgate.billing.statements.model import Kept, LineDispute, first_day_of
from frostgate.billing.statements.paper import as_pdf
from frostgate.billing.statements.tables import as_csv, as_xlsx
from frostgate.billing.statements.views import (
    AnswerView,
    Made,
    RowsView,
    RowView,
    StatementsView,
    StatementView,
    answer_view,
    statement_view,
)
from frostgate.directory.model import Principal
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.directory.store import get_tenant

Month = FromPath[str]
Before = Annotated[str | None, QueryParameter(max_length=7, description="`next` of the page before this one.")]
Line = Annotated[int, QueryParameter(ge=0, le=2**62, description="`next` of the page before this one.")]
PartOf = Annotated[int | None, QueryParameter(ge=1, le=2**31, description="Only what this part comes from.")]
Spoken = FromQuery[Language | None]

_READ = {NEEDS: Permission.BILLING_READ}
_ANSWER = {NEEDS: Permission.BILLING_ANSWER}
_ONE = "/tenants/{tenant_id:str}/billing/statements/{month:str}"


class MonthDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which month is to be stated, such as "2026-10"."""

    month: Annotated[str, msgspec.Meta(min_length=7, max_length=7)]


@post(
    "/tenants/{tenant_id:str}/billing/statements",
    opt={NEEDS: Permission.BILLING_POST},
    sync_to_thread=True,
    summary="Make the statement of a month",
)
def make_statement(
    tenant_id: TenantId, data: JSONBody[MonthDraft], work: Work, principal: Who, platform: NamedDependency[str]
) -> Made:
    """Once the month is over. It is made once, with those of earlier months that nobody made."""
    principal.within(tenant_id)
    with work.begin() as tx:
        kept, repeated = service.make_statement(
            tx, data.month, tenant_id=tenant_id, platform=platform, actor=principal.actor
        )
        return Made(statement=_view(tx.connection, kept, work), repeated=repeated)


@get("/tenants/{tenant_id:str}/billing/statements", opt=_READ, sync_to_thread=True, summary="A tenant's statements")
def list_statements(
    tenant_id: TenantId, work: Work, principal: Who, before: Before = None, limit: Limit = 100
) -> StatementsView:
    """The newest month first."""
    principal.within(tenant_id)
    if before is not None:
        first_day_of(before)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = store.list_statements(connection, tenant_id=tenant_id, before=before, limit=limit + 1)
        items = [_view(connection, each, work) for each in found[:limit]]
    return StatementsView(items=items, next=items[-1].month if len(found) > limit else None)


@get(_ONE, opt=_READ, sync_to_thread=True, summary="One statement")
def get_statement(tenant_id: TenantId, month: Month, work: Work, principal: Who) -> StatementView:
    """Its balances and what each kind of entry changed, and what the tenant said of it."""
    with work.look() as connection:
        return _view(connection, _kept(connection, tenant_id, month, principal), work)


@get(f"{_ONE}/lines", opt=_READ, sync_to_thread=True, summary="A statement's lines")
def list_lines(
    tenant_id: TenantId, month: Month, work: Work, principal: Who, after: Line = 0, limit: Limit = 100
) -> RowsView:
    """In order, currency by currency; charges of one service are one line."""
    with work.look() as connection:
        kept = _kept(connection, tenant_id, month, principal)
    rows = [RowView(currency=each.currency, row=row) for each in kept.statement.sections for row in each.rows]
    page = [each for each in rows if each.row.line > after]
    return RowsView(items=page[:limit], next=page[limit - 1].row.line if len(page) > limit else None)


@get(f"{_ONE}/lines/{{line:int}}/events", opt=_READ, sync_to_thread=True, summary="What a line goes back to")
def list_events(
    *,
    tenant_id: TenantId,
    month: Month,
    line: FromPath[int],
    work: Work,
    principal: Who,
    part: PartOf = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[service.Event]:
    """All charges of a line of charges, else the one entry; of a part of an invoice, the events that it asks for."""
    with work.look() as connection:
        kept = _kept(connection, tenant_id, month, principal)
        found = service.events_of_line(connection, kept.statement, line, part, after=after or "", limit=limit + 1)
    return page_of(found, limit)


@post(f"{_ONE}/confirmation", opt=_ANSWER, sync_to_thread=True, status_code=200, summary="Confirm a statement")
def confirm_statement(tenant_id: TenantId, month: Month, work: Work, principal: Who) -> AnswerView:
    """It is right, but for what was disputed before."""
    principal.within(tenant_id)
    first_day_of(month)
    with work.begin() as tx:
        return answer_view(service.confirm_statement(tx, month, tenant_id=tenant_id, actor=principal.actor))


@post(f"{_ONE}/disputes", opt=_ANSWER, sync_to_thread=True, summary="Dispute a line of a statement")
def dispute_line(
    tenant_id: TenantId, month: Month, data: JSONBody[LineDispute], work: Work, principal: Who
) -> AnswerView:
    """It opens a dispute about the line's invoice; the amount does not age until somebody has decided."""
    principal.within(tenant_id)
    first_day_of(month)
    with work.begin() as tx:
        return answer_view(service.dispute_line(tx, month, data, tenant_id=tenant_id, actor=principal.actor))


def _printing(
    suffix: str, media_type: str, render: Callable[[Kept, Language], bytes], summary: str, description: str
) -> HTTPRouteHandler:
    """The route of one kind of file."""

    @get(
        f"{_ONE}/{suffix}",
        opt=_READ,
        sync_to_thread=True,
        media_type=media_type,
        summary=summary,
        description=description,
    )
    def print_statement(
        *,
        tenant_id: TenantId,
        month: Month,
        work: Work,
        principal: Who,
        request: Request[Any, Any, Any],
        language: Spoken = None,
    ) -> Response[bytes]:
        spoken = language or language_of(request.scope)
        with work.look() as connection:
            kept = _kept(connection, tenant_id, month, principal)
        return Response(
            render(kept, spoken),
            media_type=media_type,
            headers={
                "content-disposition": f'attachment; filename="{kept.statement.number}-{spoken.value}.{suffix}"',
                "content-language": spoken.value,
                "vary": "Accept-Language",
                "x-content-type-options": "nosniff",
                "cache-control": "no-store",
            },
        )

    return print_statement


def _kept(connection: sa.Connection, tenant_id: str, month: str, principal: Principal) -> Kept:
    """The statement that is asked for, where whoever asks may see it."""
    principal.within(tenant_id)
    first_day_of(month)
    get_tenant(connection, tenant_id)
    return store.get_statement(connection, month, tenant_id=tenant_id)


def _view(connection: sa.Connection, kept: Kept, work: UnitOfWork) -> StatementView:
    statement = kept.statement
    answers = store.list_answers(connection, statement.id, tenant_id=statement.tenant_id)
    today = Calendar(time_zone=statement.time_zone).day_of(work.clock.now())
    return statement_view(kept, answers, today=today)


ROUTES = Router(
    "/",
    tags=["billing"],
    route_handlers=[
        make_statement,
        list_statements,
        get_statement,
        list_lines,
        list_events,
        confirm_statement,
        dispute_line,
        _printing(
            "pdf",
            "application/pdf",
            as_pdf,
            "A statement as PDF",
            "A4, in Chinese or English; the same bytes each time.",
        ),
        _printing(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            as_xlsx,
            "A statement as a workbook",
            "Numbers are numbers, and what somebody wrote is text, never a formula.",
        ),
        _printing(
            "csv",
            "text/csv",
            as_csv,
            "A statement as CSV",
            "UTF-8 with a byte order mark; a text that a spreadsheet would calculate has an apostrophe before it.",
        ),
    ],
)
