"""How often somebody may prove a factor wrongly: counted for its owner, whatever factor and purpose it was about.

Counted in the database, in the transaction that looks at the answer and commits also where it was wrong: neither a
restart nor a second process forgets, and answers that come at once are counted one after another.
"""

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.errors import Refused
from frostgate.base.uow import Tx
from frostgate.directory.attempts import WINDOW, one_more, wait
from frostgate.directory.factors.model import Owner
from frostgate.directory.store import Bytewise

MOST_WRONG = 5

answer_attempts = sa.Table(
    "answer_attempts",
    metadata,
    sa.Column("tenant_id", Bytewise, primary_key=True),
    sa.Column("account_id", Bytewise, primary_key=True),  # or the operator's id, where the tenant is ""
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
)


class TooManyAnswers(Refused):
    """Too many wrong answers; `retry_after` says in how many seconds the next one is looked at."""

    code = "challenge.too_many_attempts"


def count(tx: Tx, owner: Owner) -> int:
    """Count an answer as a wrong one until `forgive`, and return how many more there may be.

    The owner's line stays locked until the transaction ends, so nobody else's answer is looked at meanwhile.

    Raises:
        TooManyAnswers: it was one too many; leave the transaction, so that it is not counted and the wait not longer.
    """
    tx.execute(answer_attempts.delete().where(*_of(owner), answer_attempts.c.started_at <= tx.now - WINDOW))
    failures, started_at = one_more(tx, answer_attempts, tenant_id=owner.tenant_id, account_id=owner.id)
    if failures > MOST_WRONG:
        raise TooManyAnswers(**wait(started_at, tx.now))
    return MOST_WRONG - failures


def forgive(tx: Tx, owner: Owner) -> None:
    """The answer was right: nothing before it counts any more."""
    tx.execute(answer_attempts.delete().where(*_of(owner)))


def _of(owner: Owner) -> tuple[sa.ColumnElement[bool], ...]:
    return answer_attempts.c.tenant_id == owner.tenant_id, answer_attempts.c.account_id == owner.id
