"""Who of a tenant is told, when they are left alone, and which addresses do not work: over HTTP."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from frostgate.base.calendar import Calendar
from frostgate.base.errors import Refused
from frostgate.base.web import NEEDS
from frostgate.directory.model import Tenant
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.directory.store import get_tenant
from frostgate.notices import dead
from frostgate.notices.contacts import service, store
from frostgate.notices.contacts.model import Contact, ContactRole, Reply, Trust, Way
from frostgate.notices.contacts.records import CodeNotAsked, CodeTooOld, CodeWrong, ContactDraft, ReplyDraft
from frostgate.notices.hours import quiet_of, set_quiet
from frostgate.notices.model import Channel
from frostgate.notices.quiet import Quiet

_READ = {NEEDS: Permission.CONTACTS_READ}
_WRITE = {NEEDS: Permission.CONTACTS_WRITE}

Channels = NamedDependency[frozenset[Channel]]

_REFUSED: Mapping[Reply, type[Refused]] = {
    Reply.WRONG: CodeWrong,
    Reply.TOO_LATE: CodeTooOld,
    Reply.NOT_ASKED: CodeNotAsked,
}


class WayView(msgspec.Struct, frozen=True, kw_only=True):
    """An address of a contact. `asked_at`: a code waits for its reply since then; `asks_at`: when the next is sent."""

    channel: Channel
    address: str
    trust: Trust
    asked_at: datetime | None
    confirmed_at: datetime | None
    asks_at: datetime | None
    not_working_since: datetime | None


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is told what concerns their role, by those of their addresses that count."""

    id: str
    name: str
    role: ContactRole
    language: str
    ways: list[WayView]
    added_at: datetime


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When nothing is sent but what cannot wait; null: never. The clock is the tenant's."""

    email: Quiet | None
    sms: Quiet | None


class DeadAddressView(msgspec.Struct, frozen=True, kw_only=True):
    """An address to which nothing is sent but codes, because this notice came back from it for good."""

    notice: str
    channel: Channel
    address: str
    since: datetime


@get("/tenants/{tenant_id:str}/contacts", opt=_READ, sync_to_thread=True, summary="A tenant's contacts")
def list_contacts(tenant_id: TenantId, work: Work, principal: Who) -> list[ContactView]:
    """With whether each address is confirmed, and works."""
    principal.within(tenant_id)
    with work.look() as connection:
        tenant = get_tenant(connection, tenant_id)
        found = store.list_contacts(connection, tenant_id=tenant_id)
        gone = dead.list_dead(connection, tenant_id=tenant_id)
    return [_view(each, tenant, work.clock.now(), gone) for each in found]


@post("/tenants/{tenant_id:str}/contacts", opt=_WRITE, sync_to_thread=True, summary="Add a contact")
def add_contact(
    tenant_id: TenantId, data: JSONBody[ContactDraft], work: Work, principal: Who, channels: Channels
) -> ContactView:
    """Each address is sent a code, and nothing else before that comes back."""
    principal.within(tenant_id)
    with work.begin() as tx:
        added = service.add_contact(tx, data, tenant_id=tenant_id, channels=channels, actor=principal.actor)
        return _view(added, get_tenant(tx.connection, tenant_id), tx.now)


@put(
    "/tenants/{tenant_id:str}/contacts/{contact_id:str}",
    opt=_WRITE,
    sync_to_thread=True,
    summary="Describe a contact anew",
)
def change_contact(
    tenant_id: TenantId,
    contact_id: FromPath[str],
    data: JSONBody[ContactDraft],
    work: Work,
    principal: Who,
    channels: Channels,
) -> ContactView:
    """The whole description. A new address is sent a code; whoever reads the old one is told that it counts no more."""
    principal.within(tenant_id)
    with work.begin() as tx:
        changed = service.change_contact(
            tx, contact_id, data, tenant_id=tenant_id, channels=channels, actor=principal.actor
        )
        return _view(changed, get_tenant(tx.connection, tenant_id), tx.now)


