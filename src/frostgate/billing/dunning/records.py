"""What people decide about a tenant's debts, the facts that say so, and what is refused. Pure values."""

import enum
from datetime import date, datetime
from typing import Annotated

import msgspec

from frostgate.base.errors import Conflict, NotFound, Refused
from frostgate.base.model import Actor, Fact
from frostgate.billing.dunning.model import Debt, Pause
from frostgate.billing.dunning.policy import Policy

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
LONGEST_PAUSE = 366  # days: what is to wait longer is agreed on anew


class PauseKind(enum.StrEnum):
    """Why a clock stands still."""

    PROMISE = "promise"  # to pay by a day; a finance operator agrees to it
    HELD = "held"  # a finance operator's own word


class PauseState(enum.StrEnum):
    """How it stands. Only an approved one holds the clock."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


class AgreedPause(msgspec.Struct, frozen=True, kw_only=True):
    """The clock of one invoice, or of all of a tenant's, stands still until a day; that day is included."""

    id: str
    tenant_id: str
    invoice_id: str | None  # None: all of them
    kind: PauseKind
    state: PauseState
    until: date
    reason: str
    proposed_by: Actor
    proposed_at: datetime
    first: date | None = None  # from the day of the approval
    decided_by: Actor | None = None
    decided_at: datetime | None = None
    answer: str | None = None

    def pause(self) -> Pause:
        """The days on which it holds the clock."""
        assert self.first is not None, "BUG: a pause that nobody approved"
        return Pause(self.first, self.until)


class ReleaseState(enum.StrEnum):
    """How a release stands that a person must agree to."""

    OPEN = "open"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"  # something is owed again


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """Everything is paid, and the plan asks for a finance operator before the services come back."""

    id: str
    tenant_id: str
    state: ReleaseState
    proposed_at: datetime
    decided_by: Actor | None = None
    decided_at: datetime | None = None
    reason: str | None = None


class Unreached(msgspec.Struct, frozen=True, kw_only=True):
    """A last notice that did not arrive, and who decided to freeze all the same."""

    tenant_id: str
    debt: Debt
    reported_at: datetime
    decided_by: Actor | None = None
    decided_at: datetime | None = None
    reason: str | None = None


# Drafts


class PauseDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A promise to pay, or a word to wait."""

    until: date
    reason: Words
    invoice_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why somebody agrees or does not."""

    reason: Words


class FreezeDecision(Decision, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Freeze for this invoice although its last notice did not arrive."""

    invoice_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


# Facts


class PauseChanged(Fact, frozen=True, kw_only=True):
    """A pause was proposed, approved or rejected."""

    name = "dunning.pause_changed"

    pause: AgreedPause

    def recorded(self) -> Fact:
        """Without the words that people wrote."""
        return msgspec.structs.replace(self, pause=msgspec.structs.replace(self.pause, reason="", answer=None))


class ReleaseChanged(Fact, frozen=True, kw_only=True):
    """A release waits for a person, was approved, or was withdrawn."""

    name = "dunning.release_changed"

    release: Release

    def recorded(self) -> Fact:
        """Without the words that people wrote."""
        return msgspec.structs.replace(self, release=msgspec.structs.replace(self.release, reason=None))


class FreezeDecided(Fact, frozen=True, kw_only=True):
    """A person decided to freeze although the last notice did not arrive."""

    name = "dunning.freeze_decided"

    unreached: Unreached

    def recorded(self) -> Fact:
        """Without the words that people wrote."""
        return msgspec.structs.replace(self, unreached=msgspec.structs.replace(self.unreached, reason=None))


class PolicyPublished(Fact, frozen=True, kw_only=True):
    """A dunning policy is followed from now on by every tenant whose plan names it."""

    name = "dunning.policy_published"

    policy: Policy


# Refusals


class DunningPolicyUnknown(NotFound):
    """There is no dunning policy of this name."""

    code = "dunning.policy_unknown"


class PauseUnusable(Refused):
    """The day is past, or further away than `latest`."""

    code = "dunning.pause_unusable"


class PauseUnknown(NotFound):
    """The tenant has no such promise."""

    code = "dunning.pause_unknown"


class PauseDecided(Conflict):
    """Somebody approved or rejected it before."""

    code = "dunning.pause_decided"


class NothingOpen(Conflict):
    """Nothing is open of it, so there is nothing to wait for."""

    code = "dunning.nothing_open"


class NothingToRelease(Conflict):
    """No release of this tenant waits for a person: something is still owed, or nothing was frozen."""

    code = "dunning.nothing_to_release"


class NotUnreached(Conflict):
    """The last notice did arrive, or may still arrive, or there was none: this goes its way without a person."""

    code = "dunning.not_unreached"
