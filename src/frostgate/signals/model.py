"""Signals: what we knew when an event was judged. Pure values, no IO."""

import enum
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from frostgate.events.model import EventType


class SignalType(enum.StrEnum):
    """The CEL type of a signal."""

    BOOL = "bool"
    INT = "int"
    DOUBLE = "double"
    STRING = "string"
    STRINGS = "list(string)"


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One typed fact that rules may read; `says` describes it to policy authors in both languages."""

    name: str
    type: SignalType
    says: Mapping[str, str]


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that counts over a sliding time; read in rules as `window.<name>`."""

    name: str
    on: EventType
    by: str  # "account", "ip", "device", "key", "tenant": what it is kept for
    kind: Literal["count", "sum", "distinct", "rate"]
    of: str | None  # for sum and distinct: the field of the event's data
    over: int  # seconds
    where: Mapping[str, Any] = {}  # only events whose fields have these values count


class Unknown(msgspec.Struct, frozen=True, eq=False, gc=False, rename={"reason": "unknown"}):
    """A signal that could not be read, with the reason. Never equal, never true, never compared by accident.

    Python's own operators on it raise `UnknownMet`, so that compiled rules notice it and fall back to CEL's
    error logic: a broken look-up never freezes anyone and never hides a rule that is true without it. In JSON it is
    `{"unknown": reason}`.
    """

    reason: str

    def _met(self, *_: object) -> Any:
        raise UnknownMet(self.reason)

    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _met
    __eq__ = __ne__ = _met  # even equality: two unknowns are not the same thing
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _met
    __truediv__ = __rtruediv__ = __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = _met
    __neg__ = __contains__ = __getitem__ = __len__ = __iter__ = _met

    def __repr__(self) -> str:
        return f"Unknown({self.reason})"


NOT_SENT = Unknown("not_sent")


class UnknownMet(Exception):
    """A compiled expression touched a signal that is unknown."""


Value = bool | int | float | str | tuple[str, ...] | Unknown
