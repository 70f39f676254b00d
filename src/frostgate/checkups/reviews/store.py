"""Reviews in the database. What one shows is stored as text, and given back as it is."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.base.wire import to_json
from frostgate.checkups.reviews.errors import ReviewUnknown
from frostgate.checkups.reviews.model import Quarter, Removal, RemovalState, Review, Snapshot, State, Statement
from frostgate.directory.model import Tenant
from frostgate.directory.store import Bytewise, tenant_of, tenants

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), nullable=False),
    sa.Column("quarter", Bytewise, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("told", sa.Integer, nullable=False),
    sa.Column("look_at", Utc),
    sa.Column("escalated_at", Utc),
    sa.Column("confirmed_at", Utc),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("statements", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant_id", "quarter", name="uq_reviews_quarter"),
    sa.CheckConstraint("(state = 'confirmed') = (confirmed_by IS NOT NULL)", name="ck_reviews_confirmed_by"),
    sa.CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="ck_reviews_confirmed_at"),
    sa.CheckConstraint("state = 'open' OR look_at IS NULL", name="ck_reviews_look_at"),
)
_WAITS = reviews.c.look_at.is_not(None)
sa.Index("ix_reviews_look_at", reviews.c.look_at, sqlite_where=_WAITS, postgresql_where=_WAITS)

removals = sa.Table(
    "review_removals",
    metadata,
    sa.Column("review_id", sa.Text, sa.ForeignKey("reviews.id"), primary_key=True),
    sa.Column("line", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, nullable=False),
    sa.Column("quarter", Bytewise, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("asked_at", Utc, nullable=False),
    sa.Column("ended_at", Utc),
    sa.Column("ended_by", sa.Text),
    sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ck_review_removals_ended_at"),
    sa.CheckConstraint("(state = 'open') = (ended_by IS NULL)", name="ck_review_removals_ended_by"),
)
_OPEN = removals.c.state == sa.literal_column("'open'")
sa.Index("ix_review_removals_open", removals.c.tenant_id, removals.c.line, sqlite_where=_OPEN, postgresql_where=_OPEN)

_statements = msgspec.json.Decoder(dict[str, Statement])


def review_of(snapshot: Snapshot, review_id: str, *, due_at: datetime, look_at: datetime) -> Review:
    """A new review with the text that it will keep."""
    body = to_json(snapshot)
    return Review(
        id=review_id,
        tenant_id=snapshot.tenant_id,
        quarter=snapshot.quarter,
        body=body,
        digest=hashlib.sha256(body.encode()).hexdigest(),
        made_at=snapshot.made_at,
        due_at=due_at,
        look_at=look_at,
    )


def add_all(connection: sa.Connection, new: Sequence[Review]) -> None:
    """Save new reviews."""
    connection.execute(reviews.insert(), [_row(each) for each in new])


def save(connection: sa.Connection, review: Review) -> None:
    """Save what is said of a review, and how often we asked; what it shows never changes."""
    kept = {"id", "tenant_id", "quarter", "body", "digest", "made_at", "due_at"}
    row = {name: value for name, value in _row(review).items() if name not in kept}
    connection.execute(
        reviews.update().where(reviews.c.id == review.id, reviews.c.tenant_id == review.tenant_id).values(row)
    )


def get(connection: sa.Connection, quarter: str, *, tenant_id: str, lock: bool = False) -> Review:
    """A tenant's review of a quarter.

    Raises:
        ReviewUnknown: there is none.
    """
    query = sa.select(reviews).where(reviews.c.tenant_id == tenant_id, reviews.c.quarter == quarter)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise ReviewUnknown
    return _review(row)


def list_reviews(
    connection: sa.Connection,
    *,
    tenant_id: str | None,
    state: State | None = None,
    overdue: bool | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[Review]:
    """A page of reviews, the newest first: of one tenant, or of all for the platform's own people."""
    query = sa.select(reviews)
    if tenant_id is not None:
        query = query.where(reviews.c.tenant_id == tenant_id)
    if state is not None:
        query = query.where(reviews.c.state == state.value)
    if overdue is not None:
        late = sa.and_(reviews.c.escalated_at.is_not(None), reviews.c.state == State.OPEN.value)
        query = query.where(late if overdue else sa.not_(late))
    if before is not None:
        query = query.where(reviews.c.id < before)
    return [_review(row) for row in connection.execute(query.order_by(reviews.c.id.desc()).limit(limit))]


