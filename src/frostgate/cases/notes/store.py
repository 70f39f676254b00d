"""Who was mentioned where, and which papers belong to which note, in the database."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.cases.model import Case
from frostgate.cases.notes.model import Mention
from frostgate.documents.store import documents

mentions = sa.Table(
    "case_mentions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("action_id", sa.Text, sa.ForeignKey("case_actions.id"), nullable=False),
    sa.Column("operator_id", sa.Text, sa.ForeignKey("operators.id"), nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.UniqueConstraint("action_id", "operator_id", name="uq_case_mentions_once"),
)
sa.Index("ix_case_mentions_operator", mentions.c.operator_id, mentions.c.id)
sa.Index("ix_case_mentions_case", mentions.c.case_id, mentions.c.id)

attachments = sa.Table(
    "case_attachments",
    metadata,
    sa.Column("action_id", sa.Text, sa.ForeignKey("case_actions.id"), primary_key=True),
    sa.Column("document_id", sa.Text, sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
)
sa.Index("ix_case_attachments_case", attachments.c.case_id)


class Beside(msgspec.Struct, frozen=True):
    """What stands beside the words of a note: who is meant, and the papers."""

    mentions: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


NOTHING = Beside()


def add_mentions(connection: sa.Connection, found: Sequence[Mention]) -> None:
    """Save who was mentioned."""
    if found:
        rows = [{**msgspec.structs.asdict(each), "by": str(each.by)} for each in found]
        connection.execute(mentions.insert(), rows)


def add_attachments(connection: sa.Connection, case: Case, action_id: str, document_ids: Sequence[str]) -> None:
    """Save which papers belong to a note."""
    if document_ids:
        rows = [{"action_id": action_id, "document_id": each, "case_id": case.id} for each in document_ids]
        connection.execute(attachments.insert(), rows)


def beside(connection: sa.Connection, case: Case) -> dict[str, Beside]:
    """What stands beside the lines of a case's history, by their ids."""
    named = sa.select(mentions.c.action_id, mentions.c.operator_id).where(
        mentions.c.tenant_id == case.tenant_id, mentions.c.case_id == case.id
    )
    kept = (
        sa.select(attachments.c.action_id, attachments.c.document_id)
        .join(documents, documents.c.id == attachments.c.document_id)
        .where(documents.c.tenant_id == case.tenant_id, attachments.c.case_id == case.id)
    )
    found: dict[str, Beside] = {}
    for action_id, operator_id in connection.execute(named.order_by(mentions.c.id)):
        before = found.get(action_id, NOTHING)
        found[action_id] = Beside((*before.mentions, operator_id), before.attachments)
    for action_id, document_id in connection.execute(kept.order_by(attachments.c.document_id)):
        before = found.get(action_id, NOTHING)
        found[action_id] = Beside(before.mentions, (*before.attachments, document_id))
    return found


def mentions_of(
    connection: sa.Connection, operator_id: str, *, tenant_id: str | None, before: str | None, limit: int
) -> list[Mention]:
    """Where somebody was mentioned, newest first, as far as they still see the tenant (None: every one)."""
    query = sa.select(mentions).where(mentions.c.operator_id == operator_id)
    if tenant_id is not None:
        query = query.where(mentions.c.tenant_id == tenant_id)
    if before is not None:
        query = query.where(mentions.c.id < before)
    return [_mention(row) for row in connection.execute(query.order_by(mentions.c.id.desc()).limit(limit))]


def _mention(row: sa.Row[Any]) -> Mention:
    return Mention(**{**row._mapping, "by": Actor.parse(row.by)})
