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

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

import msgspec

from frostgate.events.model import Event, Login
from frostgate.signals import familiar
from frostgate.signals.entities import Entities, Row
from frostgate.signals.familiar import AGENT, COUNTRY, DEVICE, NETWORK
from frostgate.signals.geo import Place
from frostgate.signals.model import Unknown
from frostgate.signals.travel import NO_EARLIER_PLACE, Located, Travel, travel
from frostgate.signals.windows import SnapshotRefused

PLACES: Final = 4
USUAL: Final = 90 * 86_400  # seconds for which a country counts as usual

AccountKey = tuple[str, str]  # tenant_id, account


class Profile(msgspec.Struct, array_like=True, gc=False):
    """One account's memory. It holds no cycles, so the collector need not walk a million."""

    places: tuple[Located, ...] = ()  # the latest, in the order of event times
    familiar: bytes = b""

    def knows_device(self, device: str) -> bool:
        """Whether the account signed in with this device before and was let in."""
        return familiar.knows(self.familiar, DEVICE, device)

    def has_devices(self) -> bool:
        """Whether we know any device of the account: then one that names none is odd."""
        return familiar.has(self.familiar, DEVICE)

    def is_usual(self, country: str, at: float) -> bool | Unknown:
        """Whether the account was let in from this country lately; unknown where we never saw it anywhere."""
        met = familiar.last_met(self.familiar, COUNTRY, country)
        if met is not None:
            return at - met <= USUAL
        return False if familiar.has(self.familiar, COUNTRY) else NO_EARLIER_PLACE

    def knows_network(self, network: object) -> bool | Unknown:
        """Whether the account was let in from this block of addresses before; unknown where it never was anywhere."""
        if isinstance(network, Unknown):
            return network
        if isinstance(network, str) and familiar.knows(self.familiar, NETWORK, network):
            return True
        return False if familiar.has(self.familiar, NETWORK) else NO_EARLIER_PLACE

    def agent(self, agent: str | None) -> tuple[bool, bool]:
        """Whether the account was let in with this User-Agent before, and whether it has others and not this one.

        Weak evidence, because many people have the same.
        """
        known = agent is not None and familiar.knows(self.familiar, AGENT, agent)
        return known, not known and familiar.has(self.familiar, AGENT)

    def journey(self, here: Located) -> Travel | Unknown:
        """The journey between a sign-in and its neighbours in time; of two, the one with the higher least speed.

        A failed try may be asked about as well: then it is the journey that somebody pretends.
        """
        places = self.places
        if not places or here.at >= places[-1].at:
            return travel(places[-1] if places else None, here)
        after = bisect_right(places, here.at, key=_at)
        earlier = travel(places[after - 1] if after else None, here)
        later = travel(here, places[after])
        if isinstance(earlier, Unknown) or isinstance(later, Unknown):
            return later if isinstance(earlier, Unknown) else earlier
        return later if later.least_kmh > earlier.least_kmh else earlier

    def learn(self, data: Login, place: Place | Unknown, *, network: object, hides: bool, at: float) -> None:
        """Take in a sign-in that was let in; `Profiles.learn` says what the rest means."""
        known = self.familiar
        if data.device is not None:
            known = familiar.met(known, DEVICE, data.device, at)
        if isinstance(network, str):
            known = familiar.met(known, NETWORK, network, at)
        if data.user_agent is not None:
            known = familiar.met(known, AGENT, data.user_agent, at)
        if isinstance(place, Place):
            known = familiar.met(known, COUNTRY, place.country, at)
            if place.city is not None and not hides:  # nor does anybody travel from a country
                self.places = _visited(self.places, Located(place=place, at=at, ip=data.ip, device=data.device))
        self.familiar = known

    def forget(self, data: Login, place: Place | Unknown, *, network: object, at: float) -> None:
        """Forget everything that a sign-in may have taught, whoever else taught it as well."""
        known = self.familiar
        for kind, name in (
            (DEVICE, data.device),
            (NETWORK, network),
            (AGENT, data.user_agent),
            (COUNTRY, place.country if isinstance(place, Place) else None),
        ):
            if isinstance(name, str):
                known = familiar.without(known, kind, name)
        self.familiar = known
        self.places = tuple(
            each for each in self.places if (each.at, each.ip, each.device) != (at, data.ip, data.device)
        )


