"""Keeps the score: what each judgement meant, the truth being known."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from frostgate.base.clock import iso
from frostgate.events.model import Api, Event, Login, Message
from frostgate.replay.model import Outcome
from frostgate.replay.run import deciding
from frostgate.rules.model import TURNED_AWAY, Verdict
from frostgate.simulation.evaluation.consequences import HOLDING, Lived, placing
from frostgate.simulation.evaluation.results import (
    AttackResult,
    CauseResult,
    FalseAlarm,
    Result,
    RuleResult,
    TraitResult,
)
from frostgate.simulation.evaluation.truth import KnownTruth
from frostgate.simulation.model import BULK_OPERATION, GUESSING, Attack

IN_TIME = timedelta(hours=24)  # a thief who is stopped later than this has had what he came for
SHARE = 0.9  # of the guessing addresses that must have been throttled
ENOUGH = 5  # tries; an address that tried less often has hardly guessed
SHOWN = 200  # false alarms that are listed; the others are counted


class Stop(NamedTuple):
    """What turned an attack away, and when."""

    at: datetime
    rule: str
    verdict: str


class Guesses(msgspec.Struct):
    """The tries from one address."""

    since: datetime
    tries: int = 0
    throttled_at: datetime | None = None  # or refused, the first time


class Course:
    """What happened to one attack so far."""

    def __init__(self, attack: Attack) -> None:
        self.attack = attack
        self.first: datetime | None = None
        self.messages = self.signed_in = self.tries = self.refused = 0
        self.throttled: Stop | None = None  # or refused, the first time
        self.stopped: Stop | None = None
        self.guesses: dict[str, Guesses] = {}  # by address

    def stop(self, at: datetime, rule: str, verdict: str) -> None:
        """It is over, unless it was before."""
        if self.stopped is None:
            self.stopped = Stop(at, rule, verdict)

    def result(self) -> AttackResult:
        """The end of it."""
        stopped, seconds = self._ended()
        return AttackResult(
            attack=self.attack.attack,
            kind=self.attack.kind,
            cause=self.attack.cause,
            taken_over=self.attack.taken_over,
            stopped=stopped is not None,
            by=stopped.rule if stopped else None,
            verdict=stopped.verdict if stopped else None,
            seconds=seconds,
            messages=self.messages,
            signed_in=self.signed_in,
            refused=self.refused / self.tries if self.attack.kind in GUESSING and self.tries else None,
        )

    def _ended(self) -> tuple[Stop | None, float | None]:
        """How it was stopped, and after how many seconds; None where it was not, or too late."""
        if self.first is None:
            return None, None
        if self.attack.kind in GUESSING:
            return self._guessing_ended()
        stopped = self.stopped
        if stopped is None and self.throttled is not None and not self.signed_in and not self.messages:
            stopped = self.throttled  # every single sign-in was turned away
        if stopped is None or (self.attack.cause != BULK_OPERATION and stopped.at - self.first > IN_TIME):
            return None, None
        return stopped, max(0.0, (stopped.at - self.first).total_seconds())

    def _guessing_ended(self) -> tuple[Stop | None, float | None]:
        found = list(self.guesses.values())
        guessing = [each for each in found if each.tries >= ENOUGH] or found
        waits = sorted(each.throttled_at - each.since for each in guessing if each.throttled_at is not None)
        if self.throttled is None or len(waits) < SHARE * len(guessing):
            return None, None
        return self.throttled, waits[len(waits) // 2].total_seconds()


class Scores:
    """Takes in every outcome with the attack that it belongs to."""

    def __init__(self, truth: KnownTruth, lived: Lived) -> None:
        self._truth, self._lived = truth, lived
        self.events = 0
        self._courses: dict[str, Course] = {}
        self._rules: dict[str, RuleResult] = {}
        self._met: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))  # attacks, honest
        self._honest: dict[Verdict, set[str]] = {verdict: set() for verdict in Verdict}
        self._by_cause: dict[str, dict[Verdict, set[str]]] = defaultdict(
            lambda: {verdict: set() for verdict in HOLDING}
        )
        self._alarmed: set[tuple[str, str]] = set()
        self._false_alarms: list[FalseAlarm] = []
        self._challenges = 0

    def note(self, outcome: Outcome, attack: str | None) -> None:
        """Take in what became of one event."""
        self.events += 1
        judgement = outcome.judgement
        if attack is not None:
            self._note_attack(outcome, attack)
        if judgement is None or not judgement.hits:
            return
        event = outcome.event
        account = event.data.account
        holder = self._truth.holder(account, event.received_at)
        honest = self._truth.is_honest(account, event.received_at)
        placed = {hit.rule for hit in placing(judgement.hits)}
        for hit in judgement.hits:
            rule = self._rules.get(hit.rule)
            if rule is None:
                rule = RuleResult(rule=hit.rule, verdict=hit.verdict.word, cause=hit.cause, shadow=hit.shadow)
                self._rules[hit.rule] = rule
            rule.events += 1
            attacks, accounts = self._met[hit.rule]
            if attack is not None:
                attacks.add(attack)
            if holder is not None and hit.verdict in HOLDING:
                attacks.add(holder.attack)
            elif honest and (attack is None or hit.verdict in HOLDING):
                accounts.add(account)
                if hit.rule in placed or (hit.verdict in TURNED_AWAY and not hit.shadow):
                    self._note_honest(event, hit.verdict, hit.rule, hit.cause, attack)
        if holder is not None and attack is None and judgement.verdict is Verdict.FREEZE:
            # The owner met it, and the thief is out too.
            self._course(holder.attack).stop(event.received_at, deciding(judgement), judgement.verdict.word)

    def _course(self, attack: str) -> Course:
        course = self._courses.get(attack)
        if course is None:
            course = self._courses[attack] = Course(self._truth.attacks[attack])
        return course

    def _note_attack(self, outcome: Outcome, name: str) -> None:
        event, judgement, course = outcome.event, outcome.judgement, self._course(name)
        at = event.received_at
        course.first = course.first or at
        course.tries += 1
        verdict = outcome.verdict if judgement is None else judgement.verdict
        if course.attack.kind in GUESSING:
            self._note_try(outcome, course, verdict)
            return
        if verdict is Verdict.ALLOW:
            self._note_success(event, course)
        elif judgement is None:
            rule = self._lived.frozen.get((event.tenant_id, event.data.account))
            if rule is not None:
                course.stop(at, rule, Verdict.FREEZE.word)
        elif verdict in TURNED_AWAY:
            course.throttled = course.throttled or Stop(at, deciding(judgement), verdict.word)
            for hit in placing(judgement.hits):
                if hit.verdict is not Verdict.CHALLENGE or not course.attack.has_factor:
                    course.stop(at, hit.rule, hit.verdict.word)
        elif verdict is not Verdict.CHALLENGE or not course.attack.has_factor:
            course.stop(at, deciding(judgement), verdict.word)
        else:
            self._note_success(event, course)  # the thief passes the challenge and has lost a minute

    def _note_try(self, outcome: Outcome, course: Course, verdict: Verdict) -> None:
        event = outcome.event
        at = event.received_at
        guesses = course.guesses.setdefault(getattr(event.data, "ip", None) or "", Guesses(at))
        guesses.tries += 1
        if verdict not in TURNED_AWAY or outcome.judgement is None:
            return
        course.refused += 1
        guesses.throttled_at = guesses.throttled_at or at
        course.throttled = course.throttled or Stop(at, deciding(outcome.judgement), verdict.word)

    @staticmethod
    def _note_success(event: Event, course: Course) -> None:
        if course.stopped is not None:
            return
        if isinstance(event.data, Message | Api):
            course.messages += 1
        elif isinstance(event.data, Login) and event.data.outcome == "success":
            course.signed_in += 1

    def _note_honest(self, event: Event, verdict: Verdict, rule: str, cause: str, attack: str | None) -> None:
        account = event.data.account
        self._honest[verdict].add(account)
        if verdict in HOLDING:
            self._by_cause[cause][verdict].add(account)
            self._challenges += verdict is Verdict.CHALLENGE
        if (account, rule) in self._alarmed:
            return
        self._alarmed.add((account, rule))
        if len(self._false_alarms) < SHOWN or verdict is Verdict.FREEZE:
            self._false_alarms.append(
                FalseAlarm(
                    account=account,
                    at=iso(event.received_at),
                    rule=rule,
                    verdict=verdict.word,
                    traits=self._truth.accounts[account].traits,
                    by_attack=attack,
                )
            )

    def result(self, *, unread: int = 0) -> Result:
        """All of it, once the stream has ended. Attacks that never began count as not stopped."""
        truth = self._truth
        attacks = [self._courses.get(name, Course(attack)).result() for name, attack in truth.attacks.items()]
        for name, rule in self._rules.items():
            met, honest_met = self._met[name]
            rule.attacks, rule.honest = len(met), len(honest_met)
            rule.of_cause = sum(truth.attacks[attack].cause == rule.cause for attack in met)
        honest = [account for account in truth.accounts.values() if account.honest]
        return Result(
            seeds=[tenant.seed for tenant in truth.tenants],
            people=sum(tenant.people for tenant in truth.tenants),
            days=max((tenant.days for tenant in truth.tenants), default=0),
            events=self.events,
            unread=unread,
            honest=len(honest),
            account_months=truth.exposure_months(),
            frozen=len(self._honest[Verdict.FREEZE]),
            limited=len(self._honest[Verdict.LIMIT]),
            challenged=len(self._honest[Verdict.CHALLENGE]),
            throttled=len(self._throttled()),
            challenges=self._challenges,
            causes={cause: _cause(sets) for cause, sets in sorted(self._by_cause.items())},
            rules=dict(sorted(self._rules.items())),
            traits=self._traits(),
            attacks=attacks,
            false_alarms=self._false_alarms,
        )

    def _traits(self) -> dict[str, TraitResult]:
        found: dict[str, TraitResult] = {}
        throttled = self._throttled()
        for account in self._truth.accounts.values():
            for trait in (account.traits or ("ordinary",)) if account.honest else ():
                counted = found.setdefault(trait, TraitResult())
                counted.accounts += 1
                counted.frozen += account.account in self._honest[Verdict.FREEZE]
                counted.limited += account.account in self._honest[Verdict.LIMIT]
                counted.challenged += account.account in self._honest[Verdict.CHALLENGE]
                counted.throttled += account.account in throttled
        return dict(sorted(found.items()))

    def _throttled(self) -> set[str]:
        """The honest of whom an event was turned away, for a while or altogether."""
        return set().union(*(self._honest[verdict] for verdict in TURNED_AWAY))


def _cause(sets: dict[Verdict, set[str]]) -> CauseResult:
    return CauseResult(
        frozen=len(sets[Verdict.FREEZE]),
        limited=len(sets[Verdict.LIMIT]),
        challenged=len(sets[Verdict.CHALLENGE]),
        held=len(set().union(*sets.values())),
    )
