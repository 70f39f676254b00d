"""Frostgate freezes accounts to protect people, and gives them back."""

from importlib.util import find_spec

__version__ = "0.1.0"


def is_compiled() -> bool:
    """Whether the busiest modules run as machine code (docs/operations.md, "Compiled")."""
    spec = find_spec("frostgate.signals.windows")
    return spec is not None and not str(spec.origin).endswith(".py")
