"""Nothing is ever edited: the database refuses it, and what was done below it shows."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from books import Books

from frostgate.base.errors import Conflict
from frostgate.billing.ledger.verify import Fault, Sound

EDITS = [
    "UPDATE ledger_entries SET memo = 'another'",
    "UPDATE ledger_lines SET amount = amount * 2",
    "UPDATE invoices SET due_on = '2030-01-01'",
    "UPDATE invoice_lines SET quantity = 1",
    "DELETE FROM ledger_lines",
    "DELETE FROM ledger_entries",
    "DELETE FROM invoice_lines",
    "DELETE FROM invoices",
]


@pytest.fixture
def kept(books: Books) -> Books:
    """Books with a bit of everything in them."""
    books.charge(60)
    invoice = books.invoice(100, charged=60, usage=("u1", "u2"))
    books.pay(30)
    books.decide(books.dispute(invoice, 20), upheld=True)
    books.top_up(50)
    books.refund(10, of="prepaid")
    books.write_off(invoice, 5)
    books.tenant("bolt")
    books.invoice(10, tenant_id="bolt")
    return books


@pytest.mark.parametrize("edit", EDITS)
def test_what_was_posted_cannot_be_edited(kept: Books, edit: str) -> None:
    before = kept.entries()
    with pytest.raises(Conflict):
        kept.by_hand(edit)
    assert kept.entries() == before
    assert isinstance(kept.verified(), Sound)


def test_no_table_is_emptied_at_once(kept: Books) -> None:
    if not kept.program.database.is_sqlite:  # which has no such statement
        with pytest.raises(Conflict):
            kept.by_hand("TRUNCATE ledger_lines")


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("ledger_balances", "UPDATE ledger_balances SET amount = -amount WHERE position = 'receivable' AND amount > 0"),
        ("ledger_balances", "UPDATE ledger_balances SET amount = 1 WHERE position = 'unapplied'"),
    ],
)
def test_a_balance_that_cannot_be_is_refused_by_the_database(kept: Books, table: str, change: str) -> None:
    kept.pay(1000)
    with pytest.raises(Conflict):
        kept.by_hand(change)


def test_one_person_cannot_be_two_even_below_the_program(books: Books) -> None:
    books.pay(100)
    limits = type(books.program.approval_limits)({})
    books.refund(50, limits=limits)
    with pytest.raises(Conflict):
        books.by_hand("UPDATE billing_proposals SET state = 'approved', decided_by = proposed_by, entry = 1")


def without_triggers(books: Books) -> None:
    """Take the guards away, as somebody could who owns the database."""
    with books.program.database.write() as connection:
        if connection.dialect.name == "sqlite":
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("DROP FUNCTION never_edited CASCADE")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE ledger_entries SET memo = 'x' WHERE tenant_id = 'acme' AND seq = 3", "entry 3 is not what was posted"),
        (
            "UPDATE ledger_entries SET at = at + 1 WHERE tenant_id = 'acme' AND seq = 1",
            "entry 1 is not what was posted",
        ),
        ("UPDATE ledger_lines SET amount = amount * 2 WHERE entry_seq = 1", "entry 1 is not what was posted"),
        ("UPDATE ledger_lines SET amount = amount + 1 WHERE entry_seq = 2 AND line = 0", "entry 2 does not balance"),
        ("DELETE FROM ledger_lines WHERE entry_seq = 4", "entry 4 is not what was posted"),
        ("UPDATE invoice_lines SET usage = '[]'", "entry 2 is not what was posted"),
        ("UPDATE invoices SET number = 'OTHER' WHERE tenant_id = 'acme'", "entry 2 is not what was posted"),
        ("UPDATE ledger_entries SET kind = 'gift' WHERE tenant_id = 'acme' AND seq = 3", "cannot be read"),
        (
            "UPDATE ledger_balances SET amount = amount + 1 WHERE tenant_id = 'acme' AND position = 'unbilled'",
            "the balance of CNY unbilled is kept as 1, its lines make 0",
        ),
        ("UPDATE ledgers SET last = last - 1 WHERE tenant_id = 'acme'", "and more was posted"),
        ("UPDATE journal SET body = '{}' WHERE fact = 'billing.payment_posted'", "the journal is broken"),
    ],
)
def test_what_was_changed_below_the_program_shows(kept: Books, change: str, problem: str) -> None:
    without_triggers(kept)
    assert isinstance(kept.verified(), Sound)
    kept.by_hand(change)
    found = kept.verified()
    assert isinstance(found, Fault)
    assert problem in found.problem


def test_an_entry_that_was_removed_shows(kept: Books) -> None:
    without_triggers(kept)
    for statement in ("DELETE FROM ledger_lines WHERE entry_seq = 3", "DELETE FROM ledger_entries WHERE seq = 3"):
        kept.by_hand(statement)
    found = kept.verified()
    assert isinstance(found, Fault)
    assert (found.tenant_id, found.problem) == ("acme", "entry 3 is missing: entry 4 follows")


def test_an_entry_that_was_slipped_in_shows(kept: Books) -> None:
    [last] = kept.entries("bolt")[-1:]
    columns = "id, key, kind, currency, at, posted_at, actor, memo, content"
    kept.by_hand(
        f"INSERT INTO ledger_entries (tenant_id, seq, {columns}) SELECT tenant_id, seq + 1, 'x', 'y', "
        "'payment', currency, at, posted_at, actor, memo, content FROM ledger_entries "
        "WHERE tenant_id = 'bolt' AND seq = :seq",
        seq=last.seq,
    )
    found = kept.verified()
    assert isinstance(found, Fault)
    assert (found.tenant_id, found.problem) == ("bolt", f"the journal knows nothing of entry {last.seq + 1}")


def test_the_memo_stays_out_of_the_journal(books: Books) -> None:
    books.pay(100, memo="Li's sister paid")
    with books.program.uow.look() as connection:
        told = connection.execute(
            sa.text("SELECT body FROM journal WHERE fact = 'billing.payment_posted'")
        ).scalar_one()
    assert "sister" not in told
    assert books.entries()[0].memo == "Li's sister paid"


def test_the_command_says_whether_everything_adds_up(kept: Books, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from frostgate.cli import main

    runner, environ = CliRunner(), {"FROSTGATE_DATABASE": kept.url}
    found = runner.invoke(main, ["billing", "verify"], env=environ)
    assert found.exit_code == 0
    assert found.output.startswith(f"Ledgers: 2, entries: {len(kept.entries()) + 1}. Everything adds up. Head: ")

    kept.by_hand("UPDATE ledger_balances SET amount = amount - 1 WHERE position = 'prepaid'")
    found = runner.invoke(main, ["billing", "verify"], env=environ)
    assert found.exit_code == 1
    assert "BROKEN in the ledger of acme: the balance of CNY prepaid is kept as" in found.output
