"""Advices and bank statements in the database. They belong to the platform: whose money it is comes out in the end."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.money import Money
from frostgate.base.sql import upsert
from frostgate.base.wire import to_json
from frostgate.billing.ledger.documents import invoices
from frostgate.billing.payments.errors import AdviceUnknown, ImportUnknown
from frostgate.billing.payments.model import Advice, AdviceKind, AdviceState, Import, LineState, StatementLine
from frostgate.directory.store import Bytewise, row_of, tenants

advices = sa.Table(
    "payment_advices",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payment_id", sa.Text, nullable=False, index=True),
    sa.Column("tenant_id", Bytewise),  # as somebody says: there may be no such tenant
    sa.Column("invoices", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("entry", sa.BigInteger),
    sa.UniqueConstraint("provider", "event_id"),
    sa.CheckConstraint("(state = 'refused') = (code IS NOT NULL)", name="ck_payment_advices_code"),
)
sa.Index("ix_payment_advices_state", advices.c.state, advices.c.id)

imports = sa.Table(
    "bank_imports",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("encoding", sa.Text, nullable=False),
    sa.Column("delimiter", sa.Text, nullable=False),
    sa.Column("columns", sa.Text, nullable=False),
    sa.Column("uploaded_at", Utc, nullable=False),
    sa.Column("uploaded_by", sa.Text, nullable=False),
    sa.Column("expires_at", Utc, nullable=False, index=True),
)

lines = sa.Table(
    "bank_lines",
    metadata,
    sa.Column("import_id", sa.Text, sa.ForeignKey("bank_imports.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Utc),
    sa.Column("amount", sa.BigInteger),
    sa.Column("currency", sa.Text),
    sa.Column("memo", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, index=True),
    sa.Column("tenant_id", Bytewise),
    sa.Column("invoices", sa.Text, nullable=False),
    sa.Column("problems", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("entry", sa.BigInteger),
    sa.CheckConstraint("(state = 'open') = (entry IS NULL)", name="ck_bank_lines_entry"),
)

_texts = msgspec.json.Decoder(tuple[str, ...])
_columns = msgspec.json.Decoder(dict[str, tuple[str, ...]])
_IN_ONE_QUERY = 500


# Advices


def save_advice(connection: sa.Connection, advice: Advice) -> None:
    """Save an advice, new or decided afresh. One for each event of a provider's."""
    row = {**row_of(advice), "invoices": to_json(advice.invoices)}
    upsert(connection, advices, [row], keys=("provider", "event_id"), update=("tenant_id", "state", "code", "entry"))


def find_advice(connection: sa.Connection, provider: str, event_id: str) -> Advice | None:
    """What became of an event that came before."""
    query = sa.select(advices).where(advices.c.provider == provider, advices.c.event_id == event_id)
    return next(_advices(connection.execute(query)), None)


def get_advice(connection: sa.Connection, advice_id: str) -> Advice:
    """One advice.

    Raises:
        AdviceUnknown: there is none of this id.
    """
    found = next(_advices(connection.execute(sa.select(advices).where(advices.c.id == advice_id))), None)
    if found is None:
        raise AdviceUnknown
    return found


def list_advices(
    connection: sa.Connection, *, state: AdviceState | None = None, after: str = "", limit: int = 100
) -> list[Advice]:
    """Advices in the order in which they came."""
    query = sa.select(advices).where(advices.c.id > after)
    if state is not None:
        query = query.where(advices.c.state == state.value)
    return [*_advices(connection.execute(query.order_by(advices.c.id).limit(limit)))]


def advices_of(connection: sa.Connection, payment_id: str) -> list[Advice]:
    """All that a provider told us of one payment, in order."""
    query = sa.select(advices).where(advices.c.payment_id == payment_id)
    return [*_advices(connection.execute(query.order_by(advices.c.id)))]


def _advices(rows: Iterable[Any]) -> Iterator[Advice]:
    for row in rows:
        known = {"kind": AdviceKind(row.kind), "state": AdviceState(row.state), "invoices": _texts.decode(row.invoices)}
        yield Advice(**{**row._mapping, **known})


# Bank statements


