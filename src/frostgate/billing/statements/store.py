"""Statements and their answers in the database. Both are added and never touched again: triggers refuse it."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.wire import to_json_bytes
from frostgate.billing.ledger import store as ledger
from frostgate.billing.ledger.documents import invoices
from frostgate.billing.ledger.model import Entry, Position
from frostgate.billing.ledger.store import ENTRY_OF_LINE, ledger_balances, ledger_entries, ledger_lines, ledgers
from frostgate.billing.statements.model import Answer, AnswerKind, Balances, Kept, Row, Statement, StatementUnknown
from frostgate.directory.store import Bytewise, row_of

statements = sa.Table(
    "statements",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("ledgers.tenant_id"), nullable=False),
    sa.Column("month", Bytewise, nullable=False),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant_id", "month"),
)

statement_answers = sa.Table(
    "statement_answers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, nullable=False),
    sa.Column("statement_id", sa.Text, sa.ForeignKey("statements.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("line", sa.BigInteger),
    sa.Column("part", sa.BigInteger),
    sa.Column("dispute_id", sa.Text, sa.ForeignKey("disputes.id"), unique=True),
    sa.CheckConstraint("(kind = 'disputed') = (dispute_id IS NOT NULL)", name="ck_statement_answers_dispute_id"),
)
_IS_CONFIRMED = statement_answers.c.kind == sa.literal_column("'confirmed'")
sa.Index(
    "uq_statement_answers_confirmed",
    statement_answers.c.statement_id,
    unique=True,
    sqlite_where=_IS_CONFIRMED,
    postgresql_where=_IS_CONFIRMED,
)

_body = msgspec.json.Decoder(Statement)
_AT_ONCE = 1000


def digest_of(body: bytes) -> str:
    """SHA-256 of a statement's canonical JSON, in hex."""
    return hashlib.sha256(body).hexdigest()


def add_statement(connection: sa.Connection, statement: Statement) -> Kept:
    """Save a statement as it will stay."""
    body = to_json_bytes(statement)
    row = {name: getattr(statement, name) for name in ("id", "tenant_id", "month", "number", "made_at")}
    connection.execute(statements.insert(), {**row, "body": body.decode(), "digest": digest_of(body)})
    return Kept(statement=statement, digest=digest_of(body))


def find_statement(connection: sa.Connection, month: str, *, tenant_id: str) -> Kept | None:
    """The tenant's statement of this month."""
    query = sa.select(statements).where(statements.c.tenant_id == tenant_id, statements.c.month == month)
    row = connection.execute(query).one_or_none()
    return None if row is None else _kept(row)


def get_statement(connection: sa.Connection, month: str, *, tenant_id: str) -> Kept:
    """The tenant's statement of this month.

    Raises:
        StatementUnknown: none was made.
    """
    found = find_statement(connection, month, tenant_id=tenant_id)
    if found is None:
        raise StatementUnknown
    return found


def list_statements(
    connection: sa.Connection, *, tenant_id: str, before: str | None = None, limit: int = 1
) -> list[Kept]:
    """A tenant's statements, the newest first, or those of months before one."""
    query = sa.select(statements).where(statements.c.tenant_id == tenant_id)
    if before is not None:
        query = query.where(statements.c.month < before)
    return [_kept(row) for row in connection.execute(query.order_by(statements.c.month.desc()).limit(limit))]


def add_answer(connection: sa.Connection, answer: Answer) -> None:
    """Save what a tenant said."""
    connection.execute(statement_answers.insert(), row_of(answer))


def list_answers(connection: sa.Connection, statement_id: str, *, tenant_id: str) -> list[Answer]:
    """What a tenant said of a statement, in order."""
    query = sa.select(statement_answers).where(
        statement_answers.c.tenant_id == tenant_id, statement_answers.c.statement_id == statement_id
    )
    rows = connection.execute(query.order_by(statement_answers.c.id))
    return [Answer(**{**row._mapping, "kind": AnswerKind(row.kind)}) for row in rows]


