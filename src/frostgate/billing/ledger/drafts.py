"""What may be asked of the ledger: each command as somebody writes it. Pure values."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from frostgate.billing.ledger.model import Amount, InvoiceLine
from frostgate.directory.model import Name
from frostgate.standing.model import Service

Currency = Annotated[str, msgspec.Meta(min_length=3, max_length=3, description="ISO 4217, such as CNY.")]
Memo = Annotated[str, msgspec.Meta(max_length=500)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every command has. The same `key` again is the same command, and is carried out once."""

    key: Name
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None  # when it counts; None: now
    memo: Memo = ""
    source: Name | None = None


class ChargeDraft(Draft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something was used: it is taken from the prepaid balance, or stands to be invoiced."""

    amount: Amount
    currency: Currency
    service: Service
    prepaid: bool = False


class InvoiceDraft(Draft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bill for a period, both days included."""

    currency: Currency
    first_day: date
    last_day: date
    due_on: date
    lines: Annotated[tuple[InvoiceLine, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Share(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of some money goes to which invoice."""

    invoice_id: Name
    amount: Amount


Shares = Annotated[tuple[Share, ...], msgspec.Meta(max_length=200)]


class PaymentDraft(Draft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money came. It goes where it is told to, or to what was due first; the rest stays to the tenant's credit."""

    amount: Amount
    currency: Currency
    reference: Name | None = None  # by which the same money is known, whichever way the news of it comes
    allocations: Shares | None = None


class TopUpDraft(Draft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money came in advance, for services that are paid from the prepaid balance."""

    amount: Amount
    currency: Currency
    reference: Name | None = None


class AllocationDraft(Draft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money that came before goes to invoices: as told, or to what was due first."""

    currency: Currency
    allocations: Shares | None = None


class RefundDraft(Draft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money goes back, of what is not allocated or of what was paid in advance."""

    amount: Amount
    currency: Currency
    of: Literal["unapplied", "prepaid"]
    reference: Name | None = None
    memo: Reason


class CreditNoteDraft(Draft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The invoice asked for too much. What was paid of it already becomes the tenant's credit."""

    invoice_id: Name
    amount: Amount
    memo: Reason


class WriteOffDraft(Draft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is open of an invoice will not come any more."""

    invoice_id: Name
    amount: Amount
    memo: Reason


class ReversalDraft(Draft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry was wrong, or its money did not come after all."""

    entry: Annotated[int, msgspec.Meta(ge=1, lt=2**62)]
    memo: Reason


class DisputeDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount that the tenant says it does not owe."""

    invoice_id: Name
    amount: Amount
    reason: Reason
