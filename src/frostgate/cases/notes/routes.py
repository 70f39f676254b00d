"""Notes over HTTP: leave one, and see where one was mentioned."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from frostgate.base.model import ActorKind
from frostgate.base.web import NEEDS
from frostgate.cases.notes import service, store
from frostgate.cases.notes.model import MOST_MENTIONED
from frostgate.cases.routes import CaseView, view
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work
from frostgate.documents.model import MOST_IN_CASE

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words for whoever reads the case next. `mentions` are operators' ids; `@address` in the text does the same.

    `attachments` are documents that staff attached to this case before.
    """

    text: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    mentions: Annotated[list[Id], msgspec.Meta(max_length=MOST_MENTIONED)] = []
    attachments: Annotated[list[Id], msgspec.Meta(max_length=MOST_IN_CASE)] = []


class MentionView(msgspec.Struct, frozen=True, kw_only=True):
    """A note names you; what it says stands in the case."""

    id: str
    tenant_id: str
    case: str
    by: str
    at: datetime


@post(
    "/cases/{case_id:str}/notes",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    summary="Leave a note, and tell colleagues of it",
    tags=["cases"],
)
def add_note(case_id: FromPath[str], data: JSONBody[Note], work: Work, principal: Who) -> CaseView:
    """Also in a case that is decided. Whoever is mentioned gets a mail with the case's address, and no word of it."""
    with work.begin() as tx:
        case = service.leave_note(
            tx,
            case_id,
            data.text,
            mentions=data.mentions,
            attachments=data.attachments,
            tenant_id=principal.tenant_id,
            actor=principal.actor,
        )
    return view(case)


@get(
    "/desk/mentions",
    opt={NEEDS: Permission.CASES_READ},
    sync_to_thread=True,
    summary="Where colleagues mentioned you, newest first",
    tags=["desk"],
)
def list_mentions(work: Work, principal: Who, after: After = None, limit: Limit = 50) -> Page[MentionView]:
    """Yours alone; a token is nobody, so nobody mentions it."""
    if principal.actor.kind is not ActorKind.OPERATOR:
        return Page([], None)
    with work.look() as connection:
        found = store.mentions_of(
            connection, principal.actor.id, tenant_id=principal.tenant_id, before=after, limit=limit + 1
        )
    shown = [
        MentionView(id=each.id, tenant_id=each.tenant_id, case=each.case_id, by=str(each.by), at=each.at)
        for each in found
    ]
    return page_of(shown, limit)


ROUTES = Router("/", route_handlers=[add_note, list_mentions])
