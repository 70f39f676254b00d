"""The rhythm of an account's messages: how regular the gaps between them are, and whether it ever rests.

*Gap variation* is the coefficient of variation of the last twenty gaps: their standard deviation divided by their
mean. A timer has nearly none, a timer with jitter of up to half its period has 0.29, and no person in two real work
chats had less than 0.53. Whoever comes back after half an hour begins a new run: that gap was a pause, and counts
for nothing.

*The longest rest* is the longest time without a message in the last 29 hours, in half-hours. People sleep.

Times come in whole milliseconds and sums are kept as integers, so no order of adding changes the result.
"""

from math import sqrt
from typing import Final

from frostgate.signals.model import Unknown

GAPS: Final = 20
LONGEST_GAP: Final = 1_800_000  # milliseconds; longer is a pause
HALF_HOUR: Final = 1_800_000  # milliseconds
REMEMBERED: Final = 58  # half-hours: with its mark, the bitmap is an integer of 60 bits, which Python keeps in 32 bytes
KNOWN_FOR: Final = 48  # half-hours before a rest says anything

TOO_FEW_GAPS: Final = Unknown("too_few_gaps")
KNOWN_TOO_SHORT: Final = Unknown("account_known_too_short")

_BYTES: Final = 3  # of a gap, which is at most 1,800,000
_FULL: Final = GAPS * _BYTES
_MARK: Final = 1 << REMEMBERED  # the account was there before the bitmap begins
_SEEN: Final = _MARK - 1


def take_gap(gaps: bytes, total: int, squares: int, gap: int) -> tuple[bytes, int, int]:
    """Put one more gap (milliseconds) in the place of the oldest: the gaps, their sum and the sum of their squares.

    The sums are nothing until there are enough gaps to ask: most accounts never have them.
    """
    if len(gaps) == _FULL:
        oldest = int.from_bytes(gaps[:_BYTES], "big")
        return gaps[_BYTES:] + gap.to_bytes(_BYTES, "big"), total + gap - oldest, squares + gap * gap - oldest * oldest
    gaps += gap.to_bytes(_BYTES, "big")
    if len(gaps) < _FULL:
        return gaps, 0, 0
    each = [int.from_bytes(gaps[start : start + _BYTES], "big") for start in range(0, _FULL, _BYTES)]
    return gaps, sum(each), sum(one * one for one in each)


def variation(gaps: bytes, total: int, squares: int) -> float | Unknown:
    """The coefficient of variation, from 0 (a clock); unknown before there are enough gaps, or when all are nothing."""
    if len(gaps) < _FULL or not total:
        return TOO_FEW_GAPS
    # n * n times the variance, in integers: nothing is lost where gaps are large and nearly equal.
    return sqrt((GAPS * squares - total * total) * _BESSEL) / total


_BESSEL: Final = GAPS / (GAPS - 1)


def mark(hours: int, ahead: int) -> int:
    """The bitmap of half-hours with activity after a message `ahead` half-hours past its newest (late: negative).

    Bit 0 is the newest half-hour. The highest bit is the oldest that we know of, or the mark, which says that the
    account was there before.
    """
    if ahead > 0:
        moved = hours << min(ahead, REMEMBERED + 1)
        return (moved & _SEEN) | 1 | (_MARK if moved > _SEEN else 0)
    return hours if ahead <= -REMEMBERED else hours | 1 << -ahead


def longest_rest(hours: int) -> float | Unknown:
    """The longest time in a row without a message, in hours."""
    known = hours.bit_length() - 1
    if known < KNOWN_FOR:
        return KNOWN_TOO_SHORT
    half_hours = bin(hours & _SEEN)[2:].rjust(known, "0") if hours > _SEEN else bin(hours)[2:]
    return _RESTS[max(map(len, half_hours.split("1")))]


_RESTS = tuple(half_hours / 2 for half_hours in range(REMEMBERED + 1))  # shared by all accounts
