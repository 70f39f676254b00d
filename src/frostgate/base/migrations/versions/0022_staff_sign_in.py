"""Operators sign in with a second factor, a passkey or single sign-on, and see their sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """A factor belongs to an account or to an operator; sessions that are open know nothing of where they began."""
    with op.batch_alter_table("factors", copy_from=_factors()) as batch:
        batch.alter_column("account_id", existing_type=_BYTEWISE, nullable=True)
        batch.add_column(sa.Column("operator_id", sa.Text(), nullable=True))
        batch.create_foreign_key("fk_factors_operator", "operators", ["operator_id"], ["id"])
        batch.create_check_constraint("ck_factors_one_owner", "(account_id IS NULL) <> (operator_id IS NULL)")
        batch.create_check_constraint("ck_factors_tenant", "(tenant_id = '') = (operator_id IS NOT NULL)")
    op.create_index("ix_factors_operator_id", "factors", ["operator_id"], unique=False)
    op.create_table(
        "session_origins",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"]),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"]),
        sa.PrimaryKeyConstraint("token_id", name="pk_session_origins"),
    )
    op.create_index("ix_session_origins_operator", "session_origins", ["operator_id", "opened_at"], unique=False)
    op.create_table(
        "sign_in_tickets",
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"]),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_sign_in_tickets"),
    )
    op.create_index("ix_sign_in_tickets_operator_id", "sign_in_tickets", ["operator_id"], unique=False)
    op.create_table(
        "recovery_codes",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"]),
        sa.PrimaryKeyConstraint("operator_id", "code_hash", name="pk_recovery_codes"),
    )
    op.create_table(
        "oidc_sign_ins",
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name="pk_oidc_sign_ins"),
    )
    op.create_index("ix_oidc_sign_ins_expires_at", "oidc_sign_ins", ["expires_at"], unique=False)
    op.create_table(
        "oidc_identities",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"]),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_oidc_identities"),
        sa.UniqueConstraint("issuer", "operator_id", name="uq_oidc_identities_issuer_operator_id"),
    )


def _factors() -> sa.Table:
    """The table as it stands, for SQLite, which copies it: its own checks are not read back from there."""
    return sa.Table(
        "factors",
        sa.MetaData(),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", _BYTEWISE, nullable=False),
        sa.Column("account_id", _BYTEWISE, nullable=False),
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
        sa.ForeignKeyConstraint(["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.id"], name="fk_account"),
        sa.PrimaryKeyConstraint("id", name="pk_factors"),
        sa.UniqueConstraint("tenant_id", "credential_id", name="uq_factors_tenant_id_credential_id"),
        sa.Index("ix_factors_account", "tenant_id", "account_id", "id"),
    )
