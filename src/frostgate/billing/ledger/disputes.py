"""Disputes: amounts that a tenant says it does not owe. They do not age until somebody has decided."""

import msgspec

from frostgate.base.model import Actor
from frostgate.base.money import Money
from frostgate.base.uow import Tx
from frostgate.billing.ledger import documents
from frostgate.billing.ledger.drafts import CreditNoteDraft, DisputeDraft
from frostgate.billing.ledger.errors import DisputeClosed, MoreThanBilled
from frostgate.billing.ledger.facts import DisputeDecided, DisputeOpened
from frostgate.billing.ledger.giving import credit, creditable
from frostgate.billing.ledger.held import HeldLedger, check_amount
from frostgate.billing.ledger.model import Dispute, DisputeState
from frostgate.billing.ledger.service import allocate_what_is_left


def open_dispute(tx: Tx, draft: DisputeDraft, *, tenant_id: str, actor: Actor) -> Dispute:
    """Record that a tenant disputes an amount of an invoice, paid or not. The same again is the dispute that is open.

    Raises:
        TenantUnknown, InvoiceUnknown, AmountUnusable
        MoreThanBilled: more than the invoice asked for, after what was credited, written off or disputed before.
    """
    held = HeldLedger(tx, tenant_id)
    invoice = held.invoice(draft.invoice_id)
    check_amount(Money(draft.amount, invoice.currency))
    for known in documents.list_disputes(tx.connection, tenant_id=tenant_id, invoice_id=invoice.id):
        if known.state is DisputeState.OPEN and (known.amount, known.reason) == (draft.amount, draft.reason):
            return known
    left = creditable(held, invoice) - documents.disputed(tx.connection, invoice.id, tenant_id=tenant_id)
    if draft.amount > left:
        raise MoreThanBilled(pointer="/amount", available=str(Money(max(0, left), invoice.currency)))
    dispute = Dispute(
        id=tx.new_id(),
        tenant_id=tenant_id,
        invoice_id=invoice.id,
        currency=invoice.currency,
        amount=draft.amount,
        state=DisputeState.OPEN,
        reason=draft.reason,
        opened_at=tx.now,
        opened_by=actor,
    )
    documents.add_dispute(tx.connection, dispute)
    tx.state(DisputeOpened(tenant_id=tenant_id, dispute=dispute), actor=actor)
    return dispute


def uphold_dispute(tx: Tx, dispute_id: str, *, tenant_id: str, answer: str, actor: Actor) -> Dispute:
    """Find that the tenant is right: a credit note takes the amount off the invoice.

    Raises:
        TenantUnknown, DisputeUnknown, DisputeClosed
        MoreThanBilled: so much was credited or written off since that the amount is not there any more.
    """
    held = HeldLedger(tx, tenant_id)
    dispute = _decided(held, dispute_id, DisputeState.UPHELD, answer=answer, actor=actor)
    draft = CreditNoteDraft(
        key=f"{dispute.id}:credit", invoice_id=dispute.invoice_id, amount=dispute.amount, memo=answer
    )
    credit(held, draft, actor=actor)
    return dispute


def reject_dispute(tx: Tx, dispute_id: str, *, tenant_id: str, answer: str, actor: Actor) -> Dispute:
    """Find that the amount is owed: it ages on from where it was, and money that is there pays it.

    Raises:
        TenantUnknown, DisputeUnknown, DisputeClosed
    """
    held = HeldLedger(tx, tenant_id)
    dispute = _decided(held, dispute_id, DisputeState.REJECTED, answer=answer, actor=actor)
    allocate_what_is_left(held, dispute.currency, actor=actor, because=dispute.id)
    return dispute


def _decided(held: HeldLedger, dispute_id: str, state: DisputeState, *, answer: str, actor: Actor) -> Dispute:
    """Save how a dispute ended, and say so."""
    tx = held.tx
    dispute = documents.get_dispute(tx.connection, dispute_id, tenant_id=held.tenant_id)
    if dispute.state is not DisputeState.OPEN:
        raise DisputeClosed(state=dispute.state.value)
    ended = msgspec.structs.replace(dispute, state=state, closed_at=tx.now, closed_by=actor, answer=answer)
    documents.save_dispute(tx.connection, ended)
    tx.state(DisputeDecided(tenant_id=held.tenant_id, dispute=ended), actor=actor)
    return ended
