"""Every code with its sentence, Chinese and English side by side so that neither is forgotten; a file for each room."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module


def _gather() -> Mapping[str, tuple[str, str]]:
    """The sentences of every file here; a new file is found by itself."""
    found: dict[str, tuple[str, str]] = {}
    for module in pkgutil.iter_modules(__path__):
        sentences: Mapping[str, tuple[str, str]] = import_module(f"{__name__}.{module.name}").SENTENCES
        assert not found.keys() & sentences.keys(), f"BUG: {module.name} says again what another file says"
        found.update(sentences)
    return found


# code -> (Chinese, English)
SENTENCES = _gather()
