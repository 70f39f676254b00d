"""What an account is familiar with: the devices, networks, countries and User-Agents with which it was let in.

All of it is one string of bytes, nine for each thing in the order of its last use: four of the second when that was,
one for its kind, four of its name's CRC-32. A million accounts with one phone each then take fifty megabytes and not
five hundred. A checksum takes another name for a known one with a chance of one in eighty million, for an account that
knows fifty; whoever knows the name of a victim's device has no need of that, because he can send the name itself.

What is known does not depend on the order in which it was learned, nor on how often.
"""

from bisect import insort
from typing import Final, NamedTuple
from zlib import crc32

_SIZE: Final = 9
_TIME: Final = 4


class Kind(NamedTuple):
    """What may be familiar."""

    letter: bytes  # the byte that stands for it
    at_most: int  # that an account keeps


AGENT: Final = Kind(b"a", 8)
COUNTRY: Final = Kind(b"c", 16)
DEVICE: Final = Kind(b"d", 50)
NETWORK: Final = Kind(b"n", 32)


def has(familiar: bytes, kind: Kind) -> bool:
    """Whether the account is familiar with anything of this kind."""
    return kind.letter in familiar[_TIME::_SIZE]


def knows(familiar: bytes, kind: Kind, name: str) -> bool:
    """Whether the account is familiar with this thing."""
    return _begin(familiar, _mark(kind, name)) >= 0


def last_met(familiar: bytes, kind: Kind, name: str) -> int | None:
    """When the account was let in with this thing last, in seconds since 1970; None where it never was."""
    begin = _begin(familiar, _mark(kind, name))
    return None if begin < 0 else int.from_bytes(familiar[begin : begin + _TIME], "big")


def met(familiar: bytes, kind: Kind, name: str, at: float) -> bytes:
    """What is familiar after this meeting; beyond the kind's bound, the one met least recently is forgotten."""
    mark = _mark(kind, name)
    when = max(0, int(at)).to_bytes(_TIME, "big")
    begin = _begin(familiar, mark)
    if begin >= 0:
        when = max(when, familiar[begin : begin + _TIME])
        familiar = familiar[:begin] + familiar[begin + _SIZE :]
    new = when + mark
    if new > familiar[-_SIZE:]:  # nearly always: what happened last is learned last
        familiar += new
    else:
        each = [familiar[start : start + _SIZE] for start in range(0, len(familiar), _SIZE)]
        insort(each, new)
        familiar = b"".join(each)
    if len(familiar) <= kind.at_most * _SIZE or familiar[_TIME::_SIZE].count(kind.letter) <= kind.at_most:
        return familiar
    oldest = familiar[_TIME::_SIZE].index(kind.letter) * _SIZE
    return familiar[:oldest] + familiar[oldest + _SIZE :]


def without(familiar: bytes, kind: Kind, name: str) -> bytes:
    """What is familiar without this thing."""
    begin = _begin(familiar, _mark(kind, name))
    return familiar if begin < 0 else familiar[:begin] + familiar[begin + _SIZE :]


def _mark(kind: Kind, name: str) -> bytes:
    return kind.letter + crc32(name.encode("utf-8", "surrogatepass")).to_bytes(4, "big")


def _begin(familiar: bytes, mark: bytes) -> int:
    """Where the entry with this mark begins; negative where there is none."""
    found = familiar.find(mark)
    while found >= 0 and found % _SIZE != _TIME:
        found = familiar.find(mark, found + 1)
    return found - _TIME if found >= 0 else -1
