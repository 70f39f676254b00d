"""A case: what people have to decide about a hold, or have to do because a machine could not. Pure.

A decision is a transition of the case: it refuses, or returns the case as it is afterwards. Who decided what before
is given to it from the case's own actions, so that nobody counts as two people.
"""

import enum
from collections.abc import Iterable
from datetime import datetime

import msgspec

from frostgate.base.model import Actor, ActorKind
from frostgate.cases.actions import FOUND_RIGHT, Action, Did, last_decision, must_be_another, who
from frostgate.cases.causes import GRAVE
from frostgate.cases.errors import (
    AwaitsConditions,
    CaseClosed,
    NoBan,
    NoProposal,
    NotForBan,
    PersonNeeded,
    ProposalNeeded,
    ProposalPending,
    WrongKind,
)
from frostgate.cases.severity import Severity
from frostgate.cases.terms import LimitInstead, Terms, usable_until
from frostgate.standing.model import Finding, Hold, Kind, SecondPersonNeeded

PLATFORM = ""  # the tenant of a task that is no tenant's: no tenant has such an id, so only platform staff see it


class CaseKind(enum.StrEnum):
    """What people are asked for: a decision about a hold, or a task."""

    HOLD = "hold"
    NOTICE_UNDELIVERABLE = "notice_undeliverable"
    FAKE_NOTICES = "fake_notices"  # strangers report notices that are not ours
    SIGN_IN_DISOWNED = "sign_in_disowned"  # a holder says that a sign-in was not theirs
    ACCESS_TO_REMOVE = "access_to_remove"  # a tenant's review says that somebody's access is to go


class State(enum.StrEnum):
    """Whether somebody still has to do something."""

    OPEN = "open"
    WAITING = "waiting"  # for the holder: its hold ends once conditions are met
    DECIDED = "decided"


