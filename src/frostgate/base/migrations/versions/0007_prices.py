"""Price lists, billing plans, and usage with the events behind it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the tables."""
    _prices_and_plans()
    _usage()


def _prices_and_plans() -> None:
    op.create_table(
        "price_lists",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("series", BYTEWISE, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Text(), nullable=False),
        sa.Column("rates", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_price_lists"),
    )
    op.create_index("ix_price_lists_series", "price_lists", ["series", "number"], unique=False)
    op.create_table(
        "billing_plans",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("prices", BYTEWISE, nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("dunning", sa.Text(), nullable=False),
        sa.Column("prepaid", sa.Text(), nullable=False),
        sa.Column("freeze_scope", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_billing_plans"),
    )
    op.create_table(
        "tenant_billing_plans",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("from_day", sa.Text(), nullable=False),
        sa.Column("plan", sa.Integer(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("assigned_at", sa.BigInteger(), nullable=False),
        sa.Column("assigned_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["plan"], ["billing_plans.number"]),
        sa.PrimaryKeyConstraint("tenant_id", "from_day", name="pk_tenant_billing_plans"),
    )


def _usage() -> None:
    op.create_table(
        "usage_records",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("source", BYTEWISE, nullable=False),
        sa.Column("event_id", BYTEWISE, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", BYTEWISE, nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name="usage_is_never_negative"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "source", "event_id", name="pk_usage_records"),
    )
    op.create_index("ix_usage_records_day", "usage_records", ["tenant_id", "day", "unit", "id"], unique=False)
    op.create_table(
        "usage_days",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "day", "unit", name="pk_usage_days"),
    )
    op.create_table(
        "usage_closed",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_usage_closed"),
    )
