"""What is asked often is found by an index, however long the ledgers are."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from books import Books

from frostgate.billing.ledger import documents, store
from frostgate.billing.ledger.model import Position

ASKED: dict[str, Callable[[sa.Connection], Any]] = {
    "a balance": lambda connection: store.balance(connection, Position.PREPAID, tenant_id="acme", currency="CNY"),
    "the balances of a tenant": lambda connection: store.own_balances(connection, tenant_id="acme"),
    "what a tenant owes": lambda connection: documents.open_items(connection, tenant_id="acme"),
    "what all tenants owe": lambda connection: documents.open_items(connection, tenant_id=None),
    "an entry by its key": lambda connection: store.find_by_key(connection, "k", tenant_id="acme"),
    "a payment by its reference": lambda connection: store.find_incoming(connection, "r", tenant_id="acme"),
    "a page of entries": lambda connection: store.list_entries(connection, tenant_id="acme", after=1),
    "the newest entries": lambda connection: store.list_entries(connection, tenant_id="acme", newest=True),
}


def plans(connection: sa.Connection, ask: Callable[[sa.Connection], Any]) -> str:
    """How the database finds what is asked; PostgreSQL only where an index would do at all, for a small table needs
    none."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(connection, "before_cursor_execute", note)
    ask(connection)
    sa.event.remove(connection, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    return "\n".join(
        str(row[-1]) for statement, values in asked for row in connection.exec_driver_sql(explain + statement, values)
    )


@pytest.mark.parametrize("name", ASKED)
def test_nothing_is_found_by_looking_at_everything(books: Books, name: str) -> None:
    invoice = books.invoice(100)
    books.pay(10, reference="r", key="k")
    books.dispute(invoice, 5)
    with books.program.database.write() as connection:
        if connection.dialect.name != "sqlite":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = plans(connection, ASKED[name])
    assert plan
    if connection.dialect.name == "sqlite":
        scans = [line for line in plan.splitlines() if line.startswith("SCAN") and "INDEX" not in line]
    else:
        scans = [line for line in plan.splitlines() if "Seq Scan" in line]
    assert scans == []
    if name.startswith("what"):
        assert "ix_ledger_balances_open" in plan, "only what is open is looked at"
