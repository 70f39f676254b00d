"""A house whose tenants are billed: commands of the ledger by short names."""

import itertools
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from frostgate.app import Program
from frostgate.base.model import SYSTEM, Actor, ActorKind
from frostgate.billing.ledger import disputes, documents, giving, service, store
from frostgate.billing.ledger.aging import Aging, aging
from frostgate.billing.ledger.drafts import (
    AllocationDraft,
    ChargeDraft,
    CreditNoteDraft,
    DisputeDraft,
    InvoiceDraft,
    PaymentDraft,
    RefundDraft,
    ReversalDraft,
    Share,
    TopUpDraft,
    WriteOffDraft,
)
from frostgate.billing.ledger.model import Dispute, Entry, Invoice, InvoiceLine, Position, Posted
from frostgate.billing.ledger.proposals import ApprovalLimits, Proposal
from frostgate.billing.ledger.verify import Fault, Sound, verify
from frostgate.directory.model import Principal
from frostgate.directory.permissions import PERMISSIONS, Role
from frostgate.standing.model import Service
from house import House

_numbers = itertools.count(1)
FREELY = ApprovalLimits({"CNY": 10**13, "JPY": 10**13})
NEVER_ALONE = ApprovalLimits({})


def finance(name: str) -> Principal:
    """Somebody of the finance staff, signed in."""
    actor = Actor(ActorKind.OPERATOR, name)
    return Principal(
        actor=actor, role=Role.FINANCE, tenant_id=None, permissions=PERMISSIONS[Role.FINANCE], operator_id=name
    )


