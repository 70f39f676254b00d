"""Conditions in the database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.cases.conditions.model import Condition, State
from frostgate.cases.errors import ConditionUnknown
from frostgate.cases.model import Case
from frostgate.cases.model import State as CaseState
from frostgate.cases.store import case_of, cases
from frostgate.cases.terms import Teller, Term

conditions = sa.Table(
    "case_conditions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("term", sa.Text, nullable=False),
    sa.Column("zh", sa.Text, nullable=False),
    sa.Column("en", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("set_at", Utc, nullable=False),
    sa.Column("proposed_by", sa.Text),
    sa.Column("declared_at", Utc),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("missing", sa.Text, nullable=False, server_default=""),
    sa.Column("told_by", sa.Text),
    sa.Column("settled_at", Utc),
    sa.Column("settled_by", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    # Four eyes, below all code: a comparison with NULL passes, one with oneself never does.
    sa.CheckConstraint("settled_by <> proposed_by", name="ck_case_conditions_settled_by_not_proposed_by"),
    sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="ck_case_conditions_settled_at"),
    sa.CheckConstraint("(state = 'open') = (settled_by IS NULL)", name="ck_case_conditions_settled_by"),
    sa.CheckConstraint("(state = 'met') = (told_by IS NOT NULL)", name="ck_case_conditions_told_by"),
    sa.CheckConstraint("state <> 'waived' OR reason <> ''", name="ck_case_conditions_waived"),
)
sa.Index("ix_case_conditions_case", conditions.c.case_id, conditions.c.id)
sa.Index(
    "ix_case_conditions_open",
    conditions.c.tenant_id,
    conditions.c.term,
    sqlite_where=sa.text("state = 'open'"),
    postgresql_where=sa.text("state = 'open'"),
)


def add(connection: sa.Connection, new: Condition) -> None:
    """Save a new one."""
    connection.execute(conditions.insert().values(_row(new)))


def save(connection: sa.Connection, changed: Condition) -> None:
    """Save one as it stands now. Whoever changes it has its case locked."""
    chosen = conditions.c.id == changed.id, conditions.c.tenant_id == changed.tenant_id
    connection.execute(conditions.update().where(*chosen).values(_row(changed)))


def of_case(connection: sa.Connection, case: Case) -> list[Condition]:
    """Every condition that was ever set in a case, in the order in which they were."""
    query = sa.select(conditions).where(conditions.c.case_id == case.id, conditions.c.tenant_id == case.tenant_id)
    return [_condition(row) for row in connection.execute(query.order_by(conditions.c.id))]


def get(connection: sa.Connection, condition_id: str, *, case: Case) -> Condition:
    """One condition of a case.

    Raises:
        ConditionUnknown: it has none such.
    """
    for each in of_case(connection, case):
        if each.id == condition_id:
            return each
    raise ConditionUnknown


def awaiting(
    connection: sa.Connection, terms: Collection[Term], *, tenant_id: str, account_id: str | None = None
) -> list[tuple[str, str]]:
    """The cases of a tenant, or of one of its accounts, that await one of these, with which condition that is."""
    query = (
        sa.select(conditions.c.case_id, conditions.c.id)
        .join(cases, cases.c.id == conditions.c.case_id)
        .where(
            conditions.c.tenant_id == tenant_id,
            conditions.c.state == State.OPEN.value,
            conditions.c.term.in_([term.value for term in terms]),
        )
        .order_by(conditions.c.case_id, conditions.c.id)
    )
    if account_id is not None:
        query = query.where(cases.c.account_id == account_id)
    return [(row.case_id, row.id) for row in connection.execute(query)]


def overdue(connection: sa.Connection, at: datetime, *, limit: int) -> list[Case]:
    """Cases that wait for their holder no longer, those whose time was over first foremost."""
    query = (
        sa.select(cases)
        .where(cases.c.waiting_until <= at, cases.c.state == CaseState.WAITING.value)
        .order_by(cases.c.waiting_until, cases.c.id)
        .limit(limit)
    )
    return [case_of(row) for row in connection.execute(query)]


def _row(condition: Condition) -> dict[str, Any]:
    """As plain text: a driver may write our enumerations by their name."""
    row = msgspec.structs.asdict(condition)
    plain = {name: str(row[name]) if row[name] else None for name in ("proposed_by", "told_by", "settled_by")}
    return {**row, **plain, "term": condition.term.value, "state": condition.state.value}


def _condition(row: Any) -> Condition:
    people = {name: Actor.parse(row._mapping[name]) if row._mapping[name] else None for name in _PEOPLE}
    return Condition(
        **{
            **row._mapping,
            **people,
            "term": Term(row.term),
            "state": State(row.state),
            "told_by": Teller(row.told_by) if row.told_by else None,
        }
    )


_PEOPLE = ("proposed_by", "settled_by")
