"""What the sender of an event hears: the verdict with its reasons, in the words of the policy that decided."""

import msgspec

from frostgate.rules.decision import Decision
from frostgate.rules.explain import Reason, reason
from frostgate.rules.judge import Judge
from frostgate.rules.model import Verdict
from frostgate.signals.model import Value

CODES = {
    Verdict.CHALLENGE: "account.challenge",
    Verdict.THROTTLE: "account.throttled",
    Verdict.LIMIT: "account.limited",
    Verdict.FREEZE: "account.frozen",
    Verdict.REFUSE: "event.refused",
}


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the sender of an event hears: the verdict with its reasons."""

    id: str
    decision: str
    verdict: str
    policy: int
    code: str | None = None
    reasons: tuple[Reason, ...] = ()
    undecided: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    retry_after: int | None = None
    repeated: bool = False


def answer_of(
    event_id: str,
    decision_id: str,
    verdict: Verdict,
    policy: int,
    decision: Decision,
    values: tuple[Value, ...],
    judge: Judge,
) -> Answer:
    """The answer, in the words of the policy that decided."""
    waits = (judge.rule(hit.rule).effect.retry_after for hit in decision.hits if hit.verdict is Verdict.THROTTLE)
    return Answer(
        id=event_id,
        decision=decision_id,
        verdict=verdict.word,
        policy=policy,
        code=CODES.get(verdict),
        reasons=tuple(reason(judge, hit, values, decision) for hit in decision.hits),
        undecided=decision.undecided,
        holds=decision.holds,
        retry_after=max((wait or 0 for wait in waits), default=None) if verdict is Verdict.THROTTLE else None,
    )
