"""Who of a tenant is told something: its contacts by their role, and its own address where nobody else is."""

from datetime import datetime

import sqlalchemy as sa

from frostgate.base.calendar import Calendar
from frostgate.directory.model import Tenant
from frostgate.directory.store import find_account
from frostgate.notices import dead
from frostgate.notices.contacts import store
from frostgate.notices.contacts.model import Contact, ContactRole, Way, role_told, told
from frostgate.notices.model import CODES, Audience, Channel, Notice, Reader, Template
from frostgate.notices.registered import PARAMETERS
from frostgate.standing.model import Cause, Kind

# What nobody is told who has not shown that they read there: figures. Where no contact is left, people call.
CONFIRMED_ALONE = frozenset({Template.ALERT_BALANCE, Template.ALERT_COVER, Template.ALERT_BUDGET})
# For the very one who reads at this address: to anybody else it would mean nothing, or open what is not theirs.
FOR_ONE_ALONE = frozenset(
    {
        Template.CONTACT_ASKED,
        Template.CONTACT_CHANGED,
        Template.SELF_CHECK_CODE,
        *CODES,
        Template.CHECK_UP_DUE,
        Template.REVIEW_DUE,
        Template.APPEAL_RECEIVED,
        Template.APPEAL_ASKED,
        Template.APPEAL_DECIDED,
    }
)


def of_role(
    connection: sa.Connection, tenant: Tenant, role: ContactRole, template: Template, *, at: datetime
) -> list[Reader]:
    """Everybody of this role who counts, or else the owners: each by the first way that works and carries this."""
    found = store.list_contacts(connection, tenant_id=tenant.id)
    if not found:  # as with most tenants: a freeze waits for this
        return []
    gone = _dead(connection, found, tenant)
    picked = told(found, role, calendar=Calendar(time_zone=tenant.time_zone), at=at)
    readers = []
    for contact, ways in picked:
        usable = [way for way in ways if _carries(way, template) and (way.channel, way.address) not in gone]
        readers += [reader_of(contact, way) for way in usable[:1]]
    return readers


def every_way(connection: sa.Connection, tenant: Tenant, role: ContactRole, *, at: datetime) -> list[Reader]:
    """Everybody of this role who counts, or else the owners, by each way that works."""
    found = store.list_contacts(connection, tenant_id=tenant.id)
    gone = _dead(connection, found, tenant)
    picked = told(found, role, calendar=Calendar(time_zone=tenant.time_zone), at=at)
    return [
        reader_of(contact, way) for contact, ways in picked for way in ways if (way.channel, way.address) not in gone
    ]


def readers_for(
    connection: sa.Connection, tenant: Tenant, cause: Cause, kind: Kind, template: Template, *, at: datetime
) -> list[Reader]:
    """Whom of a tenant a hold is told to. There is always somebody: the tenant's own address is the last resort."""
    return readers_of(connection, tenant, role_told(cause, kind), template, at=at)


def readers_of(
    connection: sa.Connection, tenant: Tenant, role: ContactRole, template: Template, *, at: datetime
) -> list[Reader]:
    """As `of_role`, and the tenant's own address where that is nobody."""
    return of_role(connection, tenant, role, template, at=at) or [own_address(tenant)]


def still_reads(connection: sa.Connection, tenant: Tenant, notice: Notice, role: ContactRole, *, at: datetime) -> bool:
    """Whether whoever got this notice would still be told: a contact who counts there, of this role or an owner.

    A link in it opens as long as that is so. Where the tenant's own address got it, as long as it is that.
    """
    if notice.contact_id is None:
        return notice.address == tenant.contact_email
    calendar = Calendar(time_zone=tenant.time_zone)
    return any(
        (way.channel, way.address) == (notice.channel, notice.address)
        for contact in store.list_contacts(connection, tenant_id=tenant.id)
        if contact.id == notice.contact_id and contact.role in {role, ContactRole.OWNER}
        for way in contact.counting(calendar, at)
    )


def is_still_theirs(
    connection: sa.Connection, tenant: Tenant, notice: Notice, role: ContactRole, *, at: datetime
) -> bool:
    """Whether a notice went where its reader still reads: the holder, or whom of the tenant this role concerns.

    A link in it opens as long as that is so: whoever read there before has no business with it any more.
    """
    if notice.audience is not Audience.HOLDER:
        return still_reads(connection, tenant, notice, role, at=at)
    account = find_account(connection, notice.account_id or "", tenant_id=tenant.id)
    return account is not None and notice.address in {account.email, account.mobile}


def own_address(tenant: Tenant) -> Reader:
    """The address that a tenant gave when it joined."""
    return Reader(Audience.TENANT, tenant.contact_email, tenant.language)


def next_ways(connection: sa.Connection, tenant: Tenant, notice: Notice, *, at: datetime) -> list[Reader]:
    """To whom a notice may go instead: the contact by another way, others of the role, owners, the tenant itself."""
    template = notice.template
    if notice.audience not in {Audience.TENANT, Audience.FINANCE} or template in FOR_ONE_ALONE:
        return []
    found, calendar = store.list_contacts(connection, tenant_id=tenant.id), Calendar(time_zone=tenant.time_zone)
    same = [(each, each.counting(calendar, at)) for each in found if each.id == notice.contact_id]
    picked = [pair for role in _roles_of(notice) for pair in told(found, role, calendar=calendar, at=at)]
    gone = _dead(connection, found, tenant)
    readers = [reader_of(contact, way) for contact, ways in [*same, *picked] for way in ways if _carries(way, template)]
    if template not in CONFIRMED_ALONE:
        readers.append(own_address(tenant))
    return [reader for reader in readers if (reader.channel, reader.address) not in gone]


def reader_of(contact: Contact, way: Way) -> Reader:
    """A contact as the reader of a notice."""
    audience = Audience.FINANCE if contact.role is ContactRole.FINANCE else Audience.TENANT
    return Reader(audience, way.address, contact.language, way.channel, contact.id)


def _roles_of(notice: Notice) -> tuple[ContactRole, ContactRole]:
    if notice.audience is Audience.FINANCE:
        return ContactRole.FINANCE, ContactRole.OWNER
    kind = Kind.BAN if notice.params.kind == Kind.BAN.word else Kind.FREEZE
    return role_told(Cause(notice.params.cause), kind), ContactRole.OWNER


def _carries(way: Way, template: Template) -> bool:
    """By text message only what is registered can be said."""
    return way.channel is Channel.EMAIL or template in PARAMETERS


def _dead(connection: sa.Connection, contacts: list[Contact], tenant: Tenant) -> set[tuple[Channel, str]]:
    named = [way.address for each in contacts for way in each.ways]
    return dead.among(connection, [*named, tenant.contact_email], tenant_id=tenant.id)