class Outcome(enum.StrEnum):
    """How a case was decided."""

    CONFIRMED = "confirmed"  # rightly placed: the hold stays until its condition comes true
    RELEASED = "released"
    BANNED = "banned"
    BAN_LIFTED = "ban_lifted"
    DONE = "done"  # a task that somebody did


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
    severity: Severity = Severity.NORMAL
    opened_at: datetime
    decided_at: datetime | None = None
    decided_by: Actor | None = None
    confirmed_by: Actor | None = None
    keep_until: datetime | None = None  # a confirmed hold ends by itself then
    keep_proposed_by: Actor | None = None  # who asked for that end, where two agreed to it
    keep_approved_by: Actor | None = None  # who decided it
    needs_two: bool = False  # people to release it: one proposes, another agrees
    release_proposed_by: Actor | None = None
    release_finding: Finding | None = None  # as it was proposed
    release_limit: LimitInstead | None = None
    release_until: datetime | None = None  # what is proposed is to keep it until then
    release_terms: Terms | None = None
    waiting_until: datetime | None = None  # for conditions to be met
    conditions_by: Actor | None = None  # who decided, or agreed, that the hold ends once they are
    released_by: Actor | None = None
    ban_proposed_by: Actor | None = None
    ban_approved_by: Actor | None = None
    ban_hold_id: str | None = None
    appeal_upheld_by: Actor | None = None
    group_id: str | None = None  # of the attack that it is part of
    duplicate_of: str | None = None  # the case that was open about the same account and cause already
    version: int = 1

    @property
    def ban_pending(self) -> bool:
        """Whether a ban was proposed and nobody has answered yet."""
        return self.ban_proposed_by is not None and self.ban_approved_by is None

    @property
    def release_pending(self) -> bool:
        """Whether a release was proposed and nobody has answered yet."""
        return self.release_proposed_by is not None and self.state is State.OPEN

    @property
    def ends_at(self) -> datetime | None:
        """When its hold ends by itself because people said so. A ban puts that off, and it counts again afterwards."""
        return self.keep_until if self.outcome in {None, Outcome.CONFIRMED} else None

    def confirm(
        self, *, actor: Actor, at: datetime, until: datetime | None = None, proposed_by: Actor | None = None
    ) -> "Case":
        """The hold was right and stays; what was proposed is thereby declined.

        With `until` it ends by itself then, as `proposed_by` asked for. An end that was decided before stays as it is
        where no other is named.

        Raises:
            WrongKind, CaseClosed, PersonNeeded, UntilUnusable
            ProposalNeeded: it was a violation, and nobody else has asked for that end.
            AwaitsConditions: the holder was promised otherwise.
            SecondPersonNeeded: the actor approved a ban in this case, which an appeal has lifted since.
        """
        self.must_be_for_people(actor)
        self._is_open()
        self.must_promise_nothing()
        if actor == self.ban_approved_by:
            raise SecondPersonNeeded
        usable_until(until, at=at)
        confirmed = _change(self._decided(Outcome.CONFIRMED, actor, at), confirmed_by=actor)
        return confirmed if until is None else confirmed.kept_until(until, actor=actor, proposed_by=proposed_by)

    def kept_until(self, until: datetime, *, actor: Actor, proposed_by: Actor | None) -> "Case":
        """The hold ends by itself then.

        Raises:
            ProposalNeeded: it was a violation, and nobody else has asked for that end.
        """
        if self.needs_two and proposed_by is None:
            raise ProposalNeeded(case=self.id)
        return _change(self, keep_until=until, keep_proposed_by=proposed_by, keep_approved_by=actor)

    def propose_release(
        self,
        *,
        finding: Finding,
        limit: LimitInstead | None,
        terms: Terms | None = None,
        actor: Actor,
        at: datetime,
        actions: Iterable[Action],
        until: datetime | None = None,
    ) -> "Case":
        """Ask for the release, at once or `until` then. The case is open until somebody else answers.

        Raises:
            WrongKind, PersonNeeded, UntilUnusable
            CaseClosed: it was decided otherwise.
            ProposalPending: something is proposed already.
            AwaitsConditions: it was decided that the hold ends once conditions are met.
            SecondPersonNeeded: the actor found before that the hold was right.
        """
        self._may_be_released(actor)
        self.must_promise_nothing()
        must_be_another(actor, than=who(actions, *FOUND_RIGHT))
        usable_until(limit.until if limit else until, at=at)
        proposed = _change(_reopen(self), release_proposed_by=actor, release_finding=finding, release_limit=limit)
        return _change(proposed, release_terms=terms, release_until=until)

    def release(
        self, *, actor: Actor, at: datetime, actions: Iterable[Action], proposed_by: Actor | None = None
    ) -> "Case":
        """The hold ends. A confirmed case can still be released, by somebody who did not confirm it.

        `proposed_by` is who asked for it elsewhere: in an action on many accounts. While conditions are awaited, who
        proposed those is asked for nothing more: this is the same release, sooner.

        Raises:
            WrongKind, CaseClosed, PersonNeeded
            ProposalPending: somebody proposed it, or a ban, and waits for an answer to that.
            ProposalNeeded: it was a violation, and nobody else has asked for its release.
            SecondPersonNeeded: the actor, or who proposed it, found before that the hold was right.
        """
        self._may_be_released(actor)
        if self.state is State.WAITING and proposed_by is None:
            proposed_by = self.release_proposed_by
        if self.needs_two and proposed_by is None:
            raise ProposalNeeded(case=self.id)
        return self._released(actor, at, actions, proposed_by)

    def approve_release(self, *, actor: Actor, at: datetime, actions: Iterable[Action]) -> "Case":
        """Agree to the release that somebody else proposed: it ends as they said, at once or at their time.

        Raises:
            WrongKind, CaseClosed, PersonNeeded, UntilUnusable
            NoProposal: nobody proposed one.
            SecondPersonNeeded: the actor proposed it, or found before that the hold was right.
        """
        self.must_be_for_people(actor)
        self._is_open()
        if not self.release_pending:
            raise NoProposal(case=self.id)
        released = self._released(actor, at, actions, self.release_proposed_by)
        if self.release_until is None:
            return released
        # To say when it ends is to release it: whoever may not do that was refused by now.
        return self.confirm(actor=actor, at=at, until=self.release_until, proposed_by=self.release_proposed_by)

    def await_conditions(self, terms: Terms, *, actor: Actor, at: datetime, actions: Iterable[Action]) -> "Case":
        """The hold ends once conditions are met: as the actor decides alone, or agrees with who proposed it.

        Raises:
            AwaitsConditions: some are awaited already.
            And as `release` does, or `approve_release` where it was proposed.
        """
        self.must_promise_nothing()
        agree = self.approve_release if self.release_pending else self.release
        by = agree(actor=actor, at=at, actions=actions).release_proposed_by
        waiting = _change(_no_proposal(_reopen(self)), release_proposed_by=by, conditions_by=actor)
        return _change(waiting, state=State.WAITING, waiting_until=terms.until)

    def conditions_met(self, *, actor: Actor, at: datetime) -> "Case":
        """The last condition is met, or waived, by the actor: the release that people agreed to comes true."""
        assert self.state is State.WAITING, "BUG: conditions of a case that awaits none"
        released = self._decided(Outcome.RELEASED, actor, at)
        return _change(released, released_by=self.conditions_by, release_proposed_by=self.release_proposed_by)

    def conditions_lapsed(self) -> "Case":
        """Their time is over: people decide afresh."""
        assert self.state is State.WAITING, "BUG: conditions of a case that awaits none"
        return _change(_no_proposal(self), state=State.OPEN)

    def withdraw_proposal(self, *, actor: Actor, actions: Iterable[Action]) -> "Case":
        """Take back what one proposed oneself: the case is as before, confirmed or still to decide.

        Raises:
            WrongKind, CaseClosed, PersonNeeded
            NoProposal: nothing is proposed, or somebody else did.
        """
        self.must_be_for_people(actor)
        self._is_open()
        if self.release_pending and actor == self.release_proposed_by:
            case = _no_proposal(self)
        elif self.ban_pending and actor == self.ban_proposed_by:
            case = _change(self, ban_proposed_by=None)
        else:
            raise NoProposal(case=self.id)
        last = last_decision(actions)  # what people had found before still stands
        if last is None or last.action is not Did.CONFIRMED:
            return case
        return _change(case, state=State.DECIDED, outcome=Outcome.CONFIRMED, decided_at=last.at, decided_by=last.actor)

    def propose_ban(self, hold: Hold, *, actor: Actor) -> "Case":
        """Ask for a ban. The case is open until somebody else answers, also where it was confirmed before.

        Raises:
            WrongKind, PersonNeeded
            ProposalPending: its release is proposed.
            CaseClosed: it was decided otherwise, or there is or was a ban in it already.
            AwaitsConditions: it was decided that the hold ends once conditions are met.
            NotForBan: the hold is not an open freeze of a grave cause.
        """
        self.must_be_for_people(actor)
        if self.outcome not in {None, Outcome.CONFIRMED} or self.ban_proposed_by is not None:
            raise CaseClosed(case=self.id)
        self.must_promise_nothing()
        if self.release_pending:
            raise ProposalPending(case=self.id)
        if not (hold.is_open and hold.kind is Kind.FREEZE and hold.cause in GRAVE):
            raise NotForBan(case=self.id, cause=hold.cause.value)
        return _change(_reopen(self), ban_proposed_by=actor)

    def approve_ban(self, *, actor: Actor, at: datetime, actions: Iterable[Action]) -> "Case":
        """Agree to the ban that somebody else proposed.

        Raises:
            WrongKind, CaseClosed, PersonNeeded
            NoProposal: nobody proposed one.
            SecondPersonNeeded: the actor proposed it, or confirmed the freeze that it rests on.
        """
        self.must_be_for_people(actor)
        self._is_open()
        if not self.ban_pending:
            raise NoProposal(case=self.id)
        must_be_another(actor, than=who(actions, Did.CONFIRMED, Did.BAN_PROPOSED))
        return _change(self._decided(Outcome.BANNED, actor, at), ban_approved_by=actor)

    def uphold_appeal(self, *, actor: Actor, at: datetime, actions: Iterable[Action], frozen: bool) -> "Case":
        """Lift the ban. Where the freeze that led to it is still there (`frozen`), the case waits for its decision.

        Raises:
            WrongKind, PersonNeeded
            NoBan: the account is not banned in this case.
            SecondPersonNeeded: the actor proposed or approved the ban.
        """
        self.must_be_for_people(actor)
        if self.outcome is not Outcome.BANNED:
            raise NoBan(case=self.id)
        must_be_another(actor, than=who(actions, Did.BAN_PROPOSED, Did.BAN_APPROVED))
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

    def must_be_for_people(self, actor: Actor) -> None:
        """Pass where this actor may decide about a hold.

        Raises:
            WrongKind: it is a task.
            PersonNeeded: the actor is no person.
        """
        self.must_be_about_a_hold()
        # A token would let one person be two: their own and their program's.
        if actor.kind is not ActorKind.OPERATOR:
            raise PersonNeeded(case=self.id)

    def must_promise_nothing(self) -> None:
        """Pass where nothing was promised.

        Raises:
            AwaitsConditions: it was decided that the hold ends once conditions are met.
        """
        if self.state is State.WAITING:
            raise AwaitsConditions(case=self.id)

    def _may_be_released(self, actor: Actor) -> None:
        self.must_be_for_people(actor)
        if self.outcome not in {None, Outcome.CONFIRMED}:
            raise CaseClosed(case=self.id)
        if self.release_pending or self.ban_pending:
            raise ProposalPending(case=self.id)

    def _released(self, actor: Actor, at: datetime, actions: Iterable[Action], proposed_by: Actor | None) -> "Case":
        confirmed = who(actions, *FOUND_RIGHT)
        if proposed_by is not None:
            must_be_another(proposed_by, than=confirmed)
            must_be_another(actor, than=frozenset({proposed_by}))
        must_be_another(actor, than=confirmed)
        return _change(self._decided(Outcome.RELEASED, actor, at), released_by=actor, release_proposed_by=proposed_by)

    def _is_open(self) -> None:
        if self.state is State.DECIDED:
            raise CaseClosed(case=self.id)

    def _decided(self, outcome: Outcome, actor: Actor, at: datetime) -> "Case":
        """Decided, whatever was still proposed; a ban that was carried out stays on record with its two people."""
        proposed = self.ban_proposed_by if outcome is Outcome.BANNED or not self.ban_pending else None
        decided = _change(_no_proposal(self), ban_proposed_by=proposed)
        if outcome is Outcome.RELEASED:
            decided = _change(decided, keep_until=None, keep_proposed_by=None, keep_approved_by=None)
        return _change(decided, state=State.DECIDED, outcome=outcome, decided_at=at, decided_by=actor)


# What is proposed, and what was promised.
_RELEASE = ("release_proposed_by", "release_finding", "release_limit", "release_until", "release_terms")
_NO_PROPOSAL = dict.fromkeys((*_RELEASE, "waiting_until", "conditions_by"))


def _change(case: Case, **changes: object) -> Case:
    return msgspec.structs.replace(case, **changes)


def _reopen(case: Case) -> Case:
    """Open again. When its hold ends is not undecided by that: the holder was told."""
    return _change(case, state=State.OPEN, outcome=None, decided_at=None, decided_by=None)


def _no_proposal(case: Case) -> Case:
    """Nothing of a release is proposed, or promised, any more."""
    return _change(case, **_NO_PROPOSAL)
