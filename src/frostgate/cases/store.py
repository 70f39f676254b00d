"""Cases and what was done in them in the database."""

import enum
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.errors import Conflict
from frostgate.base.model import Actor
from frostgate.cases.model import Action, Case, CaseKind, CaseUnknown, Did, Outcome, State

_PEOPLE = (
    "decided_by",
    "confirmed_by",
    "released_by",
    "ban_proposed_by",
    "ban_approved_by",
    "appeal_upheld_by",
)


def _never_the_same(one: str, other: str) -> sa.CheckConstraint:
    """Four eyes, once more and below all code: a comparison with NULL passes, one with oneself never does."""
    return sa.CheckConstraint(f"{one} <> {other}", name=f"ck_cases_{one}_not_{other}")


cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("hold_id", sa.Text, index=True),
    sa.Column("account_id", sa.Text),
    sa.Column("cause", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("decision_id", sa.Text),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("decided_at", Utc),
    sa.Column("decided_by", sa.Text),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("released_by", sa.Text),
    sa.Column("ban_proposed_by", sa.Text),
    sa.Column("ban_approved_by", sa.Text),
    sa.Column("ban_hold_id", sa.Text),
    sa.Column("appeal_upheld_by", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    _never_the_same("ban_approved_by", "ban_proposed_by"),
    _never_the_same("ban_approved_by", "confirmed_by"),
    _never_the_same("appeal_upheld_by", "ban_proposed_by"),
    _never_the_same("appeal_upheld_by", "ban_approved_by"),
    _never_the_same("released_by", "confirmed_by"),
    sa.CheckConstraint("ban_approved_by IS NULL OR ban_proposed_by IS NOT NULL", name="ck_cases_ban_proposed"),
    sa.CheckConstraint("outcome <> 'banned' OR ban_approved_by IS NOT NULL", name="ck_cases_ban_approved"),
    sa.CheckConstraint("(state = 'decided') = (outcome IS NOT NULL)", name="ck_cases_outcome"),
    sa.CheckConstraint("(state = 'decided') = (decided_by IS NOT NULL)", name="ck_cases_decided_by"),
)
sa.Index("ix_cases_queue", cases.c.state, cases.c.id)
sa.Index("ix_cases_tenant", cases.c.tenant_id, cases.c.id)

case_actions = sa.Table(
    "case_actions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)


# Built once: each hold opens a case while its sender waits.
_ADD = cases.insert()
_ADD_ACTION = case_actions.insert()


def add(connection: sa.Connection, case: Case) -> None:
    """Save a new case."""
    connection.execute(_ADD, _row(case))


def save(connection: sa.Connection, case: Case) -> Case:
    """Save a case as it is now; the case with its new version.

    Raises:
        Conflict: somebody else changed it since it was read.
    """
    saved = msgspec.structs.replace(case, version=case.version + 1)
    result = connection.execute(
        cases.update()
        .where(cases.c.id == case.id, cases.c.tenant_id == case.tenant_id, cases.c.version == case.version)
        .values(_row(saved))
    )
    if result.rowcount != 1:
        raise Conflict(case=case.id)
    return saved


def add_action(connection: sa.Connection, action: Action) -> None:
    """Save one line of a case's history."""
    row = msgspec.structs.asdict(action) | {"actor": str(action.actor), "action": action.action.value}
    connection.execute(_ADD_ACTION, row)


def get_case(connection: sa.Connection, case_id: str, *, tenant_id: str | None, lock: bool = False) -> Case:
    """One case: of this tenant, or of any where `tenant_id` is None (the platform's own staff).

    Raises:
        CaseUnknown: there is none.
    """
    found = find_case(connection, case_id, tenant_id=tenant_id, lock=lock)
    if found is None:
        raise CaseUnknown
    return found


def find_case(connection: sa.Connection, case_id: str, *, tenant_id: str | None, lock: bool = False) -> Case | None:
    """As `get_case`, and None where there is none."""
    query = _scoped(sa.select(cases).where(cases.c.id == case_id), tenant_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _case(row)


def find_open_task(
    connection: sa.Connection, *, tenant_id: str, kind: CaseKind, hold_id: str | None, account_id: str | None
) -> Case | None:
    """The open task of this kind about the same thing, locked, if there is one: one file for one trouble."""
    query = (
        sa.select(cases)
        .where(
            cases.c.tenant_id == tenant_id,
            cases.c.kind == kind.value,
            cases.c.state == State.OPEN.value,
            cases.c.hold_id.is_not_distinct_from(hold_id),
            cases.c.account_id.is_not_distinct_from(account_id),
        )
        .order_by(cases.c.id)
        .limit(1)
        .with_for_update()
    )
    row = connection.execute(query).first()
    return None if row is None else _case(row)


def list_cases(
    connection: sa.Connection,
    *,
    tenant_id: str | None,
    state: State | None = None,
    kind: CaseKind | None = None,
    cause: str | None = None,
    account_id: str | None = None,
    ban_pending: bool = False,
    newest: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> list[Case]:
    """A page of cases, oldest first (so that nobody waits for ever) unless `newest`, beyond the id `after`."""
    query = _scoped(sa.select(cases), tenant_id)
    for column, wanted in (
        (cases.c.state, state.value if state else None),
        (cases.c.kind, kind.value if kind else None),
        (cases.c.cause, cause),
        (cases.c.account_id, account_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if ban_pending:
        query = query.where(cases.c.ban_proposed_by.is_not(None), cases.c.ban_approved_by.is_(None))
    if after is not None:
        query = query.where(cases.c.id < after if newest else cases.c.id > after)
    query = query.order_by(cases.c.id.desc() if newest else cases.c.id).limit(limit)
    return [_case(row) for row in connection.execute(query)]


def actions_of(connection: sa.Connection, case: Case) -> list[Action]:
    """Everything that was done in a case, oldest first."""
    query = sa.select(case_actions).where(case_actions.c.case_id == case.id).order_by(case_actions.c.id)
    return [
        Action(
            id=row.id,
            case_id=row.case_id,
            at=row.at,
            actor=Actor.parse(row.actor),
            action=Did(row.action),
            reason=row.reason,
        )
        for row in connection.execute(query)
    ]


def _scoped(query: sa.Select[Any], tenant_id: str | None) -> sa.Select[Any]:
    return query if tenant_id is None else query.where(cases.c.tenant_id == tenant_id)


def _row(case: Case) -> dict[str, Any]:
    """The case as plain text: a driver may write our enumerations by their name."""
    row: dict[str, Any] = {}
    for name, value in msgspec.structs.asdict(case).items():
        row[name] = value.value if isinstance(value, enum.Enum) else str(value) if isinstance(value, Actor) else value
    return row


def _case(row: sa.Row[Any]) -> Case:
    people = {name: Actor.parse(row._mapping[name]) if row._mapping[name] else None for name in _PEOPLE}
    return Case(
        **{
            **row._mapping,
            **people,
            "kind": CaseKind(row.kind),
            "state": State(row.state),
            "outcome": Outcome(row.outcome) if row.outcome else None,
        }
    )
