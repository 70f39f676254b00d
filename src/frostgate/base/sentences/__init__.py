"""Every code with its sentence, Chinese and English side by side so that neither is forgotten; a file for each room.

A file may have phrases as well: words that are said elsewhere than in a refusal, and are no code of one.
"""

import pkgutil
from collections.abc import Mapping
from importlib import import_module


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
