"""Everything that a decision about one tenant rests on, read afresh. Nothing here is remembered between two looks."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
import sqlalchemy as sa

from frostgate.base.calendar import Calendar, calendar_of
from frostgate.base.money import Money
from frostgate.billing.dunning import store
from frostgate.billing.dunning.model import Debt, Dispute, OpenItem, Outcome, State, Told, decide, items_of
from frostgate.billing.dunning.policy import STANDARD, Policy
from frostgate.billing.dunning.records import AgreedPause, PauseState, Unreached
from frostgate.billing.ledger import documents
from frostgate.billing.ledger.model import DisputeState
from frostgate.billing.ledger.model import OpenItem as OpenInvoice
from frostgate.billing.pricing import store as pricing
from frostgate.billing.pricing.model import BillingPlan, BillingPlanNotAssigned
from frostgate.directory.model import Tenant
from frostgate.directory.store import get_tenant


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant and its debts as they stand now."""

    tenant: Tenant
    plan: BillingPlan | None  # None: it has none yet, so nobody said how it is to be reminded
    policy: Policy
    calendar: Calendar
    state: State
    invoices: Mapping[str, OpenInvoice]
    frozen: Mapping[Debt, str | None]  # with the hold
    unreached: Mapping[Debt, Unreached]

    def decide(self, now: datetime) -> Outcome:
        """What to do now."""
        return decide(self.policy, self.calendar, self.state, now=now)

    def items(self, debts: Iterable[Debt]) -> list[OpenItem]:
        """The debts of these names that are still open."""
        named = frozenset(debts)
        return [item for item in self.state.items if item.debt in named]

    def running(self, now: datetime) -> list[OpenItem]:
        """The debts whose clock does not stand still."""
        today = self.calendar.day_of(now)
        return [item for item in self.state.items if not item.is_paused(today)]

    def sum(self, items: Iterable[OpenItem]) -> str:
        """What some debts come to, as people read it; each currency by itself."""
        sums: dict[str, int] = {}
        for item in items:
            currency = self.invoices[item.debt.invoice_id].currency
            sums[currency] = sums.get(currency, 0) + item.open
        return ", ".join(str(Money(amount, currency)) for currency, amount in sorted(sums.items()))

    def last_told(self, debt: Debt) -> Told | None:
        """The last notice about a debt, if it was owed."""
        own = [told for told in self.state.told if told.debt == debt and told.step == self.policy.last.name]
        return max(own, key=lambda told: told.owed_at, default=None)


def read_picture(connection: sa.Connection, *, tenant_id: str, now: datetime) -> Picture:
    """What is open of a tenant and what was done about it.

    Raises:
        TenantUnknown: there is no such tenant.
    """
    tenant = get_tenant(connection, tenant_id)
    invoices = {each.invoice_id: each for each in documents.open_items(connection, tenant_id=tenant_id)}
    frozen = store.frozen_for(connection, tenant_id=tenant_id)
    plan, calendar = _plan(connection, tenant, now)
    policy = (plan and store.find_policy(connection, plan.dunning)) or STANDARD
    told = store.list_told(connection, [*invoices], tenant_id=tenant_id) if invoices else []
    unreached = store.list_unreached(connection, tenant_id=tenant_id) if invoices else {}
    state = State(
        items=_items(connection, calendar, invoices, tenant_id) if invoices else (),
        told=tuple(told),
        frozen=frozenset(frozen),
    )
    picture = Picture(
        tenant=tenant,
        plan=plan,
        policy=policy,
        calendar=calendar,
        state=state,
        invoices=invoices,
        frozen=frozen,
        unreached=unreached,
    )
    approved = frozenset(debt for debt, known in unreached.items() if _is_approved(picture, known))
    return msgspec.structs.replace(picture, state=msgspec.structs.replace(state, approved=approved))


def _is_approved(picture: Picture, known: Unreached) -> bool:
    """Whether a person decided about the last notice that there is now, and not about one before it."""
    last = picture.last_told(known.debt)
    return known.decided_at is not None and last is not None and last.owed_at <= known.decided_at


def _plan(connection: sa.Connection, tenant: Tenant, now: datetime) -> tuple[BillingPlan | None, Calendar]:
    """The tenant's plan and calendar of today; without a plan, days are those of its zone."""
    calendar = Calendar(time_zone=tenant.time_zone)
    try:
        assigned = pricing.get_assigned(connection, tenant_id=tenant.id, day=calendar.day_of(now))
    except BillingPlanNotAssigned:
        return None, calendar
    return pricing.get_plan(connection, assigned.plan), calendar_of(tenant.time_zone, assigned.region)


def _items(
    connection: sa.Connection, calendar: Calendar, invoices: Mapping[str, OpenInvoice], tenant_id: str
) -> tuple[OpenItem, ...]:
    """The open invoices as debts, with what is disputed and what people agreed to wait for."""
    services = store.services_of(connection, [*invoices])
    waiting = [p for p in store.list_pauses(connection, tenant_id=tenant_id) if p.state is PauseState.APPROVED]
    found: list[OpenItem] = []
    for invoice in invoices.values():
        found += items_of(
            invoice.invoice_id,
            due_on=invoice.due_on,
            open=invoice.open,
            services=services.get(invoice.invoice_id, frozenset()),
            disputes=_disputes(invoice, calendar),
            promises=[pause.pause() for pause in _about(waiting, invoice.invoice_id)],
        )
    return tuple(found)


def _about(waiting: Iterable[AgreedPause], invoice_id: str) -> list[AgreedPause]:
    return [pause for pause in waiting if pause.invoice_id in {None, invoice_id}]


def _disputes(invoice: OpenInvoice, calendar: Calendar) -> list[Dispute]:
    """Those that are open or were rejected, by the tenant's days."""
    return [
        Dispute(
            id=each.id,
            amount=each.amount,
            opened_on=calendar.day_of(each.opened_at),
            closed_on=each.closed_at and calendar.day_of(each.closed_at),
        )
        for each in invoice.disputes
        if each.state is not DisputeState.UPHELD
    ]
