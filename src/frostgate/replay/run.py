"""Runs events through the same signals and rules as the server, without a database and without consequences."""

from frostgate.directory.declared import NOTHING_DECLARED, Declared
from frostgate.events.model import Event, Login
from frostgate.replay.consequences import Consequences, Freezing, Observing
from frostgate.replay.model import Outcome
from frostgate.rules.judge import Judge
from frostgate.rules.model import Judgement, Verdict
from frostgate.rules.policy import Policy
from frostgate.signals.catalogue import catalogue
from frostgate.signals.geo import Places
from frostgate.signals.habits import Habits
from frostgate.signals.network import Networks
from frostgate.signals.profile import Profiles
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
        policy: Policy,
        *,
        places: Places,
        networks: Networks,
        observe: bool,
        consequences: Consequences | None = None,
        declared: Declared = NOTHING_DECLARED,
    ) -> None:
        self.judge = Judge(policy, catalogue)
        self.observe = observe
        self._places = places
        self._profiles = Profiles()
        self._reader = SignalReader(
            policy.windows,
            places=places,
            networks=networks,
            profiles=self._profiles,
            habits=Habits(),
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
        is_doubtful = judgement is not judged and self._is_strange(event)
        if judgement.verdict is Verdict.ALLOW:
            self._reader.learn(event, frozen=is_doubtful)
            return Outcome(event=event, values=values, judgement=judgement)
        journey = self._journey(event, judgement)
        set_aside = self._consequences.follow(event, values, judgement)
        self._reader.learn(event, frozen=set_aside or is_doubtful)
        frozen = judgement.verdict is Verdict.FREEZE and not self.observe
        return Outcome(event=event, values=values, judgement=judgement, stopped=frozen, journey=journey)

    def _is_strange(self, event: Event) -> bool:
        """Whether a sign-in names a device that its account never used: dealt with or not, it teaches nothing."""
        device = event.data.device if isinstance(event.data, Login) else None
        return device is not None and not self._profiles.knows((event.tenant_id, event.data.account), device)

    def _journey(self, event: Event, judgement: Judgement) -> Travel | None:
        """The journey behind the travel signals, where the deciding rule reads them."""
        if not isinstance(event.data, Login) or not self.judge.rule(deciding(judgement)).reads_travel:
            return None
        return self._profiles.journey_of(event, self._places.locate(event.data.ip))


def deciding(judgement: Judgement) -> str:
    """The first rule that asked for the verdict."""
    return next(hit.rule for hit in judgement.hits if hit.verdict is judgement.verdict and not hit.shadow)
