"""How late debts are: in the tenant's zone, and not while they are in dispute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from books import Books
from hypothesis import given
from hypothesis import strategies as st

from frostgate.base.model import SYSTEM
from frostgate.billing.ledger.aging import Aging, aging, parts, together
from frostgate.billing.ledger.errors import DisputeClosed
from frostgate.billing.ledger.model import Dispute, DisputeState, EntryKind, OpenItem, Position
from frostgate.directory.service import TenantChanges, change_tenant

DUE = date(2026, 3, 10)
SHANGHAI = "Asia/Shanghai"


def item(amount: int = 100, *disputes: Dispute, zone: str = SHANGHAI, due_on: date = DUE) -> OpenItem:
    return OpenItem(
        tenant_id="acme",
        time_zone=zone,
        invoice_id="i",
        number="ACME-2026-00001",
        currency="CNY",
        due_on=due_on,
        open=amount,
        disputes=disputes,
    )


def disputed(amount: int, opened: date, closed: date | None = None, *, upheld: bool = False) -> Dispute:
    """A dispute that was opened and rejected at noon in Shanghai."""

    def noon(each: date) -> datetime:
        return datetime(each.year, each.month, each.day, 12, tzinfo=ZoneInfo(SHANGHAI))

    ended = DisputeState.UPHELD if upheld else DisputeState.REJECTED
    return Dispute(
        id=f"{opened}-{amount}",
        tenant_id="acme",
        invoice_id="i",
        currency="CNY",
        amount=amount,
        state=DisputeState.OPEN if closed is None else ended,
        reason="",
        opened_at=noon(opened),
        opened_by=SYSTEM,
        closed_at=None if closed is None else noon(closed),
    )


def bucket(late: int, *, zone: str = SHANGHAI) -> str:
    """Where an invoice stands so many days after it was due."""
    [found] = aging([item()], at=datetime(2026, 3, 10, 12, tzinfo=ZoneInfo(zone)) + timedelta(late))
    return next(name for name in Aging.__struct_fields__[1:] if getattr(found, name))


@pytest.mark.parametrize(
    ("late", "name"),
    [
        (-40, "not_due"),
        (0, "not_due"),
        (1, "days_0_30"),
        (30, "days_0_30"),
        (31, "days_31_60"),
        (60, "days_31_60"),
        (61, "days_61_90"),
        (90, "days_61_90"),
        (91, "over_90"),
        (4000, "over_90"),
    ],
)
def test_debts_stand_by_the_days_since_they_were_due(late: int, name: str) -> None:
    assert bucket(late) == name


@pytest.mark.parametrize(("zone", "name"), [("Pacific/Auckland", "days_0_30"), ("America/Los_Angeles", "not_due")])
def test_a_day_ends_where_the_tenant_is(zone: str, name: str) -> None:
    [found] = aging([item(zone=zone)], at=datetime(2026, 3, 10, 20, tzinfo=UTC))
    assert getattr(found, name) == 100


def test_leap_day_is_a_day() -> None:
    [found] = aging([item(due_on=date(2028, 1, 31))], at=datetime(2028, 3, 1, 4, tzinfo=UTC))
    assert found.days_0_30 == 100, "30 days: 29 of February and the first of March"


def test_what_is_in_dispute_stands_apart() -> None:
    [found] = aging([item(100, disputed(30, DUE))], at=datetime(2027, 1, 1, tzinfo=UTC))
    assert (found.disputed, found.over_90, found.total) == (30, 70, 100)


@pytest.mark.parametrize(
    ("opened", "closed", "due_on"),
    [
        (date(2026, 3, 20), date(2026, 3, 30), date(2026, 3, 20)),  # ten days in dispute while it was late
        (date(2026, 3, 1), date(2026, 3, 5), DUE),  # all of it before it was due
        (date(2026, 3, 5), date(2026, 3, 14), date(2026, 3, 14)),  # due while it was in dispute
    ],
)
def test_a_rejected_dispute_goes_on_from_the_age_that_it_had(opened: date, closed: date, due_on: date) -> None:
    found = {(part.amount, part.due_on) for part in parts(item(100, disputed(30, opened, closed)))}
    assert found == {(70, DUE), (30, due_on)}


def test_the_same_amount_disputed_again_is_not_late_twice() -> None:
    first = disputed(30, date(2026, 3, 20), date(2026, 3, 30))
    again = disputed(30, date(2026, 4, 10), date(2026, 4, 15))
    assert {(part.amount, part.due_on) for part in parts(item(100, first, again))} == {
        (70, DUE),
        (30, date(2026, 3, 25)),
    }


def test_what_was_not_in_dispute_is_taken_to_be_paid_first() -> None:
    found = parts(item(20, disputed(30, date(2026, 3, 20), date(2026, 3, 30))))
    assert [(part.amount, part.due_on) for part in found] == [(20, date(2026, 3, 20))]


days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
closed_or_not = st.builds(
    lambda amount, opened, after, upheld: disputed(
        amount, opened, None if after is None else opened + timedelta(after), upheld=upheld
    ),
    st.integers(1, 200),
    days,
    st.none() | st.integers(0, 60),
    st.booleans(),
)


@given(st.integers(1, 200), st.lists(closed_or_not, max_size=5), days, st.integers(0, 24 * 400))
def test_the_parts_are_the_whole_and_nothing_is_late_before_it_was_due(
    amount: int, told: list[Dispute], due_on: date, hours: int
) -> None:
    whole = item(amount, *told, due_on=due_on)
    found = parts(whole)
    assert sum(part.amount for part in found) == amount
    assert all(part.amount > 0 and (part.due_on is None or part.due_on >= due_on) for part in found)
    assert sum(part.amount for part in found if part.due_on is None) == whole.disputed
    [by_age] = aging([whole], at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
    assert by_age.total == amount
    assert together([by_age, by_age])[0].total == 2 * amount


# In the ledger


def test_a_dispute_that_is_upheld_comes_off_the_invoice(books: Books) -> None:
    invoice = books.invoice(100)
    dispute = books.dispute(invoice, 30)
    assert books.aging()[0].disputed == 30
    books.decide(dispute, upheld=True)
    assert (books.open_of(invoice), books.aging()[0].disputed) == (70, 0)
    assert books.entries()[-1].kind is EntryKind.CREDIT_NOTE
    with pytest.raises(DisputeClosed):
        books.decide(dispute, upheld=False)


def test_what_was_paid_and_disputed_comes_back_as_credit(books: Books) -> None:
    invoice = books.invoice(100)
    books.pay(100)
    books.decide(books.dispute(invoice, 30), upheld=True)
    assert (books.open_of(invoice), books.on(Position.UNAPPLIED)) == (0, -30)


def test_money_does_not_go_to_what_is_in_dispute_until_it_is_rejected(books: Books) -> None:
    invoice = books.invoice(100)
    dispute = books.dispute(invoice, 30)
    books.pay(100)
    assert (books.open_of(invoice), books.on(Position.UNAPPLIED)) == (30, -30)
    books.decide(dispute, upheld=False)
    assert (books.open_of(invoice), books.on(Position.UNAPPLIED)) == (0, 0)


def test_a_disputed_amount_does_not_age(books: Books) -> None:
    invoice = books.invoice(100, due_in=10)
    books.clock.move(timedelta(days=20))
    dispute = books.dispute(invoice, 40)
    books.clock.move(timedelta(days=50))
    assert books.aging() == [Aging(currency="CNY", days_31_60=60, disputed=40)]
    books.decide(dispute, upheld=False)
    books.clock.move(timedelta(days=5))
    assert books.aging() == [Aging(currency="CNY", days_0_30=40, days_61_90=60)]


def test_the_tenant_s_own_calendar_counts(books: Books) -> None:
    books.invoice(100, due_in=0)
    books.clock.move_to(datetime(2026, 3, 2, 17, tzinfo=UTC))  # 3 March in Shanghai, still the 2nd in Berlin
    assert books.aging()[0].days_0_30 == 100
    with books.program.uow.begin() as tx:
        change_tenant(tx, "acme", TenantChanges(time_zone="Europe/Berlin"), actor=SYSTEM)
    assert books.aging()[0].not_due == 100
