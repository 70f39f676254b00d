"""What follows from judgements where the truth is known: who can pass a challenge, and who cannot."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from frostgate.events.model import Api, Call, Event, Login, Message, Stream
from frostgate.replay.consequences import Consequences
from frostgate.replay.model import AccountKey
from frostgate.rules.judge import Judge
from frostgate.rules.model import TURNED_AWAY, Hit, Judgement, Verdict, most_severe
from frostgate.signals.model import Value
from frostgate.simulation.evaluation.truth import KnownTruth

HOLDING = frozenset({Verdict.CHALLENGE, Verdict.LIMIT, Verdict.FREEZE})  # verdicts that place a hold
TO_PASS = timedelta(minutes=1)  # what a holder needs to prove who they are
_SERVICES = {Login: "login", Message: "messaging", Api: "messaging", Stream: "live"}


class _Pending(msgspec.Struct):
    """A challenge that nobody has answered yet."""

    asked: Event
    by: str | None  # the attack that met it; None: the holder did
    rules: list[tuple[str, str]]  # with their evidence
    answered_at: datetime | None  # when it will be passed


class Lived(Consequences):
    """Holds as the server places them, and a world that answers challenges.

    A holder passes a challenge a minute after they meet it, which is at their own next event when a thief caused it;
    so does a thief who has the factor. Any other thief does not. Until then the account can do nothing. A passed
    challenge spends its evidence, as in the server, and if the holder caused it their sign-in is learned. Freezes and
    limits stay: nobody appeals in a simulated month.
    """

    def __init__(self, truth: KnownTruth, judge: Judge) -> None:
        self.truth = truth
        self.attack: str | None = None  # of the event at hand, set before it is judged
        self._judge = judge
        self.frozen: dict[AccountKey, str] = {}  # by which rule
        self._limited: dict[AccountKey, frozenset[str]] = {}
        self._pending: dict[AccountKey, _Pending] = {}
        self._spent: dict[tuple[AccountKey, str, str], datetime] = {}

    def proven(self, event: Event) -> Iterable[Event]:
        """The challenge on this account is answered, or will be; a passed one teaches the sign-in that met it."""
        key = (event.tenant_id, event.data.account)
        pending = self._pending.get(key)
        if pending is None:
            return ()
        now = event.received_at
        if pending.answered_at is None:
            if self._can_pass(self.attack) and not _is_failure(event):
                pending.answered_at = now + TO_PASS
            return ()
        if now < pending.answered_at:
            return ()
        del self._pending[key]
        for rule, evidence in pending.rules:
            until = pending.answered_at + timedelta(seconds=self._judge.guard_seconds(rule))
            self._spent[key, rule, evidence] = until
        return (pending.asked,) if self._can_pass(pending.by) else ()

    def refuses(self, event: Event) -> bool:
        """Whether the account is frozen, waits for an answer, or may not use this service."""
        key = (event.tenant_id, event.data.account)
        if key in self.frozen or key in self._pending:
            return True
        limited = self._limited.get(key)
        return limited is not None and _service(event) in limited

    def remaining(self, event: Event, values: tuple[Value, ...], judgement: Judgement) -> Judgement:
        """The judgement without the rules whose evidence a passed challenge has spent.

        Where it was spent for all of the gravest of a cause, the milder ones of that cause are dealt with too.
        """
        if not self._spent:
            return judgement
        key = (event.tenant_id, event.data.account)
        dealt: set[str] = set()
        for asking in _by_cause(judgement.hits):
            gravest = _gravest(asking)
            spent = [hit for hit in gravest if self._is_spent(key, hit, event, values)]
            dealt.update(hit.rule for hit in (asking if len(spent) == len(gravest) else spent))
        if not dealt:
            return judgement
        hits = tuple(hit for hit in judgement.hits if hit.rule not in dealt)
        verdict = most_severe(hit.verdict for hit in hits if not hit.shadow)
        return Judgement(verdict=verdict, hits=hits, undecided=judgement.undecided)

    def follow(self, event: Event, values: tuple[Value, ...], judgement: Judgement) -> bool:
        """Place what the hits ask for; a sign-in that met a hold, or was turned away, teaches nothing yet."""
        key = (event.tenant_id, event.data.account)
        held = judgement.verdict in TURNED_AWAY
        challenges = []
        for hit in placing(judgement.hits):
            if hit.verdict is Verdict.FREEZE:
                self.frozen.setdefault(key, hit.rule)
                held = True
            elif hit.verdict is Verdict.LIMIT:
                services = frozenset(self._judge.rule(hit.rule).effect.services)
                self._limited[key] = self._limited.get(key, frozenset()) | services
                held = held or "login" in services
            else:
                challenges.append((hit.rule, self._judge.evidence_key(hit.rule, values)))
        if challenges:
            # Whoever failed to sign in is not asked: the holder meets it when they come.
            answers = self._can_pass(self.attack) and not _is_failure(event)
            at = event.received_at + TO_PASS if answers else None
            self._pending[key] = _Pending(event, self.attack, challenges, at)
        return held or bool(challenges)

    def _can_pass(self, attack: str | None) -> bool:
        return attack is None or self.truth.attacks[attack].has_factor

    def _is_spent(self, key: AccountKey, hit: Hit, event: Event, values: tuple[Value, ...]) -> bool:
        until = self._spent.get((key, hit.rule, self._judge.evidence_key(hit.rule, values)))
        return until is not None and event.received_at < until


def placing(hits: Sequence[Hit]) -> list[Hit]:
    """The hits that place a hold: of those for one cause only the gravest, as in the server."""
    return [hit for asking in _by_cause(hits) for hit in _gravest(asking)]


def _by_cause(hits: Sequence[Hit]) -> list[list[Hit]]:
    """The hits that ask for a hold, those for one cause together; none where the event is refused."""
    asking: dict[str, list[Hit]] = {}
    if any(hit.verdict is Verdict.REFUSE and not hit.shadow for hit in hits):
        return []
    for hit in hits:
        if hit.verdict in HOLDING and not hit.shadow:
            asking.setdefault(hit.cause, []).append(hit)
    return list(asking.values())


def _gravest(asking: Sequence[Hit]) -> list[Hit]:
    gravest = most_severe(hit.verdict for hit in asking)
    return [hit for hit in asking if hit.verdict is gravest]


def _is_failure(event: Event) -> bool:
    return isinstance(event.data, Login) and event.data.outcome == "failure"


def _service(event: Event) -> str:
    if isinstance(event.data, Call):
        return event.data.medium
    return _SERVICES.get(type(event.data), "conversational_ai")
