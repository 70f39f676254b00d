"""Who is told what about debts: dunning's own notices, owed and delivered like all others."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import msgspec

from frostgate.base.model import BILLING
from frostgate.base.money import Money
from frostgate.base.uow import Tx
from frostgate.billing.dunning import store
from frostgate.billing.dunning.model import OpenItem, Owed, foresee, services_frozen
from frostgate.billing.dunning.picture import Picture, read_picture
from frostgate.billing.dunning.policy import Policy, Step, Whom
from frostgate.billing.pricing.model import ReleaseBy
from frostgate.directory import credentials
from frostgate.directory.permissions import Role
from frostgate.notices.contacts.choosing import every_way, of_role, own_address
from frostgate.notices.contacts.model import ContactRole
from frostgate.notices.model import Audience, Channel, Reader, Template
from frostgate.notices.params import Bill, Debt, Params
from frostgate.notices.service import owe_to_tenant, take_back
from frostgate.standing import store as standing
from frostgate.standing.model import Cause, Kind, Service, Subject

_TOLD_BY_STATE = (Whom.FINANCE, Whom.TENANT)  # who hears of a freeze, of a part payment and of the end
_EVERY_WAY = tuple(Channel)
_FORESEEN = timedelta(days=60)  # further away than any freeze after its last notice


def say_step(tx: Tx, picture: Picture, owed: Owed) -> None:
    """Send one notice of the sequence; the last one says when the freeze is."""
    items = picture.items(each.debt for each in owed.told)
    template = template_of(picture.policy, owed.step)
    freeze_at = _freeze_at(picture, owed, tx.now) if template is Template.DEBT_LAST_NOTICE else None
    bill = _bill(picture, items, freeze_at=freeze_at)
    stopped, step = _stopped(picture, items), owed.step
    message_id = _send(tx, picture, template, bill, stopped, step.whom, channels=step.channels)
    store.add_told(tx.connection, owed.told, message_id, tenant_id=picture.tenant.id)


def say_frozen(tx: Tx, picture: Picture, items: list[OpenItem], services: Iterable[Service]) -> None:
    """Say what stopped, and what ends it."""
    bill = _bill(picture, items, missing=picture.sum(items))
    _send(tx, picture, Template.DEBT_FROZEN, bill, services, _TOLD_BY_STATE)


def say_part_paid(tx: Tx, picture: Picture, items: list[OpenItem], received: Money, *, is_stopped: bool) -> None:
    """Say that money came, what is still missing, and where services stopped for it, how they come back."""
    bill = _bill(picture, items, missing=picture.sum(items), received=str(received), is_stopped=is_stopped)
    _send(tx, picture, Template.DEBT_PART_PAID, bill, _stopped(picture, items), _TOLD_BY_STATE)


def say_released(tx: Tx, picture: Picture, services: Iterable[Service]) -> None:
    """Say that everything that dunning stopped is back."""
    bill = Bill(debts=(), total="")
    _send(tx, picture, Template.DEBT_RELEASED, bill, services, _TOLD_BY_STATE)


def take_back_overtaken(tx: Tx, *, tenant_id: str) -> None:
    """Nobody is to be reminded of what is paid by a notice that has not left yet."""
    waiting = store.unsent(tx.connection, tenant_id=tenant_id)
    if waiting:
        picture = read_picture(tx.connection, tenant_id=tenant_id, now=tx.now)
        running = {item.debt for item in picture.running(tx.now)}
        gone = [notice_id for notice_id, debts in waiting.items() if not debts & running]
        take_back(tx, gone, tenant_id=tenant_id, actor=BILLING)


def template_of(policy: Policy, step: Step) -> Template:
    """What a step says: that follows from where it stands, so a policy may have as many as it likes."""
    if step == policy.last:
        return Template.DEBT_LAST_NOTICE
    if step.is_before_due:
        return Template.DEBT_DUE_SOON
    return Template.DEBT_OVERDUE if step.offset.days else Template.DEBT_DUE


def _freeze_at(picture: Picture, owed: Owed, now: datetime) -> datetime | None:
    """When these debts are frozen for, if this notice arrives at once and nobody pays; later, if it arrives later."""
    heard = [msgspec.structs.replace(told, delivered_at=now) for told in owed.told]
    state = msgspec.structs.replace(picture.state, told=(*picture.state.told, *heard))
    foreseen = foresee(picture.policy, picture.calendar, state, now=now, until=now + _FORESEEN)
    return min((foreseen[told.debt] for told in owed.told if told.debt in foreseen), default=None)


def _stopped(picture: Picture, items: list[OpenItem]) -> frozenset[Service]:
    """What a freeze for these debts takes away."""
    assert picture.plan is not None, "BUG: dunning without a plan"
    return services_frozen(picture.plan.freeze_scope, items, prepaid=picture.plan.prepaid)


def _bill(
    picture: Picture,
    items: list[OpenItem],
    *,
    missing: str = "",
    received: str = "",
    freeze_at: datetime | None = None,
    is_stopped: bool = False,
) -> Bill:
    """What a notice says of some debts; an invoice of which a part was disputed has a line for each part."""
    assert picture.plan is not None, "BUG: dunning without a plan"
    debts = tuple(
        Debt(
            number=picture.invoices[item.debt.invoice_id].number,
            open=picture.sum([item]),
            due_on=item.due_on.isoformat(),
        )
        for item in items
    )
    return Bill(
        debts=debts,
        total=picture.sum(items),
        missing=missing,
        received=received,
        freeze_at=freeze_at,
        is_stopped=is_stopped,
        needs_approval=picture.plan.release is ReleaseBy.APPROVAL,
    )


def _send(
    tx: Tx,
    picture: Picture,
    template: Template,
    bill: Bill,
    services: Iterable[Service],
    whom: Iterable[Whom],
    *,
    channels: Collection[Channel] = _EVERY_WAY,
) -> str:
    """Owe one message to everybody whom it is for; its id."""
    tenant, message_id = picture.tenant, tx.new_id()
    subject = Subject(tenant_id=tenant.id, account_id=None)
    params = Params(
        account=None,
        tenant=tenant.name,
        kind=Kind.LIMIT.word,
        cause=Cause.ARREARS.value,
        services=tuple(sorted(service.value for service in services)),
        since=tx.now,
        case_id="",
        time_zone=tenant.time_zone,
        still_held=bool(standing.open_holds(tx.connection, subject)),
        bill=bill,
    )
    for audience, readers in _readers(tx, picture, whom, channels, template).items():
        owed = owe_to_tenant(tx, tenant, template, params, readers, actor=BILLING)
        counts = audience is not Audience.OPERATORS
        ids = [notice.id for notice in owed]
        store.add_letters(tx.connection, ids, message_id, tenant_id=tenant.id, counts=counts)
    return message_id


def _readers(
    tx: Tx, picture: Picture, whom: Iterable[Whom], channels: Collection[Channel], template: Template
) -> dict[Audience, list[Reader]]:
    """The people whom a message is for. Where no finance contact counts by these ways, the owners are told."""
    tenant, found = picture.tenant, dict[Audience, list[Reader]]()
    owners = of_role(tx.connection, tenant, ContactRole.OWNER, template, at=tx.now) or [own_address(tenant)]
    contacts = every_way(tx.connection, tenant, ContactRole.FINANCE, at=tx.now) if Whom.FINANCE in whom else []
    told = {(each.channel, each.address) for each in owners}
    finance = [each for each in contacts if each.channel in channels and (each.channel, each.address) not in told]
    if finance:
        found[Audience.FINANCE] = finance
    if Whom.TENANT in whom or not finance:
        found[Audience.TENANT] = owners
    if Whom.OPERATORS in whom:
        staff = credentials.active_of_role(tx.connection, Role.FINANCE, tenant_id=None)
        if staff:
            found[Audience.OPERATORS] = [Reader(Audience.OPERATORS, each.email, tenant.language) for each in staff]
    return found
