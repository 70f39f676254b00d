"""What is stated about conditions. What holders and reviewers wrote stands in the case alone. Pure."""

from datetime import datetime
from typing import Literal

import msgspec

from frostgate.base.model import Fact
from frostgate.cases.model import Case
from frostgate.cases.terms import Teller, Term


class ConditionsSet(Fact, frozen=True, kw_only=True):
    """It was decided, and where two are needed agreed, that the hold ends once these are met."""

    name = "case.conditions_set"

    case: Case
    terms: tuple[Term, ...]
    reason: str


class _ConditionFact(Fact, frozen=True, kw_only=True):
    """Which condition of which case it is about."""

    case_id: str
    condition_id: str
    term: Term


class ConditionDeclared(_ConditionFact, frozen=True, kw_only=True):
    """The holder says that it is done, and people have to look."""

    name = "case.condition_declared"


class ConditionMet(_ConditionFact, frozen=True, kw_only=True):
    """It is met, on this word; `left` are still open."""

    name = "case.condition_met"

    told_by: Teller
    left: int


class ConditionWaived(_ConditionFact, frozen=True, kw_only=True):
    """Somebody of our people asks for it no longer; `left` are still open."""

    name = "case.condition_waived"

    left: int


class ConditionNotDone(_ConditionFact, frozen=True, kw_only=True):
    """People looked at what its holder declared done, and something is missing."""

    name = "case.condition_not_done"


class ConditionsLapsed(Fact, frozen=True, kw_only=True):
    """Their time was over before all were met: the case is back in the queue."""

    name = "case.conditions_lapsed"

    case: Case
    left: tuple[Term, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One condition as its holder is told of it."""

    term: str
    zh: str
    en: str
    missing: str


class ConditionsTold(Fact, frozen=True, kw_only=True):
    """We owe the holder the list of what is still open: for the first time, once more, or that its time is over.

    Or that something that they declared is not done, and what is missing.
    """

    name = "case.conditions_told"

    case_id: str
    hold_id: str
    news: Literal["set", "due", "not_done", "lapsed"]
    conditions: tuple[Told, ...]
    until: datetime

    def recorded(self) -> "ConditionsTold":
        """Without the words that somebody wrote."""
        bare = tuple(msgspec.structs.replace(each, zh="", en="", missing="") for each in self.conditions)
        return msgspec.structs.replace(self, conditions=bare)
