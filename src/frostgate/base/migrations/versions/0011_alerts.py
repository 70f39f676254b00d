"""Alerts: finance contacts who are confirmed by a code, thresholds, budgets, and when to look at whom again."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the tables; nobody has a contact or a threshold yet, so nobody is to be looked at."""
    op.create_table(
        "finance_contacts",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("code_digest", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(code_digest IS NULL) = (asked_at IS NULL)", name="ck_finance_contacts_asked_at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_finance_contacts"),
        sa.UniqueConstraint("tenant_id", "channel", "address", name="uq_finance_contacts_tenant_id_channel_address"),
    )
    op.create_table(
        "alert_thresholds",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("clear", sa.BigInteger(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("spoken_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_alert_thresholds"),
    )
    op.create_table(
        "alert_budgets",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name="ck_alert_budgets_amount"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_alert_budgets"),
    )
    op.create_table(
        "alert_looks",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("next_look", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_alert_looks"),
    )
    op.create_index("ix_alert_looks_next", "alert_looks", ["next_look", "tenant_id"], unique=False)
