"""A check-up: what an account owes itself after a thaw, so that the same does not happen again. Pure.

It never keeps anybody from anything: steps wait, people are reminded, and what was not done stays in sight.
"""

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from frostgate.base.model import Actor, Fact
from frostgate.checkups.errors import (
    CheckUpClosed,
    SignInAnswered,
    SignInsUnanswered,
    SignInUnknown,
    StepByItself,
    StepUnknown,
)
from frostgate.standing.model import Cause

LASTS = timedelta(days=30)
SIGN_INS = 8  # at most that somebody is asked about
SIGN_INS_OF = timedelta(days=30)
# How far back a stranger's device is disowned with the sign-in that was asked about. A device that was let in is known
# for good, so this reaches further than what anybody is asked about, and further than events are usually kept.
STRANGERS_OF = timedelta(days=365)


class Step(enum.StrEnum):
    """One thing to look after."""

    SIGN_INS = "sign_ins"  # was this you?
    SECOND_FACTOR = "second_factor"
    SESSIONS = "sessions"  # of the platform itself: signed out, and keys rotated
    NETWORKS = "networks"  # where the tenant's people may sign in from
    TOKENS = "tokens"  # of the tenant's machines
    ROLES = "roles"  # of the tenant's people


# What each cause asks to look after. Which steps apply to this account is seen when the check-up begins.
STEPS: Mapping[Cause, tuple[Step, ...]] = {
    Cause.ABNORMAL_LOGIN: tuple(Step),
    Cause.VIOLATING_CONTENT: (Step.SIGN_INS, Step.SECOND_FACTOR, Step.SESSIONS, Step.ROLES),
    Cause.BULK_OPERATION: (Step.SIGN_INS, Step.SESSIONS, Step.NETWORKS, Step.TOKENS, Step.ROLES),
    Cause.MANUAL: tuple(Step),
    Cause.BYPASS_ATTEMPT: (Step.SIGN_INS, Step.SECOND_FACTOR, Step.SESSIONS, Step.TOKENS),
    Cause.ARREARS: (),
}

# What is no holder's own business: the tenant's administrators take these steps, and a holder who is one of them.
OF_TENANT = frozenset({Step.NETWORKS, Step.TOKENS, Step.ROLES})


class StepState(enum.StrEnum):
    """Whether somebody still has to look."""

    OPEN = "open"
    DONE = "done"
    NOT_APPLICABLE = "not_applicable"


class State(enum.StrEnum):
    """How a check-up stands."""

    OPEN = "open"
    DONE = "done"
    NOT_DONE = "not_done"  # its time ran out
    OVERTAKEN = "overtaken"  # a later thaw began another, which took over what was open


class Own(enum.StrEnum):
    """What a holder says of a sign-in."""

    YES = "yes"
    NO = "no"


class Reminder(enum.IntEnum):
    """Who was told last; nobody yet at first."""

    NOBODY = 0
    FIRST = 1  # the holder
    SECOND = 2  # the holder again
    TENANT = 3  # the tenant's security contact


REMIND_AFTER: Mapping[Reminder, timedelta] = {
    Reminder.FIRST: timedelta(days=3),
    Reminder.SECOND: timedelta(days=7),
    Reminder.TENANT: timedelta(days=10),
}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a check-up: how it stands, and who or what brought it there."""

    step: Step
    state: StepState
    at: datetime | None = None
    by: Actor | None = None


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in that the holder is asked about: what is told of it, never its address."""

    number: int
    decision_id: str
    at: datetime
    country: str | None  # ISO 3166
    city: str | None
    device: str | None  # as the platform names it
    own: Own | None = None
    answered_at: datetime | None = None


