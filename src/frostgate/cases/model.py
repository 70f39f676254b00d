"""A case: what people have to decide about a hold, or have to do because a machine could not. Pure.

A decision is a transition of the case: it refuses, or returns the case as it is afterwards. Who decided what before
is given to it from the case's own actions, so that nobody counts as two people.
"""

import enum
from collections.abc import Iterable
from datetime import datetime

import msgspec

from frostgate.base.errors import Conflict, Forbidden, NotFound, Refused
from frostgate.base.model import Actor, ActorKind, Fact
from frostgate.standing.model import Cause, Finding, Hold, Kind, SecondPersonNeeded

LONGEST_REASON = 2000

# What a ban may punish: what the holder did. Who could not pay did nothing of the kind, whose sign-ins look odd is more
# often a victim, and what an operator froze by hand must first get a cause that says what it was.
GRAVE = frozenset({Cause.VIOLATING_CONTENT, Cause.BULK_OPERATION, Cause.BYPASS_ATTEMPT})


class CaseKind(enum.StrEnum):
    """What people are asked for: a decision about a hold, or a task."""

    HOLD = "hold"
    NOTICE_UNDELIVERABLE = "notice_undeliverable"


class State(enum.StrEnum):
    """Whether somebody still has to do something."""

    OPEN = "open"
    DECIDED = "decided"


class Outcome(enum.StrEnum):
    """How a case was decided."""

    CONFIRMED = "confirmed"  # rightly placed: the hold stays until its condition comes true
    RELEASED = "released"
    BANNED = "banned"
    BAN_LIFTED = "ban_lifted"
    DONE = "done"  # a task that somebody did


