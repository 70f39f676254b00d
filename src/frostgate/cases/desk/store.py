"""Who has which case, and what reviewers are good at, in the database."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.base.sql import upsert
from frostgate.cases.clock.store import waits_for_holder
from frostgate.cases.desk.model import Lease, Reviewer
from frostgate.cases.model import Case, State
from frostgate.cases.severity import Severity
from frostgate.cases.store import case_of, cases, scoped
from frostgate.standing.model import Cause

leases = sa.Table(
    "case_leases",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("taken_at", Utc, nullable=False),
    sa.Column("until", Utc, nullable=False),
)
sa.Index("ix_case_leases_actor", leases.c.actor, leases.c.until)

reviewers = sa.Table(
    "desk_reviewers",
    metadata,
    sa.Column("operator_id", sa.Text, sa.ForeignKey("operators.id"), primary_key=True),
    sa.Column("causes", sa.Text, nullable=False),
    sa.Column("at_once", sa.Integer, nullable=False),
)

_TO_DO = (State.OPEN.value, State.WAITING.value)  # the states in which something can be ours to do


def save(connection: sa.Connection, lease: Lease) -> None:
    """Save who has a case from now on."""
    row = {**msgspec.structs.asdict(lease), "actor": str(lease.actor)}
    upsert(connection, leases, [row], keys=["case_id"], update=["actor", "taken_at", "until"])


def drop(connection: sa.Connection, case: Case) -> None:
    """Nobody has the case any more."""
    connection.execute(leases.delete().where(leases.c.case_id == case.id, leases.c.tenant_id == case.tenant_id))


def find(connection: sa.Connection, case: Case, *, at: datetime) -> Lease | None:
    """Who has the case now, if anybody."""
    return live_of(connection, [case], at=at).get(case.id)


def live_of(connection: sa.Connection, found: Iterable[Case], *, at: datetime) -> dict[str, Lease]:
    """Who has which of these cases now, by the cases' ids."""
    query = sa.select(leases).where(leases.c.case_id.in_([case.id for case in found]), leases.c.until > at)
    return {row.case_id: _lease(row) for row in connection.execute(query)}


def live_leases(connection: sa.Connection, at: datetime, *, actor: Actor | None = None) -> list[Lease]:
    """What people, or one of them, have in hand now, earliest taken first; staff's own, so of all tenants."""
    query = sa.select(leases).where(leases.c.until > at)
    if actor is not None:
        query = query.where(leases.c.actor == str(actor))
    return [_lease(row) for row in connection.execute(query.order_by(leases.c.taken_at, leases.c.case_id))]


def next_free(
    connection: sa.Connection,
    *,
    tenant_id: str | None,
    causes: Collection[Cause],
    actor: Actor,
    at: datetime,
) -> Case | None:
    """The gravest open case that nobody has and this person can do something in.

    Of equally grave ones, what belongs to a case that this person has in hand goes first: somebody who has just read
    one of an attack need not read themselves into another. Then the oldest.
    """
    free = _free(scoped(sa.select(cases), tenant_id), actor=actor, at=at)
    if causes:
        free = free.where(sa.or_(cases.c.cause.is_(None), cases.c.cause.in_([cause.value for cause in causes])))
    hand = sa.select(cases.c.id, cases.c.group_id).join(leases, leases.c.case_id == cases.c.id)
    mine = connection.execute(hand.where(leases.c.actor == str(actor), leases.c.until > at)).all()
    nearest = [
        cases.c.duplicate_of.in_([row.id for row in mine]),
        cases.c.group_id.in_({row.group_id for row in mine if row.group_id is not None}),
        sa.true(),
    ]
    for severity in sorted(Severity, reverse=True):
        for is_near in nearest if mine else nearest[-1:]:
            query = free.where(cases.c.severity == severity.value, is_near).order_by(cases.c.id).limit(1)
            # Each state by itself, because then an index has them in their order.
            firsts = [connection.execute(query.where(cases.c.state == state)).first() for state in _TO_DO]
            oldest = min((row for row in firsts if row is not None), key=lambda row: row.id, default=None)
            if oldest is not None:
                return case_of(oldest)
    return None


