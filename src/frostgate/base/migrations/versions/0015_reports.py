"""Codes for the self-check, and reports of fake notices."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the tables; nobody has asked for or reported anything yet."""
    op.create_table(
        "self_check_asks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("account_id", BYTEWISE, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("is_looked_up", sa.Boolean(), nullable=False),
        sa.Column("code_digest", sa.Text(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_self_check_asks"),
    )
    op.create_index("ix_self_check_asks_asked_at", "self_check_asks", ["asked_at"], unique=False)
    op.create_index("ix_self_check_asks_account", "self_check_asks", ["tenant_id", "account_id", "asked_at"])
    op.create_table(
        "fake_notice_reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=True),
        sa.Column("looked_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(looked_at IS NULL) = (looked_by IS NULL)", name="ck_fake_notice_reports_looked"),
        sa.PrimaryKeyConstraint("id", name="pk_fake_notice_reports"),
    )
