"""How alike an account's messages are, whatever numbers, links and names are put into them.

A message becomes a *sketch*: one byte for each word or Chinese character, and one for each mark around the words.
Digits, links, addresses and quoted names count as marks, so a form letter keeps its sketch whoever it is filled in
for. Two sketches are compared by their longest common subsequence, which a few changed words lower only a little:
the similarity is 2 * common / (length of one + length of the other), from 0 to 1.

A byte stands for about eighty Chinese characters, or for one in 256 of all words: the sketches tell whether two
messages resemble each other and cannot be read back. Nothing else of a text is kept.

Bulk senders take turns with a few texts. So a message is compared with the three before it and the best counts, and
what an account is judged by is the mean of its last sixteen. In two real work chats no person exceeds 0.34, and bots
that report what happened elsewhere are at 0.54 to 0.93 (docs/adr/0019-likeness-by-common-subsequence.md).
"""

import re
import unicodedata
from typing import Final
from zlib import crc32

from rapidfuzz.distance import Indel
from rapidfuzz.process import extractOne

from frostgate.signals.model import Unknown

BEFORE: Final = 3  # messages that one is compared with
LAST: Final = 16  # comparisons that the mean is of
ENOUGH: Final = 12  # comparisons before it is known
FEWEST: Final = 6  # words; "see you tomorrow" is everybody's own
FEWEST_OF_TEMPLATE: Final = 8
RUN_OF_TEMPLATE: Final = 6  # words
PER_WORD: Final = 2  # Chinese characters for what one word says

NO_TEXT: Final = Unknown("no_text")
TOO_SHORT: Final = Unknown("text_too_short")
TOO_FEW_MESSAGES: Final = Unknown("too_few_messages")

_SHORTEST: Final = PER_WORD * FEWEST - 1  # characters that six words, or as many Chinese characters, have at least
_READ: Final = 512  # characters of a message; who writes more says the same at its beginning
_MOST_WORDS: Final = 40
_MOST_MARKS: Final = 24
_LONGEST: Final = 64  # bytes; up to here the comparison is done in one machine word
_ROUNDING: Final = 1e-6  # less than any share of two sketches lies below the next whole 254th
_END: Final = b"\xff"  # before each sketch of an account; never in one

# What is masked, each sought only where its own sign is. Repetitions are bounded, so no text makes a search slow.
_LINK = re.compile(r"(?:https?:)?//[!-~]+|www\.[!-~]+")
_PATH = re.compile(r"(?<![A-Za-z0-9.-])[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}/[!-~]*")
_LINKED = "\x01\x01 link "  # two marks and a word: where a message leads says more about it than a comma
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{0,64}@[\w.-]{1,255}")
_QUOTED = re.compile(r'"[^"]{0,80}"')
_QUOTED_WIDE = re.compile("“[^”]{0,80}”|「[^」]{0,80}」|『[^』]{0,80}』|《[^》]{0,80}》")

# UTF-8 keeps three kinds of signs apart: ASCII, Chinese and Korean with wide marks (all of three bytes), and the rest.
_SMALL_LETTERS = bytes(c | 32 if 65 <= c <= 90 else c if 97 <= c <= 122 else 32 for c in range(256))
_APOSTROPHE = b"'"
_DIGITS_AS_ONE = bytes(48 if 48 <= c <= 57 else c for c in range(256))
_NO_MARKS = bytes(c for c in range(256) if c >= 128 or chr(c).isalpha() or chr(c).isspace())
_ASCII_AND_LEADS = bytes(range(0x80)) + b"\xe2\xe3" + bytes(range(0xE4, 0xF0))
_LEADS_AND_FOLLOWING = bytes(range(0x80, 0x100))
_FOLLOWING = bytes(range(0x80, 0xC0))
_TIMES_FOUR = bytes(4 * c & 0xFF for c in range(256))
_WIDE_LETTERS = re.compile(rb"\xef(?:\xbc[\x90-\x99\xa1-\xba]|\xbd[\x81-\x9a])")
_KANA = re.compile(rb"\xe3[\x81-\x83]")  # an alphabet, unlike what stands around it
_FOREIGN = re.compile(
    "[^\x00-\x7f\u2010-\u2bff\u3000-\u3020\u3400-\u9fff\uac00-\ud7a3"
    "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+"
)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_AS_LETTERS = str.maketrans("0123456789", "ghijklmnop")

# Letters of other alphabets that look like Latin ones, and accents that stand apart after decomposition.
_LOOKALIKES = dict(
    zip(map(ord, "аеорсухіјѕԁһкмтвнαοερτνικ"), "aeopcyxijsdhkmtbhaoeptvik", strict=True)
) | dict.fromkeys(range(0x0300, 0x0370))

