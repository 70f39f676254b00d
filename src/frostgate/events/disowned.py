"""Sign-ins of which the holder said that they were somebody else's: whatever they taught must not come back."""

import enum
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import json_text, upsert
from frostgate.directory.store import Bytewise
from frostgate.events.model import EventType, Login
from frostgate.events.store import Stored, events, get_decision, stored_of


class Word(enum.StrEnum):
    """What the holder said of a sign-in."""

    STRANGER = "stranger"  # it was not theirs
    BY_STRANGER_S_DEVICE = "device"  # of another by the same device, and of this one nothing
    OWN = "own"  # theirs, though it was by such a device


disowned = sa.Table(
    "disowned_sign_ins",
    metadata,
    sa.Column("decision_id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, nullable=False),
    sa.Column("account_id", Bytewise, nullable=False),
    sa.Column("said_at", Utc, nullable=False, index=True),
    sa.Column("word", sa.Text, nullable=False, server_default=Word.STRANGER.value),
)
sa.Index("ix_disowned_sign_ins_account", disowned.c.tenant_id, disowned.c.account_id)


def sign_ins(
    connection: sa.Connection,
    *,
    tenant_id: str,
    account_id: str,
    since: datetime | None = None,
    limit: int | None = None,
) -> list[Stored]:
    """An account's stored sign-ins that succeeded, the newest first."""
    query = sa.select(events).where(events.c.tenant_id == tenant_id, events.c.account_id == account_id)
    query = _succeeded(connection, query, since).order_by(events.c.time.desc(), events.c.seq.desc())
    return [stored_of(row) for row in connection.execute(query.limit(limit))]


def by_same_device(
    connection: sa.Connection, decision_id: str, *, tenant_id: str, account_id: str, since: datetime
) -> list[str]:
    """The decisions about an account's sign-ins since a time by the device of this one, the newest first.

    Where it names no device: by none, from the same address. Nothing where the sign-in itself is not kept any more.
    """
    said = get_decision(connection, decision_id, tenant_id=tenant_id)
    if said is None or not isinstance(said.event.data, Login):
        return []
    device = json_text(connection, events.c.data, "device")
    alike = device == said.event.data.device
    if said.event.data.device is None:
        alike = sa.and_(device.is_(None), json_text(connection, events.c.data, "ip") == said.event.data.ip)
    query = sa.select(events.c.decision_id).where(
        events.c.tenant_id == tenant_id, events.c.account_id == account_id, alike
    )
    query = _succeeded(connection, query, since).order_by(events.c.time.desc(), events.c.seq.desc())
    return [*connection.execute(query).scalars()]


def _succeeded(connection: sa.Connection, query: sa.Select[Any], since: datetime | None) -> sa.Select[Any]:
    """Of an account's events, which its index finds, the sign-ins that succeeded; the database tells them apart."""
    query = query.where(
        events.c.type == EventType.LOGIN.value, json_text(connection, events.c.data, "outcome") == "success"
    )
    return query if since is None else query.where(events.c.time >= since)


def disown(
    connection: sa.Connection,
    decision_id: str,
    others: Iterable[str],
    *,
    tenant_id: str,
    account_id: str,
    at: datetime,
) -> None:
    """Save that this was not the holder's, and `others` by its device neither, unless they say so: of those their own
    word counts.
    """
    row = {"tenant_id": tenant_id, "account_id": account_id, "said_at": at}
    said = {**row, "decision_id": decision_id, "word": Word.STRANGER.value}
    upsert(connection, disowned, [said], keys=["decision_id"], update=("word", "said_at"))
    alike = [{**row, "decision_id": each, "word": Word.BY_STRANGER_S_DEVICE.value} for each in others]
    upsert(connection, disowned, alike, keys=["decision_id"])


def claim(connection: sa.Connection, decision_id: str, *, tenant_id: str, account_id: str, at: datetime) -> bool:
    """Save that this was the holder's own; whether only its device had spoken against it."""
    by_device = (
        disowned.c.decision_id == decision_id,
        disowned.c.tenant_id == tenant_id,
        disowned.c.account_id == account_id,
        disowned.c.word == Word.BY_STRANGER_S_DEVICE.value,
    )
    claimed = connection.execute(disowned.update().where(*by_device).values(word=Word.OWN.value, said_at=at))
    return claimed.rowcount > 0


def disowned_of(connection: sa.Connection, *, tenant_id: str, account_id: str) -> set[str]:
    """The decisions about sign-ins that were not this account's holder's."""
    query = sa.select(disowned.c.decision_id).where(
        disowned.c.tenant_id == tenant_id,
        disowned.c.account_id == account_id,
        disowned.c.word != Word.OWN.value,
    )
    return set(connection.execute(query).scalars())


def disowned_since(connection: sa.Connection, since: datetime) -> list[tuple[str, str]]:
    """(tenant, account) of those whose holders said since a time whose sign-ins those were."""
    query = sa.select(disowned.c.tenant_id, disowned.c.account_id).where(disowned.c.said_at >= since).distinct()
    return [(row.tenant_id, row.account_id) for row in connection.execute(query)]
