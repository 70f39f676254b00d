"""The ledger: posting beside a bare loop of INSERTs, and look-ups in a ledger of a million entries."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from statistics import median
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from bench.result import Figure
from bench.stores import STORES, bare_posting, sqlite
from frostgate.app import Program
from frostgate.base.database import micros
from frostgate.base.model import SYSTEM
from frostgate.base.sql import insert_rows
from frostgate.billing.ledger import documents, service, store
from frostgate.billing.ledger.aging import aging
from frostgate.billing.ledger.drafts import PaymentDraft
from frostgate.config import Settings
from frostgate.directory.service import create_tenant
from frostgate.directory.store import tenants

POSTED = 2_000
TENANTS, ENTRIES = 10_000, 100  # of each; two invoices of each are open
AT = datetime(2026, 6, 1, tzinfo=UTC)


def run(*, quick: bool) -> list[Figure]:
    """All figures."""
    return [*(_posting(name, quick=quick) for name in STORES), *_reading(quick=quick)]


def _posting(store_name: str, *, quick: bool) -> Figure:
    """Payments a second, each in a transaction of its own that is on the disk before the next one begins."""
    times = POSTED // 10 if quick else POSTED
    with STORES[store_name]() as url:
        program = Program(Settings(database=url))
        program.prepare()
        with program.uow.begin() as tx:
            create_tenant(tx, tenant_id="acme", name="Acme", contact_email="it@acme.example", actor=SYSTEM)
        insert, end = bare_posting(url.replace("bench.db", "bare.db"))

        def post(number: int) -> None:
            draft = PaymentDraft(key=f"k{number}", amount=100, currency="CNY", reference=f"r{number}")
            with program.uow.begin() as tx:
                service.post_payment(tx, draft, tenant_id="acme", actor=SYSTEM)

        ours, theirs = [], []
        for start in range(0, times, times // 5):  # in turn, so that both meet the same disk
            numbers = range(start, start + times // 5)
            ours.append(_a_second(post, numbers))
            theirs.append(_a_second(insert, numbers))
        program.database.close()
        end()
    value, yardstick = median(ours), median(theirs)
    return Figure(
        name=f"ledger posting, {store_name}",
        value=value,
        unit="entries/s",
        yardstick=yardstick,
        yardstick_is="bare INSERTs of an entry and two lines, committed one by one",
        ratio=value / yardstick,
        target="at least 500/s",
        met=value >= 500,
        note="a payment each: checked, allocated, balanced, journalled, committed to the disk; one thread",
    )


def _a_second(do: Callable[[int], None], numbers: range) -> float:
    start = perf_counter()
    for number in numbers:
        do(number)
    return len(numbers) / (perf_counter() - start)


def _reading(*, quick: bool) -> list[Figure]:
    """A balance, and the aging of everybody, beside adding up all lines."""
    count = TENANTS // 10 if quick else TENANTS
    with sqlite() as url:
        program = Program(Settings(database=url))
        program.prepare()
        with program.database.write() as connection:
            fill(connection, count)
        with program.uow.look() as connection:
            balance = _seconds(lambda: store.own_balances(connection, tenant_id=f"t{count // 2}"), 200)
            scanned = _seconds(lambda: _added_up(connection, f"t{count // 2}"), 200)
            of_all = _seconds(lambda: aging(documents.open_items(connection, tenant_id=None), at=AT), 5)
            adding = _seconds(lambda: _added_up(connection, None), 1)
            plan = explained(connection, lambda: documents.open_items(connection, tenant_id=None))
            plan += explained(connection, lambda: store.own_balances(connection, tenant_id="t1"))
        program.database.close()
    by_index = not any(line.startswith("SCAN") and "INDEX" not in line for line in plan)
    note = f"{count * ENTRIES:,} entries of {count:,} tenants, {2 * count:,} open invoices; plan: {'; '.join(plan)}"
    return [
        Figure(
            name="ledger balance",
            value=balance * 1e6,
            unit="µs",
            yardstick=scanned * 1e6,
            yardstick_is="adding up the tenant's lines",
            ratio=balance / scanned,
            target="by index",
            met=by_index,
            note=f"one tenant among {count:,}",
        ),
        Figure(
            name="ledger aging",
            value=of_all * 1e3,
            unit="ms",
            yardstick=adding * 1e3,
            yardstick_is="adding up all lines",
            ratio=of_all / adding,
            target="by index",
            met=by_index,
            note=note,
        ),
    ]


def fill(connection: sa.Connection, count: int) -> None:
    """Ledgers as they are after years: charges, invoices and payments, of which the last two invoices are open."""
    for start in range(0, count, 500):
        names = [f"t{number}" for number in range(start, min(count, start + 500))]
        people = [(n, n, "en", "Asia/Shanghai", "a@b.example", "admit", 0, False) for n in names]
        _insert_all(connection, tenants, people)
        _insert_all(connection, store.ledgers, [(name, ENTRIES, None) for name in names])
        entries, lines, bills, balances = [], [], [], []
        for name in names:
            for seq in range(1, ENTRIES + 1):
                ident = f"{name}-{seq}"
                entry = (name, seq, ident, ident, "charge", "CNY", micros(AT), micros(AT), "system:bench")
                entries.append((*entry, None, "", None, "", None))
                lines += [(name, seq, 0, "unbilled", None, "voice", 10), (name, seq, 1, "revenue", None, "voice", -10)]
            for ordinal in range(1, 21):
                ident, due = f"{name}-i{ordinal}", date(2026, 1 + ordinal % 5, 15).isoformat()
                period = ("2025-01-01", "2025-01-31", micros(AT), due, ordinal)
                bills.append((ident, name, ident, 2026, ordinal, "CNY", *period))
                balances.append((name, ident, "CNY", "receivable", 100 if ordinal > 18 else 0))
            balances += [(name, "", "CNY", place, -500) for place in ("prepaid", "revenue", "unapplied")]
        _insert_all(connection, store.ledger_entries, entries)
        _insert_all(connection, store.ledger_lines, lines)
        _insert_all(connection, documents.invoices, bills)
        _insert_all(connection, store.ledger_balances, balances)
    connection.exec_driver_sql("ANALYZE")


def _insert_all(connection: sa.Connection, table: sa.Table, rows: list[tuple[Any, ...]]) -> None:
    insert_rows(connection, table, table.columns.keys(), rows)


def _added_up(connection: sa.Connection, tenant_id: str | None) -> list[Any]:
    """What it would take without balances."""
    lines = store.ledger_lines
    query = sa.select(lines.c.position, lines.c.item_id, sa.func.sum(lines.c.amount))
    if tenant_id is not None:
        query = query.where(lines.c.tenant_id == tenant_id)
    return [*connection.execute(query.group_by(lines.c.position, lines.c.item_id))]


def _seconds(do: Callable[[], Any], times: int) -> float:
    """The median of so many."""
    found = []
    for _ in range(times):
        start = perf_counter()
        do()
        found.append(perf_counter() - start)
    return median(found)


def explained(connection: sa.Connection, ask: Callable[[], Any]) -> list[str]:
    """How the database finds what is asked."""
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF)"
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(connection, "before_cursor_execute", note)
    ask()
    sa.event.remove(connection, "before_cursor_execute", note)
    return [
        str(row[-1])
        for statement, values in asked
        for row in connection.exec_driver_sql(f"{explain} {statement}", values)
    ]
