"""The decision: what was known, which rules matched, and what followed, in one record that can be replayed.

Field signals (`login.ip`, `message.text`) are not repeated in it: they stand in the event beside which it is kept.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from frostgate.rules.model import Hit, Verdict, most_severe
from frostgate.signals.model import Unknown
from frostgate.signals.travel import Travel


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the rules of one policy said of one event, and what came of it."""

    signals: Mapping[str, Any] = {}
    hits: tuple[Hit, ...] = ()
    undecided: tuple[str, ...] = ()  # rules that an unknown signal kept from an answer
    guarded: tuple[str, ...] = ()  # rules whose evidence was dealt with before: they matched and placed nothing
    holds: tuple[str, ...] = ()  # holds that it placed, or that already said the same
    set_aside: bool = False  # a sign-in that was not let in: it taught nothing of where the account is at home
    journey: Travel | None = None  # behind travel.*, where a rule that matched reads it; older records have none


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Decision)


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
