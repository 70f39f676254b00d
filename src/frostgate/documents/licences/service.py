"""Licences beside the tenants' records, as reviewers see them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from frostgate.base.model import Actor
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory.registration import store as registrations
from frostgate.directory.registration.model import Registration
from frostgate.directory.store import get_tenant
from frostgate.documents import store as document_store
from frostgate.documents.kit import Documents
from frostgate.documents.licences import store
from frostgate.documents.licences.comparing import compare
from frostgate.documents.licences.model import Comparison, Licence, LicenceViewed, Reading, is_licence
from frostgate.documents.licences.reading import opened
from frostgate.documents.model import Document, DocumentDeleted, DocumentKept


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A licence beside the record; without a comparison where nothing was read, or not yet."""

    reading: Reading
    licence: Licence | None
    registration: Registration | None
    comparison: Comparison | None


def want_reading(tx: Tx, fact: DocumentKept, actor: Actor) -> None:
    """A licence was handed in: it is to be read."""
    if is_licence(fact.purpose):
        assert fact.tenant_id is not None, "BUG: a document of nobody"
        store.owe(tx.connection, fact.document_id, tenant_id=fact.tenant_id, at=tx.now)


def forget_reading(tx: Tx, fact: DocumentDeleted, actor: Actor) -> None:
    """The pages of a document are gone, and what was read of them goes with them."""
    assert fact.tenant_id is not None, "BUG: a document of nobody"
    store.forget(tx.connection, fact.document_id, tenant_id=fact.tenant_id)


def view_licence(
    uow: UnitOfWork, document_id: str, *, tenant_id: str | None, actor: Actor, documents: Documents
) -> Seen:
    """What was read of a licence beside the record of its tenant. The journal keeps who looked, beforehand.

    `tenant_id` is None for who sees every tenant.

    Raises:
        DocumentUnknown
        LicenceUnknown: it was not handed in as a licence, or was deleted.
        KeyMissing, SecretUnreadable: the tenant's key does not open.
    """
    with uow.begin() as tx:
        document = document_store.get(tx.connection, document_id, tenant_id=tenant_id)
        reading = store.get(tx.connection, document_id, tenant_id=document.tenant_id)
        viewed = LicenceViewed(tenant_id=document.tenant_id, document_id=document_id, case_id=document.case_id)
        tx.state(viewed, actor=actor)
        return _beside(tx.connection, [reading], documents, tenant_id=document.tenant_id, at=tx.now)[document_id]


def licences_among(
    connection: sa.Connection, found: Sequence[Document], documents: Documents, *, at: datetime
) -> dict[str, Seen]:
    """The licences among documents of one tenant, by document."""
    if not found:
        return {}
    tenant_id = found[0].tenant_id
    readings = store.readings(connection, [each.id for each in found], tenant_id=tenant_id)
    return _beside(connection, readings.values(), documents, tenant_id=tenant_id, at=at)


def _beside(
    connection: sa.Connection, readings: Iterable[Reading], documents: Documents, *, tenant_id: str, at: datetime
) -> dict[str, Seen]:
    registration = registrations.find(connection, tenant_id=tenant_id)
    today = at.astimezone(ZoneInfo(get_tenant(connection, tenant_id).time_zone)).date()
    found = {}
    for reading in readings:
        licence = opened(connection, reading, documents)
        comparison = None if licence is None else compare(licence, registration, on=today)
        found[reading.document_id] = Seen(
            reading=reading, licence=licence, registration=registration, comparison=comparison
        )
    return found
