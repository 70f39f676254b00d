"""What needs a second person: refunds and write-offs above a limit. Pure values and transitions."""

import enum
from collections.abc import Mapping
from datetime import datetime

import msgspec

from frostgate.base.model import Actor
from frostgate.base.money import Money
from frostgate.billing.ledger.drafts import RefundDraft, WriteOffDraft
from frostgate.billing.ledger.errors import ProposalDecided
from frostgate.billing.ledger.model import EntryKind
from frostgate.standing.model import SecondPersonNeeded


class ProposalState(enum.StrEnum):
    """How far a proposal has come."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


class ApprovalLimits(msgspec.Struct, frozen=True):
    """How much of a tenant's money may be given away in a day without a second person.

    In minor units by currency; nothing where none is named. What is given in small pieces adds up.
    """

    above: Mapping[str, int]

    def needs_second_person(self, money: Money) -> bool:
        """Whether somebody else must agree."""
        return money.minor > self.above.get(money.currency, 0)


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A refund or a write-off that somebody asked for. `proposed_by` is the person, whichever way they asked."""

    id: str
    tenant_id: str
    key: str
    kind: EntryKind
    currency: str
    amount: int
    draft: RefundDraft | WriteOffDraft  # as it was asked for
    content: str
    state: ProposalState = ProposalState.OPEN
    proposed_by: Actor
    proposed_at: datetime
    decided_by: Actor | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None
    entry: int | None = None  # what was posted when it was approved

    def approved(self, *, by: Actor, at: datetime, reason: str | None, entry: int) -> "Proposal":
        """The proposal, agreed to, with the number of the entry that follows.

        Raises:
            ProposalDecided: it was decided about before.
            SecondPersonNeeded: the same person proposed it.
        """
        if by == self.proposed_by:
            raise SecondPersonNeeded
        agreed = self._decided(ProposalState.APPROVED, by=by, at=at, reason=reason)
        return msgspec.structs.replace(agreed, entry=entry)

    def rejected(self, *, by: Actor, at: datetime, reason: str) -> "Proposal":
        """The proposal, which comes to nothing. Whoever proposed it may think better of it, too.

        Raises:
            ProposalDecided: it was decided about before.
        """
        return self._decided(ProposalState.REJECTED, by=by, at=at, reason=reason)

    def _decided(self, state: ProposalState, *, by: Actor, at: datetime, reason: str | None) -> "Proposal":
        if self.state is not ProposalState.OPEN:
            raise ProposalDecided(state=self.state.value)
        return msgspec.structs.replace(self, state=state, decided_by=by, decided_at=at, decision_reason=reason)
