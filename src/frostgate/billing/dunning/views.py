"""What dunning looks like from outside: what is owed, what was said, what comes next and why."""

from datetime import date, datetime, timedelta

import msgspec
import sqlalchemy as sa

from frostgate.billing.dunning import store
from frostgate.billing.dunning.model import Debt, Told, foresee, services_frozen
from frostgate.billing.dunning.picture import Picture, read_picture
from frostgate.billing.dunning.records import AgreedPause, Release

WEEK = timedelta(days=7)


class DebtView(msgspec.Struct, frozen=True, kw_only=True):
    """An open invoice, or the part of it that is or was disputed. `freezes_at`: if nobody pays, within a week."""

    invoice_id: str
    number: str
    dispute_id: str | None
    currency: str
    open: int  # minor units
    due_on: date
    is_paused: bool
    is_frozen: bool
    is_unreached: bool  # its last notice did not arrive: a person decides
    freezes_at: datetime | None


class SaidView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice about one debt. `round` counts how often its clock stood still before."""

    invoice_id: str
    dispute_id: str | None
    step: str
    round: int
    owed_at: datetime
    delivered_at: datetime | None


class PauseView(msgspec.Struct, frozen=True, kw_only=True):
    """A promise to pay, or an operator's word to wait."""

    id: str
    tenant_id: str
    invoice_id: str | None
    kind: str
    state: str
    first: date | None
    until: date
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    answer: str | None


class ReleaseView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything is paid: a finance operator must agree before the services come back."""

    id: str
    tenant_id: str
    state: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


class DunningView(msgspec.Struct, frozen=True, kw_only=True):
    """How a tenant stands: its debts, what was said of them, and what comes next.

    `missing` is what ends the freeze. `next_look`: when something may happen by itself.
    """

    tenant_id: str
    at: datetime
    policy: str | None  # None: without a plan there is no dunning
    debts: list[DebtView]
    missing: str
    next_look: datetime | None
    said: list[SaidView]
    pauses: list[PauseView]
    release: ReleaseView | None


class UpcomingView(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant of whom something is frozen within a week if nobody pays, and for which debts."""

    id: str  # the tenant's
    name: str
    freezes_at: datetime
    amount: str
    services: list[str]
    debts: list[DebtView]


def dunning_view(connection: sa.Connection, *, tenant_id: str, now: datetime) -> DunningView:
    """How a tenant stands.

    Raises:
        TenantUnknown: there is no such tenant.
    """
    picture = read_picture(connection, tenant_id=tenant_id, now=now)
    waiting = store.waiting_release(connection, tenant_id=tenant_id)
    has_plan = picture.plan is not None
    outcome = picture.decide(now)
    held_by = [item for item in picture.running(now) if item.debt in picture.frozen]
    return DunningView(
        tenant_id=tenant_id,
        at=now,
        policy=picture.policy.name if has_plan else None,
        debts=_debts(picture, now),
        missing=picture.sum(held_by),
        next_look=outcome.next_look if has_plan else None,
        said=[_said(each) for each in store.list_told(connection, None, tenant_id=tenant_id)],
        pauses=[pause_view(each) for each in store.list_pauses(connection, tenant_id=tenant_id)],
        release=None if waiting is None else release_view(waiting),
    )


def upcoming_view(connection: sa.Connection, *, tenant_id: str, now: datetime) -> UpcomingView | None:
    """What is frozen of a tenant within a week, if anything is."""
    picture = read_picture(connection, tenant_id=tenant_id, now=now)
    foreseen = _foreseen(picture, now)
    if picture.plan is None or not foreseen:
        return None
    items = picture.items(foreseen)
    services = services_frozen(picture.plan.freeze_scope, items, prepaid=picture.plan.prepaid)
    return UpcomingView(
        id=tenant_id,
        name=picture.tenant.name,
        freezes_at=min(foreseen.values()),
        amount=picture.sum(items),
        services=sorted(service.value for service in services),
        debts=[each for each in _debts(picture, now) if each.freezes_at is not None],
    )


def pause_view(pause: AgreedPause) -> PauseView:
    """A promise, or a word to wait."""
    values = msgspec.structs.asdict(pause) | {
        "kind": pause.kind.value,
        "state": pause.state.value,
        "proposed_by": str(pause.proposed_by),
        "decided_by": pause.decided_by and str(pause.decided_by),
    }
    return PauseView(**values)


def release_view(release: Release) -> ReleaseView:
    """A release that a person agrees to."""
    values = msgspec.structs.asdict(release) | {
        "state": release.state.value,
        "decided_by": release.decided_by and str(release.decided_by),
    }
    return ReleaseView(**values)


def _foreseen(picture: Picture, now: datetime) -> dict[Debt, datetime]:
    """What is frozen when, within a week."""
    if picture.plan is None:
        return {}
    return dict(foresee(picture.policy, picture.calendar, picture.state, now=now, until=now + WEEK))


def _debts(picture: Picture, now: datetime) -> list[DebtView]:
    today, foreseen = picture.calendar.day_of(now), _foreseen(picture, now)
    unreached = picture.decide(now).unreached if picture.plan is not None else ()
    return [
        DebtView(
            invoice_id=item.debt.invoice_id,
            number=picture.invoices[item.debt.invoice_id].number,
            dispute_id=item.debt.part or None,
            currency=picture.invoices[item.debt.invoice_id].currency,
            open=item.open,
            due_on=item.due_on,
            is_paused=item.is_paused(today),
            is_frozen=item.debt in picture.frozen,
            is_unreached=item.debt in unreached,
            freezes_at=foreseen.get(item.debt),
        )
        for item in picture.state.items
    ]


def _said(told: Told) -> SaidView:
    return SaidView(
        invoice_id=told.debt.invoice_id,
        dispute_id=told.debt.part or None,
        step=told.step,
        round=told.round,
        owed_at=told.owed_at,
        delivered_at=told.delivered_at,
    )
