"""Reviews over HTTP: for the people of a tenant who confirm them, and for our own who see which are late."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
import sqlalchemy as sa
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from frostgate.base.model import ActorKind, Language
from frostgate.base.web import NEEDS
from frostgate.checkups.reviews import papers, service, store
from frostgate.checkups.reviews.errors import PersonOfTenantNeeded
from frostgate.checkups.reviews.model import RemovalState, Review, Snapshot, State, Statement
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.notices.pages.shared import Asking, language_for

QuarterName = FromPath[str]
Wanted = Annotated[State | None, QueryParameter(name="state")]
_FILES = {
    "json": (papers.as_json, "application/json"),
    "csv": (papers.as_csv, "text/csv; charset=utf-8"),
    "html": (papers.as_html, "text/html; charset=utf-8"),
}


class ReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """The review of a quarter, and how it stands; `overdue`: nobody confirmed it in time."""

    id: str
    tenant_id: str
    quarter: str
    state: State
    overdue: bool
    made_at: datetime
    due_at: datetime
    told: int
    confirmed_at: datetime | None
    confirmed_by: str | None
    digest: str


class RemovalView(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is to go, and what became of it: `left` is what our people settled with the company that it stays."""

    line: str
    state: RemovalState
    asked_at: datetime
    ended_at: datetime | None
    ended_by: str | None


class ReviewFileView(msgspec.Struct, frozen=True, kw_only=True):
    """The review with what it shows, and what was said of each line."""

    review: ReviewView
    snapshot: Snapshot
    lines: list[str]
    statements: dict[str, Statement]
    words: str
    removals: list[RemovalView]


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stays and what is to be removed, of every line by its name."""

    statements: Annotated[dict[str, Statement], msgspec.Meta(max_length=10_000)]
    words: Annotated[str, msgspec.Meta(max_length=1000)] = ""


@get(
    "/reviews",
    opt={NEEDS: Permission.CHECK_UPS_READ},
    sync_to_thread=True,
    summary="The reviews of all tenants that the reader sees, newest first",
)
def list_reviews(
    *,
    work: Work,
    principal: Who,
    wanted: Wanted = None,
    overdue: FromQuery[bool | None] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[ReviewView]:
    """Those that wait, those that are late: customer success speaks to these."""
    with work.look() as connection:
        found = store.list_reviews(
            connection, tenant_id=principal.tenant_id, state=wanted, overdue=overdue, before=after, limit=limit + 1
        )
    return page_of([_view(each) for each in found], limit)


@get(
    "/tenants/{tenant_id:str}/reviews",
    opt={NEEDS: Permission.CHECK_UPS_READ},
    sync_to_thread=True,
    summary="The reviews of a tenant, newest first",
)
def list_of_tenant(
    tenant_id: TenantId, work: Work, principal: Who, after: After = None, limit: Limit = 50
) -> Page[ReviewView]:
    """One for each quarter."""
    principal.within(tenant_id)
    with work.look() as connection:
        found = store.list_reviews(connection, tenant_id=tenant_id, before=after, limit=limit + 1)
    return page_of([_view(each) for each in found], limit)


@get(
    "/tenants/{tenant_id:str}/reviews/{quarter:str}",
    opt={NEEDS: Permission.CHECK_UPS_READ},
    sync_to_thread=True,
    summary="The review of a quarter: sign-ins, the permission matrix, and what changed",
)
def read_review(tenant_id: TenantId, quarter: QuarterName, work: Work, principal: Who) -> ReviewFileView:
    """As it was when it was made, with what was said of it since."""
    principal.within(tenant_id)
    with work.look() as connection:
        return _file(connection, store.get(connection, quarter, tenant_id=tenant_id))


@get(
    "/tenants/{tenant_id:str}/reviews/{quarter:str}/file",
    opt={NEEDS: Permission.CHECK_UPS_READ},
    sync_to_thread=True,
    summary="The review of a quarter as a file",
)
def read_file(
    tenant_id: TenantId,
    quarter: QuarterName,
    work: Work,
    principal: Who,
    request: Asking,
    wanted: Annotated[Literal["json", "csv", "html"], QueryParameter(name="format")] = "json",
    lang: FromQuery[Language | None] = None,
) -> Response[bytes]:
    """JSON as it is stored, a table for spreadsheets, or a page to print: the same bytes at each request."""
    principal.within(tenant_id)
    with work.look() as connection:
        review = store.get(connection, quarter, tenant_id=tenant_id)
    language = language_for(request, lang)
    draw, media_type = _FILES[wanted]
    return Response(
        draw(review, language),
        media_type=media_type,
        headers={
            "content-disposition": f'attachment; filename="review-{review.tenant_id}-{review.quarter}.{wanted}"',
            "content-language": language.value,
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
            "vary": "Accept-Language",
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        },
    )


@post(
    "/tenants/{tenant_id:str}/reviews/{quarter:str}/confirmation",
    opt={NEEDS: Permission.CHECK_UPS_TENANT},
    sync_to_thread=True,
    status_code=200,
    summary="Confirm the review of a quarter, line by line",
)
def confirm(
    tenant_id: TenantId, quarter: QuarterName, data: JSONBody[Confirmation], work: Work, principal: Who
) -> ReviewFileView:
    """By a person of the tenant. What is to go goes at once where they may remove it; the rest is our people's task."""
    principal.within(tenant_id)
    if principal.actor.kind is not ActorKind.OPERATOR or principal.tenant_id != tenant_id:
        raise PersonOfTenantNeeded
    with work.begin() as tx:
        confirmed = service.confirm(
            tx, quarter, data.statements, data.words, tenant_id=tenant_id, actor=principal.actor, by=principal
        )
        return _file(tx.connection, confirmed)


def _file(connection: sa.Connection, review: Review) -> ReviewFileView:
    removals = store.removals_of(connection, review.id, tenant_id=review.tenant_id)
    return ReviewFileView(
        review=_view(review),
        snapshot=review.snapshot,
        lines=[*review.snapshot.lines],
        statements=dict(review.statements),
        words=review.words,
        removals=[
            RemovalView(
                line=each.line,
                state=each.state,
                asked_at=each.asked_at,
                ended_at=each.ended_at,
                ended_by=None if each.ended_by is None else str(each.ended_by),
            )
            for each in removals
        ],
    )


def _view(review: Review) -> ReviewView:
    return ReviewView(
        id=review.id,
        tenant_id=review.tenant_id,
        quarter=review.quarter,
        state=review.state,
        overdue=review.state is State.OPEN and review.escalated_at is not None,
        made_at=review.made_at,
        due_at=review.due_at,
        told=review.told,
        confirmed_at=review.confirmed_at,
        confirmed_by=None if review.confirmed_by is None else str(review.confirmed_by),
        digest=review.digest,
    )


ROUTES = Router("/", tags=["reviews"], route_handlers=[list_reviews, list_of_tenant, read_review, read_file, confirm])
