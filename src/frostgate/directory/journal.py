"""The journal over HTTP: who changed what and when, and whether the chain still holds."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Router, get
from litestar.params import QueryParameter

from frostgate.base import journal
from frostgate.base.web import NEEDS
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal."""

    number: int
    at: datetime
    tenant_id: str | None
    actor: str
    fact: str
    body: Any
    hash: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """Whether every entry still follows from the one before it."""

    holds: bool
    entries: int
    head: str | None
    problem: str | None


@get("/journal", opt={NEEDS: Permission.JOURNAL_READ}, sync_to_thread=True, summary="The journal", tags=["journal"])
def read_journal(
    work: Work,
    principal: Who,
    after: Annotated[int, QueryParameter(ge=0, le=2**62, description="The number before the first.")] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=1000, description="How many at most.")] = 100,
) -> list[EntryView]:
    """Entries after a number, oldest first; a tenant's own people see their tenant's only."""
    with work.look() as connection:
        found = journal.entries(connection, tenant_id=principal.tenant_id, after=after, limit=limit)
    return [
        EntryView(
            number=entry.number,
            at=entry.at,
            tenant_id=entry.tenant_id,
            actor=entry.actor,
            fact=entry.fact,
            body=journal.body_of(entry),
            hash=entry.hash,
        )
        for entry in found
    ]


@get(
    "/journal/verification",
    opt={NEEDS: Permission.JOURNAL_READ},
    sync_to_thread=True,
    summary="Check the journal's chain",
    tags=["journal"],
)
def verify_journal(work: Work) -> Verification:
    """Walks the whole chain; takes a few seconds for a million entries."""
    with work.look() as connection:
        found = journal.verify(connection)
    if isinstance(found, journal.Broken):
        return Verification(holds=False, entries=found.number - 1, head=None, problem=found.problem)
    return Verification(holds=True, entries=found[0], head=found[1], problem=None)


ROUTES = Router("/", route_handlers=[read_journal, verify_journal])
