"""Time lines: one lane an account, from the first event of the log to the last."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import sqrt

import msgspec

from frostgate.replay.findings import FAILED, LET_IN, REFUSED, SLOT, Timelines
from frostgate.replay.model import AccountKey, Finding
from frostgate.rules.model import Verdict

WIDTH = 1000.0
MIDDLE = 27.0  # of a lane 40 high: above it what was let in, below it what failed
MOST = 60  # lanes

_COLUMNS = 500  # of a lane: finer than that, bars would hide each other
_TALLEST, _DEEPEST = 18.0, 11.0


class Mark(msgspec.Struct, frozen=True):
    """A verdict on a lane."""

    x: float
    verdict: Verdict
    title: str


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One account's time line, as paths of a drawing 1,000 by 40."""

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


def axis(first: datetime, last: datetime) -> Axis:
    """The axis of a log; one that is a single moment still gets a minute."""
    margin = max((last - first) * 0.01, timedelta(seconds=30))
    return Axis((first - margin).astimezone(UTC), (last + margin).astimezone(UTC))


def lanes(findings: Sequence[Finding], timelines: Timelines, along: Axis, *, freezes: bool) -> list[Lane]:
    """A lane for each account that met a rule, in the order of the findings."""
    by_account: dict[AccountKey, list[Finding]] = {}
    for finding in findings:
        by_account.setdefault(finding.key, []).append(finding)
    return [
        _lane(found, timelines.of[key], along, freezes=freezes) for key, found in list(by_account.items())[:MOST]
    ]


def _lane(found: list[Finding], slots: Mapping[tuple[int, str], int], along: Axis, *, freezes: bool) -> Lane:
    frozen = [finding.event.time for finding in found if finding.verdict is Verdict.FREEZE]
    counts = {kind: sum(n for (_, k), n in slots.items() if k == kind) for kind in (LET_IN, FAILED, REFUSED)}
    return Lane(
        who=found[0].who,
        let_in=_bars(slots, LET_IN, along, -_TALLEST),
        failed=_bars(slots, FAILED, along, _DEEPEST),
        refused=_bars(slots, REFUSED, along, -_TALLEST),
        counts=counts,
        marks=tuple(
            Mark(along.x(finding.event.time), finding.verdict, f"{finding.event.time:%Y-%m-%d %H:%M:%S}")
            for finding in found
        ),
        frozen_from=along.x(frozen[0]) if frozen and freezes else None,
        verdict=max(finding.verdict for finding in found),
    )


def _bars(slots: Mapping[tuple[int, str], int], kind: str, along: Axis, reach: float) -> str:
    """Upright strokes, each as long as the root of its count: one event shows and a thousand still fit."""
    columns: dict[int, int] = {}
    for (slot, what), count in slots.items():
        if what == kind:
            at = datetime.fromtimestamp((slot + 0.5) * SLOT, UTC)
            column = int(min(max(along.x(at), 0.0), WIDTH - 1) * _COLUMNS / WIDTH)
            columns[column] = columns.get(column, 0) + count
    return "".join(_strokes(sorted(columns.items()), reach))


def _strokes(columns: Iterable[tuple[int, int]], reach: float) -> Iterable[str]:
    for column, count in columns:
        length = reach * min(1.0, 0.3 + 0.7 * sqrt(count) / 6)
        yield f"M{(column + 0.5) * WIDTH / _COLUMNS:.0f} {MIDDLE:.0f}v{length:.1f}"
