"""Plans, quotas and batch windows."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "plans",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quotas", sa.Text(), nullable=False),
        sa.Column("total", sa.Text(), nullable=True),
        sa.Column("batch_multiplier", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
    )
    op.create_table(
        "tenant_plans",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("plan_id", BYTEWISE, nullable=False),
        sa.Column("total", sa.Text(), nullable=True),
        sa.Column("assigned_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"]),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_tenant_plans"),
    )
    op.create_index("ix_tenant_plans_plan_id", "tenant_plans", ["plan_id"], unique=False)
    op.create_table(
        "quota_overrides",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("quota", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_quota_overrides"),
        sa.UniqueConstraint("tenant_id", "key", "method", name="uq_quota_overrides_tenant_id_key_method"),
    )
    op.create_table(
        "batch_windows",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("starts", sa.Text(), nullable=False),
        sa.Column("ends", sa.Text(), nullable=False),
        sa.Column("multiplier", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Text(), nullable=True),
        sa.Column("valid_until", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_batch_windows"),
    )
    op.create_index("ix_batch_windows_tenant_id", "batch_windows", ["tenant_id", "id"], unique=False)
    op.create_table(
        "limit_buckets",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("per_seconds", sa.Integer(), nullable=False),
        sa.Column("burst", sa.BigInteger(), nullable=False),
        sa.Column("full_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key", "method", name="pk_limit_buckets"),
    )
    op.create_index("ix_limit_buckets_full_at", "limit_buckets", ["full_at"], unique=False)
