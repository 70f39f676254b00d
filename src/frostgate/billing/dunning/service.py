"""Carrying out what is decided about a tenant's debts: in one transaction, from the ledger as it stands now."""

from datetime import datetime

import sqlalchemy as sa
import structlog

from frostgate.base.model import BILLING, Actor, Fact
from frostgate.base.money import Money
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.billing.dunning import letters, store
from frostgate.billing.dunning.model import Debt, Outcome, services_frozen
from frostgate.billing.dunning.picture import Picture, read_picture
from frostgate.billing.dunning.records import Release, ReleaseChanged, ReleaseState, Unreached
from frostgate.billing.ledger.facts import (
    Allocated,
    CreditNoteIssued,
    DisputeDecided,
    DisputeOpened,
    EntryReversed,
    InvoiceIssued,
    PaymentPosted,
    WrittenOff,
)
from frostgate.billing.ledger.model import Position
from frostgate.billing.pricing import store as pricing
from frostgate.billing.pricing.model import BillingPlanAssigned, ReleaseBy
from frostgate.cases.model import CaseKind
from frostgate.cases.reactions import open_task
from frostgate.notices.facts import NoticeBounced, NoticeRerouted, NoticeSent
from frostgate.standing import store as standing
from frostgate.standing.model import Cause, Finding, Hold, Kind, Service, Subject
from frostgate.standing.service import place_hold, release_hold

log = structlog.get_logger("frostgate.dunning")

# After which facts a tenant may owe what it did not, and after which it owes less, or may wait.
MORE_OWED = (InvoiceIssued, EntryReversed, DisputeDecided, BillingPlanAssigned)
LESS_OWED = (PaymentPosted, Allocated, CreditNoteIssued, WrittenOff, DisputeOpened)

AT_ONCE = 500  # tenants that are asked for at a time


def run_dunning(uow: UnitOfWork) -> int:
    """Look at every tenant for whom it is time, each in a transaction of its own; how many there were.

    One that fails is logged and stays due, and holds up nobody else.
    """
    seen: set[str] = set()
    while True:
        with uow.look() as connection:
            due = store.due(connection, uow.clock.now(), limit=AT_ONCE + len(seen))
        new = [tenant_id for tenant_id in due if tenant_id not in seen]
        if not new:
            return len(seen)
        seen.update(new)
        for tenant_id in new:
            try:
                with uow.begin() as tx:
                    reconsider(tx, tenant_id=tenant_id)
            except Exception as error:
                log.exception("dunning failed", tenant=tenant_id, error=type(error).__name__)


def reconsider(tx: Tx, *, tenant_id: str, received: Money | None = None) -> None:
    """Decide afresh about one tenant, do it, and save when to look again; `received` is money that just came."""
    picture = read_picture(tx.connection, tenant_id=tenant_id, now=tx.now)
    if not picture.invoices and not picture.frozen:
        store.forget_look(tx.connection, tenant_id=tenant_id)
        return
    if picture.plan is None:
        store.save_look(tx.connection, _first_plan(tx, picture), tenant_id=tenant_id)
        return
    outcome = picture.decide(tx.now)
    for owed in outcome.owed:
        letters.say_step(tx, picture, owed)
    if outcome.freeze:
        _freeze(tx, picture, outcome)
    _report_unreached(tx, picture, outcome)
    is_over = _release_or_ask(tx, picture, outcome)
    if received is not None and not is_over:
        _thank(tx, picture, outcome, received)
    if is_over and not picture.invoices:
        store.forget_look(tx.connection, tenant_id=tenant_id)
    else:
        store.save_look(tx.connection, outcome.next_look, tenant_id=tenant_id)


def owes_overdue(connection: sa.Connection, tenant_id: str, now: datetime) -> bool:
    """Whether a tenant owes anything whose day is over. A promise is no payment, and neither is a dispute."""
    picture = read_picture(connection, tenant_id=tenant_id, now=now)
    today = picture.calendar.day_of(now)
    return any(item.due_on < today for item in picture.state.items)


def release(tx: Tx, picture: Picture, *, actor: Actor, reason: str) -> None:
    """End what dunning froze, and nothing else: other holds have their own conditions."""
    tenant_id, services = picture.tenant.id, set[Service]()
    for hold in _holds(tx, picture):
        services |= hold.services
        finding = Finding.CONDITION_MET
        release_hold(tx, hold.id, tenant_id=tenant_id, finding=finding, actor=actor, reason=reason)
    store.end_frozen(tx.connection, tenant_id=tenant_id, at=tx.now)
    if services and actor == BILLING:  # what a person releases is told like every release
        letters.say_released(tx, picture, services)


# Reactions


def reconsider_after(tx: Tx, fact: Fact, actor: Actor) -> None:
    """Something may be owed that was not, or owed by other terms."""
    assert fact.tenant_id is not None, "BUG: debts that belong to no tenant"
    reconsider(tx, tenant_id=fact.tenant_id)


def reconsider_debtor(tx: Tx, fact: Fact, actor: Actor) -> None:
    """Less may be owed, or it may wait: of interest only where something is open or frozen."""
    assert fact.tenant_id is not None, "BUG: debts that belong to no tenant"
    if not store.is_debtor(tx.connection, tenant_id=fact.tenant_id):
        return
    received = None
    if isinstance(fact, PaymentPosted):
        received = Money(fact.entry.amount_on(Position.CASH), fact.entry.currency)
    reconsider(tx, tenant_id=fact.tenant_id, received=received)
    letters.take_back_overtaken(tx, tenant_id=fact.tenant_id)


