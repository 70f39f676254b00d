"""Posting to a tenant's ledger: charges, invoices, money that comes, and where it goes. One command, one entry.

Every command can be sent again under its key: it is carried out once, and answered with the same entry.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from frostgate.base.model import Actor
from frostgate.base.money import Money
from frostgate.base.uow import Tx
from frostgate.billing.ledger import documents, rules, store
from frostgate.billing.ledger.drafts import (
    AllocationDraft,
    ChargeDraft,
    InvoiceDraft,
    PaymentDraft,
    ReversalDraft,
    Share,
    TopUpDraft,
)
from frostgate.billing.ledger.errors import (
    DueUnusable,
    MoreThanUnbilled,
    NothingToAllocate,
    NotReversible,
    PeriodUnusable,
    ReversedAlready,
)
from frostgate.billing.ledger.facts import BY_ITSELF, LedgerClosed, LedgerReopened
from frostgate.billing.ledger.held import HeldLedger, check_amount
from frostgate.billing.ledger.model import EntryKind, Invoice, Ledger, Line, Position, Posted, can_stand, effect
from frostgate.directory.store import get_tenant


def post_charge(tx: Tx, draft: ChargeDraft, *, tenant_id: str, actor: Actor) -> Posted:
    """Record that something was used: on the prepaid balance, which it may overdraw, or to be invoiced.

    Raises:
        TenantUnknown, LedgerClosed
        CurrencyUnknown, AmountUnusable, InFuture, KeyReused: the charge cannot be.
    """
    held = HeldLedger(tx, tenant_id)
    if known := held.known(EntryKind.CHARGE, draft):
        return known
    held.must_be_open()
    check_amount(Money(draft.amount, draft.currency))
    held.check_time(draft)
    return held.post(EntryKind.CHARGE, draft.currency, rules.charged(draft), draft, actor=actor)


def issue_invoice(tx: Tx, draft: InvoiceDraft, *, tenant_id: str, actor: Actor) -> tuple[Posted, Invoice]:
    """Make a bill of lines that are rated already. Money that the tenant has to its credit pays it at once.

    Raises:
        TenantUnknown, LedgerClosed
        CurrencyUnknown, AmountUnusable, InFuture, KeyReused, PeriodUnusable, DueUnusable: the invoice cannot be.
        MoreThanUnbilled: it takes over more than was charged.
    """
    held = HeldLedger(tx, tenant_id)
    if known := held.known(EntryKind.INVOICE, draft):
        number = known.entry.seq
        return known, documents.invoices_of_entries(tx.connection, number, number, tenant_id=tenant_id)[number]
    held.must_be_open()
    invoice = _invoice(held, draft)
    taken = sum(line.charged for line in draft.lines if not line.prepaid)
    if taken > (unbilled := held.balance(Position.UNBILLED, draft.currency)):
        raise MoreThanUnbilled(pointer="/lines", available=str(Money(unbilled, draft.currency)))
    lines = rules.invoiced(draft.lines, invoice_id=invoice.id)
    posted = held.post(EntryKind.INVOICE, draft.currency, lines, draft, actor=actor, invoice=invoice)
    allocate_what_is_left(held, draft.currency, actor=actor, because=posted.entry.id)
    return posted, invoice


def post_payment(tx: Tx, draft: PaymentDraft, *, tenant_id: str, actor: Actor) -> Posted:
    """Record that money came, and allocate it: as told, or to the invoice that was due first.

    The same money by another way, told by its `reference`, is the entry that is there.

    Raises:
        TenantUnknown, LedgerClosed
        CurrencyUnknown, AmountUnusable, InFuture, KeyReused, ReferenceReused: the payment cannot be.
        InvoiceUnknown, InvoiceRepeated, CurrencyDiffers, MoreThanOpen, MoreThanAvailable: it cannot go where it is
            told to.
    """
    held = HeldLedger(tx, tenant_id)
    if known := held.known(EntryKind.PAYMENT, draft) or held.known_money(draft):
        return known
    held.must_be_open()
    check_amount(Money(draft.amount, draft.currency))
    held.check_time(draft)
    shares = _shares(held, draft.amount, draft.currency, draft.allocations)
    return held.post(EntryKind.PAYMENT, draft.currency, rules.paid(draft.amount, shares), draft, actor=actor)


def top_up(tx: Tx, draft: TopUpDraft, *, tenant_id: str, actor: Actor) -> Posted:
    """Record that money came in advance.

    Raises:
        TenantUnknown, LedgerClosed
        CurrencyUnknown, AmountUnusable, InFuture, KeyReused, ReferenceReused: the payment cannot be.
    """
    held = HeldLedger(tx, tenant_id)
    if known := held.known(EntryKind.TOP_UP, draft) or held.known_money(draft):
        return known
    held.must_be_open()
    check_amount(Money(draft.amount, draft.currency))
    held.check_time(draft)
    lines = (Line(Position.CASH, draft.amount), Line(Position.PREPAID, -draft.amount))
    return held.post(EntryKind.TOP_UP, draft.currency, lines, draft, actor=actor)


def allocate(tx: Tx, draft: AllocationDraft, *, tenant_id: str, actor: Actor) -> Posted:
    """Let money that came before pay invoices: as told, or what was due first.

    Raises:
        TenantUnknown, CurrencyUnknown, InFuture, KeyReused
        NothingToAllocate: there is no such money, or nothing to pay with it.
        InvoiceUnknown, InvoiceRepeated, CurrencyDiffers, MoreThanOpen, MoreThanAvailable: it cannot go where it is
            told to.
    """
    held = HeldLedger(tx, tenant_id)
    if known := held.known(EntryKind.ALLOCATION, draft):
        return known
    there = Money(-held.balance(Position.UNAPPLIED, draft.currency), draft.currency)
    shares = _shares(held, there.minor, draft.currency, draft.allocations) if there.minor else ()
    if not shares:
        raise NothingToAllocate
    held.check_time(draft)
    return held.post(EntryKind.ALLOCATION, draft.currency, rules.allocated(shares), draft, actor=actor)


def allocate_what_is_left(held: HeldLedger, currency: str, *, actor: Actor, because: str) -> None:
    """Let money that is to the tenant's credit pay what is owed now; `because` names what made it owed."""
    there = -held.balance(Position.UNAPPLIED, currency)
    shares = rules.oldest_first(there, held.open_items(currency)) if there else ()
    if shares:
        draft = AllocationDraft(key=f"{because}{BY_ITSELF}", currency=currency)
        held.post(EntryKind.ALLOCATION, currency, rules.allocated(shares), draft, actor=actor)


