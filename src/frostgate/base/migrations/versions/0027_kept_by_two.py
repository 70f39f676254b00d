"""Two people say when the hold of a violation ends, and the store knows. Challenges end by whoever answers them."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

# A challenge (kind 1) ends by whoever answers it, so nobody is asked to agree.
LET_CHALLENGES_GO = """
UPDATE cases SET needs_two = NOT needs_two WHERE needs_two AND hold_id IN (SELECT id FROM holds WHERE kind = 1)
"""

# A new column may bring its constraints along in both dialects, where SQLite adds none to a table that it has.
APPROVED = """
ALTER TABLE cases ADD COLUMN keep_approved_by TEXT
    CONSTRAINT ck_cases_keep_approved_by_not_keep_proposed_by CHECK (keep_approved_by <> keep_proposed_by)
    CONSTRAINT ck_cases_keep_agreed CHECK (
        NOT needs_two OR keep_until IS NULL OR (keep_proposed_by IS NOT NULL AND keep_approved_by IS NOT NULL)
    )
"""

# The constraints hold for what is there, too. So ends of violations wait in the new column for what is proposed.
SET_ASIDE = "UPDATE cases SET release_until = keep_until, keep_until = NULL WHERE needs_two AND keep_until IS NOT NULL"

# What was left of a hold that two people released was agreed by these two: both cases were decided in one moment.
TWO_AGREED = """
FROM cases AS other
WHERE other.tenant_id = cases.tenant_id AND other.cause = cases.cause AND other.outcome = 'released'
    AND COALESCE(other.account_id, '') = COALESCE(cases.account_id, '')
    AND other.decided_at = cases.opened_at AND other.released_by = cases.confirmed_by
    AND other.release_proposed_by IS NOT NULL
"""
KEEP_WHAT_TWO_AGREED = f"""
UPDATE cases SET keep_until = release_until, release_until = NULL, keep_approved_by = confirmed_by,
    keep_proposed_by = (SELECT MAX(other.release_proposed_by) {TWO_AGREED})
WHERE release_until IS NOT NULL AND EXISTS (SELECT 1 {TWO_AGREED})
"""  # noqa: S608 - our own words

# What one person said alone holds no longer. It goes back to people, late already, so that somebody looks at once.
RESUME_CLOCKS = """
UPDATE case_clocks SET ended_at = NULL, is_decided = NOT (1 = 1), decision_took = NULL, next_look = started_at
WHERE case_id IN (SELECT id FROM cases WHERE release_until IS NOT NULL)
    AND run = (SELECT MAX(last.run) FROM case_clocks AS last WHERE last.case_id = case_clocks.case_id)
"""
REOPEN = """
UPDATE cases SET state = 'open', outcome = NULL, decided_at = NULL, decided_by = NULL, release_until = NULL,
    version = version + 1
WHERE release_until IS NOT NULL
"""


def upgrade() -> None:
    """Add the columns with the promise, and bring what is there in line with it."""
    op.execute(LET_CHALLENGES_GO)
    op.add_column("cases", sa.Column("release_until", sa.BigInteger(), nullable=True))
    op.add_column("cases", sa.Column("keep_proposed_by", sa.Text(), nullable=True))
    op.execute(SET_ASIDE)
    op.execute(APPROVED)
    op.execute(KEEP_WHAT_TWO_AGREED)
    op.execute(RESUME_CLOCKS)
    op.execute(REOPEN)
