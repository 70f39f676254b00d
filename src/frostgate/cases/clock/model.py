"""The clock of a case: by when somebody must have answered and decided, and who is told when nobody has. Pure.

A clock keeps facts alone: when it began, when we waited for the holder, when a person first answered, when it ended,
and what was said already. Everything else follows from them at any instant, so a server that was off for a week skips
nothing and says nothing twice.
"""

import enum
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from frostgate.base.calendar import Calendar
from frostgate.cases.clock.counting import counted, later

Hours = Annotated[int, msgspec.Meta(ge=0, le=2400)]
Some = Annotated[int, msgspec.Meta(ge=1, le=2400)]
_MISSED = "missed"  # on record beside the steps: people may be told of it later, or never
Days = Annotated[int, msgspec.Meta(ge=1, le=90)]
OF_CONDITIONS = "conditions of the release"  # the reason of a pause in which nobody was asked anything


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What we promise, and who hears when it is not kept. A clock keeps the policy under which it began."""

    first_answer_hours: Some = 24
    decision_hours: Some = 48
    task_hours: Some = 48
    warn_percent: Annotated[int, msgspec.Meta(ge=1, le=99)] = 75  # of each limit: reviewers hear
    leads_after_hours: Hours = 0  # after each limit
    customer_success_after_hours: Hours = 4  # after each limit
    ask_again_days: Days = 3  # after we asked the holder something
    holder_days: Days = 7  # so long we wait for an answer, and then the clock goes on by itself
    conditions_days: Annotated[int, msgspec.Meta(ge=1, le=180)] = 30  # at most, for what must happen before a release
    counts: Literal["every_hour", "working_days"] = "every_hour"
    time_zone: str = "Asia/Shanghai"  # of the platform's own people
    region: str | None = "CN"  # whose public holidays they have

    @property
    def longest_conditions(self) -> timedelta:
        """For how long conditions of a release may be awaited."""
        return timedelta(days=self.conditions_days)

    @property
    def calendar(self) -> Calendar | None:
        """The days that count; None: every hour does."""
        return Calendar(time_zone=self.time_zone, region=self.region) if self.counts == "working_days" else None


class Limit(enum.StrEnum):
    """What must have happened by a time."""

    FIRST_ANSWER = "first_answer"  # a person has said something to the holder
    DECISION = "decision"


class Step(enum.StrEnum):
    """What people are told of a limit, each once in a run."""

    SOON = "soon"  # reviewers
    LATE = "late"  # leads
    CLIMBED = "climbed"  # customer success
    SILENT = "silent"  # the holder has not answered, so the clock goes on: reviewers


class State(enum.StrEnum):
    """How a limit stands."""

    RUNNING = "running"
    PAUSED = "paused"  # we wait for the holder
    LATE = "late"
    MET = "met"
    MISSED = "missed"  # done, and too late


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """We wait for the holder, until they answer and at most until a set time."""

    began_at: datetime
    until: datetime
    reason: str
    asked: str = ""  # what we asked by a notice; "": they were asked otherwise
    answered_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """When the clock goes on."""
        return self.until if self.answered_at is None else min(self.answered_at, self.until)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one limit stands at an instant. While we wait for the holder, `due_at` is the latest that it can be."""

    limit: Limit
    due_at: datetime
    state: State
    left: timedelta  # of counted time; never less than none
    late_by: timedelta  # of counted time; none while it is not late


