"""Cases and what was done in them in the database."""

import enum
from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.errors import Conflict
from frostgate.base.model import Actor
from frostgate.cases.actions import Action, Did
from frostgate.cases.clock.store import clocks
from frostgate.cases.errors import CaseUnknown
from frostgate.cases.model import Case, CaseKind, Outcome, State
from frostgate.cases.severity import Severity
from frostgate.cases.terms import LimitInstead, Terms
from frostgate.standing.model import Finding

_PEOPLE = (
    "decided_by",
    "confirmed_by",
    "keep_proposed_by",
    "keep_approved_by",
    "release_proposed_by",
    "conditions_by",
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
    sa.Column("severity", sa.SmallInteger, nullable=False, server_default="2"),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("decided_at", Utc),
    sa.Column("decided_by", sa.Text),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("keep_until", Utc),
    sa.Column("keep_proposed_by", sa.Text),
    sa.Column("keep_approved_by", sa.Text),
    sa.Column("needs_two", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("release_proposed_by", sa.Text),
    sa.Column("release_finding", sa.Text),
    sa.Column("release_limit", sa.Text),
    sa.Column("release_until", Utc),
    sa.Column("release_terms", sa.Text),
    sa.Column("waiting_until", Utc),
    sa.Column("conditions_by", sa.Text),
    sa.Column("released_by", sa.Text),
    sa.Column("ban_proposed_by", sa.Text),
    sa.Column("ban_approved_by", sa.Text),
    sa.Column("ban_hold_id", sa.Text),
    sa.Column("appeal_upheld_by", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("duplicate_of", sa.Text),
    _never_the_same("ban_approved_by", "ban_proposed_by"),
    _never_the_same("ban_approved_by", "confirmed_by"),
    _never_the_same("appeal_upheld_by", "ban_proposed_by"),
    _never_the_same("appeal_upheld_by", "ban_approved_by"),
    _never_the_same("released_by", "confirmed_by"),
    _never_the_same("release_proposed_by", "confirmed_by"),
    _never_the_same("released_by", "release_proposed_by"),
    _never_the_same("keep_approved_by", "keep_proposed_by"),
    _never_the_same("conditions_by", "confirmed_by"),
    _never_the_same("conditions_by", "release_proposed_by"),
    sa.CheckConstraint(
        "NOT needs_two OR conditions_by IS NULL OR release_proposed_by IS NOT NULL", name="ck_cases_conditions_proposed"
    ),
    sa.CheckConstraint("(state = 'waiting') = (conditions_by IS NOT NULL)", name="ck_cases_conditions_by"),
    sa.CheckConstraint("(state = 'waiting') = (waiting_until IS NOT NULL)", name="ck_cases_waiting_until"),
    sa.CheckConstraint(
        "NOT needs_two OR released_by IS NULL OR release_proposed_by IS NOT NULL", name="ck_cases_release_proposed"
    ),
    sa.CheckConstraint(
        "NOT needs_two OR outcome <> 'released' OR released_by IS NOT NULL OR decided_by NOT LIKE 'operator:%'",
        name="ck_cases_released_by_people",
    ),
    sa.CheckConstraint(
        "NOT needs_two OR keep_until IS NULL OR (keep_proposed_by IS NOT NULL AND keep_approved_by IS NOT NULL)",
        name="ck_cases_keep_agreed",
    ),
    sa.CheckConstraint("ban_approved_by IS NULL OR ban_proposed_by IS NOT NULL", name="ck_cases_ban_proposed"),
    sa.CheckConstraint("outcome <> 'banned' OR ban_approved_by IS NOT NULL", name="ck_cases_ban_approved"),
    sa.CheckConstraint("(state = 'decided') = (outcome IS NOT NULL)", name="ck_cases_outcome"),
    sa.CheckConstraint("(state = 'decided') = (decided_by IS NOT NULL)", name="ck_cases_decided_by"),
)
sa.Index("ix_cases_queue", cases.c.state, cases.c.id)
sa.Index("ix_cases_desk", cases.c.state, cases.c.severity, cases.c.id)
sa.Index(
    "ix_cases_keep_until",
    cases.c.keep_until,
    sqlite_where=cases.c.keep_until.is_not(None),
    postgresql_where=cases.c.keep_until.is_not(None),
)
sa.Index(
    "ix_cases_waiting_until",
    cases.c.waiting_until,
    sqlite_where=cases.c.waiting_until.is_not(None),
    postgresql_where=cases.c.waiting_until.is_not(None),
)
sa.Index("ix_cases_tenant", cases.c.tenant_id, cases.c.id)
sa.Index("ix_cases_account", cases.c.tenant_id, cases.c.account_id, cases.c.state, cases.c.id)
sa.Index("ix_cases_group", cases.c.group_id, cases.c.state, cases.c.id)

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


_read_limit = msgspec.json.Decoder(LimitInstead).decode
_read_terms = msgspec.json.Decoder(Terms).decode
# Open, or its hold ends once conditions are met: it is not over for its holder, and may be back with us any time.
UNDECIDED = cases.c.state.in_([State.OPEN.value, State.WAITING.value])
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
    query = scoped(sa.select(cases).where(cases.c.id == case_id), tenant_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else case_of(row)


def decided_cases() -> sa.Select[tuple[str, datetime]]:
    """The id of each case that is decided now, and when that was: for who keeps something until then."""
    return sa.select(cases.c.id, cases.c.decided_at).where(cases.c.decided_at.is_not(None))


def kept_until(connection: sa.Connection, at: datetime, *, limit: int) -> list[Case]:
    """Cases whose hold was to stay until now and no longer, the oldest time first. A ban puts that off."""
    query = (
        sa.select(cases)
        .where(cases.c.keep_until <= at, sa.or_(cases.c.outcome.is_(None), cases.c.outcome == Outcome.CONFIRMED.value))
        .order_by(cases.c.keep_until, cases.c.id)
        .limit(limit)
    )
    return [case_of(row) for row in connection.execute(query)]


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
    return None if row is None else case_of(row)


def list_cases(
    connection: sa.Connection,
    *,
    tenant_id: str | None,
    state: State | None = None,
    kind: CaseKind | None = None,
    cause: str | None = None,
    account_id: str | None = None,
    group_id: str | None = None,
    ban_pending: bool = False,
    release_pending: bool = False,
    late_at: datetime | None = None,
    order: Literal["oldest", "newest", "due"] = "oldest",
    after: str | None = None,
    limit: int = 50,
) -> list[Case]:
    """A page of cases beyond the id `after`, oldest first (so that nobody waits for ever) unless `order` says else.

    `late_at`: only those in which something should have happened by then. By `due`, only those whose clock runs.
    """
    query = scoped(sa.select(cases), tenant_id)
    for column, wanted in (
        (cases.c.state, state.value if state else None),
        (cases.c.kind, kind.value if kind else None),
        (cases.c.cause, cause),
        (cases.c.account_id, account_id),
        (cases.c.group_id, group_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if ban_pending:
        query = query.where(cases.c.ban_proposed_by.is_not(None), cases.c.ban_approved_by.is_(None))
    if release_pending:
        query = query.where(cases.c.release_proposed_by.is_not(None), cases.c.state == State.OPEN.value)
    if late_at is not None or order == "due":
        query = query.join(clocks, sa.and_(clocks.c.case_id == cases.c.id, clocks.c.ended_at.is_(None)))
    if late_at is not None:
        query = query.where(clocks.c.due_at <= late_at)
    query = _beyond(query, order, after)
    return [case_of(row) for row in connection.execute(query.limit(limit))]


def _beyond(query: sa.Select[Any], order: str, after: str | None) -> sa.Select[Any]:
    """In this order, what follows the case of this id; by due time, wherever its clock stands now."""
    if order == "due":
        place = sa.tuple_(clocks.c.due_at, clocks.c.case_id)
        if after is not None:
            last = sa.select(sa.func.max(clocks.c.due_at)).where(clocks.c.case_id == after).scalar_subquery()
            query = query.where(place > sa.tuple_(last, sa.literal(after)))
        return query.order_by(clocks.c.due_at, clocks.c.case_id)
    newest = order == "newest"
    if after is not None:
        query = query.where(cases.c.id < after if newest else cases.c.id > after)
    return query.order_by(cases.c.id.desc() if newest else cases.c.id)


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


def scoped(query: sa.Select[Any], tenant_id: str | None) -> sa.Select[Any]:
    """Cases of this tenant alone, or of all where it is None (the platform's own staff)."""
    return query if tenant_id is None else query.where(cases.c.tenant_id == tenant_id)


def _row(case: Case) -> dict[str, Any]:
    """The case as plain text: a driver may write our enumerations by their name."""
    row: dict[str, Any] = {}
    for name, value in msgspec.structs.asdict(case).items():
        row[name] = _plain(value)
    return row


def _plain(value: Any) -> Any:
    match value:
        case enum.Enum():
            return value.value
        case Actor():
            return str(value)
        case LimitInstead() | Terms():
            return msgspec.json.encode(value).decode()
    return value


def case_of(row: sa.Row[Any]) -> Case:
    """The case of a row of the table."""
    people = {name: Actor.parse(row._mapping[name]) if row._mapping[name] else None for name in _PEOPLE}
    return Case(
        **{
            **row._mapping,
            **people,
            "kind": CaseKind(row.kind),
            "severity": Severity(row.severity),
            "state": State(row.state),
            "outcome": Outcome(row.outcome) if row.outcome else None,
            "release_finding": Finding(row.release_finding) if row.release_finding else None,
            "release_limit": _read_limit(row.release_limit) if row.release_limit else None,
            "release_terms": _read_terms(row.release_terms) if row.release_terms else None,
        }
    )
