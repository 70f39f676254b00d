"""What is stated about clocks, and refused. Pure."""

from datetime import datetime

import msgspec

from frostgate.base.model import Fact
from frostgate.cases.clock.model import Limit, Step
from frostgate.directory.permissions import Role


class ClockRestarted(Fact, frozen=True, kw_only=True):
    """The case's time begins anew, because of an appeal or of whatever `why` says."""

    name = "case.clock_restarted"

    case_id: str
    run: int
    why: str


class ClockSettled(Fact, frozen=True, kw_only=True):
    """What a run was for is over, in a case that stays decided as it was."""

    name = "case.clock_settled"

    case_id: str
    run: int


class HolderAwaited(Fact, frozen=True, kw_only=True):
    """We wait for the holder, so the clock stands still until then at most; `again`: they were asked before."""

    name = "case.holder_awaited"

    case_id: str
    until: datetime
    again: bool = False


class HolderAsked(Fact, frozen=True, kw_only=True):
    """We owe the holder a question. The journal never forgets, so its words stand in the case alone."""

    name = "case.holder_asked"

    case_id: str
    hold_id: str
    question: str
    until: datetime

    def recorded(self) -> "HolderAsked":
        """Without the words."""
        return msgspec.structs.replace(self, question="")


class HolderAnswered(Fact, frozen=True, kw_only=True):
    """The holder has said something; where we waited for it, the clock goes on."""

    name = "case.holder_answered"

    case_id: str


class ClockMissed(Fact, frozen=True, kw_only=True):
    """A promise was broken: the limit ran out before anybody answered, or decided. Stated once for each run."""

    name = "case.clock_missed"

    case_id: str
    run: int
    limit: Limit
    due_at: datetime


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A case of which people are told."""

    case_id: str
    about: str  # the cause, or the kind of a task
    due_at: datetime


class CasesWaiting(Fact, frozen=True, kw_only=True):
    """People of these roles are to be told that cases of a tenant wait; `step` is the furthest that they came."""

    name = "case.clock_told"

    limit: Limit
    step: Step
    roles: tuple[Role, ...]
    tells_manager: bool  # whoever looks after the tenant hears of it, too
    waiting: tuple[Waiting, ...]
    time_zone: str  # of the platform's own people
