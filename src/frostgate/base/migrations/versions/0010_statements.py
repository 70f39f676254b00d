"""Statements of account and what tenants say of them: added, and never edited."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

NEVER_EDITED = ("statements", "statement_answers")


def upgrade() -> None:
    """Add the tables, and the triggers that keep them."""
    op.create_table(
        "statements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("month", BYTEWISE, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["ledgers.tenant_id"]),
        sa.PrimaryKeyConstraint("id", name="pk_statements"),
        sa.UniqueConstraint("number", name="uq_statements_number"),
        sa.UniqueConstraint("tenant_id", "month", name="uq_statements_tenant_id_month"),
    )
    op.create_table(
        "statement_answers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("statement_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column("part", sa.BigInteger(), nullable=True),
        sa.Column("dispute_id", sa.Text(), nullable=True),
        sa.CheckConstraint("(kind = 'disputed') = (dispute_id IS NOT NULL)", name="ck_statement_answers_dispute_id"),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"]),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_statement_answers"),
        sa.UniqueConstraint("dispute_id", name="uq_statement_answers_dispute_id"),
    )
    op.create_index("ix_statement_answers_statement_id", "statement_answers", ["statement_id"], unique=False)
    op.create_index(
        "uq_statement_answers_confirmed",
        "statement_answers",
        ["statement_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'confirmed'"),
        postgresql_where=sa.text("kind = 'confirmed'"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in NEVER_EDITED:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is never edited'); END"
                )
        return
    for table in NEVER_EDITED:
        op.execute(
            f"CREATE TRIGGER {table}_never_edited BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION never_edited()"
        )
