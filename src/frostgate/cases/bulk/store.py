"""Actions on many accounts in the database, and whom they concern."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor, ActorKind
from frostgate.base.sql import upsert
from frostgate.base.wire import prepared
from frostgate.cases.bulk.model import Bulk, BulkUnknown, Concerned, Item, ItemState, State, What
from frostgate.cases.model import CaseKind, Outcome
from frostgate.cases.store import cases
from frostgate.standing.model import Cause, Finding
from frostgate.standing.store import holds

bulks = sa.Table(
    "bulk_actions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("finding", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("undoes", sa.Text),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("proposed_at", Utc, nullable=False),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", Utc),
    sa.Column("ended_at", Utc),
    sa.CheckConstraint("approved_by <> proposed_by", name="ck_bulk_actions_two_people"),
    sa.CheckConstraint("state NOT IN ('running', 'done') OR approved_by IS NOT NULL", name="ck_bulk_actions_approved"),
)
sa.Index("ix_bulk_actions_tenant", bulks.c.tenant_id, bulks.c.id)
sa.Index("ix_bulk_actions_state", bulks.c.state, bulks.c.id)
# One step back, and not two: whoever withdraws theirs leaves room for another.
sa.Index(
    "uq_bulk_actions_undoes",
    bulks.c.undoes,
    unique=True,
    sqlite_where=bulks.c.state != "withdrawn",
    postgresql_where=bulks.c.state != "withdrawn",
)

items = sa.Table(
    "bulk_items",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("bulk_id", sa.Text, sa.ForeignKey("bulk_actions.id"), nullable=False),
    sa.Column("account_id", sa.Text),
    sa.Column("case_id", sa.Text),
    sa.Column("like", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("problem", sa.Text),
    sa.Column("hold_id", sa.Text),
    sa.Column("kept_until", Utc),
)
sa.Index("ix_bulk_items_state", items.c.bulk_id, items.c.state, items.c.id)
sa.Index("ix_bulk_items_hold", items.c.hold_id)


@prepared
class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which cases are meant: those that fit everything that is named."""

    rule: str | None = None
    cause: Cause | None = None
    group: str | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    cases: tuple[str, ...] = ()


def releasable(connection: sa.Connection, wanted: Wanted, *, tenant_id: str, limit: int) -> list[Concerned]:
    """Whoever has an open hold that is meant, the oldest first; bans are none of them."""
    query = (
        sa.select(cases.c.account_id, cases.c.id)
        .join(holds, holds.c.id == cases.c.hold_id)
        .where(
            cases.c.tenant_id == tenant_id,
            cases.c.kind == CaseKind.HOLD.value,
            sa.or_(cases.c.outcome.is_(None), cases.c.outcome == Outcome.CONFIRMED.value),
            holds.c.released_at.is_(None),
        )
        .order_by(cases.c.id)
        .limit(limit)
    )
    if wanted.rule is not None:
        query = query.where(holds.c.actor == f"{ActorKind.RULE.value}:{wanted.rule}")
    if wanted.cause is not None:
        query = query.where(cases.c.cause == wanted.cause.value)
    if wanted.group is not None:
        query = query.where(cases.c.group_id == wanted.group)
    if wanted.opened_from is not None:
        query = query.where(cases.c.opened_at >= wanted.opened_from)
    if wanted.opened_before is not None:
        query = query.where(cases.c.opened_at < wanted.opened_before)
    if wanted.cases:
        query = query.where(cases.c.id.in_(wanted.cases))
    return [Concerned(account_id=row.account_id, case_id=row.id) for row in connection.execute(query)]


def add(connection: sa.Connection, bulk: Bulk, concerned: Sequence[Item]) -> bool:
    """Save a proposal with everybody whom it concerns; false where it is a second step back."""
    try:
        with connection.begin_nested():
            connection.execute(bulks.insert(), _row(bulk))
    except sa.exc.IntegrityError:
        return False
    upsert(connection, items, [_row(item) for item in concerned], keys=["id"])
    return True


