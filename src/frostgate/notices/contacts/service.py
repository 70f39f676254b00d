"""What a tenant says about its contacts: who they are, where they read, and that they do.

Whoever takes over an administrator's sign-in would like to be the only one who is told. So whoever was told before
learns, at the old address and at once, that they are off the list or answer for something else.
"""

from datetime import timedelta
from math import ceil

import msgspec
import structlog

from frostgate.base.calendar import Calendar
from frostgate.base.ids import new_code
from frostgate.base.model import SYSTEM, Actor
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory.model import Tenant
from frostgate.directory.store import hold_tenant
from frostgate.notices import dead
from frostgate.notices.contacts import store
from frostgate.notices.contacts.model import Contact, ContactRole, Reply, Way
from frostgate.notices.contacts.records import (
    MOST_CONTACTS,
    AddressMissing,
    AddressUnusable,
    AskedJustNow,
    AskedTooOften,
    ChannelUnusable,
    ContactChange,
    ContactChanged,
    ContactDraft,
    ContactExists,
    ContactUnknown,
    TooManyContacts,
)
from frostgate.notices.model import Audience, Channel, Reader, Template, is_reachable
from frostgate.notices.params import ContactNews, Params
from frostgate.notices.service import owe_to_tenant
from frostgate.standing.model import Cause, Kind

log = structlog.get_logger("frostgate.contacts")

# Whoever reads at an address did not ask to be written to, and a text costs money.
ASKED_AT_MOST_EACH = timedelta(minutes=10)  # the same address
MOST_ASKED = 3 * MOST_CONTACTS  # of a tenant in a day

_POINTERS = {Channel.EMAIL: "/email", Channel.SMS: "/mobile"}


def add_contact(tx: Tx, draft: ContactDraft, *, tenant_id: str, channels: frozenset[Channel], actor: Actor) -> Contact:
    """Add a contact and ask for a reply from each address; until that comes, nothing else is sent there.

    Raises:
        TenantUnknown: there is no such tenant.
        AddressMissing, ChannelUnusable, AddressUnusable: nothing can be sent, by this way (`channels` are set up here).
        ContactExists, TooManyContacts: the tenant has it, or has enough.
        AskedJustNow, AskedTooOften: it was written to a moment ago, and removed since; or the tenant sent enough codes.
    """
    tenant = hold_tenant(tx.connection, tenant_id)
    known = store.list_contacts(tx.connection, tenant_id=tenant_id)
    _check(draft, known, channels)
    if len(known) >= MOST_CONTACTS:
        raise TooManyContacts(most=MOST_CONTACTS)
    contact = Contact(
        id=tx.new_id(),
        tenant_id=tenant_id,
        name=draft.name,
        role=draft.role,
        language=draft.language or tenant.language,
        ways=(),
        added_at=tx.now,
    )
    store.save_contact(tx.connection, contact)
    _say(tx, contact, ContactChange.ADDED, actor=actor)
    for channel, address in draft.addresses.items():
        contact = _ask(tx, tenant, contact, _way(contact, channel, address), actor=actor)
    return contact


def change_contact(
    tx: Tx, contact_id: str, draft: ContactDraft, *, tenant_id: str, channels: frozenset[Channel], actor: Actor
) -> Contact:
    """Describe a contact anew. A new address counts once its own code came back; who reads the old one is told.

    Raises:
        TenantUnknown, ContactUnknown: there is no such contact.
        AddressMissing, ChannelUnusable, AddressUnusable, ContactExists, AskedJustNow, AskedTooOften: as for a new one.
    """
    tenant = hold_tenant(tx.connection, tenant_id)
    before = store.get_contact(tx.connection, contact_id, tenant_id=tenant_id)
    known = store.list_contacts(tx.connection, tenant_id=tenant_id)
    _check(draft, [each for each in known if each.id != contact_id], channels)
    contact = msgspec.structs.replace(
        before, name=draft.name, role=draft.role, language=draft.language or tenant.language
    )
    stays = tuple(way for way in before.ways if draft.addresses.get(way.channel) == way.address)
    gone = [way for way in before.ways if way not in stays]
    if before.role is not contact.role:
        _tell(tx, tenant, before, stays, new_role=contact.role, actor=actor)
    _tell(tx, tenant, before, gone, actor=actor)
    contact = msgspec.structs.replace(contact, ways=stays)
    store.save_contact(tx.connection, contact)
    if (before.name, before.role, before.language) != (contact.name, contact.role, contact.language):
        _say(tx, contact, ContactChange.CHANGED, actor=actor)
    for way in gone:
        store.remove_way(tx.connection, way, tenant_id=tenant_id)
        _say(tx, contact, ContactChange.ADDRESS_REMOVED, way.channel, actor=actor)
    for channel, address in draft.addresses.items():
        if contact.by(channel) is None:
            contact = _ask(tx, tenant, contact, _way(contact, channel, address), actor=actor)
    return contact


