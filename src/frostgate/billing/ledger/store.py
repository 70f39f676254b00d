"""Entries and balances in the database. Entries and lines are added and never touched again: triggers refuse it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.base.sql import insert_new, insert_rows
from frostgate.billing.ledger.errors import EntryUnknown
from frostgate.billing.ledger.model import Entry, EntryKind, Ledger, Line, Position, effect
from frostgate.directory.errors import TenantUnknown
from frostgate.directory.model import is_slug
from frostgate.directory.store import Bytewise, get_tenant
from frostgate.standing.model import Service

ledgers = sa.Table(
    "ledgers",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("closed_at", Utc),
)

ledger_entries = sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("ledgers.tenant_id"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("posted_at", Utc, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reference", sa.Text),
    sa.Column("memo", sa.Text, nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("reverses", sa.BigInteger),
    sa.UniqueConstraint("tenant_id", "key"),
    sa.UniqueConstraint("tenant_id", "reverses"),
)
sa.Index("ix_ledger_entries_at", ledger_entries.c.tenant_id, ledger_entries.c.at)

# The same money is the same, whichever way the news of it comes.
_INCOMING = ledger_entries.c.kind.in_([sa.literal_column("'payment'"), sa.literal_column("'top_up'")])
sa.Index(
    "uq_ledger_entries_incoming",
    ledger_entries.c.tenant_id,
    ledger_entries.c.reference,
    unique=True,
    sqlite_where=_INCOMING,
    postgresql_where=_INCOMING,
)

# What was given away is little among all, and is looked for whenever somebody gives more.
IS_GIVEN = ledger_entries.c.kind.in_([sa.literal_column("'refund'"), sa.literal_column("'write_off'")])
sa.Index(
    "ix_ledger_entries_given",
    ledger_entries.c.tenant_id,
    ledger_entries.c.posted_at,
    sqlite_where=IS_GIVEN,
    postgresql_where=IS_GIVEN,
)

ledger_lines = sa.Table(
    "ledger_lines",
    metadata,
    sa.Column("tenant_id", Bytewise, primary_key=True),
    sa.Column("entry_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Text, nullable=False),
    sa.Column("item_id", sa.Text),
    sa.Column("service", sa.Text),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(["tenant_id", "entry_seq"], ["ledger_entries.tenant_id", "ledger_entries.seq"]),
)

ENTRY_OF_LINE = sa.and_(
    ledger_entries.c.tenant_id == ledger_lines.c.tenant_id, ledger_entries.c.seq == ledger_lines.c.entry_seq
)

# What the lines add up to, kept with them in one transaction. The item is '' where there is none: a key has no nulls.
ledger_balances = sa.Table(
    "ledger_balances",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("ledgers.tenant_id"), primary_key=True),
    sa.Column("item_id", sa.Text, primary_key=True),
    sa.Column("currency", sa.Text, primary_key=True),
    sa.Column("position", sa.Text, primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.CheckConstraint("position <> 'receivable' OR amount >= 0", name="ck_ledger_balances_receivable"),
    sa.CheckConstraint("position <> 'unbilled' OR amount >= 0", name="ck_ledger_balances_unbilled"),
    sa.CheckConstraint("position <> 'unapplied' OR amount <= 0", name="ck_ledger_balances_unapplied"),
)

# Invoices with something open are few among all there ever were. Spelled out, because a database uses such an index
# only where the query says the same without a parameter in it.
IS_OPEN = sa.and_(
    ledger_balances.c.position == sa.literal_column("'receivable'"), ledger_balances.c.amount > sa.literal_column("0")
)
sa.Index(
    "ix_ledger_balances_open",
    ledger_balances.c.tenant_id,
    ledger_balances.c.item_id,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)

# Built once: posting is a dozen small statements, and building them would take most of its time.
_LEDGER = sa.select(ledgers).where(ledgers.c.tenant_id == sa.bindparam("tenant"))
_HELD = _LEDGER.with_for_update()
_COUNT = ledgers.update().where(ledgers.c.tenant_id == sa.bindparam("tenant")).values(last=sa.bindparam("seq"))
_BY_KEY = sa.select(ledger_entries).where(
    ledger_entries.c.tenant_id == sa.bindparam("tenant"), ledger_entries.c.key == sa.bindparam("key")
)
_BY_SEQ = sa.select(ledger_entries).where(
    ledger_entries.c.tenant_id == sa.bindparam("tenant"), ledger_entries.c.seq == sa.bindparam("seq")
)
_BY_REFERENCE = sa.select(ledger_entries).where(
    ledger_entries.c.tenant_id == sa.bindparam("tenant"),
    ledger_entries.c.reference == sa.bindparam("reference"),
    _INCOMING,
)
_LINES = (
    sa.select(ledger_lines)
    .where(
        ledger_lines.c.tenant_id == sa.bindparam("tenant"),
        ledger_lines.c.entry_seq.between(sa.bindparam("first"), sa.bindparam("last")),
    )
    .order_by(ledger_lines.c.entry_seq, ledger_lines.c.line)
)
_BALANCE = (
    ledger_balances.c.tenant_id == sa.bindparam("tenant"),
    ledger_balances.c.item_id == sa.bindparam("item"),
    ledger_balances.c.currency == sa.bindparam("money"),
    ledger_balances.c.position == sa.bindparam("place"),
)
_READ_BALANCE = sa.select(ledger_balances.c.amount).where(*_BALANCE)
_MOVE_BALANCE = ledger_balances.update().where(*_BALANCE).values(amount=ledger_balances.c.amount + sa.bindparam("by"))
_OWN_BALANCES = sa.select(ledger_balances).where(
    ledger_balances.c.tenant_id == sa.bindparam("tenant"), ledger_balances.c.item_id == ""
)
_LINE_COLUMNS = ledger_lines.columns.keys()


# The ledger as a whole


def hold_ledger(connection: sa.Connection, tenant_id: str) -> Ledger:
    """A tenant's ledger, while others who want to post to it wait until the transaction ends.

    Raises:
        TenantUnknown: there is no such tenant.
    """
    if not is_slug(tenant_id):
        raise TenantUnknown
    row = connection.execute(_HELD, {"tenant": tenant_id}).first()
    if row is None:
        get_tenant(connection, tenant_id)
        new = {"tenant_id": tenant_id, "last": 0, "closed_at": None}
        connection.execute(insert_new(ledgers, connection.dialect.name), new)
        row = connection.execute(_HELD, {"tenant": tenant_id}).one()
    return Ledger(tenant_id=row.tenant_id, last=row.last, closed_at=row.closed_at)


def get_ledger(connection: sa.Connection, tenant_id: str) -> Ledger:
    """A tenant's ledger; an empty one where nothing was ever posted.

    Raises:
        TenantUnknown: there is no such tenant.
    """
    get_tenant(connection, tenant_id)
    row = connection.execute(_LEDGER, {"tenant": tenant_id}).first()
    return Ledger(tenant_id=tenant_id) if row is None else Ledger(**row._mapping)


def all_ledgers(connection: sa.Connection) -> list[Ledger]:
    """Every tenant's, for whoever checks them all."""
    return [Ledger(**row._mapping) for row in connection.execute(sa.select(ledgers).order_by(ledgers.c.tenant_id))]


