"""Time comes in as a value: the one place that asks the machine what time it is."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Says what time it is, always in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class HandClock:
    """A clock that stands still until somebody moves it: for tests, the demo and replays."""

    def __init__(self, at: datetime) -> None:
        assert at.tzinfo is not None, "BUG: a clock without a time zone"
        self._at = at

    def now(self) -> datetime:
        return self._at

    def move(self, by: timedelta) -> None:
        """Let `by` pass."""
        self._at += by

    def move_to(self, at: datetime) -> None:
        """Stand at `at` from now on."""
        self._at = at


def stopwatch() -> float:
    """Seconds on a clock that only ever runs forward: for measuring how long, never for saying when."""
    return time.perf_counter()


def wait(event: threading.Event, seconds: float) -> bool:
    """Sleep until `event` is set or `seconds` have passed; true when it was set."""
    return event.wait(seconds)


def iso(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: text that sorts like the times it stands for."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
