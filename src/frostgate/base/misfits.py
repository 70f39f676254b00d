"""What a decoder complains of, in the reader's language: the one place that knows how decoders word it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from frostgate.base.choices import choices
from frostgate.base.model import Language
from frostgate.base.sentences import fill
from frostgate.base.sentences.misfits import PATTERNS, TYPES

_MESSAGES = [(re.compile(pattern, re.DOTALL), sentences) for pattern, sentences in PATTERNS.items()]
_LONGEST = 1000  # a message repeats the value, and a value may be a whole request

# How a decoder ends a message where the value stands inside another: "... - at `$.tiers[3].price`"; of the name of a
# field it says "... - at `key` in `$.prices`".
_PATH = re.compile(r"(?P<words>.*) - at `(?P<key>key` in `)?\$(?P<path>[^`]*)`", re.DOTALL)
# How we put the place before the words ourselves, and join several.
_PLACED = re.compile(r"(?P<place>[^\s:]+): (?P<words>.*)", re.DOTALL)
_JOINT = "; "
_NONE_OF_A_FEW = "Invalid enum value"


class Complaint(NamedTuple):
    """A decoder's message, taken apart: `path` as it writes paths (`.tiers[3].price`), empty for the value itself."""

    words: str
    path: str
    is_key: bool  # whether the name of the field is wrong, rather than its value


def complaint(message: str) -> Complaint:
    """What a decoder complains of, and where."""
    found = _PATH.fullmatch(message)
    if found is None:
        return Complaint(message, "", False)
    return Complaint(found["words"], found["path"], found["key"] is not None)


def with_choices(problem: str, shape: Any, pointer: str = "") -> str:
    """What a decoder complains of, with the choices where a value is none of a few that this type allows there."""
    allowed = choices(shape, pointer) if problem.startswith(_NONE_OF_A_FEW) else ()
    return f"{problem}, not one of {', '.join(allowed)}" if allowed else problem


def explained(problem: str, language: Language) -> str:
    """A decoder's message, or several with their places, for people; what no pattern knows stays as it is."""
    return _explained(problem[:_LONGEST], language)


@lru_cache(maxsize=1024)  # a batch often has the same mistake in every event
def _explained(problem: str, language: Language) -> str:
    parts = [said for part in problem.split(_JOINT) if (said := _placed(part, language)) is not None]
    if len(parts) > problem.count(_JOINT):
        return ("；" if language is Language.ZH else _JOINT).join(parts)
    return _placed(problem, language) or problem  # a value may hold what joins messages


def _placed(message: str, language: Language) -> str | None:
    """One message with its place before it, None where no pattern knows it."""
    words, path, is_key = complaint(message)
    place, said = path.removeprefix("."), _said(words, language)
    if said is None and (found := _PLACED.fullmatch(words)):
        place, said = found["place"], _said(found["words"], language)
    if said is None:
        return None
    if is_key and language is Language.ZH:
        place = f"{place} 的键名" if place else "键名"
    elif is_key:
        place = f"a name in {place or 'the object'}"
    colon = "：" if language is Language.ZH else ": "
    return f"{place}{colon}{said}" if place else said


def _said(words: str, language: Language) -> str | None:
    for pattern, sentences in _MESSAGES:
        found = pattern.fullmatch(words)
        if found is not None:
            return fill(sentences[language is Language.EN], _values(found, language))
    return None


def _values(found: re.Match[str], language: Language) -> Mapping[str, str]:
    values = {name: value for name, value in found.groupdict().items() if value is not None}
    for name in values.keys() & {"wanted", "got"}:
        values[name] = _types(values[name], language)
    if "reason" in values:
        values["reason"] = _said(values["reason"], language) or values["reason"]
    if "regex" in values:
        values["regex"] = values["regex"].replace("\\\\", "\\")  # it is written as Python would write it
    return values


def _types(names: str, language: Language) -> str:
    """The types of a union, as `str | null`; a type that is not in the table keeps its name."""
    said = [TYPES.get(name, (name, name))[language is Language.EN] for name in names.split(" | ")]
    return ("或" if language is Language.ZH else " or ").join(said)
