"""What the ledger refuses."""

from frostgate.base.errors import Conflict, NotFound, Refused


class AmountUnusable(Refused):
    """An amount that is not positive, or beyond what one entry takes (`most`)."""

    code = "billing.amount_unusable"


class InFuture(Refused):
    """It would count from a time that has not come."""

    code = "billing.in_future"


class KeyReused(Conflict):
    """The key stands for another command, which was carried out before."""

    code = "billing.key_reused"


class ReferenceReused(Conflict):
    """Money with this reference came before, and it was another amount (`known`)."""

    code = "billing.reference_reused"


class LedgerClosed(Conflict):
    """The tenant's ledger is closed: nothing new is owed or paid."""

    code = "billing.ledger_closed"


class EntryUnknown(NotFound):
    """The tenant's ledger has no such entry."""

    code = "billing.entry_unknown"


class InvoiceUnknown(NotFound):
    """The tenant has no such invoice."""

    code = "billing.invoice_unknown"


class InvoiceRepeated(Refused):
    """One allocation names an invoice twice, and we will not guess which amount counts."""

    code = "billing.invoice_repeated"


class CurrencyDiffers(Refused):
    """The invoice is in another currency (`currency`)."""

    code = "billing.currency_differs"


class PeriodUnusable(Refused):
    """A period that ends before it begins."""

    code = "billing.period_unusable"


class DueUnusable(Refused):
    """An invoice that would be due before it is issued."""

    code = "billing.due_unusable"


class MoreThanUnbilled(Conflict):
    """The invoice takes over more than was charged and is unbilled (`available`)."""

    code = "billing.more_than_unbilled"


class MoreThanOpen(Conflict):
    """More than is open of the invoice (`available`)."""

    code = "billing.more_than_open"


class MoreThanAvailable(Conflict):
    """More than the tenant has to its credit there (`available`)."""

    code = "billing.more_than_available"


class MoreThanBilled(Conflict):
    """More than the invoice asked for, after what was credited, written off or disputed before (`available`)."""

    code = "billing.more_than_billed"


class NothingToAllocate(Conflict):
    """There is no money that is not allocated, or no invoice that it could pay."""

    code = "billing.nothing_to_allocate"


class NotReversible(Conflict):
    """Entries of this kind are never reversed, or what this one moved has been used since."""

    code = "billing.not_reversible"


class ReversedAlready(Conflict):
    """The entry was reversed before, by entry `entry`."""

    code = "billing.reversed_already"


class DisputeUnknown(NotFound):
    """The tenant has no such dispute."""

    code = "billing.dispute_unknown"


class DisputeClosed(Conflict):
    """The dispute was decided before."""

    code = "billing.dispute_closed"


class ProposalUnknown(NotFound):
    """The tenant has no such proposal."""

    code = "billing.proposal_unknown"


class ProposalDecided(Conflict):
    """Somebody approved or rejected the proposal before."""

    code = "billing.proposal_decided"
