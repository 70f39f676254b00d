"""Who tenants are in the register of companies, what was read of licences, and which document a question is about."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# Licences that were handed in before are read as well, once a reader is there.
READ_THOSE_THAT_ARE_THERE = """
INSERT INTO licence_readings (document_id, tenant_id, state, attempts, next_attempt_at, problem)
SELECT id, tenant_id, 'waiting', 0, handed_in_at, ''
FROM documents WHERE purpose = 'business_licence' AND deleted_at IS NULL
"""


def upgrade() -> None:
    """Add the tables; nobody is recorded yet, and all licences wait to be read."""
    op.create_table(
        "registrations",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("legal_representative", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(code) = 18", name="ck_registrations_code"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_registrations"),
    )
    op.create_table(
        "licence_readings",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(state = 'read') = (sealed IS NOT NULL)", name="ck_licence_readings_sealed"),
        sa.CheckConstraint("(state = 'unreadable') = (problem <> '')", name="ck_licence_readings_problem"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"]),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("document_id", name="pk_licence_readings"),
    )
    op.create_index("ix_licence_readings_due", "licence_readings", ["state", "next_attempt_at"], unique=False)
    op.execute(READ_THOSE_THAT_ARE_THERE)
    op.add_column("appeal_words", sa.Column("document_id", sa.Text(), nullable=True))
