"""What follows from a judgement in a replay: who is refused afterwards, and which sign-ins teach nothing."""

from collections.abc import Iterable
from typing import Protocol

from frostgate.events.model import Event
from frostgate.replay.model import AccountKey
from frostgate.rules.model import TURNED_AWAY, Judgement, Verdict
from frostgate.signals.model import Value


class Consequences(Protocol):
    """Remembers what was decided about accounts. `Replay` asks it about each event, in this order."""

    def proven(self, event: Event) -> Iterable[Event]:
        """Earlier sign-ins that turned out, before this event, to have been the holder's own: to be learned now."""
        ...

    def refuses(self, event: Event) -> bool:
        """Whether the account may not do this now: then it is neither judged nor learned."""
        ...

    def remaining(self, event: Event, values: tuple[Value, ...], judgement: Judgement) -> Judgement:
        """The judgement without what was dealt with before."""
        ...

    def follow(self, event: Event, values: tuple[Value, ...], judgement: Judgement) -> bool:
        """Let a judgement that is not plain permission take effect; whether the event teaches nothing."""
        ...


class Observing:
    """Nothing follows: everybody goes on."""

    def proven(self, event: Event) -> Iterable[Event]:
        """Nothing is in question."""
        return ()

    def refuses(self, event: Event) -> bool:
        """Nobody is refused."""
        return False

    def remaining(self, event: Event, values: tuple[Value, ...], judgement: Judgement) -> Judgement:
        """All of it: nothing was dealt with."""
        return judgement

    def follow(self, event: Event, values: tuple[Value, ...], judgement: Judgement) -> bool:
        """Everything teaches."""
        return False


class Freezing(Observing):
    """A freeze stays for the rest of the log; whoever is asked for more is taken to have given it."""

    def __init__(self) -> None:
        self._frozen: set[AccountKey] = set()

    def refuses(self, event: Event) -> bool:
        """Whether the account is frozen."""
        return (event.tenant_id, event.data.account) in self._frozen

    def follow(self, event: Event, values: tuple[Value, ...], judgement: Judgement) -> bool:
        """Freeze the account where the judgement says so; whoever was turned away teaches nothing either."""
        if judgement.verdict is not Verdict.FREEZE:
            return judgement.verdict in TURNED_AWAY
        self._frozen.add((event.tenant_id, event.data.account))
        return True
