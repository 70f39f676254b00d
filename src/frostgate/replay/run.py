"""Runs events through the same signals and rules as the server, without a database."""

from frostgate.directory.declared import NOTHING_DECLARED, Declared
from frostgate.events.model import Event, Login
from frostgate.replay.consequences import Consequences, Freezing, Observing
from frostgate.replay.model import Outcome
from frostgate.rules.judge import Judge
from frostgate.rules.model import TURNED_AWAY, Judgement, Verdict
from frostgate.signals.geo import Places
from frostgate.signals.network import Networks
from frostgate.signals.reader import SignalReader
from frostgate.signals.travel import Travel


class Replay:
    """Decides events one after another, in the order in which the server would have received them.

    A frozen account stays frozen: its later events are refused, as the gate would refuse them, and neither judged nor
    learned from; windows still count them, because windows count what was tried. With `observe` nobody is frozen, and
    each sign-in is compared with the one before it: every journey that the log holds is judged. Whoever knows more of
    what follows from a judgement passes `consequences`.
    """

    def __init__(
        self,
        judge: Judge,
        *,
        places: Places,
        networks: Networks,
        observe: bool,
        consequences: Consequences | None = None,
        declared: Declared = NOTHING_DECLARED,
    ) -> None:
        self.judge = judge
        self.observe = observe
        self._places = places
        self._reader = SignalReader(
            judge.policy.windows,
            places=places,
            networks=networks,
            declared=declared,
        )
        self._consequences = consequences or (Observing() if observe else Freezing())

    def watch(self, event: Event) -> None:
        """Learn from an event and judge nothing, as a server whose rules are all in shadow."""
        self._reader.read(event)
        self._reader.learn(event, frozen=False)

    def take(self, event: Event) -> Outcome:
        """Decide one event."""
        for own in self._consequences.proven(event):
            self._reader.learn(own, frozen=False)
        values = self._reader.read(event)
        if self._consequences.refuses(event):
            return Outcome(event=event, values=values, judgement=None, stopped=True)
        judged = judgement = self.judge.judge(event.type, values)
        if judged.verdict is not Verdict.ALLOW:
            judgement = self._consequences.remaining(event, values, judged)
        # Dealt with or not, a device that its account never used teaches nothing.
        is_doubtful = judgement is not judged and self._reader.profiles.is_strange(event)
        if judgement.verdict is Verdict.ALLOW:
            self._reader.learn(event, frozen=is_doubtful)
            return Outcome(event=event, values=values, judgement=judgement)
        journey = self._journey(event, judgement)
        set_aside = self._consequences.follow(event, values, judgement)
        self._reader.learn(event, frozen=set_aside or is_doubtful)
        stopped = not self.observe and (judgement.verdict is Verdict.FREEZE or judgement.verdict in TURNED_AWAY)
        return Outcome(event=event, values=values, judgement=judgement, stopped=stopped, journey=journey)

    def _journey(self, event: Event, judgement: Judgement) -> Travel | None:
        """The journey behind the travel signals, where the deciding rule reads them."""
        if not isinstance(event.data, Login) or not self.judge.rule(deciding(judgement)).reads_travel:
            return None
        return self._reader.profiles.journey_of(event, self._places.locate(event.data.ip))


def deciding(judgement: Judgement) -> str:
    """The first rule that asked for the verdict."""
    return next(hit.rule for hit in judgement.hits if hit.verdict is judgement.verdict and not hit.shadow)
