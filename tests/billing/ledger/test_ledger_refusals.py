"""What cannot be: each is refused with its code, and leaves nothing behind. And what comes twice counts once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from books import FREELY, Books, day, finance

from frostgate.base.errors import Refused
from frostgate.base.money import CurrencyUnknown
from frostgate.billing.ledger import disputes, giving, service
from frostgate.billing.ledger.drafts import DisputeDraft, RefundDraft, WriteOffDraft
from frostgate.billing.ledger.errors import (
    AmountUnusable,
    CurrencyDiffers,
    DueUnusable,
    EntryUnknown,
    InFuture,
    InvoiceRepeated,
    InvoiceUnknown,
    KeyReused,
    LedgerClosed,
    MoreThanAvailable,
    MoreThanBilled,
    MoreThanOpen,
    PeriodUnusable,
    ReferenceReused,
)
from frostgate.billing.ledger.model import AMOUNT_MOST, InvoiceLine, Position
from frostgate.directory.errors import TenantUnknown
from frostgate.standing.model import Service

LINE = InvoiceLine(service=Service.VOICE, unit="voice_minute", quantity=1, amount=10)

BAD: list[tuple[type[Refused], Callable[[Books], Any]]] = [
    (CurrencyUnknown, lambda books: books.pay(10, currency="XXX")),
    (CurrencyUnknown, lambda books: books.charge(10, currency="cny")),
    (CurrencyUnknown, lambda books: books.invoice(10, currency="BTC")),
    (CurrencyUnknown, lambda books: books.top_up(10, currency="")),
    (CurrencyUnknown, lambda books: books.refund(10, currency="???")),
    (AmountUnusable, lambda books: books.pay(0)),
    (AmountUnusable, lambda books: books.pay(-10)),
    (AmountUnusable, lambda books: books.pay(AMOUNT_MOST + 1)),
    (AmountUnusable, lambda books: books.charge(-1)),
    (AmountUnusable, lambda books: books.top_up(-1)),
    (AmountUnusable, lambda books: books.refund(-1)),
    (AmountUnusable, lambda books: books.invoice(-1)),
    (AmountUnusable, lambda books: books.invoice(10, charged=-10)),
    (AmountUnusable, lambda books: books.credit(books.invoice(10), -1)),
    (AmountUnusable, lambda books: books.write_off(books.invoice(10), 0)),
    (AmountUnusable, lambda books: books.dispute(books.invoice(10), -1)),
    (AmountUnusable, lambda books: books.pay(10, to={books.invoice(10).id: -5})),
    (InFuture, lambda books: books.pay(10, at=books.clock.now() + timedelta(microseconds=1))),
    (TenantUnknown, lambda books: books.pay(10, tenant_id="nobody")),
    (TenantUnknown, lambda books: books.pay(10, tenant_id="no\x00body")),
    (InvoiceUnknown, lambda books: books.pay(10, to={"nothing": 5})),
    (MoreThanOpen, lambda books: books.pay(100, to={books.invoice(10).id: 11})),
    (MoreThanOpen, lambda books: books.write_off(books.invoice(10), 11)),
    (MoreThanAvailable, lambda books: books.pay(10, to={books.invoice(20).id: 11})),
    (MoreThanBilled, lambda books: books.credit(books.invoice(10), 11)),
    (MoreThanBilled, lambda books: books.dispute(books.invoice(10), 11)),
    (CurrencyDiffers, lambda books: books.pay(10, currency="JPY", to={books.invoice(20).id: 5})),
    (EntryUnknown, lambda books: books.does(service.reverse, books.reversal(99))),
    (DueUnusable, lambda books: books.invoice(10, due_in=-1)),
    (
        PeriodUnusable,
        lambda books: books.does(
            service.issue_invoice, books.bill((LINE,), first_day=day("2026-02-02"), last_day=day("2026-02-01"))
        ),
    ),
]


@pytest.mark.parametrize(("refusal", "do"), BAD, ids=[f"{n}-{kind.__name__}" for n, (kind, _) in enumerate(BAD)])
def test_what_cannot_be_is_refused_and_leaves_nothing(books: Books, refusal: type[Refused], do: Any) -> None:
    with pytest.raises(refusal) as refused:
        do(books)
    assert type(refused.value) is refusal
    assert {entry.kind.value for entry in books.entries()} <= {"invoice"}, "what it was to be about is all there is"
    assert books.on(Position.CASH) == 0


def test_one_payment_names_an_invoice_once(books: Books) -> None:
    share = books.payment(1, to={books.invoice(10).id: 5}).allocations
    assert share is not None
    with pytest.raises(InvoiceRepeated):
        books.does(service.post_payment, books.payment(10, shares=share * 2))


def test_nothing_of_another_tenant_s_is_touched(books: Books) -> None:
    books.tenant("bolt")
    theirs = books.invoice(100, tenant_id="bolt")
    with pytest.raises(InvoiceUnknown):
        books.pay(100, to={theirs.id: 100})
    with pytest.raises(InvoiceUnknown):
        books.credit(theirs, 10)
    with pytest.raises(InvoiceUnknown):
        books.does(disputes.open_dispute, DisputeDraft(invoice_id=theirs.id, amount=1, reason="mine?"))
    draft = WriteOffDraft(key="w", invoice_id=theirs.id, amount=1, memo="mine?")
    with pytest.raises(InvoiceUnknown):
        books.does(giving.write_off, draft, limits=FREELY, by=finance("ann"))
    books.pay(100)
    assert books.open_of(theirs) == 100


def test_a_payment_for_a_closed_tenant_is_refused(books: Books) -> None:
    books.does(service.close_ledger)
    with pytest.raises(LedgerClosed):
        books.pay(10)
    assert books.entries() == []


# Once


def test_the_same_command_again_is_carried_out_once(books: Books) -> None:
    draft = books.payment(100, memo="thank you")
    first = books.does(service.post_payment, draft)
    books.clock.move(timedelta(days=1))
    again = books.does(service.post_payment, draft)
    assert (again.entry, first.repeated, again.repeated) == (first.entry, False, True)
    assert (len(books.entries()), books.on(Position.CASH)) == (1, 100)


def test_a_key_stands_for_one_command(books: Books) -> None:
    books.pay(100, key="k")
    for other in (
        lambda: books.pay(101, key="k"),
        lambda: books.pay(100, key="k", memo="another"),
        lambda: books.top_up(100, key="k"),
        lambda: books.charge(100, key="k"),
        lambda: books.does(
            giving.refund,
            RefundDraft(key="k", amount=100, currency="CNY", of="unapplied", memo="x"),
            limits=FREELY,
            by=finance("ann"),
        ),
    ):
        with pytest.raises(KeyReused):
            other()
    assert len(books.entries()) == 1


def test_a_key_of_one_tenant_s_is_free_for_another(books: Books) -> None:
    books.tenant("bolt")
    books.pay(100, key="k", tenant_id="bolt")
    assert not books.pay(100, key="k").repeated


def test_the_same_money_by_webhook_and_by_bank_file_is_posted_once(books: Books) -> None:
    by_webhook = books.pay(100, key="webhook-1", source="stripe", reference="20260302-7")
    by_file = books.pay(100, key="file-9", source="bank.csv line 9", reference="20260302-7")
    as_top_up = books.top_up(100, key="other", reference="20260302-7")
    assert by_file.entry == as_top_up.entry == by_webhook.entry
    assert (by_file.repeated, as_top_up.repeated, books.on(Position.CASH)) == (True, True, 100)


@pytest.mark.parametrize("other", [{"amount": 99}, {"currency": "JPY"}])
def test_a_reference_stands_for_one_amount(books: Books, other: dict[str, Any]) -> None:
    books.pay(100, reference="r")
    with pytest.raises(ReferenceReused) as refused:
        books.pay(**{"amount": 100, "reference": "r", **other})
    assert refused.value.params["known"] == "1.00 CNY"


def test_an_invoice_sent_again_is_the_one_that_was_issued(books: Books) -> None:
    draft = books.bill((LINE,))
    first, invoice = books.does(service.issue_invoice, draft)
    again, same = books.does(service.issue_invoice, draft)
    assert (again.entry, same, again.repeated) == (first.entry, invoice, True)


def test_the_same_dispute_again_is_the_one_that_is_open(books: Books) -> None:
    invoice = books.invoice(100)
    assert books.dispute(invoice, 60) == books.dispute(invoice, 60)
    with pytest.raises(MoreThanBilled):
        books.dispute(invoice, 41)
