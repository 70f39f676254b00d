"""What we tell people about a check-up: the holder by the link that the news of the thaw had, then the tenant."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from frostgate.base.model import SYSTEM
from frostgate.base.uow import Tx
from frostgate.checkups.model import CheckUp, Reminder
from frostgate.directory import store as directory
from frostgate.directory.model import Tenant
from frostgate.notices import store as notices
from frostgate.notices.contacts.choosing import is_still_theirs, readers_of
from frostgate.notices.contacts.model import ContactRole, role_told
from frostgate.notices.model import Audience, Channel, Notice, Reader, Template
from frostgate.notices.params import CheckUpNews, Params
from frostgate.notices.service import owe_to_tenant
from frostgate.standing.model import Kind


def send_code_to(tx: Tx, tenant: Tenant, notice: Notice, digits: str, *, until: datetime, template: Template) -> None:
    """Send a code to the very address to which a notice went. The letter says nothing of what it opens."""
    params = msgspec.structs.replace(notice.params, reply_code=digits, until=until, check_up=None, review=None)
    reader = Reader(notice.audience, notice.address, notice.language, notice.channel)
    owe_to_tenant(tx, tenant, template, params, [reader], actor=SYSTEM)


def remind(tx: Tx, check_up: CheckUp, reminder: Reminder) -> None:
    """Remind the holder, or tell the tenant's security contacts. Who has no address is told by nobody but the page."""
    tenant = directory.get_tenant(tx.connection, check_up.tenant_id)
    told = _thaw(tx.connection, check_up)
    walking = [
        each
        for each in told
        if each.channel is Channel.EMAIL  # a reminder says what is open, which no text does
        and each.problem is None
        and may_walk(tx.connection, tenant, check_up, each, at=tx.now)
    ]
    of_everybody = check_up.account_id is None
    if of_everybody or reminder is not Reminder.TENANT:
        for each in walking if of_everybody else walking[:1]:
            reader = Reader(each.audience, each.address, each.language, each.channel, each.contact_id)
            _owe(tx, tenant, check_up, each.params, reader, link_of=each.id)
    # Where none of those who were told of a whole tenant's thaw is a contact any more, those who are hear of it.
    if told and (reminder is Reminder.TENANT or (of_everybody and not walking)):
        reached = {each.address for each in walking} if of_everybody else set()
        contacts = readers_of(tx.connection, tenant, ContactRole.SECURITY, Template.CHECK_UP_DUE, at=tx.now)
        for contact in contacts:
            if contact.address not in reached:
                _owe(tx, tenant, check_up, told[0].params, contact, link_of="")


def may_walk(connection: sa.Connection, tenant: Tenant, check_up: CheckUp, notice: Notice, *, at: datetime) -> bool:
    """Whether whoever got this news of a thaw goes through its check-up: the holder, or a whole tenant's contacts.

    Contacts are told of every account's thaw, and go through no holder's check-up. Whoever is no contact any more has
    no business here either, nor has whoever reads where the holder did before.
    """
    is_own = check_up.account_id is not None
    if is_own is not (notice.audience is Audience.HOLDER):
        return False
    return is_still_theirs(connection, tenant, notice, role_told(check_up.cause, Kind.FREEZE), at=at)


def _owe(tx: Tx, tenant: Tenant, check_up: CheckUp, about: Params, reader: Reader, *, link_of: str) -> None:
    steps = tuple(step.value for step in check_up.open_steps)
    news = CheckUpNews(link_of=link_of, steps=steps, until=check_up.due_at)
    params = msgspec.structs.replace(about, check_up=news)
    owe_to_tenant(tx, tenant, Template.CHECK_UP_DUE, params, [reader], actor=SYSTEM)


def _thaw(connection: sa.Connection, check_up: CheckUp) -> list[Notice]:
    """The news of the thaw, to whomever it went."""
    found = notices.list_notices(connection, tenant_id=check_up.tenant_id, hold_id=check_up.hold_id)
    return [each for each in found if each.template is Template.RELEASED]
