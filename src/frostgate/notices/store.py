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
    SAYS_PLACED,
    Attempt,
    Audience,
    Bounce,
    Channel,
    Notice,
    NoticeUnknown,
    State,
    Template,
)
from frostgate.notices.params import Params

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
    sa.Column("receipt_id", sa.Text),
    sa.Column("delivered_at", Utc),
    sa.Column("bounced_at", Utc),
    sa.Column("bounce", sa.Text),
    sa.Column("quiet", sa.Text),
    sa.Column("thread", sa.Text),
    sa.Column("contact_id", sa.Text),
    sa.UniqueConstraint("code", name="uq_notices_code"),
    # One hold owes one person one notice of each sort over each channel, however often a reaction runs.
    sa.UniqueConstraint("hold_id", "template", "audience", "channel", "address", name="uq_notices_once"),
    sa.CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="ck_notices_sent_when"),
    sa.CheckConstraint("(state = 'bounced') = (bounced_at IS NOT NULL)", name="ck_notices_bounced_when"),
    sa.CheckConstraint("(bounced_at IS NULL) = (bounce IS NULL)", name="ck_notices_bounced_how"),
    sa.CheckConstraint("state <> 'delivered' OR delivered_at IS NOT NULL", name="ck_notices_delivered_when"),
    sa.CheckConstraint("state NOT IN ('withheld', 'undeliverable') OR problem IS NOT NULL", name="ck_notices_why"),
)
sa.Index("ix_notices_tenant", notices.c.tenant_id, notices.c.id)
_OWED = notices.c.state == State.OWED.value
sa.Index("ix_notices_thread", notices.c.thread)
_TAKEN = notices.c.receipt_id.is_not(None)
sa.Index("ix_notices_receipt", notices.c.receipt_id, sqlite_where=_TAKEN, postgresql_where=_TAKEN)
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
    """Save new notices; nobody may be there to be told."""
    if new:
        connection.execute(_ADD, [_row(notice) for notice in new])


_read_params = msgspec.json.Decoder(Params).decode
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
        .values(
            state=State.SENT.value,  # as the duty says in a moment, unless its receipt came first
            sent_at=at,
            message_id=message_id,
            provider_reference=provider_reference,
            # Providers of texts name a text first and the request after it; a mail server's words name nothing.
            receipt_id=provider_reference.partition(" ")[0] if notice.channel is Channel.SMS else None,
        )
    )


def save_delivered(connection: sa.Connection, notice: Notice, *, at: datetime) -> None:
    """Save that it came to where it was sent."""
    _change(connection, notice, state=State.DELIVERED.value, delivered_at=at)


def save_bounced(connection: sa.Connection, notice: Notice, bounce: Bounce, problem: str, *, at: datetime) -> None:
    """Save that it came back, and why."""
    _change(connection, notice, state=State.BOUNCED.value, bounced_at=at, bounce=bounce.value, problem=problem)


def _change(connection: sa.Connection, notice: Notice, **values: Any) -> None:
    mine = notices.c.id == notice.id, notices.c.tenant_id == notice.tenant_id
    connection.execute(notices.update().where(*mine).values(**values))


def find_receipted(connection: sa.Connection, *, notice_id: str | None, receipt_id: str | None) -> Notice | None:
    """The notice that a receipt is of, whosever, locked: by our own id, or by what the other side calls it."""
    if notice_id is None and receipt_id is None:
        return None
    which = notices.c.id == notice_id if notice_id is not None else notices.c.receipt_id == receipt_id
    rows = connection.execute(sa.select(notices).where(which).limit(2).with_for_update()).all()
    return notice_of(rows[0]) if len(rows) == 1 else None


def tried(connection: sa.Connection, notice: Notice) -> set[tuple[Channel, str]]:
    """Where what a notice says went already, or is to go."""
    query = sa.select(notices.c.channel, notices.c.address).where(
        notices.c.tenant_id == notice.tenant_id,
        notices.c.thread == notice.thread if notice.thread else notices.c.id == notice.id,
    )
    return {(Channel(row.channel), row.address) for row in connection.execute(query)}


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


def find_notice(connection: sa.Connection, notice_id: str) -> Notice | None:
    """The notice of this id, of whatever tenant: whoever comes by a link that we signed does not know whose it is."""
    row = connection.execute(sa.select(notices).where(notices.c.id == notice_id)).one_or_none()
    return None if row is None else notice_of(row)


def placed_notices(connection: sa.Connection, hold_id: str, *, tenant_id: str) -> list[Notice]:
    """What went, or goes, to people when this hold was placed: who knows of it, and where they read."""
    query = sa.select(notices).where(
        notices.c.hold_id == hold_id,
        notices.c.tenant_id == tenant_id,
        notices.c.template.in_([template.value for template in SAYS_PLACED.values()]),
        notices.c.state.in_([State.OWED.value, State.SENT.value, State.DELIVERED.value]),
    )
    return [notice_of(row) for row in connection.execute(query.order_by(notices.c.id))]


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
    of_staff: bool = True,
) -> list[Notice]:
    """A page of a tenant's notices, newest first, older than the id `before`; with those to our own people or not."""
    query = sa.select(notices).where(notices.c.tenant_id == tenant_id)
    for column, wanted in (
        (notices.c.hold_id, hold_id),
        (notices.c.account_id, account_id),
        (notices.c.state, state.value if state else None),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if not of_staff:
        query = query.where(notices.c.audience != Audience.OPERATORS.value)
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
            "bounce": Bounce(row.bounce) if row.bounce else None,
            "params": _read_params(row.params),
        }
    )
