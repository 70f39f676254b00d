"""Networks that many share, made of the gazetteer's addresses, and the calendar of every zone."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from frostgate.simulation.chance import stream
from frostgate.simulation.gazetteer import BY_NAME, METROS, gazetteer
from frostgate.simulation.model import EPOCH, HOUR

_FLYING = ("US", "DE", "GB")  # where the traffic of an airliner's Wi-Fi meets the internet, wherever the airliner is

# Days off and festive evenings by country: month, day. Spring Festival and the lunar feasts are those of 2026.
HOLIDAYS = {
    "CN": {(1, 1), *((2, day) for day in range(15, 24)), (4, 4), (4, 5), (4, 6), *((5, day) for day in range(1, 6)),
           (6, 19), (9, 25), *((10, day) for day in range(1, 8))},
    "SG": {(1, 1), (2, 17), (2, 18), (3, 21), (4, 3), (5, 1), (8, 9), (12, 25)},
    "JP": {(1, 1), (2, 11), (2, 23), (3, 20), (4, 29), (5, 3), (5, 4), (5, 5), (11, 3), (11, 23)},
    "GB": {(1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 26)},
    "DE": {(1, 1), (4, 3), (4, 6), (5, 1), (5, 14), (5, 25), (10, 3), (12, 25), (12, 26)},
    "US": {(1, 1), (1, 19), (2, 16), (5, 25), (7, 4), (9, 7), (11, 26), (12, 25)},
    "BR": {(1, 1), (2, 17), (4, 3), (4, 21), (5, 1), (9, 7), (12, 25)},
    "AU": {(1, 1), (1, 26), (3, 9), (4, 3), (4, 6), (4, 25), (12, 25), (12, 26)},
}  # fmt: skip
FEASTS = {(1, 1): 1, (2, 16): 1, (3, 3): 0, (6, 19): 3, (9, 25): 2, (12, 24): 4, (12, 31): 1}  # -> phrases.FEASTS


class Atlas:
    """The shared networks of one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.gazetteer = gazetteer(seed)
        named = {metro.name: stream(seed, "shared", metro.name) for metro in METROS}
        line = self.gazetteer.line
        self.offices = {
            name: [line(rng, BY_NAME[name].egress or name) for _ in range(2)] for name, rng in named.items()
        }
        self.hotels = {name: [line(rng, name) for _ in range(12)] for name, rng in named.items()}
        self.airports = {name: [line(rng, name) for _ in range(2)] for name, rng in named.items()}
        # Behind one address of a carrier sit many phones, and the next one may be listed in another city.
        self.carriers = {
            name: [line(rng, name) for _ in range(9)]
            + [self.gazetteer.anywhere(rng, BY_NAME[name].country) for _ in range(7)]
            for name, rng in named.items()
        }
        rng = stream(seed, "shared")
        self.flying = [self.gazetteer.anywhere(rng, country) for country in _FLYING for _ in range(2)]
        abroad = sorted(set(self.gazetteer.country) & {"US", "JP", "NL", "SG", "DE", "GB", "FR", "CA", "HK", "SE"})
        # Most exits of consumer VPNs are listed as such; some look like clouds, some like anybody's line.
        self.exits = (
            [rng.choice(self.gazetteer.vpn) for _ in range(40)]
            + [self.gazetteer.cloud(rng, rng.choice(abroad)) for _ in range(12)]
            + [self.gazetteer.anywhere(rng, rng.choice(abroad)) for _ in range(8)]
        )
        self.desktops = {metro.name: self.gazetteer.cloud(named[metro.name], metro.country) for metro in METROS}

    @property
    def trusted(self) -> tuple[str, ...]:
        """The offices' networks, as the tenant declares them."""
        return tuple(sorted({f"{ip}/32" for pool in self.offices.values() for ip in pool}))


@cache
def midnight(zone: str, day: int) -> int:
    """When a local day begins, in milliseconds; days are counted from 1 January 1970."""
    on = date_of(day)
    at = datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return int((at - EPOCH).total_seconds()) * 1000


def local_hour(zone: str, at: int) -> int:
    """The hour on a clock in that zone."""
    day = at // (24 * HOUR)
    start = max(midnight(zone, d) for d in (day - 1, day, day + 1) if midnight(zone, d) <= at)
    return (at - start) // HOUR


@cache
def date_of(day: int) -> date:
    """The date of a day's number."""
    return EPOCH.date() + timedelta(days=day)


@cache
def is_workday(country: str, day: int) -> bool:
    """Neither a weekend nor a holiday."""
    on = date_of(day)
    return on.weekday() < 5 and (on.month, on.day) not in HOLIDAYS.get(country, ())


@cache
def feast(day: int) -> int | None:
    """Which festive evening this is, if any."""
    on = date_of(day)
    return FEASTS.get((on.month, on.day))
