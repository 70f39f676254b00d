"""How often somebody may prove a factor wrongly: counted for an account, whatever factor and purpose it was about.

Counted in the database, in the transaction that looks at the answer and commits also where it was wrong: neither a
restart nor a second process forgets, and answers that come at once are counted one after another.
"""

import math
from datetime import datetime, timedelta

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.errors import Refused
from frostgate.base.sql import insert_into
from frostgate.base.uow import Tx
from frostgate.directory.store import Bytewise

WINDOW = timedelta(minutes=15)
MOST_WRONG = 5

answer_attempts = sa.Table(
    "answer_attempts",
    metadata,
    sa.Column("tenant_id", Bytewise, primary_key=True),
    sa.Column("account_id", Bytewise, primary_key=True),
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
)


class TooManyAnswers(Refused):
    """Too many wrong answers; `retry_after` says in how many seconds the next one is looked at."""

    code = "challenge.too_many_attempts"


def count(tx: Tx, *, tenant_id: str, account_id: str) -> int:
    """Count an answer as a wrong one until `forgive`, and return how many more there may be.

    The account's line stays locked until the transaction ends, so nobody else's answer is looked at meanwhile.

    Raises:
        TooManyAnswers: it was one too many; leave the transaction, so that it is not counted and the wait not longer.
    """
    mine = (answer_attempts.c.tenant_id == tenant_id, answer_attempts.c.account_id == account_id)
    tx.execute(answer_attempts.delete().where(*mine, answer_attempts.c.started_at <= tx.now - WINDOW))
    failures, started_at = _one_more(tx, tenant_id, account_id)
    if failures > MOST_WRONG:
        seconds = max(1, math.ceil((started_at + WINDOW - tx.now).total_seconds()))
        raise TooManyAnswers(retry_after=seconds, minutes=math.ceil(seconds / 60))
    return MOST_WRONG - failures


def forgive(tx: Tx, *, tenant_id: str, account_id: str) -> None:
    """The answer was right: nothing before it counts any more."""
    mine = (answer_attempts.c.tenant_id == tenant_id, answer_attempts.c.account_id == account_id)
    tx.execute(answer_attempts.delete().where(*mine))


def _one_more(tx: Tx, tenant_id: str, account_id: str) -> tuple[int, datetime]:
    """Add one in one statement: how many there are now, and when the first of them was."""
    statement = insert_into(answer_attempts, tx.connection.dialect.name).values(
        tenant_id=tenant_id, account_id=account_id, started_at=tx.now, failures=1
    )
    statement = statement.on_conflict_do_update(
        index_elements=["tenant_id", "account_id"], set_={"failures": answer_attempts.c.failures + 1}
    ).returning(answer_attempts.c.failures, answer_attempts.c.started_at)
    row = tx.execute(statement).one()
    return row.failures, row.started_at
