"""How often strangers may ask: so many times from each asking network, whoever is behind it.

Kept in memory, so that a flood is turned away before it costs the database anything. Each process counts for itself and
a restart forgets: what must hold exactly, such as how often one code may be tried, is counted in the database.
"""

import threading
from datetime import timedelta

import msgspec

from frostgate.base.clock import Clock
from frostgate.base.database import micros
from frostgate.directory.attempts import place
from frostgate.limits.model import MICROSECONDS, Quota, Refused, take

MOST_PLACES = 50_000  # about 10 MB; whoever asked longest ago is forgotten first


class Turnstile:
    """Lets so many through from each network: an address of IPv4, a /64 of IPv6."""

    def __init__(self, clock: Clock, *, times: int, within: timedelta) -> None:
        self._clock = clock
        self._quota = Quota(events=times, per_seconds=round(within.total_seconds()), burst=times)
        self._tats: dict[str, int] = {}  # the latest last
        self._lock = threading.Lock()

    def wait(self, address: str) -> int:
        """Count one more from this address: 0 lets it through, else the seconds until the next one is."""
        now, where = micros(self._clock.now()), place(address)
        with self._lock:
            tat, found = take(self._tats.pop(where, 0), now, 1, self._quota)
            self._tats[where] = tat
            if len(self._tats) > MOST_PLACES:
                del self._tats[next(iter(self._tats))]
        if isinstance(found, Refused):
            assert found.retry_after is not None, "BUG: a turnstile that lets nobody through"
            return -(-found.retry_after // MICROSECONDS)
        return 0


class Turnstiles(msgspec.Struct, frozen=True):
    """One before each thing that strangers may do here. A company's people may share one address."""

    checks: Turnstile  # of a notice's code
    codes: Turnstile  # asked for, by mail to somebody
    tries: Turnstile  # of such a code
    reports: Turnstile  # of fake notices


def turnstiles(clock: Clock) -> Turnstiles:
    """All of them, with nobody counted yet."""
    return Turnstiles(
        checks=Turnstile(clock, times=30, within=timedelta(minutes=10)),
        codes=Turnstile(clock, times=10, within=timedelta(minutes=15)),
        tries=Turnstile(clock, times=30, within=timedelta(minutes=15)),
        reports=Turnstile(clock, times=10, within=timedelta(hours=1)),
    )
