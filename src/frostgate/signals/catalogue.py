"""The catalogue: every signal that rules on one event type may read, in the order in which values come.

The fields are derived from the event structs, so a new field is a new signal by itself. The reader prepares
its plan from the same lists (`fields`, `has`), which is why the two cannot disagree.
"""

import functools
import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import inspect

from frostgate.events.model import DATA, EventType
from frostgate.signals.model import Signal, SignalType, Window
from frostgate.signals.words import describe, describe_window

# What a window may be kept for, and what of an event names it; always within one tenant. `address` is the line behind
# an IP address and `network` the block around it, `template` what a message is like, whoever sends it.
BY: Final = {
    "account": ("account",),
    "ip": ("address",),
    "network": ("network",),
    "device": ("device",),
    "key": ("key",),
    "tenant": (),
    "template": ("template",),
    "account_at_ip": ("account", "address"),
}
LONGEST: Final = 31 * 86_400  # seconds; memory grows with the entities of two windows

ADDRESS: Final = {
    "geo.located": SignalType.BOOL,
    "geo.country": SignalType.STRING,
    "geo.city": SignalType.STRING,
    "network.kind": SignalType.STRING,
    "network.suspicious": SignalType.BOOL,
    "network.trusted": SignalType.BOOL,
}
DEVICE: Final = {"device.sent": SignalType.BOOL, "device.known": SignalType.BOOL}
TRAVEL: Final = {
    "travel.km": SignalType.DOUBLE,
    "travel.least_km": SignalType.DOUBLE,
    "travel.least_kmh": SignalType.DOUBLE,
    "travel.hours": SignalType.DOUBLE,
    "travel.from": SignalType.STRING,
    "travel.to": SignalType.STRING,
    "travel.abroad": SignalType.BOOL,
}
# What an account's history and its tenant's declarations say of a sign-in.
EXPECTED: Final = {
    "country.usual": SignalType.BOOL,
    "network.known": SignalType.BOOL,
    "agent.known": SignalType.BOOL,
    "agent.changed": SignalType.BOOL,
    "device.expected": SignalType.BOOL,
    "second_factor.passed": SignalType.BOOL,
    "trip.covers": SignalType.BOOL,
    "allowlist.enforced": SignalType.BOOL,
    "allowlist.covers": SignalType.BOOL,
}
HABITS: Final = {
    "message.fan_out": SignalType.INT,
    "message.likeness_known": SignalType.BOOL,
    "message.likeness": SignalType.DOUBLE,
    "message.template_known": SignalType.BOOL,
    "message.template": SignalType.STRING,
    "message.gap_variation": SignalType.DOUBLE,
    "message.longest_rest_hours": SignalType.DOUBLE,
    "message.new_recipients": SignalType.INT,
}
MACHINES: Final = frozenset({EventType.MESSAGE, EventType.API})  # what bots and services are declared to do
ACCOUNT: Final = {"account.kind": SignalType.STRING}
PROFILE: Final = {
    "profile.declared": SignalType.BOOL,
    "profile.messages_a_minute": SignalType.INT,
    "profile.recipients_an_hour": SignalType.INT,
    "profile.api_calls_a_minute": SignalType.INT,
    "profile.covers_address": SignalType.BOOL,
}
# What a window's `of` may name beside the fields: the part of the catalogue, or of what lies behind an address.
DERIVED_OF: Final = {
    EventType.LOGIN: {"country": "geo.country"},
    EventType.MESSAGE: {
        "fan_out": "message.fan_out",
        "template": "message.template",
        "new_recipients": "message.new_recipients",
    },
}

_COUNTS = {
    "count": SignalType.INT,
    "distinct": SignalType.INT,
    "sum": SignalType.DOUBLE,
    "rate": SignalType.DOUBLE,
}
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def catalogue(on: EventType, windows: Sequence[Window] = ()) -> dict[str, Signal]:
    """The signals of an event type by name: fields, derived signals, then the windows on that type."""
    types = {f"{on.value}.{name}": kind for name, kind in fields(on).items()} | derived(on)
    signals = {name: Signal(name=name, type=kind, says=describe(name)) for name, kind in types.items()}
    for window in windows:
        if window.on == on:
            name = f"window.{window.name}"
            signals[name] = Signal(name=name, type=_COUNTS[window.kind], says=describe_window(window))
    return signals


def fields(on: EventType) -> dict[str, SignalType]:
    """The fields of the event type's data in their order, with their types."""
    return {name: _signal_type(kind) for name, kind in _types(on).items()}


def has(on: EventType, field: str) -> bool:
    """Whether events of this type have such a field."""
    return field in DATA[on].__struct_fields__


