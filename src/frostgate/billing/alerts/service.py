"""What a tenant says about its alerts: who is told, from which values on, and what a month may cost."""

from datetime import timedelta
from math import ceil

import msgspec

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.billing.alerts import letters, store
from frostgate.billing.alerts.contacts import Reply, Way
from frostgate.billing.alerts.model import Threshold
from frostgate.billing.alerts.records import (
    MOST_CONTACTS,
    MOST_THRESHOLDS,
    AddressUnusable,
    AskedJustNow,
    BudgetChanged,
    ChannelUnusable,
    Contact,
    ContactChange,
    ContactChanged,
    ContactDraft,
    ContactExists,
    KeptThreshold,
    RecipientUnknown,
    ThresholdChanged,
    ThresholdDraft,
    TooManyContacts,
    TooManyThresholds,
)
from frostgate.directory.store import hold_tenant
from frostgate.notices.model import Channel, is_reachable

ASKED_AT_MOST_EACH = timedelta(minutes=10)  # whoever reads there did not ask to be written to


# Contacts


def add_contact(tx: Tx, draft: ContactDraft, *, tenant_id: str, channels: frozenset[Channel], actor: Actor) -> Contact:
    """Add a contact and ask for a reply; until that comes, nothing else is sent there. `channels`: those set up here.

    Raises:
        TenantUnknown: there is no such tenant.
        ChannelUnusable, AddressUnusable: nothing can be sent this way, or there.
        ContactExists, TooManyContacts: the tenant has it, or has enough.
    """
    tenant = hold_tenant(tx.connection, tenant_id)
    if draft.channel not in channels:
        raise ChannelUnusable(pointer="/channel", channels=", ".join(sorted(channels)))
    way = Way(contact_id=tx.new_id(), channel=Channel(draft.channel), address=draft.address)
    if not is_reachable(way.channel, way.address):
        raise AddressUnusable(pointer="/address")
    known = store.list_contacts(tx.connection, tenant_id=tenant_id)
    if any((each.way.channel, each.way.address) == (way.channel, way.address) for each in known):
        raise ContactExists(pointer="/address")
    if len(known) >= MOST_CONTACTS:
        raise TooManyContacts(most=MOST_CONTACTS)
    language = draft.language or tenant.language
    contact = Contact(tenant_id=tenant_id, name=draft.name, language=language, way=way, added_at=tx.now)
    tx.state(ContactChanged(tenant_id=tenant_id, contact_id=contact.id, change=ContactChange.ADDED), actor=actor)
    asked = letters.ask(tx, tenant, contact, actor=actor)
    store.save_look(tx.connection, tx.now, tenant_id=tenant_id)
    return asked


def ask_again(tx: Tx, contact_id: str, *, tenant_id: str, actor: Actor) -> Contact:
    """Send a new code; the one before counts no more.

    Raises:
        TenantUnknown, ContactUnknown: there is no such contact.
        AskedJustNow: one was sent a moment ago.
    """
    tenant = hold_tenant(tx.connection, tenant_id)
    contact = store.get_contact(tx.connection, contact_id, tenant_id=tenant_id)
    asked = contact.way.asked
    if asked is not None and tx.now < asked.at + ASKED_AT_MOST_EACH:
        raise AskedJustNow(minutes=ceil((asked.at + ASKED_AT_MOST_EACH - tx.now) / timedelta(minutes=1)))
    again = letters.ask(tx, tenant, contact, actor=actor)
    store.save_look(tx.connection, tx.now, tenant_id=tenant_id)
    return again


def take_reply(tx: Tx, contact_id: str, code: str, *, tenant_id: str, actor: Actor) -> tuple[Contact, Reply]:
    """Take a code that came back: the contact, and what came of it. One that is wrong is counted, so nothing is raised.

    Raises:
        TenantUnknown, ContactUnknown: there is no such contact.
    """
    hold_tenant(tx.connection, tenant_id)
    contact = store.get_contact(tx.connection, contact_id, tenant_id=tenant_id)
    way, outcome = contact.way.reply(code, at=tx.now)
    contact = msgspec.structs.replace(contact, way=way)
    store.save_contact(tx.connection, contact)
    change = ContactChange.CONFIRMED if outcome is Reply.CONFIRMED else ContactChange.REFUSED
    tx.state(ContactChanged(tenant_id=tenant_id, contact_id=contact_id, change=change), actor=actor)
    store.save_look(tx.connection, tx.now, tenant_id=tenant_id)
    return contact, outcome


