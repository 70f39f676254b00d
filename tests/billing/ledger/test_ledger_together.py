"""Many at once, from several processes: exact to the cent, and each thing once."""

from collections.abc import Callable
from functools import partial
from typing import Any

from books import FREELY, Books, finance, key

from frostgate.base.errors import Refused
from frostgate.billing.ledger import giving, service
from frostgate.billing.ledger.drafts import ChargeDraft, RefundDraft
from frostgate.billing.ledger.model import Position
from frostgate.billing.ledger.verify import Sound
from frostgate.standing.model import Service
from together import at_once

MANY = 12


def tried(do: Callable[[], Any]) -> str:
    """What became of it: the code of its refusal, or nothing."""
    try:
        do()
    except Refused as refused:
        return refused.code
    return ""


def test_charges_and_payments_at_once_lose_no_cent(books: Books) -> None:
    programs = [books.program, books.another()]

    def work(who: int) -> None:
        through = programs[who % 2]
        for n in range(5):
            draft = ChargeDraft(key=f"c{who}-{n}", amount=7, currency="CNY", service=Service.VOICE)
            books.does(service.post_charge, draft, through=through)
            books.pay(11, key=f"p{who}-{n}", through=through)

    at_once([partial(work, who) for who in range(6)])
    assert (books.on(Position.UNBILLED), books.on(Position.CASH)) == (30 * 7, 30 * 11)
    assert [entry.seq for entry in books.entries()] == [*range(1, 61)]
    assert isinstance(books.verified(), Sound)


def test_of_many_who_send_the_same_payment_one_posts_it(books: Books) -> None:
    invoice = books.invoice(100)
    programs = [books.program, books.another()]
    same_key = books.payment(60)
    found = at_once([partial(books.does, service.post_payment, same_key, through=programs[n % 2]) for n in range(MANY)])
    assert [each.repeated for each in found].count(False) == 1
    found = at_once([partial(books.pay, 20, reference="r", through=programs[n % 2]) for n in range(MANY)])
    assert [each.repeated for each in found].count(False) == 1
    assert (books.open_of(invoice), books.on(Position.CASH)) == (20, 80)


def test_no_money_is_refunded_twice(books: Books) -> None:
    books.pay(500)
    programs = [books.program, books.another()]

    def refund(n: int) -> str:
        draft = RefundDraft(key=f"r{n}", amount=100, currency="CNY", of="unapplied", memo="asked for")
        through = programs[n % 2]
        return tried(lambda: books.does(giving.refund, draft, limits=FREELY, by=finance("ann"), through=through))

    codes = at_once([partial(refund, n) for n in range(MANY)])
    assert sorted(codes) == [""] * 5 + ["billing.more_than_available"] * (MANY - 5)
    assert (books.on(Position.UNAPPLIED), books.on(Position.CASH)) == (0, 0)


def test_a_proposal_is_carried_out_once(books: Books) -> None:
    books.pay(100)
    draft = RefundDraft(key=key(), amount=10, currency="CNY", of="unapplied", memo="asked for")
    programs = [books.program, books.another()]
    limits = type(FREELY)({})
    proposals = at_once(
        [
            partial(books.does, giving.refund, draft, limits=limits, by=finance("ann"), through=programs[n % 2])
            for n in range(4)
        ]
    )
    assert len({each.id for each in proposals}) == 1
    approve = partial(books.does, giving.approve, proposals[0].id, reason=None)
    codes = at_once([partial(tried, partial(approve, by=finance(f"bo{n}"), through=programs[n % 2])) for n in range(4)])
    assert sorted(codes) == ["", *["billing.proposal_decided"] * 3]
    assert books.on(Position.CASH) == 90


def test_invoices_of_many_tenants_at_once_are_numbered_without_gaps(books: Books) -> None:
    tenants = [books.tenant(name) for name in ("bolt", "core")]
    at_once([partial(books.invoice, 10, tenant_id=tenants[n % 2]) for n in range(MANY)])
    assert isinstance(books.verified(), Sound)
