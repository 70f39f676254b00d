"""Alerts as finance contacts get them, owed and delivered like all notices."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec
import sqlalchemy as sa

from frostgate.base.calendar import Calendar
from frostgate.base.model import BILLING
from frostgate.base.money import Money
from frostgate.base.uow import Tx
from frostgate.billing.alerts.model import Alert, Direction, Measure, Recipient, share
from frostgate.billing.alerts.records import AlertRaised
from frostgate.billing.invoicing.service import Cover
from frostgate.cases.model import CaseKind
from frostgate.cases.reactions import open_task
from frostgate.directory.model import Tenant
from frostgate.notices.contacts.choosing import every_way, reader_of
from frostgate.notices.contacts.model import ContactRole
from frostgate.notices.contacts.store import list_contacts
from frostgate.notices.model import Reader, Template
from frostgate.notices.params import Outlook, Params
from frostgate.notices.service import owe_to_tenant
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


def say(tx: Tx, tenant: Tenant, alert: Alert, figures: Figures) -> None:
    """Tell an alert to whom it is for, or else to everybody who counts; where that is nobody, ask our people."""
    params = msgspec.structs.replace(_params(tenant, tx.now), outlook=_outlook(alert, figures))
    readers = reached(tx.connection, alert.threshold.recipients, tenant, tx.now)
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


def reached(connection: sa.Connection, wanted: Iterable[Recipient], tenant: Tenant, at: datetime) -> list[Reader]:
    """Where an alert goes: to the addresses that were wanted and count, else to all finance contacts who count.

    So an alert is never lost because one person left. Where nobody is reached, people of the platform must call.
    """
    calendar, asked_for = Calendar(time_zone=tenant.time_zone), set(wanted)
    own = [
        reader_of(contact, way)
        for contact in list_contacts(connection, tenant_id=tenant.id)
        for way in contact.counting(calendar, at)
        if Recipient(contact.id, way.channel) in asked_for
    ]
    return own or every_way(connection, tenant, ContactRole.FINANCE, at=at)


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
        is_used_up=figures.cover.available <= 0,
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
