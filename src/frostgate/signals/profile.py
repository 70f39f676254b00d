"""What we remember of each account: where it was, and which devices are its own.

Only a *successful* sign-in says where an account was: a failed one says where somebody else tried. And only a
sign-in that was let in teaches anything. One that was frozen is set aside: its place does not become the
account's last place and its device not a known one, or else the attacker's second try would look like home.
When a reviewer releases the hold as a mistake, that one sign-in is learned after all, and no other.

What is known does not depend on the order in which it was learned, nor on how often: so learning again from
events and releases, after a restart, gives what was known before.

Logins may reach us late. So an account keeps its latest four places in the order of event times, and a login
is compared with its real neighbours: the nearest earlier sign-in and, when it came late, the nearest later
one too; the faster journey of the two is the one that is read. A login older than all four is compared with
the oldest of them only.

Accounts, not addresses, take up memory here: a failed sign-in creates nothing. One thread owns it.
"""

from bisect import bisect_left, bisect_right, insort
from typing import Final
from zlib import crc32

import msgspec

from frostgate.events.model import Event, Login
from frostgate.signals.geo import Place
from frostgate.signals.model import Unknown
from frostgate.signals.travel import NO_EARLIER_PLACE, Located, Travel, travel
from frostgate.signals.windows import SnapshotRefused

PLACES: Final = 4
DEVICES: Final = 50
COUNTRIES: Final = 16
NETWORKS: Final = 32
AGENTS: Final = 8
USUAL: Final = 90 * 86_400.0  # seconds for which a country counts as usual

AccountKey = tuple[str, str]  # tenant_id, account


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device that the account signed in with; times in seconds since 1970."""

    first_seen: float
    last_seen: float


class Profile(msgspec.Struct, omit_defaults=True):
    """One account's memory."""

    places: list[Located] = []  # the latest, in the order of event times
    devices: dict[str, Device] = {}
    countries: dict[str, float] = {}  # when the account was last let in from there
    networks: bytes = b""  # eight bytes each, the latest last: the second when it was used, CRC-32 of its name
    agents: bytes = b""  # the same of User-Agents


class Profiles:
    """The memory of all accounts, kept like a window: observe, dump, load, fingerprint."""

    fingerprint = "profiles-1"  # raised when the shape of a profile changes

    def __init__(self) -> None:
        self._profiles: dict[AccountKey, Profile] = {}

    def __len__(self) -> int:
        return len(self._profiles)

    def knows(self, key: AccountKey, device: str) -> bool:
        """Whether the account signed in with this device before and was let in."""
        profile = self._profiles.get(key)
        return profile is not None and device in profile.devices

    def devices(self, key: AccountKey) -> dict[str, Device]:
        """The account's known devices, a copy."""
        profile = self._profiles.get(key)
        return dict(profile.devices) if profile else {}

    def places(self, key: AccountKey) -> tuple[Located, ...]:
        """Where the account was lately, in the order of event times."""
        profile = self._profiles.get(key)
        return tuple(profile.places) if profile else ()

    def is_usual(self, key: AccountKey, country: str, at: float) -> bool | Unknown:
        """Whether the account was let in from this country lately; unknown where we never saw it anywhere."""
        profile = self._profiles.get(key)
        if profile is None or not profile.countries:
            return NO_EARLIER_PLACE
        seen = profile.countries.get(country)
        return seen is not None and at - seen <= USUAL

    def knows_network(self, key: AccountKey, network: object) -> bool | Unknown:
        """Whether the account was let in from this block of addresses before; unknown where it never was anywhere.

        Networks are kept by a checksum: of 32 kept, one in a hundred million others is taken for known.
        """
        if isinstance(network, Unknown):
            return network
        profile = self._profiles.get(key)
        if profile is None or not profile.networks:
            return NO_EARLIER_PLACE
        return isinstance(network, str) and _place_in(profile.networks, _mark(network)) >= 0

    def agent(self, key: AccountKey, agent: str | None) -> tuple[bool, bool]:
        """Whether the account was let in with this User-Agent before, and whether it has others and not this one.

        Weak evidence, because many people have the same.
        """
        profile = self._profiles.get(key)
        agents = b"" if profile is None else profile.agents
        known = agent is not None and _place_in(agents, _mark(agent)) >= 0
        return known, bool(agents) and not known

    def has_devices(self, key: AccountKey) -> bool:
        """Whether we know any device of the account: then one that names none is odd."""
        profile = self._profiles.get(key)
        return profile is not None and bool(profile.devices)

    def journey(self, key: AccountKey, here: Located) -> Travel | Unknown:
        """The journey between a sign-in and its neighbours in time; of two, the one with the higher least speed.

        A failed try may be asked about as well: then it is the journey that somebody pretends.
        """
        profile = self._profiles.get(key)
        places = profile.places if profile else []
        after = bisect_right(places, here.at, key=_at)
        earlier = travel(places[after - 1] if after else None, here)
        if after == len(places):
            return earlier
        later = travel(here, places[after])
        if isinstance(earlier, Unknown) or isinstance(later, Unknown):
            return later if isinstance(earlier, Unknown) else earlier
        return later if later.least_kmh > earlier.least_kmh else earlier

    def journey_of(self, event: Event, place: Place | Unknown) -> Travel | None:
        """The journey of a sign-in from that place; None without one. Ask before the sign-in is learned."""
        data = event.data
        if not isinstance(data, Login) or isinstance(place, Unknown):
            return None
        here = Located(place=place, at=event.time.timestamp(), ip=data.ip, device=data.device)
        way = self.journey((event.tenant_id, data.account), here)
        return None if isinstance(way, Unknown) else way

    def learn(
        self, event: Event, place: Place | Unknown, *, network: object = None, hides: bool = False, frozen: bool
    ) -> None:
        """Take in a judged event: from a successful login that was let in, its device and its place are known.

        A network that `hides` where people are (a VPN, Tor, a data centre) is known from then on, and so is its
        country, but nobody travels from there. A replay that judges without consequences passes `frozen=False` for
        every event, so that each sign-in is compared with the one before it.
        """
        data = event.data
        if frozen or not isinstance(data, Login) or data.outcome != "success":
            return
        profile = self._profiles.setdefault((event.tenant_id, data.account), Profile())
        at = event.time.timestamp()
        if data.device is not None:
            _know(profile.devices, data.device, at)
        if isinstance(network, str):
            profile.networks = _with(profile.networks, _mark(network), at, at_most=NETWORKS)
        if data.user_agent is not None:
            profile.agents = _with(profile.agents, _mark(data.user_agent), at, at_most=AGENTS)
        if isinstance(place, Place):
            _stay(profile.countries, place.country, at)
        if isinstance(place, Place) and place.city is not None and not hides:  # nor does anybody travel from a country
            _visit(profile.places, Located(place=place, at=at, ip=data.ip, device=data.device))

    def dump(self) -> bytes:
        """Everything that is known, for `load`."""
        return msgspec.msgpack.encode((self.fingerprint, list(self._profiles.items())))

    def load(self, snapshot: bytes) -> None:
        """Go on from a snapshot; what was known before is forgotten.

        Raises:
            SnapshotRefused: it is damaged or of another shape. Nothing has changed then.
        """
        try:
            mark, profiles = msgspec.msgpack.decode(snapshot, type=tuple[str, list[tuple[AccountKey, Profile]]])
        except msgspec.DecodeError as problem:
            raise SnapshotRefused(problem=str(problem)) from problem
        if mark != self.fingerprint:
            raise SnapshotRefused(problem=f"taken of {mark}, not of {self.fingerprint}")
        self._profiles = dict(profiles)


