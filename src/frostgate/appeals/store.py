"""Appeals, and what was asked and answered in them."""

import enum
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.appeals.asking import Ask
from frostgate.appeals.errors import AppealUnknown
from frostgate.appeals.model import UNDER_WAY, Appeal, Ground, Outcome, Said, State
from frostgate.base.database import Utc, metadata
from frostgate.base.errors import Conflict
from frostgate.base.model import Actor
from frostgate.directory.store import Bytewise

_PEOPLE = ("decided_by", "confirmed_by", "ban_proposed_by", "ban_approved_by")


def _not_by(other: str) -> sa.CheckConstraint:
    """Four eyes, once more and below all code: a comparison with NULL passes, one with oneself never does."""
    return sa.CheckConstraint(f"decided_by <> {other}", name=f"ck_appeals_not_by_{other}")


appeals = sa.Table(
    "appeals",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("hold_id", sa.Text, nullable=False),
    sa.Column("account_id", Bytewise),
    sa.Column("notice_id", sa.Text, nullable=False),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("statement", sa.Text, nullable=False),
    sa.Column("news", sa.Text, nullable=False),
    sa.Column("needs_news", sa.Boolean, nullable=False),
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("changed_at", Utc, nullable=False),
    sa.Column("handed_in_at", Utc),
    sa.Column("outcome", sa.Text),
    sa.Column("ground", sa.Text),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("decided_at", Utc),
    sa.Column("decided_by", sa.Text),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("ban_proposed_by", sa.Text),
    sa.Column("ban_approved_by", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("hold_id", "run", name="uq_appeals_run"),
    _not_by("confirmed_by"),
    _not_by("ban_proposed_by"),
    _not_by("ban_approved_by"),
    sa.CheckConstraint("(state = 'decided') = (outcome IS NOT NULL)", name="ck_appeals_outcome"),
    sa.CheckConstraint("(state = 'decided') = (decided_by IS NOT NULL)", name="ck_appeals_decided_by"),
    sa.CheckConstraint(
        "(ground IS NOT NULL) = (outcome IS NOT NULL AND outcome = 'refused')", name="ck_appeals_ground"
    ),
    sa.CheckConstraint("handed_in_at IS NULL OR statement <> ''", name="ck_appeals_statement"),
    sa.CheckConstraint("handed_in_at IS NULL OR NOT needs_news OR news <> ''", name="ck_appeals_news"),
)
# One appeal for one decision: the next can begin only when this one is over.
_UNDER_WAY = appeals.c.state.in_(sorted(UNDER_WAY))
sa.Index(
    "uq_appeals_under_way",
    appeals.c.hold_id,
    unique=True,
    sqlite_where=sa.text("state IN ('draft', 'handed_in', 'asked')"),
    postgresql_where=sa.text("state IN ('draft', 'handed_in', 'asked')"),
)
sa.Index("ix_appeals_queue", appeals.c.state, appeals.c.id)
sa.Index("ix_appeals_tenant", appeals.c.tenant_id, appeals.c.id)

said = sa.Table(
    "appeal_words",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("appeal_id", sa.Text, sa.ForeignKey("appeals.id"), nullable=False, index=True),
    sa.Column("tenant_id", Bytewise, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("document_id", sa.Text),
)


def add(connection: sa.Connection, appeal: Appeal) -> None:
    """Save a new appeal."""
    connection.execute(appeals.insert(), _row(appeal))


def save(connection: sa.Connection, appeal: Appeal) -> Appeal:
    """Save an appeal as it is now; the appeal with its new version.

    Raises:
        Conflict: somebody else changed it since it was read.
    """
    saved = msgspec.structs.replace(appeal, version=appeal.version + 1)
    mine = (
        appeals.c.id == appeal.id,
        appeals.c.tenant_id == appeal.tenant_id,
        appeals.c.version == appeal.version,
    )
    if connection.execute(appeals.update().where(*mine).values(_row(saved))).rowcount != 1:
        raise Conflict(appeal=appeal.id)
    return saved


def get_appeal(connection: sa.Connection, appeal_id: str, *, tenant_id: str | None, lock: bool = False) -> Appeal:
    """One appeal: of this tenant, or of any where `tenant_id` is None (the platform's own staff).

    Raises:
        AppealUnknown: there is none.
    """
    query = _scoped(sa.select(appeals).where(appeals.c.id == appeal_id), tenant_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise AppealUnknown
    return _appeal(row)


def appeals_against(connection: sa.Connection, hold_id: str, *, tenant_id: str) -> list[Appeal]:
    """Every appeal against a hold, the first one first."""
    query = sa.select(appeals).where(appeals.c.hold_id == hold_id, appeals.c.tenant_id == tenant_id)
    return [_appeal(row) for row in connection.execute(query.order_by(appeals.c.run))]


def find_under_way(connection: sa.Connection, hold_id: str, *, tenant_id: str) -> Appeal | None:
    """The appeal against a hold of which something can still come, locked."""
    query = sa.select(appeals).where(appeals.c.hold_id == hold_id, appeals.c.tenant_id == tenant_id, _UNDER_WAY)
    row = connection.execute(query.with_for_update()).one_or_none()
    return None if row is None else _appeal(row)


def waiting_in(connection: sa.Connection, case_id: str, *, tenant_id: str) -> list[Appeal]:
    """The appeals in a case that were handed in and are not over: against its freeze, or against its ban."""
    query = sa.select(appeals).where(
        appeals.c.case_id == case_id,
        appeals.c.tenant_id == tenant_id,
        appeals.c.state.in_([State.HANDED_IN.value, State.ASKED.value]),
    )
    return [_appeal(row) for row in connection.execute(query)]


def list_appeals(
    connection: sa.Connection,
    *,
    tenant_id: str | None,
    state: State | None,
    case_id: str | None,
    after: str | None,
    limit: int,
) -> list[Appeal]:
    """A page of what was handed in, oldest first so that nobody waits for ever. A draft is its writer's alone."""
    query = _scoped(sa.select(appeals).where(appeals.c.handed_in_at.is_not(None)), tenant_id)
    if state is not None:
        query = query.where(appeals.c.state == state.value)
    if case_id is not None:
        query = query.where(appeals.c.case_id == case_id)
    if after is not None:
        query = query.where(appeals.c.id > after)
    return [_appeal(row) for row in connection.execute(query.order_by(appeals.c.id).limit(limit))]


def add_said(connection: sa.Connection, words: Said) -> None:
    """Save a question or an answer."""
    connection.execute(said.insert(), _row(words))


def said_in(connection: sa.Connection, appeal: Appeal) -> list[Said]:
    """Every question and answer of an appeal, oldest first."""
    query = sa.select(said).where(said.c.appeal_id == appeal.id, said.c.tenant_id == appeal.tenant_id)
    return [
        Said(**{**row._mapping, "actor": Actor.parse(row.actor), "code": Ask(row.code) if row.code else None})
        for row in connection.execute(query.order_by(said.c.id))
    ]


def _scoped(query: sa.Select[Any], tenant_id: str | None) -> sa.Select[Any]:
    return query if tenant_id is None else query.where(appeals.c.tenant_id == tenant_id)


def _row(value: Appeal | Said) -> dict[str, Any]:
    """The value as plain text: a driver may write our enumerations by their name."""
    row: dict[str, Any] = {}
    for name, held in msgspec.structs.asdict(value).items():
        row[name] = held.value if isinstance(held, enum.Enum) else str(held) if isinstance(held, Actor) else held
    return row


def _appeal(row: sa.Row[Any]) -> Appeal:
    people = {name: Actor.parse(row._mapping[name]) if row._mapping[name] else None for name in _PEOPLE}
    return Appeal(
        **{
            **row._mapping,
            **people,
            "state": State(row.state),
            "outcome": Outcome(row.outcome) if row.outcome else None,
            "ground": Ground(row.ground) if row.ground else None,
        }
    )
