"""The examples beside a policy: small histories whose last event a rule must, or must not, match.

A file is a list of events in their order: `{at: "2026-03-01T08:00:00Z", type: login, data: {...}}`. Floods are written
once: `repeat: 200, over: 60s` spreads that many events evenly over the time, and `{n}` in their texts counts from 1.
An entry `{declare: {...}}` says what the tenant and its holders declared: trips, trusted and allowed networks, and what
bots and services are for.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import msgspec
import yaml

from frostgate.base.model import SYSTEM
from frostgate.base.wire import prepared
from frostgate.directory.declared import NOTHING_DECLARED, Declared
from frostgate.directory.profiles.model import Profile
from frostgate.directory.trips.countries import COUNTRIES
from frostgate.directory.trips.model import State, Trip, TripPlace
from frostgate.events.model import DATA, Data, Event, EventType
from frostgate.rules.judge import ALLOWED, Judge
from frostgate.rules.model import TURNED_AWAY, Judgement, Verdict
from frostgate.rules.problems import PolicyProblem, PolicyRefused
from frostgate.rules.reading import Reader, Unreadable
from frostgate.signals.model import Value


class Reads(Protocol):
    """Reads the signals of events and remembers them for the next: `signals.reader.SignalReader`."""

    def read(self, event: Event) -> tuple[Value, ...]: ...

    def learn(self, event: Event, *, frozen: bool) -> None: ...


MOST_EVENTS = 10_000
TENANT = "example"


class _Trip(msgspec.Struct, forbid_unknown_fields=True):
    account: str
    places: list[str]  # DE, or DE/Berlin
    starts: Annotated[datetime, msgspec.Meta(tz=True)]
    ends: Annotated[datetime, msgspec.Meta(tz=True)]


class _Machine(msgspec.Struct, forbid_unknown_fields=True):
    kind: Literal["bot", "service"]
    messages_a_minute: int | None = None
    recipients_an_hour: int | None = None
    api_calls_a_minute: int | None = None
    networks: tuple[str, ...] = ()


@prepared
class _Declaration(msgspec.Struct, forbid_unknown_fields=True):
    """What one `declare` entry says."""

    trips: list[_Trip] = []
    trusted: list[str] = []
    allowed: list[str] | None = None  # None: no allowlist is enforced
    machines: dict[str, _Machine] = {}


class History(msgspec.Struct, frozen=True):
    """The events of one example in their order, and what was declared."""

    events: tuple[Event, ...]
    declared: Declared


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one example."""

    rule: str
    example: str
    file: str
    expected: bool  # whether the rule must match the last event
    matched: bool
    undecided: bool  # an unknown signal kept the rule from an answer; that is no match either
    values: Mapping[str, str]  # what the rule read of the last event, for people

    @property
    def ok(self) -> bool:
        """Whether the rule did what its author promised."""
        return self.matched == self.expected


def check_examples(
    judge: Judge, folder: Path, fresh_reader: Callable[[Declared], Reads], language: str = "en"
) -> list[Outcome]:
    """Try every rule of the judge's policy on its examples, each with a reader that knows what is declared in it alone.

    Raises:
        PolicyRefused: an example file cannot be read, or its last event is of another type than the rule's.
    """
    outcomes = []
    for rule in judge.policy.rules:
        for examples, expected in ((rule.matches, True), (rule.stays_away, False)):
            for example in examples:
                told = history(folder / example.file, ends_on=rule.on)
                values, judgement = _live(judge, fresh_reader(told.declared), told.events)
                outcome = Outcome(
                    rule=rule.id,
                    example=example.name,
                    file=example.file,
                    expected=expected,
                    matched=any(hit.rule == rule.id for hit in judgement.hits),
                    undecided=rule.id in judgement.undecided,
                    values=judge.shown(rule, values, language),
                )
                outcomes.append(outcome)
    return outcomes


def _live(judge: Judge, reader: Reads, events: tuple[Event, ...]) -> tuple[tuple[Value, ...], Judgement]:
    """Judge a history, learning from each event; the last one's values and judgement.

    Nothing is held: whoever was asked for a proof is taken to have given it, and only what was frozen or turned away
    teaches nothing.
    """
    values: tuple[Value, ...] = ()
    judgement = ALLOWED
    for event in events:
        values = reader.read(event)
        judgement = judge.judge(event.type, values)
        reader.learn(event, frozen=judgement.verdict is Verdict.FREEZE or judgement.verdict in TURNED_AWAY)
    return values, judgement


