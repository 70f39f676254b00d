"""Places with real addresses: sampled from the geolocation database and from the lists of networks, by a seed.

Every pool holds addresses that the database really puts there, because travel and network signals are only as good,
and as wrong, as the database is.
"""

from functools import cache
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import NamedTuple

import msgspec

from frostgate.signals.geo import Place, Places
from frostgate.signals.network import Networks
from frostgate.signals.sphere import distance_km
from frostgate.simulation.chance import stream

SAMPLES = 60_000  # /24 blocks that are looked up
SAMPLES_6 = 12_000
NEAR_KM = 70  # a record this near to a metropolis belongs to it
BLOCKS = 40  # of one metropolis that are kept


class Metro(NamedTuple):
    """A metropolis where the tenant has people, or where they travel."""

    name: str
    country: str
    zone: str
    latitude: float
    longitude: float
    weight: int  # people of a hundred; 0: only travelled to
    egress: str | None = None  # the office's traffic leaves through another one's


METROS = (
    Metro("Shanghai", "CN", "Asia/Shanghai", 31.22, 121.46, 20),
    Metro("Beijing", "CN", "Asia/Shanghai", 39.91, 116.40, 18),
    Metro("Shenzhen", "CN", "Asia/Shanghai", 22.55, 114.07, 12),
    Metro("Hangzhou", "CN", "Asia/Shanghai", 30.29, 120.16, 6),
    Metro("Guangzhou", "CN", "Asia/Shanghai", 23.12, 113.25, 6),
    Metro("Singapore", "SG", "Asia/Singapore", 1.29, 103.85, 7),
    Metro("Tokyo", "JP", "Asia/Tokyo", 35.69, 139.75, 5),
    Metro("London", "GB", "Europe/London", 51.51, -0.12, 7),
    Metro("Frankfurt", "DE", "Europe/Berlin", 50.11, 8.68, 5),
    Metro("New York", "US", "America/New_York", 40.71, -74.00, 6),
    Metro("San Jose", "US", "America/Los_Angeles", 37.40, -122.00, 4),
    Metro("Sao Paulo", "BR", "America/Sao_Paulo", -23.55, -46.63, 2, "New York"),
    Metro("Sydney", "AU", "Australia/Sydney", -33.87, 151.21, 2, "Singapore"),
    Metro("Paris", "FR", "Europe/Paris", 48.86, 2.35, 0),
    Metro("Chicago", "US", "America/Chicago", 41.88, -87.63, 0),
    Metro("Seoul", "KR", "Asia/Seoul", 37.57, 126.98, 0),
    Metro("Taipei", "TW", "Asia/Taipei", 25.04, 121.53, 0),
    Metro("Mumbai", "IN", "Asia/Kolkata", 19.07, 72.88, 0),
)
BY_NAME = {metro.name: metro for metro in METROS}

_SIX = (0x2400, 0x2408, 0x2409, 0x240E, 0x2600, 0x2601, 0x2A00, 0x2A02, 0x2804)


class Gazetteer(msgspec.Struct, frozen=True, kw_only=True):
    """Pools of addresses. A block is the first three numbers of an IPv4 address, or three groups of an IPv6 one."""

    blocks: dict[str, list[str]]  # metro -> ordinary lines
    blocks_6: dict[str, list[str]]
    country: dict[str, list[str]]  # country -> ordinary lines anywhere in it
    hosting: dict[str, list[str]]  # country -> addresses of clouds
    vpn: list[str]
    tor: list[str]

    def line(self, rng: Random, metro: str) -> str:
        """Somebody's line in a metropolis."""
        return f"{rng.choice(self.blocks[metro])}.{rng.randrange(4, 250)}"

    def anywhere(self, rng: Random, country: str) -> str:
        """Somebody's line somewhere in a country."""
        return f"{rng.choice(self.country[country])}.{rng.randrange(4, 250)}"

    def cloud(self, rng: Random, country: str) -> str:
        """A machine of a hosting provider, in that country if there are any."""
        return rng.choice(self.hosting.get(country) or self.hosting["US"])


