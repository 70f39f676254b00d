"""Reads the signals of an event: fields, place, network, device, journey, habits, windows, in catalogue order.

Reading has a side effect, on purpose: the windows observe the event, so that a rule on `window.messages > 100`
is judged with this message included. So each event is read once, and a second reading would count it twice.
What an account's profile learns comes later, with `learn`, when the verdict is known. Messages are the exception: what
somebody is used to write is counted like a window, whatever the verdict.

The same events in the same order give the same values, on every machine: no clock is asked and nothing is
random. One thread owns a reader, its windows and its profiles.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Protocol

from frostgate.directory.declared import NOTHING_DECLARED, Declared
from frostgate.events.model import Data, Event, EventType, Login, Message
from frostgate.signals.address import block, line
from frostgate.signals.catalogue import ADDRESS, MACHINES, PROFILE, TRAVEL, fields, has, window_problems
from frostgate.signals.counting import AccountKey, Count, Values, write_counting
from frostgate.signals.entities import Entities
from frostgate.signals.geo import Place
from frostgate.signals.habits import Habits
from frostgate.signals.model import Unknown, Value, Window
from frostgate.signals.network import suspicious
from frostgate.signals.profile import Profiles
from frostgate.signals.recent import Recent
from frostgate.signals.travel import NO_CITY, Located
from frostgate.signals.windows import AnyWindow, SnapshotRefused, open_window

NOT_SENT = Unknown("not_sent")
NOT_DECLARED = Unknown("not_declared")
TRUSTED_NETWORK = Unknown("trusted_network")  # says nothing of where the person is

# Every 256 readings the windows look for idle entities: at 64 of a kind, and at two more for each one that was new, so
# that the search keeps ahead of the growth and a quiet window costs next to nothing.
_SWEEP_EVERY, _SWEEP_AT_LEAST = 256, 64
_REMEMBERED = 65_536

_Part = Callable[[Data, AccountKey, float], Values]


class Locates(Protocol):
    """Says where an address is: `geo.Places`, or a table in a test."""

    def locate(self, ip: str) -> Place | Unknown: ...


class Classifies(Protocol):
    """Says what kind of network an address belongs to: `network.Networks`, or a table in a test."""

    def kind(self, ip: str) -> str | Unknown: ...


class SignalReader:
    """Knows one policy's windows and reads the signals of every event type."""

    def __init__(
        self,
        windows: Sequence[Window],
        *,
        places: Locates,
        networks: Classifies,
        profiles: Profiles,
        habits: Habits,
        declared: Declared = NOTHING_DECLARED,
    ) -> None:
        for window in windows:
            problems = window_problems(window)
            assert not problems, f"BUG: window {window.name} was not checked: {problems}"
        self._places = places
        self._networks = networks
        self._profiles = profiles
        self._habits = habits
        self._declared = declared
        self._entities = {(window.on, window.by): Entities() for window in windows}
        self._windows = {window.name: open_window(window, self._entities[window.on, window.by]) for window in windows}
        assert len(self._windows) == len(windows), "BUG: two windows of one name"
        self._addresses: Recent[str, tuple[Values, Values]] = Recent(self._address, size=_REMEMBERED)
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
        if isinstance(data, Login):
            (*_, hidden), (_, network) = self._addresses[data.ip]
            place = self._place_of(event.tenant_id, data.ip)
            self._profiles.learn(event, place, network=network, hides=hidden is True, frozen=frozen)

    def sweep(self, now: float) -> int:
        """Let the windows forget some idle entities; how many were forgotten. `read` calls it often enough."""
        forgotten = 0
        for name, entities in self._entities.items():
            grown = max(0, len(entities) - self._sizes[name])
            forgotten += entities.sweep(now, at_most=_SWEEP_AT_LEAST + 2 * grown)
            self._sizes[name] = len(entities)
        return forgotten + self._habits.sweep(now, at_most=_SWEEP_AT_LEAST)

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
        parts[f"profiles@{self._profiles.fingerprint}"] = self._profiles
        parts[f"habits@{self._habits.fingerprint}"] = self._habits
        return parts

    def _plan(self, on: EventType) -> Callable[[Event], Values]:
        """All that can be settled before the first event: which fields, which parts, which windows."""
        get: Callable[[Data], tuple[Any, ...]] = attrgetter(*fields(on))
        parts = self._derived(on)
        count = self._counting(on)
        addresses, named = self._addresses, has(on, "ip")

        def read(event: Event) -> Values:
            data = event.data
            values = get(data)
            if None in values:
                values = tuple([NOT_SENT if value is None else value for value in values])
            at = event.time.timestamp()
            account = (event.tenant_id, data.account)
            for part in parts:
                values += part(data, account, at)
            if count is None:
                return values
            ip = data.ip if named else None  # type: ignore[union-attr]  # `named` says that they have one
            return values + count(data, account, at, values, _NOTHING_BEHIND if ip is None else addresses[ip][1])

        return read

    def _derived(self, on: EventType) -> list[_Part]:
        """The parts between fields and windows, in the order of `catalogue.derived`."""
        parts: list[_Part] = []
        if has(on, "ip"):
            parts.append(self._read_address)
        if has(on, "device"):
            parts.append(self._read_device)
        if on is EventType.LOGIN:
            parts.append(self._read_travel)
        if on is EventType.MESSAGE:
            parts.append(self._read_habits)
        parts.append(self._read_machine if on in MACHINES else self._read_kind)
        return parts

    def _address(self, ip: str) -> tuple[Values, Values]:
        """Of one address: the values of `catalogue.ADDRESS` but the last; the line and the block behind it."""
        place, kind = self._places.locate(ip), self._networks.kind(ip)
        hidden: Value = kind if isinstance(kind, Unknown) else suspicious(kind)
        behind = (line(ip), block(ip))
        if isinstance(place, Unknown):
            return (False, place, place, kind, hidden), behind
        city: Value = NO_CITY if place.city is None else place.city
        return (place.city is not None, place.country, city, kind, hidden), behind

    def _place_of(self, tenant_id: str, ip: str) -> Place | Unknown:
        """Where a person signs in from, as far as the address tells: a network of the tenant's own tells nothing."""
        return TRUSTED_NETWORK if self._declared.is_trusted(tenant_id, ip) else self._places.locate(ip)

    def _read_address(self, data: Data, account: AccountKey, _: float) -> Values:
        ip = data.ip  # type: ignore[union-attr]  # only planned for events that have one
        if ip is None:
            return _NO_ADDRESS
        return (*self._addresses[ip][0], self._declared.is_trusted(account[0], ip))

    def _read_kind(self, _data: Data, account: AccountKey, _: float) -> Values:
        return (self._declared.kind(*account),)

    def _read_machine(self, data: Data, account: AccountKey, _: float) -> Values:
        """The values of `catalogue.ACCOUNT` and `catalogue.PROFILE`."""
        kind, profile = self._declared.machine(*account)
        if profile is None:
            return (kind, *_NO_PROFILE)
        declared = (profile.messages_a_minute, profile.recipients_an_hour, profile.api_calls_a_minute)
        ip = data.ip  # type: ignore[union-attr]  # machines' events have one
        covered = NOT_SENT if ip is None else self._declared.works_from(*account, ip)
        return (kind, True, *(NOT_DECLARED if number is None else number for number in (*declared, covered)))

    def _read_habits(self, data: Data, account: AccountKey, at: float) -> Values:
        """The values of `catalogue.HABITS`."""
        assert isinstance(data, Message), "BUG: habits are read for messages"
        return (fan_out(data), *self._habits.observe(account, data, at))

    def _read_device(self, data: Data, account: AccountKey, _: float) -> Values:
        device = data.device  # type: ignore[union-attr]  # only planned for events that have one
        return (False, NOT_SENT) if device is None else (True, self._profiles.knows(account, device))

    def _read_travel(self, data: Data, key: AccountKey, at: float) -> Values:
        """The values of `catalogue.TRAVEL` and `catalogue.EXPECTED`."""
        assert isinstance(data, Login), "BUG: travel is read for logins"
        tenant_id = key[0]
        allowed = self._declared.allowlist(tenant_id, data.ip)
        allowlist = (False, True) if allowed is None else (True, allowed)
        client = (
            self._profiles.knows_network(key, self._addresses[data.ip][1][1]),
            *self._profiles.agent(key, data.user_agent),
            self._profiles.has_devices(key),
            data.second_factor is True,
        )
        place = self._place_of(tenant_id, data.ip)
        if isinstance(place, Unknown):
            return (*(place,) * len(TRAVEL), place, *client, False, *allowlist)
        usual = self._profiles.is_usual(key, place.country, at)
        here = Located(place=place, at=at, ip=data.ip, device=data.device)
        way = NO_CITY if place.city is None else self._profiles.journey(key, here)
        if isinstance(way, Unknown):
            covers = self._declared.travelling(*key, at, place.country, place.city)
            return (*(way,) * len(TRAVEL), usual, *client, covers, *allowlist)
        end = way.end.place  # where the journey leads: of a sign-in that came late, that may be the later neighbour
        covers = self._declared.travelling(*key, way.end.at, end.country, end.city)
        told = (way.km, way.least_km, way.least_kmh, way.hours, way.origin, way.destination, way.is_abroad)
        return (*told, usual, *client, covers, *allowlist)

    def _counting(self, on: EventType) -> Count | None:
        """How the windows on an event type observe it, or None where there are none."""
        windows = [window for window in self._windows.values() if window.spec.on == on]
        entities = {by: entities for (its, by), entities in self._entities.items() if its == on}
        return write_counting(on, windows, entities) if windows else None


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
