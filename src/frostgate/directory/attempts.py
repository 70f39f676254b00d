"""How often somebody may be wrong about a password.

Every attempt is counted before the password is looked at, and given back when it was right, so a hundred guesses at
once are a hundred guesses. Attempts that are refused are not counted: a block ends 15 minutes after its first
failure, however hard somebody keeps trying. And whoever signed in from a place before is judged there by their own
failures alone, so that strangers who guess at an address cannot keep its owner out.
"""

import hashlib
import ipaddress
import math
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import insert_into, upsert
from frostgate.base.uow import Tx
from frostgate.directory.errors import TooManyAttempts

WINDOW = timedelta(minutes=15)
PLACE_KNOWN_FOR = timedelta(days=30)

PER_PAIR = 5  # failures for one email from one place
PER_EMAIL = 20  # from everywhere
PER_PLACE = 50  # for any email; a company's people may share one address
PER_PERSON = 5  # for whoever is signed in and says their own password again

attempts = sa.Table(
    "sign_in_attempts",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("started_at", Utc, nullable=False, index=True),
    sa.Column("failures", sa.Integer, nullable=False),
)

places = sa.Table(
    "sign_in_places",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("seen_at", Utc, nullable=False, index=True),
)


def count(tx: Tx, *, email: str, address: str) -> list[str]:
    """Count an attempt as a failure and return the counters, until `forgive` takes it back from just these.

    Raises:
        TooManyAttempts: it was one too many; leave the transaction, so that nothing of it is counted.
    """
    tx.execute(attempts.delete().where(attempts.c.started_at <= tx.now - WINDOW))
    tx.execute(places.delete().where(places.c.seen_at <= tx.now - PLACE_KNOWN_FOR))
    pair = _key("pair", email, place(address))
    limits = [(pair, PER_PAIR)]
    if tx.execute(sa.select(places.c.key).where(places.c.key == pair)).first() is None:
        limits += [(_key("place", place(address)), PER_PLACE), (_key("email", email), PER_EMAIL)]
    for key, limit in limits:
        failures, started_at = one_more(tx, attempts, key=key)
        if failures > limit:
            raise TooManyAttempts(**wait(started_at, tx.now))
    return [key for key, _ in limits]


def forgive(tx: Tx, counted: list[str]) -> None:
    """The password was right: take the attempt back where it was counted, and know the place from now on.

    The other failures of the place stay: somebody's own success must not cover their guesses at other people.
    """
    pair, *wider = counted
    tx.execute(attempts.delete().where(attempts.c.key == pair))
    for key in wider:  # one after another, in the order in which `count` takes them: else two might wait crosswise
        less = attempts.update().where(attempts.c.key == key, attempts.c.failures > 0)
        tx.execute(less.values(failures=attempts.c.failures - 1))
    upsert(tx.connection, places, [{"key": pair, "seen_at": tx.now}], keys=["key"], update=["seen_at"])


def count_own(tx: Tx, operator_id: str) -> None:
    """Count a try at one's own password, by whoever is signed in, as a failure until `forgive_own`.

    By the person and nothing else: what somebody does in their own session is in nobody's way, at sign-in neither.

    Raises:
        TooManyAttempts: it was one too many; leave the transaction, so that it is not counted.
    """
    tx.execute(attempts.delete().where(attempts.c.started_at <= tx.now - WINDOW))
    failures, started_at = one_more(tx, attempts, key=_key("own", operator_id))
    if failures > PER_PERSON:
        raise TooManyAttempts(**wait(started_at, tx.now))


def forgive_own(tx: Tx, operator_id: str) -> None:
    """It was the password: nothing before it counts any more."""
    tx.execute(attempts.delete().where(attempts.c.key == _key("own", operator_id)))


def place(address: str) -> str:
    """Where an address is from: itself in IPv4, its /64 in IPv6, of which one household has all."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(ip)


def one_more(tx: Tx, counters: sa.Table, **key: str) -> tuple[int, datetime]:
    """Add one to the counter of this key in one statement: its failures now, and when its window began."""
    statement = insert_into(counters, tx.connection.dialect.name).values(**key, started_at=tx.now, failures=1)
    statement = statement.on_conflict_do_update(
        index_elements=list(key), set_={"failures": counters.c.failures + 1}
    ).returning(counters.c.failures, counters.c.started_at)
    row = tx.execute(statement).one()
    return row.failures, row.started_at


def wait(started_at: datetime, now: datetime) -> dict[str, Any]:
    """How long a window that began then still lasts, as a refusal says it."""
    seconds = max(1, math.ceil((started_at + WINDOW - now).total_seconds()))
    return {"retry_after": seconds, "minutes": math.ceil(seconds / 60)}


def _key(*parts: str) -> str:
    """A counter's name, hashed: people sometimes type their password where the address belongs."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
