"""Events in the database, each with the decision about it in the same row.

A row is written once and never changed; housekeeping removes it when policy says that it was kept long enough.
`seq` is the order in which we decided: what a restart replays, and what a later backtest reads.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata, micros
from frostgate.base.sql import insert_rows, parameter_mark
from frostgate.events.model import DATA, Data, Event, EventType

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("time", Utc, nullable=False),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("decision_id", sa.Text, nullable=False),
    sa.Column("policy", sa.Integer, nullable=False),
    sa.Column("verdict", sa.SmallInteger, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant_id", "source", "event_id"),
    sa.UniqueConstraint("decision_id"),
)
sa.Index("ix_events_account", events.c.tenant_id, events.c.account_id, events.c.time)

COLUMNS = [column.name for column in events.columns if column.name != "seq"]
LOOKED_UP_AT_ONCE = 500
# What an event's number says of when it happened is right within this: how long it may have waited to be decided,
# and how far ahead its sender's clock may be.
OUT_OF_ORDER = timedelta(minutes=10)

_data_encoder = msgspec.json.Encoder()
_data_decoders = {kind.value: msgspec.json.Decoder(shape) for kind, shape in DATA.items()}


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was kept, with the decision about it."""

    seq: int
    event: Event
    decision_id: str
    policy: int
    verdict: int
    decision: str  # JSON; the rules room knows its shape


def data_text(data: Data) -> str:
    """An event's data as it is stored: fields in the order of their declaration, so equal data are equal text."""
    return _data_encoder.encode(data).decode()


def row(event: Event, *, decision_id: str, policy: int, verdict: int, decision: str) -> tuple[Any, ...]:
    """One row in storage form, in the order of `COLUMNS`."""
    return (
        event.tenant_id,
        event.source,
        event.id,
        event.type.value,
        micros(event.time),
        micros(event.received_at),
        event.data.account,
        data_text(event.data),
        decision_id,
        policy,
        verdict,
        decision,
    )


def add_all(connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Save events with their decisions by one statement."""
    insert_rows(connection, events, COLUMNS, rows)


def last_seq(connection: sa.Connection) -> int:
    """The newest event's number, 0 when there is none."""
    newest: int = connection.exec_driver_sql("SELECT coalesce(max(seq), 0) FROM events").scalar_one()
    return newest


def find_repeats(connection: sa.Connection, incoming: Sequence[Event]) -> dict[tuple[str, str, str], Stored]:
    """Which of these events we have had before, by tenant, source and id.

    Most senders send from few sources, so ids are looked up source by source. Nearly all are new, so it asks for their
    names alone, in plain SQL: every slice of events pays for this, and building the statement would cost the most.
    """
    wanted: dict[tuple[str, str], list[str]] = {}
    for event in incoming:
        wanted.setdefault((event.tenant_id, event.source), []).append(event.id)
    found: dict[tuple[str, str, str], Stored] = {}
    mark = parameter_mark(connection)
    for (tenant_id, source), ids in wanted.items():
        for start in range(0, len(ids), LOOKED_UP_AT_ONCE):
            piece = ids[start : start + LOOKED_UP_AT_ONCE]
            text = f"{_REPEATED.format(mark)} IN ({','.join([mark] * len(piece))})"
            repeated = connection.exec_driver_sql(text, (tenant_id, source, *piece)).scalars().all()
            if repeated:
                found.update(_by_name(connection, tenant_id, source, repeated))
    return found


_REPEATED = "SELECT event_id FROM events WHERE tenant_id = {0} AND source = {0} AND event_id"


def _by_name(
    connection: sa.Connection, tenant_id: str, source: str, ids: Sequence[str]
) -> dict[tuple[str, str, str], Stored]:
    query = sa.select(events).where(
        events.c.tenant_id == tenant_id, events.c.source == source, events.c.event_id.in_(ids)
    )
    rows = map(stored_of, connection.execute(query))
    return {(tenant_id, source, stored.event.id): stored for stored in rows}


def get_decision(connection: sa.Connection, decision_id: str, *, tenant_id: str | None) -> Stored | None:
    """The event that a decision is about, within a tenant (None: any, for the platform's own staff)."""
    query = sa.select(events).where(events.c.decision_id == decision_id)
    if tenant_id is not None:
        query = query.where(events.c.tenant_id == tenant_id)
    found = connection.execute(query).one_or_none()
    return None if found is None else stored_of(found)


def around(
    connection: sa.Connection,
    *,
    tenant_id: str,
    account_id: str,
    at: datetime,
    limit: int = 20,
) -> list[Stored]:
    """An account's newest events up to a time, oldest first: what a reviewer reads beside the decision."""
    query = (
        sa.select(events)
        .where(events.c.tenant_id == tenant_id, events.c.account_id == account_id, events.c.time <= at)
        .order_by(events.c.time.desc(), events.c.seq.desc())
        .limit(limit)
    )
    return [stored_of(found) for found in connection.execute(query)][::-1]


def after(connection: sa.Connection, seq: int, *, since: datetime, page: int = 5000) -> Iterator[Stored]:
    """Every event after a number that happened since a time, in the order of decision."""
    seq = last_before(connection, seq, since - OUT_OF_ORDER)
    while True:
        query = sa.select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(page)
        rows = connection.execute(query).all()
        for found in rows:
            seq = found.seq
            if found.time >= since:
                yield stored_of(found)
        if len(rows) < page:
            return


def last_before(connection: sa.Connection, seq: int, at: datetime) -> int:
    """The number of the last event that reached us before a time, or `seq` where that is later; found by halving.

    Events reach us in the order of their numbers, so this needs no index, which every event would have to pay for.
    """
    newest = last_seq(connection)
    while seq < newest:
        middle = (seq + newest) // 2
        numbered = sa.select(events.c.seq, events.c.received_at).where(events.c.seq > middle)
        found = connection.execute(numbered.order_by(events.c.seq).limit(1)).one()
        if found.received_at < at:
            seq = found.seq
        else:
            newest = middle
    return seq


def forget_before(
    connection: sa.Connection, at: datetime, *, kept: sa.Select[Any], after: int, at_most: int
) -> tuple[int, int | None]:
    """Remove events received before a time, except the decisions that `kept` selects, from the oldest on.

    Looks at `at_most` events after the number `after`; how many went, and the number to go on after (None: nothing
    older is left). Events arrive in the order of their numbers, so their end is found without an index, which every
    event would have to pay for.
    """
    page = sa.select(events.c.seq, events.c.received_at).where(events.c.seq > after).order_by(events.c.seq)
    rows = connection.execute(page.limit(at_most)).all()
    old = [row.seq for row in rows if row.received_at < at]
    if not old:
        return 0, None
    within = events.c.seq.between(old[0], old[-1])
    gone = connection.execute(
        events.delete().where(within, events.c.received_at < at, events.c.decision_id.not_in(kept))
    ).rowcount
    return gone, old[-1] if len(old) == at_most else None


def stored_of(found: sa.Row[Any]) -> Stored:
    """The event with its decision that a row stands for."""
    data = _data_decoders[found.type].decode(found.data)
    return Stored(
        seq=found.seq,
        event=Event(
            tenant_id=found.tenant_id,
            source=found.source,
            id=found.event_id,
            type=EventType(found.type),
            time=found.time,
            received_at=found.received_at,
            data=data,
        ),
        decision_id=found.decision_id,
        policy=found.policy,
        verdict=found.verdict,
        decision=found.decision,
    )
