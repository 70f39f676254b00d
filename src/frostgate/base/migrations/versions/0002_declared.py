"""Trips, trusted networks, allowlists and the profiles of service accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the tables."""
    op.add_column("tenants", sa.Column("trips_need_approval", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_accounts_machines",
        "accounts",
        ["tenant_id"],
        unique=False,
        sqlite_where=sa.text("kind != 'person'"),
        postgresql_where=sa.text("kind != 'person'"),
    )
    op.create_table(
        "allowlists",
        sa.Column("tenant_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("enforced", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
        ),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_allowlists"),
    )
    op.create_table(
        "networks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("cidr", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_networks"),
        sa.UniqueConstraint("tenant_id", "kind", "cidr", name="uq_networks_once"),
    )
    op.create_table(
        "profiles",
        sa.Column("tenant_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("account_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("messages_a_minute", sa.Integer(), nullable=True),
        sa.Column("recipients_an_hour", sa.Integer(), nullable=True),
        sa.Column("api_calls_a_minute", sa.Integer(), nullable=True),
        sa.Column("networks", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["accounts.tenant_id", "accounts.id"],
        ),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", name="pk_profiles"),
    )
    op.create_table(
        "trips",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("account_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name="ck_trips_forwards"),
        sa.CheckConstraint("(state = 'requested') = (decided_by IS NULL)", name="ck_trips_decided_by"),
        sa.CheckConstraint("state <> 'approved' OR decided_by <> declared_by", name="ck_trips_approved_by_another"),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_trips"),
    )
    op.create_index("ix_trips_account", "trips", ["tenant_id", "account_id", "id"], unique=False)
    op.create_index("ix_trips_ends", "trips", ["tenant_id", "ends_at"], unique=False)
