"""Where a holder has a telephone, and what became of each part of a text."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add the number to accounts, and the parts of texts that went to a gateway."""
    op.add_column("accounts", sa.Column("mobile", sa.Text(), nullable=True))
    op.create_table(
        "notice_parts",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=True),
        sa.Column("has_arrived", sa.Boolean(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(has_arrived IS NULL) = (said IS NULL)", name="ck_notice_parts_said"),
        sa.CheckConstraint("notice_id IS NOT NULL OR said IS NOT NULL", name="ck_notice_parts_of"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"]),
        sa.PrimaryKeyConstraint("reference", name="pk_notice_parts"),
    )
    op.create_index("ix_notice_parts_notice_id", "notice_parts", ["notice_id"], unique=False)
