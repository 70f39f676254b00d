"""Reads the signals of an event: fields, place, network, device, journey, windows, in catalogue order.

Reading has a side effect, on purpose: the windows observe the event, so that a rule on `window.messages > 100`
is judged with this message included. So each event is read once, and a second reading would count it twice.
What an account's profile learns comes later, with `learn`, when the verdict is known.

The same events in the same order give the same values, on every machine: no clock is asked and nothing is
random. One thread owns a reader, its windows and its profiles.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Protocol

from frostgate.events.model import Data, Event, EventType, Login, Message
from frostgate.signals.address import line
from frostgate.signals.catalogue import ADDRESS, TRAVEL, countable, fields, has, window_problems
from frostgate.signals.entities import Entities, Key
from frostgate.signals.geo import Place
from frostgate.signals.model import SignalType, Unknown, Value, Window
from frostgate.signals.network import suspicious
from frostgate.signals.profile import Profiles
from frostgate.signals.recent import Recent
from frostgate.signals.travel import NO_CITY, Located
from frostgate.signals.windows import AnyWindow, Distinct, SnapshotRefused, open_window

NOT_SENT = Unknown("not_sent")

# Every 256 readings the windows look for idle entities: at 64 of a kind, and at two more for each one that was new, so
# that the search keeps ahead of the growth and a quiet window costs next to nothing.
_SWEEP_EVERY, _SWEEP_AT_LEAST = 256, 64
_REMEMBERED = 65_536

Values = tuple[Value, ...]
_Part = Callable[[Event, float], Values]
_Look = Callable[..., Value]
# Of one window: which key's row, how to observe, what of the event (None: only that it happened), whether the event
# counts (None: always), and how to look without counting.
_Step = tuple[int, _Look, Callable[[Data], Any] | None, Callable[[Data], bool] | None, _Look]


class Locates(Protocol):
    """Says where an address is: `geo.Places`, or a table in a test."""

    def locate(self, ip: str) -> Place | Unknown: ...


class Classifies(Protocol):
    """Says what kind of network an address belongs to: `network.Networks`, or a table in a test."""

    def kind(self, ip: str) -> str | Unknown: ...


class SignalReader:
    """Knows one policy's windows and reads the signals of every event type."""

    def __init__(self, windows: Sequence[Window], *, places: Locates, networks: Classifies, profiles: Profiles) -> None:
        for window in windows:
            problems = window_problems(window)
            assert not problems, f"BUG: window {window.name} was not checked: {problems}"
        self._places = places
        self._networks = networks
        self._profiles = profiles
        self._entities = {(window.on, window.by): Entities() for window in windows}
        self._windows = {window.name: open_window(window, self._entities[window.on, window.by]) for window in windows}
        assert len(self._windows) == len(windows), "BUG: two windows of one name"
        self._addresses: Recent[str, tuple[Values, str | Unknown]] = Recent(self._address, size=_REMEMBERED)
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
            self._profiles.learn(event, self._places.locate(data.ip), frozen=frozen)

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

    def _parts(self) -> dict[str, AnyWindow | Profiles]:
        parts: dict[str, AnyWindow | Profiles] = {
            f"window.{name}@{window.fingerprint}": window for name, window in self._windows.items()
        }
        return parts | {f"profiles@{self._profiles.fingerprint}": self._profiles}

    def _plan(self, on: EventType) -> Callable[[Event], Values]:
        """All that can be settled before the first event: which fields, which parts, which windows."""
        get: Callable[[Data], tuple[Any, ...]] = attrgetter(*fields(on))
        parts = self._derived(on)
        count = self._counting(on)

        def read(event: Event) -> Values:
            values = get(event.data)
            if None in values:
                values = tuple([NOT_SENT if value is None else value for value in values])
            at = event.time.timestamp()
            for part in parts:
                values += part(event, at)
            return values + count(event, at) if count else values

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
            parts.append(lambda event, _: (fan_out(event.data),))  # type: ignore[arg-type]
        return parts

    def _address(self, ip: str) -> tuple[Values, str | Unknown]:
        """The values of `catalogue.ADDRESS` for one address, and the line that windows count it for."""
        place, kind = self._places.locate(ip), self._networks.kind(ip)
        hidden: Value = kind if isinstance(kind, Unknown) else suspicious(kind)
        if isinstance(place, Unknown):
            return (False, place, place, kind, hidden), line(ip)
        city: Value = NO_CITY if place.city is None else place.city
        return (place.city is not None, place.country, city, kind, hidden), line(ip)

    def _read_address(self, event: Event, _: float) -> Values:
        ip = event.data.ip  # type: ignore[union-attr]  # only planned for events that have one
        return _NO_ADDRESS if ip is None else self._addresses[ip][0]

    def _read_device(self, event: Event, _: float) -> Values:
        data = event.data
        device = data.device  # type: ignore[union-attr]  # only planned for events that have one
        if device is None:
            return (False, NOT_SENT)
        return (True, self._profiles.knows((event.tenant_id, data.account), device))

    def _read_travel(self, event: Event, at: float) -> Values:
        data = event.data
        assert isinstance(data, Login), "BUG: travel is read for logins"
        place = self._places.locate(data.ip)
        if isinstance(place, Unknown):
            return (place,) * len(TRAVEL)
        here = Located(place=place, at=at, ip=data.ip, device=data.device)
        way = NO_CITY if place.city is None else self._profiles.journey((event.tenant_id, data.account), here)
        if isinstance(way, Unknown):
            return (way,) * len(TRAVEL)
        return (way.km, way.least_km, way.least_kmh, way.hours, way.origin, way.destination)

    def _counting(self, on: EventType) -> _Part | None:
        """How the windows on an event type observe it, or None where there are none."""
        windows = [window for window in self._windows.values() if window.spec.on == on]
        kept_for = list(dict.fromkeys(window.spec.by for window in windows))
        finders = [(self._key(by), self._entities[on, by].row) for by in kept_for]
        steps: list[_Step] = [_step(window, kept_for.index(window.spec.by)) for window in windows]

        def count(event: Event, at: float) -> Values:
            tenant_id, data = event.tenant_id, event.data
            rows: list[Any] = []
            for key_of, row_of in finders:
                key = key_of(tenant_id, data)
                rows.append(key if isinstance(key, Unknown) else row_of(key))
            values: list[Value] = []
            for index, observe, of, counts, peek in steps:
                row = rows[index]
                if row.__class__ is Unknown:
                    values.append(row)
                elif counts is not None and not counts(data):
                    values.append(peek(row, at))
                elif of is None:
                    values.append(observe(row, at))
                else:
                    told = of(data)
                    values.append(peek(row, at) if told is None else observe(row, at, told))
            return tuple(values)

        return count if windows else None

    def _key(self, by: str) -> Callable[[str, Any], Key | Unknown]:
        """How to find the entity that a window counts for; always within one tenant."""

        def address(tenant_id: str, data: Any) -> Key | Unknown:
            behind = NOT_SENT if data.ip is None else self._addresses[data.ip][1]
            return behind if isinstance(behind, Unknown) else (tenant_id, behind)

        def named(tenant_id: str, data: Any) -> Key | Unknown:
            name = get(data)
            return NOT_SENT if name is None else (tenant_id, name)

        if by == "tenant":
            return lambda tenant_id, _: (tenant_id,)
        if by == "account":
            return lambda tenant_id, data: (tenant_id, data.account)
        if by == "ip":
            return address
        get = attrgetter(by)
        return named


