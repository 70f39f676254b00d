"""Clocks in the database. A run is one row: what follows from its facts is kept beside them only to be asked for."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.wire import to_json
from frostgate.cases.clock.model import Clock, Limit, Pause, Policy

clocks = sa.Table(
    "case_clocks",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("run", sa.Integer, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("is_task", sa.Boolean, nullable=False),
    sa.Column("policy", sa.Text, nullable=False),
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("pauses", sa.Text, nullable=False),
    sa.Column("first_answered_at", Utc),
    sa.Column("ended_at", Utc),
    sa.Column("is_decided", sa.Boolean, nullable=False),
    sa.Column("said", sa.Text, nullable=False),
    # What follows from them.
    sa.Column("waits_until", Utc),  # for the holder; None where it is nobody's turn but ours
    sa.Column("next_look", Utc),
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("answer_missed_at", Utc),
    sa.Column("decision_missed_at", Utc),
    sa.Column("answer_took", sa.BigInteger),  # microseconds of counted time
    sa.Column("decision_took", sa.BigInteger),
)


def _some(condition: str) -> dict[str, Any]:
    """An index of the rows alone of which this is true: of all that ever ran, few still run, and few were late."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


sa.Index("uq_case_clocks_running", clocks.c.case_id, unique=True, **_some("ended_at IS NULL"))
sa.Index("ix_case_clocks_look", clocks.c.next_look, clocks.c.case_id, **_some("ended_at IS NULL"))
sa.Index("ix_case_clocks_due", clocks.c.due_at, clocks.c.case_id, **_some("ended_at IS NULL"))
sa.Index("ix_case_clocks_answered", clocks.c.first_answered_at, **_some("first_answered_at IS NOT NULL"))
sa.Index("ix_case_clocks_ended", clocks.c.ended_at, **_some("ended_at IS NOT NULL"))
sa.Index("ix_case_clocks_answer_missed", clocks.c.answer_missed_at, **_some("answer_missed_at IS NOT NULL"))
sa.Index("ix_case_clocks_decision_missed", clocks.c.decision_missed_at, **_some("decision_missed_at IS NOT NULL"))

_IS_RUNNING = clocks.c.ended_at.is_(None)
_MICROSECOND = timedelta(microseconds=1)

_read_policy = msgspec.json.Decoder(Policy).decode
_read_pauses = msgspec.json.Decoder(tuple[Pause, ...]).decode

# Built once: each hold begins a clock while its sender waits.
_ADD = clocks.insert()

MISSED = {Limit.FIRST_ANSWER: clocks.c.answer_missed_at, Limit.DECISION: clocks.c.decision_missed_at}
TOOK = {
    Limit.FIRST_ANSWER: (clocks.c.first_answered_at, clocks.c.answer_took),
    Limit.DECISION: (clocks.c.ended_at, clocks.c.decision_took),
}


def add(connection: sa.Connection, clock: Clock) -> None:
    """Save a new run.

    Raises:
        Conflict: one is running.
    """
    connection.execute(_ADD, _row(clock))


def save(connection: sa.Connection, clock: Clock) -> None:
    """Save a run as it stands now."""
    chosen = clocks.c.case_id == clock.case_id, clocks.c.run == clock.run, clocks.c.tenant_id == clock.tenant_id
    connection.execute(clocks.update().where(*chosen).values(_row(clock)))


def find_running(connection: sa.Connection, case_id: str, *, tenant_id: str) -> Clock | None:
    """The clock of this case that runs, locked; None where nothing is to be done in it."""
    query = sa.select(clocks).where(clocks.c.case_id == case_id, clocks.c.tenant_id == tenant_id, _IS_RUNNING)
    row = connection.execute(query.with_for_update()).one_or_none()
    return None if row is None else _clock(row)


def last_run(connection: sa.Connection, case_id: str, *, tenant_id: str) -> Clock | None:
    """The run that runs, or else the last that did."""
    query = sa.select(clocks).where(clocks.c.case_id == case_id, clocks.c.tenant_id == tenant_id)
    row = connection.execute(query.order_by(clocks.c.run.desc()).limit(1)).one_or_none()
    return None if row is None else _clock(row)


def runs(connection: sa.Connection, case_id: str, *, tenant_id: str) -> list[Clock]:
    """Every run that there was, the first first."""
    query = sa.select(clocks).where(clocks.c.case_id == case_id, clocks.c.tenant_id == tenant_id)
    return [_clock(row) for row in connection.execute(query.order_by(clocks.c.run))]


def last_runs(connection: sa.Connection, case_ids: Sequence[str]) -> dict[str, Clock]:
    """The last runs of cases that the reader may see, by the cases' ids."""
    query = sa.select(clocks).where(clocks.c.case_id.in_(case_ids)).order_by(clocks.c.case_id, clocks.c.run)
    return {row.case_id: _clock(row) for row in connection.execute(query)}


