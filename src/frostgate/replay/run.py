"""Runs events through the same signals and rules as the server, without a database and without consequences."""

from bisect import bisect_right

from frostgate.events.model import Event, EventType, Login
from frostgate.replay.model import AccountKey, Journey, Outcome
from frostgate.rules.judge import Judge
from frostgate.rules.model import Judgement, Verdict
from frostgate.rules.policy import Policy
from frostgate.signals.catalogue import catalogue
from frostgate.signals.geo import Place, Places
from frostgate.signals.model import Value
from frostgate.signals.network import Networks
from frostgate.signals.profile import Profiles
from frostgate.signals.reader import SignalReader
from frostgate.signals.travel import Located, Travel, travel


class Replay:
    """Decides events one after another, in the order in which the server would have received them.

    A frozen account stays frozen: its later events are refused, as the gate would refuse them, and neither judged nor
    learned from; windows still count them, because windows count what was tried. With `observe` nobody is frozen, and
    each sign-in is compared with the one before it: every journey that the log holds is judged.
    """

    def __init__(self, policy: Policy, *, places: Places, networks: Networks, observe: bool) -> None:
        self.judge = Judge(policy, catalogue)
        self.observe = observe
        self._places = places
        self._profiles = Profiles()
        self._reader = SignalReader(policy.windows, places=places, networks=networks, profiles=self._profiles)
        self._frozen: set[AccountKey] = set()
        names = self.judge.names[EventType.LOGIN]
        self._km, self._hours = names.index("travel.km"), names.index("travel.hours")

    def take(self, event: Event) -> Outcome:
        """Decide one event."""
        values = self._reader.read(event)
        key = (event.tenant_id, event.data.account)
        if key in self._frozen:
            return Outcome(event=event, values=values, judgement=None, stopped=True)
        judgement = self.judge.judge(event.type, values)
        if judgement.verdict is Verdict.ALLOW:
            self._reader.learn(event, frozen=False)
            return Outcome(event=event, values=values, judgement=judgement)
        journey = self._journey(key, event, values, judgement)
        freeze = judgement.verdict is Verdict.FREEZE and not self.observe
        if freeze:
            self._frozen.add(key)
        self._reader.learn(event, frozen=freeze)
        return Outcome(event=event, values=values, judgement=judgement, stopped=freeze, journey=journey)

    def _journey(
        self, key: AccountKey, event: Event, values: tuple[Value, ...], judgement: Judgement
    ) -> Journey | None:
        """The places behind the travel signals, where the deciding rule reads them."""
        rule = self.judge.rule(deciding(judgement))
        if not isinstance(event.data, Login) or not any(name.startswith("travel.") for name in rule.reads):
            return None
        place = self._places.locate(event.data.ip)
        if not isinstance(place, Place) or not isinstance(values[self._km], float):
            return None
        here = Located(place=place, at=event.time.timestamp(), ip=event.data.ip, device=event.data.device)
        known = self._profiles.places(key)
        after = bisect_right([located.at for located in known], here.at)
        pairs = [(before, here) for before in known[max(0, after - 1) : after]]
        pairs += [(here, later) for later in known[after : after + 1]]
        for one, other in pairs:
            way = travel(one, other)
            # Of a late sign-in's two neighbours, the one whose journey the signals tell.
            if isinstance(way, Travel) and (way.km, way.hours) == (values[self._km], values[self._hours]):
                return Journey(origin=one.place, destination=other.place, way=way)
        return None


def deciding(judgement: Judgement) -> str:
    """The first rule that asked for the verdict."""
    return next(hit.rule for hit in judgement.hits if hit.verdict is judgement.verdict and not hit.shadow)
