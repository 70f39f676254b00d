"""Whatever happens to a ledger, its statements add up and follow each other; one that does not is never made."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frostgate.base.errors import Refused
from frostgate.base.model import SYSTEM
from frostgate.billing.ledger import giving, service
from frostgate.billing.ledger import store as ledger
from frostgate.billing.ledger.drafts import (
    ChargeDraft,
    CreditNoteDraft,
    InvoiceDraft,
    PaymentDraft,
    ReversalDraft,
    TopUpDraft,
)
from frostgate.billing.ledger.model import Entry, EntryKind, InvoiceLine, Line, Position
from frostgate.billing.statements.composing import compose
from frostgate.billing.statements.model import Balances, Statement, reconciled
from frostgate.billing.statements.service import make_statement
from frostgate.standing.model import Service
from house import House
from servers import Databases

_numbers = itertools.count(1)
amounts = st.integers(1, 10**6)
services = st.sampled_from([Service.MESSAGING, Service.VOICE])
places = st.sampled_from(list(Position))
FREE = [EntryKind.TOP_UP, EntryKind.REFUND, EntryKind.ALLOCATION, EntryKind.REVERSAL, EntryKind.WRITE_OFF]


@st.composite
def lines(draw: st.DrawFn) -> tuple[EntryKind, tuple[Line, ...]]:
    """Any entry that balances: of charges, or of anything else."""
    amount = draw(amounts)
    if draw(st.booleans()):
        place, used = draw(st.sampled_from([Position.UNBILLED, Position.PREPAID])), draw(services)
        return EntryKind.CHARGE, (Line(place, amount, None, used), Line(Position.REVENUE, -amount, None, used))
    found = [
        Line(place, draw(st.integers(-(10**6), 10**6)), "i1" if place is Position.RECEIVABLE else None)
        for place in draw(st.lists(places, min_size=1, max_size=4))
    ]
    rest = -sum(line.amount for line in found)
    return draw(st.sampled_from(FREE)), (*found, Line(Position.CASH, rest))


def entries_of(drawn: Sequence[tuple[EntryKind, tuple[Line, ...]]], currencies: Sequence[str]) -> list[Entry]:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return [
        Entry(
            tenant_id="acme",
            seq=seq,
            id=f"{seq:032}",
            key=f"k{seq}",
            kind=kind,
            currency=currency,
            lines=moved,
            at=at,
            posted_at=at,
            actor=SYSTEM,
            reference=None,
            memo="",
            source=None,
            content="",
        )
        for seq, ((kind, moved), currency) in enumerate(zip(drawn, itertools.cycle(currencies), strict=False), 1)
    ]


def standing(entries: Sequence[Entry]) -> dict[str, Balances]:
    """What stands there after some entries, added up line by line and position by position."""
    found: dict[str, dict[str, int]] = {}
    for entry in entries:
        own = found.setdefault(entry.currency, dict.fromkeys(Balances.__struct_fields__, 0))
        for line in entry.lines:
            if line.position.value in own:
                own[line.position.value] += line.amount
    return {currency: Balances(**amounts) for currency, amounts in found.items()}


ledgers = st.tuples(st.lists(lines(), max_size=30), st.sampled_from([["CNY"], ["CNY", "JPY"]]))


@given(drawn=ledgers, cuts=st.lists(st.integers(0, 30), max_size=3))
def test_statements_of_any_ledger_add_up_and_hold_every_entry_once(drawn: Any, cuts: list[int]) -> None:
    entries = entries_of(*drawn)
    edges = [0, *sorted(min(cut, len(entries)) for cut in cuts), len(entries)]
    held: list[int] = []
    for begin, end in itertools.pairwise(edges):
        before, after = standing(entries[:begin]), standing(entries[:end])
        sections = compose(entries[begin:end], invoices={}, numbers={"i1": "A-1"}, opening=before, closing=after)
        rows = [row for section in sections for row in section.rows]
        assert [row.line for row in rows] == list(range(1, len(rows) + 1))
        assert sum(row.count for row in rows) == end - begin
        for section in sections:
            assert section.opening == before.get(section.currency, Balances())
            assert section.closing == after.get(section.currency, Balances())
            total = sum((row.changes for row in section.rows), Balances())
            assert section.opening + total == section.closing
            assert sum(section.totals().values(), Balances()) == total
        held += [row.first_entry for row in rows if row.count == 1]
    assert len(held) == len(set(held))


@given(drawn=ledgers, name=st.sampled_from(Balances.__struct_fields__), off=amounts, opens=st.booleans())
def test_a_statement_that_does_not_add_up_is_a_bug(drawn: Any, name: str, off: int, opens: bool) -> None:
    """By whatever amount, on whichever position, at its beginning or at its end."""
    entries = entries_of(*drawn)
    wrong = Balances(**{name: off})
    opening = {"CNY": wrong} if opens else {}
    closing = standing(entries)
    if not opens:
        closing["CNY"] = closing.get("CNY", Balances()) + wrong
    with pytest.raises(AssertionError, match="BUG"):
        compose(entries, invoices={}, numbers={"i1": "A-1"}, opening=opening, closing=closing)


class Happens:
    """Commands of the ledger as they come, on a database."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.tenant_id = house.tenant(f"t{next(_numbers)}")

    def does(self, what: str, amount: int, prepaid: bool) -> None:
        """One command, or its refusal."""
        known: Any = {"key": f"k{next(_numbers)}"}
        money: Any = {**known, "amount": amount, "currency": "CNY"}
        today = self.house.clock.now().date()
        with self.house.program.uow.look() as connection:
            entries = ledger.list_entries(connection, tenant_id=self.tenant_id, limit=1000)
        billed = [line.item_id for entry in entries for line in entry.lines if line.item_id]
        commands: dict[str, Any] = {
            "charge": lambda: (service.post_charge, ChargeDraft(**money, service=Service.VOICE, prepaid=prepaid)),
            "top_up": lambda: (service.top_up, TopUpDraft(**money)),
            "pay": lambda: (service.post_payment, PaymentDraft(**money, at=self.house.clock.now() - timedelta(20))),
            "credit": lambda: (
                giving.issue_credit_note,
                CreditNoteDraft(**known, invoice_id=(billed or ["?"])[0], amount=amount, memo="-"),
            ),
            "reverse": lambda: (service.reverse, ReversalDraft(**known, entry=1 + amount % 9, memo="-")),
            "invoice": lambda: (
                service.issue_invoice,
                InvoiceDraft(
                    **known,
                    currency="CNY",
                    first_day=today,
                    last_day=today,
                    due_on=today,
                    lines=(
                        InvoiceLine(service=Service.VOICE, unit="voice_minute", quantity=1, amount=amount),
                        InvoiceLine(service=Service.VOICE, unit="voice_minute", quantity=1, amount=7, prepaid=prepaid),
                    ),
                ),
            ),
        }
        command, draft = commands[what]()
        try:
            with self.house.program.uow.begin() as tx:
                command(tx, draft, tenant_id=self.tenant_id, actor=SYSTEM)
        except Refused:
            pass

    def stated(self, month: str) -> Statement:
        with self.house.program.uow.begin() as tx:
            return make_statement(tx, month, tenant_id=self.tenant_id, platform="P", actor=SYSTEM)[0].statement


