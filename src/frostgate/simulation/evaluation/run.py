"""Runs a simulated stream through the signals and rules of the server, with the consequences of both."""

from frostgate.events.importers.lines import Lines
from frostgate.replay.run import Replay
from frostgate.rules.judge import Judge
from frostgate.rules.policy import Policy
from frostgate.signals.geo import Places
from frostgate.signals.network import Networks
from frostgate.simulation.evaluation.consequences import Lived
from frostgate.simulation.evaluation.reading import Told, TruthMissing, read
from frostgate.simulation.evaluation.results import Result
from frostgate.simulation.evaluation.scores import Scores
from frostgate.simulation.evaluation.truth import KnownTruth


def evaluate(lines: Lines, policy: Policy) -> Result:
    """What a policy makes of a stream; the truth about an account must come before its first event.

    Until the measured time begins, signals are read and learned, and nothing is held and nothing counts.

    Raises:
        TruthMissing: the stream does not say who is honest.
        Unreadable: it cannot be read any further.
    """
    truth, judge = KnownTruth(), Judge(policy)
    lived = Lived(truth, judge)
    scores = Scores(truth, lived)
    replay: Replay | None = None
    for told in read(lines):
        if not isinstance(told, Told):
            truth.take(told)
            continue
        if replay is None:
            if not truth:
                raise TruthMissing
            replay = Replay(
                judge,
                places=Places(),
                networks=Networks(),
                observe=False,
                consequences=lived,
                declared=truth.declared(),
            )
        if truth.is_watched(told.event.received_at):
            replay.watch(told.event)
            continue
        attack = told.attack if told.attack in truth.attacks else None
        lived.attack = attack
        scores.note(replay.take(told.event), attack)
    if replay is None:
        raise TruthMissing
    return scores.result(unread=lines.unread)