NOBODY: Final = Profile()  # of whom we know nothing


_read_snapshot = msgspec.msgpack.Decoder(tuple[str, list[tuple[AccountKey, Profile]]]).decode


class Profiles:
    """The memory of all accounts, kept like a window: a place in the rows, dump, load, fingerprint."""

    fingerprint = "profiles-2"  # raised when the shape of a profile changes

    def __init__(self, entities: Entities | None = None) -> None:
        self._entities = Entities() if entities is None else entities
        self.place = self._entities.add(self)  # in every row

    def of(self, key: AccountKey) -> Profile:
        """What is known of an account; to be read only."""
        row = self._entities.find(key)
        return NOBODY if row is None else row[self.place] or NOBODY

    def is_strange(self, event: Event) -> bool:
        """Whether an event names a device with which its account never signed in before, as far as we know."""
        device = event.data.device if isinstance(event.data, Login) else None
        return device is not None and not self.of((event.tenant_id, event.data.account)).knows_device(device)

    def journey_of(self, event: Event, place: Place | Unknown) -> Travel | None:
        """The journey of a sign-in from that place; None without one. Ask before the sign-in is learned."""
        data = event.data
        if not isinstance(data, Login) or isinstance(place, Unknown):
            return None
        here = Located(place=place, at=event.time.timestamp(), ip=data.ip, device=data.device)
        way = self.of((event.tenant_id, data.account)).journey(here)
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
        row: Row = self._entities.row((event.tenant_id, data.account))
        profile = row[self.place]
        if profile is None:
            profile = row[self.place] = Profile()
        profile.learn(data, place, network=network, hides=hides, at=event.time.timestamp())

    def forget(self, event: Event, place: Place | Unknown, *, network: object = None) -> None:
        """Forget what a sign-in that was not the holder's may have taught; their own are to be learned again after."""
        data, row = event.data, self._entities.find((event.tenant_id, event.data.account))
        profile = None if row is None else row[self.place]
        if isinstance(data, Login) and profile is not None:
            profile.forget(data, place, network=network, at=event.time.timestamp())

    def forget_in(self, rows: Sequence[Row], now: float) -> None:
        """Forget nothing: who somebody is does not wear off."""

    def dump(self) -> bytes:
        """Everything that is known, for `load`."""
        return msgspec.msgpack.encode((self.fingerprint, self._entities.kept(self.place)))

    def load(self, snapshot: bytes) -> None:
        """Go on from a snapshot; what was known before is forgotten.

        Raises:
            SnapshotRefused: it is damaged or of another shape. Nothing has changed then.
        """
        try:
            taken_of, profiles = _read_snapshot(snapshot)
        except msgspec.DecodeError as problem:
            raise SnapshotRefused(problem=str(problem)) from problem
        if taken_of != self.fingerprint:
            raise SnapshotRefused(problem=f"taken of {taken_of}, not of {self.fingerprint}")
        self._entities.replace(self.place, profiles)


def _at(located: Located) -> float:
    return located.at


def _order(located: Located) -> tuple[float, str, str]:
    return located.at, located.ip, located.device or ""


def _visited(places: tuple[Located, ...], here: Located) -> tuple[Located, ...]:
    """The places with this one, which counts once; beyond the bound, the earliest is forgotten."""
    at = bisect_left(places, _order(here), key=_order)
    if at < len(places) and _order(places[at]) == _order(here):
        return places
    return (*places[:at], here, *places[at:])[-PLACES:]