commands = st.tuples(
    st.sampled_from(["charge", "top_up", "pay", "credit", "reverse", "invoice"]),
    st.integers(1, 500),
    st.booleans(),
    st.integers(0, 12),
)


def test_statements_of_a_kept_ledger_add_up(backend: str, databases: Databases) -> None:
    url = databases.make(backend)
    house = House(url)

    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(happens=st.lists(commands, min_size=1, max_size=25))
    def adds_up(happens: list[tuple[str, int, bool, int]]) -> None:
        house.clock.move_to(datetime(2030, 1, 1, tzinfo=UTC))
        tenant = Happens(house)
        tenant.does("charge", 1, False)
        for what, amount, prepaid, days in happens:
            tenant.does(what, amount, prepaid)
            house.clock.move(timedelta(days))
        house.clock.move_to(datetime(2031, 3, 5, tzinfo=UTC))
        last = tenant.stated("2031-02")
        with house.program.uow.look() as connection:
            entries = ledger.list_entries(connection, tenant_id=tenant.tenant_id, limit=1000)
        months = [tenant.stated(f"2030-{month:02}") for month in range(1, 13)] + [tenant.stated("2031-01"), last]
        for one, other in itertools.pairwise(months):
            assert other.first_entry == one.last_entry + 1
            closing = {each.currency: each.closing for each in one.sections}
            assert all(each.opening == closing.get(each.currency, Balances()) for each in other.sections)
        assert (months[0].first_entry, last.last_entry) == (1, len(entries))
        assert {each.currency: each.closing for each in last.sections if each.closing != Balances()} == {
            currency: amounts for currency, amounts in standing(entries).items() if amounts != Balances()
        }
        rows = [row for month in months for section in month.sections for row in section.rows]
        assert sum(row.count for row in rows) == len(entries)

    try:
        adds_up()
    finally:
        house.close()
        databases.remove(url)


def test_parts_that_are_not_their_row_are_a_bug() -> None:
    entries = entries_of([(EntryKind.PAYMENT, (Line(Position.CASH, 5), Line(Position.RECEIVABLE, -5, "i1")))], ["CNY"])
    [section] = compose(entries, invoices={}, numbers={"i1": "A-1"}, opening={}, closing=standing(entries))
    [row] = section.rows
    part = msgspec.structs.replace(row.parts[0], amount=-4)
    with pytest.raises(AssertionError, match="BUG"):
        reconciled(msgspec.structs.replace(section, rows=(msgspec.structs.replace(row, parts=(part,)),)))
