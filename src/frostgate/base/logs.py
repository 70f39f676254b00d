"""Logs: one JSON object a line on standard error, for machines; no secrets, no message text, no values of variables."""

import logging
import sys
import traceback
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, ExcInfo

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(level: str = "info") -> None:
    """Set up logging for this process. Tracebacks name places in the code and never what variables held there."""
    least = _LEVELS.get(level, logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _name_places,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    others = logging.StreamHandler(sys.stderr)
    others.setFormatter(_Places(logging.BASIC_FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[others], force=True)
    for chatty in ("alembic", "_granian", "granian"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _Places(logging.Formatter):
    """The same for libraries, which log by the standard library's way."""

    def formatException(self, ei: Any) -> str:
        """An exception as its type and its places."""
        error = _exception(ei)
        return "" if error is None else "\n".join(f"{at['type']} {at['places']}" for at in _chain(error))


def _name_places(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Put an exception in the log as its type and the places that it came through.

    What it says stays away, and so do lines of code: either may hold somebody's message or a secret.
    """
    given = event.pop("exc_info", None)
    error = _exception(given)
    if error is not None:
        event["exception"] = _chain(error)
    return event


def _exception(given: bool | BaseException | ExcInfo | None) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1]
    return sys.exc_info()[1] if given else None


def _chain(error: BaseException) -> list[dict[str, Any]]:
    """An exception, and what caused it or was being handled, the last one first."""
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        found.append({"type": type(at).__name__, "places": _places(at.__traceback__)})
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return found


def _places(where: TracebackType | None) -> list[str]:
    return [f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}" for frame, line in traceback.walk_tb(where)]
