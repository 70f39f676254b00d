"""Check-ups after a thaw, the reviews of each quarter, and links of notices that lead to more than appeals."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Codes last ten minutes and visits half an hour: whoever is on the way asks for another."""
    op.drop_table("appeal_codes")
    op.drop_table("appeal_sessions")
    op.create_table(
        "link_codes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("address_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_link_codes"),
    )
    for column in ("notice_id", "address_digest", "sent_at"):
        op.create_index(f"ix_link_codes_{column}", "link_codes", [column], unique=False)
    op.create_table(
        "link_sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_link_sessions"),
    )
    op.create_index("ix_link_sessions_seen_at", "link_sessions", ["seen_at"], unique=False)
    op.create_table(
        "token_uses",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"]),
        sa.PrimaryKeyConstraint("token_id", name="pk_token_uses"),
    )
    op.create_table(
        "disowned_sign_ins",
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("account_id", BYTEWISE, nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name="pk_disowned_sign_ins"),
    )
    op.create_index("ix_disowned_sign_ins_said_at", "disowned_sign_ins", ["said_at"], unique=False)
    op.create_index("ix_disowned_sign_ins_account", "disowned_sign_ins", ["tenant_id", "account_id"], unique=False)
    _check_ups()
    _reviews()


def _check_ups() -> None:
    op.create_table(
        "check_ups",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("account_id", BYTEWISE, nullable=True),
        sa.Column("hold_id", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("of_tenant_person", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("look_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="ck_check_ups_closed"),
        sa.CheckConstraint("(state = 'open') = (look_at IS NOT NULL)", name="ck_check_ups_look_at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_check_ups"),
        sa.UniqueConstraint("hold_id", name="uq_check_ups_hold"),
    )
    op.create_index("ix_check_ups_tenant", "check_ups", ["tenant_id", "id"], unique=False)
    is_open = sa.text("state = 'open'")
    op.create_index("ix_check_ups_look_at", "check_ups", ["look_at"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index(
        "uq_check_ups_open",
        "check_ups",
        ["tenant_id", "account_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "check_up_steps",
        sa.Column("check_up_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (at IS NULL)", name="ck_check_up_steps_at"),
        sa.CheckConstraint("(state = 'open') = (\"by\" IS NULL)", name="ck_check_up_steps_by"),
        sa.ForeignKeyConstraint(["check_up_id"], ["check_ups.id"]),
        sa.PrimaryKeyConstraint("check_up_id", "step", name="pk_check_up_steps"),
    )
    op.create_table(
        "check_up_sign_ins",
        sa.Column("check_up_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("own", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(own IS NULL) = (answered_at IS NULL)", name="ck_check_up_sign_ins_answered"),
        sa.ForeignKeyConstraint(["check_up_id"], ["check_ups.id"]),
        sa.PrimaryKeyConstraint("check_up_id", "number", name="pk_check_up_sign_ins"),
    )


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("quarter", BYTEWISE, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("look_at", sa.BigInteger(), nullable=True),
        sa.Column("escalated_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("statements", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_by IS NOT NULL)", name="ck_reviews_confirmed_by"),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="ck_reviews_confirmed_at"),
        sa.CheckConstraint("state = 'open' OR look_at IS NULL", name="ck_reviews_look_at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("tenant_id", "quarter", name="uq_reviews_quarter"),
    )
    waits = sa.text("look_at IS NOT NULL")
    op.create_index(
        "ix_reviews_look_at", "reviews", ["look_at"], unique=False, sqlite_where=waits, postgresql_where=waits
    )
