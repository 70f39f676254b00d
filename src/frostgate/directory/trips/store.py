"""Trips in the database. Rows are added and decided about, never deleted."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.base.wire import to_json
from frostgate.directory.store import Bytewise, row_of
from frostgate.directory.trips.model import State, Trip, TripPlace, TripUnknown

trips = sa.Table(
    "trips",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), nullable=False),
    sa.Column("account_id", Bytewise, nullable=False),
    sa.Column("places", sa.Text, nullable=False),
    sa.Column("starts_at", Utc, nullable=False),
    sa.Column("ends_at", Utc, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("declared_by", sa.Text, nullable=False),
    sa.Column("declared_at", Utc, nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", Utc),
    sa.Column("decision_reason", sa.Text),
    sa.CheckConstraint("ends_at > starts_at", name="ck_trips_forwards"),
    sa.CheckConstraint("(state = 'requested') = (decided_by IS NULL)", name="ck_trips_decided_by"),
    sa.CheckConstraint("state <> 'approved' OR decided_by <> declared_by", name="ck_trips_approved_by_another"),
)
sa.Index("ix_trips_account", trips.c.tenant_id, trips.c.account_id, trips.c.id)
sa.Index("ix_trips_ends", trips.c.tenant_id, trips.c.ends_at)

_OPEN = (State.REQUESTED.value, State.APPROVED.value)
_places = msgspec.json.Decoder(tuple[TripPlace, ...])


def add(connection: sa.Connection, trip: Trip) -> None:
    """Save a new trip."""
    connection.execute(trips.insert().values(_row(trip)))


def save(connection: sa.Connection, trip: Trip) -> None:
    """Save what was decided about a trip; what was declared stays as it is."""
    row = _row(trip)
    decided = {name: row[name] for name in ("state", "decided_by", "decided_at", "decision_reason")}
    connection.execute(trips.update().where(trips.c.id == trip.id, trips.c.tenant_id == trip.tenant_id).values(decided))


def get_trip(connection: sa.Connection, trip_id: str, *, tenant_id: str, lock: bool = False) -> Trip:
    """One trip of this tenant, locked until the transaction ends where somebody is about to change it.

    Raises:
        TripUnknown: there is none in this tenant.
    """
    query = sa.select(trips).where(trips.c.id == trip_id, trips.c.tenant_id == tenant_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise TripUnknown
    return _trip(row)


def open_trips(connection: sa.Connection, account_id: str, *, tenant_id: str, at: datetime) -> list[Trip]:
    """An account's trips that count or may still come to count."""
    query = sa.select(trips).where(
        trips.c.tenant_id == tenant_id,
        trips.c.account_id == account_id,
        trips.c.state.in_(_OPEN),
        trips.c.ends_at >= at,
    )
    return [_trip(row) for row in connection.execute(query.order_by(trips.c.id))]


def list_trips(
    connection: sa.Connection,
    *,
    tenant_id: str,
    account_id: str | None = None,
    state: State | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Trip]:
    """A tenant's trips, or one account's, in the order in which they were declared."""
    query = sa.select(trips).where(trips.c.tenant_id == tenant_id, trips.c.id > after).order_by(trips.c.id)
    if account_id is not None:
        query = query.where(trips.c.account_id == account_id)
    if state is not None:
        query = query.where(trips.c.state == state.value)
    return [_trip(row) for row in connection.execute(query.limit(limit))]


def approved_since(connection: sa.Connection, since: datetime, *, tenant_id: str | None) -> list[Trip]:
    """Approved trips that end after this: of one tenant, or of all for the memory of the deciding thread."""
    query = sa.select(trips).where(trips.c.state == State.APPROVED.value, trips.c.ends_at > since)
    if tenant_id is not None:
        query = query.where(trips.c.tenant_id == tenant_id)
    return [_trip(row) for row in connection.execute(query)]


def _row(trip: Trip) -> dict[str, Any]:
    return {
        **row_of(trip),
        "places": to_json(trip.places),
        "declared_by": str(trip.declared_by),
        "decided_by": None if trip.decided_by is None else str(trip.decided_by),
    }


def _trip(row: Any) -> Trip:
    return Trip(
        id=row.id,
        tenant_id=row.tenant_id,
        account_id=row.account_id,
        places=_places.decode(row.places),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        note=row.note,
        state=State(row.state),
        declared_by=Actor.parse(row.declared_by),
        declared_at=row.declared_at,
        decided_by=None if row.decided_by is None else Actor.parse(row.decided_by),
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
    )
