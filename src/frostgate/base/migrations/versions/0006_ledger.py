"""The ledger: entries and lines that nobody can edit, balances, invoices, disputes, proposals."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# What was posted or sent stays as it is: a constraint, not a convention.
NEVER_EDITED = ("ledger_entries", "ledger_lines", "invoices", "invoice_lines")


def upgrade() -> None:
    """Add the tables, and the triggers that keep them."""
    _ledger()
    _documents()
    if op.get_bind().dialect.name == "sqlite":
        for table in NEVER_EDITED:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is never edited'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION never_edited() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION '% is never edited', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; "
        "END$$"
    )
    for table in NEVER_EDITED:
        op.execute(
            f"CREATE TRIGGER {table}_never_edited BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION never_edited()"
        )


def _ledger() -> None:
    op.create_table(
        "ledgers",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_ledgers"),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["ledgers.tenant_id"]),
        sa.PrimaryKeyConstraint("tenant_id", "seq", name="pk_ledger_entries"),
        sa.UniqueConstraint("id", name="uq_ledger_entries_id"),
        sa.UniqueConstraint("tenant_id", "key", name="uq_ledger_entries_tenant_id_key"),
        sa.UniqueConstraint("tenant_id", "reverses", name="uq_ledger_entries_tenant_id_reverses"),
    )
    op.create_index("ix_ledger_entries_at", "ledger_entries", ["tenant_id", "at"], unique=False)
    op.create_index(
        "uq_ledger_entries_incoming",
        "ledger_entries",
        ["tenant_id", "reference"],
        unique=True,
        sqlite_where=sa.text("kind IN ('payment', 'top_up')"),
        postgresql_where=sa.text("kind IN ('payment', 'top_up')"),
    )
    op.create_index(
        "ix_ledger_entries_given",
        "ledger_entries",
        ["tenant_id", "posted_at"],
        unique=False,
        sqlite_where=sa.text("kind IN ('refund', 'write_off')"),
        postgresql_where=sa.text("kind IN ('refund', 'write_off')"),
    )
    op.create_table(
        "ledger_lines",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("entry_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "entry_seq"], ["ledger_entries.tenant_id", "ledger_entries.seq"]),
        sa.PrimaryKeyConstraint("tenant_id", "entry_seq", "line", name="pk_ledger_lines"),
    )
    op.create_table(
        "ledger_balances",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("position <> 'receivable' OR amount >= 0", name="ck_ledger_balances_receivable"),
        sa.CheckConstraint("position <> 'unbilled' OR amount >= 0", name="ck_ledger_balances_unbilled"),
        sa.CheckConstraint("position <> 'unapplied' OR amount <= 0", name="ck_ledger_balances_unapplied"),
        sa.ForeignKeyConstraint(["tenant_id"], ["ledgers.tenant_id"]),
        sa.PrimaryKeyConstraint("tenant_id", "item_id", "currency", "position", name="pk_ledger_balances"),
    )
    op.create_index(
        "ix_ledger_balances_open",
        "ledger_balances",
        ["tenant_id", "item_id"],
        unique=False,
        sqlite_where=sa.text("position = 'receivable' AND amount > 0"),
        postgresql_where=sa.text("position = 'receivable' AND amount > 0"),
    )


def _documents() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "entry"], ["ledger_entries.tenant_id", "ledger_entries.seq"]),
        sa.PrimaryKeyConstraint("id", name="pk_invoices"),
        sa.UniqueConstraint("number", name="uq_invoices_number"),
        sa.UniqueConstraint("tenant_id", "entry", name="uq_invoices_tenant_id_entry"),
        sa.UniqueConstraint("tenant_id", "year", "ordinal", name="uq_invoices_tenant_id_year_ordinal"),
    )
    op.create_index("ix_invoices_tenant", "invoices", ["tenant_id", "id"], unique=False)
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("prepaid", sa.Boolean(), nullable=False),
        sa.Column("charged", sa.BigInteger(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"]),
        sa.PrimaryKeyConstraint("invoice_id", "line", name="pk_invoice_lines"),
    )
    op.create_table(
        "disputes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="ck_disputes_closed_at"),
        sa.CheckConstraint("amount > 0", name="ck_disputes_amount"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_disputes"),
    )
    op.create_index("ix_disputes_invoice_id", "disputes", ["invoice_id"], unique=False)
    op.create_index("ix_disputes_tenant", "disputes", ["tenant_id", "id"], unique=False)
    _proposals()


def _proposals() -> None:
    op.create_table(
        "billing_proposals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="ck_billing_proposals_decided_by"),
        sa.CheckConstraint("(state = 'approved') = (entry IS NOT NULL)", name="ck_billing_proposals_entry"),
        sa.CheckConstraint(
            "state <> 'approved' OR decided_by <> proposed_by", name="ck_billing_proposals_second_person"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["ledgers.tenant_id"]),
        sa.PrimaryKeyConstraint("id", name="pk_billing_proposals"),
        sa.UniqueConstraint("tenant_id", "key", name="uq_billing_proposals_tenant_id_key"),
    )
    op.create_index("ix_billing_proposals_state", "billing_proposals", ["state", "id"], unique=False)
    op.create_index("ix_billing_proposals_tenant", "billing_proposals", ["tenant_id", "id"], unique=False)
