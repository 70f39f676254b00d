"""Who works on which case. Pure.

Whoever takes a case has it for a while and nobody else decides in it meanwhile: two people who work on one case without
knowing of each other waste one's time, or undo what the other has just promised. A lease ends by itself, so a case
never waits for somebody who went home.
"""

from datetime import datetime, timedelta

import msgspec

from frostgate.base.errors import Conflict, NotFound, Refused
from frostgate.base.model import Actor, Fact
from frostgate.cases.errors import CaseClosed
from frostgate.cases.model import Case, State
from frostgate.standing.model import Cause

LEASE = timedelta(minutes=30)  # from the last thing that somebody did in the case
AT_ONCE = 10  # cases that one person has at a time, where nobody said otherwise
MOST_AT_ONCE = 100


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has a case until then, and longer with everything that they do in it."""

    case_id: str
    tenant_id: str
    actor: Actor
    taken_at: datetime
    until: datetime

    def renewed(self, at: datetime) -> "Lease":
        """As long again from now."""
        return msgspec.structs.replace(self, until=at + LEASE)


class Reviewer(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is good at, and how much they take on. Nobody has to be described to work here."""

    operator_id: str
    causes: frozenset[Cause] = frozenset()  # whose cases come first for them, and alone; empty: all
    at_once: int = AT_ONCE

    def takes(self, cause: Cause | None) -> bool:
        """Whether cases of this cause are handed to them; tasks without one are everybody's."""
        return not self.causes or cause is None or cause in self.causes


def take(case: Case, held: Lease | None, *, actor: Actor, at: datetime, over: bool = False) -> Lease:
    """The lease of whoever takes a case, for the first time or again; `held` is that of who has it now.

    Raises:
        CaseClosed: there is nothing left to do in it.
        CaseTaken: somebody else has it, and the actor may not take it `over`.
    """
    if case.state is State.DECIDED:
        raise CaseClosed(case=case.id)
    if held is not None and held.actor == actor:
        return held.renewed(at)
    if held is not None and not over:
        raise CaseTaken.by(held)
    return Lease(case_id=case.id, tenant_id=case.tenant_id, actor=actor, taken_at=at, until=at + LEASE)


class CaseTaken(Conflict):
    """Somebody else is working on the case; `until` says how long at least."""

    code = "case.taken"

    @classmethod
    def by(cls, lease: Lease) -> "CaseTaken":
        """The refusal that says who has it and until when."""
        return cls(case=lease.case_id, who=lease.actor.id, until=lease.until)


class NotTaken(Conflict):
    """The case is not in this person's hands."""

    code = "case.not_taken"


class DeskFull(Conflict):
    """Whoever has so many cases finishes one before the next."""

    code = "desk.full"


class ReviewerUnknown(NotFound):
    """Nobody of the platform's staff who decides cases has this id."""

    code = "desk.reviewer_unknown"


class AtOnceUnusable(Refused):
    """Nobody can have none or thousands of cases at a time."""

    code = "desk.at_once"


class CaseWasTaken(Fact, frozen=True, kw_only=True):
    """Somebody took a case, or was given it by whoever acted."""

    name = "case.taken"

    case_id: str
    by: Actor
    before: Actor | None  # who had it until then


class CaseWasLeft(Fact, frozen=True, kw_only=True):
    """Whoever had the case gave it back."""

    name = "case.left"

    case_id: str


class ReviewerDescribed(Fact, frozen=True, kw_only=True):
    """What somebody is good at and how much they take on was said anew."""

    name = "desk.reviewer_described"

    reviewer: Reviewer
    before: Reviewer
