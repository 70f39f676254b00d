"""Receipts of text messages: what a gateway says, later, of what it took.

A receipt may come before we have written down that the text was taken, so each is kept under the gateway's own name
for the part, and meets its notice whichever comes first.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import upsert
from frostgate.base.uow import Tx
from frostgate.notices import store
from frostgate.notices.model import Channel, Notice, State
from frostgate.notices.receipts.model import Receipt
from frostgate.notices.receipts.model import Said as Outcome
from frostgate.notices.receipts.service import take

# A gateway may count anew some day and give a name twice: what came for the name before this is of another text.
_EARLY = timedelta(minutes=10)

notice_parts = sa.Table(
    "notice_parts",
    metadata,
    sa.Column("reference", sa.Text, primary_key=True),  # what the gateway calls it
    sa.Column("notice_id", sa.Text, sa.ForeignKey("notices.id"), index=True),  # None: its receipt came first
    sa.Column("has_arrived", sa.Boolean),  # None: no receipt yet
    sa.Column("said", sa.Text),
    sa.Column("at", Utc, nullable=False),
    sa.CheckConstraint("(has_arrived IS NULL) = (said IS NULL)", name="ck_notice_parts_said"),
    sa.CheckConstraint("notice_id IS NOT NULL OR said IS NOT NULL", name="ck_notice_parts_of"),
)


class Said(Protocol):
    """What a gateway says of one part."""

    @property
    def message_id(self) -> str: ...
    @property
    def has_arrived(self) -> bool: ...
    @property
    def said(self) -> str: ...


def expect(tx: Tx, notice: Notice, references: Sequence[str]) -> State:
    """A gateway took a notice in these parts: sent, or what its receipts say already, where they came first."""
    names = [name for name in dict.fromkeys(references) if name]  # a gateway without names sends no receipts either
    if not names:
        return State.SENT
    known = sa.select(notice_parts).where(
        notice_parts.c.reference.in_(names), notice_parts.c.notice_id.is_(None), notice_parts.c.at > tx.now - _EARLY
    )
    early = {row.reference: row for row in tx.execute(known)}
    rows = [
        {
            "reference": name,
            "notice_id": notice.id,
            "has_arrived": early[name].has_arrived if name in early else None,
            "said": early[name].said if name in early else None,
            "at": tx.now,
        }
        for name in names
    ]
    upsert(tx.connection, notice_parts, rows, keys=["reference"], update=["notice_id", "has_arrived", "said", "at"])
    if early:
        _settle(tx, notice.id)
    return store.get_notice(tx.connection, notice.id, tenant_id=notice.tenant_id).state


def delivered(tx: Tx, reference: str, *, has_arrived: bool, said: str) -> None:
    """A gateway says what became of a part. Said twice, the first time counts."""
    row = {"reference": reference, "notice_id": None, "has_arrived": has_arrived, "said": said, "at": tx.now}
    if upsert(tx.connection, notice_parts, [row], keys=["reference"]):
        return  # of a text that we have not written down yet
    which = sa.and_(notice_parts.c.reference == reference, notice_parts.c.has_arrived.is_(None))
    values = {"has_arrived": has_arrived, "said": said, "at": tx.now}
    changed = notice_parts.update().where(which).values(values).returning(notice_parts.c.notice_id)
    notice_id = tx.execute(changed).scalar_one_or_none()
    if notice_id is not None:
        _settle(tx, notice_id)


def _settle(tx: Tx, notice_id: str) -> None:
    """Take what the receipts of a notice add up to: a text of which one part is lost cannot be read."""
    parts = tx.execute(sa.select(notice_parts).where(notice_parts.c.notice_id == notice_id)).all()
    lost = [part for part in parts if part.has_arrived is False]
    if lost:
        what, detail = Outcome.BOUNCED_SOFT, lost[0].said  # gateways do not say whether the number is wrong for ever
    elif all(part.has_arrived for part in parts):
        what, detail = Outcome.DELIVERED, f"{len(parts)} × {parts[0].said}" if len(parts) > 1 else parts[0].said
    else:
        return
    take(tx, Receipt(channel=Channel.SMS, said=what, detail=detail, notice_id=notice_id))