def add_import(connection: sa.Connection, made: Import, found: Sequence[StatementLine]) -> None:
    """Save a statement with its lines."""
    connection.execute(imports.insert(), {**row_of(made), "columns": to_json(made.columns)})
    if found:
        connection.execute(lines.insert(), [{"import_id": made.id, **_row(line)} for line in found])


def get_import(connection: sa.Connection, import_id: str) -> Import:
    """One import.

    Raises:
        ImportUnknown: there is none of this id.
    """
    row = connection.execute(sa.select(imports).where(imports.c.id == import_id)).one_or_none()
    if row is None:
        raise ImportUnknown
    return Import(**{**row._mapping, "columns": _columns.decode(row.columns)})


def list_lines(
    connection: sa.Connection, import_id: str, *, after: int = 0, until: int = 2**31 - 1, limit: int | None = None
) -> list[StatementLine]:
    """An import's lines after a number, up to another, in the order of the file."""
    query = sa.select(lines).where(lines.c.import_id == import_id, lines.c.number > after, lines.c.number <= until)
    return [_line(row) for row in connection.execute(query.order_by(lines.c.number).limit(limit))]


def save_line(connection: sa.Connection, import_id: str, line: StatementLine) -> None:
    """Save what became of a line."""
    row = _row(line)
    change = {name: row[name] for name in ("tenant_id", "problems", "state", "entry")}
    connection.execute(
        lines.update().where(lines.c.import_id == import_id, lines.c.number == line.number).values(change)
    )


def forget_imports(connection: sa.Connection, before: datetime) -> None:
    """Remove previews that expired by then, unless something of them was posted: that is what an entry came from."""
    posted = sa.exists().where(lines.c.import_id == imports.c.id, lines.c.state == LineState.POSTED.value)
    old = sa.select(imports.c.id).where(imports.c.expires_at < before, ~posted)
    ids = [*connection.execute(old).scalars()]
    for some in _chunks(ids):
        connection.execute(lines.delete().where(lines.c.import_id.in_(some)))
        connection.execute(imports.delete().where(imports.c.id.in_(some)))


def _row(line: StatementLine) -> dict[str, Any]:
    return {**row_of(line), "invoices": to_json(line.invoices), "problems": to_json(line.problems)}


def _line(row: Any) -> StatementLine:
    known = {name: value for name, value in row._mapping.items() if name != "import_id"}
    texts = {"invoices": _texts.decode(row.invoices), "problems": _texts.decode(row.problems)}
    return StatementLine(**{**known, **texts, "state": LineState(row.state)})


# Whose money it is


def tenant_of_payment(connection: sa.Connection, reference: str, money: Money | None = None) -> str | None:
    """Which tenant got this money before: by a webhook, or by a line of a bank statement.

    Banks number their payments each for itself, so of theirs the amount must be the same, too.
    """
    told = sa.select(advices.c.tenant_id).where(
        advices.c.payment_id == reference,
        advices.c.kind == AdviceKind.PAYMENT.value,
        advices.c.state != AdviceState.REFUSED.value,
    )
    read = sa.select(lines.c.tenant_id).where(lines.c.reference == reference, lines.c.state != LineState.OPEN.value)
    if money is not None:
        told = told.where(advices.c.amount == money.minor, advices.c.currency == money.currency)
        read = read.where(lines.c.amount == money.minor, lines.c.currency == money.currency)
    found: str | None = connection.execute(sa.union_all(told, read).limit(1)).scalar_one_or_none()
    return found


def invoices_named(connection: sa.Connection, numbers: Collection[str]) -> dict[str, tuple[str, str]]:
    """Tenant and id of the invoices that have these numbers."""
    found: dict[str, tuple[str, str]] = {}
    for some in _chunks(sorted(numbers)):
        query = sa.select(invoices.c.number, invoices.c.tenant_id, invoices.c.id).where(invoices.c.number.in_(some))
        found |= {row.number: (row.tenant_id, row.id) for row in connection.execute(query)}
    return found


def tenants_named(connection: sa.Connection, words: Collection[str]) -> set[str]:
    """Those of the words that are tenants' ids."""
    found: set[str] = set()
    for some in _chunks(sorted(words)):
        found |= {*connection.execute(sa.select(tenants.c.id).where(tenants.c.id.in_(some))).scalars()}
    return found


def _chunks(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + _IN_ONE_QUERY] for start in range(0, len(names), _IN_ONE_QUERY)]
