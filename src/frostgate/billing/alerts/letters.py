"""What finance contacts are sent: the question whether they read, and alerts, owed and delivered like all notices."""

from datetime import date, datetime

import msgspec
import sqlalchemy as sa

from frostgate.base.ids import new_code
from frostgate.base.model import BILLING, Actor
from frostgate.base.money import Money
from frostgate.base.uow import Tx
from frostgate.billing.alerts import store
from frostgate.billing.alerts.contacts import reached
from frostgate.billing.alerts.model import Alert, Direction, Measure, share
from frostgate.billing.alerts.records import AlertRaised, Contact, ContactChange, ContactChanged
from frostgate.billing.calendar import Calendar
from frostgate.billing.invoicing.service import Cover
from frostgate.cases.model import CaseKind
from frostgate.cases.reactions import open_task
from frostgate.directory.model import Tenant
from frostgate.notices.model import Audience, Outlook, Params, Template
from frostgate.notices.service import Reader, owe_to_tenant
from frostgate.standing.model import Cause, Kind

_TEMPLATES = {
    Measure.BALANCE: Template.ALERT_BALANCE,
    Measure.COVER: Template.ALERT_COVER,
    Measure.BUDGET: Template.ALERT_BUDGET,
}


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How a tenant's money stands when it is looked at."""

    cover: Cover
    budget: int | None  # minor units, as are all
    spent: int  # this month so far, where there is a budget


def ask(tx: Tx, tenant: Tenant, contact: Contact, *, actor: Actor) -> Contact:
    """Send a code to a contact and remember its digest; the contact as it stands now.

    The letter has the code and no figures: whoever reads there may be somebody else.
    """
    code = new_code()
    asked = msgspec.structs.replace(contact, way=contact.way.ask(code, at=tx.now))
    store.save_contact(tx.connection, asked)
    tx.state(ContactChanged(tenant_id=tenant.id, contact_id=contact.id, change=ContactChange.ASKED), actor=actor)
    params = msgspec.structs.replace(_params(tenant, tx.now), reply_code=code)
    owe_to_tenant(tx, tenant, Template.CONTACT_ASKED, params, [_reader(contact)], actor=actor)
    return asked


def say(tx: Tx, tenant: Tenant, alert: Alert, figures: Figures, contacts: list[Contact]) -> None:
    """Tell an alert to whom it is for, or else to everybody who is confirmed; where that is nobody, ask our people."""
    calendar = Calendar(time_zone=tenant.time_zone)
    ways = [each.way for each in contacts]
    told = frozenset(
        way.contact_id for way in reached(alert.threshold.recipients, ways, calendar=calendar, at=tx.now).ways
    )
    params = msgspec.structs.replace(_params(tenant, tx.now), outlook=_outlook(alert, figures))
    readers = [_reader(each) for each in contacts if each.id in told]
    measure = alert.threshold.measure
    if readers:
        owe_to_tenant(tx, tenant, _TEMPLATES[measure], params, readers, actor=BILLING)
    else:
        open_task(
            tx,
            kind=CaseKind.NOTICE_UNDELIVERABLE,
            tenant_id=tenant.id,
            hold_id=None,
            account_id=None,
            cause=Cause.ARREARS.value,
            reason=f"{measure} is {alert.value}, and no confirmed contact is told of {alert.threshold.at}",
            actor=BILLING,
        )
    tx.state(
        AlertRaised(
            tenant_id=tenant.id,
            threshold_id=alert.threshold.id,
            measure=measure,
            value=alert.value,
            told=len(readers),
        ),
        actor=BILLING,
    )


def finance_readers(connection: sa.Connection, tenant: Tenant, at: datetime) -> list[Reader]:
    """The tenant's finance contacts who are confirmed: to whom its bills and debts may be told."""
    contacts = store.list_contacts(connection, tenant_id=tenant.id)
    calendar = Calendar(time_zone=tenant.time_zone)
    known = frozenset(each.contact_id for each in reached((), [c.way for c in contacts], calendar=calendar, at=at).ways)
    return [_reader(each) for each in contacts if each.id in known]


def _reader(contact: Contact) -> Reader:
    return Reader(Audience.FINANCE, contact.way.address, contact.language, contact.way.channel)


def _params(tenant: Tenant, now: datetime) -> Params:
    return Params(
        account=None,
        tenant=tenant.name,
        kind=Kind.LIMIT.word,
        cause=Cause.ARREARS.value,
        services=(),
        since=now,
        case_id="",
        time_zone=tenant.time_zone,
    )


def _outlook(alert: Alert, figures: Figures) -> Outlook:
    """The figures as people read them."""
    currency, threshold = figures.cover.currency, alert.threshold
    outlook = Outlook(
        rises=threshold.direction is Direction.RISES,
        reached=str(Money(threshold.at, currency)) if threshold.measure is Measure.BALANCE else str(threshold.at),
        balance=str(Money(figures.cover.available, currency)),
        is_known=figures.cover.forecast is not None,
    )
    if budget := figures.budget:
        spent, used = Money(figures.spent, currency), share(figures.spent, budget)
        outlook = msgspec.structs.replace(outlook, spent=str(spent), budget=str(Money(budget, currency)), share=used)
    if lasts := figures.cover.forecast:
        outlook = msgspec.structs.replace(
            outlook,
            per_day=str(Money(round(lasts.per_day), currency)),
            days=lasts.cover_days,
            until=_day(lasts.until),
            earliest=_day(lasts.earliest),
            latest=_day(lasts.latest),
        )
    return outlook


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
