"""What each command does to what a tenant owes and has."""

from datetime import timedelta

import pytest
from books import NEVER_ALONE, Books, finance, key

from frostgate.billing.ledger import service
from frostgate.billing.ledger.drafts import InvoiceDraft
from frostgate.billing.ledger.errors import (
    LedgerClosed,
    MoreThanAvailable,
    MoreThanBilled,
    MoreThanOpen,
    MoreThanUnbilled,
    NothingToAllocate,
    NotReversible,
    ProposalDecided,
    ReversedAlready,
)
from frostgate.billing.ledger.model import EntryKind, InvoiceLine, Position, Posted
from frostgate.billing.ledger.proposals import ApprovalLimits, Proposal, ProposalState
from frostgate.billing.ledger.verify import Sound
from frostgate.cases.errors import PersonNeeded
from frostgate.directory.auth import SYSTEM_PRINCIPAL
from frostgate.standing.model import SecondPersonNeeded, Service

RECEIVABLE, UNBILLED, PREPAID, UNAPPLIED, REVENUE, CASH, WRITE_OFF = Position


def test_what_was_charged_moves_to_the_invoice_and_the_rest_is_earned_now(books: Books) -> None:
    books.charge(998)
    assert (books.on(UNBILLED), books.on(REVENUE)) == (998, -998)
    invoice = books.invoice(1000, charged=998)
    assert (books.on(UNBILLED), books.on(RECEIVABLE), books.on(REVENUE)) == (0, 1000, -1000)
    assert (invoice.total, invoice.due, books.open_of(invoice)) == (1000, 1000, 1000)


def test_an_invoice_takes_over_no_more_than_was_charged(books: Books) -> None:
    books.charge(100)
    with pytest.raises(MoreThanUnbilled) as refused:
        books.invoice(200, charged=101)
    assert refused.value.params["available"] == "1.00 CNY"


def test_what_was_prepaid_is_shown_and_owed_no_more(books: Books) -> None:
    books.top_up(500)
    books.charge(300, prepaid=True)
    assert books.on(PREPAID) == -200
    chat = InvoiceLine(service=Service.MESSAGING, unit="message", quantity=3, amount=300, prepaid=True)
    voice = InvoiceLine(service=Service.VOICE, unit="voice_minute", quantity=7, amount=70)
    _, invoice = books.does(service.issue_invoice, books.bill((chat, voice)))
    assert (invoice.total, invoice.due, books.open_of(invoice)) == (370, 70, 70)


def test_an_invoice_of_nothing_due_is_settled_at_once(books: Books) -> None:
    invoice = books.invoice(300, prepaid=True)
    assert (invoice.total, invoice.due, books.open_of(invoice)) == (300, 0, 0)
    assert isinstance(books.verified(), Sound)


def test_use_goes_on_when_the_prepaid_balance_is_gone_and_the_ledger_says_so(books: Books) -> None:
    books.top_up(100)
    books.charge(130, prepaid=True)
    assert books.on(PREPAID) == 30


def test_invoice_numbers_have_no_gaps_and_begin_anew_each_year_of_the_tenant(books: Books) -> None:
    books.tenant("bolt")
    first = [books.invoice(10), books.invoice(10, tenant_id="bolt"), books.invoice(10)]
    assert [each.number for each in first] == ["ACME-2026-00001", "BOLT-2026-00001", "ACME-2026-00002"]
    books.clock.move(timedelta(days=304, hours=12, minutes=30))  # 00:30 in Shanghai on 1 January, 16:30 in UTC
    assert books.invoice(10).number == "ACME-2027-00001"


def test_a_payment_goes_to_what_was_due_first(books: Books) -> None:
    late, soon = books.invoice(100, due_in=30), books.invoice(50, due_in=5)
    books.pay(70)
    assert (books.open_of(soon), books.open_of(late)) == (0, 80)
    books.pay(80)
    assert books.open_of(late) == 0
    assert books.on(UNAPPLIED) == 0


def test_a_payment_goes_where_it_is_told_to(books: Books) -> None:
    late, soon = books.invoice(100, due_in=30), books.invoice(50, due_in=5)
    books.pay(70, to={late.id: 60})
    assert (books.open_of(soon), books.open_of(late), books.on(UNAPPLIED)) == (50, 40, -10)


