"""Actions on many accounts, and whom each concerns."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "bulk_actions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("approved_by <> proposed_by", name="ck_bulk_actions_two_people"),
        sa.CheckConstraint(
            "state NOT IN ('running', 'done') OR approved_by IS NOT NULL", name="ck_bulk_actions_approved"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_actions"),
    )
    op.create_index("ix_bulk_actions_tenant", "bulk_actions", ["tenant_id", "id"], unique=False)
    op.create_index("ix_bulk_actions_state", "bulk_actions", ["state", "id"], unique=False)
    op.create_index(
        "uq_bulk_actions_undoes",
        "bulk_actions",
        ["undoes"],
        unique=True,
        sqlite_where=sa.text("state != 'withdrawn'"),
        postgresql_where=sa.text("state != 'withdrawn'"),
    )
    op.create_table(
        "bulk_items",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("bulk_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("like", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("hold_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_actions.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_items"),
    )
    op.create_index("ix_bulk_items_state", "bulk_items", ["bulk_id", "state", "id"], unique=False)
