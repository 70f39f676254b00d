"""Documents: what was handed in to cases, its sealed pages, and a sealed key for each tenant."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the tables; a tenant's key is made with its first document."""
    op.create_table(
        "documents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("account_id", BYTEWISE, nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("handed_in_by", sa.Text(), nullable=False),
        sa.Column("handed_in_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("deletion", sa.Text(), nullable=True),
        sa.CheckConstraint("(deleted_at IS NULL) = (deletion IS NULL)", name="ck_documents_deletion"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
    )
    op.create_index("ix_documents_case", "documents", ["case_id", "id"], unique=False)
    op.create_index("ix_documents_digest", "documents", ["digest"], unique=False)
    op.create_index("ix_documents_kept", "documents", ["deleted_at", "handed_in_at"], unique=False)
    op.create_table(
        "document_pages",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"]),
        sa.PrimaryKeyConstraint("document_id", "page", name="pk_document_pages"),
    )
    op.create_table(
        "document_keys",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_document_keys"),
    )