_NOT_HIGH = bytes(range(0xC0))


def sketch(text: str) -> tuple[bytes, str | Unknown]:
    """A text's sketch, empty where the text is too short to mean anything, and its template.

    The template is a name that a text and its small variations share: six words in a row, found by what they are and
    not by where they stand. So a change elsewhere leaves the name alone, and a greeting that everybody sends has none.
    """
    if len(text) < _SHORTEST:
        return b"", TOO_SHORT
    text = text[:_READ]
    if "/" in text or "@" in text or '"' in text or "www." in text:
        text = _masked(text)
    if text.isascii():
        raw, characters = text.encode(), b""
    else:
        raw, characters = _beyond_ascii(text)
    words = bytes([crc32(word) & 0xFF for word in raw.translate(_SMALL_LETTERS, _APOSTROPHE).split()])[:_MOST_WORDS]
    size = PER_WORD * len(words) + len(characters)
    if size < PER_WORD * FEWEST:
        return b"", TOO_SHORT
    marks = raw.translate(_DIGITS_AS_ONE, _NO_MARKS)
    while b"00" in marks:
        marks = marks.replace(b"00", b"0")
    said = words + characters
    whole = (marks[:_MOST_MARKS] + said)[:_LONGEST].replace(_END, b"\xfe")
    if size < PER_WORD * FEWEST_OF_TEMPLATE:
        return whole, TOO_SHORT
    run = RUN_OF_TEMPLATE if size >= 2 * len(characters) else PER_WORD * RUN_OF_TEMPLATE
    start = min(said.index(max(said.translate(None, _NOT_HIGH) or said)), len(said) - run)
    return whole, f"{crc32(said[start : start + run]):x}"


def alike(one: bytes, other: bytes) -> float:
    """How alike two sketches are, from 0 to 1: twice what they have in common, in order, by the length of both."""
    return Indel.normalized_similarity(one, other)


def compare(told: bytes, new: bytes) -> bytes:
    """Take in one more sketch. What is kept: the latest comparisons in 254ths, then the latest sketches."""
    if not told:
        return _END + new
    likes, *before = told.split(_END)
    _, best, _ = extractOne(new, before, scorer=Indel.normalized_similarity)
    likes = likes[1 - LAST :] + int(254 * best + _ROUNDING).to_bytes(1, "big")
    return _END.join((likes, *before[1 - BEFORE :], new))


def mean(told: bytes) -> float | Unknown:
    """How alike the account's messages were lately, or unknown while there were too few."""
    count = told.find(_END)
    return sum(told[:count]) / (254 * count) if count >= ENOUGH else TOO_FEW_MESSAGES


def _masked(text: str) -> str:
    if "//" in text or "www." in text:
        text = _LINK.sub(_LINKED, text)
    if "/" in text:
        text = _PATH.sub(_LINKED, text)
    if "@" in text:
        text = _ADDRESS.sub("\x02", text)
    return _QUOTED.sub("\x03", text) if '"' in text else text


def _beyond_ascii(text: str) -> tuple[bytes, bytes]:
    """What of a text is ASCII, with everything unified that can be, and one byte for each other character."""
    if not text.isprintable():
        text = _INVISIBLE.sub("", text)
    if "“" in text or "「" in text or "《" in text or "『" in text:
        text = _QUOTED_WIDE.sub("\x03", text)
    raw = text.encode("utf-8", "replace")
    following = raw.translate(None, _ASCII_AND_LEADS)
    if following.translate(None, _FOLLOWING) or _WIDE_LETTERS.search(raw) or _KANA.search(raw):
        raw = _FOREIGN.sub(_unified, text).encode("utf-8", "replace")
        following = raw.translate(None, _ASCII_AND_LEADS)
    # Two bytes with six bits each follow a lead. They are laid over one another to eight, all characters in one step.
    high, low = following[: 2 * _LONGEST : 2].translate(_TIMES_FOUR), following[1 : 2 * _LONGEST : 2]
    mixed = int.from_bytes(high, "big") ^ int.from_bytes(low, "big")
    return raw.translate(None, _LEADS_AND_FOLLOWING), mixed.to_bytes(len(high), "big")


def _unified(found: re.Match[str]) -> str:
    """A run of letters without accents, width and look-alikes; emoji part words, other alphabets are spelt anew."""
    text = unicodedata.normalize("NFKD", found[0]).lower().translate(_LOOKALIKES)
    if text.isascii():
        return text
    letters = "".join(filter(str.isalpha, text)).encode("utf-8", "replace")
    return f" {crc32(letters):x} ".translate(_AS_LETTERS) if letters else " "
