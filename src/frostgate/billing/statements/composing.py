"""How a month's entries become the rows of a statement. Pure."""

from collections.abc import Iterable, Mapping

import msgspec

from frostgate.billing.invoicing.model import days_of, entries_of
from frostgate.billing.ledger.model import Entry, EntryKind, Invoice, Position
from frostgate.billing.statements.model import NAMED_AT_MOST, Balances, Part, Row, Section, reconciled


def compose(
    entries: Iterable[Entry],
    *,
    invoices: Mapping[int, Invoice],
    numbers: Mapping[str, str],
    opening: Mapping[str, Balances],
    closing: Mapping[str, Balances],
) -> tuple[Section, ...]:
    """The sections of a statement, in order of their currencies; each reconciles, or it is a bug.

    `entries` are the month's, in order; `invoices` those that they issued, by entry; `numbers` those of all invoices,
    by id; `opening` and `closing` what stood there before and after, by currency, from elsewhere than the entries.
    """
    rows: dict[str, dict[object, Row]] = {}
    for entry in entries:
        own = rows.setdefault(entry.currency, {})
        made = _row(entry, invoices, numbers)
        # An entry is a row of its own, by its number; charges of one service on one position are one together.
        place = (made.service, made.position) if entry.kind is EntryKind.CHARGE else entry.seq
        own[place] = _together(own[place], made) if place in own else made
    sections, line = [], 0
    standing = {each for balances in (opening, closing) for each, amounts in balances.items() if amounts != Balances()}
    for currency in sorted(standing | rows.keys()):
        numbered = []
        for row in rows.get(currency, {}).values():
            line += 1
            numbered.append(msgspec.structs.replace(row, line=line))
        section = Section(
            currency=currency,
            opening=opening.get(currency, Balances()),
            rows=tuple(numbered),
            closing=closing.get(currency, Balances()),
        )
        sections.append(reconciled(section))
    return tuple(sections)


def _row(entry: Entry, invoices: Mapping[int, Invoice], numbers: Mapping[str, str]) -> Row:
    """One entry as a row that has no number yet."""
    invoice = invoices.get(entry.seq)
    row = Row(
        line=0,
        kind=entry.kind,
        first_entry=entry.seq,
        last_entry=entry.seq,
        count=1,
        entry_id=entry.id,
        at=entry.at,
        posted_at=entry.posted_at,
        changes=Balances.of(entry.lines),
        reference=entry.reference,
        source=entry.source,
        memo=entry.memo,
        reverses=entry.reverses,
    )
    if entry.kind is EntryKind.CHARGE:
        charged = entry.lines[0]
        return msgspec.structs.replace(row, service=charged.service, position=charged.position)
    if invoice is not None:
        return msgspec.structs.replace(
            row, invoice_id=invoice.id, invoice=invoice.number, parts=tuple(_billed(invoice))
        )
    return msgspec.structs.replace(row, parts=tuple(_moved(entry, numbers)))


def _together(row: Row, other: Row) -> Row:
    """Two rows of charges as one; what is told of single ones is a page further."""
    return msgspec.structs.replace(
        row,
        last_entry=other.last_entry,
        count=row.count + 1,
        at=min(row.at, other.at),
        posted_at=max(row.posted_at, other.posted_at),
        changes=row.changes + other.changes,
        reference=None,
        source=None,
        memo="",
    )


def _billed(invoice: Invoice) -> Iterable[Part]:
    """What an invoice asks for, unit by unit."""
    for number, line in enumerate(invoice.lines, 1):
        yield Part(
            number=number,
            amount=line.amount,
            service=line.service,
            unit=line.unit,
            quantity=line.quantity,
            prepaid=line.prepaid,
            days=(days := days_of(line)),
            entries=(entries := entries_of(line)),
            usage=() if days or entries else line.usage[:NAMED_AT_MOST],
        )


def _moved(entry: Entry, numbers: Mapping[str, str]) -> Iterable[Part]:
    """What any other entry moved, invoice by invoice."""
    on_invoices = [line for line in entry.lines if line.position is Position.RECEIVABLE]
    for number, line in enumerate(on_invoices, 1):
        assert line.item_id is not None, "BUG: something receivable that no invoice asks for"
        yield Part(
            number=number,
            amount=line.amount,
            invoice_id=line.item_id,
            invoice=numbers[line.item_id],
        )