def save_closing(connection: sa.Connection, ledger: Ledger) -> None:
    """Save whether a ledger is closed."""
    change = ledgers.update().where(ledgers.c.tenant_id == ledger.tenant_id)
    connection.execute(change.values(closed_at=ledger.closed_at))


# Entries


def add_entry(connection: sa.Connection, entry: Entry) -> None:
    """Save an entry with its lines, count it, and move the balances."""
    connection.execute(ledger_entries.insert(), _row(entry))
    lines = [
        (entry.tenant_id, entry.seq, number, line.position.value, line.item_id, line.service, line.amount)
        for number, line in enumerate(entry.lines)
    ]
    insert_rows(connection, ledger_lines, _LINE_COLUMNS, lines)
    for (position, item_id), amount in effect(entry.lines).items():
        _move(connection, entry, position, item_id or "", amount)
    connection.execute(_COUNT, {"tenant": entry.tenant_id, "seq": entry.seq})


def find_by_key(connection: sa.Connection, key: str, *, tenant_id: str) -> Entry | None:
    """The entry that has this key."""
    return _found(connection, _BY_KEY, tenant=tenant_id, key=key)


def find_incoming(connection: sa.Connection, reference: str, *, tenant_id: str) -> Entry | None:
    """The payment or top-up that has this reference."""
    return _found(connection, _BY_REFERENCE, tenant=tenant_id, reference=reference)


def get_entry(connection: sa.Connection, seq: int, *, tenant_id: str) -> Entry:
    """One entry.

    Raises:
        EntryUnknown: there is none of this number in the tenant's ledger.
    """
    found = _found(connection, _BY_SEQ, tenant=tenant_id, seq=seq)
    if found is None:
        raise EntryUnknown
    return found


def find_reversal(connection: sa.Connection, seq: int, *, tenant_id: str) -> int | None:
    """The number of the entry that reversed this one."""
    query = sa.select(ledger_entries.c.seq).where(
        ledger_entries.c.tenant_id == tenant_id, ledger_entries.c.reverses == seq
    )
    return connection.execute(query).scalar_one_or_none()


