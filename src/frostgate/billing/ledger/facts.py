"""What the ledger states when something has happened to it. Pure."""

from collections.abc import Mapping
from typing import ClassVar, Self

import msgspec

from frostgate.base.model import Fact
from frostgate.billing.ledger.model import Dispute, Entry, EntryKind, Invoice, digest
from frostgate.billing.ledger.proposals import Proposal

BY_ITSELF = ":allocation"  # how the keys of such entries end


class EntryPosted(Fact, frozen=True, kw_only=True):
    """An entry was added. `digest` covers all of it, so the journal's chain covers the ledger, too."""

    kind: ClassVar[EntryKind]

    entry: Entry
    digest: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The fact of this entry."""
        return cls(tenant_id=entry.tenant_id, entry=entry, digest=digest(entry))

    def recorded(self) -> Fact:
        """Without the words that people wrote: the ledger keeps those, and the digest covers them."""
        return msgspec.structs.replace(self, entry=msgspec.structs.replace(self.entry, memo=""))


class ChargePosted(EntryPosted, frozen=True, kw_only=True):
    """Something was used and charged."""

    name = "billing.charge_posted"
    kind = EntryKind.CHARGE


class InvoiceIssued(EntryPosted, frozen=True, kw_only=True):
    """A bill was made; the digest covers its entry and all of its lines."""

    name = "billing.invoice_issued"
    kind = EntryKind.INVOICE

    invoice: Invoice

    @classmethod
    def of_invoice(cls, entry: Entry, invoice: Invoice) -> Self:
        """The fact of this invoice."""
        return cls(tenant_id=entry.tenant_id, entry=entry, invoice=invoice, digest=digest(entry, invoice))

    def recorded(self) -> Fact:
        """Without its lines, which the ledger keeps."""
        plain = msgspec.structs.replace(self, invoice=msgspec.structs.replace(self.invoice, lines=()))
        return super(InvoiceIssued, plain).recorded()


class PaymentPosted(EntryPosted, frozen=True, kw_only=True):
    """Money came."""

    name = "billing.payment_posted"
    kind = EntryKind.PAYMENT


class Allocated(EntryPosted, frozen=True, kw_only=True):
    """Money that was there went to invoices."""

    name = "billing.allocated"
    kind = EntryKind.ALLOCATION

    @property
    def by_itself(self) -> bool:
        """Whether nobody asked for it: what was to the tenant's credit went to what became owed."""
        return self.entry.key.endswith(BY_ITSELF)


class Refunded(EntryPosted, frozen=True, kw_only=True):
    """Money went back."""

    name = "billing.refunded"
    kind = EntryKind.REFUND


class CreditNoteIssued(EntryPosted, frozen=True, kw_only=True):
    """Less is owed of an invoice."""

    name = "billing.credit_note_issued"
    kind = EntryKind.CREDIT_NOTE


class WrittenOff(EntryPosted, frozen=True, kw_only=True):
    """What was open was given up."""

    name = "billing.written_off"
    kind = EntryKind.WRITE_OFF


class EntryReversed(EntryPosted, frozen=True, kw_only=True):
    """An entry was taken back by its opposite."""

    name = "billing.entry_reversed"
    kind = EntryKind.REVERSAL


class ToppedUp(EntryPosted, frozen=True, kw_only=True):
    """Money came in advance."""

    name = "billing.topped_up"
    kind = EntryKind.TOP_UP


POSTED: Mapping[EntryKind, type[EntryPosted]] = {fact.kind: fact for fact in EntryPosted.__subclasses__()}


class _OfDispute(Fact, frozen=True, kw_only=True):
    """What became of a dispute; `dispute` is how it stands now."""

    dispute: Dispute

    def recorded(self) -> Fact:
        """Without the words that people wrote."""
        return msgspec.structs.replace(self, dispute=msgspec.structs.replace(self.dispute, reason="", answer=None))


class DisputeOpened(_OfDispute, frozen=True, kw_only=True):
    """An amount does not age any more."""

    name = "billing.dispute_opened"


class DisputeDecided(_OfDispute, frozen=True, kw_only=True):
    """A dispute was upheld, which a credit note follows, or rejected."""

    name = "billing.dispute_decided"


class _OfProposal(Fact, frozen=True, kw_only=True):
    """What became of a proposal; `proposal` is how it stands now."""

    proposal: Proposal

    def recorded(self) -> Fact:
        """Without the words that people wrote."""
        draft = msgspec.structs.replace(self.proposal.draft, memo="-")
        wordless = msgspec.structs.replace(self.proposal, draft=draft, decision_reason=None)
        return msgspec.structs.replace(self, proposal=wordless)


class Proposed(_OfProposal, frozen=True, kw_only=True):
    """A refund or a write-off waits for a second person."""

    name = "billing.proposed"


class ProposalDecided(_OfProposal, frozen=True, kw_only=True):
    """A second person approved it, which its entry follows, or somebody rejected it."""

    name = "billing.proposal_decided"


class LedgerClosed(Fact, frozen=True, kw_only=True):
    """A tenant's ledger takes nothing new."""

    name = "billing.ledger_closed"


class LedgerReopened(Fact, frozen=True, kw_only=True):
    """A tenant's ledger takes new entries again."""

    name = "billing.ledger_reopened"
