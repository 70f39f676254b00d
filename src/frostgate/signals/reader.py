"""Reads the signals of an event: fields, place, network, device, journey, habits, windows, in catalogue order.

Reading has a side effect, on purpose: the windows observe the event, so that a rule on `window.messages > 100`
is judged with this message included. So each event is read once, and a second reading would count it twice.
What an account's profile learns comes later, with `learn`, when the verdict is known. Messages are the exception: what
somebody is used to write is counted like a window, whatever the verdict.

The same events in the same order give the same values, on every machine: no clock is asked and nothing is
random. One thread owns a reader, its windows and its profiles.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from frostgate.directory.declared import NOTHING_DECLARED, Declared
from frostgate.events.model import Data, Event, EventType, Login, Message
from frostgate.signals.address import block, line
from frostgate.signals.catalogue import (
    ACCOUNT,
    ADDRESS,
    DEVICE,
    EXPECTED,
    HABITS,
    MACHINES,
    PROFILE,
    TRAVEL,
    has,
    window_problems,
)
from frostgate.signals.entities import Entities, Row
from frostgate.signals.geo import Place
from frostgate.signals.habits import Habits
from frostgate.signals.model import NOT_SENT, Unknown, Value, Window
from frostgate.signals.network import suspicious
from frostgate.signals.profile import NOBODY, Profiles
from frostgate.signals.reading import AccountKey, Part, Read, Values, write_reading
from frostgate.signals.recent import Recent
from frostgate.signals.travel import NO_CITY, Located, Travel
from frostgate.signals.windows import AnyWindow, SnapshotRefused, open_window

NOT_DECLARED = Unknown("not_declared")
TRUSTED_NETWORK = Unknown("trusted_network")  # says nothing of where the person is

# Every 256 readings the keepers look for what no longer matters: in 16 rows of a kind, and in two more for each one
# that was new, so that the search keeps ahead of the growth and a quiet kind costs next to nothing.
_SWEEP_EVERY, _SWEEP_AT_LEAST = 256, 16
_REMEMBERED = 65_536


class Locates(Protocol):
    """Says where an address is: `geo.Places`, or a table in a test."""

    def locate(self, ip: str) -> Place | Unknown: ...


class Classifies(Protocol):
    """Says what kind of network an address belongs to: `network.Networks`, or a table in a test."""

    def kind(self, ip: str) -> str | Unknown: ...


class _Address(NamedTuple):
    """What an address says by itself, whoever uses it."""

    values: Values  # of `catalogue.ADDRESS`, but the last
    behind: Values  # its line and its block
    place: Place | Unknown


class SignalReader:
    """Knows one policy's windows and reads the signals of every event type."""

    def __init__(
        self,
        windows: Sequence[Window],
        *,
        places: Locates,
        networks: Classifies,
        declared: Declared = NOTHING_DECLARED,
    ) -> None:
        for window in windows:
            problems = window_problems(window)
            assert not problems, f"BUG: window {window.name} was not checked: {problems}"
        self._places = places
        self._networks = networks
        self._declared = declared
        self._accounts = Entities()
        self._entities = {"account": self._accounts} | {w.by: Entities() for w in windows if w.by != "account"}
        self.profiles = Profiles(self._accounts)
        self._habits = Habits(self._accounts)
        self._windows = {window.name: open_window(window, self._entities[window.by]) for window in windows}
        assert len(self._windows) == len(windows), "BUG: two windows of one name"
        self._addresses: Recent[str, _Address] = Recent(self._address, size=_REMEMBERED)
        self._plans = {on: self._plan(on) for on in EventType}
        self._reads = 0
        self._sizes = dict.fromkeys(self._entities, 0)

    def read(self, event: Event) -> Values:
        """The event's values in the order of `catalogue(event.type, windows)`; counts it in the windows."""
        self._reads += 1
        if not self._reads % _SWEEP_EVERY:
            # The time at which it reached us: by our own clock, so no sender's clock can age other entities.
            self.sweep(event.received_at.timestamp())
        return self._plans[event.type](event)

    def learn(self, event: Event, *, frozen: bool) -> None:
        """Tell the profiles how the event was judged; to be called once for each event that was read.

        Only logins teach anything yet. A replay that judges without consequences passes `frozen=False`.
        """
        data = event.data
        if isinstance(data, Login) and data.outcome == "success" and not frozen:
            known = self._addresses[data.ip]
            place = self._place_of(event.tenant_id, data.ip, known)
            self.profiles.learn(event, place, network=known.behind[1], hides=known.values[-1] is True, frozen=frozen)

    def forget(self, event: Event) -> None:
        """Forget what a sign-in that was not the holder's may have taught; their own are to be learned again after."""
        if isinstance(event.data, Login):
            known = self._addresses[event.data.ip]
            place = self._place_of(event.tenant_id, event.data.ip, known)
            self.profiles.forget(event, place, network=known.behind[1])

    def sweep(self, now: float) -> int:
        """Let the windows forget some idle entities; how many were forgotten. `read` calls it often enough."""
        forgotten = 0
        for name, entities in self._entities.items():
            grown = max(0, len(entities) - self._sizes[name])
            forgotten += entities.sweep(now, at_most=_SWEEP_AT_LEAST + 2 * grown)
            self._sizes[name] = len(entities)
        return forgotten

    def dump(self) -> dict[str, bytes]:
        """A snapshot of each window and of the profiles, by name and fingerprint."""
        return {name: part.dump() for name, part in self._parts().items()}

    def load(self, snapshots: Mapping[str, bytes]) -> tuple[str, ...]:
        """Go on from snapshots; the names of those that were not taken in, to be logged.

        A window that was changed, or whose snapshot is damaged, starts from nothing: a policy that counts
        afresh for an hour does less harm than a server that does not start.
        """
        parts = self._parts()
        left = []
        for name, snapshot in snapshots.items():
            try:
                if name in parts:
                    parts[name].load(snapshot)
                else:
                    left.append(name)
            except SnapshotRefused:
                left.append(name)
        return tuple(left)

    def _parts(self) -> dict[str, AnyWindow | Profiles | Habits]:
        parts: dict[str, AnyWindow | Profiles | Habits] = {
            f"window.{name}@{window.fingerprint}": window for name, window in self._windows.items()
        }
        parts[f"profiles@{self.profiles.fingerprint}"] = self.profiles
        parts[f"habits@{self._habits.fingerprint}"] = self._habits
        return parts

    def _plan(self, on: EventType) -> Read:
        """How events of one type are read."""
        windows = [window for window in self._windows.values() if window.spec.on == on]
        return write_reading(on, self._derived(on), windows, self._entities, self._behind)

    def _derived(self, on: EventType) -> list[tuple[Collection[str], Part]]:
        """The derived signals, in the order of `catalogue.derived`, and what reads them."""
        parts: list[tuple[Collection[str], Part]] = []
        if has(on, "ip"):
            parts.append((ADDRESS, self._read_address))
        if has(on, "device"):
            parts.append((DEVICE, self._read_device))
        if on is EventType.LOGIN:
            parts.append((TRAVEL | EXPECTED, self._read_travel))
        if on is EventType.MESSAGE:
            parts.append((HABITS, self._read_habits))
        parts.append((ACCOUNT | PROFILE, self._read_machine) if on in MACHINES else (ACCOUNT, self._read_kind))
        return parts

    def _behind(self, ip: str | None) -> Values:
        return _NOTHING_BEHIND if ip is None else self._addresses[ip].behind

    def _address(self, ip: str) -> _Address:
        place, kind = self._places.locate(ip), self._networks.kind(ip)
        hidden: Value = kind if isinstance(kind, Unknown) else suspicious(kind)
        behind = (line(ip), block(ip))
        if isinstance(place, Unknown):
            return _Address((False, place, place, kind, hidden), behind, place)
        city: Value = NO_CITY if place.city is None else place.city
        return _Address((place.city is not None, place.country, city, kind, hidden), behind, place)

    def _place_of(self, tenant_id: str, ip: str, known: _Address) -> Place | Unknown:
        """Where a person signs in from, as far as the address tells: a network of the tenant's own tells nothing."""
        return TRUSTED_NETWORK if self._declared.is_trusted(tenant_id, ip) else known.place

    def _read_address(self, data: Data, account: AccountKey, _row: Row, _: float) -> Values:
        ip = data.ip  # type: ignore[union-attr]  # only planned for events that have one
        if ip is None:
            return _NO_ADDRESS
        return (*self._addresses[ip].values, self._declared.is_trusted(account[0], ip))

    def _read_kind(self, _data: Data, account: AccountKey, _row: Row, _: float) -> Values:
        return (self._declared.kind(*account),)

    def _read_machine(self, data: Data, account: AccountKey, _row: Row, _: float) -> Values:
        """The values of `catalogue.ACCOUNT` and `catalogue.PROFILE`."""
        kind, profile = self._declared.machine(*account)
        if profile is None:
            return (kind, *_NO_PROFILE)
        declared = (profile.messages_a_minute, profile.recipients_an_hour, profile.api_calls_a_minute)
        ip = data.ip  # type: ignore[union-attr]  # machines' events have one
        covered = NOT_SENT if ip is None else self._declared.works_from(*account, ip)
        return (kind, True, *(NOT_DECLARED if number is None else number for number in (*declared, covered)))

    def _read_habits(self, data: Data, _account: AccountKey, row: Row, at: float) -> Values:
        """The values of `catalogue.HABITS`."""
        assert isinstance(data, Message), "BUG: habits are read for messages"
        likeness, template, variation, rest, new = self._habits.observe_in(row, data, at)
        known = likeness.__class__ is not Unknown, template.__class__ is not Unknown
        return (fan_out(data), known[0], likeness, known[1], template, variation, rest, new)

    def _read_device(self, data: Data, _account: AccountKey, row: Row, _: float) -> Values:
        device = data.device  # type: ignore[union-attr]  # only planned for events that have one
        if device is None:
            return (False, NOT_SENT)
        return (True, (row[self.profiles.place] or NOBODY).knows_device(device))

    def _read_travel(self, data: Data, key: AccountKey, row: Row, at: float) -> Values:
        """The values of `catalogue.TRAVEL` and `catalogue.EXPECTED`."""
        assert isinstance(data, Login), "BUG: travel is read for logins"
        tenant_id, profile, known = key[0], row[self.profiles.place] or NOBODY, self._addresses[data.ip]
        allowed = self._declared.allowlist(tenant_id, data.ip)
        allowlist = (False, True) if allowed is None else (True, allowed)
        client = (
            profile.knows_network(known.behind[1]),
            *profile.agent(data.user_agent),
            profile.has_devices(),
            data.second_factor is True,
        )
        place = self._place_of(tenant_id, data.ip, known)
        if isinstance(place, Unknown):
            return (*(place,) * len(TRAVEL), place, *client, False, *allowlist)
        usual = profile.is_usual(place.country, at)
        if place.city is None:
            way: Travel | Unknown = NO_CITY
        else:
            way = profile.journey(Located(place=place, at=at, ip=data.ip, device=data.device))
        if isinstance(way, Unknown):
            covers = self._declared.travelling(*key, at, place.country, place.city)
            return (*(way,) * len(TRAVEL), usual, *client, covers, *allowlist)
        end = way.end.place  # where the journey leads: of a sign-in that came late, that may be the later neighbour
        covers = self._declared.travelling(*key, way.end.at, end.country, end.city)
        told = (way.km, way.least_km, way.least_kmh, way.hours, way.origin, way.destination, way.is_abroad)
        return (*told, usual, *client, covers, *allowlist)


_NO_ADDRESS: Values = (NOT_SENT,) * len(ADDRESS)
_NOTHING_BEHIND: Values = (NOT_SENT, NOT_SENT)
_NO_PROFILE: Values = (False, *(NOT_DECLARED,) * (len(PROFILE) - 1))


def fan_out(data: Message) -> int | Unknown:
    """How many people a message goes to: the named ones, or the number given; a private talk has one other."""
    if data.recipients:
        return len(data.recipients)
    if data.recipient_count is not None:
        return data.recipient_count
    if data.conversation_kind == "private":
        return 1
    return NOT_SENT if data.recipients is None else 0
