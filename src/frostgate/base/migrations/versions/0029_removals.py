"""What a review says is to go, until it is gone; and until when the clock of a case waits for its holder."""

import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    """Add both. What reviews said before is compared at the next one, as it was promised then."""
    op.create_table(
        "review_removals",
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("quarter", BYTEWISE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ck_review_removals_ended_at"),
        sa.CheckConstraint("(state = 'open') = (ended_by IS NULL)", name="ck_review_removals_ended_by"),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"]),
        sa.PrimaryKeyConstraint("review_id", "line", name="pk_review_removals"),
    )
    is_open = sa.text("state = 'open'")
    op.create_index(
        "ix_review_removals_open",
        "review_removals",
        ["tenant_id", "line"],
        unique=False,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.add_column("case_clocks", sa.Column("waits_until", sa.BigInteger(), nullable=True))
    _note_who_waits()


def _note_who_waits() -> None:
    """Of the clocks that run, those whose last question has no answer yet."""
    connection = op.get_bind()
    query = sa.text("SELECT case_id, run, pauses FROM case_clocks WHERE ended_at IS NULL AND pauses <> '[]'")
    note = sa.text("UPDATE case_clocks SET waits_until = :until WHERE case_id = :case_id AND run = :run")
    for case_id, run, pauses in connection.execute(query).all():
        last = json.loads(pauses)[-1]
        if last.get("answered_at") is None:
            until = (datetime.fromisoformat(last["until"]) - EPOCH) // timedelta(microseconds=1)
            connection.execute(note, {"until": until, "case_id": case_id, "run": run})
