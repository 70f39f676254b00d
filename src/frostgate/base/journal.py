"""The journal: every change with its actor, in a chain that shows any later edit, removal or reordering.

Each entry's hash covers the hash before it, so changing one entry breaks every later one; the head row keeps the
last number and hash, so cutting off the end shows too. Whoever could rewrite the whole table could rewrite the head
as well: note the head that `frostgate journal verify` prints somewhere else to be safe from that.
"""

import hashlib
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata, micros
from frostgate.base.model import Actor
from frostgate.base.sql import insert_rows
from frostgate.base.wire import from_json, to_json

GENESIS = "0" * 64

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("tenant_id", sa.Text, index=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("fact", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)

journal_head = sa.Table(
    "journal_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal."""

    number: int
    at: datetime
    tenant_id: str | None
    actor: str
    fact: str
    body: str
    hash: str


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """The first place where the chain does not hold."""

    number: int
    problem: str


def chain(before: str, *, number: int, at: int, tenant_id: str | None, actor: str, fact: str, body: str) -> str:
    """The hash of an entry: SHA-256 over the hash before it and every column, lengths included by JSON."""
    return hashlib.sha256(to_json([before, number, at, tenant_id, actor, fact, body]).encode()).hexdigest()


class Pen:
    """Writes the entries of one transaction.

    The head row is locked before the first entry and moved once at the end: entries are numbered in the order in which
    their transactions commit, so a number also serves as the revision of whatever the entry changed.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._has_head = False
        self._number = 0
        self._hash = ""
        self._written: list[tuple[Any, ...]] = []

    def take_head(self) -> None:
        """Lock the head until the transaction ends; nothing where that is done already."""
        if not self._has_head:
            head = self._connection.execute(_LOCK_HEAD).one()
            self._has_head, self._number, self._hash = True, head.number, head.hash

    def write(self, *, at: datetime, tenant_id: str | None, actor: Actor, fact: str, body: Any) -> int:
        """Write one entry; its number, which only ever grows."""
        self.take_head()
        self._number += 1
        number, who, text = self._number, str(actor), to_json(body)
        self._hash = chain(
            self._hash, number=number, at=micros(at), tenant_id=tenant_id, actor=who, fact=fact, body=text
        )
        self._written.append((number, micros(at), tenant_id, who, fact, text, self._hash))
        return number

    def finish(self) -> None:
        """Save what was written; the last thing that a transaction does."""
        if self._written:
            insert_rows(self._connection, journal, _COLUMNS, self._written)
            self._connection.execute(_MOVE_HEAD, {"number": self._number, "hash": self._hash})


# Built once: a freeze writes five entries while its sender waits, and building statements would take most of that time.
_LOCK_HEAD = sa.select(journal_head).where(journal_head.c.id == 1).with_for_update()
_COLUMNS = journal.columns.keys()
_MOVE_HEAD = journal_head.update().where(journal_head.c.id == 1)


def verify(connection: sa.Connection) -> tuple[int, str] | Broken:
    """Walk the whole chain: the head's number and hash when it holds, else the first break."""
    before, expected = GENESIS, 1
    for entry in _walk(connection):
        if entry.number != expected:
            return Broken(number=expected, problem=f"entry {expected} is missing: entry {entry.number} follows")
        link = chain(
            before,
            number=entry.number,
            at=micros(entry.at),
            tenant_id=entry.tenant_id,
            actor=entry.actor,
            fact=entry.fact,
            body=entry.body,
        )
        if link != entry.hash:
            return Broken(number=entry.number, problem="the entry does not match its hash")
        before, expected = link, expected + 1
    head = connection.execute(sa.select(journal_head).where(journal_head.c.id == 1)).one()
    if (head.number, head.hash) != (expected - 1, before):
        return Broken(number=expected, problem=f"the head names entry {head.number}, the journal ends before it")
    return expected - 1, before


def has_head(connection: sa.Connection, head: str) -> bool:
    """Whether the journal once ended in this head, written as `number:hash`."""
    number, _, link = head.partition(":")
    if not number.isdecimal():
        return False
    found = connection.execute(sa.select(journal.c.hash).where(journal.c.number == int(number))).scalar_one_or_none()
    return found is not None and found == link


def entries(
    connection: sa.Connection,
    *,
    tenant_id: str | None,
    after: int = 0,
    limit: int = 100,
    newest: bool = False,
) -> list[Entry]:
    """A page of the journal: of one tenant, or of all for those who may see all."""
    query = sa.select(journal).where(journal.c.number > after).limit(limit)
    query = query.order_by(journal.c.number.desc() if newest else journal.c.number)
    if tenant_id is not None:
        query = query.where(journal.c.tenant_id == tenant_id)
    return [Entry(**row._mapping) for row in connection.execute(query)]


def last_number(connection: sa.Connection) -> int:
    """The last entry's number.

    Numbers follow the order of the commits: whoever reads on in the same snapshot sees everything that this entry and
    all before it changed, and nothing that a later one did.
    """
    number: int = connection.execute(sa.select(journal_head.c.number).where(journal_head.c.id == 1)).scalar_one()
    return number


def told_since(connection: sa.Connection, number: int, facts: Collection[str]) -> list[Entry]:
    """Which of these facts were stated after that number, whoever's they are, oldest first."""
    query = sa.select(journal).where(journal.c.number > number, journal.c.fact.in_(facts)).order_by(journal.c.number)
    return [Entry(**row._mapping) for row in connection.execute(query)]


def body_of(entry: Entry) -> Any:
    """The entry's body as plain values."""
    return from_json(entry.body)


def _walk(connection: sa.Connection) -> Iterator[Entry]:
    page = 0
    while rows := connection.execute(
        sa.select(journal).where(journal.c.number > page).order_by(journal.c.number).limit(1000)
    ).all():
        for row in rows:
            yield Entry(**row._mapping)
        page = rows[-1].number
