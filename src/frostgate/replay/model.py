"""What a replay finds. Pure values: no clock, no database, no network."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import msgspec

from frostgate.events.importers.lines import Problem
from frostgate.events.model import Event
from frostgate.rules.model import Judgement, Verdict
from frostgate.signals.model import Value
from frostgate.signals.travel import Travel

TENANT = "replay"  # whose the events are that name no tenant; as in any server, accounts live in a tenant

AccountKey = tuple[str, str]  # tenant_id, account


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one event. Without a judgement it was refused, because its account is frozen."""

    event: Event
    values: tuple[Value, ...]
    judgement: Judgement | None
    stopped: bool = False  # turned away, or its account is frozen, by an earlier event or by this one
    journey: Travel | None = None  # where the deciding rule reads one

    @property
    def verdict(self) -> Verdict:
        """The verdict; a refused event was frozen before it came."""
        return self.judgement.verdict if self.judgement is not None else Verdict.FREEZE


class Finding(msgspec.Struct, kw_only=True):
    """One line of the report: an account met a rule. What repeats itself without news is counted here."""

    who: str
    key: AccountKey
    decision: str
    event: Event
    verdict: Verdict
    rules: tuple[str, ...]  # the deciding one first
    says: Mapping[str, str]  # language -> the deciding rule's sentence
    signals: Mapping[str, Mapping[str, str]]  # language -> name of the signal -> its value, as people read it
    journey: Travel | None
    again: int = 0  # how often the same rules hit the same account afterwards
    last: datetime
    refused: int = 0  # later events refused, because this froze the account


class RuleCount(msgspec.Struct, kw_only=True):
    """How often one rule spoke."""

    hits: int = 0
    shadow: int = 0  # hits without effect
    undecided: int = 0  # an unknown signal kept it from an answer


class Tally(msgspec.Struct, kw_only=True):
    """The figures of a replay."""

    lines: int = 0
    events: int = 0
    unread: int = 0
    problems: tuple[Problem, ...] = ()
    accounts: set[AccountKey] = msgspec.field(default_factory=set)
    frozen: set[AccountKey] = msgspec.field(default_factory=set)
    verdicts: Counter[Verdict] = msgspec.field(default_factory=Counter)
    refused: int = 0
    rules: dict[str, RuleCount] = msgspec.field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None

    def count(self, outcome: Outcome) -> None:
        """Take in what became of one event."""
        event, judgement = outcome.event, outcome.judgement
        key = (event.tenant_id, event.data.account)
        self.events += 1
        self.accounts.add(key)
        self.first = event.time if self.first is None else min(self.first, event.time)
        self.last = event.time if self.last is None else max(self.last, event.time)
        if judgement is None:
            self.refused += 1
            return
        self.verdicts[judgement.verdict] += 1
        if judgement.verdict is Verdict.FREEZE:
            self.frozen.add(key)
        for hit in judgement.hits:
            counted = self.rules.setdefault(hit.rule, RuleCount())
            if hit.shadow:
                counted.shadow += 1
            else:
                counted.hits += 1
        for rule in judgement.undecided:
            self.rules.setdefault(rule, RuleCount()).undecided += 1


def who(key: AccountKey) -> str:
    """The account as a report names it: with its tenant, where the log named one."""
    tenant_id, account = key
    return account if tenant_id == TENANT else f"{tenant_id}/{account}"
