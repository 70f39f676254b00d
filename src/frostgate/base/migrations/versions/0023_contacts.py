"""Contacts of every role, quiet hours, and whether a notice arrived.

One hold may now be told to several people of a tenant, so what must not happen twice counts their addresses, too.
SQLite cannot change a constraint, so there the table of notices is laid anew. Its attempts point at it meanwhile; that
they point at something is checked when everything is committed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

# Compared byte by byte, as in the first tables.
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

CHECKS = {
    "ck_notices_bounced_when": "(state = 'bounced') = (bounced_at IS NOT NULL)",
    "ck_notices_bounced_how": "(bounced_at IS NULL) = (bounce IS NULL)",
    "ck_notices_delivered_when": "state <> 'delivered' OR delivered_at IS NOT NULL",
}
ONCE = ("hold_id", "template", "audience", "channel", "address")
TAKEN = sa.text("receipt_id IS NOT NULL")
OWED = sa.text("state = 'owed'")

OLD_COLUMNS = (
    "id, tenant_id, hold_id, case_id, account_id, audience, channel, address, language, template, params, code, state,"
    " problem, attempts, next_attempt_at, claimed_until, owed_at, sent_at, message_id, provider_reference"
)


def upgrade() -> None:
    """Finance contacts become contacts of that role. What was sent stays as it was: nobody said that it arrived."""
    if op.get_bind().dialect.name == "sqlite":
        _lay_notices_anew()
    else:
        _change_notices()
    op.create_index("ix_notices_thread", "notices", ["thread"], unique=False)
    op.create_index(
        "ix_notices_receipt", "notices", ["receipt_id"], unique=False, sqlite_where=TAKEN, postgresql_where=TAKEN
    )
    _contacts()
    op.create_table(
        "quiet_hours",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("starts", sa.Text(), nullable=True),
        sa.Column("ends", sa.Text(), nullable=True),
        sa.CheckConstraint("(starts IS NULL) = (ends IS NULL)", name="ck_quiet_hours_both"),
        sa.CheckConstraint("starts <> ends", name="ck_quiet_hours_some"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "channel", name="pk_quiet_hours"),
    )
    op.create_table(
        "dead_addresses",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "channel", "address", name="pk_dead_addresses"),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("role IN ('finance', 'security', 'owner')", name="ck_contacts_role"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_contacts"),
    )
    op.create_table(
        "contact_ways",
        sa.Column("tenant_id", BYTEWISE, nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("code_digest", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("next_ask_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(code_digest IS NULL) = (asked_at IS NULL)", name="ck_contact_ways_asked_at"),
        sa.ForeignKeyConstraint(["tenant_id", "contact_id"], ["contacts.tenant_id", "contacts.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "contact_id", "channel", name="pk_contact_ways"),
        sa.UniqueConstraint("tenant_id", "channel", "address", name="uq_contact_ways_address"),
    )
    op.create_index("ix_contact_ways_next_ask_at", "contact_ways", ["next_ask_at"], unique=False)
    op.execute(
        "INSERT INTO contacts (tenant_id, id, name, role, language, added_at)"
        " SELECT tenant_id, id, name, 'finance', language, added_at FROM finance_contacts"
    )
    # Looked at once after the start, which finds out when each is really to be asked.
    op.execute(
        "INSERT INTO contact_ways"
        " (tenant_id, contact_id, channel, address, code_digest, asked_at, wrong, confirmed_at, next_ask_at)"
        " SELECT tenant_id, id, channel, address, code_digest, asked_at, wrong, confirmed_at, confirmed_at"
        " FROM finance_contacts"
    )
    op.drop_table("finance_contacts")


def _new_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("receipt_id", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("bounced_at", sa.BigInteger(), nullable=True),
        sa.Column("bounce", sa.Text(), nullable=True),
        sa.Column("quiet", sa.Text(), nullable=True),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.Text(), nullable=True),
    ]


def _change_notices() -> None:
    for column in _new_columns():
        op.add_column("notices", column)
    op.drop_constraint("uq_notices_once", "notices", type_="unique")
    op.create_unique_constraint("uq_notices_once", "notices", [*ONCE])
    for name, condition in CHECKS.items():
        op.create_check_constraint(name, "notices", condition)


def _lay_notices_anew() -> None:
    op.execute("PRAGMA defer_foreign_keys=ON")
    op.execute(f"CREATE TABLE notices_kept AS SELECT {OLD_COLUMNS} FROM notices")  # noqa: S608 - our own names
    op.drop_table("notices")
    op.create_table(
        "notices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("hold_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("owed_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("provider_reference", sa.Text(), nullable=True),
        *_new_columns(),
        sa.CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="ck_notices_sent_when"),
        sa.CheckConstraint("state NOT IN ('withheld', 'undeliverable') OR problem IS NOT NULL", name="ck_notices_why"),
        *(sa.CheckConstraint(condition, name=name) for name, condition in CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("code", name="uq_notices_code"),
        sa.UniqueConstraint(*ONCE, name="uq_notices_once"),
    )
    op.execute(f"INSERT INTO notices ({OLD_COLUMNS}) SELECT {OLD_COLUMNS} FROM notices_kept")  # noqa: S608
    op.drop_table("notices_kept")
    op.create_index("ix_notices_due", "notices", ["next_attempt_at"], unique=False, sqlite_where=OWED)
    op.create_index("ix_notices_hold_id", "notices", ["hold_id"], unique=False)
    op.create_index("ix_notices_tenant", "notices", ["tenant_id", "id"], unique=False)