def not_stated(connection: sa.Connection, month: str, *, before: datetime, after: str, limit: int) -> list[str]:
    """Tenants without a statement of a month whose ledger began `before`, in order of their ids.

    Each tenant costs two look-ups by key; who began since has nothing to state.
    """
    stated = sa.exists().where(statements.c.tenant_id == ledgers.c.tenant_id, statements.c.month >= month)
    begun = sa.exists().where(
        ledger_entries.c.tenant_id == ledgers.c.tenant_id,
        ledger_entries.c.seq == 1,
        ledger_entries.c.posted_at < before,
    )
    query = sa.select(ledgers.c.tenant_id).where(ledgers.c.tenant_id > after, begun, ~stated)
    return [*connection.execute(query.order_by(ledgers.c.tenant_id).limit(limit)).scalars()]


# What a statement is made of


def last_before(connection: sa.Connection, at: datetime, *, tenant_id: str) -> int:
    """The number of the last entry that was posted before a time; 0 where there is none."""
    query = sa.select(ledger_entries.c.seq).where(
        ledger_entries.c.tenant_id == tenant_id, ledger_entries.c.posted_at < at
    )
    found: int | None = connection.execute(query.order_by(ledger_entries.c.seq.desc()).limit(1)).scalar_one_or_none()
    return found or 0


def entries_between(connection: sa.Connection, first: int, last: int, *, tenant_id: str) -> Iterator[Entry]:
    """A tenant's entries from one number to another, read in portions: a month may have very many."""
    while first <= last:
        limit = min(_AT_ONCE, last - first + 1)
        yield from ledger.list_entries(connection, tenant_id=tenant_id, after=first - 1, limit=limit)
        first += limit


def invoice_numbers(connection: sa.Connection, *, tenant_id: str) -> Mapping[str, str]:
    """The number of each of a tenant's invoices, by its id."""
    query = sa.select(invoices.c.id, invoices.c.number).where(invoices.c.tenant_id == tenant_id)
    return {row.id: row.number for row in connection.execute(query)}


def balances_after(connection: sa.Connection, seq: int, *, tenant_id: str) -> dict[str, Balances]:
    """What stood there after an entry, by currency: what stands there now without what came later.

    This comes from the balances that are kept and not from the entries before: it is what a statement must meet.
    """
    kept = sa.select(
        ledger_balances.c.currency, ledger_balances.c.position, sa.func.sum(ledger_balances.c.amount)
    ).where(ledger_balances.c.tenant_id == tenant_id)
    later = (
        sa.select(ledger_entries.c.currency, ledger_lines.c.position, sa.func.sum(ledger_lines.c.amount))
        .join(ledger_lines, ENTRY_OF_LINE)
        .where(ledger_entries.c.tenant_id == tenant_id, ledger_entries.c.seq > seq)
    )
    found: dict[str, Balances] = {}
    now = connection.execute(kept.group_by(ledger_balances.c.currency, ledger_balances.c.position))
    for currency, position, amount in now:
        found[currency] = found.get(currency, Balances()) + _on(position, amount)
    since = connection.execute(later.group_by(ledger_entries.c.currency, ledger_lines.c.position))
    for currency, position, amount in since:
        found[currency] = found.get(currency, Balances()) - _on(position, amount)
    return found


def entries_of_row(
    connection: sa.Connection, row: Row, currency: str, *, tenant_id: str, after: str, limit: int
) -> list[Entry]:
    """The entries of a row, in order: those after one by its id, which sort as their numbers do."""
    query = sa.select(ledger_entries.c.seq).where(
        ledger_entries.c.tenant_id == tenant_id,
        ledger_entries.c.seq.between(row.first_entry, row.last_entry),
        ledger_entries.c.kind == row.kind.value,
        ledger_entries.c.currency == currency,
        ledger_entries.c.id > after,
    )
    if row.position is not None:
        charged = sa.exists().where(
            ledger_lines.c.tenant_id == ledger_entries.c.tenant_id,
            ledger_lines.c.entry_seq == ledger_entries.c.seq,
            ledger_lines.c.position == row.position.value,
            ledger_lines.c.service == row.service,
        )
        query = query.where(charged)
    seqs = connection.execute(query.order_by(ledger_entries.c.seq).limit(limit)).scalars().all()
    return [ledger.get_entry(connection, seq, tenant_id=tenant_id) for seq in seqs]


def _on(position: str, amount: Any) -> Balances:
    return Balances.from_positions([(Position(position), int(amount))])


def _kept(row: Any) -> Kept:
    assert digest_of(row.body.encode()) == row.digest, "BUG: a statement that is not what was made"
    return Kept(statement=_body.decode(row.body), digest=row.digest)
