"""Collects what a report shows. Memory stays bounded however long the log is: what is beyond is counted."""

from collections import Counter

from frostgate.events.model import Login
from frostgate.replay.decisions import decision_id
from frostgate.replay.model import AccountKey, Finding, Outcome, who
from frostgate.replay.run import deciding
from frostgate.rules.judge import Judge
from frostgate.rules.model import LANGUAGES, Verdict

MOST = 2000  # findings that are kept; nobody reads more of them
FINEST = 15  # seconds: how finely a time line remembers at first
SLOTS = 2000  # of one account; beyond, slots of four are put together

# What a time line shows of one event.
LET_IN, FAILED, REFUSED = "let_in", "failed", "refused"


class Findings:
    """Notes each hit once, and what follows from it as a number."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.all: list[Finding] = []
        self.left_out = 0
        self._same: dict[tuple[AccountKey, tuple[str, ...]], Finding] = {}
        self._froze: dict[AccountKey, Finding] = {}

    def note(self, outcome: Outcome) -> None:
        """Take in what became of one event."""
        event, judgement = outcome.event, outcome.judgement
        key = (event.tenant_id, event.data.account)
        if judgement is None:
            if key in self._froze:
                self._froze[key].refused += 1
            return
        if judgement.verdict is Verdict.ALLOW:
            return
        first = deciding(judgement)
        others = (hit.rule for hit in judgement.hits if not hit.shadow and hit.rule != first)
        rules = (first, *others)
        before = self._same.get((key, rules))
        if before is not None and outcome.journey is None:
            before.again += 1
            before.last = max(before.last, event.time)
            return
        if len(self.all) >= MOST:
            self.left_out += 1
            return
        finding = self._finding(outcome, key, rules, judgement.verdict)
        self.all.append(finding)
        self._same[key, rules] = finding
        if finding.verdict is Verdict.FREEZE:
            self._froze.setdefault(key, finding)

    def _finding(self, outcome: Outcome, key: AccountKey, rules: tuple[str, ...], verdict: Verdict) -> Finding:
        judge, values = self._judge, outcome.values
        assert outcome.judgement is not None, "BUG: a refused event is no finding"
        rule = judge.rule(rules[0])
        hit = next(hit for hit in outcome.judgement.hits if hit.rule == rules[0])
        return Finding(
            who=who(key),
            key=key,
            decision=decision_id(outcome.event, judge.policy.digest),
            event=outcome.event,
            verdict=verdict,
            rules=rules,
            says={language: judge.explain(hit, values, language) for language in LANGUAGES},
            signals={language: judge.shown(rule, values, language) for language in LANGUAGES},
            journey=outcome.journey,
            last=outcome.event.time,
        )


class Track:
    """How often what happened to one account, in slots of `seconds` that grow coarser as they grow many."""

    def __init__(self) -> None:
        self.seconds = FINEST
        self.slots: Counter[tuple[int, str]] = Counter()

    def note(self, at: float, kind: str) -> None:
        """Count something at a time (seconds since 1970)."""
        self.slots[int(at // self.seconds), kind] += 1
        if len(self.slots) > SLOTS:
            self.seconds *= 4
            coarser: Counter[tuple[int, str]] = Counter()
            for (slot, what), count in self.slots.items():
                coarser[slot // 4, what] += count
            self.slots = coarser


class Timelines:
    """A track for each account."""

    def __init__(self) -> None:
        self.of: dict[AccountKey, Track] = {}

    def note(self, outcome: Outcome) -> None:
        """Take in what became of one event."""
        event = outcome.event
        data = event.data
        if isinstance(data, Login) and data.outcome == "failure":
            kind = FAILED
        else:
            kind = REFUSED if outcome.stopped else LET_IN
        key = (event.tenant_id, data.account)
        track = self.of.get(key)
        if track is None:
            track = self.of[key] = Track()
        track.note(event.time.timestamp(), kind)