@delete(
    "/tenants/{tenant_id:str}/contacts/{contact_id:str}", opt=_WRITE, sync_to_thread=True, summary="Remove a contact"
)
def remove_contact(tenant_id: TenantId, contact_id: FromPath[str], work: Work, principal: Who) -> None:
    """They are told. Thresholds that name them tell everybody else who counts."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.remove_contact(tx, contact_id, tenant_id=tenant_id, actor=principal.actor)


@post(
    "/tenants/{tenant_id:str}/contacts/{contact_id:str}/{channel:str}/code",
    opt=_WRITE,
    sync_to_thread=True,
    status_code=200,
    summary="Send a contact a new code",
)
def ask_again(
    tenant_id: TenantId, contact_id: FromPath[str], channel: FromPath[Channel], work: Work, principal: Who
) -> ContactView:
    """The one before counts no more. At most every ten minutes."""
    principal.within(tenant_id)
    with work.begin() as tx:
        asked = service.ask_again(tx, contact_id, channel, tenant_id=tenant_id, actor=principal.actor)
        return _view(asked, get_tenant(tx.connection, tenant_id), tx.now)


@post(
    "/tenants/{tenant_id:str}/contacts/{contact_id:str}/{channel:str}/confirmation",
    opt=_WRITE,
    sync_to_thread=True,
    status_code=200,
    summary="Confirm a contact's address by the code that it was sent",
)
def confirm_contact(
    tenant_id: TenantId,
    contact_id: FromPath[str],
    channel: FromPath[Channel],
    data: JSONBody[ReplyDraft],
    work: Work,
    principal: Who,
) -> ContactView:
    """A code counts for a week and for one reply; after five wrong ones another must be sent."""
    principal.within(tenant_id)
    with work.begin() as tx:
        contact, outcome = service.take_reply(
            tx, contact_id, channel, data.code, tenant_id=tenant_id, actor=principal.actor
        )
        view = _view(contact, get_tenant(tx.connection, tenant_id), tx.now)
    if outcome in _REFUSED:  # once it is saved: wrong codes are counted
        raise _REFUSED[outcome](pointer="/code")
    return view


@get("/tenants/{tenant_id:str}/quiet-hours", opt=_READ, sync_to_thread=True, summary="A tenant's quiet hours")
def read_quiet_hours(tenant_id: TenantId, work: Work, principal: Who) -> QuietHours:
    """Of each channel, by the clock of the tenant's time zone."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = quiet_of(connection, tenant_id=tenant_id)
    return QuietHours(email=found[Channel.EMAIL], sms=found[Channel.SMS])


@put("/tenants/{tenant_id:str}/quiet-hours", opt=_WRITE, sync_to_thread=True, summary="Set a tenant's quiet hours")
def set_quiet_hours(tenant_id: TenantId, data: JSONBody[QuietHours], work: Work, principal: Who) -> QuietHours:
    """For what becomes owed from now on. What is about security is sent at any hour."""
    principal.within(tenant_id)
    wanted = {Channel.EMAIL: data.email, Channel.SMS: data.sms}
    with work.begin() as tx:
        set_quiet(tx, wanted, tenant_id=tenant_id, actor=principal.actor)
    return data


@get(
    "/tenants/{tenant_id:str}/dead-addresses",
    opt=_READ,
    sync_to_thread=True,
    summary="A tenant's addresses that do not work",
)
def list_dead_addresses(tenant_id: TenantId, work: Work, principal: Who) -> list[DeadAddressView]:
    """Of its contacts, its accounts, and its own; the newest first."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = dead.list_dead(connection, tenant_id=tenant_id)
    return [
        DeadAddressView(notice=each.notice_id, channel=each.channel, address=each.address, since=each.since)
        for each in found
    ]


@delete(
    "/tenants/{tenant_id:str}/dead-addresses/{notice_id:str}",
    opt=_WRITE,
    sync_to_thread=True,
    summary="Say that an address works again",
)
def trust_address(tenant_id: TenantId, notice_id: FromPath[str], work: Work, principal: Who) -> None:
    """It is named by the notice that came back from it. The next notice is sent there again."""
    principal.within(tenant_id)
    with work.begin() as tx:
        found = dead.find_by_notice(tx.connection, notice_id, tenant_id=tenant_id)
        dead.forget(tx.connection, found.channel, found.address, tenant_id=tenant_id)
        tx.state(dead.AddressTrusted(tenant_id=tenant_id, notice_id=notice_id), actor=principal.actor)


def _view(contact: Contact, tenant: Tenant, at: datetime, gone: "list[dead.DeadAddress] | None" = None) -> ContactView:
    calendar = Calendar(time_zone=tenant.time_zone)
    since = {(each.channel, each.address): each.since for each in gone or ()}
    return ContactView(
        id=contact.id,
        name=contact.name,
        role=contact.role,
        language=contact.language.value,
        ways=[_way(way, calendar, at, since.get((way.channel, way.address))) for way in contact.ways],
        added_at=contact.added_at,
    )


def _way(way: Way, calendar: Calendar, at: datetime, not_working_since: datetime | None) -> WayView:
    return WayView(
        channel=way.channel,
        address=way.address,
        trust=way.trust(calendar, at),
        asked_at=None if way.asked is None else way.asked.at,
        confirmed_at=way.confirmed_at,
        asks_at=way.asks_at(calendar, at),
        not_working_since=not_working_since,
    )


ROUTES = Router(
    "/",
    tags=["contacts"],
    route_handlers=[
        list_contacts,
        add_contact,
        change_contact,
        remove_contact,
        ask_again,
        confirm_contact,
        read_quiet_hours,
        set_quiet_hours,
        list_dead_addresses,
        trust_address,
    ],
)
