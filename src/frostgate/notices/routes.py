"""Notices over HTTP: what we owed whom, what became of it, and every attempt."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from frostgate.base.looks import SHOWS, note_look
from frostgate.base.web import NEEDS
from frostgate.directory.model import Principal
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.notices import service, store
from frostgate.notices.model import Attempt, Audience, Bounce, Notice, NoticeUnknown, State
from frostgate.notices.quiet import waits_until
from frostgate.notices.render import Renderer

# Given by the application where it has the words of the site; without it the record speaks for itself.
Words = NamedDependency[Renderer | None]


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice in a list.

    `sent_at`: the other side took it; `delivered_at`: it says that it came to the mailbox or telephone. Whether anybody
    read it is not known. `waits_until`: it is owed and not sent before the tenant's quiet hours end. `code` proves to
    its reader that it is genuine, so a tenant's people see that of their own notices alone; of others it is null.
    """

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
    code: str | None
    state: str
    problem: str | None
    attempts: int
    next_attempt_at: datetime | None
    waits_until: datetime | None
    owed_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    bounced_at: datetime | None
    bounce: Bounce | None
    contact: str | None


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
    parts: int | None  # of a text message in our own words; of a registered text only its provider knows
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
            of_staff=principal.tenant_id is None,
        )
    return page_of([view(notice, shows_code=_is_for(principal, notice)) for notice in found], limit)


@get(
    "/tenants/{tenant_id:str}/notices/{notice_id:str}",
    opt={NEEDS: Permission.NOTICES_READ, SHOWS: "notice"},
    sync_to_thread=True,
    summary="One notice, its words and every attempt; the journal keeps who looked",
    tags=["notices"],
)
def read_notice(
    tenant_id: TenantId, notice_id: FromPath[str], work: Work, principal: Who, renderer: Words = None
) -> NoticeFile:
    """What it says stands here as the reader gets it, but for the codes in it that are the reader's alone."""
    principal.within(tenant_id)
    with work.look() as connection:
        notice, attempts = service.read_notice(connection, notice_id, tenant_id=tenant_id)
    if notice.audience is Audience.OPERATORS and principal.tenant_id is not None:
        raise NoticeUnknown  # what our own people are told of cases is none of the tenant's business
    # A letter names places.
    whose = {"tenant_id": tenant_id, "account_id": notice.account_id}
    note_look(work, "notice", notice_id, **whose, actor=principal.actor)
    shows_code = _is_for(principal, notice)
    if not shows_code:
        notice = notice.without_proof()
    letter = renderer.letter(notice) if renderer else None
    return NoticeFile(
        notice=view(notice, shows_code=shows_code),
        subject=letter.subject if letter else None,
        text=letter.text if letter else None,
        parts=letter.parts if letter else None,
        message_id=notice.message_id,
        provider_reference=notice.provider_reference,
        attempts=[_attempt(attempt) for attempt in attempts],
    )


def _is_for(principal: Principal, notice: Notice) -> bool:
    """Whether this is our staff's to see whole, or went to the very one who asks."""
    operator = principal.operator
    return principal.tenant_id is None or (operator is not None and operator.email == notice.address)


def view(notice: Notice, *, shows_code: bool) -> NoticeView:
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
        code=notice.code if shows_code else None,
        state=notice.state.value,
        problem=notice.problem,
        attempts=notice.attempts,
        next_attempt_at=notice.next_attempt_at if notice.state is State.OWED else None,
        owed_at=notice.owed_at,
        waits_until=waits_until(notice),
        sent_at=notice.sent_at,
        delivered_at=notice.delivered_at,
        bounced_at=notice.bounced_at,
        bounce=notice.bounce,
        contact=notice.contact_id,
    )


def _attempt(attempt: Attempt) -> AttemptView:
    return AttemptView(at=attempt.at, outcome=attempt.outcome, detail=attempt.detail)


ROUTES = Router("/", route_handlers=[list_notices, read_notice])
