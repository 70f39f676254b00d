"""What is asked often is found by an index, however long the ledgers are."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from books import Books

from frostgate.billing.ledger import documents, store
from frostgate.billing.ledger.model import Position
from plans import plan_of, scans

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


@pytest.mark.parametrize("name", ASKED)
def test_nothing_is_found_by_looking_at_everything(books: Books, name: str) -> None:
    invoice = books.invoice(100)
    books.pay(10, reference="r", key="k")
    books.dispute(invoice, 5)
    with books.program.uow.look() as connection:
        plan = plan_of(connection, ASKED[name])
    assert plan
    assert scans(plan) == []
    if name.startswith("what"):
        assert "ix_ledger_balances_open" in " ".join(plan), "only what is open is looked at"