def history(path: Path, *, ends_on: EventType | None = None) -> History:
    """What one example file tells: at least one event, ordered by time.

    Raises:
        PolicyRefused: with every problem of the file.
    """
    problems: list[PolicyProblem] = []
    events: list[Event] = []
    declared = NOTHING_DECLARED
    try:
        reader = Reader(path.read_bytes(), path.name, problems)
        root = reader.root()
        for node in reader.items(root, "an example file"):
            if _is_declaration(node):
                if declared is not NOTHING_DECLARED:
                    reader.wrong(node, "examples.bad_data", "everything that is declared stands in one entry")
                declared = _declared(reader, node)
            else:
                events += _events(reader, node, len(events))
        if not events and not problems:
            reader.wrong(root, "examples.empty", "an example needs at least one event")
        if events and ends_on and events[-1].type is not ends_on:
            message = f"the last event is a {events[-1].type}, and the rule is about {ends_on}"
            reader.wrong(root, "examples.wrong_type", message)
        if any(earlier.time > later.time for earlier, later in pairwise(events)):
            reader.wrong(root, "examples.order", "the events must stand in the order of their times")
    except Unreadable:
        pass
    except OSError as error:
        message = f"the example cannot be read: {error.strerror}"
        problems.append(PolicyProblem(path=path.name, line=1, column=1, code="examples.no_file", message=message))
    if problems:
        raise PolicyRefused(problems)
    return History(tuple(events), declared)


def _is_declaration(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and [key.value for key, _ in node.value] == ["declare"]


def _declared(reader: Reader, node: yaml.Node) -> Declared:
    """What a `declare` entry stands for."""
    ((_, body),) = node.value
    try:
        told = msgspec.convert(_plain(body, ""), _Declaration, strict=False)
        return Declared.of(
            trusted={TENANT: told.trusted},
            allowed={} if told.allowed is None else {TENANT: told.allowed},
            trips=map(_trip, told.trips),
            kinds={(TENANT, account): machine.kind for account, machine in told.machines.items()},
            profiles=[_profile(name, each) for name, each in told.machines.items() if each != _Machine(each.kind)],
        )
    except (msgspec.ValidationError, ValueError) as error:
        reader.wrong(body, "examples.bad_data", f"this cannot be declared: {error}")
        return NOTHING_DECLARED


def _trip(trip: _Trip) -> Trip:
    if trip.ends <= trip.starts:
        raise ValueError("a trip ends after it begins")
    return Trip(
        id=trip.account,
        tenant_id=TENANT,
        account_id=trip.account,
        places=tuple(map(_place, trip.places)),
        starts_at=trip.starts,
        ends_at=trip.ends,
        state=State.APPROVED,
        declared_by=SYSTEM,
        declared_at=trip.starts,
    )


def _place(name: str) -> TripPlace:
    country, _, city = name.partition("/")
    if country not in COUNTRIES:
        raise ValueError(f"there is no country {country}; write DE or DE/Berlin")
    return TripPlace(country=country, city=city or None)


def _profile(account: str, machine: _Machine) -> Profile:
    return Profile(
        tenant_id=TENANT,
        account_id=account,
        purpose="example",
        messages_a_minute=machine.messages_a_minute,
        recipients_an_hour=machine.recipients_an_hour,
        api_calls_a_minute=machine.api_calls_a_minute,
        networks=machine.networks,
        declared_by=SYSTEM,
        declared_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _events(reader: Reader, node: yaml.Node, before: int) -> list[Event]:
    """The events that one entry stands for."""
    parts = reader.fields(node, "an event", ("at", "type", "data"), ("repeat", "over"))
    at = _time(reader, parts.get("at"))
    kind = reader.one_of(parts.get("type"), "event type", tuple(EventType), "examples.unknown_event")
    over = reader.duration(parts.get("over"), "over", most=30 * 86_400) or 0
    repeat = reader.word(parts.get("repeat"), "repeat") or "1"
    if not repeat.isdecimal() or not 1 <= int(repeat) <= MOST_EVENTS:
        reader.wrong(parts["repeat"], "policy.wrong_type", f"repeat is a number from 1 to {MOST_EVENTS}")
        return []
    if at is None or kind is None or "data" not in parts:
        return []
    events = []
    for n in range(1, int(repeat) + 1):
        time = at + timedelta(seconds=over) * (n - 1) / int(repeat)
        try:
            data = msgspec.convert(_plain(parts["data"], str(n)), DATA[EventType(kind)], strict=False)
        except msgspec.ValidationError as error:
            reader.wrong(parts["data"], "examples.bad_data", f"this is no {kind}: {error}")
            return []
        events.append(_event(EventType(kind), time, data, number=before + n))
    return events


def _event(kind: EventType, time: datetime, data: Data, *, number: int) -> Event:
    return Event(
        tenant_id=TENANT,
        source="/examples",
        id=str(number),
        type=kind,
        time=time,
        received_at=time,
        data=data,
    )


def _plain(node: yaml.Node, n: str) -> Any:
    """The plain value of a node; every scalar stays text, and the event's own types say what it is."""
    if isinstance(node, yaml.MappingNode):
        return {_plain(key, n): _plain(value, n) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, n) for item in node.value]
    return str(node.value).replace("{n}", n)


def _time(reader: Reader, node: yaml.Node | None) -> datetime | None:
    word = reader.word(node, "at")
    if node is None or word is None:
        return None
    try:
        time = datetime.fromisoformat(word)
    except ValueError:
        reader.wrong(node, "examples.bad_time", f"{word} is no time", 'write "2026-03-01T08:00:00Z"')
        return None
    if time.tzinfo is None:
        reader.wrong(node, "examples.bad_time", f"{word} names no time zone", "end it with Z for UTC")
        return None
    return time.astimezone(UTC)
