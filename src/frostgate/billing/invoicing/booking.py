"""Billing events on their way into the books: usage is counted, charges and payments are posted.

An event is posted in the transaction that decides it, so both are saved or neither is; told again, it changes nothing.
"""

from frostgate.base.calendar import Calendar
from frostgate.base.errors import Refused
from frostgate.base.model import BILLING
from frostgate.base.money import Money
from frostgate.base.uow import Tx
from frostgate.billing.invoicing.model import CurrencyNotOfPlan
from frostgate.billing.ledger.drafts import ChargeDraft, PaymentDraft
from frostgate.billing.ledger.errors import LedgerClosed
from frostgate.billing.ledger.held import HeldLedger, check_amount
from frostgate.billing.ledger.model import EntryKind, digest
from frostgate.billing.ledger.service import post_charge, post_payment
from frostgate.billing.ledger.store import get_ledger
from frostgate.billing.pricing import store as pricing
from frostgate.billing.pricing.model import BillingPlan, BillingPlanNotAssigned, Unit, Usage
from frostgate.billing.pricing.service import record_usage
from frostgate.directory.store import get_tenant
from frostgate.events.model import Billing, Event
from frostgate.standing.model import Service


class EventBooks:
    """Takes billing events into the usage records and the ledger of their tenant."""

    def check(self, tx: Tx, event: Event) -> None:
        """Pass an event that `post` will take. The journal's head comes first, as for every command.

        Usage needs no plan: one that is given later, for days gone by, bills it.

        Raises:
            LedgerClosed, BillingPlanNotAssigned, CurrencyNotOfPlan, AmountUnusable, KeyReused, ReferenceReused: it
                will not; the pointer is into the event.
        """
        tx.take_head()
        try:
            self._check(tx, event)
        except Refused as refused:
            if refused.pointer is not None and not refused.pointer.startswith("/data"):
                refused.pointer = f"/data{refused.pointer}"
            raise

    def _check(self, tx: Tx, event: Event) -> None:
        data = _billing(event)
        if data.kind == "usage":
            if get_ledger(tx.connection, event.tenant_id).closed_at is not None:
                raise LedgerClosed
            return
        draft = _draft(tx, event, _plan(tx, event))
        held = HeldLedger(tx, event.tenant_id)
        if held.known(EntryKind(data.kind), draft):
            return
        if isinstance(draft, PaymentDraft) and held.known_money(draft):
            return
        held.must_be_open()
        check_amount(Money(draft.amount, draft.currency))

    def post(self, tx: Tx, event: Event) -> None:
        """Take an event into the books, once. A payment goes to the invoice that was due first."""
        data = _billing(event)
        if data.kind == "usage":
            record_usage(tx, _usage(event))
            return
        draft = _draft(tx, event, _plan(tx, event))
        if isinstance(draft, ChargeDraft):
            post_charge(tx, draft, tenant_id=event.tenant_id, actor=BILLING)
        else:
            post_payment(tx, draft, tenant_id=event.tenant_id, actor=BILLING)


def _billing(event: Event) -> Billing:
    assert isinstance(event.data, Billing), "BUG: an event that is none of billing's"
    return event.data


def _plan(tx: Tx, event: Event) -> BillingPlan:
    """The plan of the event's day; before the first one began, that one.

    Raises:
        BillingPlanNotAssigned: the tenant has none, so nobody knows its currency.
        CurrencyNotOfPlan: it bills in another one.
    """
    tenant = get_tenant(tx.connection, event.tenant_id)
    day = Calendar(time_zone=tenant.time_zone).day_of(event.time)
    assigned = pricing.list_assigned(tx.connection, tenant_id=event.tenant_id)
    if not assigned:
        raise BillingPlanNotAssigned(day=day.isoformat())
    begun = [each for each in assigned if each.from_day <= day]
    plan = pricing.get_plan(tx.connection, (begun or assigned[:1])[-1].plan)
    if _billing(event).currency != plan.currency:
        raise CurrencyNotOfPlan(pointer="/currency", currency=plan.currency)
    return plan


def _usage(event: Event) -> Usage:
    data = _billing(event)
    assert data.unit is not None, "BUG: usage of nothing"
    assert data.quantity is not None, "BUG: usage of no quantity"
    return Usage(
        tenant_id=event.tenant_id,
        source=event.source,
        event_id=event.id,
        account_id=data.account,
        unit=Unit(data.unit),
        quantity=data.quantity,
        at=event.time,
    )


def _draft(tx: Tx, event: Event, plan: BillingPlan) -> ChargeDraft | PaymentDraft:
    """The command that an event stands for. A sender's clock may be ahead of ours; the ledger's never is."""
    data = _billing(event)
    assert data.amount is not None, "BUG: money without an amount"
    key = f"event:{digest(event.source, event.id)}"
    source = f"{event.source} {event.id}"
    at = min(event.time, tx.now)
    if data.kind == "payment":
        return PaymentDraft(
            key=key, at=at, source=source, amount=data.amount, currency=plan.currency, reference=data.reference
        )
    assert data.service is not None, "BUG: a charge for nothing"
    service = Service(data.service)
    return ChargeDraft(
        key=key,
        at=at,
        source=source,
        amount=data.amount,
        currency=plan.currency,
        service=service,
        prepaid=service in plan.prepaid,
    )
