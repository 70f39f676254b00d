"""Which question is open in an appeal, or in its case, and what it may be about."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from frostgate.appeals import store
from frostgate.appeals.asking import OF_A_DOCUMENT, Ask, wanted
from frostgate.appeals.door import Place
from frostgate.appeals.errors import DocumentUnnamed
from frostgate.appeals.model import Appeal, Said, State
from frostgate.cases.clock import store as clocks
from frostgate.documents import service as papers
from frostgate.documents.errors import DocumentUnknown
from frostgate.documents.model import Document, Purpose


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What our people asked in an appeal, the document that it is about, and the purpose of one that would do."""

    asked: Said
    about: Document | None
    wants: Purpose | None


def open_question(connection: sa.Connection, place: Place) -> Question | None:
    """What was asked in the newest appeal and not answered yet."""
    if place.appeal is None or place.appeal.state is not State.ASKED:
        return None
    asked = [each for each in store.said_in(connection, place.appeal) if each.code is not None][-1]
    found = papers.list_of(connection, tenant_id=place.tenant.id, case_id=place.hold.case_id)
    about = next((each for each in found if each.id == asked.document_id), None)
    return Question(asked=asked, about=about, wants=wanted(asked.code, about))


def asked_in_case(connection: sa.Connection, place: Place, *, at: datetime) -> str:
    """What our people asked in the case itself, and nobody answered yet; "" where there is nothing."""
    run = clocks.last_run(connection, place.hold.case_id, tenant_id=place.tenant.id)
    pause = run.pause_at(at) if run is not None else None
    return pause.asked if pause is not None else ""


def may_be_about(connection: sa.Connection, appeal: Appeal, code: Ask, document_id: str | None) -> None:
    """Pass where a question of this code may name this document, or none.

    Raises:
        DocumentUnnamed: the code is about a document.
        DocumentUnknown: it is none that was handed in in this case, or was deleted.
    """
    if document_id is None:
        if code in OF_A_DOCUMENT:
            raise DocumentUnnamed(pointer="/document")
        return
    for each in papers.list_of(connection, tenant_id=appeal.tenant_id, case_id=appeal.case_id):
        if each.id == document_id and each.deleted_at is None and each.purpose is not Purpose.ATTACHMENT:
            return
    raise DocumentUnknown(pointer="/document")
