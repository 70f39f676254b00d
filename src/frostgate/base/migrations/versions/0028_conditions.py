"""Releases with conditions: what must happen before a hold ends, and until when that is awaited."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

# A new column may bring its constraints along in both dialects, where SQLite adds none to a table that it has. No case
# waits yet, so each of them holds.
UNTIL = """
ALTER TABLE cases ADD COLUMN waiting_until BIGINT
    CONSTRAINT ck_cases_waiting_until CHECK ((state = 'waiting') = (waiting_until IS NOT NULL))
"""
AGREED = """
ALTER TABLE cases ADD COLUMN conditions_by TEXT
    CONSTRAINT ck_cases_conditions_by_not_confirmed_by CHECK (conditions_by <> confirmed_by)
    CONSTRAINT ck_cases_conditions_by_not_release_proposed_by CHECK (conditions_by <> release_proposed_by)
    CONSTRAINT ck_cases_conditions_proposed CHECK (
        NOT needs_two OR conditions_by IS NULL OR release_proposed_by IS NOT NULL
    )
    CONSTRAINT ck_cases_conditions_by CHECK ((state = 'waiting') = (conditions_by IS NOT NULL))
"""


def upgrade() -> None:
    """Nobody was released with conditions before."""
    op.add_column("cases", sa.Column("release_terms", sa.Text(), nullable=True))
    op.execute(UNTIL)
    op.execute(AGREED)
    waits = sa.text("waiting_until IS NOT NULL")
    op.create_index(
        "ix_cases_waiting_until",
        "cases",
        ["waiting_until"],
        unique=False,
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_table(
        "case_conditions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=True),
        sa.Column("declared_at", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("told_by", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("settled_by <> proposed_by", name="ck_case_conditions_settled_by_not_proposed_by"),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="ck_case_conditions_settled_at"),
        sa.CheckConstraint("(state = 'open') = (settled_by IS NULL)", name="ck_case_conditions_settled_by"),
        sa.CheckConstraint("(state = 'met') = (told_by IS NOT NULL)", name="ck_case_conditions_told_by"),
        sa.CheckConstraint("state <> 'waived' OR reason <> ''", name="ck_case_conditions_waived"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_case_conditions"),
    )
    op.create_index("ix_case_conditions_case", "case_conditions", ["case_id", "id"], unique=False)
    is_open = sa.text("state = 'open'")
    op.create_index(
        "ix_case_conditions_open",
        "case_conditions",
        ["tenant_id", "term"],
        unique=False,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