def due(connection: sa.Connection, now: datetime, *, limit: int) -> list[tuple[str, str]]:
    """The tenants and cases of which somebody is to be told something now, those that waited longest first."""
    query = (
        sa.select(clocks.c.tenant_id, clocks.c.case_id)
        .where(_IS_RUNNING, clocks.c.next_look <= now)
        .order_by(clocks.c.next_look, clocks.c.case_id)
        .limit(limit)
    )
    return [(row.tenant_id, row.case_id) for row in connection.execute(query)]


def running(connection: sa.Connection, case_ids: Iterable[str], *, tenant_id: str) -> list[Clock]:
    """The running clocks of these cases of a tenant, locked."""
    query = sa.select(clocks).where(clocks.c.case_id.in_(case_ids), clocks.c.tenant_id == tenant_id, _IS_RUNNING)
    return [_clock(row) for row in connection.execute(query.order_by(clocks.c.case_id).with_for_update())]


def waits_for_holder(case_id: sa.ColumnElement[str], at: datetime) -> sa.ColumnElement[bool]:
    """Whether we wait for the holder of a case at a time: a condition for a query of the reader's own cases."""
    return sa.exists().where(clocks.c.case_id == case_id, _IS_RUNNING, clocks.c.waits_until > at)


# The figures


def count_running(connection: sa.Connection, *, tenant_id: str | None) -> int:
    """How many clocks run."""
    return _count(connection, _IS_RUNNING, tenant_id=tenant_id)


def count_late(connection: sa.Connection, limit: Limit, *, tenant_id: str | None) -> int:
    """How many run whose limit has run out, and of whom nobody has done yet what it asks for."""
    closed, _ = TOOK[limit]
    return _count(connection, MISSED[limit].is_not(None), closed.is_(None), _IS_RUNNING, tenant_id=tenant_id)


def count_missed(
    connection: sa.Connection, limit: Limit, *, since: datetime, until: datetime, tenant_id: str | None
) -> int:
    """How many limits ran out in this time."""
    return _count(connection, MISSED[limit] >= since, MISSED[limit] <= until, tenant_id=tenant_id)


def median_took(
    connection: sa.Connection, limit: Limit, *, since: datetime, until: datetime, tenant_id: str | None
) -> timedelta | None:
    """How much counted time it took half of those for whom it was done in this time, at most; None: nobody."""
    at, took = TOOK[limit]
    chosen = (at >= since, at <= until, took.is_not(None))
    count = _count(connection, *chosen, tenant_id=tenant_id)
    if not count:
        return None
    query = _of(sa.select(took).where(*chosen), tenant_id).order_by(took).offset((count - 1) // 2).limit(1)
    half: int = connection.execute(query).scalar_one()
    return half * _MICROSECOND


def _count(connection: sa.Connection, *chosen: sa.ColumnElement[bool], tenant_id: str | None) -> int:
    query = _of(sa.select(sa.func.count()).select_from(clocks).where(*chosen), tenant_id)
    count: int = connection.execute(query).scalar_one()
    return count


def _of(query: sa.Select[Any], tenant_id: str | None) -> sa.Select[Any]:
    return query if tenant_id is None else query.where(clocks.c.tenant_id == tenant_id)


# Rows and values


def _row(clock: Clock) -> dict[str, Any]:
    """The run with what follows from it."""
    decided_at = clock.ended_at if clock.is_decided else None
    answered_at = clock.first_answered_at or decided_at
    is_answerable = Limit.FIRST_ANSWER in clock.limits
    return {
        "case_id": clock.case_id,
        "run": clock.run,
        "tenant_id": clock.tenant_id,
        "is_task": clock.is_task,
        "policy": to_json(clock.policy),
        "started_at": clock.started_at,
        "pauses": to_json(clock.pauses),
        "first_answered_at": answered_at if is_answerable else None,
        "ended_at": clock.ended_at,
        "is_decided": clock.is_decided,
        "said": ",".join(sorted(clock.said)),
        "waits_until": clock.waits_until,
        "next_look": clock.next_look,
        "due_at": clock.next_due,
        "answer_missed_at": clock.due(Limit.FIRST_ANSWER) if clock.missed(Limit.FIRST_ANSWER) else None,
        "decision_missed_at": clock.due(Limit.DECISION) if clock.missed(Limit.DECISION) else None,
        "answer_took": clock.spent(answered_at) // _MICROSECOND if answered_at and is_answerable else None,
        "decision_took": clock.spent(decided_at) // _MICROSECOND if decided_at else None,
    }


def _clock(row: Any) -> Clock:
    return Clock(
        case_id=row.case_id,
        tenant_id=row.tenant_id,
        run=row.run,
        is_task=row.is_task,
        policy=_read_policy(row.policy),
        started_at=row.started_at,
        pauses=_read_pauses(row.pauses),
        first_answered_at=row.first_answered_at,
        ended_at=row.ended_at,
        is_decided=row.is_decided,
        said=frozenset(key for key in row.said.split(",") if key),
    )
