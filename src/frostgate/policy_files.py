"""Where the shipped policies lie: inside the installed package, or beside the sources that one works on."""

from pathlib import Path

_INSTALLED = Path(__file__).parent / "policies"
_SOURCES = Path(__file__).parents[2] / "policies"


def shipped_policy(name: str = "standard") -> Path:
    """The file of a shipped policy."""
    folder = _INSTALLED if _INSTALLED.is_dir() else _SOURCES
    return folder / f"{name}.yaml"
