"""The ledger: double entry in integer minor units, and nothing is ever edited. Pure values.

A debit is positive and a credit negative, so the lines of an entry add up to nothing. What a tenant owes stands on
`receivable` and `unbilled` as positive amounts; what it has with us, on `prepaid` and `unapplied` as negative ones.
"""

import enum
import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from frostgate.base.model import Actor
from frostgate.base.wire import to_json
from frostgate.standing.model import Service

AMOUNT_MOST = 10**13  # minor units in one command; a million such entries still fit into 64 bits

Amount = Annotated[int, msgspec.Meta(gt=0, le=AMOUNT_MOST)]
NoLessThanNothing = Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MOST)]


class Position(enum.StrEnum):
    """Where an amount stands (科目)."""

    RECEIVABLE = "receivable"  # invoiced and not paid; an item for each invoice
    UNBILLED = "unbilled"  # charged and not invoiced
    PREPAID = "prepaid"  # paid in advance, for services that are paid so; overdrawn where it is positive
    UNAPPLIED = "unapplied"  # paid, and not yet allocated to an invoice
    REVENUE = "revenue"
    CASH = "cash"
    WRITE_OFF = "write_off"


class EntryKind(enum.StrEnum):
    """What an entry records."""

    CHARGE = "charge"
    INVOICE = "invoice"
    PAYMENT = "payment"
    ALLOCATION = "allocation"
    REFUND = "refund"
    CREDIT_NOTE = "credit_note"
    WRITE_OFF = "write_off"
    REVERSAL = "reversal"
    TOP_UP = "top_up"


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One side of an entry; `item_id` is the invoice that it is about."""

    position: Position
    amount: int
    item_id: str | None = None
    service: Service | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to what a tenant owes or has. It balances, and stays as it is for ever."""

    tenant_id: str
    seq: int  # its place in the tenant's ledger, counted from 1 without gaps
    id: str
    key: str  # the same key again is the same entry
    kind: EntryKind
    currency: str
    lines: tuple[Line, ...]
    at: datetime  # when it counts; may be before it was posted
    posted_at: datetime
    actor: Actor
    reference: str | None  # how the bank or the payment provider names the money
    memo: str
    source: str | None  # the event, webhook or line of a file that it came from
    content: str  # a digest of what was asked for: tells a repetition from another command under the same key
    reverses: int | None = None

    def amount_on(self, position: Position) -> int:
        """What the entry moved on a position."""
        return sum(line.amount for line in self.lines if line.position is position)


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command: its entry, and whether that was there before."""

    entry: Entry
    repeated: bool = False


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an invoice asks for one unit of one service."""

    service: Service
    unit: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    quantity: Annotated[int, msgspec.Meta(ge=0, lt=2**62)]
    price: Annotated[int, msgspec.Meta(ge=0, lt=2**62)] | None = None  # millionths of a minor unit; None: in tiers
    amount: NoLessThanNothing
    prepaid: bool = False  # it was paid from the prepaid balance: shown, and owed no more
    charged: NoLessThanNothing = 0  # how much of it stands on `unbilled` and is taken over from there
    usage: tuple[str, ...] = ()  # the usage that it comes from


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """A bill as it was sent; what is open of it stands in the ledger."""

    id: str
    tenant_id: str
    number: str  # for people: gapless for each tenant and year
    year: int
    ordinal: int
    currency: str
    first_day: date
    last_day: date
    issued_at: datetime
    due_on: date  # in the tenant's zone; it may still be paid in time on that day
    entry: int
    lines: tuple[InvoiceLine, ...]

    @property
    def total(self) -> int:
        """Everything that was used."""
        return sum(line.amount for line in self.lines)

    @property
    def due(self) -> int:
        """What is asked for: without what was paid from the prepaid balance."""
        return sum(line.amount for line in self.lines if not line.prepaid)


class DisputeState(enum.StrEnum):
    """How a dispute stands."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """An amount of an invoice that the tenant says it does not owe; while it is open, that amount does not age."""

    id: str
    tenant_id: str
    invoice_id: str
    currency: str
    amount: int
    state: DisputeState
    reason: str
    opened_at: datetime
    opened_by: Actor
    closed_at: datetime | None = None
    closed_by: Actor | None = None
    answer: str | None = None


class OpenItem(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice of which something is still to be paid, with what was ever disputed of it."""

    tenant_id: str
    time_zone: str
    invoice_id: str
    number: str
    currency: str
    due_on: date
    open: int
    disputes: tuple[Dispute, ...] = ()

    @property
    def disputed(self) -> int:
        """How much of what is open is in dispute: what is paid is paid on the rest first."""
        return min(self.open, sum(each.amount for each in self.disputes if each.state is DisputeState.OPEN))


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's ledger as a whole."""

    tenant_id: str
    last: int = 0  # the number of its last entry
    closed_at: datetime | None = None


def digest(*values: Any) -> str:
    """SHA-256 over the canonical JSON of some values."""
    return hashlib.sha256(to_json(values).encode()).hexdigest()


def effect(lines: Iterable[Line]) -> dict[tuple[Position, str | None], int]:
    """What lines change, position by position and item by item; what comes to nothing is left out."""
    found: dict[tuple[Position, str | None], int] = {}
    for line in lines:
        place = line.position, line.item_id
        found[place] = found.get(place, 0) + line.amount
    return {place: amount for place, amount in found.items() if amount}


def can_stand(position: Position, amount: int) -> bool:
    """Whether a balance may be this: nobody owes less than nothing, or has allocated more than they paid."""
    if position in {Position.RECEIVABLE, Position.UNBILLED}:
        return amount >= 0
    return position is not Position.UNAPPLIED or amount <= 0
