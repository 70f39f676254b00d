"""Cases of one attack in groups, cases that repeat others, and notes that name people and papers."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Every case is alone: what was left before is known no more."""
    op.add_column("cases", sa.Column("group_id", sa.Text(), nullable=True))
    op.add_column("cases", sa.Column("duplicate_of", sa.Text(), nullable=True))
    op.create_index("ix_cases_account", "cases", ["tenant_id", "account_id", "state", "id"], unique=False)
    op.create_index("ix_cases_group", "cases", ["group_id", "state", "id"], unique=False)
    op.create_table(
        "case_groups",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("trait", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_groups"),
    )
    op.create_index("ix_case_groups_last", "case_groups", ["last_at", "id"], unique=False)
    op.create_table(
        "case_traces",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_case_traces"),
    )
    op.create_index("ix_case_traces_at", "case_traces", ["at"], unique=False)
    op.create_table(
        "case_mentions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["case_actions.id"]),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_case_mentions"),
        sa.UniqueConstraint("action_id", "operator_id", name="uq_case_mentions_once"),
    )
    op.create_index("ix_case_mentions_operator", "case_mentions", ["operator_id", "id"], unique=False)
    op.create_index("ix_case_mentions_case", "case_mentions", ["case_id", "id"], unique=False)
    op.create_table(
        "case_attachments",
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["case_actions.id"]),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"]),
        sa.PrimaryKeyConstraint("action_id", "document_id", name="pk_case_attachments"),
    )
    op.create_index("ix_case_attachments_case", "case_attachments", ["case_id"], unique=False)