class Did(enum.StrEnum):
    """What somebody did in a case."""

    OPENED = "opened"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    ENDED = "ended"
    BAN_PROPOSED = "ban_proposed"
    BAN_APPROVED = "ban_approved"
    APPEAL_UPHELD = "appeal_upheld"
    NOTED = "noted"
    DONE = "done"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """The file of one hold for people to work on, or of one task. `version` grows with every change."""

    id: str
    tenant_id: str
    kind: CaseKind
    hold_id: str | None
    account_id: str | None  # None: it is about the whole tenant
    cause: str | None
    state: State
    outcome: Outcome | None
    decision_id: str | None  # the decision that placed the hold
    opened_at: datetime
    decided_at: datetime | None = None
    decided_by: Actor | None = None
    confirmed_by: Actor | None = None
    released_by: Actor | None = None
    ban_proposed_by: Actor | None = None
    ban_approved_by: Actor | None = None
    ban_hold_id: str | None = None
    appeal_upheld_by: Actor | None = None
    version: int = 1

    @property
    def ban_pending(self) -> bool:
        """Whether a ban was proposed and nobody has answered yet."""
        return self.ban_proposed_by is not None and self.ban_approved_by is None

    def confirm(self, *, actor: Actor, at: datetime) -> "Case":
        """The hold was right and stays; a ban that was proposed is thereby declined.

        Raises:
            WrongKind, CaseClosed, PersonNeeded
            SecondPersonNeeded: the actor approved a ban in this case, which an appeal has lifted since.
        """
        self._about_a_hold(actor)
        self._is_open()
        if actor == self.ban_approved_by:
            raise SecondPersonNeeded
        return _change(self._decided(Outcome.CONFIRMED, actor, at), confirmed_by=actor)

    def release(self, *, actor: Actor, at: datetime, actions: Iterable["Action"]) -> "Case":
        """The hold ends. A confirmed case can still be released, by somebody who did not confirm it.

        Raises:
            WrongKind, CaseClosed, PersonNeeded
            SecondPersonNeeded: the actor found before that the hold was right.
        """
        self._about_a_hold(actor)
        if self.outcome not in {None, Outcome.CONFIRMED}:
            raise CaseClosed(case=self.id)
        _somebody_else(actor, than=who(actions, Did.CONFIRMED))
        return _change(self._decided(Outcome.RELEASED, actor, at), released_by=actor)

    def propose_ban(self, hold: Hold, *, actor: Actor) -> "Case":
        """Ask for a ban. The case is open until somebody else answers, also where it was confirmed before.

        Raises:
            WrongKind, PersonNeeded
            CaseClosed: it was decided otherwise, or there is or was a ban in it already.
            NotForBan: the hold is not an open freeze of a grave cause.
        """
        self._about_a_hold(actor)
        if self.outcome not in {None, Outcome.CONFIRMED} or self.ban_proposed_by is not None:
            raise CaseClosed(case=self.id)
        if not (hold.is_open and hold.kind is Kind.FREEZE and hold.cause in GRAVE):
            raise NotForBan(case=self.id, cause=hold.cause.value)
        return _change(_reopen(self), ban_proposed_by=actor)

    def approve_ban(self, *, actor: Actor, at: datetime, actions: Iterable["Action"]) -> "Case":
        """Agree to the ban that somebody else proposed.

        Raises:
            WrongKind, CaseClosed, PersonNeeded
            NoProposal: nobody proposed one.
            SecondPersonNeeded: the actor proposed it, or confirmed the freeze that it rests on.
        """
        self._about_a_hold(actor)
        self._is_open()
        if not self.ban_pending:
            raise NoProposal(case=self.id)
        _somebody_else(actor, than=who(actions, Did.CONFIRMED, Did.BAN_PROPOSED))
        return _change(self._decided(Outcome.BANNED, actor, at), ban_approved_by=actor)

    def uphold_appeal(self, *, actor: Actor, at: datetime, actions: Iterable["Action"], frozen: bool) -> "Case":
        """Lift the ban. Where the freeze that led to it is still there (`frozen`), the case waits for its decision.

        Raises:
            WrongKind, PersonNeeded
            NoBan: the account is not banned in this case.
            SecondPersonNeeded: the actor proposed or approved the ban.
        """
        self._about_a_hold(actor)
        if self.outcome is not Outcome.BANNED:
            raise NoBan(case=self.id)
        _somebody_else(actor, than=who(actions, Did.BAN_PROPOSED, Did.BAN_APPROVED))
        return self.ban_ended(actor=actor, at=at, frozen=frozen)

    def ban_ended(self, *, actor: Actor, at: datetime, frozen: bool) -> "Case":
        """The ban is gone. A freeze that outlives it must not be forgotten in a decided case."""
        lifted = _change(self._decided(Outcome.BAN_LIFTED, actor, at), appeal_upheld_by=actor)
        return _reopen(lifted) if frozen else lifted

    def hold_ended(self, *, actor: Actor, at: datetime) -> "Case":
        """Its hold was released without us: paid, verified, cooled down. There is nothing left to decide."""
        return self._decided(Outcome.RELEASED, actor, at)

    def done(self, *, actor: Actor, at: datetime) -> "Case":
        """Somebody did the task.

        Raises:
            WrongKind, CaseClosed
        """
        if self.kind is CaseKind.HOLD:
            raise WrongKind(case=self.id, kind=self.kind.value)
        self._is_open()
        return self._decided(Outcome.DONE, actor, at)

    def must_be_about_a_hold(self) -> None:
        """Pass where there is a hold to decide about.

        Raises:
            WrongKind: it is a task.
        """
        if self.kind is not CaseKind.HOLD:
            raise WrongKind(case=self.id, kind=self.kind.value)

    def _about_a_hold(self, actor: Actor) -> None:
        self.must_be_about_a_hold()
        # A token would let one person be two: their own and their program's.
        if actor.kind is not ActorKind.OPERATOR:
            raise PersonNeeded(case=self.id)

    def _is_open(self) -> None:
        if self.state is State.DECIDED:
            raise CaseClosed(case=self.id)

    def _decided(self, outcome: Outcome, actor: Actor, at: datetime) -> "Case":
        """Decided, whatever was still proposed; a ban that was carried out stays on record with its two people."""
        proposed = self.ban_proposed_by if outcome is Outcome.BANNED or not self.ban_pending else None
        return _change(
            self,
            state=State.DECIDED,
            outcome=outcome,
            decided_at=at,
            decided_by=actor,
            ban_proposed_by=proposed,
        )


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a case's history; none is ever changed."""

    id: str
    case_id: str
    at: datetime
    actor: Actor
    action: Did
    reason: str


