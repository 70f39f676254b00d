"""Confirming a review: a person of the tenant says of each line whether it stays."""

from collections.abc import Mapping

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.checkups.reviews import removing, store
from frostgate.checkups.reviews.model import Review, ReviewAnswered, Statement
from frostgate.directory.model import Principal


def confirm(
    tx: Tx,
    quarter: str,
    statements: Mapping[str, Statement],
    words: str,
    *,
    tenant_id: str,
    actor: Actor,
    by: Principal | None = None,
) -> Review:
    """Confirm the review of a quarter, and see to it that goes what is to go.

    `by` is who is signed in: what they may remove is removed with this. The rest is a task for people.

    Raises:
        ReviewUnknown, ReviewConfirmed, LineUnknown, LinesUnanswered
    """
    review = store.get(tx.connection, quarter, tenant_id=tenant_id, lock=True)
    confirmed = review.confirm(statements, words, actor=actor, at=tx.now)
    store.save(tx.connection, confirmed)
    to_remove = tuple(line for line, said in confirmed.statements.items() if said is Statement.REMOVE)
    fact = ReviewAnswered(tenant_id=tenant_id, review_id=review.id, quarter=quarter, to_remove=to_remove)
    tx.state(fact, actor=actor)
    removing.begin(tx, confirmed, to_remove, by=by)
    return confirmed
