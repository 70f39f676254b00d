"""Payments: what providers told us of, and bank statements that wait to be posted."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "payment_advices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=True),
        sa.Column("invoices", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'refused') = (code IS NOT NULL)", name="ck_payment_advices_code"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_advices"),
        sa.UniqueConstraint("provider", "event_id", name="uq_payment_advices_provider_event_id"),
    )
    op.create_index("ix_payment_advices_payment_id", "payment_advices", ["payment_id"], unique=False)
    op.create_index("ix_payment_advices_state", "payment_advices", ["state", "id"], unique=False)
    op.create_table(
        "bank_imports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("delimiter", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bank_imports"),
    )
    op.create_index("ix_bank_imports_expires_at", "bank_imports", ["expires_at"], unique=False)
    op.create_table(
        "bank_lines",
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("tenant_id", BYTEWISE, nullable=True),
        sa.Column("invoices", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (entry IS NULL)", name="ck_bank_lines_entry"),
        sa.ForeignKeyConstraint(["import_id"], ["bank_imports.id"]),
        sa.PrimaryKeyConstraint("import_id", "number", name="pk_bank_lines"),
    )
    op.create_index("ix_bank_lines_reference", "bank_lines", ["reference"], unique=False)
