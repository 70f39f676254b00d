"""Dunning: what was said of which debt, what was frozen for, what people agreed to, and when to look again."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the tables; whoever owes something already is looked at first."""
    op.create_table(
        "dunning_looks",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("next_look", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_dunning_looks"),
    )
    op.create_index("ix_dunning_looks_next", "dunning_looks", ["next_look", "tenant_id"], unique=False)
    op.execute(
        "INSERT INTO dunning_looks (tenant_id, next_look) "
        "SELECT DISTINCT tenant_id, 0 FROM ledger_balances WHERE position = 'receivable' AND amount > 0"
    )
    _said()
    _frozen()
    _agreed()
    op.create_table(
        "dunning_policies",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_dunning_policies"),
    )


def _said() -> None:
    op.create_table(
        "dunning_told",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owed_at", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "invoice_id", "part", "step", "round", name="pk_dunning_told"),
    )
    op.create_table(
        "dunning_letters",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"]),
        sa.PrimaryKeyConstraint("notice_id", name="pk_dunning_letters"),
    )
    op.create_index("ix_dunning_letters_message", "dunning_letters", ["tenant_id", "message_id"], unique=False)


def _frozen() -> None:
    op.create_table(
        "dunning_freezes",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("frozen_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hold_id", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "invoice_id", "part", "frozen_at", name="pk_dunning_freezes"),
    )
    op.create_table(
        "dunning_unreached",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "invoice_id", "part", name="pk_dunning_unreached"),
    )


def _agreed() -> None:
    op.create_table(
        "dunning_pauses",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="ck_dunning_pauses_decided_by"),
        sa.CheckConstraint("(state = 'approved') = (first IS NOT NULL)", name="ck_dunning_pauses_first"),
        sa.CheckConstraint(
            "kind <> 'promise' OR state <> 'approved' OR decided_by <> proposed_by",
            name="ck_dunning_pauses_second_person",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_dunning_pauses"),
    )
    op.create_index("ix_dunning_pauses_tenant", "dunning_pauses", ["tenant_id", "id"], unique=False)
    op.create_table(
        "dunning_releases",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'approved') = (decided_by IS NOT NULL)", name="ck_dunning_releases_decided_by"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_dunning_releases"),
    )
    waits = sa.text("state = 'open'")
    op.create_index(
        "uq_dunning_releases_open",
        "dunning_releases",
        ["tenant_id"],
        unique=True,
        sqlite_where=waits,
        postgresql_where=waits,
    )