@cache
def gazetteer(seed: int) -> Gazetteer:
    """The pools for a seed: the same for every number of people and days."""
    places, networks = Places(), Networks()
    blocks: dict[str, list[str]] = {metro.name: [] for metro in METROS}
    country: dict[str, list[str]] = {}
    rng = stream(seed, "gazetteer")
    for _ in range(SAMPLES):
        number = rng.randrange(1 << 24, 224 << 24) >> 8
        text = str(IPv4Address(number << 8 | 77))
        place = places.locate(text)
        if not isinstance(place, Place) or place.city is None:
            continue
        if len(country.get(place.country, ())) >= BLOCKS * 2 and place.country not in _HOMES:
            continue
        if networks.kind(text) != "unlisted":
            continue
        block = text.rpartition(".")[0]
        found = country.setdefault(place.country, [])
        if len(found) < BLOCKS * 2:
            found.append(block)
        metro = _metro(place)
        if metro is not None and len(blocks[metro]) < BLOCKS:
            blocks[metro].append(block)
    hosting, vpn, tor = _listed(stream(seed, "networks"), places)
    made = Gazetteer(
        blocks=blocks,
        blocks_6=_six(stream(seed, "gazetteer-6"), places),
        country={name: found for name, found in sorted(country.items()) if len(found) >= 8},
        hosting=hosting,
        vpn=vpn,
        tor=tor,
    )
    places.close()
    missing = [name for name, found in made.blocks.items() if not found]
    assert not missing, f"BUG: the geolocation database knows no line in {missing}"
    return made


_HOMES = frozenset(metro.country for metro in METROS)


def _metro(place: Place) -> str | None:
    for metro in METROS:
        if metro.country == place.country and _kilometres(metro, place) < NEAR_KM:
            return metro.name
    return None


def _kilometres(metro: Metro, place: Place) -> float:
    assert place.longitude is not None, "BUG: a city without a point"
    assert place.latitude is not None, "BUG: a city without a point"
    return distance_km((metro.longitude, metro.latitude), (place.longitude, place.latitude))


def kilometres(one: str, other: str) -> int:
    """Between two metropoles, to ten kilometres, so that no machine's sine shows."""
    here, there = BY_NAME[one], BY_NAME[other]
    return int(distance_km((here.longitude, here.latitude), (there.longitude, there.latitude)) / 10 + 0.5) * 10


def _six(rng: Random, places: Places) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {metro.name: [] for metro in METROS}
    for _ in range(SAMPLES_6):
        number = rng.choice(_SIX) << 112 | rng.getrandbits(16) << 96 | rng.getrandbits(24) << 72
        place = places.locate(str(IPv6Address(number)))
        if isinstance(place, Place) and place.city is not None:
            metro = _metro(place)
            if metro is not None and len(found[metro]) < BLOCKS:
                found[metro].append(":".join(f"{number >> shift & 0xFFFF:x}" for shift in (112, 96, 80)))
    return found


def _listed(rng: Random, places: Places) -> tuple[dict[str, list[str]], list[str], list[str]]:
    """Addresses inside the ranges that providers publish: clouds by country, VPN exits, Tor."""
    from iporigin.core import dataset  # type: ignore[attr-defined]  # there is no public list of its ranges

    data = dataset()  # type: ignore[no-untyped-call]
    kinds: dict[str, list[int]] = {}
    for index, label in enumerate(data.v4_labels):
        kinds.setdefault(data.labels[label][1], []).append(index)

    def address(kind: str) -> str:
        index = rng.choice(kinds[kind])
        start, end = data.v4_starts[index], data.v4_ends[index]
        return str(IPv4Address(rng.randrange(start, end + 1)))

    hosting: dict[str, list[str]] = {}
    for _ in range(1500):
        text = address("hosting")
        place = places.locate(text)
        if isinstance(place, Place) and len(hosting.setdefault(place.country, [])) < BLOCKS:
            hosting[place.country].append(text)
    vpn = [text for text in (address("vpn") for _ in range(200)) if isinstance(places.locate(text), Place)]
    return dict(sorted(hosting.items())), vpn[:80], [address("tor") for _ in range(60)]