def neighbours_of(
    connection: sa.Connection, case: Case, *, tenant_id: str | None, actor: Actor, at: datetime, limit: int
) -> list[Case]:
    """Other open cases of the same attack that nobody has and this person can do something in, the oldest first."""
    if case.group_id is None or limit < 1:
        return []
    query = _free(scoped(sa.select(cases), tenant_id), actor=actor, at=at)
    query = query.where(cases.c.group_id == case.group_id, cases.c.id != case.id)
    return [case_of(row) for row in connection.execute(query.order_by(cases.c.id).limit(limit))]


def _free(query: sa.Select[Any], *, actor: Actor, at: datetime) -> sa.Select[Any]:
    """Of these cases, those to do that nobody has and this person can do something in.

    Where we wait for the holder nobody can, until they answer or the wait is over; unless a proposal waits for us.
    """
    proposed = sa.or_(
        cases.c.release_proposed_by.is_not(None),
        sa.and_(cases.c.ban_proposed_by.is_not(None), cases.c.ban_approved_by.is_(None)),
    )
    return query.outerjoin(leases, leases.c.case_id == cases.c.id).where(
        _is_ours(at, proposed),
        sa.or_(leases.c.case_id.is_(None), leases.c.until <= at),
        sa.or_(
            cases.c.ban_proposed_by.is_(None),
            cases.c.ban_proposed_by != str(actor),
            cases.c.ban_approved_by.is_not(None),
        ),
        sa.or_(cases.c.release_proposed_by.is_(None), cases.c.release_proposed_by != str(actor)),
    )


def _is_ours(at: datetime, anyhow: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether something is to do in a case: it is open, or what its holder declared done of a release waits for us."""
    goes_on = ~waits_for_holder(cases.c.id, at)
    return sa.or_(
        sa.and_(cases.c.state == State.OPEN.value, sa.or_(anyhow, goes_on)),
        sa.and_(cases.c.state == State.WAITING.value, goes_on),
    )


def waiting(connection: sa.Connection, *, tenant_id: str | None, at: datetime) -> list[sa.Row[Any]]:
    """How many cases are open or wait for us again, by severity and cause, and since when the oldest of them is."""
    count = sa.func.count().label("open")
    oldest = sa.type_coerce(sa.func.min(cases.c.opened_at), Utc).label("oldest")
    query = scoped(sa.select(cases.c.severity, cases.c.cause, count, oldest), tenant_id)
    query = query.where(_is_ours(at, sa.true())).group_by(cases.c.severity, cases.c.cause)
    return [*connection.execute(query.order_by(cases.c.severity.desc(), cases.c.cause))]


def get_reviewer(connection: sa.Connection, operator_id: str) -> Reviewer:
    """What is known of somebody; of whom nothing was said, what holds for everybody."""
    row = connection.execute(sa.select(reviewers).where(reviewers.c.operator_id == operator_id)).one_or_none()
    return Reviewer(operator_id=operator_id) if row is None else _reviewer(row)


def list_reviewers(connection: sa.Connection) -> list[Reviewer]:
    """Everybody of whom something was said."""
    return [_reviewer(row) for row in connection.execute(sa.select(reviewers).order_by(reviewers.c.operator_id))]


def save_reviewer(connection: sa.Connection, reviewer: Reviewer) -> None:
    """Save what was said of somebody."""
    row = {**msgspec.structs.asdict(reviewer), "causes": ",".join(sorted(reviewer.causes))}
    upsert(connection, reviewers, [row], keys=["operator_id"], update=["causes", "at_once"])


def _lease(row: sa.Row[Any]) -> Lease:
    return Lease(**{**row._mapping, "actor": Actor.parse(row.actor)})


def _reviewer(row: sa.Row[Any]) -> Reviewer:
    causes = frozenset(Cause(cause) for cause in row.causes.split(",") if cause)
    return Reviewer(operator_id=row.operator_id, causes=causes, at_once=row.at_once)
