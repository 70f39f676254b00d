"""Whatever is charged, billed, paid and given back, in whatever order: the promises of the ledger stand."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from books import FREELY, NEVER_ALONE, Books, finance, key
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from frostgate.base.errors import Refused, StoreUnavailable
from frostgate.billing.ledger import disputes, documents, giving, service, store
from frostgate.billing.ledger.aging import aging, parts
from frostgate.billing.ledger.drafts import (
    AllocationDraft,
    ChargeDraft,
    CreditNoteDraft,
    DisputeDraft,
    PaymentDraft,
    RefundDraft,
    ReversalDraft,
    Share,
    TopUpDraft,
    WriteOffDraft,
)
from frostgate.billing.ledger.model import Entry, EntryKind, Invoice, InvoiceLine, Position
from frostgate.billing.ledger.proposals import Proposal
from frostgate.billing.ledger.verify import Sound, verify
from frostgate.standing.model import Service
from servers import Databases

_numbers = itertools.count(1)
amounts = st.integers(-5, 120)
currencies = st.sampled_from(["CNY", "CNY", "CNY", "JPY", "XXX"])
moments = st.sampled_from([None, timedelta(0), timedelta(days=-40), timedelta(days=1)])


class Ledgers(RuleBasedStateMachine):
    """A tenant, everything that can happen to its ledger, and a model of cash, debts and credit."""

    invoices = Bundle("invoices")
    drafts = Bundle("drafts")  # (command, draft) that were carried out
    waiting = Bundle("waiting")
    disputed = Bundle("disputed")

    def __init__(self, books: Books) -> None:
        super().__init__()
        self.books = books

    @initialize()
    def begin(self) -> None:
        self.tenant = self.books.tenant(f"tenant-{next(_numbers)}")
        self.seen: list[Entry] = []

    def entries(self) -> list[Entry]:
        return self.books.entries(self.tenant)

    def attempt(self, command: Any, *drafts: Any, **more: Any) -> Any:
        """Carry out a command; None where the ledger refused it, and then nothing has changed."""
        before = self.entries()
        try:
            return self.books.does(command, *drafts, tenant_id=self.tenant, **more)
        except StoreUnavailable:
            raise  # by the database, whatever was asked: a test that could not be carried out
        except Refused:
            assert self.entries() == before
            return None

    def at(self, shift: timedelta | None) -> Any:
        return None if shift is None else self.books.clock.now() + shift

    def carried(self, command: Any, draft: Any, posted: Any) -> Any:
        return multiple() if posted is None else (command, draft)

    @rule(target=drafts, amount=amounts, currency=currencies, prepaid=st.booleans(), shift=moments)
    def charge(self, amount: int, currency: str, prepaid: bool, shift: Any) -> Any:
        draft = ChargeDraft(
            key=key(),
            amount=amount,
            currency=currency,
            service=Service.LIVE,
            prepaid=prepaid,
            at=self.at(shift),
        )
        posted = self.attempt(service.post_charge, draft)
        assert (posted is not None) is (amount > 0 and currency != "XXX" and shift != timedelta(days=1))
        return self.carried(service.post_charge, draft, posted)

    @rule(
        target=invoices,
        amount=amounts,
        charged=st.integers(0, 60),
        currency=currencies,
        prepaid=st.booleans(),
        due_in=st.integers(-1, 40),
    )
    def issue(self, amount: int, charged: int, currency: str, prepaid: bool, due_in: int) -> Any:
        lines = tuple(
            InvoiceLine(service=each, unit="u", quantity=1, amount=amount, charged=charged, prepaid=prepaid)
            for each in (Service.LIVE, Service.VOICE)
        )
        issued = self.attempt(service.issue_invoice, self.books.bill(lines, due_in=due_in, currency=currency))
        return multiple() if issued is None else issued[1]

    @rule(
        target=drafts,
        amount=amounts,
        currency=currencies,
        to=st.none() | st.lists(st.tuples(invoices, st.integers(0, 80)), max_size=3),
        reference=st.none() | st.sampled_from(["r1", "r2", "r3"]),
        shift=moments,
    )
    def pay(self, amount: int, currency: str, to: Any, reference: str | None, shift: Any) -> Any:
        shares = None if to is None else tuple(Share(invoice_id=each.id, amount=share) for each, share in to)
        draft = PaymentDraft(
            key=key(),
            amount=amount,
            currency=currency,
            allocations=shares,
            reference=reference,
            at=self.at(shift),
        )
        return self.carried(service.post_payment, draft, self.attempt(service.post_payment, draft))

    @rule(target=drafts, amount=amounts, currency=currencies)
    def top_up(self, amount: int, currency: str) -> Any:
        draft = TopUpDraft(key=key(), amount=amount, currency=currency)
        return self.carried(service.top_up, draft, self.attempt(service.top_up, draft))

    @rule(target=drafts, currency=currencies, to=st.none() | st.lists(st.tuples(invoices, amounts), max_size=2))
    def allocate(self, currency: str, to: Any) -> Any:
        shares = None if to is None else tuple(Share(invoice_id=each.id, amount=share) for each, share in to)
        draft = AllocationDraft(key=key(), currency=currency, allocations=shares)
        return self.carried(service.allocate, draft, self.attempt(service.allocate, draft))

    @rule(target=drafts, invoice=invoices, amount=amounts)
    def credit(self, invoice: Invoice, amount: int) -> Any:
        draft = CreditNoteDraft(key=key(), invoice_id=invoice.id, amount=amount, memo="m")
        return self.carried(giving.issue_credit_note, draft, self.attempt(giving.issue_credit_note, draft))

    @rule(target=waiting, amount=amounts, of=st.sampled_from(["unapplied", "prepaid"]), alone=st.booleans())
    def refund(self, amount: int, of: Any, alone: bool) -> Any:
        draft = RefundDraft(key=key(), amount=amount, currency="CNY", of=of, memo="m")
        return self.given(giving.refund, draft, alone=alone)

    @rule(target=waiting, invoice=invoices, amount=amounts, alone=st.booleans())
    def write_off(self, invoice: Invoice, amount: int, alone: bool) -> Any:
        draft = WriteOffDraft(key=key(), invoice_id=invoice.id, amount=amount, memo="m")
        return self.given(giving.write_off, draft, alone=alone)

    def given(self, command: Any, draft: Any, *, alone: bool) -> Any:
        before = len(self.entries())
        found = self.attempt(command, draft, limits=FREELY if alone else NEVER_ALONE, by=finance("ann"))
        if not isinstance(found, Proposal):
            assert found is None or alone
            return multiple()
        assert len(self.entries()) == before
        return found

    @rule(proposal=waiting, who=st.sampled_from(["ann", "bo"]), agreed=st.booleans())
    def decide(self, proposal: Proposal, who: str, agreed: bool) -> None:
        if not agreed:
            self.attempt(giving.reject, proposal.id, reason="no", by=finance(who))
            return
        done = self.attempt(giving.approve, proposal.id, reason=None, by=finance(who))
        assert done is None or who != "ann"

    @rule(target=disputed, invoice=invoices, amount=amounts)
    def dispute(self, invoice: Invoice, amount: int) -> Any:
        draft = DisputeDraft(invoice_id=invoice.id, amount=amount, reason=f"r{next(_numbers)}")
        return self.attempt(disputes.open_dispute, draft) or multiple()

    @rule(dispute=disputed, upheld=st.booleans())
    def settle(self, dispute: Any, upheld: bool) -> None:
        how = disputes.uphold_dispute if upheld else disputes.reject_dispute
        self.attempt(how, dispute.id, answer="a")

    @rule(back=st.integers(0, 12))
    def reverse(self, back: int) -> None:
        found = self.entries()
        if back < len(found):
            draft = ReversalDraft(key=key(), entry=found[-1 - back].seq, memo="m")
            self.attempt(service.reverse, draft)

    @rule(carried=drafts)
    def send_again(self, carried: Any) -> None:
        before = self.entries()
        assert self.books.does(*carried, tenant_id=self.tenant).repeated
        assert self.entries() == before

    @rule(closed=st.sampled_from([False, False, False, True]))
    def close_or_reopen(self, closed: bool) -> None:
        """Mostly open: a closed one would refuse almost everything."""
        self.books.does(service.close_ledger if closed else service.reopen_ledger, tenant_id=self.tenant)
        if closed:
            assert self.attempt(service.top_up, TopUpDraft(key="closed", amount=1, currency="CNY")) is None
            self.books.does(service.reopen_ledger, tenant_id=self.tenant)

    @rule(days=st.integers(1, 40))
    def let_time_pass(self, days: int) -> None:
        self.books.clock.move(timedelta(days=days))

    @invariant()
    def nothing_is_edited_and_everything_adds_up(self) -> None:
        now = self.entries()
        assert now[: len(self.seen)] == self.seen
        assert [entry.seq for entry in now] == [*range(1, len(now) + 1)]
        assert all(sum(line.amount for line in entry.lines) == 0 for entry in now)
        self.seen = now
        with self.books.program.uow.look() as connection:
            kept = store.every_balance(connection, tenant_id=self.tenant)
        added: dict[Any, int] = {}
        for entry in now:
            for line in entry.lines:
                place = entry.currency, line.position, line.item_id
                added[place] = added.get(place, 0) + line.amount
        assert kept == {place: amount for place, amount in added.items() if amount}

    @invariant()
    def nobody_owes_less_than_nothing(self) -> None:
        with self.books.program.uow.look() as connection:
            kept = store.every_balance(connection, tenant_id=self.tenant)
        for (_, position, _), amount in kept.items():
            if position in {Position.RECEIVABLE, Position.UNBILLED}:
                assert amount > 0
            if position is Position.UNAPPLIED:
                assert amount < 0

    @invariant()
    def of_every_invoice_what_was_asked_for_is_what_became_of_it(self) -> None:
        with self.books.program.uow.look() as connection:
            kept = store.every_balance(connection, tenant_id=self.tenant)
            for each in documents.list_invoices(connection, tenant_id=self.tenant, limit=1000):
                on = {place: kept.get((each.currency, place, each.id), 0) for place in Position}
                paid = -sum(
                    line.amount
                    for entry in self.seen
                    if entry.kind in {EntryKind.PAYMENT, EntryKind.ALLOCATION, EntryKind.REVERSAL}
                    if entry.kind is not EntryKind.REVERSAL or self.undoes_money(entry)
                    for line in entry.lines
                    if (line.position, line.item_id) == (Position.RECEIVABLE, each.id)
                )
                back = sum(
                    line.amount
                    for entry in self.seen
                    if self.credits(entry, each.id)
                    for line in entry.lines
                    if line.position is Position.UNAPPLIED
                )
                credited_off = on[Position.REVENUE] + back
                assert each.due == on[Position.RECEIVABLE] + paid + credited_off + on[Position.WRITE_OFF]
                assert 0 <= on[Position.REVENUE] + on[Position.WRITE_OFF] <= each.due

    def undoes_money(self, entry: Entry) -> bool:
        """Whether a reversal took back a payment or an allocation."""
        assert entry.reverses is not None
        return self.seen[entry.reverses - 1].kind in {EntryKind.PAYMENT, EntryKind.ALLOCATION}

    def credits(self, entry: Entry, invoice_id: str) -> bool:
        """Whether an entry is a credit note about an invoice, or took one back."""
        about = entry if entry.reverses is None else self.seen[entry.reverses - 1]
        return about.kind is EntryKind.CREDIT_NOTE and any(line.item_id == invoice_id for line in about.lines)

    @invariant()
    def aging_is_what_is_open(self) -> None:
        with self.books.program.uow.look() as connection:
            items = documents.open_items(connection, tenant_id=self.tenant)
        for item in items:
            assert sum(part.amount for part in parts(item)) == item.open
        by_age = aging(items, at=self.books.clock.now())
        for each in by_age:
            assert each.total == self.books.on(Position.RECEIVABLE, tenant_id=self.tenant, currency=each.currency)

    def teardown(self) -> None:
        with self.books.program.uow.look() as connection:
            assert isinstance(verify(connection), Sound)


@pytest.fixture
def machine_books(backend: str, databases: Databases) -> Iterator[Books]:
    url = databases.make(backend)
    built = Books(url)
    yield built
    built.close()
    databases.remove(url)


def test_the_promises_of_the_ledger_stand_whatever_happens(machine_books: Books) -> None:
    """Each example works in a tenant of its own."""
    run_state_machine_as_test(
        lambda: Ledgers(machine_books),
        settings=settings(
            max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
