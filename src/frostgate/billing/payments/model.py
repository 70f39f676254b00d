"""Money that others tell us of: advices of payment providers, and lines of bank statements. Pure values."""

import enum
from datetime import datetime

import msgspec


class AdviceKind(enum.StrEnum):
    """What a provider tells us of."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"


class AdviceState(enum.StrEnum):
    """What became of it."""

    POSTED = "posted"
    KNOWN = "known"  # the same money was posted before, by whichever way
    REFUSED = "refused"  # it waits for people


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider told us of some money (来款通知), and what became of that."""

    id: str
    provider: str
    event_id: str
    type: str  # as the provider calls it
    kind: AdviceKind
    payment_id: str  # by which the provider knows the money: the reference in the ledger
    tenant_id: str | None  # as the provider was told, or as people said since
    invoices: tuple[str, ...]  # ids or numbers of those that it is meant for
    amount: int  # minor units; of a refund: everything that went back of the payment so far
    currency: str
    note: str
    at: datetime
    received_at: datetime
    state: AdviceState = AdviceState.REFUSED
    code: str | None = None  # why it was refused
    entry: int | None = None


class LineState(enum.StrEnum):
    """What became of a line of a bank statement."""

    OPEN = "open"
    POSTED = "posted"
    KNOWN = "known"  # the same money was posted before, by whichever way


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a bank statement; `problems` are codes, and there is no posting it while there are any."""

    number: int  # in the file, counted from 1
    at: datetime | None = None
    amount: int | None = None  # minor units
    currency: str | None = None
    memo: str = ""
    reference: str | None = None
    tenant_id: str | None = None
    invoices: tuple[str, ...] = ()  # ids of those that the memo names
    problems: tuple[str, ...] = ()
    state: LineState = LineState.OPEN
    entry: int | None = None


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A bank statement as it was read."""

    encoding: str
    delimiter: str
    columns: dict[str, tuple[str, ...]]  # which of the file's columns stand for what
    lines: tuple[StatementLine, ...]


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A bank statement that somebody uploaded to look at it first."""

    id: str
    name: str
    encoding: str
    delimiter: str
    columns: dict[str, tuple[str, ...]]
    uploaded_at: datetime
    uploaded_by: str
    expires_at: datetime
