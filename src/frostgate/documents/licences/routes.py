"""What was read of a licence, over HTTP, for reviewers; holders see what is missing, and nothing of this."""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec
from litestar import Router, get

from frostgate.base.model import Language
from frostgate.base.texts import say
from frostgate.base.web import NEEDS
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work
from frostgate.documents.licences import service
from frostgate.documents.licences.model import Compared, Comparison, Fault, Field, How, State, Summary, Verdict
from frostgate.documents.licences.reader import INSTALL
from frostgate.documents.licences.service import Seen
from frostgate.documents.routing import DocumentId, Kit


class FieldView(msgspec.Struct, frozen=True, kw_only=True):
    """One field: what was read, how sure the reader is (0 to 1), what is on record, and how they compare."""

    field: Field
    read: str | None
    confidence: float | None
    on_record: str | None
    verdict: Verdict
    how: How | None
    characters: int


class LicenceView(msgspec.Struct, frozen=True, kw_only=True):
    """A licence beside the tenant's record. The machine proposes reason codes; a person decides what becomes of it.

    `says` is the same in plain sentences. Fields that are not compared stand in `more`.
    """

    document: str
    state: State
    read_at: datetime | None
    summary: Summary | None
    fields: list[FieldView]
    more: dict[Field, str]
    code_is_right: bool | None
    is_another_company: bool
    expired_on: date | None
    recorded_at: datetime | None
    recorded_by: str | None
    proposes: list[Fault]
    says: dict[str, list[str]]


@get(
    "/documents/{document_id:str}/licence",
    opt={NEEDS: Permission.CASES_READ},
    sync_to_thread=True,
    summary="What was read of a business licence, beside the tenant's record; the journal keeps who looked",
)
def view_licence(document_id: DocumentId, work: Work, principal: Who, documents: Kit) -> LicenceView:
    """Field by field. Nothing follows from it by itself."""
    seen = service.view_licence(
        work, document_id, tenant_id=principal.tenant_id, actor=principal.actor, documents=documents
    )
    made, licence = seen.comparison, seen.licence
    compared = {each.field for each in made.fields} if made else set()
    more = licence.fields.items() if licence else ()
    return LicenceView(
        document=document_id,
        state=seen.reading.state,
        read_at=seen.reading.read_at,
        summary=made.summary if made else None,
        fields=[_field(each) for each in made.fields] if made else [],
        more={field: read.words for field, read in more if field not in compared},
        code_is_right=made.code_is_right if made else None,
        is_another_company=made is not None and made.is_another_company,
        expired_on=made.expired_on if made else None,
        recorded_at=seen.registration.recorded_at if seen.registration else None,
        recorded_by=str(seen.registration.recorded_by) if seen.registration else None,
        proposes=list(made.proposes) if made else [],
        says={each.value: sentences(seen, each, reads=documents.reader is not None) for each in Language},
    )


def sentences(seen: Seen, language: Language, *, reads: bool) -> list[str]:
    """What the machine makes of a licence in plain sentences; `reads`: whether licences are read here at all."""
    if seen.comparison is None:
        state = seen.reading.state
        if state is State.WAITING and not reads:
            return [say("licence.not_installed", language, install=INSTALL)]
        return [say(f"licence.{state}", language)]
    return [say(key, language, **values) for key, values in _said(seen.comparison, language)]


def _said(made: Comparison, language: Language) -> list[tuple[str, Mapping[str, object]]]:
    told: list[tuple[str, Mapping[str, object]]] = [(f"licence.summary.{made.summary}", {})]
    if made.code_is_right is False:
        told.append(("licence.check_digit_wrong", {}))
    for each in made.fields:
        key = f"licence.{each.verdict}" + (f".{each.how}" if each.how else "")
        about = say(f"licence.field.{each.field}", language)
        told.append((key, {"about": about, "characters": each.characters}))
    if made.expired_on is not None:
        told.append(("licence.expired", {"day": made.expired_on.isoformat()}))
    return told


def _field(compared: Compared) -> FieldView:
    return FieldView(
        field=compared.field,
        read=compared.read.words if compared.read else None,
        confidence=round(compared.read.confidence, 3) if compared.read else None,
        on_record=compared.on_record,
        verdict=compared.verdict,
        how=compared.how,
        characters=compared.characters,
    )


ROUTES = Router("/", tags=["documents"], route_handlers=[view_licence])
