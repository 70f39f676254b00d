"""A tenant's contacts in the database, and when to ask whom again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from frostgate.base.calendar import Calendar
from frostgate.base.database import Utc, metadata
from frostgate.base.model import Language
from frostgate.base.sql import upsert
from frostgate.directory.store import Bytewise
from frostgate.notices.contacts.model import Asked, Contact, ContactRole, Way
from frostgate.notices.contacts.records import ContactUnknown
from frostgate.notices.model import Channel, Template
from frostgate.notices.store import notices

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("added_at", Utc, nullable=False),
    sa.CheckConstraint("role IN ('finance', 'security', 'owner')", name="ck_contacts_role"),
)

ways = sa.Table(
    "contact_ways",
    metadata,
    sa.Column("tenant_id", Bytewise, primary_key=True),
    sa.Column("contact_id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("code_digest", sa.Text),  # of the code that waits for its reply; the code itself is in the letter alone
    sa.Column("asked_at", Utc),
    sa.Column("wrong", sa.Integer, nullable=False),
    sa.Column("confirmed_at", Utc),
    sa.Column("next_ask_at", Utc, index=True),
    sa.ForeignKeyConstraint(["tenant_id", "contact_id"], ["contacts.tenant_id", "contacts.id"]),
    sa.UniqueConstraint("tenant_id", "channel", "address", name="uq_contact_ways_address"),
    sa.CheckConstraint("(code_digest IS NULL) = (asked_at IS NULL)", name="ck_contact_ways_asked_at"),
)

# Built once: a freeze asks whom to tell while its sender waits.
_OF_TENANT = (
    sa.select(contacts, *(column for column in ways.c if column.name not in {"tenant_id", "contact_id"}))
    .join(ways, sa.and_(ways.c.tenant_id == contacts.c.tenant_id, ways.c.contact_id == contacts.c.id))
    .where(contacts.c.tenant_id == sa.bindparam("tenant"))
    .order_by(contacts.c.id, ways.c.channel)
)


def list_contacts(connection: sa.Connection, *, tenant_id: str) -> list[Contact]:
    """A tenant's contacts, in the order in which they were added."""
    found: dict[str, Contact] = {}
    for row in connection.execute(_OF_TENANT, {"tenant": tenant_id}):
        known = found.get(row.id) or _contact(row)
        found[row.id] = known.with_way(_way(row))
    return [*found.values()]


def get_contact(connection: sa.Connection, contact_id: str, *, tenant_id: str) -> Contact:
    """One contact.

    Raises:
        ContactUnknown: the tenant has none of this id.
    """
    for each in list_contacts(connection, tenant_id=tenant_id):
        if each.id == contact_id:
            return each
    raise ContactUnknown


def save_contact(connection: sa.Connection, contact: Contact) -> None:
    """Save who a contact is and what they answer for."""
    known = {"name": contact.name, "role": contact.role.value, "language": contact.language.value}
    row = {"tenant_id": contact.tenant_id, "id": contact.id, "added_at": contact.added_at, **known}
    upsert(connection, contacts, [row], keys=["tenant_id", "id"], update=known)


def save_way(connection: sa.Connection, way: Way, *, tenant_id: str, calendar: Calendar, at: datetime) -> None:
    """Save an address of a contact, what is known of who reads there, and when to ask them again."""
    asked = way.asked
    known = {
        "address": way.address,
        "code_digest": asked and asked.digest,
        "asked_at": asked and asked.at,
        "wrong": asked.wrong if asked else 0,
        "confirmed_at": way.confirmed_at,
        "next_ask_at": way.asks_at(calendar, at),
    }
    row = {"tenant_id": tenant_id, "contact_id": way.contact_id, "channel": way.channel.value, **known}
    upsert(connection, ways, [row], keys=["tenant_id", "contact_id", "channel"], update=known)


def remove_way(connection: sa.Connection, way: Way, *, tenant_id: str) -> None:
    """Forget an address of a contact."""
    chosen = ways.c.tenant_id == tenant_id, ways.c.contact_id == way.contact_id, ways.c.channel == way.channel.value
    connection.execute(ways.delete().where(*chosen))


def remove_contact(connection: sa.Connection, contact: Contact) -> None:
    """Forget a contact, with every address."""
    mine = ways.c.tenant_id == contact.tenant_id, ways.c.contact_id == contact.id
    connection.execute(ways.delete().where(*mine))
    connection.execute(contacts.delete().where(contacts.c.tenant_id == contact.tenant_id, contacts.c.id == contact.id))


def asked_since(connection: sa.Connection, since: datetime, *, tenant_id: str) -> list[tuple[str, datetime]]:
    """Where codes were sent for a tenant after a time, and when: to contacts that were removed since as well."""
    query = sa.select(notices.c.address, notices.c.owed_at).where(
        notices.c.tenant_id == tenant_id,
        notices.c.template == Template.CONTACT_ASKED.value,
        notices.c.owed_at > since,
    )
    return [(row.address, row.owed_at) for row in connection.execute(query)]


def due_to_ask(connection: sa.Connection, now: datetime) -> list[tuple[str, str, Channel]]:
    """Tenant, contact and way of those who are to be asked again, who waited longest first."""
    query = sa.select(ways.c.tenant_id, ways.c.contact_id, ways.c.channel).where(ways.c.next_ask_at <= now)
    rows: Iterable[Any] = connection.execute(query.order_by(ways.c.next_ask_at, ways.c.tenant_id, ways.c.contact_id))
    return [(row.tenant_id, row.contact_id, Channel(row.channel)) for row in rows]


def _contact(row: Any) -> Contact:
    return Contact(
        id=row.id,
        tenant_id=row.tenant_id,
        name=row.name,
        role=ContactRole(row.role),
        language=Language(row.language),
        ways=(),
        added_at=row.added_at,
    )


def _way(row: Any) -> Way:
    return Way(
        contact_id=row.id,
        channel=Channel(row.channel),
        address=row.address,
        asked=None if row.code_digest is None else Asked(row.code_digest, row.asked_at, row.wrong),
        confirmed_at=row.confirmed_at,
    )