def reverse(tx: Tx, draft: ReversalDraft, *, tenant_id: str, actor: Actor) -> Posted:
    """Take an entry back by its opposite: a payment that bounced, a charge that was wrong.

    Raises:
        TenantUnknown, EntryUnknown, InFuture, KeyReused
        NotReversible: it is an invoice or a reversal, or what it moved has been used since: on an invoice, say.
        ReversedAlready: it was taken back before.
    """
    held = HeldLedger(tx, tenant_id)
    if known := held.known(EntryKind.REVERSAL, draft):
        return known
    entry = store.get_entry(tx.connection, draft.entry, tenant_id=tenant_id)
    if before := store.find_reversal(tx.connection, entry.seq, tenant_id=tenant_id):
        raise ReversedAlready(entry=before)
    lines = rules.mirrored(entry.lines)
    can_go_back = all(
        can_stand(position, held.balance(position, entry.currency, item_id) + amount)
        for (position, item_id), amount in effect(lines).items()
    )
    if entry.kind not in rules.REVERSIBLE or not can_go_back or store.is_invoiced(tx.connection, entry):
        raise NotReversible(entry=entry.seq)
    held.check_time(draft)
    return held.post(EntryKind.REVERSAL, entry.currency, lines, draft, actor=actor, reverses=entry.seq)


def close_ledger(tx: Tx, *, tenant_id: str, actor: Actor) -> Ledger:
    """Let nothing new be owed or paid, as when a customer leaves; what is there can still be settled and paid back.

    Raises:
        TenantUnknown: there is no such tenant.
    """
    ledger = HeldLedger(tx, tenant_id).ledger
    if ledger.closed_at is not None:
        return ledger
    closed = msgspec.structs.replace(ledger, closed_at=tx.now)
    store.save_closing(tx.connection, closed)
    tx.state(LedgerClosed(tenant_id=tenant_id), actor=actor)
    return closed


def reopen_ledger(tx: Tx, *, tenant_id: str, actor: Actor) -> Ledger:
    """Take new entries again.

    Raises:
        TenantUnknown: there is no such tenant.
    """
    ledger = HeldLedger(tx, tenant_id).ledger
    if ledger.closed_at is None:
        return ledger
    reopened = msgspec.structs.replace(ledger, closed_at=None)
    store.save_closing(tx.connection, reopened)
    tx.state(LedgerReopened(tenant_id=tenant_id), actor=actor)
    return reopened


def _shares(held: HeldLedger, amount: int, currency: str, told: Sequence[Share] | None) -> tuple[Share, ...]:
    """Which invoice gets how much."""
    if told is None:
        return rules.oldest_first(amount, held.open_items(currency))
    open_of = {}
    for share in told:
        invoice = held.invoice(share.invoice_id)
        still_open = held.balance(Position.RECEIVABLE, invoice.currency, invoice.id)
        open_of[invoice.id] = Money(still_open, invoice.currency)
        check_amount(Money(share.amount, currency), pointer="/allocations")
    return rules.as_told(amount, told, currency=currency, open_of=open_of)


def _invoice(held: HeldLedger, draft: InvoiceDraft) -> Invoice:
    """The invoice of a draft, with its number."""
    today = held.tx.now.astimezone(ZoneInfo(get_tenant(held.tx.connection, held.tenant_id).time_zone)).date()
    held.check_time(draft)
    for number, line in enumerate(draft.lines):
        for name in ("amount", "charged"):
            check_amount(Money(getattr(line, name), draft.currency), pointer=f"/lines/{number}/{name}", least=0)
    if draft.last_day < draft.first_day:
        raise PeriodUnusable(pointer="/last_day")
    if draft.due_on < today:
        raise DueUnusable(pointer="/due_on")
    ordinal = documents.next_ordinal(held.tx.connection, today.year, tenant_id=held.tenant_id)
    return Invoice(
        id=held.tx.new_id(),
        tenant_id=held.tenant_id,
        number=f"{held.tenant_id.upper()}-{today.year}-{ordinal:05}",
        year=today.year,
        ordinal=ordinal,
        currency=draft.currency,
        first_day=draft.first_day,
        last_day=draft.last_day,
        issued_at=held.tx.now,
        due_on=draft.due_on,
        entry=held.next,
        lines=draft.lines,
    )