def is_invoiced(connection: sa.Connection, entry: Entry) -> bool:
    """Whether an entry is a charge that an invoice took over, as it takes over all that its service has unbilled.

    It cannot be taken back from what others left unbilled since: the next invoice takes all of theirs over.
    """
    charged = [line.service for line in entry.lines if line.position is Position.UNBILLED]
    query = (
        sa.select(ledger_lines.c.line)
        .join(ledger_entries, ENTRY_OF_LINE)
        .where(
            ledger_lines.c.tenant_id == entry.tenant_id,
            ledger_lines.c.entry_seq > entry.seq,
            ledger_lines.c.position == Position.UNBILLED.value,
            ledger_lines.c.service.in_(charged),
            ledger_entries.c.kind == EntryKind.INVOICE.value,
            ledger_entries.c.currency == entry.currency,
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def list_entries(
    connection: sa.Connection, *, tenant_id: str, after: int | None = None, limit: int = 100, newest: bool = False
) -> list[Entry]:
    """A page of a tenant's ledger, in either direction from the entry `after`."""
    seq = ledger_entries.c.seq
    query = sa.select(ledger_entries).where(ledger_entries.c.tenant_id == tenant_id)
    if after is not None:
        query = query.where(seq < after if newest else seq > after)
    rows = connection.execute(query.order_by(seq.desc() if newest else seq).limit(limit)).all()
    if not rows:
        return []
    first, last = sorted((rows[0].seq, rows[-1].seq))
    lines = lines_between(connection, first, last, tenant_id=tenant_id)
    return [_entry(row, lines.get(row.seq, ())) for row in rows]


def lines_between(connection: sa.Connection, first: int, last: int, *, tenant_id: str) -> Mapping[int, Sequence[Line]]:
    """The lines of a tenant's entries from one number to another, by entry."""
    found: dict[int, list[Line]] = {}
    for row in connection.execute(_LINES, {"tenant": tenant_id, "first": first, "last": last}):
        service = None if row.service is None else Service(row.service)
        found.setdefault(row.entry_seq, []).append(Line(Position(row.position), row.amount, row.item_id, service))
    return found


# Balances


def balance(
    connection: sa.Connection, position: Position, *, tenant_id: str, currency: str, item_id: str | None = None
) -> int:
    """What stands on a position, or on one item of it."""
    place = {"tenant": tenant_id, "item": item_id or "", "money": currency, "place": position.value}
    found: int | None = connection.execute(_READ_BALANCE, place).scalar_one_or_none()
    return found or 0


def own_balances(connection: sa.Connection, *, tenant_id: str) -> dict[str, dict[Position, int]]:
    """What stands on each position that has no items, by currency."""
    found: dict[str, dict[Position, int]] = {}
    for row in connection.execute(_OWN_BALANCES, {"tenant": tenant_id}):
        found.setdefault(row.currency, {})[Position(row.position)] = row.amount
    return found


def every_balance(connection: sa.Connection, *, tenant_id: str) -> dict[tuple[str, Position, str | None], int]:
    """All that is kept of a tenant's balances, for whoever adds up the lines; nothing that is 0."""
    query = sa.select(ledger_balances).where(ledger_balances.c.tenant_id == tenant_id, ledger_balances.c.amount != 0)
    return {
        (row.currency, Position(row.position), row.item_id or None): row.amount for row in connection.execute(query)
    }


def _move(connection: sa.Connection, entry: Entry, position: Position, item_id: str, by: int) -> None:
    """Add to a balance. No INSERT that turns into an UPDATE: the checks would look at the difference alone."""
    place = {"tenant": entry.tenant_id, "item": item_id, "money": entry.currency, "place": position.value}
    if connection.execute(_MOVE_BALANCE, {**place, "by": by}).rowcount:
        return
    first = {"item_id": item_id, "currency": entry.currency, "position": position.value, "amount": by}
    connection.execute(ledger_balances.insert(), {"tenant_id": entry.tenant_id, **first})


# Rows and values


def _found(connection: sa.Connection, query: sa.Select[Any], **values: Any) -> Entry | None:
    row = connection.execute(query, values).first()
    if row is None:
        return None
    return _entry(row, lines_between(connection, row.seq, row.seq, tenant_id=row.tenant_id).get(row.seq, ()))


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "tenant_id": entry.tenant_id,
        "seq": entry.seq,
        "id": entry.id,
        "key": entry.key,
        "kind": entry.kind.value,
        "currency": entry.currency,
        "at": entry.at,
        "posted_at": entry.posted_at,
        "actor": str(entry.actor),
        "reference": entry.reference,
        "memo": entry.memo,
        "source": entry.source,
        "content": entry.content,
        "reverses": entry.reverses,
    }


def _entry(row: Any, lines: Iterable[Line]) -> Entry:
    return Entry(
        tenant_id=row.tenant_id,
        seq=row.seq,
        id=row.id,
        key=row.key,
        kind=EntryKind(row.kind),
        currency=row.currency,
        lines=tuple(lines),
        at=row.at,
        posted_at=row.posted_at,
        actor=Actor.parse(row.actor),
        reference=row.reference,
        memo=row.memo,
        source=row.source,
        content=row.content,
        reverses=row.reverses,
    )
