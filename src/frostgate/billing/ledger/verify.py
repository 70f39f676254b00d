"""Whether the ledgers hold: everything balances, adds up, and is what the journal says was posted."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base import journal
from frostgate.billing.ledger import documents, store
from frostgate.billing.ledger.facts import POSTED
from frostgate.billing.ledger.model import Entry, EntryKind, Invoice, Ledger, Position, digest, effect

_PAGE = 1000
_POSTED = frozenset(fact.name for fact in POSTED.values())


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing that does not hold, and in whose ledger; the journal is nobody's."""

    tenant_id: str | None
    problem: str


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """Everything holds: how much of it there is, and the journal's head, which covers it."""

    ledgers: int
    entries: int
    head: str


def verify(connection: sa.Connection) -> Sound | Fault:
    """Walk every ledger beside the journal, whose chain covers what was posted.

    Every entry balances; entries are numbered without gaps, and are those that the journal knows, word for word;
    invoices are numbered without gaps; and the balances are what the lines add up to.
    """
    chain = journal.verify(connection)
    if isinstance(chain, journal.Broken):
        return Fault(tenant_id=None, problem=f"the journal is broken at entry {chain.number}: {chain.problem}")
    checked = store.all_ledgers(connection)
    for ledger in checked:
        problem = _problem(connection, ledger)
        if problem is not None:
            return Fault(tenant_id=ledger.tenant_id, problem=problem)
    return Sound(ledgers=len(checked), entries=sum(each.last for each in checked), head=f"{chain[0]}:{chain[1]}")


def _problem(connection: sa.Connection, ledger: Ledger) -> str | None:
    """What does not hold in one ledger."""
    tenant_id = ledger.tenant_id
    told = _told(connection, tenant_id)
    sums: Counter[tuple[str, Position, str | None]] = Counter()
    numbers: Counter[int] = Counter()
    expected = 0
    try:
        for entry, invoice in _entries(connection, tenant_id):
            expected += 1
            problem = _problem_of_entry(entry, invoice, expected, next(told, None), numbers)
            if problem is not None:
                return problem
            for (position, item_id), amount in effect(entry.lines).items():
                sums[entry.currency, position, item_id] += amount
    except (ValueError, msgspec.DecodeError) as error:
        return f"an entry after {expected} cannot be read: {error}"
    if ledger.last != expected or next(told, None) is not None:
        return f"the ledger ends after entry {expected}, and more was posted"
    kept = store.every_balance(connection, tenant_id=tenant_id)
    added_up = {place: amount for place, amount in sums.items() if amount}
    for place in sorted(kept.keys() | added_up.keys(), key=str):
        if kept.get(place, 0) != added_up.get(place, 0):
            where = " ".join(str(part) for part in place if part is not None)
            return f"the balance of {where} is kept as {kept.get(place, 0)}, its lines make {added_up.get(place, 0)}"
    return None


def _problem_of_entry(
    entry: Entry, invoice: Invoice | None, expected: int, told: Any, numbers: Counter[int]
) -> str | None:
    if entry.seq != expected:
        return f"entry {expected} is missing: entry {entry.seq} follows"
    if sum(line.amount for line in entry.lines):
        return f"entry {entry.seq} does not balance"
    if told is None:
        return f"the journal knows nothing of entry {entry.seq}"
    if (entry.kind is EntryKind.INVOICE) != (invoice is not None):
        return f"entry {entry.seq} and its invoice do not go together"
    if told["digest"] != (digest(entry) if invoice is None else digest(entry, invoice)):
        return f"entry {entry.seq} is not what was posted"
    if invoice is not None:
        numbers[invoice.year] += 1
        if invoice.ordinal != numbers[invoice.year]:
            return f"invoice {invoice.number} is not the next one of its year"
    return None


def _entries(connection: sa.Connection, tenant_id: str) -> Iterator[tuple[Entry, Invoice | None]]:
    """A tenant's entries in order, each with the invoice that it issued."""
    after = 0
    while page := store.list_entries(connection, tenant_id=tenant_id, after=after, limit=_PAGE):
        first, after = page[0].seq, page[-1].seq
        found = documents.invoices_of_entries(connection, first, after, tenant_id=tenant_id)
        for entry in page:
            yield entry, found.get(entry.seq)


def _told(connection: sa.Connection, tenant_id: str) -> Iterator[Any]:
    """What the journal says was posted to a tenant's ledger, in order."""
    after = 0
    while page := journal.entries(connection, tenant_id=tenant_id, after=after, limit=_PAGE):
        after = page[-1].number
        yield from (journal.body_of(entry) for entry in page if entry.fact in _POSTED)