_NO_ADDRESS: Values = (NOT_SENT,) * len(ADDRESS)


def fan_out(data: Message) -> int | Unknown:
    """How many people a message goes to: the named ones, or the number given; a private talk has one other."""
    if data.recipients:
        return len(data.recipients)
    if data.recipient_count is not None:
        return data.recipient_count
    if data.conversation_kind == "private":
        return 1
    return NOT_SENT if data.recipients is None else 0


def _step(window: AnyWindow, key: int) -> _Step:
    """How one window takes an event. What the event does not tell adds nothing; then it is only looked at."""
    spec = window.spec
    lists = spec.of is not None and countable(spec.on)[spec.of] is SignalType.STRINGS
    observe: _Look = window.observe_all_in if isinstance(window, Distinct) and lists else window.observe_in
    of = None if spec.of is None else _told_fan_out if spec.of == "fan_out" else attrgetter(spec.of)
    return key, observe, of, _matcher(spec.where), window.peek_in


def _told_fan_out(data: Data) -> int | None:
    assert isinstance(data, Message), "BUG: fan-out is read for messages"
    number = fan_out(data)
    return None if isinstance(number, Unknown) else number


def _matcher(where: Mapping[str, Any]) -> Callable[[Data], bool] | None:
    """Whether an event's fields have the values that the window asks for; None when it asks for none."""
    if not where:
        return None
    if len(where) == 1:
        ((field, only),) = where.items()
        get_one = attrgetter(field)
        return lambda data: bool(get_one(data) == only)
    get, wanted = attrgetter(*where), tuple(where.values())
    return lambda data: bool(get(data) == wanted)
