"""Members: the roles of a tenant's own people, emergencies, and who looks after a tenant."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
A_DAY = 86_400_000_000  # microseconds


def upgrade() -> None:
    """Add the tables. Whoever administered a tenant alone owns it from now on, and so do programs that did."""
    op.execute("UPDATE operators SET role = 'owner' WHERE role = 'tenant_admin'")
    op.execute("UPDATE tokens SET role = 'owner' WHERE role = 'tenant_admin'")
    op.create_table(
        "emergencies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", BYTEWISE, nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("on_the_machine", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.CheckConstraint("reason <> ''", name="ck_emergencies_reason"),
        sa.CheckConstraint(f"expires_at > began_at AND expires_at - began_at <= {A_DAY}", name="ck_emergencies_expire"),
        sa.ForeignKeyConstraint(["id"], ["tokens.id"]),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"]),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_emergencies"),
    )
    op.create_index("ix_emergencies_tenant_id", "emergencies", ["tenant_id"])
    op.create_index("ix_emergencies_expires_at", "emergencies", ["expires_at"])
    op.create_table(
        "account_managers",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"]),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_account_managers"),
    )
    op.create_index("ix_account_managers_operator_id", "account_managers", ["operator_id"])
