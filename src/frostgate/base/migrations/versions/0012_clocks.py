"""Clocks of cases: one run for each open case, with the times by which something must have happened in it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

# Under what holds unless an operator sets otherwise. It is kept with the clock, so it is written out here.
POLICY = (
    '{"ask_again_days":3,"counts":"every_hour","customer_success_after_hours":4,"decision_hours":48,'
    '"first_answer_hours":24,"holder_days":7,"leads_after_hours":0,"region":"CN","task_hours":48,'
    '"time_zone":"Asia/Shanghai","warn_percent":75}'
)
HOUR = 3_600_000_000  # microseconds

# A case that is open already runs since it was opened: who has waited for a week is told to people with the first look.
BEGIN = """
INSERT INTO case_clocks
    (case_id, run, tenant_id, is_task, policy, started_at, pauses, is_decided, said, next_look, due_at)
SELECT id, 1, tenant_id, kind <> 'hold', :policy, opened_at, '[]', false, '', opened_at,
       opened_at + CASE WHEN kind = 'hold' THEN 24 ELSE 48 END * :hour
FROM cases WHERE state = 'open'
"""


def upgrade() -> None:
    """Add the table; every open case gets its clock."""
    op.create_table(
        "case_clocks",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("is_task", sa.Boolean(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("pauses", sa.Text(), nullable=False),
        sa.Column("first_answered_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("is_decided", sa.Boolean(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("next_look", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("answer_missed_at", sa.BigInteger(), nullable=True),
        sa.Column("decision_missed_at", sa.BigInteger(), nullable=True),
        sa.Column("answer_took", sa.BigInteger(), nullable=True),
        sa.Column("decision_took", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id", "run", name="pk_case_clocks"),
    )
    _index("uq_case_clocks_running", ["case_id"], "ended_at IS NULL", unique=True)
    _index("ix_case_clocks_look", ["next_look", "case_id"], "ended_at IS NULL")
    _index("ix_case_clocks_due", ["due_at", "case_id"], "ended_at IS NULL")
    _index("ix_case_clocks_answered", ["first_answered_at"], "first_answered_at IS NOT NULL")
    _index("ix_case_clocks_ended", ["ended_at"], "ended_at IS NOT NULL")
    _index("ix_case_clocks_answer_missed", ["answer_missed_at"], "answer_missed_at IS NOT NULL")
    _index("ix_case_clocks_decision_missed", ["decision_missed_at"], "decision_missed_at IS NOT NULL")
    op.execute(sa.text(BEGIN).bindparams(policy=POLICY, hour=HOUR))


def _index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, "case_clocks", columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
