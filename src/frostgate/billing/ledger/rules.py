"""How commands become lines, and money finds its invoices. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from frostgate.base.money import Money
from frostgate.billing.ledger.drafts import ChargeDraft, Share
from frostgate.billing.ledger.errors import CurrencyDiffers, InvoiceRepeated, MoreThanAvailable, MoreThanOpen
from frostgate.billing.ledger.model import EntryKind, InvoiceLine, Line, OpenItem, Position

# What can be taken back. An invoice is corrected by a credit note, and a reversal by doing the thing again.
REVERSIBLE = frozenset(EntryKind) - {EntryKind.INVOICE, EntryKind.REVERSAL}


def charged(draft: ChargeDraft) -> tuple[Line, ...]:
    """Something was used."""
    place = Position.PREPAID if draft.prepaid else Position.UNBILLED
    return (
        Line(place, draft.amount, service=draft.service),
        Line(Position.REVENUE, -draft.amount, service=draft.service),
    )


def invoiced(lines: Iterable[InvoiceLine], *, invoice_id: str) -> tuple[Line, ...]:
    """A bill: what was charged before moves over, and what was not is earned now, or given back."""
    found: list[Line] = []
    for line in lines:
        if not line.prepaid:
            found += [
                Line(Position.RECEIVABLE, line.amount, item_id=invoice_id, service=line.service),
                Line(Position.UNBILLED, -line.charged, service=line.service),
                Line(Position.REVENUE, line.charged - line.amount, service=line.service),
            ]
    return tuple(line for line in found if line.amount)


def allocated(shares: Iterable[Share]) -> tuple[Line, ...]:
    """Money that was there goes to invoices."""
    found: list[Line] = []
    for share in shares:
        found += [
            Line(Position.UNAPPLIED, share.amount),
            Line(Position.RECEIVABLE, -share.amount, item_id=share.invoice_id),
        ]
    return tuple(found)


def paid(amount: int, shares: Sequence[Share]) -> tuple[Line, ...]:
    """Money came, and part of it or all goes to invoices at once."""
    to_invoices = tuple(Line(Position.RECEIVABLE, -share.amount, item_id=share.invoice_id) for share in shares)
    rest = amount - sum(share.amount for share in shares)
    left = (Line(Position.UNAPPLIED, -rest),) if rest else ()
    return (Line(Position.CASH, amount), *to_invoices, *left)


def credited(amount: int, *, invoice_id: str, still_open: int) -> tuple[Line, ...]:
    """Less is owed; what was paid already becomes credit. The item on `revenue` counts what was credited."""
    off = min(amount, still_open)
    found = (
        Line(Position.REVENUE, amount, item_id=invoice_id),
        Line(Position.RECEIVABLE, -off, item_id=invoice_id),
        Line(Position.UNAPPLIED, off - amount),
    )
    return tuple(line for line in found if line.amount)


def written_off(amount: int, *, invoice_id: str) -> tuple[Line, ...]:
    """What will not come any more."""
    return (
        Line(Position.WRITE_OFF, amount, item_id=invoice_id),
        Line(Position.RECEIVABLE, -amount, item_id=invoice_id),
    )


def refunded(amount: int, place: Position) -> tuple[Line, ...]:
    """Money goes back from where it stood to the tenant's credit."""
    return (Line(place, amount), Line(Position.CASH, -amount))


def mirrored(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The opposite."""
    return tuple(Line(line.position, -line.amount, line.item_id, line.service) for line in lines)


def oldest_first(amount: int, items: Iterable[OpenItem]) -> tuple[Share, ...]:
    """Where money goes when nobody says: to what was due first, and not to what is in dispute."""
    found: list[Share] = []
    for item in sorted(items, key=lambda item: (item.due_on, item.invoice_id)):
        share = min(amount, item.open - item.disputed)
        if share > 0:
            found.append(Share(invoice_id=item.invoice_id, amount=share))
            amount -= share
    return tuple(found)


def as_told(amount: int, shares: Sequence[Share], *, currency: str, open_of: Mapping[str, Money]) -> tuple[Share, ...]:
    """The same shares, if they can be; `open_of` says of each named invoice what is open.

    Raises:
        InvoiceRepeated: one invoice is named twice.
        CurrencyDiffers: an invoice is in another currency than the money.
        MoreThanOpen: an invoice would get more than is open of it.
        MoreThanAvailable: all of them together would get more than there is.
    """
    if len({share.invoice_id for share in shares}) < len(shares):
        raise InvoiceRepeated(pointer="/allocations")
    for number, share in enumerate(shares):
        still_open = open_of[share.invoice_id]
        if still_open.currency != currency:
            raise CurrencyDiffers(pointer=f"/allocations/{number}/invoice_id", currency=still_open.currency)
        if share.amount > still_open.minor:
            raise MoreThanOpen(pointer=f"/allocations/{number}/amount", available=str(still_open))
    if sum(share.amount for share in shares) > amount:
        raise MoreThanAvailable(pointer="/allocations", available=str(Money(amount, currency)))
    return tuple(shares)
