"""What an evaluation found: counts that add up over seeds. Pure values."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from frostgate.simulation.evaluation.intervals import Interval, clopper_pearson, quantile, wilson
from frostgate.simulation.model import GUESSING

TEN_THOUSAND = 10_000
MOST_FROZEN = 1.0  # honest accounts of 10,000 in a month
LEAST_STOPPED = 0.95
MOST_MESSAGES = 60
BULK_STOPPED = 0.95  # the share of bulk senders that must be stopped within so many messages


class AttackResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one attack."""

    attack: str
    kind: str
    cause: str
    taken_over: bool
    stopped: bool
    by: str | None = None  # the rule
    verdict: str | None = None
    seconds: float | None = None  # from its first act
    messages: int = 0  # that got through before it was stopped, or at all
    signed_in: int = 0  # sign-ins that got through
    refused: float | None = None  # guessing: the share of tries that was refused


class RuleResult(msgspec.Struct, kw_only=True):
    """What one rule did, shadow or not."""

    rule: str
    verdict: str
    cause: str
    shadow: bool = False
    events: int = 0
    attacks: int = 0  # that it met
    of_cause: int = 0  # of these, attacks of the rule's own cause
    honest: int = 0  # honest accounts that it met


class CauseResult(msgspec.Struct, kw_only=True):
    """Honest accounts that met holds of one cause."""

    frozen: int = 0
    limited: int = 0
    challenged: int = 0
    held: int = 0  # any of these


class TraitResult(msgspec.Struct, kw_only=True):
    """The same for the honest people of one habit."""

    accounts: int = 0
    frozen: int = 0
    limited: int = 0
    challenged: int = 0
    throttled: int = 0


class FalseAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """A hold, or the first of its rule, on an honest account."""

    account: str
    at: str
    rule: str
    verdict: str
    traits: tuple[str, ...]
    by_attack: str | None  # the attack that caused it, where the holder did not


class Result(msgspec.Struct, kw_only=True):
    """One evaluation, or several put together."""

    seeds: list[int] = []
    people: int = 0
    days: int = 0
    events: int = 0
    unread: int = 0
    honest: int = 0
    account_months: float = 0.0
    frozen: int = 0
    limited: int = 0
    challenged: int = 0
    throttled: int = 0
    challenges: int = 0  # placed on honest accounts, repeated ones counted
    causes: dict[str, CauseResult] = {}
    rules: dict[str, RuleResult] = {}
    traits: dict[str, TraitResult] = {}
    attacks: list[AttackResult] = []
    false_alarms: list[FalseAlarm] = []

    def rate(self, accounts: int) -> tuple[float, Interval]:
        """Honest accounts of 10,000 in a month, with the exact interval."""
        if not self.account_months:
            return 0.0, (0.0, float(TEN_THOUSAND))
        scale = TEN_THOUSAND * self.honest / self.account_months
        low, high = clopper_pearson(accounts, self.honest)
        return TEN_THOUSAND * accounts / self.account_months, (low * scale, high * scale)


def together(results: Iterable[Result]) -> Result:
    """Several evaluations as one: counts are added."""
    total = Result()
    for each in results:
        total.seeds = total.seeds + each.seeds
        total.days = max(total.days, each.days)
        for name in ("people", "events", "unread", "honest", "frozen", "limited", "challenged", "throttled"):
            setattr(total, name, getattr(total, name) + getattr(each, name))
        total.account_months += each.account_months
        total.challenges += each.challenges
        total.attacks = total.attacks + each.attacks
        total.false_alarms = total.false_alarms + each.false_alarms
        total.causes = _added(total.causes, each.causes)
        total.rules = _added(total.rules, each.rules)
        total.traits = _added(total.traits, each.traits)
    return total


Counted = TypeVar("Counted", CauseResult, RuleResult, TraitResult)


def _added(one: Mapping[str, Counted], other: Mapping[str, Counted]) -> dict[str, Counted]:
    """Two tables as one: what is a number and no yes or no is added."""
    found = dict(one)
    for name, added in other.items():
        before = found.get(name)
        if before is None:
            found[name] = added
            continue
        sums = {
            field: value + getattr(before, field)
            for field, value in msgspec.structs.asdict(added).items()
            if isinstance(value, int) and not isinstance(value, bool)
        }
        found[name] = msgspec.structs.replace(added, **sums)
    return found


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Some attacks in a line: how many, how many stopped, how soon."""

    attacks: int
    stopped: int
    recall: tuple[float, Interval]
    median: float | None  # seconds
    p95: float | None
    messages: tuple[float, float, float] | None  # median, p95 and most, of those that were stopped; None: no sender
    within: float | None  # share of all that were stopped within `MOST_MESSAGES`


def summary(attacks: list[AttackResult]) -> Summary:
    """What became of some attacks."""
    stopped = [each for each in attacks if each.stopped]
    seconds = [each.seconds for each in stopped if each.seconds is not None]
    bulk = [each for each in attacks if is_bulk(each)]
    sent = [float(each.messages) for each in bulk if each.stopped]
    soon = sum(1 for count in sent if count <= MOST_MESSAGES)
    return Summary(
        attacks=len(attacks),
        stopped=len(stopped),
        recall=(len(stopped) / len(attacks) if attacks else 0.0, wilson(len(stopped), len(attacks))),
        median=quantile(seconds, 0.5) if seconds else None,
        p95=quantile(seconds, 0.95) if seconds else None,
        messages=(quantile(sent, 0.5), quantile(sent, 0.95), max(sent)) if sent else None,
        within=soon / len(bulk) if bulk else None,
    )


def is_bulk(attack: AttackResult) -> bool:
    """Whether it sends; what it sends is counted."""
    return attack.cause == "bulk_operation"


def is_guessing(attack: AttackResult) -> bool:
    """Whether it has no password yet."""
    return attack.kind in GUESSING


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A line of what the project promised; None: there was nothing to measure it with."""

    name: str
    value: float | None
    met: bool | None  # by the value itself
    interval: Interval
    proven: bool  # the whole interval lies on the good side


def targets(result: Result) -> list[Target]:
    """The three of them."""
    rate, interval = result.rate(result.frozen)
    bulk = [each for each in result.attacks if is_bulk(each)]
    soon = sum(1 for each in bulk if each.stopped and each.messages <= MOST_MESSAGES)
    frozen = Target(
        name="frozen",
        value=rate if result.account_months else None,
        met=rate <= MOST_FROZEN if result.account_months else None,
        interval=interval,
        proven=interval[1] <= MOST_FROZEN,
    )
    return [
        frozen,
        _share("stopped", sum(1 for each in result.attacks if each.stopped), len(result.attacks), LEAST_STOPPED),
        _share("bulk", soon, len(bulk), BULK_STOPPED),
    ]


def _share(name: str, hits: int, of: int, least: float) -> Target:
    interval = wilson(hits, of)
    value = hits / of if of else None
    met = None if value is None else value >= least
    return Target(name=name, value=value, met=met, interval=interval, proven=interval[0] >= least)
