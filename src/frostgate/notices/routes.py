"""Notices over HTTP: what we owed whom, what became of it, and every attempt."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from frostgate.base.web import NEEDS
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.notices import service, store
from frostgate.notices.model import Attempt, Notice, State
from frostgate.notices.render import Renderer

# Given by the application where it has the words of the site; without it the record speaks for itself.
Words = NamedDependency[Renderer | None]


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice in a list."""

    id: str
    tenant_id: str
    hold: str | None
    case: str | None
    account_id: str | None
    audience: str
    channel: str
    address: str
    language: str
    template: str
    cause: str
    code: str
    state: str
    problem: str | None
    attempts: int
    next_attempt_at: datetime | None
    owed_at: datetime
    sent_at: datetime | None


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One try, and what the other side said."""

    at: datetime
    outcome: str
    detail: str


class NoticeFile(msgspec.Struct, frozen=True, kw_only=True):
    """A notice with its words and every attempt at it."""

    notice: NoticeView
    subject: str | None
    text: str | None
    message_id: str | None
    provider_reference: str | None
    attempts: list[AttemptView]


@get(
    "/tenants/{tenant_id:str}/notices",
    opt={NEEDS: Permission.NOTICES_READ},
    sync_to_thread=True,
    summary="A tenant's notices, newest first",
    tags=["notices"],
)
def list_notices(
    tenant_id: TenantId,
    *,
    work: Work,
    principal: Who,
    hold: FromQuery[str | None] = None,
    account: FromQuery[str | None] = None,
    notice_state: Annotated[State | None, QueryParameter(name="state")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[NoticeView]:
    """Of one hold, one account or in one state where these are given."""
    principal.within(tenant_id)
    with work.look() as connection:
        found = store.list_notices(
            connection,
            tenant_id=tenant_id,
            hold_id=hold,
            account_id=account,
            state=notice_state,
            before=after,
            limit=limit + 1,
        )
    return page_of([view(notice) for notice in found], limit)


@get(
    "/tenants/{tenant_id:str}/notices/{notice_id:str}",
    opt={NEEDS: Permission.NOTICES_READ},
    sync_to_thread=True,
    summary="One notice, its words and every attempt",
    tags=["notices"],
)
def read_notice(
    tenant_id: TenantId, notice_id: FromPath[str], work: Work, principal: Who, renderer: Words = None
) -> NoticeFile:
    """What it says stands here as the reader gets it."""
    principal.within(tenant_id)
    with work.look() as connection:
        notice, attempts = service.read_notice(connection, notice_id, tenant_id=tenant_id)
    letter = renderer.letter(notice) if renderer else None
    return NoticeFile(
        notice=view(notice),
        subject=letter.subject if letter else None,
        text=letter.text if letter else None,
        message_id=notice.message_id,
        provider_reference=notice.provider_reference,
        attempts=[_attempt(attempt) for attempt in attempts],
    )


def view(notice: Notice) -> NoticeView:
    """The notice for staff and for its tenant's administrators."""
    return NoticeView(
        id=notice.id,
        tenant_id=notice.tenant_id,
        hold=notice.hold_id,
        case=notice.case_id,
        account_id=notice.account_id,
        audience=notice.audience.value,
        channel=notice.channel.value,
        address=notice.address,
        language=notice.language.value,
        template=notice.template.value,
        cause=notice.params.cause,
        code=notice.code,
        state=notice.state.value,
        problem=notice.problem,
        attempts=notice.attempts,
        next_attempt_at=notice.next_attempt_at if notice.state is State.OWED else None,
        owed_at=notice.owed_at,
        sent_at=notice.sent_at,
    )


def _attempt(attempt: Attempt) -> AttemptView:
    return AttemptView(at=attempt.at, outcome=attempt.outcome, detail=attempt.detail)


ROUTES = Router("/", route_handlers=[list_notices, read_notice])