def optional(on: EventType) -> frozenset[str]:
    """The fields that senders may leave out: they are None then."""
    return frozenset(field.name for field in _struct(on).fields if not field.required)


def derived(on: EventType) -> dict[str, SignalType]:
    """The derived signals of an event type, windows left out, in their order."""
    return {
        **(ADDRESS if has(on, "ip") else {}),
        **(DEVICE if has(on, "device") else {}),
        **(TRAVEL | EXPECTED if on is EventType.LOGIN else {}),
        **(HABITS if on is EventType.MESSAGE else {}),
        **(ACCOUNT | PROFILE if on in MACHINES else ACCOUNT),
    }


def window_problems(window: Window) -> list[str]:
    """What is wrong with a window, each as "`part`: sentence"; empty when it can be opened.

    Parts are the keys of the spec (name, by, kind, of, over, where.<field>), so that a policy parser can point.
    """
    problems = []
    if not _NAME.fullmatch(window.name):
        problems.append(f"name: `{window.name}` must be small letters, digits and _, a letter first")
    if not 1 <= window.over <= LONGEST:
        problems.append(f"over: must be between 1 and {LONGEST} seconds")
    if window.by not in BY:
        problems.append(f"by: `{window.by}` is none of {', '.join(BY)}")
    elif not all(_names(window.on, part) for part in BY[window.by]):
        problems.append(f"by: {window.on.value} events have no {window.by}")
    return problems + _of_problems(window) + _where_problems(window)


def _of_problems(window: Window) -> list[str]:
    if window.kind not in _COUNTS:
        return [f"kind: `{window.kind}` is none of {', '.join(_COUNTS)}"]
    if window.kind in ("count", "rate"):
        return [] if window.of is None else [f"of: a {window.kind} counts events and takes no `of`"]
    if window.of is None:
        return [f"of: a {window.kind} needs the field that it is of"]
    available = countable(window.on)
    if window.of not in available:
        return [f"of: {window.on.value} events have no `{window.of}`; there are {', '.join(available)}"]
    if window.kind == "sum" and available[window.of] is not SignalType.INT:
        return [f"of: a sum needs an int, and `{window.of}` is a {available[window.of].value}"]
    return []


def countable(on: EventType) -> dict[str, SignalType]:
    """What a window's `of` may name: the fields, some derived signals, and the network around an address."""
    signals = derived(on)
    more = {name: signals[signal] for name, signal in DERIVED_OF.get(on, {}).items()}
    return fields(on) | more | ({"network": SignalType.STRING} if has(on, "ip") else {})


def _names(on: EventType, part: str) -> bool:
    """Whether events of this type name such a thing."""
    if part in ("address", "network"):
        return has(on, "ip")
    return has(on, part) or part in DERIVED_OF.get(on, {})


def _where_problems(window: Window) -> list[str]:
    known = _types(window.on)
    problems = []
    for field, value in window.where.items():
        if field not in known:
            problems.append(f"where.{field}: {window.on.value} events have no such field; there are {', '.join(known)}")
            continue
        if isinstance(known[field], inspect.VarTupleType):
            problems.append(f"where.{field}: a list cannot be compared here")
            continue
        try:
            msgspec.convert(value, _annotation(window.on, field))
        except msgspec.ValidationError as problem:
            problems.append(f"where.{field}: {problem}")
    return problems


def _annotation(on: EventType, field: str) -> Any:
    return DATA[on].__annotations__[field]


def _types(on: EventType) -> dict[str, inspect.Type]:
    return {field.name: _required(field.type) for field in _struct(on).fields}


@functools.cache
def _struct(on: EventType) -> inspect.StructType:
    info = inspect.type_info(DATA[on])
    assert isinstance(info, inspect.StructType), "BUG: event data are structs"
    return info


def _required(kind: inspect.Type) -> inspect.Type:
    """The type without its None."""
    if not isinstance(kind, inspect.UnionType):
        return kind
    (required,) = [member for member in kind.types if not isinstance(member, inspect.NoneType)]
    return required


def _signal_type(kind: inspect.Type) -> SignalType:
    match kind:
        case inspect.BoolType():
            return SignalType.BOOL
        case inspect.IntType():
            return SignalType.INT
        case inspect.FloatType():
            return SignalType.DOUBLE
        case inspect.StrType() | inspect.LiteralType():
            return SignalType.STRING
        case inspect.VarTupleType(item_type=inspect.StrType()):
            return SignalType.STRINGS
        case _:
            raise AssertionError(f"BUG: no signal type for {kind}")
