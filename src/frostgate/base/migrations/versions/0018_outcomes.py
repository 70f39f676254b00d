"""Releases that two people decide, and holds that people keep for a time."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

# A new column may bring its constraints along in both dialects, where SQLite adds none to a table that it has. Cases
# from before need no second person: those that one person released would break the promise.
PROPOSED = """
ALTER TABLE cases ADD COLUMN release_proposed_by TEXT
    CONSTRAINT ck_cases_release_proposed_by_not_confirmed_by CHECK (release_proposed_by <> confirmed_by)
    CONSTRAINT ck_cases_released_by_not_release_proposed_by CHECK (released_by <> release_proposed_by)
    CONSTRAINT ck_cases_release_proposed CHECK (
        NOT needs_two OR released_by IS NULL OR release_proposed_by IS NOT NULL
    )
    CONSTRAINT ck_cases_released_by_people CHECK (
        NOT needs_two OR outcome <> 'released' OR released_by IS NOT NULL OR decided_by NOT LIKE 'operator:%'
    )
"""


def upgrade() -> None:
    """Add the columns, and the promises in the store itself."""
    op.add_column("cases", sa.Column("keep_until", sa.BigInteger(), nullable=True))
    op.add_column("cases", sa.Column("needs_two", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(PROPOSED)
    op.add_column("cases", sa.Column("release_finding", sa.Text(), nullable=True))
    op.add_column("cases", sa.Column("release_limit", sa.Text(), nullable=True))
    op.create_index(
        "ix_cases_keep_until",
        "cases",
        ["keep_until"],
        unique=False,
        sqlite_where=sa.text("keep_until IS NOT NULL"),
        postgresql_where=sa.text("keep_until IS NOT NULL"),
    )