class Saying(msgspec.Struct, frozen=True, kw_only=True):
    """What people are told now of one limit: `steps` came due together where nobody looked for a while."""

    limit: Limit
    steps: tuple[Step, ...]
    due_at: datetime


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a case's clock. A case that is opened again, or appealed, gets another run."""

    case_id: str
    tenant_id: str
    run: int
    is_task: bool
    policy: Policy
    started_at: datetime
    pauses: tuple[Pause, ...] = ()
    first_answered_at: datetime | None = None
    ended_at: datetime | None = None
    is_decided: bool = False  # it ended by a decision, and not by a new run
    said: frozenset[str] = frozenset()

    @property
    def limits(self) -> tuple[Limit, ...]:
        """What must happen in time; a task has nobody to answer."""
        return (Limit.DECISION,) if self.is_task else (Limit.FIRST_ANSWER, Limit.DECISION)

    def due(self, limit: Limit) -> datetime:
        """By when it must have happened: pauses push it later by just as much counted time as they took."""
        return self._reached(self._allowed(limit))

    def closed_at(self, limit: Limit) -> datetime | None:
        """When the limit stopped to matter; a decision is an answer, too."""
        return self.first_answered_at or self.ended_at if limit is Limit.FIRST_ANSWER else self.ended_at

    @property
    def next_due(self) -> datetime:
        """The next time by which something must have happened; of a clock that ended, the last there was."""
        return min(self.due(limit) for limit in self._open_limits() or (Limit.DECISION,))

    def pause_at(self, at: datetime) -> Pause | None:
        """The pause that is under way."""
        last = self.pauses[-1] if self.pauses and self.ended_at is None else None
        return last if last is not None and last.began_at <= at < last.ends_at else None

    @property
    def waits_until(self) -> datetime | None:
        """Until when we wait for the holder at the latest; None where they have answered, or were never asked."""
        return self.pauses[-1].until if self._is_unanswered else None

    def stands(self, limit: Limit, at: datetime) -> Standing:
        """How a limit stands."""
        due, closed = self.due(limit), self.closed_at(limit)
        until = at if closed is None else closed
        if until >= due:
            state = State.LATE if closed is None else State.MISSED
        elif closed is not None:
            state = State.MET
        else:
            state = State.RUNNING if self.pause_at(at) is None else State.PAUSED
        left = self._allowed(limit) - self.spent(until)
        late_by = counted(self.policy.calendar, due, until)
        return Standing(limit=limit, due_at=due, state=state, left=max(left, timedelta(0)), late_by=late_by)

    def is_late(self, at: datetime) -> bool:
        """Whether something should have happened by now and has not."""
        return self.ended_at is None and at >= self.next_due

    def spent(self, at: datetime) -> timedelta:
        """The counted time that was ours until then: without the pauses."""
        calendar = self.policy.calendar
        waited = (counted(calendar, pause.began_at, min(pause.ends_at, at)) for pause in self.pauses)
        return counted(calendar, self.started_at, at) - sum(waited, timedelta(0))

    # What happens to it

    def wait(
        self, *, at: datetime, reason: str, asked: str = "", until: datetime | None = None, is_answer: bool = True
    ) -> "Clock":
        """Ask the holder for something, which is an answer too, or wait for it again. Asking for more prolongs nothing.

        It waits as policy says, or `until` a time that was told to them. What is asked then is asked beside the first.
        """
        answered = self.answer(at) if is_answer else self
        if (last := self.pause_at(at)) is not None:
            more = msgspec.structs.replace(last, asked="\n\n".join(filter(None, (last.asked, asked))))
            return _change(answered, pauses=(*self.pauses[:-1], more))
        until = until or at + timedelta(days=self.policy.holder_days)
        pause = Pause(began_at=at, until=until, reason=reason, asked=asked)
        return _change(answered, pauses=(*self.pauses, pause))

    def go_on(self, at: datetime) -> "Clock":
        """The holder has answered. Where we did not wait any more, nothing changes."""
        pause = self.pause_at(at)
        if pause is None:
            return self
        ended = msgspec.structs.replace(pause, answered_at=at)
        return _change(self, pauses=(*self.pauses[:-1], ended))

    def answer(self, at: datetime) -> "Clock":
        """A person has said something to the holder, for the first time or again."""
        return self if self.first_answered_at is not None else _change(self._missed(at), first_answered_at=at)

    def end(self, at: datetime, *, is_decided: bool) -> "Clock":
        """It stands still for ever, also where we waited for the holder."""
        return _change(self.go_on(at)._missed(at), ended_at=at, is_decided=is_decided)

    def missed(self, limit: Limit) -> bool:
        """Whether it is on record that the limit ran out."""
        return f"{limit}.{_MISSED}" in self.said

    # Who is told

    def look(self, at: datetime) -> tuple["Clock", tuple[Saying, ...]]:
        """What people are to be told now, and the clock once they have been."""
        sayings, said = [], set(self._missed(at).said)
        for limit in self._open_limits():
            due = {step: when for step, when in self._steps(limit).items() if _key(limit, step) not in self.said}
            steps = tuple(step for step, when in due.items() if when <= at)
            if steps:
                sayings.append(Saying(limit=limit, steps=steps, due_at=self.due(limit)))
                said |= {_key(limit, step) for step in steps}
        silent = self._silent_at()
        if silent is not None and silent <= at:
            sayings.append(Saying(limit=Limit.DECISION, steps=(Step.SILENT,), due_at=self.due(Limit.DECISION)))
            said |= {self._silent_key(), self._again_key()}
        return _change(self, said=frozenset(said)), tuple(sayings)

    def asks_again(self, at: datetime) -> "Clock | None":
        """The clock once the holder was asked a second time; None where it is not time for that, or was done."""
        again = self._again_at()
        if again is None or at < again or self.pause_at(at) is None:
            return None
        return _change(self, said=self.said | {self._again_key()})

    @property
    def next_look(self) -> datetime | None:
        """When somebody is to be told something next; None once it has ended, or all was said."""
        if self.ended_at is not None:
            return None
        times = [
            when
            for limit in self._open_limits()
            for step, when in self._steps(limit).items()
            if _key(limit, step) not in self.said
        ]
        times += [self.due(limit) for limit in self._open_limits() if not self.missed(limit)]
        times += [when for when in (self._again_at(), self._silent_at()) if when is not None]
        return min(times, default=None)

    def _allowed(self, limit: Limit, percent: int = 100) -> timedelta:
        hours = self.policy.first_answer_hours if limit is Limit.FIRST_ANSWER else self.policy.decision_hours
        return timedelta(hours=self.policy.task_hours if self.is_task else hours) * percent / 100

    def _reached(self, amount: timedelta) -> datetime:
        """When so much time that was ours has passed."""
        at, calendar = self.started_at, self.policy.calendar
        for pause in self.pauses:
            ran = counted(calendar, at, pause.began_at)
            if ran >= amount:
                break
            amount -= ran
            at = pause.ends_at
        return later(calendar, at, amount)

    def _steps(self, limit: Limit) -> dict[Step, datetime]:
        """When each step is due: by the clock, so that nobody hears of it sooner because we wait for the holder."""
        allowed, policy = self._allowed(limit), self.policy
        return {
            Step.SOON: self._reached(self._allowed(limit, policy.warn_percent)),
            Step.LATE: self._reached(allowed + timedelta(hours=policy.leads_after_hours)),
            Step.CLIMBED: self._reached(allowed + timedelta(hours=policy.customer_success_after_hours)),
        }

    def _open_limits(self) -> tuple[Limit, ...]:
        return tuple(limit for limit in self.limits if self.closed_at(limit) is None)

    def _missed(self, at: datetime) -> "Clock":
        """The clock with what has run out by now on record, also where whoever is late was faster than who looks."""
        late = {f"{limit}.{_MISSED}" for limit in self._open_limits() if at >= self.due(limit)}
        return _change(self, said=self.said | late)

    def _again_at(self) -> datetime | None:
        """When to ask the holder again; None where nobody waits, or they were asked."""
        if not self._is_unanswered or self._again_key() in self.said:
            return None
        again = self.pauses[-1].began_at + timedelta(days=self.policy.ask_again_days)
        return again if again < self.pauses[-1].until else None

    def _silent_at(self) -> datetime | None:
        """When we stop to wait for an answer; None where nobody waits, or people know that it did not come."""
        return self.pauses[-1].until if self._is_unanswered and self._silent_key() not in self.said else None

    @property
    def _is_unanswered(self) -> bool:
        return bool(self.pauses) and self.pauses[-1].answered_at is None and self.ended_at is None

    def _again_key(self) -> str:
        return f"pause.{len(self.pauses)}.again"

    def _silent_key(self) -> str:
        return f"pause.{len(self.pauses)}.silent"


class ForHolder(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder sees of the clock: by when they hear from us, and whether it is their turn."""

    first_answer_by: datetime | None  # None: they have it, or none is owed
    decision_by: datetime
    waits_for_holder: bool
    waits_until: datetime | None  # then we decide with what we have
    is_late: bool
    is_over: bool


def for_holder(clock: Clock, at: datetime) -> ForHolder:
    """The clock as its holder may see it: nothing of who was told what, or why."""
    pause = clock.pause_at(at)
    unanswered = Limit.FIRST_ANSWER in clock.limits and clock.closed_at(Limit.FIRST_ANSWER) is None
    return ForHolder(
        first_answer_by=clock.due(Limit.FIRST_ANSWER) if unanswered else None,
        decision_by=clock.due(Limit.DECISION),
        waits_for_holder=pause is not None,
        waits_until=pause.ends_at if pause else None,
        is_late=clock.is_late(at),
        is_over=clock.ended_at is not None,
    )


def _key(limit: Limit, step: Step) -> str:
    return f"{limit}.{step}"


def _change(clock: Clock, **changes: object) -> Clock:
    return msgspec.structs.replace(clock, **changes)