def not_reviewed(
    connection: sa.Connection, quarter: Quarter, *, before: datetime, after: str, limit: int
) -> list[Tenant]:
    """Tenants without a review of a quarter who were there `before` its end, in order of their ids."""
    made = sa.exists().where(reviews.c.tenant_id == tenants.c.id, reviews.c.quarter == quarter.name)
    query = sa.select(tenants).where(tenants.c.id > after, tenants.c.created_at < before, ~made)
    return [tenant_of(row) for row in connection.execute(query.order_by(tenants.c.id).limit(limit))]


def newest_of(connection: sa.Connection, tenant_ids: Collection[str]) -> Mapping[str, Review]:
    """The last review of each of these tenants, by tenant: one statement."""
    last = (
        sa.select(reviews.c.tenant_id, sa.func.max(reviews.c.quarter).label("quarter"))
        .where(reviews.c.tenant_id.in_(tenant_ids))
        .group_by(reviews.c.tenant_id)
        .subquery()
    )
    mine = sa.and_(reviews.c.tenant_id == last.c.tenant_id, reviews.c.quarter == last.c.quarter)
    query = sa.select(reviews).select_from(reviews.join(last, mine))
    return {row.tenant_id: _review(row) for row in connection.execute(query)}


def due(connection: sa.Connection, at: datetime, *, limit: int) -> list[tuple[str, str]]:
    """(tenant, quarter) of the reviews of which somebody is to be told."""
    query = sa.select(reviews.c.tenant_id, reviews.c.quarter).where(_WAITS, reviews.c.look_at <= at)
    return [(row.tenant_id, row.quarter) for row in connection.execute(query.order_by(reviews.c.look_at).limit(limit))]


# What is to go


def add_removals(connection: sa.Connection, new: Sequence[Removal]) -> None:
    """Save what is to go."""
    connection.execute(removals.insert(), [_removal_row(each) for each in new])


def save_removal(connection: sa.Connection, removal: Removal) -> None:
    """Save what became of it."""
    mine = removals.c.review_id == removal.review_id, removals.c.tenant_id == removal.tenant_id
    connection.execute(removals.update().where(*mine, removals.c.line == removal.line).values(_removal_row(removal)))


def removals_of(connection: sa.Connection, review_id: str, *, tenant_id: str) -> list[Removal]:
    """What a review said is to go, and what became of it."""
    query = sa.select(removals).where(removals.c.review_id == review_id, removals.c.tenant_id == tenant_id)
    return [_removal(row) for row in connection.execute(query.order_by(removals.c.line))]


def open_removals(connection: sa.Connection, *, tenant_id: str, line: str | None = None) -> list[Removal]:
    """What is still to go in a tenant, by whichever review; of one line where it is named."""
    query = sa.select(removals).where(removals.c.tenant_id == tenant_id, _OPEN)
    if line is not None:
        query = query.where(removals.c.line == line)
    return [_removal(row) for row in connection.execute(query.order_by(removals.c.review_id, removals.c.line))]


def tenants_with_removals(connection: sa.Connection) -> list[str]:
    """The tenants in which something is still to go."""
    query = sa.select(removals.c.tenant_id).where(_OPEN).distinct()
    return [*connection.execute(query.order_by(removals.c.tenant_id)).scalars()]


def _removal_row(removal: Removal) -> dict[str, Any]:
    row = msgspec.structs.asdict(removal)
    by = removal.ended_by
    return {**row, "state": removal.state.value, "ended_by": None if by is None else str(by)}


def _removal(row: sa.Row[Any]) -> Removal:
    by = Actor.parse(row.ended_by) if row.ended_by else None
    return Removal(**{**row._mapping, "state": RemovalState(row.state), "ended_by": by})


def _row(review: Review) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(review),
        "state": review.state.value,
        "confirmed_by": None if review.confirmed_by is None else str(review.confirmed_by),
        "statements": to_json(review.statements),
    }


def _review(row: sa.Row[Any]) -> Review:
    return Review(
        **{
            **row._mapping,
            "state": State(row.state),
            "confirmed_by": Actor.parse(row.confirmed_by) if row.confirmed_by else None,
            "statements": _statements.decode(row.statements),
        }
    )
