"""What we remember of each account: where it was, and which devices are its own.

Only a *successful* sign-in says where an account was: a failed one says where somebody else tried. And only a
sign-in that was let in teaches anything. One that was frozen is set aside: its place does not become the
account's last place and its device not a known one, or else the attacker's second try would look like home.
When a reviewer releases the hold as a mistake, `teach` takes in what was set aside.

Logins may reach us late. So an account keeps its latest four places in the order of event times, and a login
is compared with its real neighbours: the nearest earlier sign-in and, when it came late, the nearest later
one too; the faster journey of the two is the one that is read. A login older than all four is compared with
the oldest of them only.

Accounts, not addresses, take up memory here: a failed sign-in creates nothing. One thread owns it.
"""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

import msgspec

from frostgate.events.model import Event, Login
from frostgate.signals.geo import Place
from frostgate.signals.model import Unknown
from frostgate.signals.travel import Located, Travel, travel
from frostgate.signals.windows import SnapshotRefused

PLACES: Final = 4
DEVICES: Final = 50

AccountKey = tuple[str, str]  # tenant_id, account


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device that the account signed in with; times in seconds since 1970."""

    first_seen: float
    last_seen: float


class SignIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A successful sign-in that was refused, waiting for a reviewer."""

    at: float
    ip: str
    device: str | None = None
    place: Place | None = None


class Profile(msgspec.Struct, omit_defaults=True):
    """One account's memory."""

    places: list[Located] = []  # the latest, in the order of event times
    devices: dict[str, Device] = {}
    set_aside: list[SignIn] = []  # the latest refused


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

    def observe(self, key: AccountKey, sign_in: SignIn) -> None:
        """Take in a sign-in that was let in: its device is known from now on, and the account was there."""
        profile = self._profiles.get(key)
        if profile is None:
            profile = self._profiles[key] = Profile()
        if sign_in.device is not None:
            _know(profile.devices, sign_in.device, sign_in.at)
        place = sign_in.place
        if place is None or place.city is None:  # a country is no place to travel from
            return
        located = Located(place=place, at=sign_in.at, ip=sign_in.ip, device=sign_in.device)
        profile.places.insert(bisect_right(profile.places, located.at, key=_at), located)
        del profile.places[:-PLACES]

    def learn(self, event: Event, place: Place | Unknown, *, frozen: bool) -> None:
        """Take in a judged event: a successful login that was let in, or set it aside when it was frozen.

        A replay that judges without consequences passes `frozen=False` for every event, so that each
        sign-in is compared with the one before it.
        """
        data = event.data
        if not isinstance(data, Login) or data.outcome != "success":
            return
        key = (event.tenant_id, data.account)
        sign_in = SignIn(
            at=event.time.timestamp(),
            ip=data.ip,
            device=data.device,
            place=place if isinstance(place, Place) else None,
        )
        if not frozen:
            self.observe(key, sign_in)
            return
        profile = self._profiles.setdefault(key, Profile())
        profile.set_aside.append(sign_in)
        del profile.set_aside[:-PLACES]

    def teach(self, tenant_id: str, account: str, device: str | None, *, at: float) -> int:
        """A reviewer says that refused sign-ins with `device` were the holder's own; how many were taken in.

        Their places become known, at their own times, and their device (unless they sent none: `None`). A
        device whose sign-ins are no longer set aside is known all the same, from `at` (seconds since 1970).
        """
        key = (tenant_id, account)
        profile = self._profiles.setdefault(key, Profile())
        mine = [sign_in for sign_in in profile.set_aside if sign_in.device == device]
        profile.set_aside = [sign_in for sign_in in profile.set_aside if sign_in.device != device]
        for sign_in in mine:
            self.observe(key, sign_in)
        if device is not None and not mine:
            _know(profile.devices, device, at)
        return len(mine)

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


def _know(devices: dict[str, Device], name: str, at: float) -> None:
    """Note a device; beyond the bound, the one that was not seen for the longest time is forgotten."""
    known = devices.get(name)
    if known is not None:
        devices[name] = Device(first_seen=min(known.first_seen, at), last_seen=max(known.last_seen, at))
        return
    if len(devices) >= DEVICES:
        del devices[_least_recent(devices.items())]
    devices[name] = Device(first_seen=at, last_seen=at)


def _least_recent(devices: Iterable[tuple[str, Device]]) -> str:
    return min(devices, key=lambda item: item[1].last_seen)[0]