def test_what_is_paid_too_much_pays_the_next_invoice(books: Books) -> None:
    books.invoice(100)
    books.pay(130)
    assert books.on(UNAPPLIED) == -30
    following = books.invoice(100)
    assert (books.open_of(following), books.on(UNAPPLIED)) == (70, 0)
    assert [entry.kind for entry in books.entries()][-2:] == [EntryKind.INVOICE, EntryKind.ALLOCATION]


def test_money_of_one_currency_pays_no_debt_in_another(books: Books) -> None:
    invoice = books.invoice(100)
    books.pay(500, currency="JPY")
    assert (books.open_of(invoice), books.on(UNAPPLIED, currency="JPY")) == (100, -500)


def test_money_that_was_there_is_allocated_when_somebody_says_so(books: Books) -> None:
    invoice = books.invoice(110)
    books.pay(60, to={})
    assert books.open_of(invoice) == 110
    books.allocate(**{invoice.id: 20})
    assert (books.open_of(invoice), books.on(UNAPPLIED)) == (90, -40)
    books.allocate()
    assert (books.open_of(invoice), books.on(UNAPPLIED)) == (50, 0)
    with pytest.raises(NothingToAllocate):
        books.allocate()


def test_a_back_dated_payment_counts_from_then_and_is_posted_now(books: Books) -> None:
    then = books.clock.now() - timedelta(days=3)
    entry = books.pay(50, at=then).entry
    assert (entry.at, entry.posted_at) == (then, books.clock.now())


def test_a_credit_note_asks_for_less_and_gives_back_what_was_paid(books: Books) -> None:
    invoice = books.invoice(100)
    books.pay(70)
    books.credit(invoice, 40)
    assert (books.open_of(invoice), books.on(UNAPPLIED), books.on(REVENUE)) == (0, -10, -60)
    books.refund(10)
    assert (books.on(UNAPPLIED), books.on(CASH)) == (0, 60)
    books.credit(invoice, 60)
    with pytest.raises(MoreThanBilled):
        books.credit(invoice, 1)


def test_what_was_written_off_is_not_credited_as_if_it_had_been_paid(books: Books) -> None:
    invoice = books.invoice(100)
    books.write_off(invoice, 80)
    with pytest.raises(MoreThanBilled) as refused:
        books.credit(invoice, 30)
    assert refused.value.params["available"] == "0.20 CNY"
    assert (books.open_of(invoice), books.on(WRITE_OFF)) == (20, 80)


def test_no_more_is_refunded_than_there_is(books: Books) -> None:
    books.pay(100)
    books.top_up(50)
    with pytest.raises(MoreThanAvailable):
        books.refund(101)
    with pytest.raises(MoreThanAvailable):
        books.refund(51, of="prepaid")
    books.refund(100)
    books.refund(50, of="prepaid")
    assert (books.on(UNAPPLIED), books.on(PREPAID), books.on(CASH)) == (0, 0, 0)


def test_a_payment_that_bounced_is_owed_again(books: Books) -> None:
    invoice = books.invoice(100)
    payment = books.pay(120)
    books.reverse(payment)
    assert (books.open_of(invoice), books.on(UNAPPLIED), books.on(CASH)) == (100, 0, 0)
    with pytest.raises(ReversedAlready):
        books.reverse(payment)


def test_what_has_been_used_since_is_reversed_first(books: Books) -> None:
    payment = books.pay(100)
    invoice = books.invoice(100)
    with pytest.raises(NotReversible):
        books.reverse(payment)
    allocation = Posted(entry=books.entries()[-1])
    books.reverse(allocation)
    books.reverse(payment)
    assert (books.open_of(invoice), books.on(UNAPPLIED)) == (100, 0)


def test_invoices_and_reversals_are_never_reversed(books: Books) -> None:
    books.invoice(100)
    with pytest.raises(NotReversible):
        books.reverse(Posted(entry=books.entries()[0]))
    undone = books.reverse(books.top_up(5))
    with pytest.raises(NotReversible):
        books.reverse(undone)


def test_a_charge_that_is_invoiced_is_corrected_by_a_credit_note(books: Books) -> None:
    charge = books.charge(100)
    books.invoice(100, charged=100)
    with pytest.raises(NotReversible):
        books.reverse(charge)
    later = books.charge(150)
    with pytest.raises(NotReversible):
        books.reverse(charge)
    books.reverse(later)
    assert books.on(UNBILLED) == 0


