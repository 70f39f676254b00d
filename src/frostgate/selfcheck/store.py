"""Codes that were asked for, and reports of fake notices, in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.errors import NotFound
from frostgate.base.model import Actor
from frostgate.directory.store import Bytewise
from frostgate.selfcheck.records import Ask, Report

asks = sa.Table(
    "self_check_asks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, nullable=False),  # as somebody typed it: there may be no such tenant or account
    sa.Column("account_id", Bytewise, nullable=False),
    sa.Column("asked_at", Utc, nullable=False, index=True),
    sa.Column("is_looked_up", sa.Boolean, nullable=False),
    sa.Column("code_digest", sa.Text, nullable=False),
    sa.Column("wrong", sa.Integer, nullable=False),
)
sa.Index("ix_self_check_asks_account", asks.c.tenant_id, asks.c.account_id, asks.c.asked_at)

reports = sa.Table(
    "fake_notice_reports",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("contact", sa.Text, nullable=False),
    sa.Column("reported_at", Utc, nullable=False),
    sa.Column("looked_at", Utc),
    sa.Column("looked_by", sa.Text),
    sa.CheckConstraint("(looked_at IS NULL) = (looked_by IS NULL)", name="ck_fake_notice_reports_looked"),
)


class ReportUnknown(NotFound):
    """There is no such report of a fake notice."""

    code = "report.unknown"


# Codes


def add_ask(connection: sa.Connection, ask: Ask) -> None:
    """Save that somebody asked for a code."""
    connection.execute(asks.insert().values(msgspec.structs.asdict(ask)))


def save_ask(connection: sa.Connection, ask: Ask) -> None:
    """Save what became of it."""
    mine = (asks.c.id == ask.id, asks.c.tenant_id == ask.tenant_id)
    connection.execute(asks.update().where(*mine).values(msgspec.structs.asdict(ask)))


def asked_since(connection: sa.Connection, since: datetime, *, tenant_id: str, account_id: str) -> list[datetime]:
    """When codes were asked for the same account, oldest first."""
    query = sa.select(asks.c.asked_at).where(
        asks.c.tenant_id == tenant_id, asks.c.account_id == account_id, asks.c.asked_at > since
    )
    return list(connection.execute(query.order_by(asks.c.asked_at)).scalars())


def find_ask(connection: sa.Connection, ask_id: str) -> Ask | None:
    """What somebody asked for, locked until the transaction ends: tries that come at once are counted each."""
    row = connection.execute(sa.select(asks).where(asks.c.id == ask_id).with_for_update()).one_or_none()
    return None if row is None else Ask(**row._mapping)


def new_asks(connection: sa.Connection) -> list[Ask]:
    """Those that nobody has looked up yet, oldest first."""
    query = sa.select(asks).where(asks.c.is_looked_up.is_(False)).order_by(asks.c.asked_at).limit(100)
    return [Ask(**row._mapping) for row in connection.execute(query)]


def forget_asks(connection: sa.Connection, before: datetime) -> None:
    """Remove what nobody can use any more, with the names that strangers typed."""
    connection.execute(asks.delete().where(asks.c.asked_at <= before))


# Reports


def add_report(connection: sa.Connection, report: Report) -> None:
    """Save a new report."""
    connection.execute(reports.insert().values(msgspec.structs.asdict(report)))


def save_looked_at(connection: sa.Connection, report_id: str, *, actor: Actor, at: datetime) -> Report:
    """Save who looked at it first, and when: the report as it stands now.

    Raises:
        ReportUnknown: there is none of this id.
    """
    unseen = reports.update().where(reports.c.id == report_id, reports.c.looked_at.is_(None))
    connection.execute(unseen.values(looked_at=at, looked_by=str(actor)))
    row = connection.execute(sa.select(reports).where(reports.c.id == report_id)).one_or_none()
    if row is None:
        raise ReportUnknown(report=report_id)
    return _report(row)


def list_reports(
    connection: sa.Connection, *, is_looked_at: bool | None, before: str | None = None, limit: int = 50
) -> list[Report]:
    """A page of reports, newest first, older than the id `before`."""
    query = sa.select(reports).order_by(reports.c.id.desc()).limit(limit)
    if is_looked_at is not None:
        query = query.where(reports.c.looked_at.is_not(None) if is_looked_at else reports.c.looked_at.is_(None))
    if before is not None:
        query = query.where(reports.c.id < before)
    return [_report(row) for row in connection.execute(query)]


def has_unseen(connection: sa.Connection) -> bool:
    """Whether there is a report that nobody has looked at."""
    return connection.execute(sa.select(reports.c.id).where(reports.c.looked_at.is_(None)).limit(1)).first() is not None


def old_reports(connection: sa.Connection, before: datetime, *, at_most: int) -> list[str]:
    """Reports that somebody looked at and that came before a time, oldest first."""
    query = sa.select(reports.c.id).where(reports.c.reported_at <= before, reports.c.looked_at.is_not(None))
    return [*connection.execute(query.order_by(reports.c.id).limit(at_most)).scalars()]


def forget_reports(connection: sa.Connection, report_ids: Sequence[str]) -> None:
    """Delete reports, with what strangers said in them."""
    connection.execute(reports.delete().where(reports.c.id.in_(report_ids)))


def _report(row: sa.Row[Any]) -> Report:
    looked_by = Actor.parse(row.looked_by) if row.looked_by else None
    return Report(**{**row._mapping, "looked_by": looked_by})
