"""Clocks as staff see them over HTTP."""

from datetime import datetime, timedelta

import msgspec

from frostgate.cases.clock.model import Clock, Limit, Pause


class LimitView(msgspec.Struct, frozen=True, kw_only=True):
    """What must happen by a time. While we wait for the holder, `due_at` is the latest that it can be.

    `left` and `late_by` are in hours that count; `state`: running, paused, late, met, missed.
    """

    limit: Limit
    due_at: datetime
    state: str
    left: float
    late_by: float


class PauseView(msgspec.Struct, frozen=True, kw_only=True):
    """We wait for the holder since then, and until then at most."""

    since: datetime
    until: datetime
    reason: str


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    """The run of a case's clock that runs, or else the last that did."""

    run: int
    started_at: datetime
    ended_at: datetime | None
    late: bool
    limits: list[LimitView]
    paused: PauseView | None


def view_clock(clock: Clock, at: datetime) -> ClockView:
    """How the clock stands now."""
    pause = clock.pause_at(at)
    return ClockView(
        run=clock.run,
        started_at=clock.started_at,
        ended_at=clock.ended_at,
        late=clock.is_late(at),
        limits=[_limit(clock, limit, at) for limit in clock.limits],
        paused=_pause(pause) if pause else None,
    )


def hours(span: timedelta) -> float:
    """A span as hours with two digits, as people compare them."""
    return round(span / timedelta(hours=1), 2)


def _limit(clock: Clock, limit: Limit, at: datetime) -> LimitView:
    stands = clock.stands(limit, at)
    return LimitView(
        limit=limit,
        due_at=stands.due_at,
        state=stands.state.value,
        left=hours(stands.left),
        late_by=hours(stands.late_by),
    )


def _pause(pause: Pause) -> PauseView:
    return PauseView(since=pause.began_at, until=pause.until, reason=pause.reason)
