"""Documents over HTTP: staff attach files to a case, look at their pages, and remove them."""

from datetime import datetime
from typing import Annotated

import msgspec
import sqlalchemy as sa
from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, QueryParameter, RawBody

from frostgate.base.looks import SHOWS, note_look
from frostgate.base.model import Language
from frostgate.base.web import NEEDS
from frostgate.directory.model import Principal
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work
from frostgate.documents import service
from frostgate.documents.kit import Documents
from frostgate.documents.licences.model import State, Summary
from frostgate.documents.licences.routes import sentences
from frostgate.documents.licences.service import Seen, licences_among
from frostgate.documents.model import LARGEST, Document, Elsewhere, Purpose
from frostgate.documents.routing import CaseId, DocumentId, Kit

FileName = Annotated[str, QueryParameter(name="name", max_length=1000, description="What the file is called.")]
ForPurpose = Annotated[Purpose, QueryParameter(name="purpose", description="What it is to prove.")]


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """A document as staff see it; `licence` where it was handed in as one.

    `other_cases` counts other cases with the very same file. Whether some are of other tenants is for the platform's
    own staff: a tenant sees null, and only its own cases counted.
    """

    id: str
    tenant_id: str
    case: str
    account_id: str | None
    purpose: str
    name: str
    kind: str
    size: int
    digest: str
    pages: int
    handed_in_by: str
    handed_in_at: datetime
    deleted_at: datetime | None
    deletion: str | None
    other_cases: int
    other_tenants: bool | None
    licence: "Glance | None"


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine makes of a licence, without what stands on it: that is at `/v1/documents/{id}/licence`."""

    state: State
    summary: Summary | None
    says: dict[str, list[str]]


@post(
    "/cases/{case_id:str}/documents",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    request_max_body_size=LARGEST + 1024 * 1024,  # a little too large is said in our words
    summary="Attach a file to a case",
)
def attach(
    *,
    case_id: CaseId,
    body: RawBody,
    work: Work,
    principal: Who,
    documents: Kit,
    name: FileName = "",
    purpose: ForPurpose = Purpose.ATTACHMENT,
) -> DocumentView:
    """The body is the file itself: PNG, JPEG, WebP or PDF by its content, whatever its headers say."""
    with work.look() as connection:  # nobody's file is examined for a case that is not theirs
        documents.find_case(connection, case_id, tenant_id=principal.tenant_id)
    examined = documents.examine(body, name=name, purpose=purpose)
    with work.begin() as tx:
        case = documents.find_case(tx.connection, case_id, tenant_id=principal.tenant_id)
        document = service.keep(
            tx,
            examined,
            documents=documents,
            tenant_id=case.tenant_id,
            case_id=case_id,
            account_id=case.account_id,
            purpose=purpose,
            actor=principal.actor,
        )
        [shown] = _views(tx.connection, [document], documents, principal, at=tx.now)
    return shown


@get(
    "/cases/{case_id:str}/documents",
    opt={NEEDS: Permission.CASES_READ, SHOWS: "documents"},
    sync_to_thread=True,
    summary="The documents of a case; the journal keeps who looked",
)
def list_documents(case_id: CaseId, work: Work, principal: Who, documents: Kit) -> list[DocumentView]:
    """Oldest first, with those that were deleted."""
    with work.look() as connection:
        case = documents.find_case(connection, case_id, tenant_id=principal.tenant_id)
        found = service.list_of(connection, tenant_id=case.tenant_id, case_id=case_id)
        shown = _views(connection, found, documents, principal, at=work.clock.now())
    whose = {"tenant_id": case.tenant_id, "account_id": case.account_id}
    note_look(work, "documents", case_id, **whose, actor=principal.actor)
    return shown


@get(
    "/documents/{document_id:str}/pages/{page:int}",
    opt={NEEDS: Permission.CASES_READ, SHOWS: "document"},
    sync_to_thread=True,
    media_type="image/png",
    summary="Look at a page of a document; the journal keeps who looked",
)
def view_page(
    document_id: DocumentId, page: FromPath[int], work: Work, principal: Who, documents: Kit
) -> Response[bytes]:
    """A PNG that bears the reader, the case and the time; pages count from 1."""
    drawn = service.view(
        work, document_id, tenant_id=principal.tenant_id, actor=principal.actor, documents=documents, page=page
    )
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(drawn, media_type="image/png", headers=headers)


@delete(
    "/documents/{document_id:str}",
    opt={NEEDS: Permission.DOCUMENTS_REMOVE},
    sync_to_thread=True,
    summary="Delete the pages of a document before their time",
)
def remove(document_id: DocumentId, work: Work, principal: Who) -> None:
    """Its line stays: who handed it in and when, its digest, and that it was removed."""
    with work.begin() as tx:
        service.remove(tx, document_id, tenant_id=principal.tenant_id, actor=principal.actor)


def _views(
    connection: sa.Connection, found: list[Document], documents: Documents, principal: Principal, *, at: datetime
) -> list[DocumentView]:
    """Documents of one case."""
    elsewhere = service.elsewhere(connection, found, only=principal.tenant_id)
    licences = licences_among(connection, found, documents, at=at)
    reads = documents.reader is not None
    return [_view(each, elsewhere[each.id], licences.get(each.id), reads=reads) for each in found]


def _view(document: Document, elsewhere: Elsewhere, licence: Seen | None, *, reads: bool) -> DocumentView:
    return DocumentView(
        id=document.id,
        tenant_id=document.tenant_id,
        case=document.case_id,
        account_id=document.account_id,
        purpose=document.purpose.value,
        name=document.name,
        kind=document.kind.value,
        size=document.size,
        digest=document.digest,
        pages=document.pages,
        handed_in_by=str(document.handed_in_by),
        handed_in_at=document.handed_in_at,
        deleted_at=document.deleted_at,
        deletion=document.deletion.value if document.deletion else None,
        other_cases=elsewhere.cases,
        other_tenants=elsewhere.tenants,
        licence=_glance(licence, reads=reads) if licence else None,
    )


def _glance(licence: Seen, *, reads: bool) -> Glance:
    return Glance(
        state=licence.reading.state,
        summary=licence.comparison.summary if licence.comparison else None,
        says={each.value: sentences(licence, each, reads=reads)[:1] for each in Language},
    )


ROUTES = Router("/", tags=["documents"], route_handlers=[attach, list_documents, view_page, remove])
