"""How long a text message is, and where it is cut: telephones and bills count parts, not letters. Pure.

Source: 3GPP TS 23.038 (the GSM 7 bit default alphabet with its extension table, and UCS-2) and TS 23.040, section
9.2.3.24.1 (concatenation by a header of six octets). UCS-2 is sent as UTF-16, as every telephone of today reads it.
"""

import enum
from functools import cache

import msgspec
from gsm0338 import Codec

_GSM = Codec()
_ESCAPE = "\x1b"  # means nothing by itself, and would change the letter after it


class Coding(enum.Enum):
    """How the letters of a text travel. The value is SMPP's `data_coding`."""

    GSM7 = 0
    UCS2 = 8


# In septets or in UTF-16 units: of a text that is one part, and of each part where there are several.
_WHOLE = {Coding.GSM7: 160, Coding.UCS2: 70}
_PART = {Coding.GSM7: 153, Coding.UCS2: 67}


class Size(msgspec.Struct, frozen=True):
    """How long a text is: `units` are septets or UTF-16 units."""

    coding: Coding
    units: int
    parts: int


def coding_of(text: str) -> Coding:
    """GSM 7 bit where every letter has a place in its tables: one letter that has none makes all of them UCS-2."""
    return Coding.GSM7 if all(_septets(letter) for letter in text) else Coding.UCS2


def size(text: str) -> Size:
    """How many units and parts a text has; the empty one is one part, too."""
    coding = coding_of(text)
    return Size(coding, sum(_units(letter, coding) for letter in text), len(split(text)))


def split(text: str) -> tuple[str, ...]:
    """The parts in which a text travels. No letter is cut: neither an escape nor a surrogate stands at an end."""
    coding = coding_of(text)
    if sum(_units(letter, coding) for letter in text) <= _WHOLE[coding]:
        return (text,)
    parts, begin, used = [], 0, 0
    for place, letter in enumerate(text):
        units = _units(letter, coding)
        if used + units > _PART[coding]:
            parts.append(text[begin:place])
            begin, used = place, 0
        used += units
    return (*parts, text[begin:])


def encoded(text: str, coding: Coding) -> bytes:
    """The octets of a text: a septet in each, as SMPP has it, or UTF-16, the higher octet first.

    Raises:
        UnicodeEncodeError: it does not go into this coding.
    """
    if coding is Coding.UCS2:
        return text.encode("utf-16-be")
    octets: bytes = _GSM.encode(text)[0]
    return octets


def _units(letter: str, coding: Coding) -> int:
    if coding is Coding.GSM7:
        return _septets(letter)
    return 2 if ord(letter) > 0xFFFF else 1


@cache
def _septets(letter: str) -> int:
    """One for a letter of the basic table, two for one of the extension table, none where neither has it."""
    if letter == _ESCAPE:
        return 0
    try:
        return len(_GSM.encode(letter)[0])
    except UnicodeEncodeError:
        return 0
