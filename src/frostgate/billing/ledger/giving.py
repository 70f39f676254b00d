"""What is given away: refunds, credit notes, write-offs. Above a limit, refunds and write-offs take a second person."""

from datetime import timedelta

from frostgate.base.model import Actor, ActorKind
from frostgate.base.money import Money
from frostgate.base.uow import Tx
from frostgate.billing.ledger import documents, rules
from frostgate.billing.ledger.drafts import CreditNoteDraft, RefundDraft, WriteOffDraft
from frostgate.billing.ledger.errors import KeyReused, MoreThanAvailable, MoreThanBilled, MoreThanOpen
from frostgate.billing.ledger.facts import ProposalDecided, Proposed
from frostgate.billing.ledger.held import HeldLedger, check_amount, content_of
from frostgate.billing.ledger.model import EntryKind, Invoice, Line, Position, Posted
from frostgate.billing.ledger.proposals import ApprovalLimits, Proposal
from frostgate.cases.errors import PersonNeeded
from frostgate.directory.model import Principal
from frostgate.directory.trips.service import person_behind

ONE_DAY = timedelta(days=1)


def issue_credit_note(tx: Tx, draft: CreditNoteDraft, *, tenant_id: str, actor: Actor) -> Posted:
    """Ask for less of an invoice. What was paid of it already becomes the tenant's credit.

    Raises:
        TenantUnknown, InvoiceUnknown, AmountUnusable, InFuture, KeyReused
        MoreThanBilled: more than it asked for, after what was credited or written off before.
    """
    held = HeldLedger(tx, tenant_id)
    if known := held.known(EntryKind.CREDIT_NOTE, draft):
        return known
    return credit(held, draft, actor=actor)


def credit(held: HeldLedger, draft: CreditNoteDraft, *, actor: Actor) -> Posted:
    """As `issue_credit_note`, in a ledger that is held already."""
    invoice = held.invoice(draft.invoice_id)
    money = Money(draft.amount, invoice.currency)
    check_amount(money)
    held.check_time(draft)
    left = creditable(held, invoice)
    if money.minor > left:
        raise MoreThanBilled(pointer="/amount", available=str(Money(left, invoice.currency)))
    still_open = held.balance(Position.RECEIVABLE, invoice.currency, invoice.id)
    lines = rules.credited(draft.amount, invoice_id=invoice.id, still_open=still_open)
    return held.post(EntryKind.CREDIT_NOTE, invoice.currency, lines, draft, actor=actor)


def creditable(held: HeldLedger, invoice: Invoice) -> int:
    """How much less an invoice can still ask for: what was given up is not owed any more, nor was it ever paid."""
    gone = sum(held.balance(place, invoice.currency, invoice.id) for place in (Position.REVENUE, Position.WRITE_OFF))
    return invoice.due - gone


def refund(tx: Tx, draft: RefundDraft, *, tenant_id: str, limits: ApprovalLimits, by: Principal) -> Posted | Proposal:
    """Give money back that is not allocated, or was paid in advance; above the limit, propose it.

    Raises:
        TenantUnknown, CurrencyUnknown, AmountUnusable, InFuture, KeyReused
        MoreThanAvailable: there is not so much.
    """
    return _give(HeldLedger(tx, tenant_id), EntryKind.REFUND, draft, limits=limits, by=by)


def write_off(
    tx: Tx, draft: WriteOffDraft, *, tenant_id: str, limits: ApprovalLimits, by: Principal
) -> Posted | Proposal:
    """Give up what is open of an invoice; above the limit, propose it.

    Raises:
        TenantUnknown, InvoiceUnknown, AmountUnusable, InFuture, KeyReused
        MoreThanOpen: there is not so much open.
    """
    return _give(HeldLedger(tx, tenant_id), EntryKind.WRITE_OFF, draft, limits=limits, by=by)