class Books(House):
    """Every command has a key of its own where none is given; amounts are minor units of CNY."""

    def does(
        self, command: Any, *drafts: Any, tenant_id: str = "acme", through: Program | None = None, **more: Any
    ) -> Any:
        """Carry out one command."""
        if not {"actor", "by"} & more.keys():
            more["actor"] = SYSTEM
        with (through or self.program).uow.begin() as tx:
            return command(tx, *drafts, tenant_id=tenant_id, **more)

    def charge(self, amount: int, *, prepaid: bool = False, **more: Any) -> Posted:
        draft = ChargeDraft(
            amount=amount, service=Service.MESSAGING, prepaid=prepaid, **{"key": key(), "currency": "CNY", **more}
        )
        found: Posted = self.does(service.post_charge, draft)
        return found

    def invoice(self, amount: int, *, due_in: int = 14, tenant_id: str = "acme", **more: Any) -> Invoice:
        """A bill of one line, due in so many days."""
        known = {"service": Service.MESSAGING, "unit": "message", "quantity": amount}
        line = {name: more.pop(name) for name in ("charged", "prepaid", "usage") if name in more}
        lines = (InvoiceLine(amount=amount, **known, **line),)
        draft = self.bill(lines, due_in=due_in, **more)
        return self.does(service.issue_invoice, draft, tenant_id=tenant_id)[1]  # type: ignore[no-any-return]

    def bill(self, lines: tuple[InvoiceLine, ...], *, due_in: int = 14, **more: Any) -> InvoiceDraft:
        """A draft of an invoice for the month before."""
        today = self.clock.now().date()
        days = {"first_day": today - timedelta(30), "last_day": today, "due_on": today + timedelta(due_in)}
        return InvoiceDraft(lines=lines, **{"key": key(), "currency": "CNY", **days, **more})

    def payment(
        self, amount: int, *, to: dict[str, int] | None = None, shares: tuple[Share, ...] | None = None, **more: Any
    ) -> PaymentDraft:
        """A draft of a payment; `to` names invoices and their shares."""
        if to is not None:
            shares = tuple(Share(invoice_id=name, amount=each) for name, each in to.items())
        return PaymentDraft(amount=amount, allocations=shares, **{"key": key(), "currency": "CNY", **more})

    def pay(self, amount: int, *, tenant_id: str = "acme", through: Program | None = None, **more: Any) -> Posted:
        found: Posted = self.does(
            service.post_payment, self.payment(amount, **more), tenant_id=tenant_id, through=through
        )
        return found

    def top_up(self, amount: int, *, tenant_id: str = "acme", **more: Any) -> Posted:
        draft = TopUpDraft(amount=amount, **{"key": key(), "currency": "CNY", **more})
        found: Posted = self.does(service.top_up, draft, tenant_id=tenant_id)
        return found

    def allocate(self, **to: int) -> Posted:
        shares = tuple(Share(invoice_id=name, amount=each) for name, each in to.items()) or None
        draft = AllocationDraft(key=key(), currency="CNY", allocations=shares)
        found: Posted = self.does(service.allocate, draft)
        return found

    def credit(self, invoice: Invoice, amount: int) -> Posted:
        draft = CreditNoteDraft(key=key(), invoice_id=invoice.id, amount=amount, memo="too much")
        found: Posted = self.does(giving.issue_credit_note, draft)
        return found

    def refund(self, amount: int, *, of: Any = "unapplied", limits: ApprovalLimits = FREELY, **more: Any) -> Any:
        draft = RefundDraft(amount=amount, of=of, memo="asked for", **{"key": key(), "currency": "CNY", **more})
        return self.does(giving.refund, draft, limits=limits, by=finance("ann"))

    def write_off(self, invoice: Invoice, amount: int, *, limits: ApprovalLimits = FREELY) -> Any:
        draft = WriteOffDraft(key=key(), invoice_id=invoice.id, amount=amount, memo="bankrupt")
        return self.does(giving.write_off, draft, limits=limits, by=finance("ann"))

    def approve(self, proposal: Proposal, who: Principal) -> tuple[Proposal, Posted]:
        found: tuple[Proposal, Posted] = self.does(giving.approve, proposal.id, reason=None, by=who)
        return found

    def reversal(self, seq: int) -> ReversalDraft:
        """A draft that takes an entry back."""
        return ReversalDraft(key=key(), entry=seq, memo="it bounced")

    def reverse(self, posted: Posted) -> Posted:
        found: Posted = self.does(service.reverse, self.reversal(posted.entry.seq))
        return found

    def dispute(self, invoice: Invoice, amount: int, reason: str = "we never sent so many") -> Dispute:
        draft = DisputeDraft(invoice_id=invoice.id, amount=amount, reason=reason)
        found: Dispute = self.does(disputes.open_dispute, draft)
        return found

    def decide(self, dispute: Dispute, *, upheld: bool) -> Dispute:
        how = disputes.uphold_dispute if upheld else disputes.reject_dispute
        found: Dispute = self.does(how, dispute.id, answer="we looked")
        return found

    # What can be seen

    def on(self, position: Position, *, tenant_id: str = "acme", currency: str = "CNY") -> int:
        """The balance of a position, over all of its items."""
        with self.program.uow.look() as connection:
            every = store.every_balance(connection, tenant_id=tenant_id)
        return sum(amount for (money, place, _), amount in every.items() if (money, place) == (currency, position))

    def open_of(self, invoice: Invoice) -> int:
        """What is open of an invoice."""
        with self.program.uow.look() as connection:
            items = documents.open_items(connection, tenant_id=invoice.tenant_id, only=invoice.id)
        return items[0].open if items else 0

    def aging(self, tenant_id: str = "acme") -> list[Aging]:
        with self.program.uow.look() as connection:
            return aging(documents.open_items(connection, tenant_id=tenant_id), at=self.clock.now())

    def entries(self, tenant_id: str = "acme") -> list[Entry]:
        with self.program.uow.look() as connection:
            return store.list_entries(connection, tenant_id=tenant_id, limit=10_000)

    def verified(self) -> Sound | Fault:
        with self.program.uow.look() as connection:
            return verify(connection)

    def by_hand(self, statement: str, **values: Any) -> None:
        """Change something below the program."""
        with self.program.database.write() as connection:
            connection.execute(sa.text(statement), values)


def key() -> str:
    """A key that was not used before."""
    return f"k{next(_numbers)}"


def day(text: str) -> date:
    return date.fromisoformat(text)
