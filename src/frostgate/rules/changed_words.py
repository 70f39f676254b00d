"""What would have had to differ, in words: the value as it was, and the least that would have been enough."""

from collections.abc import Mapping

import msgspec

from frostgate.base.model import Language
from frostgate.rules import says
from frostgate.rules.changes import Change, To
from frostgate.signals.countries import in_language
from frostgate.signals.model import Unknown, Value

_IN_WORDS: Mapping[To, tuple[str, str]] = {
    To.IS: ("为 {0}", "{0}"),
    To.IS_NOT: ("不为 {0}", "anything but {0}"),
    To.AT_MOST: ("不超过 {0}", "at most {0}"),
    To.AT_LEAST: ("不低于 {0}", "at least {0}"),
    To.BELOW: ("低于 {0}", "less than {0}"),
    To.ABOVE: ("高于 {0}", "more than {0}"),
}
_SENTENCE = ("{signal} {bound}（实际为 {was}）", "{signal} would have been {bound} (it was {was})")

# By the last word of a signal's name: names say what they count in.
_UNITS: Mapping[str, tuple[str, str]] = {
    "km": ("公里", "km"),
    "kmh": ("公里/小时", "km/h"),
    "hours": ("小时", "hours"),
    "seconds": ("秒", "seconds"),
}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One signal that would have had to differ; `bound` is the least that is enough, read with `to`."""

    signal: str
    means: Mapping[str, str]  # what the signal is, per language
    was: Value | None  # None: unknown
    to: str
    bound: Value
    says: Mapping[str, str]  # per language


def in_words(change: Change, was: Value, means: Mapping[str, str]) -> Difference:
    """The change for people, in both languages."""
    return Difference(
        signal=change.signal,
        means=means,
        was=None if isinstance(was, Unknown) else was,
        to=change.to.value,
        bound=change.bound,
        says={language.value: _sentence(change, was, language) for language in Language},
    )


def _sentence(change: Change, was: Value, language: Language) -> str:
    bound = _IN_WORDS[change.to][language is Language.EN].format(_shown(change.signal, change.bound, language))
    return _SENTENCE[language is Language.EN].format(
        signal=change.signal, bound=bound, was=_shown(change.signal, was, language)
    )


def _shown(signal: str, value: Value, language: Language) -> str:
    """A value with its unit; a number to six digits, because a bound that is rounded to fewer is another one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = in_language(value, language) if isinstance(value, str) and signal.startswith("travel.") else value
        return says.shown(text, language.value)
    number = str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.6g}"
    unit = _UNITS.get(signal.rpartition(".")[2].rpartition("_")[2])
    return f"{number} {unit[language is Language.EN]}" if unit else number
