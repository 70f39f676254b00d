"""A hold may rest on the evidence of several rules."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Keep what was spent, in a table that holds several pieces for one hold."""
    op.create_table(
        "evidence",
        sa.Column("hold_id", sa.Text(), nullable=False),
        sa.Column("evidence_key", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("guard_seconds", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hold_id", "evidence_key", name="pk_evidence"),
    )
    op.create_index("ix_evidence_account", "evidence", ["tenant_id", "account_id", "evidence_key"], unique=False)
    op.execute(
        "INSERT INTO evidence (hold_id, evidence_key, tenant_id, account_id, guard_seconds, until) "
        "SELECT hold_id, evidence_key, tenant_id, account_id, 0, until FROM spent_evidence"
    )
    op.drop_table("spent_evidence")