def remove_contact(tx: Tx, contact_id: str, *, tenant_id: str, actor: Actor) -> None:
    """Forget a contact, and tell them. Thresholds that name them tell the others who count.

    Raises:
        TenantUnknown, ContactUnknown: there is no such contact.
    """
    tenant = hold_tenant(tx.connection, tenant_id)
    contact = store.get_contact(tx.connection, contact_id, tenant_id=tenant_id)
    _tell(tx, tenant, contact, contact.ways, actor=actor)
    store.remove_contact(tx.connection, contact)
    _say(tx, contact, ContactChange.REMOVED, actor=actor)


def ask_again(tx: Tx, contact_id: str, channel: Channel, *, tenant_id: str, actor: Actor) -> Contact:
    """Send a new code; the one before counts no more.

    Raises:
        TenantUnknown, ContactUnknown: there is no such contact, or no such way to them.
        AskedJustNow, AskedTooOften: one was sent a moment ago, or the tenant sent enough of them.
    """
    tenant = hold_tenant(tx.connection, tenant_id)
    contact = store.get_contact(tx.connection, contact_id, tenant_id=tenant_id)
    return _ask(tx, tenant, contact, _way_of(contact, channel), actor=actor)


def take_reply(
    tx: Tx, contact_id: str, channel: Channel, code: str, *, tenant_id: str, actor: Actor
) -> tuple[Contact, Reply]:
    """Take a code that came back: the contact, and what came of it. One that is wrong is counted, so nothing is raised.

    Raises:
        TenantUnknown, ContactUnknown: there is no such contact, or no such way to them.
    """
    tenant = hold_tenant(tx.connection, tenant_id)
    contact = store.get_contact(tx.connection, contact_id, tenant_id=tenant_id)
    way, outcome = _way_of(contact, channel).reply(code, at=tx.now)
    _save(tx, tenant, way)
    if outcome is Reply.CONFIRMED:  # somebody reads there, whatever bounced before
        dead.forget(tx.connection, channel, way.address, tenant_id=tenant_id)
    change = ContactChange.CONFIRMED if outcome is Reply.CONFIRMED else ContactChange.REFUSED
    _say(tx, contact, change, channel, actor=actor)
    return contact.with_way(way), outcome


def ask_who_is_due(uow: UnitOfWork) -> int:
    """Ask those whose half year is over whether they still read, each in a transaction of its own; how many.

    One that fails is logged and stays due, and holds up nobody else.
    """
    with uow.look() as connection:
        due = store.due_to_ask(connection, uow.clock.now())
    for tenant_id, contact_id, channel in due:
        try:
            with uow.begin() as tx:
                _ask_if_due(tx, contact_id, channel, tenant_id=tenant_id)
        except Exception as error:
            log.exception("asking a contact failed", tenant=tenant_id, error=type(error).__name__)
    return len(due)


def _ask_if_due(tx: Tx, contact_id: str, channel: Channel, *, tenant_id: str) -> None:
    tenant = hold_tenant(tx.connection, tenant_id)
    try:
        contact = store.get_contact(tx.connection, contact_id, tenant_id=tenant_id)
        way = _way_of(contact, channel)
    except ContactUnknown:  # removed meanwhile
        return
    asks_at = way.asks_at(Calendar(time_zone=tenant.time_zone), tx.now)
    if asks_at is not None and asks_at <= tx.now:
        _send_code(tx, tenant, contact, way, actor=SYSTEM)
    else:
        _save(tx, tenant, way)