def test_a_closed_ledger_takes_nothing_new_and_can_be_settled(books: Books) -> None:
    invoice = books.invoice(100)
    books.pay(30, to={})
    books.top_up(50)
    books.does(service.close_ledger)
    for refused in (
        lambda: books.pay(10),
        lambda: books.top_up(10),
        lambda: books.charge(10),
        lambda: books.invoice(10),
    ):
        with pytest.raises(LedgerClosed):
            refused()
    books.allocate()
    books.credit(invoice, 20)
    books.write_off(invoice, 50)
    books.refund(50, of="prepaid")
    assert books.open_of(invoice) == 0
    books.does(service.reopen_ledger)
    books.pay(10)


def test_what_was_posted_before_the_ledger_closed_is_still_answered(books: Books) -> None:
    draft = books.payment(100)
    posted = books.does(service.post_payment, draft)
    books.does(service.close_ledger)
    again = books.does(service.post_payment, draft)
    assert (again.entry, again.repeated) == (posted.entry, True)


# Four eyes


def test_a_refund_above_the_limit_waits_for_a_second_person(books: Books) -> None:
    books.pay(501)
    limits = ApprovalLimits({"CNY": 500})
    proposal = books.refund(501, limits=limits)
    assert isinstance(proposal, Proposal)
    assert books.on(UNAPPLIED) == -501

    with pytest.raises(SecondPersonNeeded):
        books.approve(proposal, finance("ann"))
    with pytest.raises(PersonNeeded):
        books.approve(proposal, SYSTEM_PRINCIPAL)
    agreed, posted = books.approve(proposal, finance("bo"))

    assert (agreed.state, agreed.entry) == (ProposalState.APPROVED, posted.entry.seq)
    assert (books.on(UNAPPLIED), posted.entry.kind) == (0, EntryKind.REFUND)
    with pytest.raises(ProposalDecided):
        books.approve(proposal, finance("chen"))


def test_many_small_refunds_are_one_large_one(books: Books) -> None:
    invoice = books.invoice(1000)
    books.pay(800, to={})
    limits = ApprovalLimits({"CNY": 500})
    assert isinstance(books.refund(300, limits=limits), Posted)
    assert isinstance(books.write_off(invoice, 200, limits=limits), Posted)
    waits = books.refund(1, limits=limits)
    assert isinstance(waits, Proposal)
    books.approve(waits, finance("bo"))
    books.clock.move(timedelta(days=1))
    assert isinstance(books.refund(400, limits=limits), Posted), "what was given yesterday, or approved, is not counted"


def test_a_write_off_above_the_limit_waits_for_a_second_person(books: Books) -> None:
    invoice = books.invoice(100)
    proposal = books.write_off(invoice, 100, limits=NEVER_ALONE)
    assert (proposal.state, books.open_of(invoice)) == (ProposalState.OPEN, 100)
    books.approve(proposal, finance("bo"))
    assert (books.open_of(invoice), books.on(WRITE_OFF)) == (0, 100)


def test_what_was_paid_while_a_write_off_waited_is_not_written_off(books: Books) -> None:
    invoice = books.invoice(100)
    proposal = books.write_off(invoice, 100, limits=NEVER_ALONE)
    books.pay(40)
    with pytest.raises(MoreThanOpen):
        books.approve(proposal, finance("bo"))
    assert books.open_of(invoice) == 60


def test_the_same_proposal_again_is_the_one_that_waits(books: Books) -> None:
    books.pay(1000)
    again = key()
    first, second = (books.refund(600, limits=NEVER_ALONE, key=again) for _ in range(2))
    assert first == second
    books.approve(first, finance("bo"))
    third = books.refund(600, limits=NEVER_ALONE, key=again)
    assert (third.repeated, third.entry.kind, books.on(UNAPPLIED)) == (True, EntryKind.REFUND, -400)


def test_an_invoice_may_have_many_lines_with_their_usage(books: Books) -> None:
    lines = tuple(
        InvoiceLine(service=each, unit="minute", quantity=n, price=10, amount=n * 7, usage=(f"u{n}", f"v{n}"))
        for n, each in enumerate(Service)
    )
    draft: InvoiceDraft = books.bill(lines)
    _, invoice = books.does(service.issue_invoice, draft)
    assert invoice.lines == lines
    assert books.open_of(invoice) == sum(line.amount for line in lines)
