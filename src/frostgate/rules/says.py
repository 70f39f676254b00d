"""The sentence of a rule: text with `{signal.name}` in it, checked when the policy is read, filled when it hit."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from frostgate.base.model import Language
from frostgate.base.texts import duration
from frostgate.rules.checked import did_you_mean
from frostgate.signals.model import Signal, SignalType, Unknown, Value

LONGEST_VALUE = 120  # characters of one value in a sentence; names come from outside and may be long

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_FORMATS = {
    SignalType.DOUBLE: re.compile(r",?\.[0-6]f|,|\.[0-6]%|hours"),
    SignalType.INT: re.compile(r",|d|,d"),
}
_YES_NO = {"zh-CN": ("否", "是"), "en": ("no", "yes")}
_UNKNOWN = {"zh-CN": "未知", "en": "unknown"}
_BETWEEN = {"zh-CN": "、", "en": ", "}
_NONE = {"zh-CN": "无", "en": "none"}


class Slip(msgspec.Struct, frozen=True):
    """One thing wrong with a sentence, at a character of it."""

    offset: int
    code: str
    message: str
    hint: str = ""


def names(sentence: str) -> tuple[str, ...]:
    """The signals that a sentence reads, sorted."""
    return tuple(sorted({found[1].partition(":")[0] for found in _PART.finditer(sentence) if found[1]}))


def slips(sentence: str, signals: Mapping[str, Signal]) -> list[Slip]:
    """What is wrong with a sentence: braces that do not pair, signals or formats that do not exist."""
    wrong: list[Slip] = []
    for found in _PART.finditer(sentence):
        at = found.start()
        if found[0] in ("{{", "}}"):
            continue
        if not found[1]:
            hint = "write {{ and }} for braces that are text"
            wrong.append(Slip(at, "says.bad_placeholder", "a brace without a signal's name", hint))
            continue
        name, _, wanted = found[1].partition(":")
        signal = signals.get(name)
        if signal is None:
            hint = did_you_mean(name, signals)
            wrong.append(Slip(at + 1, "says.unknown_signal", f"{name} is no signal for this event type", hint))
        elif wanted and not ((allowed := _FORMATS.get(signal.type)) and allowed.fullmatch(wanted)):
            message = f"the format {wanted} does not go with a signal of type {signal.type}"
            hint = "a double takes :.0f, :,.1f or :hours (a time in words), an int takes :, and others take none"
            wrong.append(Slip(at + 2 + len(name), "says.bad_placeholder", message, hint))
    return wrong


def fill(sentence: str, values: Mapping[str, Value], language: str) -> str:
    """The sentence with its values, in one of `LANGUAGES`; unknown values say so."""

    def part(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0][0]  # an escaped brace
        name, _, wanted = found[1].partition(":")
        return shown(values[name], language, wanted)

    return _PART.sub(part, sentence)


def shown(value: Value, language: str, wanted: str = "") -> str:
    """One value for people: numbers rounded to what they can mean, lists joined, nothing that hides or misleads."""
    if isinstance(value, Unknown):
        return _UNKNOWN[language]
    if isinstance(value, bool):
        return _YES_NO[language][value]
    if isinstance(value, int | float):
        if wanted == "hours":
            return duration(value, Language(language))
        return format(value, wanted) if wanted else _number(value)
    if isinstance(value, str):
        return _clean(value)
    return _clean(_BETWEEN[language].join(value)) if value else _NONE[language]


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _clean(text: str) -> str:
    """Text from outside, without signs that would break a line or turn the reading direction, and not endless."""
    plain: list[Any] = [sign if sign.isprintable() else "\ufffd" for sign in text[: LONGEST_VALUE + 1]]
    return "".join(plain[:LONGEST_VALUE]) + ("…" if len(plain) > LONGEST_VALUE else "")
