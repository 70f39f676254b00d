"""Finance contacts, thresholds and the budget over HTTP: the tenant sets them, and our finance operators read them."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from frostgate.base.errors import Refused
from frostgate.base.web import NEEDS
from frostgate.billing.alerts import service, store
from frostgate.billing.alerts.contacts import Reply, Trust
from frostgate.billing.alerts.looking import read_figures
from frostgate.billing.alerts.model import Direction, Measure, Recipient, share
from frostgate.billing.alerts.records import (
    BudgetDraft,
    CodeNotAsked,
    CodeTooOld,
    CodeWrong,
    Contact,
    ContactDraft,
    KeptThreshold,
    ReplyDraft,
    ThresholdDraft,
)
from frostgate.billing.calendar import Calendar
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.directory.store import get_tenant
from frostgate.notices.model import Channel

_READ = {NEEDS: Permission.BILLING_READ}
_SET = {NEEDS: Permission.BILLING_ANSWER}

_REFUSED: Mapping[Reply, type[Refused]] = {
    Reply.WRONG: CodeWrong,
    Reply.TOO_LATE: CodeTooOld,
    Reply.NOT_ASKED: CodeNotAsked,
}


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    """A finance contact. `asked_at`: a code waits for its reply since then; `asks_at`: when the next one is sent."""

    id: str
    name: str
    channel: Channel
    address: str
    language: str
    trust: Trust
    added_at: datetime
    asked_at: datetime | None
    confirmed_at: datetime | None
    asks_at: datetime | None


class ThresholdView(msgspec.Struct, frozen=True, kw_only=True):
    """When whom is told; `spoken_at`: it was told then, and is silent until the value is back at `clear`."""

    id: str
    measure: Measure
    direction: Direction
    at: int
    clear: int
    recipients: tuple[Recipient, ...]
    spoken_at: datetime | None


class BudgetView(msgspec.Struct, frozen=True, kw_only=True):
    """What a month may cost and what this one did so far, in minor units; `share` is whole percent, rounded down.

    Null: there is no budget, or no plan and so no price.
    """

    amount: int | None
    currency: str | None
    spent: int | None
    share: int | None


@get("/tenants/{tenant_id:str}/billing/contacts", opt=_READ, sync_to_thread=True, summary="A tenant's finance contacts")
def list_contacts(tenant_id: TenantId, work: Work, principal: Who) -> list[ContactView]:
    """With whether each is confirmed."""
    principal.within(tenant_id)
    with work.look() as connection:
        calendar = Calendar(time_zone=get_tenant(connection, tenant_id).time_zone)
        found = store.list_contacts(connection, tenant_id=tenant_id)
    return [_contact(each, calendar, work.clock.now()) for each in found]


@post("/tenants/{tenant_id:str}/billing/contacts", opt=_SET, sync_to_thread=True, summary="Add a finance contact")
def add_contact(
    tenant_id: TenantId,
    data: JSONBody[ContactDraft],
    work: Work,
    principal: Who,
    channels: NamedDependency[frozenset[Channel]],
) -> ContactView:
    """It is sent a code, and no figures before that comes back."""
    principal.within(tenant_id)
    with work.begin() as tx:
        added = service.add_contact(tx, data, tenant_id=tenant_id, channels=channels, actor=principal.actor)
        return _contact(added, Calendar(time_zone=get_tenant(tx.connection, tenant_id).time_zone), tx.now)


@post(
    "/tenants/{tenant_id:str}/billing/contacts/{contact_id:str}/code",
    opt=_SET,
    sync_to_thread=True,
    status_code=200,
    summary="Send a contact a new code",
)
def ask_again(tenant_id: TenantId, contact_id: FromPath[str], work: Work, principal: Who) -> ContactView:
    """The one before counts no more. At most every ten minutes."""
    principal.within(tenant_id)
    with work.begin() as tx:
        asked = service.ask_again(tx, contact_id, tenant_id=tenant_id, actor=principal.actor)
        return _contact(asked, Calendar(time_zone=get_tenant(tx.connection, tenant_id).time_zone), tx.now)


@post(
    "/tenants/{tenant_id:str}/billing/contacts/{contact_id:str}/confirmation",
    opt=_SET,
    sync_to_thread=True,
    status_code=200,
    summary="Confirm a contact by the code that it was sent",
)
def confirm_contact(
    tenant_id: TenantId, contact_id: FromPath[str], data: JSONBody[ReplyDraft], work: Work, principal: Who
) -> ContactView:
    """A code counts for a week and for one reply; after five wrong ones another must be sent."""
    principal.within(tenant_id)
    with work.begin() as tx:
        contact, outcome = service.take_reply(tx, contact_id, data.code, tenant_id=tenant_id, actor=principal.actor)
        view = _contact(contact, Calendar(time_zone=get_tenant(tx.connection, tenant_id).time_zone), tx.now)
    if outcome in _REFUSED:  # once it is saved: wrong codes are counted
        raise _REFUSED[outcome](pointer="/code")
    return view


@delete(
    "/tenants/{tenant_id:str}/billing/contacts/{contact_id:str}",
    opt=_SET,
    sync_to_thread=True,
    summary="Remove a finance contact",
)
def remove_contact(tenant_id: TenantId, contact_id: FromPath[str], work: Work, principal: Who) -> None:
    """Thresholds that name it tell everybody else who is confirmed."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.remove_contact(tx, contact_id, tenant_id=tenant_id, actor=principal.actor)