def approve(tx: Tx, proposal_id: str, *, tenant_id: str, reason: str | None, by: Principal) -> tuple[Proposal, Posted]:
    """Agree to what somebody else proposed; it is carried out at once.

    Raises:
        TenantUnknown, ProposalUnknown, ProposalDecided
        PersonNeeded: a token, which could make two of one person.
        SecondPersonNeeded: whoever proposed it.
        MoreThanAvailable, MoreThanOpen: there is not so much any more.
    """
    held = HeldLedger(tx, tenant_id)
    proposal = documents.get_proposal(tx.connection, proposal_id, tenant_id=tenant_id)
    if by.actor.kind is not ActorKind.OPERATOR:
        raise PersonNeeded
    agreed = proposal.approved(by=by.actor, at=tx.now, reason=reason, entry=held.next)
    money, lines = _lines(held, proposal.draft)
    documents.save_proposal(tx.connection, agreed)
    posted = held.post(proposal.kind, money.currency, lines, proposal.draft, actor=by.actor)
    tx.state(ProposalDecided(tenant_id=tenant_id, proposal=agreed), actor=by.actor)
    return agreed, posted


def reject(tx: Tx, proposal_id: str, *, tenant_id: str, reason: str, by: Principal) -> Proposal:
    """Let a proposal come to nothing.

    Raises:
        TenantUnknown, ProposalUnknown, ProposalDecided
    """
    HeldLedger(tx, tenant_id)
    proposal = documents.get_proposal(tx.connection, proposal_id, tenant_id=tenant_id)
    refused = proposal.rejected(by=person_behind(by), at=tx.now, reason=reason)
    documents.save_proposal(tx.connection, refused)
    tx.state(ProposalDecided(tenant_id=tenant_id, proposal=refused), actor=by.actor)
    return refused


def _give(
    held: HeldLedger, kind: EntryKind, draft: RefundDraft | WriteOffDraft, *, limits: ApprovalLimits, by: Principal
) -> Posted | Proposal:
    """Post at once what one person may give away, and propose what takes two."""
    if known := held.known(kind, draft) or _proposed(held, kind, draft):
        return known
    money, lines = _lines(held, draft)
    held.check_time(draft)
    day = held.tx.now - ONE_DAY
    before = documents.given_alone(held.tx.connection, day, tenant_id=held.tenant_id, currency=money.currency)
    if not limits.needs_second_person(money + Money(before, money.currency)):
        return held.post(kind, money.currency, lines, draft, actor=by.actor)
    proposal = Proposal(
        id=held.tx.new_id(),
        tenant_id=held.tenant_id,
        key=draft.key,
        kind=kind,
        currency=money.currency,
        amount=money.minor,
        draft=draft,
        content=content_of(kind, draft),
        proposed_by=person_behind(by),
        proposed_at=held.tx.now,
    )
    documents.add_proposal(held.tx.connection, proposal)
    held.tx.state(Proposed(tenant_id=held.tenant_id, proposal=proposal), actor=by.actor)
    return proposal


def _proposed(held: HeldLedger, kind: EntryKind, draft: RefundDraft | WriteOffDraft) -> Proposal | None:
    """The proposal that the same command led to before."""
    found = documents.find_proposal(held.tx.connection, draft.key, tenant_id=held.tenant_id)
    if found is not None and found.content != content_of(kind, draft):
        raise KeyReused(pointer="/key")
    return found


def _lines(held: HeldLedger, draft: RefundDraft | WriteOffDraft) -> tuple[Money, tuple[Line, ...]]:
    """What a refund or a write-off moves, checked against what there is now."""
    refusal: type[MoreThanOpen | MoreThanAvailable]
    if isinstance(draft, WriteOffDraft):
        invoice = held.invoice(draft.invoice_id)
        money, refusal = Money(draft.amount, invoice.currency), MoreThanOpen
        there = held.balance(Position.RECEIVABLE, invoice.currency, invoice.id)
        lines = rules.written_off(draft.amount, invoice_id=invoice.id)
    else:
        money, refusal = Money(draft.amount, draft.currency), MoreThanAvailable
        there = max(0, -held.balance(Position(draft.of), draft.currency))
        lines = rules.refunded(draft.amount, Position(draft.of))
    check_amount(money)
    if money.minor > there:
        raise refusal(pointer="/amount", available=str(Money(there, money.currency)))
    return money, lines
