"""The catalogue: every signal that rules on one event type may read, in the order in which values come.

The fields are derived from the event structs, so a new field is a new signal by itself. The reader prepares
its plan from the same lists (`fields`, `has`), which is why the two cannot disagree.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import inspect

from frostgate.events.model import DATA, EventType
from frostgate.signals.model import Signal, SignalType, Window
from frostgate.signals.words import describe, describe_window

BY: Final = ("account", "ip", "device", "key", "tenant")
LONGEST: Final = 31 * 86_400  # seconds; memory grows with the entities of two windows

ADDRESS: Final = {
    "geo.located": SignalType.BOOL,
    "geo.country": SignalType.STRING,
    "geo.city": SignalType.STRING,
    "network.kind": SignalType.STRING,
    "network.suspicious": SignalType.BOOL,
}
DEVICE: Final = {"device.sent": SignalType.BOOL, "device.known": SignalType.BOOL}
TRAVEL: Final = {
    "travel.km": SignalType.DOUBLE,
    "travel.least_km": SignalType.DOUBLE,
    "travel.least_kmh": SignalType.DOUBLE,
    "travel.hours": SignalType.DOUBLE,
    "travel.from": SignalType.STRING,
    "travel.to": SignalType.STRING,
}
FAN_OUT: Final = {"message.fan_out": SignalType.INT}

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


def derived(on: EventType) -> dict[str, SignalType]:
    """The derived signals of an event type, windows left out, in their order."""
    return {
        **(ADDRESS if has(on, "ip") else {}),
        **(DEVICE if has(on, "device") else {}),
        **(TRAVEL if on is EventType.LOGIN else {}),
        **(FAN_OUT if on is EventType.MESSAGE else {}),
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
    elif window.by != "tenant" and not has(window.on, window.by):
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
    """What a window's `of` may name: the fields, and for messages also `fan_out`."""
    return fields(on) | ({"fan_out": SignalType.INT} if on is EventType.MESSAGE else {})


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
    info = inspect.type_info(DATA[on])
    assert isinstance(info, inspect.StructType), "BUG: event data are structs"
    return {field.name: _required(field.type) for field in info.fields}


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
