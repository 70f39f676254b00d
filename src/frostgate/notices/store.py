"""Notices and every attempt at them in the database."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Language
from frostgate.base.wire import to_json
from frostgate.notices.model import (
    Attempt,
    Audience,
    Channel,
    Notice,
    NoticeUnknown,
    Params,
    State,
    Template,
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("hold_id", sa.Text, index=True),
    sa.Column("case_id", sa.Text),
    sa.Column("account_id", sa.Text),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("params", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("problem", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt_at", Utc, nullable=False),
    sa.Column("claimed_until", Utc),
    sa.Column("owed_at", Utc, nullable=False),
    sa.Column("sent_at", Utc),
    sa.Column("message_id", sa.Text),
    sa.Column("provider_reference", sa.Text),
    sa.UniqueConstraint("code", name="uq_notices_code"),
    # One hold owes one person one notice of each sort over each channel, however often a reaction runs.
    sa.UniqueConstraint("hold_id", "template", "audience", "channel", name="uq_notices_once"),
    sa.CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="ck_notices_sent_when"),
    sa.CheckConstraint("state NOT IN ('withheld', 'undeliverable') OR problem IS NOT NULL", name="ck_notices_why"),
)
sa.Index("ix_notices_tenant", notices.c.tenant_id, notices.c.id)
_OWED = notices.c.state == State.OWED.value
sa.Index("ix_notices_due", notices.c.next_attempt_at, sqlite_where=_OWED, postgresql_where=_OWED)

attempts = sa.Table(
    "notice_attempts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("notice_id", sa.Text, sa.ForeignKey("notices.id"), nullable=False, index=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)


def add_all(connection: sa.Connection, new: Sequence[Notice]) -> None:
    """Save new notices."""
    connection.execute(_ADD, [_row(notice) for notice in new])


_ADD = notices.insert()  # built once: holds owe notices while their senders wait


def _row(notice: Notice) -> dict[str, Any]:
    """The notice as plain text: a driver may write our enumerations by their name."""
    row = msgspec.structs.asdict(notice) | {"params": to_json(notice.params)}
    return {name: value.value if isinstance(value, enum.Enum) else value for name, value in row.items()}


def add_attempt(connection: sa.Connection, attempt: Attempt) -> None:
    """Save one attempt; none is ever changed."""
    connection.execute(attempts.insert().values(msgspec.structs.asdict(attempt)))


def save_sent(
    connection: sa.Connection, notice: Notice, *, at: datetime, message_id: str, provider_reference: str
) -> None:
    """Save when the other side took it and what it called it. The state is the reconciler's to write."""
    connection.execute(
        notices.update()
        .where(notices.c.id == notice.id, notices.c.tenant_id == notice.tenant_id)
        .values(sent_at=at, message_id=message_id, provider_reference=provider_reference)
    )


def save_problem(connection: sa.Connection, notice: Notice, problem: str) -> None:
    """Save what went wrong for good."""
    connection.execute(
        notices.update()
        .where(notices.c.id == notice.id, notices.c.tenant_id == notice.tenant_id)
        .values(problem=problem)
    )


def save_withheld(connection: sa.Connection, notice: Notice, problem: str) -> None:
    """Save that a notice is not sent, and why."""
    connection.execute(
        notices.update()
        .where(notices.c.id == notice.id, notices.c.tenant_id == notice.tenant_id)
        .values(state=State.WITHHELD.value, problem=problem)
    )


def withhold_unsent(
    connection: sa.Connection, which: sa.ColumnElement[bool], *, tenant_id: str, problem: str, now: datetime
) -> list[Notice]:
    """Take back those that are still owed and in nobody's hands; the notices taken back."""
    free = sa.or_(notices.c.claimed_until.is_(None), notices.c.claimed_until <= now)
    query = sa.select(notices).where(notices.c.tenant_id == tenant_id, which, _OWED, free)
    # A worker that is claiming one right now goes on: what it sends was true when it took it.
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
    connection.execute(
        notices.update()
        .where(notices.c.tenant_id == tenant_id, notices.c.id.in_([row.id for row in rows]))
        .values(state=State.WITHHELD.value, problem=problem)
    )
    return [notice_of(row) for row in rows]


def get_notice(connection: sa.Connection, notice_id: str, *, tenant_id: str) -> Notice:
    """One notice of this tenant.

    Raises:
        NoticeUnknown: there is none.
    """
    query = sa.select(notices).where(notices.c.id == notice_id, notices.c.tenant_id == tenant_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoticeUnknown(notice=notice_id)
    return notice_of(row)


def find_by_code(connection: sa.Connection, code: str) -> Notice | None:
    """The notice that carries this code, of whatever tenant: whoever asks does not know whose it is."""
    row = connection.execute(sa.select(notices).where(notices.c.code == code)).one_or_none()
    return None if row is None else notice_of(row)


def list_notices(
    connection: sa.Connection,
    *,
    tenant_id: str,
    hold_id: str | None = None,
    account_id: str | None = None,
    state: State | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[Notice]:
    """A page of a tenant's notices, newest first, older than the id `before`."""
    query = sa.select(notices).where(notices.c.tenant_id == tenant_id)
    for column, wanted in (
        (notices.c.hold_id, hold_id),
        (notices.c.account_id, account_id),
        (notices.c.state, state.value if state else None),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        query = query.where(notices.c.id < before)
    return [notice_of(row) for row in connection.execute(query.order_by(notices.c.id.desc()).limit(limit))]


def attempts_of(connection: sa.Connection, notice: Notice) -> list[Attempt]:
    """Every attempt at a notice, oldest first."""
    query = sa.select(attempts).where(attempts.c.notice_id == notice.id).order_by(attempts.c.id)
    return [Attempt(**row._mapping) for row in connection.execute(query)]


def notice_of(row: sa.Row[Any]) -> Notice:
    """The notice that a row stands for."""
    values = {name: value for name, value in row._mapping.items() if name != "claimed_until"}
    return Notice(
        **{
            **values,
            "audience": Audience(row.audience),
            "channel": Channel(row.channel),
            "language": Language(row.language),
            "template": Template(row.template),
            "state": State(row.state),
            "params": msgspec.json.decode(row.params, type=Params),
        }
    )