def reconsider_told(tx: Tx, fact: NoticeSent | NoticeBounced, actor: Actor) -> None:
    """A notice was taken, so that a freeze may follow the last one; or it came back, and none may."""
    assert fact.tenant_id is not None, "BUG: a notice that belongs to no tenant"
    if fact.hold_id is None and store.is_letter(tx.connection, fact.notice_id, tenant_id=fact.tenant_id):
        reconsider(tx, tenant_id=fact.tenant_id)


def follow_rerouted(tx: Tx, fact: NoticeRerouted, actor: Actor) -> None:
    """What goes out instead of a letter of ours counts like it."""
    assert fact.tenant_id is not None, "BUG: a notice that belongs to no tenant"
    if fact.hold_id is None and store.is_letter(tx.connection, fact.notice_id, tenant_id=fact.tenant_id):
        store.add_instead(tx.connection, fact.notice_id, fact.instead_id, tenant_id=fact.tenant_id)


# One thing each


def _first_plan(tx: Tx, picture: Picture) -> datetime | None:
    """When the tenant's first plan begins: until then nobody said how it is to be reminded."""
    assigned = pricing.list_assigned(tx.connection, tenant_id=picture.tenant.id)
    return picture.calendar.instant(assigned[0].from_day) if assigned else None


def _freeze(tx: Tx, picture: Picture, outcome: Outcome) -> None:
    """Take away what the plan says, and what is not taken away already."""
    assert picture.plan is not None, "BUG: a freeze without a plan"
    tenant_id, items = picture.tenant.id, picture.items(outcome.freeze)
    known = _holds(tx, picture)
    already = frozenset(service for hold in known for service in hold.services)
    services = services_frozen(picture.plan.freeze_scope, items, prepaid=picture.plan.prepaid) - already
    hold_id = known[0].id if known else None
    if services:
        numbers = sorted({picture.invoices[item.debt.invoice_id].number for item in items})
        hold = place_hold(
            tx,
            subject=Subject(tenant_id=tenant_id, account_id=None),
            kind=Kind.LIMIT,
            cause=Cause.ARREARS,
            services=services,
            reason=f"unpaid: {', '.join(numbers)}"[:2000],
            actor=BILLING,
        )
        hold_id = hold.id if hold.actor == BILLING else hold_id  # one that a person placed is not ours to end
        letters.say_frozen(tx, picture, items, services)
    store.add_frozen(tx.connection, outcome.freeze, hold_id, tenant_id=tenant_id, at=tx.now)


def _holds(tx: Tx, picture: Picture) -> list[Hold]:
    """The open holds that dunning placed."""
    named = sorted({hold_id for hold_id in picture.frozen.values() if hold_id is not None})
    found = [standing.get_hold(tx.connection, hold_id, tenant_id=picture.tenant.id) for hold_id in named]
    return [hold for hold in found if hold.is_open]


def _release_or_ask(tx: Tx, picture: Picture, outcome: Outcome) -> bool:
    """Give back what was taken once nothing is left of its reason, or ask a person to; whether it is over."""
    assert picture.plan is not None, "BUG: a release without a plan"
    if not picture.frozen:
        return False
    tenant_id = picture.tenant.id
    waiting = store.waiting_release(tx.connection, tenant_id=tenant_id)
    if not outcome.release:
        if waiting is not None:
            _save_release(tx, waiting, ReleaseState.WITHDRAWN)
        return False
    if picture.plan.release is ReleaseBy.PAYMENT or not _holds(tx, picture):
        if waiting is not None:
            _save_release(tx, waiting, ReleaseState.WITHDRAWN)
        release(tx, picture, actor=BILLING, reason="nothing is overdue any more")
        return True
    if waiting is None:
        asked = Release(id=tx.new_id(), tenant_id=tenant_id, state=ReleaseState.OPEN, proposed_at=tx.now)
        _save_release(tx, asked, ReleaseState.OPEN)
    return False


def _save_release(tx: Tx, known: Release, state: ReleaseState) -> None:
    changed = Release(id=known.id, tenant_id=known.tenant_id, state=state, proposed_at=known.proposed_at)
    store.save_release(tx.connection, changed)
    tx.state(ReleaseChanged(tenant_id=known.tenant_id, release=changed), actor=BILLING)


def _report_unreached(tx: Tx, picture: Picture, outcome: Outcome) -> None:
    """Ask people to tell somebody what the last notice could not: once for each such notice, and freeze nothing."""
    for debt in outcome.unreached:
        if not _is_reported(picture, debt):
            number = picture.invoices[debt.invoice_id].number
            open_task(
                tx,
                kind=CaseKind.NOTICE_UNDELIVERABLE,
                tenant_id=picture.tenant.id,
                hold_id=None,
                account_id=None,
                cause=Cause.ARREARS.value,
                reason=f"the last notice about {number} did not arrive; nothing is frozen until a person decides",
                actor=BILLING,
            )
            known = Unreached(tenant_id=picture.tenant.id, debt=debt, reported_at=tx.now)
            store.save_unreached(tx.connection, known)


def _is_reported(picture: Picture, debt: Debt) -> bool:
    known, last = picture.unreached.get(debt), picture.last_told(debt)
    return known is not None and last is not None and known.reported_at >= last.owed_at


def _thank(tx: Tx, picture: Picture, outcome: Outcome, received: Money) -> None:
    """Say what is still missing: of what is frozen for, or else of what is overdue."""
    today = picture.calendar.day_of(tx.now)
    frozen = picture.state.frozen | set(outcome.freeze)
    late = [item for item in picture.running(tx.now) if item.due_on < today]
    stopped = [item for item in late if item.debt in frozen]
    if late:
        letters.say_part_paid(tx, picture, stopped or late, received, is_stopped=bool(stopped))