def save(connection: sa.Connection, bulk: Bulk) -> None:
    """Save how far it has come."""
    where = bulks.c.id == bulk.id, bulks.c.tenant_id == bulk.tenant_id
    connection.execute(bulks.update().where(*where).values(_row(bulk)))


def get_bulk(connection: sa.Connection, bulk_id: str, *, tenant_id: str, lock: bool = False) -> Bulk:
    """One action of this tenant.

    Raises:
        BulkUnknown: there is none.
    """
    query = sa.select(bulks).where(bulks.c.id == bulk_id, bulks.c.tenant_id == tenant_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise BulkUnknown
    return _bulk(row)


def list_bulks(connection: sa.Connection, *, tenant_id: str, before: str | None, limit: int) -> list[Bulk]:
    """A tenant's actions, newest first."""
    query = sa.select(bulks).where(bulks.c.tenant_id == tenant_id).order_by(bulks.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(bulks.c.id < before)
    return [_bulk(row) for row in connection.execute(query)]


def running(connection: sa.Connection) -> list[Bulk]:
    """Every action that was agreed to and is not done, of whichever tenant, oldest first."""
    query = sa.select(bulks).where(bulks.c.state == State.RUNNING.value).order_by(bulks.c.id)
    return [_bulk(row) for row in connection.execute(query)]


def list_items(
    connection: sa.Connection,
    bulk: Bulk,
    *,
    state: ItemState | None = None,
    after: str | None = None,
    limit: int,
) -> list[Item]:
    """Whom it concerns, in the order in which they have their turns."""
    query = sa.select(items).where(items.c.bulk_id == bulk.id).order_by(items.c.id).limit(limit)
    if state is not None:
        query = query.where(items.c.state == state.value)
    if after is not None:
        query = query.where(items.c.id > after)
    return [_item(row) for row in connection.execute(query)]


def proposer_of(connection: sa.Connection, hold_id: str, *, tenant_id: str) -> Actor | None:
    """Who proposed the action on many accounts that placed this hold; None where none did."""
    query = (
        sa.select(bulks.c.proposed_by)
        .join(items, items.c.bulk_id == bulks.c.id)
        .where(
            bulks.c.tenant_id == tenant_id,
            bulks.c.what == What.FREEZE.value,
            items.c.hold_id == hold_id,
        )
    )
    found = connection.execute(query).scalar()
    return None if found is None else Actor.parse(found)


def is_pending(connection: sa.Connection, item: Item) -> bool:
    """Whether nobody else, in another process, has just done it."""
    query = sa.select(items.c.state).where(items.c.id == item.id, items.c.bulk_id == item.bulk_id)
    return bool(connection.execute(query.with_for_update()).scalar_one() == ItemState.PENDING.value)


def save_item(connection: sa.Connection, item: Item) -> None:
    """Save what became of one."""
    where = items.c.id == item.id, items.c.bulk_id == item.bulk_id
    connection.execute(items.update().where(*where).values(_row(item)))


def counts(connection: sa.Connection, bulk: Bulk) -> dict[ItemState, int]:
    """How many were done, skipped, and have their turn yet."""
    query = sa.select(items.c.state, sa.func.count()).where(items.c.bulk_id == bulk.id).group_by(items.c.state)
    found = {ItemState(state): count for state, count in connection.execute(query)}
    return {state: found.get(state, 0) for state in ItemState}


def _row(value: msgspec.Struct) -> dict[str, Any]:
    """As plain text: a driver may write our enumerations by their name."""
    return {
        name: each.value if isinstance(each, enum.Enum) else str(each) if isinstance(each, Actor) else each
        for name, each in msgspec.structs.asdict(value).items()
    }


def _bulk(row: sa.Row[Any]) -> Bulk:
    return Bulk(
        **{
            **row._mapping,
            "what": What(row.what),
            "finding": Finding(row.finding) if row.finding else None,
            "state": State(row.state),
            "proposed_by": Actor.parse(row.proposed_by),
            "approved_by": Actor.parse(row.approved_by) if row.approved_by else None,
        }
    )


def _item(row: sa.Row[Any]) -> Item:
    return Item(**{**row._mapping, "state": ItemState(row.state)})
