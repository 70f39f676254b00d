"""The desk: how urgent a case is, who has it, and what reviewers are good at."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

# As the program says it when a case is opened: by the hold's kind, and a whole tenant's goes first.
SEVERITY = """
UPDATE cases SET severity = (
    SELECT CASE
        WHEN holds.kind = 1 THEN 1
        WHEN holds.account_id = '' THEN 4
        WHEN holds.kind = 2 THEN 2
        ELSE 3
    END
    FROM holds WHERE holds.id = cases.hold_id
) WHERE kind = 'hold'
"""


def upgrade() -> None:
    """Every case gets its severity; nobody has any yet."""
    op.add_column("cases", sa.Column("severity", sa.SmallInteger(), nullable=False, server_default="2"))
    op.execute(SEVERITY)
    op.create_index("ix_cases_desk", "cases", ["state", "severity", "id"], unique=False)
    op.create_table(
        "case_leases",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_leases"),
    )
    op.create_index("ix_case_leases_actor", "case_leases", ["actor", "until"], unique=False)
    op.create_table(
        "desk_reviewers",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("causes", sa.Text(), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"]),
        sa.PrimaryKeyConstraint("operator_id", name="pk_desk_reviewers"),
    )
