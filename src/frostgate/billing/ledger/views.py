"""What the ledger looks like from outside: amounts are minor units, actors are text."""

from datetime import date, datetime
from typing import Any

import msgspec

from frostgate.billing.ledger.aging import Aging
from frostgate.billing.ledger.model import Dispute, Entry, Invoice, InvoiceLine, Position, Posted
from frostgate.billing.ledger.proposals import Proposal


class LineView(msgspec.Struct, frozen=True):
    """One side of an entry: a debit is positive, a credit negative."""

    position: str
    amount: int
    invoice_id: str | None
    service: str | None


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to what a tenant owes or has; its lines add up to nothing."""

    seq: int
    id: str
    key: str
    kind: str
    currency: str
    lines: list[LineView]
    at: datetime
    posted_at: datetime
    actor: str
    reference: str | None
    memo: str
    source: str | None
    reverses: int | None


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """A refund or a write-off that a second person must agree to; `asked` is the command as it was sent."""

    id: str
    tenant_id: str
    kind: str
    currency: str
    amount: int
    asked: Any
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    entry: int | None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command: its entry, or the proposal that waits for a second person.

    `repeated`: it was carried out before, under its key or by its reference, and nothing was done this time.
    """

    entry: EntryView | None = None
    proposal: ProposalView | None = None
    repeated: bool = False


class BalanceView(msgspec.Struct, frozen=True, kw_only=True):
    """How a tenant stands in one currency. `prepaid` and `unapplied` are the tenant's; below 0 it is overdrawn."""

    currency: str
    receivable: int  # invoiced and open
    overdue: int  # of it: late, and not in dispute
    disputed: int  # of it
    unbilled: int
    prepaid: int
    unapplied: int


class BalancesView(msgspec.Struct, frozen=True, kw_only=True):
    """How a tenant stands."""

    tenant_id: str
    at: datetime
    closed_at: datetime | None
    balances: list[BalanceView]


class AgingView(msgspec.Struct, frozen=True, kw_only=True):
    """What is open, by the days since it was due in the tenant's zone; what is in dispute stands apart."""

    currency: str
    not_due: int
    days_0_30: int
    days_31_60: int
    days_61_90: int
    over_90: int
    disputed: int
    total: int


class TenantAgingView(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant's."""

    tenant_id: str
    aging: list[AgingView]


class AgingOfAllView(msgspec.Struct, frozen=True, kw_only=True):
    """That of all tenants together, and a page of those who owe anything. `next` asks for what follows."""

    at: datetime
    totals: list[AgingView]
    items: list[TenantAgingView]
    next: str | None


class InvoiceView(msgspec.Struct, frozen=True, kw_only=True):
    """A bill. `total` is what was used, `due` what it asked for, `open` what is still to be paid of that."""

    id: str
    tenant_id: str
    number: str
    currency: str
    first_day: date
    last_day: date
    issued_at: datetime
    due_on: date
    total: int
    due: int
    open: int
    entry: int
    lines: list[InvoiceLine]


class DisputeView(msgspec.Struct, frozen=True, kw_only=True):
    """An amount that the tenant says it does not owe."""

    id: str
    tenant_id: str
    invoice_id: str
    currency: str
    amount: int
    state: str
    reason: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str | None
    answer: str | None


def entry_view(entry: Entry) -> EntryView:
    """An entry."""
    return EntryView(
        seq=entry.seq,
        id=entry.id,
        key=entry.key,
        kind=entry.kind.value,
        currency=entry.currency,
        lines=[LineView(line.position.value, line.amount, line.item_id, line.service) for line in entry.lines],
        at=entry.at,
        posted_at=entry.posted_at,
        actor=str(entry.actor),
        reference=entry.reference,
        memo=entry.memo,
        source=entry.source,
        reverses=entry.reverses,
    )


def proposal_view(proposal: Proposal) -> ProposalView:
    """A proposal."""
    return ProposalView(
        id=proposal.id,
        tenant_id=proposal.tenant_id,
        kind=proposal.kind.value,
        currency=proposal.currency,
        amount=proposal.amount,
        asked=proposal.draft,
        state=proposal.state.value,
        proposed_by=str(proposal.proposed_by),
        proposed_at=proposal.proposed_at,
        decided_by=None if proposal.decided_by is None else str(proposal.decided_by),
        decided_at=proposal.decided_at,
        decision_reason=proposal.decision_reason,
        entry=proposal.entry,
    )


def outcome(found: Posted | Proposal) -> Outcome:
    """What became of a command."""
    if isinstance(found, Proposal):
        return Outcome(proposal=proposal_view(found))
    return Outcome(entry=entry_view(found.entry), repeated=found.repeated)


def aging_view(aging: Aging) -> AgingView:
    """An aging in one currency."""
    return AgingView(**msgspec.structs.asdict(aging), total=aging.total)


def balance_view(currency: str, own: dict[Position, int], aging: Aging) -> BalanceView:
    """How a tenant stands in one currency, of its balances and of what is open."""
    return BalanceView(
        currency=currency,
        receivable=aging.total,
        overdue=aging.total - aging.not_due - aging.disputed,
        disputed=aging.disputed,
        unbilled=own.get(Position.UNBILLED, 0),
        prepaid=-own.get(Position.PREPAID, 0),
        unapplied=-own.get(Position.UNAPPLIED, 0),
    )


def invoice_view(invoice: Invoice, still_open: int) -> InvoiceView:
    """An invoice with what is open of it."""
    return InvoiceView(
        id=invoice.id,
        tenant_id=invoice.tenant_id,
        number=invoice.number,
        currency=invoice.currency,
        first_day=invoice.first_day,
        last_day=invoice.last_day,
        issued_at=invoice.issued_at,
        due_on=invoice.due_on,
        total=invoice.total,
        due=invoice.due,
        open=still_open,
        entry=invoice.entry,
        lines=list(invoice.lines),
    )


def dispute_view(dispute: Dispute) -> DisputeView:
    """A dispute."""
    return DisputeView(
        id=dispute.id,
        tenant_id=dispute.tenant_id,
        invoice_id=dispute.invoice_id,
        currency=dispute.currency,
        amount=dispute.amount,
        state=dispute.state.value,
        reason=dispute.reason,
        opened_at=dispute.opened_at,
        opened_by=str(dispute.opened_by),
        closed_at=dispute.closed_at,
        closed_by=None if dispute.closed_by is None else str(dispute.closed_by),
        answer=dispute.answer,
    )
