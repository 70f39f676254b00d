"""Appeals: what holders say against holds, what was asked and decided, and the codes and sessions that lead there."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

UNDER_WAY = sa.text("state IN ('draft', 'handed_in', 'asked')")


def upgrade() -> None:
    """Add the tables; nobody has appealed yet."""
    _appeals()
    op.create_table(
        "appeal_words",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("appeal_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_appeal_words"),
    )
    op.create_index("ix_appeal_words_appeal_id", "appeal_words", ["appeal_id"], unique=False)
    op.create_table(
        "appeal_codes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("address_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appeal_codes"),
    )
    for column in ("notice_id", "address_digest", "sent_at"):
        op.create_index(f"ix_appeal_codes_{column}", "appeal_codes", [column], unique=False)
    op.create_table(
        "appeal_sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_appeal_sessions"),
    )
    op.create_index("ix_appeal_sessions_seen_at", "appeal_sessions", ["seen_at"], unique=False)


def _appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("hold_id", sa.Text(), nullable=False),
        sa.Column("account_id", BYTEWISE, nullable=True),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("news", sa.Text(), nullable=False),
        sa.Column("needs_news", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("handed_in_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("ban_proposed_by", sa.Text(), nullable=True),
        sa.Column("ban_approved_by", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("decided_by <> confirmed_by", name="ck_appeals_not_by_confirmed_by"),
        sa.CheckConstraint("decided_by <> ban_proposed_by", name="ck_appeals_not_by_ban_proposed_by"),
        sa.CheckConstraint("decided_by <> ban_approved_by", name="ck_appeals_not_by_ban_approved_by"),
        sa.CheckConstraint("(state = 'decided') = (outcome IS NOT NULL)", name="ck_appeals_outcome"),
        sa.CheckConstraint("(state = 'decided') = (decided_by IS NOT NULL)", name="ck_appeals_decided_by"),
        sa.CheckConstraint(
            "(ground IS NOT NULL) = (outcome IS NOT NULL AND outcome = 'refused')", name="ck_appeals_ground"
        ),
        sa.CheckConstraint("handed_in_at IS NULL OR statement <> ''", name="ck_appeals_statement"),
        sa.CheckConstraint("handed_in_at IS NULL OR NOT needs_news OR news <> ''", name="ck_appeals_news"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_appeals"),
        sa.UniqueConstraint("hold_id", "run", name="uq_appeals_run"),
    )
    op.create_index(
        "uq_appeals_under_way",
        "appeals",
        ["hold_id"],
        unique=True,
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    )
    op.create_index("ix_appeals_queue", "appeals", ["state", "id"], unique=False)
    op.create_index("ix_appeals_tenant", "appeals", ["tenant_id", "id"], unique=False)