def _at(located: Located) -> float:
    return located.at


def _order(located: Located) -> tuple[float, str, str]:
    return located.at, located.ip, located.device or ""


def _visit(places: list[Located], here: Located) -> None:
    """Note a place once; beyond the bound, the earliest is forgotten."""
    at = bisect_left(places, _order(here), key=_order)
    if at == len(places) or _order(places[at]) != _order(here):
        places.insert(at, here)
        del places[:-PLACES]


def _stay(countries: dict[str, float], country: str, at: float) -> None:
    """Note a country; beyond the bound, the one that was not seen for the longest time is forgotten."""
    countries[country] = max(at, countries.get(country, at))
    if len(countries) > COUNTRIES:
        del countries[min(countries, key=lambda name: (countries[name], name))]


def _mark(name: str) -> bytes:
    return crc32(name.encode("utf-8", "surrogatepass")).to_bytes(4, "big")


def _place_in(marks: bytes, mark: bytes) -> int:
    """Where the eight bytes of a mark begin; -1 where it is not known."""
    found = marks.find(mark)
    while found >= 0 and found % 8 != 4:
        found = marks.find(mark, found + 1)
    return found - 4 if found >= 0 else -1


def _with(marks: bytes, mark: bytes, at: float, *, at_most: int) -> bytes:
    """The marks with this one; beyond the bound, the one that was not met for the longest time is forgotten."""
    met = max(0, int(at)).to_bytes(4, "big")
    found = _place_in(marks, mark)
    if found >= 0:
        met = max(met, marks[found : found + 4])
        marks = marks[:found] + marks[found + 8 :]
    each = [marks[start : start + 8] for start in range(0, len(marks), 8)]
    insort(each, met + mark)
    return b"".join(each[-at_most:])


def _know(devices: dict[str, Device], name: str, at: float) -> None:
    """Note a device; beyond the bound, the one that was not seen for the longest time is forgotten."""
    known = devices.get(name)
    if known is not None:
        devices[name] = Device(first_seen=min(known.first_seen, at), last_seen=max(known.last_seen, at))
        return
    devices[name] = Device(first_seen=at, last_seen=at)
    if len(devices) > DEVICES:
        del devices[min(devices, key=lambda device: (devices[device].last_seen, device))]