@get("/tenants/{tenant_id:str}/billing/thresholds", opt=_READ, sync_to_thread=True, summary="A tenant's thresholds")
def list_thresholds(tenant_id: TenantId, work: Work, principal: Who) -> list[ThresholdView]:
    """With when each spoke, where it has not cleared since."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = store.list_thresholds(connection, tenant_id=tenant_id)
    return [_threshold(each) for each in found]


@post("/tenants/{tenant_id:str}/billing/thresholds", opt=_SET, sync_to_thread=True, summary="Set a threshold")
def add_threshold(tenant_id: TenantId, data: JSONBody[ThresholdDraft], work: Work, principal: Who) -> ThresholdView:
    """One that is reached already speaks within a minute."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return _threshold(service.add_threshold(tx, data, tenant_id=tenant_id, actor=principal.actor))


@put(
    "/tenants/{tenant_id:str}/billing/thresholds/{threshold_id:str}",
    opt=_SET,
    sync_to_thread=True,
    summary="Change a threshold",
)
def change_threshold(
    tenant_id: TenantId, threshold_id: FromPath[str], data: JSONBody[ThresholdDraft], work: Work, principal: Who
) -> ThresholdView:
    """With other recipients alone, what was told is not told again."""
    principal.within(tenant_id)
    with work.begin() as tx:
        changed = service.change_threshold(tx, threshold_id, data, tenant_id=tenant_id, actor=principal.actor)
    return _threshold(changed)


@delete(
    "/tenants/{tenant_id:str}/billing/thresholds/{threshold_id:str}",
    opt=_SET,
    sync_to_thread=True,
    summary="Remove a threshold",
)
def remove_threshold(tenant_id: TenantId, threshold_id: FromPath[str], work: Work, principal: Who) -> None:
    """It is watched no more."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.remove_threshold(tx, threshold_id, tenant_id=tenant_id, actor=principal.actor)


@get("/tenants/{tenant_id:str}/billing/budget", opt=_READ, sync_to_thread=True, summary="A tenant's budget")
def read_budget(tenant_id: TenantId, work: Work, principal: Who) -> BudgetView:
    """And how much of it this month has used."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        amount = store.find_budget(connection, tenant_id=tenant_id)
        figures = read_figures(connection, tenant_id=tenant_id, at=work.clock.now())
    if figures is None or amount is None:
        return BudgetView(amount=amount, currency=None, spent=None, share=None)
    used = share(figures.spent, amount)
    return BudgetView(amount=amount, currency=figures.cover.currency, spent=figures.spent, share=used)


@put("/tenants/{tenant_id:str}/billing/budget", opt=_SET, sync_to_thread=True, summary="Set a tenant's budget")
def put_budget(tenant_id: TenantId, data: JSONBody[BudgetDraft], work: Work, principal: Who) -> BudgetDraft:
    """What a month may cost, in minor units of the plan's currency; null takes it away. Nothing stops where it ends."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.set_budget(tx, data.amount, tenant_id=tenant_id, actor=principal.actor)
    return data


def _contact(contact: Contact, calendar: Calendar, at: datetime) -> ContactView:
    way = contact.way
    return ContactView(
        id=contact.id,
        name=contact.name,
        channel=way.channel,
        address=way.address,
        language=contact.language.value,
        trust=way.trust(calendar, at),
        added_at=contact.added_at,
        asked_at=None if way.asked is None else way.asked.at,
        confirmed_at=way.confirmed_at,
        asks_at=way.asks_at(calendar, at),
    )


def _threshold(kept: KeptThreshold) -> ThresholdView:
    return ThresholdView(**msgspec.structs.asdict(kept.threshold), spoken_at=kept.spoken_at)


ROUTES = Router(
    "/",
    tags=["billing"],
    route_handlers=[
        list_contacts,
        add_contact,
        ask_again,
        confirm_contact,
        remove_contact,
        list_thresholds,
        add_threshold,
        change_threshold,
        remove_threshold,
        read_budget,
        put_budget,
    ],
)
