"""Freezing or releasing many accounts at once, after a wave or after a mistake of ours. Pure.

One person proposes and sees exactly whom it would concern; another agrees; nothing happens before. Each account is then
a decision of its own, with its own case and notices. One step back is an action like any other, with its two people.
"""

import enum
from datetime import datetime, timedelta

import msgspec

from frostgate.base.errors import Conflict, NotFound, Refused
from frostgate.base.model import Actor, ActorKind, Fact
from frostgate.cases.errors import PersonNeeded
from frostgate.standing.model import Finding, SecondPersonNeeded

MOST = 10_000  # accounts at once
LASTS = timedelta(days=1)  # from the proposal: what was looked at yesterday may be another thing today


class What(enum.StrEnum):
    """What is done to each."""

    FREEZE = "freeze"
    RELEASE = "release"


class State(enum.StrEnum):
    """How far an action has come."""

    PROPOSED = "proposed"
    RUNNING = "running"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class ItemState(enum.StrEnum):
    """What became of one account."""

    PENDING = "pending"
    DONE = "done"
    SKIPPED = "skipped"  # refused when its turn came; `problem` is the code


class Bulk(msgspec.Struct, frozen=True, kw_only=True):
    """Something done to many accounts of one tenant."""

    id: str
    tenant_id: str
    what: What
    finding: Finding | None  # of a release: a mistake, or what the holds waited for
    reason: str
    total: int
    state: State
    undoes: str | None  # the action of which this is one step back
    proposed_by: Actor
    proposed_at: datetime
    approved_by: Actor | None = None
    approved_at: datetime | None = None
    ended_at: datetime | None = None

    def approve(self, *, actor: Actor, at: datetime) -> "Bulk":
        """Somebody else agrees, and it begins.

        Raises:
            PersonNeeded, BulkDecided
            SecondPersonNeeded: the actor proposed it.
            BulkStale: the proposal is older than a day.
        """
        self._is_proposed(actor)
        if actor == self.proposed_by:
            raise SecondPersonNeeded
        if at - self.proposed_at > LASTS:
            raise BulkStale
        return msgspec.structs.replace(self, state=State.RUNNING, approved_by=actor, approved_at=at)

    def withdraw(self, *, actor: Actor, at: datetime) -> "Bulk":
        """It comes to nothing: its author thought better of it, or somebody else says no.

        Raises:
            PersonNeeded, BulkDecided
        """
        self._is_proposed(actor)
        return msgspec.structs.replace(self, state=State.WITHDRAWN, ended_at=at)

    def end(self, *, at: datetime) -> "Bulk":
        """Everybody had their turn."""
        assert self.state is State.RUNNING, "BUG: ended without having begun"
        return msgspec.structs.replace(self, state=State.DONE, ended_at=at)

    def may_be_undone(self) -> None:
        """Pass where there is something to take back, and it is no step back itself.

        Raises:
            NotUndoable
        """
        if self.state is not State.DONE or self.undoes is not None:
            raise NotUndoable(state=self.state.value)

    def _is_proposed(self, actor: Actor) -> None:
        must_be_person(actor)
        if self.state is not State.PROPOSED:
            raise BulkDecided(state=self.state.value)


class Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an action would concern."""

    account_id: str | None  # None: the hold is on the whole tenant
    case_id: str | None = None  # whose hold is released
    like: str | None = None  # a hold that was released and is placed again
    kept_until: datetime | None = None  # when that was to end by itself


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One account of it."""

    id: str
    bulk_id: str
    account_id: str | None
    case_id: str | None
    like: str | None
    state: ItemState = ItemState.PENDING
    problem: str | None = None
    hold_id: str | None = None  # which was placed or released
    kept_until: datetime | None = None  # when the hold that was released, or is placed again, was to end by itself

    def done(self, hold_id: str) -> "Item":
        """It was done."""
        return msgspec.structs.replace(self, state=ItemState.DONE, hold_id=hold_id)

    def skipped(self, problem: str) -> "Item":
        """It was refused."""
        return msgspec.structs.replace(self, state=ItemState.SKIPPED, problem=problem)


def must_be_person(actor: Actor) -> None:
    """Pass a person in a session of their own: a token would let one be two.

    Raises:
        PersonNeeded
    """
    if actor.kind is not ActorKind.OPERATOR:
        raise PersonNeeded


class BulkUnknown(NotFound):
    """There is no such action in this tenant."""

    code = "bulk.unknown"


class BulkDecided(Conflict):
    """It was agreed to, or withdrawn, before."""

    code = "bulk.decided"


class BulkStale(Conflict):
    """It was proposed more than a day ago: look again at whom it would concern."""

    code = "bulk.stale"


class BulkEmpty(Refused):
    """It would concern nobody."""

    code = "bulk.empty"


class BulkTooLarge(Refused):
    """It would concern more than one person can look at."""

    code = "bulk.too_large"


class BulkUnclear(Refused):
    """A release says which cases and why; a freeze names its accounts."""

    code = "bulk.unclear"


class NotUndoable(Conflict):
    """It is not done yet, or is a step back itself, or was taken back before."""

    code = "bulk.not_undoable"


class AlreadyHeld(Conflict):
    """The same hold is open already, and not by this action."""

    code = "bulk.already_held"


class BulkProposed(Fact, frozen=True, kw_only=True):
    """Somebody asks for an action on many accounts."""

    name = "bulk.proposed"

    bulk: Bulk


class BulkApproved(Fact, frozen=True, kw_only=True):
    """Somebody else agreed; it runs."""

    name = "bulk.approved"

    bulk: Bulk


class BulkWithdrawn(Fact, frozen=True, kw_only=True):
    """It comes to nothing."""

    name = "bulk.withdrawn"

    bulk: Bulk
    reason: str


class BulkEnded(Fact, frozen=True, kw_only=True):
    """Everybody had their turn."""

    name = "bulk.ended"

    bulk: Bulk
    done: int
    skipped: int
