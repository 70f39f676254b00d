"""Time lines: one lane an account, from the first event of the log to the last."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import sqrt

import msgspec

from frostgate.replay.findings import FAILED, LET_IN, REFUSED, Timelines, Track
from frostgate.replay.model import AccountKey, Finding
from frostgate.rules.model import Verdict, most_severe

WIDTH = 1000.0
HEIGHT = 48.0
MARKS = 7.0  # where verdicts stand
MIDDLE = 34.0  # above it what was let in, below it what failed
MOST = 60  # lanes

_COLUMNS = 500  # of a lane: finer than that, bars would hide each other
_TALLEST, _DEEPEST = 19.0, 12.0


class Mark(msgspec.Struct, frozen=True):
    """A verdict on a lane."""

    x: float
    verdict: Verdict
    title: str


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One account's time line, as paths of a drawing `WIDTH` by `HEIGHT`."""

    who: str
    let_in: str
    failed: str
    refused: str
    counts: Mapping[str, int]
    marks: tuple[Mark, ...]
    frozen_from: float | None
    verdict: Verdict


class Axis(msgspec.Struct, frozen=True):
    """What all lanes share: when they begin and end, and the five times that are written above them."""

    start: datetime
    end: datetime

    def x(self, at: datetime) -> float:
        """Where a time lies."""
        span = (self.end - self.start) / timedelta(seconds=1)
        return round(WIDTH * ((at - self.start) / timedelta(seconds=1)) / span, 1)

    def ticks(self) -> list[str]:
        """Five times from the first to the last, as fine as the log is short."""
        span = self.end - self.start
        form = "%H:%M:%S" if span < timedelta(minutes=5) else "%m-%d %H:%M" if span < timedelta(days=6) else "%Y-%m-%d"
        return [(self.start + span * quarter / 4).strftime(form) for quarter in range(5)]


def axis(findings: Sequence[Finding], timelines: Timelines) -> Axis | None:
    """The axis from the first to the last event of the accounts that are shown; None without any."""
    tracks = [timelines.of[key] for key in {finding.key for finding in findings}]
    if not tracks:
        return None
    first = min(_time(track, min(track.slots)[0]) for track in tracks)
    last = max(_time(track, max(track.slots)[0] + 1) for track in tracks)
    margin = (last - first) * 0.015
    return Axis(first - margin, last + margin)


def lanes(findings: Sequence[Finding], timelines: Timelines, along: Axis, *, freezes: bool) -> list[Lane]:
    """A lane for each account that met a rule, in the order of the findings."""
    by_account: dict[AccountKey, list[Finding]] = {}
    for finding in findings:
        by_account.setdefault(finding.key, []).append(finding)
    return [_lane(found, timelines.of[key], along, freezes=freezes) for key, found in list(by_account.items())[:MOST]]


def _lane(found: list[Finding], track: Track, along: Axis, *, freezes: bool) -> Lane:
    frozen = [finding.event.time for finding in found if finding.verdict is Verdict.FREEZE]
    counts = {kind: sum(n for (_, k), n in track.slots.items() if k == kind) for kind in (LET_IN, FAILED, REFUSED)}
    return Lane(
        who=found[0].who,
        let_in=_bars(track, LET_IN, along, -_TALLEST),
        failed=_bars(track, FAILED, along, _DEEPEST),
        refused=_bars(track, REFUSED, along, -_TALLEST),
        counts=counts,
        marks=tuple(
            Mark(along.x(finding.event.time), finding.verdict, f"{finding.event.time:%Y-%m-%d %H:%M:%S}")
            for finding in found
        ),
        frozen_from=along.x(frozen[0]) if frozen and freezes else None,
        verdict=most_severe(finding.verdict for finding in found),
    )


def _bars(track: Track, kind: str, along: Axis, reach: float) -> str:
    """Upright strokes, each as long as the root of its count: one event shows and a thousand still fit."""
    columns: dict[int, int] = {}
    for (slot, what), count in track.slots.items():
        if what == kind:
            column = int(along.x(_time(track, slot + 0.5)) * _COLUMNS / WIDTH)
            columns[column] = columns.get(column, 0) + count
    return "".join(_strokes(sorted(columns.items()), reach))


def _time(track: Track, slot: float) -> datetime:
    return datetime.fromtimestamp(slot * track.seconds, UTC)


def _strokes(columns: Iterable[tuple[int, int]], reach: float) -> Iterable[str]:
    for column, count in columns:
        length = reach * min(1.0, 0.3 + 0.7 * sqrt(count) / 6)
        yield f"M{(column + 0.5) * WIDTH / _COLUMNS:.0f} {MIDDLE:.0f}v{length:.1f}"
