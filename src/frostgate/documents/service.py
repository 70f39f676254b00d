"""Keeping, listing, showing and deleting documents."""

import sqlalchemy as sa

from frostgate.base.model import SYSTEM, Actor
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory.store import hold_tenant
from frostgate.documents import sealing, store
from frostgate.documents.errors import (
    DocumentGone,
    DocumentKeyUnknown,
    DocumentPageUnknown,
    DocumentsRemain,
    DocumentsTooMany,
)
from frostgate.documents.kit import Documents
from frostgate.documents.model import (
    MOST_IN_CASE,
    Deletion,
    Document,
    DocumentDeleted,
    DocumentKept,
    DocumentKeyForgotten,
    DocumentViewed,
    Elsewhere,
    Examined,
    Purpose,
)
from frostgate.documents.watermark import marked

AT_ONCE = 100  # documents whose pages are deleted in one transaction


def keep(
    tx: Tx,
    examined: Examined,
    *,
    documents: Documents,
    tenant_id: str,
    case_id: str,
    account_id: str | None,
    purpose: Purpose,
    actor: Actor,
) -> Document:
    """Keep an examined file in a case, encrypted. Whether the case exists is the caller's to know.

    The same file for the same purpose in the same case is kept once: whoever sends again gets the document that is
    there already.

    Raises:
        DocumentsTooMany: the case has as many as one may have.
        KeyMissing: there is no key to seal the tenant's own with.
    """
    there = store.list_of(tx.connection, tenant_id=tenant_id, case_id=case_id)
    for each in there:
        if (each.digest, each.purpose, each.deleted_at) == (examined.digest, purpose, None):
            return each
    if len(there) >= MOST_IN_CASE:
        raise DocumentsTooMany(most=MOST_IN_CASE)
    document = Document(
        id=tx.new_id(),
        tenant_id=tenant_id,
        case_id=case_id,
        account_id=account_id,
        purpose=purpose,
        name=examined.name,
        kind=examined.kind,
        size=examined.size,
        digest=examined.digest,
        pages=len(examined.pages),
        handed_in_by=actor,
        handed_in_at=tx.now,
    )
    box = sealing.make_box(tx, documents.vault, tenant_id=tenant_id)
    store.add(tx.connection, document)
    for number, page in enumerate(examined.pages, start=1):
        store.add_page(tx.connection, document.id, number, box.seal(page.body, document_id=document.id, page=number))
    kept = DocumentKept(
        tenant_id=tenant_id,
        document_id=document.id,
        case_id=case_id,
        account_id=account_id,
        purpose=purpose,
        digest=document.digest,
        size=document.size,
        pages=document.pages,
    )
    tx.state(kept, actor=actor)
    return document


def list_of(connection: sa.Connection, *, tenant_id: str, case_id: str) -> list[Document]:
    """The documents of a case, oldest first, with those whose pages are gone."""
    return store.list_of(connection, tenant_id=tenant_id, case_id=case_id)


def elsewhere(connection: sa.Connection, found: list[Document], *, only: str | None) -> dict[str, Elsewhere]:
    """In how many other cases the very same files were handed in, by document; one look-up for all of them.

    Only for staff: `only` is the one tenant that the reader sees, or None for the platform's own.
    """
    told = store.others_with(connection, [each.digest for each in found], only=only)
    sums = {}
    for each in found:
        others = {(tenant, case) for tenant, case in told.get(each.digest, ()) if case != each.case_id}
        foreign = any(tenant != each.tenant_id for tenant, _ in others)
        sums[each.id] = Elsewhere(cases=len(others), tenants=foreign if only is None else None)
    return sums


def view(
    uow: UnitOfWork, document_id: str, *, tenant_id: str | None, actor: Actor, documents: Documents, page: int
) -> bytes:
    """A page as PNG with a watermark of who looks, at which case and when. The journal keeps each look, beforehand.

    `tenant_id` is None for who sees every tenant; `page` counts from 1.

    Raises:
        DocumentUnknown, DocumentPageUnknown
        DocumentGone: its pages were deleted.
        KeyMissing, SecretUnreadable: the tenant's key does not open.
    """
    with uow.begin() as tx:
        document = store.get(tx.connection, document_id, tenant_id=tenant_id)
        if document.deleted_at is not None:
            raise DocumentGone(deleted_at=document.deleted_at)
        sealed = store.find_page(tx.connection, document.id, page)
        if sealed is None:
            raise DocumentPageUnknown(page=page, pages=document.pages)
        box = sealing.open_box(tx.connection, documents.vault, tenant_id=document.tenant_id)
        viewed = DocumentViewed(
            tenant_id=document.tenant_id,
            document_id=document.id,
            case_id=document.case_id,
            account_id=document.account_id,
            page=page,
        )
        tx.state(viewed, actor=actor)
    drawn = box.open(sealed, document_id=document.id, page=page)
    return marked(drawn, (str(actor), f"case {document.case_id}", f"{tx.now:%Y-%m-%d %H:%M:%S} UTC"))


def remove(tx: Tx, document_id: str, *, tenant_id: str | None, actor: Actor) -> Document:
    """Delete the pages of a document before their time; its line stays.

    Raises:
        DocumentUnknown
        DocumentGone: they were deleted before.
    """
    document = store.get(tx.connection, document_id, tenant_id=tenant_id)
    if document.deleted_at is not None:
        raise DocumentGone(deleted_at=document.deleted_at)
    return _delete(tx, document, Deletion.REMOVED, actor=actor)


def delete_due(uow: UnitOfWork, *, documents: Documents) -> int:
    """Delete the pages that were kept for long enough, in small transactions; of how many documents."""
    total = 0
    while True:
        with uow.begin() as tx:
            due = store.list_due(
                tx.connection, at=tx.now, keeping=documents.keeping, decided=documents.decided, limit=AT_ONCE
            )
            for document in due:
                _delete(tx, document, Deletion.DUE, actor=SYSTEM)
        total += len(due)
        if len(due) < AT_ONCE:
            return total


def forget_key(tx: Tx, *, tenant_id: str, actor: Actor) -> None:
    """Remove a tenant's key once its pages are deleted: who has a copy of the pages alone can never open them.

    A document that comes later gets a new key.

    Raises:
        TenantUnknown: there is no such tenant.
        DocumentsRemain: it has documents that the key opens.
        DocumentKeyUnknown: it has no key.
    """
    hold_tenant(tx.connection, tenant_id)
    if count := store.count_kept(tx.connection, tenant_id=tenant_id):
        raise DocumentsRemain(count=count)
    made_at = store.forget_key(tx.connection, tenant_id=tenant_id)
    if made_at is None:
        raise DocumentKeyUnknown
    tx.state(DocumentKeyForgotten(tenant_id=tenant_id, made_at=made_at), actor=actor)


def _delete(tx: Tx, document: Document, deletion: Deletion, *, actor: Actor) -> Document:
    deleted = store.delete_pages(tx.connection, document, deletion, at=tx.now)
    fact = DocumentDeleted(
        tenant_id=document.tenant_id,
        document_id=document.id,
        case_id=document.case_id,
        digest=document.digest,
        deletion=deletion,
    )
    tx.state(fact, actor=actor)
    return deleted
