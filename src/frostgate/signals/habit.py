"""What is remembered of one account's messages; `habits` keeps it."""

import msgspec

from frostgate.signals.model import Unknown
from frostgate.signals.rhythm import KNOWN_TOO_SHORT


class Habit(msgspec.Struct, gc=False):
    """One account's memory, as small as it can be. It holds no cycles, so the collector need not walk a million."""

    newest: int  # milliseconds since 1970
    hours: int = 1  # rhythm.mark
    rest: float | Unknown = KNOWN_TOO_SHORT  # rhythm.longest_rest, worked out once a half-hour
    gaps: bytes = b""  # rhythm.take_gap, and the two sums
    total: int = 0
    squares: int = 0
    told: bytes = b""  # likeness.compare
    known: str = ""  # acquaintance.meet
