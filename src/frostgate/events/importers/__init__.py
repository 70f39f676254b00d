"""Importers: real logs become events. One file an importer; a new file here is found by its own `FORMAT`.

An importer is a function from lines to events, lazy, in the order of the lines. It never stops at a line that it
cannot read: it notes the line with the reason, and the reader of the report sees both.
"""

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module

from frostgate.base.errors import Refused
from frostgate.events.importers.lines import Lines
from frostgate.events.model import Event

Importer = Callable[..., Iterator[Event]]  # (lines: Lines, *, tenant_id: str, year: int | None)


class FormatUnknown(Refused):
    """There is no importer of that name; `known` lists those that there are."""

    code = "import.format_unknown"


class NothingRead(Refused):
    """Not one event could be read; `line` and `problem` tell the first reason, where there is one."""

    code = "import.nothing_read"


@cache
def importers() -> Mapping[str, Importer]:
    """Every importer by the name of its format."""
    modules = (import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return {module.FORMAT: module.read for module in modules if hasattr(module, "FORMAT")}


def events(lines: Lines, format_name: str, *, tenant_id: str, year: int | None = None) -> Iterator[Event]:
    """The events of a log, lazily. `year` is that of the first line, for formats whose times have none.

    Raises:
        FormatUnknown: no importer has this name.
        YearNeeded: the times have no year and none was given.
        NothingRead: the log has ended and held no event (raised at the end, once that is known).
    """
    importer = importers().get(format_name)
    if importer is None:
        raise FormatUnknown(format=format_name, known=", ".join(sorted(importers())))
    return _some(importer(lines, tenant_id=tenant_id, year=year), lines)


def _some(found: Iterator[Event], lines: Lines) -> Iterator[Event]:
    nothing = True
    for event in found:
        nothing = False
        yield event
    if nothing:
        first = lines.problems[0] if lines.problems else None
        raise NothingRead(
            lines=lines.count, line=first.line if first else None, problem=first.problem if first else None
        )
