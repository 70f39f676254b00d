"""The decision: what was known, which rules matched, and what followed, in one record that can be replayed.

Field signals (`login.ip`, `message.text`) are not repeated in it: they stand in the event beside which it is kept.
"""

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from frostgate.rules.model import Hit, Verdict, most_severe
from frostgate.signals.model import NOT_SENT, Unknown
from frostgate.signals.reader import NOT_DECLARED
from frostgate.signals.travel import Travel


class Derived(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Signals as they are written into a record; `derived_of` makes one with a field for each."""


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the rules of one policy said of one event, and what came of it."""

    signals: Any = {}  # by name: `Derived` while it is decided, a mapping once it was read
    hits: tuple[Hit, ...] = ()
    undecided: tuple[str, ...] = ()  # rules that an unknown signal kept from an answer
    guarded: tuple[str, ...] = ()  # rules whose evidence was dealt with before: they matched and placed nothing
    holds: tuple[str, ...] = ()  # holds that it placed, or that already said the same
    set_aside: bool = False  # a sign-in that was not let in: it taught nothing of where the account is at home
    journey: Travel | None = None  # behind travel.*, where a rule that matched reads it; older records have none


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Decision)


def derived_of(names: Sequence[str]) -> type[Derived]:
    """What holds the values of these signals, in this order; what the sender did not send is left out of the record.

    Every event pays for its record, and a struct is filled and written several times as fast as a mapping.
    """
    fields = [(f"signal_{place}", Any, absent(name)) for place, name in enumerate(names)]
    called = {field: name for (field, _, _), name in zip(fields, names, strict=True)}
    made = msgspec.defstruct("Derived", fields, bases=(Derived,), frozen=True, omit_defaults=True, rename=called)
    return cast(type[Derived], made)


def absent(name: str) -> Unknown:
    """What a signal is that a record says nothing of."""
    return NOT_DECLARED if name.startswith("profile.") else NOT_SENT


def write(decision: Decision) -> str:
    """The record's text; the same decision always gives the same bytes."""
    return _encoder.encode(decision).decode()


def read(text: str) -> Decision:
    """The decision back from its text, with unknown signals as such."""
    found = _decoder.decode(text)
    signals = {name: _known(value) for name, value in found.signals.items()}
    return msgspec.structs.replace(found, signals=signals)


def effective(hits: Sequence[Hit], guarded: Sequence[str]) -> Verdict:
    """The most severe verdict among the rules that have effect."""
    return most_severe(hit.verdict for hit in hits if not hit.shadow and hit.rule not in guarded)


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return Unknown(value["unknown"])
    return tuple(value) if isinstance(value, list) else value
