"""Rules and what they give: a policy's parts and the verdict. Pure values, no IO."""

import enum
from collections.abc import Iterable, Mapping

import msgspec

from frostgate.events.model import EventType


class Verdict(enum.IntEnum):
    """What the rules say of one event, mildest first. The numbers are stored with decisions and never change."""

    ALLOW = 0
    CHALLENGE = 1
    THROTTLE = 2
    LIMIT = 3
    FREEZE = 4
    REFUSE = 5  # this one event is turned away, and nothing follows for the account

    @property
    def word(self) -> str:
        """The name on the wire."""
        return self.name.lower()


# An event that hears one of these was turned away itself, whatever becomes of its account.
TURNED_AWAY = frozenset({Verdict.THROTTLE, Verdict.REFUSE})


def most_severe(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that decides when several rules match; allow when none does."""
    return max(verdicts, default=Verdict.ALLOW)


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule asks for when it matches."""

    verdict: Verdict
    cause: str  # a standing.Cause value; carried as text so that rules stand alone
    services: tuple[str, ...] = ()  # for limit: which services; empty for the others
    retry_after: int | None = None  # for throttle: seconds


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An event history that a rule must (or must not) match on its last event; lies beside the policy."""

    name: str
    file: str


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One condition with its effect."""

    id: str
    on: EventType
    when: str  # CEL over the signals of that event type
    effect: Effect
    says: Mapping[str, str]  # staff sentence per language, {signal.name} filled in
    shadow: bool = False  # evaluated and recorded, no effect
    line: int = 0  # of `when` in the policy file, for error messages
    reads: tuple[str, ...] = ()  # signals the condition and the sentences read, sorted
    matches: tuple[Example, ...] = ()
    stays_away: tuple[Example, ...] = ()

    @property
    def reads_travel(self) -> bool:
        """Whether a hit rests, among other things, on a journey."""
        return any(name.startswith("travel.") for name in self.reads)


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that matched one event."""

    rule: str
    verdict: Verdict
    cause: str
    shadow: bool = False


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The rules' answer to one event."""

    verdict: Verdict
    hits: tuple[Hit, ...]
    undecided: tuple[str, ...] = ()  # rules that an unknown signal kept from an answer


# The words that an effect may use. `standing` gives them their meaning; here they are only checked for spelling.
CAUSES = ("abnormal_login", "violating_content", "arrears", "bulk_operation", "manual", "bypass_attempt")
SERVICES = ("login", "messaging", "voice", "video", "live", "conversational_ai")
LANGUAGES = ("zh-CN", "en")