class CheckUp(msgspec.Struct, frozen=True, kw_only=True):
    """What an account, or a whole tenant, looks after once a hold has ended. `version` grows with every change."""

    id: str
    tenant_id: str
    account_id: str | None  # None: a whole tenant was frozen
    hold_id: str
    cause: Cause
    of_tenant_person: bool  # the holder is one of those who look after the tenant here
    state: State
    opened_at: datetime
    due_at: datetime
    reminded: Reminder = Reminder.NOBODY
    look_at: datetime | None  # when there is something to tell; None once it is over
    closed_at: datetime | None = None
    version: int = 1
    items: tuple[Item, ...] = ()
    sign_ins: tuple[SignIn, ...] = ()

    @property
    def open_steps(self) -> tuple[Step, ...]:
        """What is still to be looked after."""
        return tuple(item.step for item in self.items if item.state is StepState.OPEN)

    def takes(self, step: Step) -> bool:
        """Whether this is the holder's own step, rather than that of the tenant's administrators."""
        return step not in OF_TENANT or self.of_tenant_person or self.account_id is None

    def done(self, step: Step, *, by: Actor, at: datetime) -> "CheckUp":
        """Somebody looked after it.

        Raises:
            CheckUpClosed, StepUnknown
            StepByItself: a second factor is there or is not, whatever anybody says.
            SignInsUnanswered: the sign-ins are answered one by one.
        """
        self._is_open()
        if self._item(step).state is not StepState.OPEN:
            return self
        if step is Step.SECOND_FACTOR:
            raise StepByItself
        if step is Step.SIGN_INS:
            raise SignInsUnanswered
        return self._with(step, by=by, at=at)

    def found_done(self, step: Step, *, by: Actor, at: datetime) -> "CheckUp":
        """It is seen to be done, whoever did it; nothing changes where it was so before or does not belong here."""
        is_asked = any(item.step is step and item.state is StepState.OPEN for item in self.items)
        return self._with(step, by=by, at=at) if self.state is State.OPEN and is_asked else self

    def answer(self, number: int, own: Own, *, by: Actor, at: datetime) -> "CheckUp":
        """The holder says whether a sign-in was theirs; the last answer is the end of the step.

        Raises:
            CheckUpClosed, SignInUnknown
            SignInAnswered: otherwise, before.
        """
        self._is_open()
        known = next((each for each in self.sign_ins if each.number == number), None)
        if known is None:
            raise SignInUnknown
        if known.own is not None:
            if known.own is not own:
                raise SignInAnswered
            return self
        answered = tuple(
            msgspec.structs.replace(each, own=own, answered_at=at) if each is known else each for each in self.sign_ins
        )
        after = msgspec.structs.replace(self, sign_ins=answered)
        return after._with(Step.SIGN_INS, by=by, at=at) if all(each.own for each in answered) else after

    def look(self, at: datetime) -> tuple["CheckUp", Reminder | None]:
        """What is to be told by now, at most one thing; where its time has run out, it is over as not done."""
        assert self.state is State.OPEN, "BUG: looked at a check-up that is over"
        if at >= self.due_at:
            return self._closed(State.NOT_DONE, at), None
        due = [each for each, after in REMIND_AFTER.items() if self.opened_at + after <= at and each > self.reminded]
        reminded = max(due, default=self.reminded)
        later = [self.opened_at + after for each, after in REMIND_AFTER.items() if each > reminded]
        after = msgspec.structs.replace(self, reminded=reminded, look_at=min([*later, self.due_at]))
        return after, max(due, default=None)

    def overtake(self, at: datetime) -> "CheckUp":
        """Another begins."""
        self._is_open()
        return self._closed(State.OVERTAKEN, at)

    def _with(self, step: Step, *, by: Actor, at: datetime) -> "CheckUp":
        done = Item(step=step, state=StepState.DONE, at=at, by=by)
        items = tuple(done if item.step is step else item for item in self.items)
        after = msgspec.structs.replace(self, items=items)
        return after if after.open_steps else after._closed(State.DONE, at)

    def _closed(self, state: State, at: datetime) -> "CheckUp":
        return msgspec.structs.replace(self, state=state, closed_at=at, look_at=None)

    def _item(self, step: Step) -> Item:
        found = next((item for item in self.items if item.step is step), None)
        if found is None:
            raise StepUnknown
        return found

    def _is_open(self) -> None:
        if self.state is not State.OPEN:
            raise CheckUpClosed(check_up=self.id, state=self.state.value)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of a tenant who can sign in here."""

    id: str
    tenant_id: str
    email: str
    name: str
    role: str
    active: bool
    signed_in_at: datetime | None  # last, as far as sessions are kept


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """A token of a tenant that counts."""

    id: str
    tenant_id: str
    name: str
    purpose: str
    role: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class _CheckUpFact(Fact, frozen=True, kw_only=True):
    """What the journal keeps of a check-up: whose, and after which hold."""

    check_up_id: str
    hold_id: str
    account_id: str | None


class CheckUpOpened(_CheckUpFact, frozen=True, kw_only=True):
    """An account owes itself a check-up; which steps there are to take."""

    name = "check_up.opened"

    steps: tuple[Step, ...]


class StepDone(_CheckUpFact, frozen=True, kw_only=True):
    """Somebody looked after one thing, or it was seen to be done."""

    name = "check_up.step_done"

    step: Step


class SignInAnsweredFor(_CheckUpFact, frozen=True, kw_only=True):
    """The holder said whether a sign-in was theirs."""

    name = "check_up.sign_in_answered"

    decision_id: str
    own: Own


class CheckUpReminded(_CheckUpFact, frozen=True, kw_only=True):
    """Somebody was told what is open."""

    name = "check_up.reminded"

    reminder: Reminder
    steps: tuple[Step, ...]


class CheckUpEnded(_CheckUpFact, frozen=True, kw_only=True):
    """A check-up is over: done, not done in time, or taken over by a later one."""

    name = "check_up.ended"

    state: State
    left: tuple[Step, ...]


class CheckUpCodeSent(_CheckUpFact, frozen=True, kw_only=True):
    """Somebody with the link of a notice had a code sent to where that notice went."""

    name = "check_up.code_sent"

    notice_id: str


class CheckUpVisited(_CheckUpFact, frozen=True, kw_only=True):
    """Somebody proved with the code that they read there."""

    name = "check_up.visited"

    notice_id: str


class SignInsDisowned(Fact, frozen=True, kw_only=True):
    """A holder said that sign-ins were not theirs: memory must forget what they taught."""

    name = "sign_in.disowned"

    account_id: str
    decision_ids: tuple[str, ...]


class SignInClaimed(Fact, frozen=True, kw_only=True):
    """A sign-in that was disowned by its device alone is the holder's: memory may learn it again."""

    name = "sign_in.claimed"

    account_id: str
    decision_id: str
