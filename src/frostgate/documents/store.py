"""Documents, their sealed pages and the tenants' sealed keys in the database."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.base.sql import upsert
from frostgate.directory.store import Bytewise
from frostgate.documents.errors import DocumentUnknown
from frostgate.documents.model import Deletion, Document, Keeping, Kind, Purpose

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("account_id", Bytewise),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("handed_in_by", sa.Text, nullable=False),
    sa.Column("handed_in_at", Utc, nullable=False),
    sa.Column("deleted_at", Utc),
    sa.Column("deletion", sa.Text),
    sa.CheckConstraint("(deleted_at IS NULL) = (deletion IS NULL)", name="ck_documents_deletion"),
)
sa.Index("ix_documents_case", documents.c.case_id, documents.c.id)
sa.Index("ix_documents_digest", documents.c.digest)
sa.Index("ix_documents_kept", documents.c.deleted_at, documents.c.handed_in_at)

document_pages = sa.Table(
    "document_pages",
    metadata,
    sa.Column("document_id", sa.Text, sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("page", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

document_keys = sa.Table(
    "document_keys",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
)


# Documents


def add(connection: sa.Connection, document: Document) -> None:
    """Save a new document, without its pages."""
    row = msgspec.structs.asdict(document) | {
        "purpose": document.purpose.value,
        "kind": document.kind.value,
        "handed_in_by": str(document.handed_in_by),
    }
    connection.execute(documents.insert(), row)


def get(connection: sa.Connection, document_id: str, *, tenant_id: str | None) -> Document:
    """One document: of this tenant, or of any where `tenant_id` is None.

    Raises:
        DocumentUnknown: there is none.
    """
    query = sa.select(documents).where(documents.c.id == document_id)
    if tenant_id is not None:
        query = query.where(documents.c.tenant_id == tenant_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise DocumentUnknown
    return _document(row)


def list_of(connection: sa.Connection, *, tenant_id: str, case_id: str) -> list[Document]:
    """The documents of a case, oldest first."""
    query = (
        sa.select(documents)
        .where(documents.c.tenant_id == tenant_id, documents.c.case_id == case_id)
        .order_by(documents.c.id)
    )
    return [_document(row) for row in connection.execute(query)]


def others_with(connection: sa.Connection, digests: list[str], *, only: str | None) -> dict[str, list[tuple[str, str]]]:
    """In which cases of which tenants files were handed in, by digest; of one tenant only, unless that is None."""
    query = sa.select(documents.c.digest, documents.c.tenant_id, documents.c.case_id).distinct()
    query = query.where(documents.c.digest.in_(digests))
    if only is not None:
        query = query.where(documents.c.tenant_id == only)
    found: dict[str, list[tuple[str, str]]] = {}
    for digest, tenant_id, case_id in connection.execute(query):
        found.setdefault(digest, []).append((tenant_id, case_id))
    return found


def list_due(
    connection: sa.Connection, *, at: datetime, keeping: Keeping, decided: sa.Select[Any], limit: int
) -> list[Document]:
    """Documents whose pages were kept for long enough; `decided` selects a case's id and when it was decided."""
    ended = decided.subquery()
    case_id, decided_at = ended.columns
    query = (
        sa.select(documents)
        .outerjoin(ended, case_id == documents.c.case_id)
        .where(
            documents.c.deleted_at.is_(None),
            (documents.c.handed_in_at <= at - keeping.at_most) | (decided_at <= at - keeping.after_decision),
        )
        .order_by(documents.c.id)
        .limit(limit)
    )
    return [_document(row) for row in connection.execute(query)]


def count_kept(connection: sa.Connection, *, tenant_id: str) -> int:
    """How many documents of a tenant still have their pages."""
    kept = documents.c.tenant_id == tenant_id, documents.c.deleted_at.is_(None)
    return connection.execute(sa.select(sa.func.count()).select_from(documents).where(*kept)).scalar_one()


# Pages


def add_page(connection: sa.Connection, document_id: str, page: int, sealed: bytes) -> None:
    """Save one page, sealed."""
    connection.execute(document_pages.insert(), {"document_id": document_id, "page": page, "sealed": sealed})


def find_page(connection: sa.Connection, document_id: str, page: int) -> bytes | None:
    """One page, sealed, or None."""
    query = sa.select(document_pages.c.sealed).where(
        document_pages.c.document_id == document_id, document_pages.c.page == page
    )
    return connection.execute(query).scalar_one_or_none()


def delete_pages(connection: sa.Connection, document: Document, deletion: Deletion, *, at: datetime) -> Document:
    """Delete the pages and forget the name, which may be a person's; the line as it is then."""
    connection.execute(document_pages.delete().where(document_pages.c.document_id == document.id))
    connection.execute(
        documents.update()
        .where(documents.c.id == document.id, documents.c.tenant_id == document.tenant_id)
        .values(name="", deleted_at=at, deletion=deletion.value)
    )
    return msgspec.structs.replace(document, name="", deleted_at=at, deletion=deletion)


# Keys


def add_key(connection: sa.Connection, sealed: bytes, *, tenant_id: str, at: datetime) -> None:
    """Save a tenant's key, sealed, unless another process was faster: then that one counts."""
    upsert(connection, document_keys, [{"tenant_id": tenant_id, "sealed": sealed, "made_at": at}], keys=["tenant_id"])


def find_key(connection: sa.Connection, *, tenant_id: str) -> bytes | None:
    """A tenant's key, sealed, or None."""
    query = sa.select(document_keys.c.sealed).where(document_keys.c.tenant_id == tenant_id)
    return connection.execute(query).scalar_one_or_none()


def forget_key(connection: sa.Connection, *, tenant_id: str) -> datetime | None:
    """Remove a tenant's key; when it was made, or None where there is none."""
    gone = document_keys.delete().where(document_keys.c.tenant_id == tenant_id).returning(document_keys.c.made_at)
    return connection.execute(gone).scalar_one_or_none()


def _document(row: Any) -> Document:
    return Document(
        **{
            **row._mapping,
            "purpose": Purpose(row.purpose),
            "kind": Kind(row.kind),
            "handed_in_by": Actor.parse(row.handed_in_by),
            "deletion": None if row.deletion is None else Deletion(row.deletion),
        }
    )