def who(actions: Iterable[Action], *did: Did) -> frozenset[Actor]:
    """Everybody who ever did one of these things in the case."""
    return frozenset(action.actor for action in actions if action.action in did)


def reason_of(text: str) -> str:
    """The reason as it is kept.

    Raises:
        ReasonRequired: it is empty, or longer than anybody reads.
    """
    reason = text.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise ReasonRequired(pointer="/reason", limit=LONGEST_REASON)
    return reason


def _change(case: Case, **changes: object) -> Case:
    return msgspec.structs.replace(case, **changes)


def _reopen(case: Case) -> Case:
    return _change(case, state=State.OPEN, outcome=None, decided_at=None, decided_by=None)


def _somebody_else(actor: Actor, *, than: frozenset[Actor]) -> None:
    if actor in than:
        raise SecondPersonNeeded


class CaseOpened(Fact, frozen=True, kw_only=True):
    """People have something to decide or to do."""

    name = "case.opened"

    case: Case


class CaseConfirmed(Fact, frozen=True, kw_only=True):
    """The hold was right and stays."""

    name = "case.confirmed"

    case: Case
    hold: Hold
    reason: str


class CaseReleased(Fact, frozen=True, kw_only=True):
    """People released the hold; `finding` says whether it was a mistake from which rules can learn."""

    name = "case.released"

    case: Case
    hold: Hold
    finding: Finding
    reason: str


class CaseEnded(Fact, frozen=True, kw_only=True):
    """The case's hold ended without people's decision, so the case did."""

    name = "case.ended"

    case: Case
    hold: Hold


class BanProposed(Fact, frozen=True, kw_only=True):
    """Somebody asks for a ban; somebody else must answer."""

    name = "ban.proposed"

    case: Case
    reason: str


class BanApproved(Fact, frozen=True, kw_only=True):
    """Two people agreed; the ban stands."""

    name = "ban.approved"

    case: Case
    hold: Hold
    reason: str


class AppealUpheld(Fact, frozen=True, kw_only=True):
    """The ban is lifted."""

    name = "appeal.upheld"

    case: Case
    hold: Hold
    reason: str


class CaseNoted(Fact, frozen=True, kw_only=True):
    """Somebody left a note. Its words stand in the case."""

    name = "case.noted"

    case_id: str


class CaseDone(Fact, frozen=True, kw_only=True):
    """Somebody did the task."""

    name = "case.done"

    case: Case
    reason: str


class CaseRead(Fact, frozen=True, kw_only=True):
    """Somebody looked into a case: it holds what people said and where they were."""

    name = "case.read"

    case_id: str
    account_id: str | None


class CaseUnknown(NotFound):
    """There is no such case, or not for this reader."""

    code = "case.unknown"


class CaseClosed(Conflict):
    """The case was decided; this can no longer be done in it."""

    code = "case.closed"


class ReasonRequired(Refused):
    """A decision without a reason, or with one that nobody will read."""

    code = "case.reason_required"


class NotForBan(Refused):
    """A ban punishes: only an open freeze of a grave cause can lead to one."""

    code = "case.not_for_ban"


class NoProposal(Conflict):
    """Nobody proposed a ban here."""

    code = "case.no_proposal"


class NoBan(Conflict):
    """There is no ban to lift here."""

    code = "case.no_ban"


class WrongKind(Conflict):
    """A task is done and a hold is decided about; this was the other."""

    code = "case.wrong_kind"


class PersonNeeded(Forbidden):
    """A person must decide this in a session of their own; a token is nobody."""

    code = "approval.person_needed"
