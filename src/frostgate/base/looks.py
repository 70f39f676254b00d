"""Who looked at whose evidence: one entry in the journal for each look, written before anything is shown.

A route that shows evidence of an account to a person says so with `SHOWS` beside what it needs; a test walks those
routes and wants the entry. Files that have more to say of a look state a fact of their own in its place.
"""

from frostgate.base.model import Actor, Fact
from frostgate.base.uow import UnitOfWork

# What of an account a route shows: `opt={NEEDS: ..., SHOWS: "decision"}`.
SHOWS = "shows"


class EvidenceSeen(Fact, frozen=True, kw_only=True):
    """Somebody looked at evidence; `account_id` is None where it is of a whole tenant, or of several."""

    name = "evidence.seen"

    what: str  # as `SHOWS` says it
    id: str  # of the thing that was looked at
    account_id: str | None


def note_look(
    uow: UnitOfWork, what: str, looked_at: str, *, tenant_id: str | None, account_id: str | None, actor: Actor
) -> None:
    """Let the journal keep who is about to see this.

    Raises:
        StoreUnavailable: it cannot be written, so nothing may be shown.
    """
    with uow.begin() as tx:
        seen = EvidenceSeen(tenant_id=tenant_id, what=what, id=looked_at, account_id=account_id)
        tx.state(seen, actor=actor)
