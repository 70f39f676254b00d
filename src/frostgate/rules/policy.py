"""A policy: one immutable set of rules, windows and lists, with the exact text that it was read from."""

import hashlib
import re
from collections.abc import Mapping

import msgspec

from frostgate.events.model import EventType
from frostgate.rules.model import Rule
from frostgate.signals.model import Window

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as its authors wrote it, checked. Two policies are the same exactly when their digests are."""

    name: str
    windows: tuple[Window, ...]
    lists: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    guard_seconds: int  # how long after a thaw the same evidence does not freeze again
    keep_events_seconds: int  # how long the events that it judged are kept
    source: str  # the file's text, byte for byte (UTF-8)

    @property
    def digest(self) -> str:
        """SHA-256 of the source, in hexadecimal."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    def on(self, event: EventType) -> tuple[Rule, ...]:
        """The rules of one event type, in the order of the file."""
        return tuple(rule for rule in self.rules if rule.on is event)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id, if this policy has it."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def seconds(text: str) -> int | None:
    """A duration as policies write it (`10s`, `5m`, `1h`, `7d`), in seconds; None for anything else."""
    written = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text)
    return int(written[1]) * _UNITS[written[2]] if written else None
