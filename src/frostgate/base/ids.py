"""Identifiers and randomness: the one place that makes either.

Ids are UUIDv7 (RFC 9562, section 5.7): sortable by the time they were made, so that they index well and
a list in id order is a list in time order.
"""

import os
import secrets
import threading
from datetime import datetime

_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))  # the two bits that say whose layout this is
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1", "-": None, " ": None})


class Ids:
    """Makes ids that strictly increase within a process, even inside one millisecond.

    The 12 bits after the time count ids of the same millisecond (RFC 9562, section 6.2, method 1), and when
    they overflow or the clock steps back the time part borrows from the future rather than repeat.
    """

    def __init__(self) -> None:
        self._last = 0
        self._tails: list[str] = []
        self._lock = threading.Lock()

    def new(self, at: datetime) -> str:
        """A new id, as 32 hexadecimal digits."""
        tick = int(at.timestamp() * 1000) << 12
        with self._lock:
            self._last = tick = max(tick, self._last + 1)
            if not self._tails:
                self._tails = _tails()
            tail = self._tails.pop()
        head = (tick >> 12 << 16) | 0x7000 | (tick & 0xFFF)
        return f"{head:016x}{tail}"


def least_at(at: datetime) -> str:
    """Not after any id that is made from then on: a range of ids is a range of time."""
    return f"{int(at.timestamp() * 1000) << 16:016x}"


def _tails() -> list[str]:
    """The random halves of the next ids, many at a time: asking the system gives the interpreter's lock away."""
    random = os.urandom(8 * 256).hex()
    return [_VARIANT[random[at]] + random[at + 1 : at + 16] for at in range(0, len(random), 16)]


def new_secret() -> str:
    """A bearer secret of 256 random bits, safe in a header."""
    return secrets.token_urlsafe(32)


def new_code(length: int = 10) -> str:
    """A short code that people read aloud: no letters that look like digits."""
    return "".join(secrets.choice(_CROCKFORD) for _ in range(length))


def typed_code(text: str) -> str:
    """Such a code as it was made, from what somebody typed: in capitals, in groups, with letters that look alike."""
    return text.strip().lower().translate(_MISREAD)


def new_digits(length: int) -> str:
    """A code that people copy from one window to another and type on a phone."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def jitter() -> float:
    """A random fraction in [0, 1) that spreads retries; nothing secret hangs on it."""
    return secrets.randbelow(1 << 24) / (1 << 24)


def new_key(size: int) -> bytes:
    """Random bytes, for a key or for a challenge that must never be guessed."""
    return secrets.token_bytes(size)
