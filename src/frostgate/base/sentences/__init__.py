"""Every code with its sentence, Chinese and English side by side so that neither is forgotten; a file for each room.

A file may have phrases as well: words that are said elsewhere than in a refusal, and are no code of one.
"""

import pkgutil
import re
from collections.abc import Mapping
from importlib import import_module

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def fill(sentence: str, values: Mapping[str, str]) -> str:
    """The sentence with its values. They are put in by one pass over it, so braces inside a value mean nothing."""
    kept = _OPTIONAL.sub(
        lambda part: part[1] if all(name in values for name in _PLACEHOLDER.findall(part[1])) else "", sentence
    )
    return _PLACEHOLDER.sub(lambda hole: values.get(hole[1], "…"), kept)


def _gather(table: str) -> Mapping[str, tuple[str, str]]:
    """What every file here has of one table; a new file is found by itself."""
    found: dict[str, tuple[str, str]] = {}
    for module in pkgutil.iter_modules(__path__):
        sentences: Mapping[str, tuple[str, str]] = getattr(import_module(f"{__name__}.{module.name}"), table, {})
        assert not found.keys() & sentences.keys(), f"BUG: {module.name} says again what another file says"
        found.update(sentences)
    return found


# code -> (Chinese, English)
SENTENCES = _gather("SENTENCES")
PHRASES = _gather("PHRASES")
