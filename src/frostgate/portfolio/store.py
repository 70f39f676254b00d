"""Reading the figures: one query for each, for a page of tenants at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from frostgate.base.ids import least_at
from frostgate.cases.clock.store import clocks
from frostgate.cases.store import UNDECIDED, cases
from frostgate.directory.managers.store import managers
from frostgate.directory.store import tenants
from frostgate.notices.model import State as Notice
from frostgate.notices.model import Withheld
from frostgate.notices.store import notices
from frostgate.portfolio.model import NEAR, UNDELIVERED_FOR, Line, Whose
from frostgate.standing.model import Kind
from frostgate.standing.store import WHOLE_TENANT, holds


def lines(
    connection: sa.Connection,
    whose: Whose,
    *,
    operator_id: str | None,
    tenant_id: str | None,
    now: datetime,
    after: str = "",
    limit: int = 100,
) -> list[Line]:
    """Tenants in the order of their ids, each with its figures; `tenant_id`: the only one that the reader sees."""
    page = _page(connection, whose, operator_id=operator_id, tenant_id=tenant_id, after=after, limit=limit)
    ids = [row.id for row in page]
    opened = _by_tenant(connection, _open_cases(ids))
    clock = _by_tenant(connection, _clocks(ids, now))
    untold = _by_tenant(connection, _undelivered(ids, now))
    frozen = _by_tenant(connection, _frozen(ids))
    return [
        Line(
            id=row.id,
            name=row.name,
            account_manager=row.operator_id,
            open_cases=opened[row.id].found if row.id in opened else 0,
            late_cases=clock[row.id].late if row.id in clock else 0,
            near_cases=clock[row.id].near if row.id in clock else 0,
            undelivered_notices=untold[row.id].found if row.id in untold else 0,
            frozen_accounts=frozen[row.id].accounts if row.id in frozen else 0,
            frozen_tenant=bool(frozen[row.id].whole) if row.id in frozen else False,
        )
        for row in page
    ]


def _page(
    connection: sa.Connection,
    whose: Whose,
    *,
    operator_id: str | None,
    tenant_id: str | None,
    after: str,
    limit: int,
) -> list[sa.Row[Any]]:
    query = (
        sa.select(tenants.c.id, tenants.c.name, managers.c.operator_id)
        .outerjoin(managers, managers.c.tenant_id == tenants.c.id)
        .where(tenants.c.id > after)
        .order_by(tenants.c.id)
        .limit(limit)
    )
    if tenant_id is not None:
        query = query.where(tenants.c.id == tenant_id)
    if whose is Whose.MINE:
        query = query.where(managers.c.operator_id == (operator_id or ""))
    elif whose is Whose.NOBODYS:
        query = query.where(managers.c.operator_id.is_(None))
    return list(connection.execute(query))


def _by_tenant(connection: sa.Connection, query: sa.Select[Any]) -> dict[str, sa.Row[Any]]:
    return {row.tenant_id: row for row in connection.execute(query)}


def _open_cases(ids: Sequence[str]) -> sa.Select[Any]:
    return (
        sa.select(cases.c.tenant_id, sa.func.count().label("found"))
        .where(cases.c.tenant_id.in_(ids), UNDECIDED)
        .group_by(cases.c.tenant_id)
    )


def _clocks(ids: Sequence[str], now: datetime) -> sa.Select[Any]:
    """Of clocks that run, those that are late and those that soon will be, by the index of what is due."""
    late = sa.case((clocks.c.due_at <= now, 1), else_=0)
    return (
        sa.select(
            clocks.c.tenant_id,
            sa.func.sum(late).label("late"),
            sa.func.sum(1 - late).label("near"),
        )
        .where(clocks.c.tenant_id.in_(ids), clocks.c.ended_at.is_(None), clocks.c.due_at <= now + NEAR)
        .group_by(clocks.c.tenant_id)
    )


def _undelivered(ids: Sequence[str], now: datetime) -> sa.Select[Any]:
    """Ids of notices begin with their time, so only the last days are looked at. What is on its way is claimed."""
    no_address = notices.c.problem.in_([Withheld.NO_ADDRESS.value, Withheld.BAD_ADDRESS.value])
    return (
        sa.select(notices.c.tenant_id, sa.func.count().label("found"))
        .where(notices.c.tenant_id.in_(ids), notices.c.id >= least_at(now - UNDELIVERED_FOR))
        .where(
            sa.or_(
                notices.c.state == Notice.UNDELIVERABLE.value,
                sa.and_(
                    notices.c.state == Notice.OWED.value, notices.c.attempts > 0, notices.c.claimed_until.is_(None)
                ),
                sa.and_(notices.c.state == Notice.WITHHELD.value, no_address),
            )
        )
        .group_by(notices.c.tenant_id)
    )


def _frozen(ids: Sequence[str]) -> sa.Select[Any]:
    one = sa.func.nullif(holds.c.account_id, WHOLE_TENANT)
    return (
        sa.select(
            holds.c.tenant_id,
            sa.func.count(sa.distinct(one)).label("accounts"),
            sa.func.sum(sa.case((holds.c.account_id == WHOLE_TENANT, 1), else_=0)).label("whole"),
        )
        .where(holds.c.tenant_id.in_(ids), holds.c.released_at.is_(None), holds.c.kind >= Kind.FREEZE.value)
        .group_by(holds.c.tenant_id)
    )