def remove_contact(tx: Tx, contact_id: str, *, tenant_id: str, actor: Actor) -> None:
    """Forget a contact. Thresholds that name it tell the others who are confirmed.

    Raises:
        TenantUnknown, ContactUnknown: there is no such contact.
    """
    hold_tenant(tx.connection, tenant_id)
    contact = store.get_contact(tx.connection, contact_id, tenant_id=tenant_id)
    store.remove_contact(tx.connection, contact)
    tx.state(ContactChanged(tenant_id=tenant_id, contact_id=contact_id, change=ContactChange.REMOVED), actor=actor)


# Thresholds and the budget


def add_threshold(tx: Tx, draft: ThresholdDraft, *, tenant_id: str, actor: Actor) -> KeptThreshold:
    """Watch a value from now on. One that is reached already speaks at once.

    Raises:
        TenantUnknown: there is no such tenant.
        ThresholdUnusable, RecipientUnknown, TooManyThresholds: it cannot be.
    """
    hold_tenant(tx.connection, tenant_id)
    if len(store.list_thresholds(tx.connection, tenant_id=tenant_id)) >= MOST_THRESHOLDS:
        raise TooManyThresholds(most=MOST_THRESHOLDS)
    kept = KeptThreshold(threshold=_threshold(tx, tx.new_id(), draft, tenant_id=tenant_id))
    return _save(tx, kept, tenant_id=tenant_id, actor=actor)


def change_threshold(
    tx: Tx, threshold_id: str, draft: ThresholdDraft, *, tenant_id: str, actor: Actor
) -> KeptThreshold:
    """Watch for something else, or tell others. With other recipients alone, what was said is not said again.

    Raises:
        TenantUnknown, ThresholdUnknown: there is no such threshold.
        ThresholdUnusable, RecipientUnknown: it cannot be.
    """
    hold_tenant(tx.connection, tenant_id)
    before = store.get_threshold(tx.connection, threshold_id, tenant_id=tenant_id)
    threshold = _threshold(tx, threshold_id, draft, tenant_id=tenant_id)
    is_same = msgspec.structs.replace(before.threshold, recipients=threshold.recipients) == threshold
    kept = KeptThreshold(threshold=threshold, spoken_at=before.spoken_at if is_same else None)
    return _save(tx, kept, tenant_id=tenant_id, actor=actor)


def remove_threshold(tx: Tx, threshold_id: str, *, tenant_id: str, actor: Actor) -> None:
    """Watch a value no more.

    Raises:
        TenantUnknown, ThresholdUnknown: there is no such threshold.
    """
    hold_tenant(tx.connection, tenant_id)
    kept = store.get_threshold(tx.connection, threshold_id, tenant_id=tenant_id)
    store.remove_threshold(tx.connection, threshold_id, tenant_id=tenant_id)
    tx.state(ThresholdChanged(tenant_id=tenant_id, threshold=kept.threshold, is_removed=True), actor=actor)


def set_budget(tx: Tx, amount: int | None, *, tenant_id: str, actor: Actor) -> None:
    """Say what a month may cost; None: as much as it likes.

    Raises:
        TenantUnknown: there is no such tenant.
    """
    hold_tenant(tx.connection, tenant_id)
    store.save_budget(tx.connection, amount, tenant_id=tenant_id)
    store.hasten_look(tx.connection, tx.now, tenant_id=tenant_id)
    tx.state(BudgetChanged(tenant_id=tenant_id, amount=amount), actor=actor)


def _threshold(tx: Tx, threshold_id: str, draft: ThresholdDraft, *, tenant_id: str) -> Threshold:
    known = {(each.id, each.way.channel) for each in store.list_contacts(tx.connection, tenant_id=tenant_id)}
    for number, each in enumerate(draft.recipients):
        if (each.contact_id, each.channel) not in known:
            raise RecipientUnknown(pointer=f"/recipients/{number}")
    return Threshold(id=threshold_id, **msgspec.structs.asdict(draft))


def _save(tx: Tx, kept: KeptThreshold, *, tenant_id: str, actor: Actor) -> KeptThreshold:
    store.save_threshold(tx.connection, kept, tenant_id=tenant_id)
    store.save_look(tx.connection, tx.now, tenant_id=tenant_id)
    tx.state(ThresholdChanged(tenant_id=tenant_id, threshold=kept.threshold), actor=actor)
    return kept
