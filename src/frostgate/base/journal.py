"""The journal: every change with its actor, in a chain that shows any later edit, removal or reordering.

Each entry's hash covers the hash before it, so changing one entry breaks every later one; the head row keeps the
last number and hash, so cutting off the end shows too. Whoever could rewrite the whole table could rewrite the head
as well: note the head that `frostgate journal verify` prints somewhere else to be safe from that.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
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


def append(
    connection: sa.Connection, *, at: datetime, tenant_id: str | None, actor: Actor, fact: str, body: Any
) -> int:
    """Write one entry and return its number, which only ever grows.

    The head row is locked first: entries are numbered in the order in which their transactions commit, so the number
    also serves as the revision of whatever the entry changed.
    """
    head = connection.execute(_LOCK_HEAD).one()
    number: int = head.number + 1
    text = to_json(body)
    moment = Utc().process_bind_param(at, None)
    assert moment is not None, "BUG: a journal entry without a time"
    link = chain(head.hash, number=number, at=moment, tenant_id=tenant_id, actor=str(actor), fact=fact, body=text)
    entry = {"number": number, "at": at, "tenant_id": tenant_id, "actor": str(actor), "fact": fact, "body": text}
    connection.execute(_ADD, entry | {"hash": link})
    connection.execute(_MOVE_HEAD, {"number": number, "hash": link})
    return number


# Built once: a freeze writes five entries while its sender waits, and building statements would take most of that time.
_LOCK_HEAD = sa.select(journal_head).where(journal_head.c.id == 1).with_for_update()
_ADD = journal.insert()
_MOVE_HEAD = journal_head.update().where(journal_head.c.id == 1)


def verify(connection: sa.Connection) -> tuple[int, str] | Broken:
    """Walk the whole chain: the head's number and hash when it holds, else the first break."""
    before, expected = GENESIS, 1
    for entry in _walk(connection):
        if entry.number != expected:
            return Broken(number=expected, problem=f"entry {expected} is missing: entry {entry.number} follows")
        moment = Utc().process_bind_param(entry.at, None)
        assert moment is not None, "BUG: the column is not nullable"
        link = chain(
            before,
            number=entry.number,
            at=moment,
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
