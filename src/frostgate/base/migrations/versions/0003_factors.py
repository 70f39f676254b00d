"""Second factors of account holders, and their answers to challenges."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables."""
    bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "factors",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", bytewise, nullable=False),
        sa.Column("account_id", bytewise, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("active_since", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed_secret", sa.Text(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("credential_id", sa.Text(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("sign_count", sa.BigInteger(), nullable=True),
        sa.Column("transports", sa.Text(), nullable=True),
        sa.Column("backup_eligible", sa.Boolean(), nullable=True),
        sa.Column("backed_up", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(sealed_secret IS NULL) <> (public_key IS NULL)", name="ck_factors_one_proof"),
        sa.CheckConstraint("(state = 'active') = (active_since IS NOT NULL)", name="ck_factors_active_since"),
        sa.ForeignKeyConstraint(["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_factors"),
        sa.UniqueConstraint("tenant_id", "credential_id", name="uq_factors_tenant_id_credential_id"),
    )
    op.create_index("ix_factors_account", "factors", ["tenant_id", "account_id", "id"], unique=False)
    op.create_table(
        "factor_challenges",
        sa.Column("tenant_id", bytewise, nullable=False),
        sa.Column("account_id", bytewise, nullable=False),
        sa.Column("bound_to", sa.Text(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", "bound_to", name="pk_factor_challenges"),
    )
    op.create_table(
        "answer_attempts",
        sa.Column("tenant_id", bytewise, nullable=False),
        sa.Column("account_id", bytewise, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", name="pk_answer_attempts"),
    )
