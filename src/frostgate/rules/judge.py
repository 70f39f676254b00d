"""Judging one event: the values of its signals in, a judgement out; and the words for it afterwards."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache

from frostgate.events.model import EventType
from frostgate.rules import says
from frostgate.rules.changed_words import Difference, in_words
from frostgate.rules.changes import alternatives
from frostgate.rules.checked import Checker, Node
from frostgate.rules.compile import Decide, compile_conditions
from frostgate.rules.model import Hit, Judgement, Rule, Verdict, most_severe
from frostgate.rules.parse import Catalogue, parse
from frostgate.rules.policy import Policy
from frostgate.signals.catalogue import catalogue
from frostgate.signals.countries import in_language
from frostgate.signals.model import Signal, Unknown, Value

PLACES = frozenset({"travel.from", "travel.to"})  # signals whose text names a place
ALLOWED = Judgement(verdict=Verdict.ALLOW, hits=())  # shared: nearly every event is judged so


class Judge:
    """One policy, ready to judge. Values always come as a tuple in the order of the catalogue of the event type."""

    def __init__(self, policy: Policy, signals: Catalogue = catalogue) -> None:
        """Compile the policy.

        Raises:
            ConditionRefused: a condition does not fit this catalogue, which is not the one it was read with.
        """
        self.policy = policy
        self.names: dict[EventType, tuple[str, ...]] = {}
        self._rules = {rule.id: rule for rule in policy.rules}
        self._trees: dict[str, Node] = {}
        self._means: dict[EventType, Mapping[str, Signal]] = {}
        self._hits: dict[EventType, tuple[Hit, ...]] = {}
        self._decide: dict[EventType, Decide] = {}
        for on in EventType:
            known = signals(on, policy.windows)
            rules = policy.on(on)
            checker = Checker(known, policy.lists)
            self.names[on] = tuple(known)
            self._hits[on] = tuple(_hit(rule) for rule in rules)
            self._means[on] = known
            conditions = [checker.check(rule.when) for rule in rules]
            self._trees |= {rule.id: each.tree for rule, each in zip(rules, conditions, strict=True)}
            self._decide[on] = compile_conditions(conditions, self.names[on], policy.lists)

    def judge(self, on: EventType, values: tuple[Value, ...]) -> Judgement:
        """What the rules say of one event. The most severe hit decides; a shadow rule's hit is only recorded."""
        matched, undecided = self._decide[on](values)
        if not matched and not undecided:
            return ALLOWED
        rules = self._hits[on]
        hits = tuple(rules[place] for place in matched)
        return Judgement(
            verdict=most_severe(hit.verdict for hit in hits if not hit.shadow),
            hits=hits,
            undecided=tuple(rules[place].rule for place in undecided),
        )

    def rule(self, rule_id: str) -> Rule:
        """The rule behind a hit."""
        return self._rules[rule_id]

    def explain(self, hit: Hit, values: tuple[Value, ...], language: str) -> str:
        """The staff's sentence for a hit, in `zh-CN` or `en`, with the values that it was decided on."""
        rule = self._rules[hit.rule]
        return says.fill(rule.says[language], _localised(self._read(rule, values), language), language)

    def evidence_key(self, rule_id: str, values: tuple[Value, ...]) -> str:
        """A short key of what a rule's hit rests on: the rule, the device, and the set of texts that the rule reads.

        A set, so that a journey and its reverse are the same evidence; texts only, because a speed or a count is
        never twice the same. After a thaw the policy's guard keeps the same evidence from freezing again. The device
        of a sign-in always counts, where it names one: what was dealt with for the holder's phone is new on another.
        """
        rule = self._rules[rule_id]
        device = dict(zip(self.names[rule.on], values, strict=True)).get("login.device")
        texts: set[str] = set()
        for value in self._read(rule, values).values():
            if isinstance(value, str):
                texts.add(value)
            elif isinstance(value, tuple):
                texts.update(value)
        digest = hashlib.sha256()
        for part in (rule.id, device if isinstance(device, str) else "", *sorted(texts)):
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(len(encoded).to_bytes(4, "big") + encoded)  # lengths keep ("ab", "c") from ("a", "bc")
        return digest.hexdigest()[:16]

    def guard_seconds(self, rule_id: str) -> int:
        """How long after a release a rule's evidence counts as dealt with.

        For a rule that counts, that is until the counted events have left its windows: whoever goes on afterwards gives
        new evidence. For the others, a journey or a device, it is the time that the policy sets.
        """
        reads = self._rules[rule_id].reads
        spans = [window.over for window in self.policy.windows if f"window.{window.name}" in reads]
        return max(spans, default=self.policy.guard_seconds)

    def shown(self, rule: Rule, values: tuple[Value, ...], language: str) -> Mapping[str, str]:
        """The values that a rule reads, as people see them, by the names of the signals."""
        read = _localised(self._read(rule, values), language)
        return {name: says.shown(value, language) for name, value in read.items()}

    def would_pass(self, rule_id: str, values: tuple[Value, ...]) -> tuple[tuple[Difference, ...], ...]:
        """What would have had to differ for a rule not to match: any one of these, and of each everything in it."""
        rule = self._rules[rule_id]
        names, means = self.names[rule.on], self._means[rule.on]
        by_name = dict(zip(names, values, strict=True))
        ways = alternatives(self._trees[rule_id], names, values, self.policy.lists)
        return tuple(
            tuple(in_words(change, by_name[change.signal], means[change.signal].says) for change in way) for way in ways
        )

    def _read(self, rule: Rule, values: tuple[Value, ...]) -> dict[str, Value]:
        by_name = dict(zip(self.names[rule.on], values, strict=True))
        return {name: by_name.get(name, Unknown("not_read")) for name in rule.reads}


@lru_cache(maxsize=16)  # a published policy never changes, and reading it takes longer than all else at a start
def judge_by(source: str, number: int) -> Judge:
    """The judge of a published policy, in force or not.

    Raises:
        PolicyRefused: its text does not fit this version of Frostgate.
    """
    return Judge(parse(source, catalogue, path=f"policy {number}"))


def _localised(read: Mapping[str, Value], language: str) -> dict[str, Value]:
    """The values with places in the reader's language; rules and evidence keep the name that signals have."""
    return {
        name: in_language(value, language) if name in PLACES and isinstance(value, str) else value
        for name, value in read.items()
    }


def _hit(rule: Rule) -> Hit:
    return Hit(rule=rule.id, verdict=rule.effect.verdict, cause=rule.effect.cause, shadow=rule.shadow)