def _ask(tx: Tx, tenant: Tenant, contact: Contact, way: Way, *, actor: Actor) -> Contact:
    """Send a code where that may be; what was sent is asked for, so that removing and adding a contact helps nobody."""
    asked = store.asked_since(tx.connection, tx.now - timedelta(days=1), tenant_id=tenant.id)
    last = max((at for where, at in asked if where == way.address), default=None)
    if last is not None and tx.now < last + ASKED_AT_MOST_EACH:
        raise AskedJustNow(minutes=ceil((last + ASKED_AT_MOST_EACH - tx.now) / timedelta(minutes=1)))
    if len(asked) >= MOST_ASKED:
        raise AskedTooOften(most=MOST_ASKED)
    return _send_code(tx, tenant, contact, way, actor=actor)


def _send_code(tx: Tx, tenant: Tenant, contact: Contact, way: Way, *, actor: Actor) -> Contact:
    """Send a code and remember its digest. The letter has the code and nothing else: somebody else may read there."""
    code = new_code()
    asked = way.ask(code, at=tx.now)
    _save(tx, tenant, asked)
    _say(tx, contact, ContactChange.ASKED, way.channel, actor=actor)
    params = msgspec.structs.replace(_params(tx, tenant, ContactNews(role=contact.role.value)), reply_code=code)
    owe_to_tenant(tx, tenant, Template.CONTACT_ASKED, params, [_reader(contact, way)], actor=actor)
    return contact.with_way(asked)


def _tell(
    tx: Tx,
    tenant: Tenant,
    contact: Contact,
    ways: "list[Way] | tuple[Way, ...]",
    *,
    actor: Actor,
    new_role: ContactRole | None = None,
) -> None:
    """Tell those who were told things so far. Who never confirmed an address was told nothing."""
    readers = [_reader(contact, way) for way in ways if way.confirmed_at is not None]
    if readers:
        news = ContactNews(role=contact.role.value, new_role=new_role.value if new_role else "")
        owe_to_tenant(tx, tenant, Template.CONTACT_CHANGED, _params(tx, tenant, news), readers, actor=actor)


def _check(draft: ContactDraft, others: list[Contact], channels: frozenset[Channel]) -> None:
    if not draft.addresses:
        raise AddressMissing(pointer="/email")
    taken = {(way.channel, way.address) for each in others for way in each.ways}
    for channel, address in draft.addresses.items():
        pointer = _POINTERS[channel]
        if channel not in channels:
            raise ChannelUnusable(pointer=pointer, channels=", ".join(sorted(channels)))
        if not is_reachable(channel, address):
            raise AddressUnusable(pointer=pointer)
        if (channel, address) in taken:
            raise ContactExists(pointer=pointer)


def _way(contact: Contact, channel: Channel, address: str) -> Way:
    return Way(contact_id=contact.id, channel=channel, address=address)


def _way_of(contact: Contact, channel: Channel) -> Way:
    way = contact.by(channel)
    if way is None:
        raise ContactUnknown
    return way


def _save(tx: Tx, tenant: Tenant, way: Way) -> None:
    calendar = Calendar(time_zone=tenant.time_zone)
    store.save_way(tx.connection, way, tenant_id=tenant.id, calendar=calendar, at=tx.now)


def _say(tx: Tx, contact: Contact, change: ContactChange, channel: Channel | None = None, *, actor: Actor) -> None:
    fact = ContactChanged(
        tenant_id=contact.tenant_id, contact_id=contact.id, role=contact.role, change=change, channel=channel
    )
    tx.state(fact, actor=actor)


def _reader(contact: Contact, way: Way) -> Reader:
    audience = Audience.FINANCE if contact.role is ContactRole.FINANCE else Audience.TENANT
    return Reader(audience, way.address, contact.language, way.channel, contact.id)


def _params(tx: Tx, tenant: Tenant, news: ContactNews) -> Params:
    return Params(
        account=None,
        tenant=tenant.name,
        kind=Kind.LIMIT.word,
        cause=Cause.MANUAL.value,
        services=(),
        since=tx.now,
        case_id="",
        time_zone=tenant.time_zone,
        contact=news,
    )
