"""A tenant's ledger in the hands of one transaction: the only way in which entries come about."""

from datetime import UTC

import msgspec

from frostgate.base.model import Actor
from frostgate.base.money import Money
from frostgate.base.uow import Tx
from frostgate.billing.ledger import documents, store
from frostgate.billing.ledger.drafts import Draft, PaymentDraft, RefundDraft, TopUpDraft
from frostgate.billing.ledger.errors import (
    AmountUnusable,
    InFuture,
    KeyReused,
    LedgerClosed,
    ReferenceReused,
)
from frostgate.billing.ledger.facts import POSTED, InvoiceIssued
from frostgate.billing.ledger.model import (
    AMOUNT_MOST,
    Entry,
    EntryKind,
    Invoice,
    Line,
    OpenItem,
    Position,
    Posted,
    digest,
)


class HeldLedger:
    """One tenant's ledger, while others who want to post to it wait until the transaction ends.

    The journal's head is taken before it, in the one order that all keep: every posting states a fact.
    """

    def __init__(self, tx: Tx, tenant_id: str) -> None:
        """Take the ledger.

        Raises:
            TenantUnknown: there is no such tenant.
        """
        self.tx = tx
        self.tenant_id = tenant_id
        tx.take_head()
        self.ledger = store.hold_ledger(tx.connection, tenant_id)

    def must_be_open(self) -> None:
        """Pass where new things may be owed and paid.

        Raises:
            LedgerClosed: they may not.
        """
        if self.ledger.closed_at is not None:
            raise LedgerClosed

    def known(self, kind: EntryKind, draft: Draft) -> Posted | None:
        """What became of the command, where it was carried out before.

        Raises:
            KeyReused: its key stands for another command.
        """
        found = store.find_by_key(self.tx.connection, draft.key, tenant_id=self.tenant_id)
        if found is None:
            return None
        if found.content != content_of(kind, draft):
            raise KeyReused(pointer="/key")
        return Posted(entry=found, repeated=True)

    def known_money(self, draft: PaymentDraft | TopUpDraft) -> Posted | None:
        """The entry of money that came before, told by its reference: by webhook, say, and now in the bank's file.

        Raises:
            ReferenceReused: it was another amount then.
        """
        if draft.reference is None:
            return None
        found = store.find_incoming(self.tx.connection, draft.reference, tenant_id=self.tenant_id)
        if found is None:
            return None
        known = Money(found.amount_on(Position.CASH), found.currency)
        if known != Money(draft.amount, draft.currency):
            raise ReferenceReused(pointer="/reference", known=str(known))
        return Posted(entry=found, repeated=True)

    def check_time(self, draft: Draft) -> None:
        """Accept the time from which a command counts; the past will do.

        Raises:
            InFuture: it has not come.
        """
        if draft.at is not None and draft.at > self.tx.now:
            raise InFuture(pointer="/at")

    def balance(self, position: Position, currency: str, item_id: str | None = None) -> int:
        """What stands on a position, or on one item of it."""
        return store.balance(self.tx.connection, position, tenant_id=self.tenant_id, currency=currency, item_id=item_id)

    def open_items(self, currency: str) -> list[OpenItem]:
        """The invoices in this currency of which something is to be paid."""
        return documents.open_items(self.tx.connection, tenant_id=self.tenant_id, currency=currency)

    def invoice(self, invoice_id: str) -> Invoice:
        """One invoice of the tenant's.

        Raises:
            InvoiceUnknown: it has none of this id.
        """
        return documents.get_invoice(self.tx.connection, invoice_id, tenant_id=self.tenant_id)

    @property
    def next(self) -> int:
        """The number that the next entry gets."""
        return self.ledger.last + 1

    def post(
        self,
        kind: EntryKind,
        currency: str,
        lines: tuple[Line, ...],
        draft: Draft,
        *,
        actor: Actor,
        reverses: int | None = None,
        invoice: Invoice | None = None,
    ) -> Posted:
        """Add an entry, with the invoice that it issues, and state its fact."""
        assert sum(line.amount for line in lines) == 0, "BUG: an entry that does not balance"
        entry = Entry(
            tenant_id=self.tenant_id,
            seq=self.next,
            id=self.tx.new_id(),
            key=draft.key,
            kind=kind,
            currency=currency,
            lines=lines,
            at=(draft.at or self.tx.now).astimezone(UTC),
            posted_at=self.tx.now,
            actor=actor,
            reference=draft.reference if isinstance(draft, PaymentDraft | TopUpDraft | RefundDraft) else None,
            memo=draft.memo,
            source=draft.source,
            content=content_of(kind, draft),
            reverses=reverses,
        )
        store.add_entry(self.tx.connection, entry)
        self.ledger = msgspec.structs.replace(self.ledger, last=entry.seq)
        if invoice is None:
            self.tx.state(POSTED[kind].of(entry), actor=actor)
        else:
            documents.add_invoice(self.tx.connection, invoice)
            self.tx.state(InvoiceIssued.of_invoice(entry, invoice), actor=actor)
        return Posted(entry=entry)


def check_amount(money: Money, *, pointer: str = "/amount", least: int = 1) -> None:
    """Accept an amount.

    Raises:
        AmountUnusable: it is less than `least`, or more than one command takes.
    """
    if not least <= money.minor <= AMOUNT_MOST:
        raise AmountUnusable(pointer=pointer, most=str(Money(AMOUNT_MOST, money.currency)))


def content_of(kind: EntryKind, draft: Draft) -> str:
    """A digest of what a command asks for, whatever its key and whichever way it came."""
    return digest(kind, msgspec.structs.replace(draft, key="", source=None))
