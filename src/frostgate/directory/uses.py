"""When tokens were last used: noted in memory by whoever checks them, and saved now and then.

To the minute is enough for "does anything still use this?", and a request must not pay for a write.
"""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import upsert
from frostgate.base.uow import UnitOfWork

token_uses = sa.Table(
    "token_uses",
    metadata,
    sa.Column("token_id", sa.Text, sa.ForeignKey("tokens.id"), primary_key=True),
    sa.Column("used_at", Utc, nullable=False),
)


def note_uses(uow: UnitOfWork, used: Mapping[str, datetime]) -> int:
    """Save when these tokens were used; of how many."""
    if used:
        with uow.begin(head_first=False) as tx:
            rows = [{"token_id": token_id, "used_at": at} for token_id, at in sorted(used.items())]
            upsert(tx.connection, token_uses, rows, keys=["token_id"], update=["used_at"])
    return len(used)
