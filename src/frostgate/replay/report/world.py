"""The map of the journeys: an equirectangular world as SVG shapes, cropped to where something happened.

Longitudes run on past 180°, so that an arc over the Pacific is one line; the land is drawn three times side by side.
"""

from collections.abc import Callable, Iterable, Sequence
from math import ceil, copysign, floor, sqrt

import msgspec

from frostgate.replay.model import Finding
from frostgate.rules.model import Verdict
from frostgate.signals import land
from frostgate.signals.geo import Place
from frostgate.signals.sphere import Point, circle, shortest_way
from frostgate.signals.travel import point_of

WIDTH = 1000.0  # of the drawing, in its own units
_LEAST_DEGREES = 70.0  # closer, the coarse outline of the land would show
_ASPECT = 2.1
_ARCS = 300  # different routes that are drawn; more are one tangle
_LABELS = 14


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """All journeys between the same two places with the same verdict, whichever way they went."""

    one: Place
    other: Place
    verdict: Verdict
    count: int
    km: float


class Arc(msgspec.Struct, frozen=True, kw_only=True):
    """A route as it is drawn."""

    route: Route
    path: str
    width: float


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A place as it is drawn."""

    place: Place
    verdict: Verdict
    x: float
    y: float
    ring: str  # how far the place may be off, as a closed path
    label: str  # empty where there is no room
    anchor: str
    label_x: float
    minor: bool  # left out on small screens


class Map(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page draws, in units of a drawing `WIDTH` wide."""

    height: float
    land: str
    scale: float  # units of the drawing for a tenth of a degree
    left: float  # where longitude 0 lies, in units of the drawing
    top: float  # where the equator lies
    graticule: str
    arcs: tuple[Arc, ...]
    spots: tuple[Spot, ...]
    left_out: int


def routes(findings: Iterable[Finding]) -> list[Route]:
    """The findings' journeys, the most frequent first."""
    counts: dict[tuple[str, str, Verdict], Route] = {}
    for finding in findings:
        journey = finding.journey
        if journey is None:
            continue
        one, other = sorted((journey.start.place, journey.end.place), key=_name)
        key = (_name(one), _name(other), finding.verdict)
        before = counts[key].count if key in counts else 0
        counts[key] = Route(one=one, other=other, verdict=finding.verdict, count=before + 1, km=journey.km)
    return sorted(counts.values(), key=lambda route: (-route.count, _name(route.one), _name(route.other)))


def draw(found: Sequence[Route]) -> Map | None:
    """The map of some routes; None without any."""
    if not found:
        return None
    lines = [shortest_way(point_of(route.one), point_of(route.other)) for route in found[:_ARCS]]
    west, north, span = _crop([point for line in lines for point in line])
    unit = WIDTH / span

    def at(point: Point) -> Point:
        return (point[0] - west) * unit, (north - point[1]) * unit

    arcs = [
        Arc(route=route, path=_path(map(at, line)), width=round(min(4.5, 1.4 + 0.9 * sqrt(route.count - 1)), 1))
        for route, line in zip(found, lines, strict=False)
    ]
    height = round(WIDTH / _ASPECT)
    return Map(
        height=height,
        land=land.path(),
        scale=round(unit / 10, 5),
        left=round(-west * unit, 2),
        top=round(north * unit, 2),
        graticule=_graticule(west, north, span, unit, height),
        arcs=tuple(reversed(arcs)),  # the most frequent on top
        spots=tuple(_spots(arcs, lines, at)),
        left_out=max(0, len(found) - _ARCS),
    )


def ring(center: Point, km: float) -> list[Point]:
    """The circle as it bounds an area on this map: around a pole, that is everything up to the map's edge."""
    points = circle(center, km)
    if abs(points[-1][0] - points[0][0]) < 180:
        return points
    edge = copysign(90.0, center[1])
    return [*points, (points[-1][0], edge), (points[0][0], edge)]


def _spots(arcs: Sequence[Arc], lines: Sequence[Sequence[Point]], at: Callable[[Point], Point]) -> Iterable[Spot]:
    """Each place once, with a label where there is room for it; the most frequent places choose first."""
    seen: set[tuple[str, int]] = set()
    boxes: list[tuple[float, float, float, float]] = []
    for arc, line in zip(arcs, lines, strict=True):
        for place, point in ((arc.route.one, line[0]), (arc.route.other, line[-1])):
            key = (_name(place), round(point[0]))
            if key in seen:
                continue
            seen.add(key)
            x, y = at(point)
            city = place.city or ""
            width = 8.0 * len(city) + 14
            # To the side that leads away from the other end, so that the label does not lie on the arc.
            right = point[0] >= (line[-1] if point is line[0] else line[0])[0]
            right = x + width < WIDTH if right else x - width < 0
            outline = [at(each) for each in ring(point, place.uncertainty_km or 0)]
            clear = max(12, max(each[0] for each in outline) - x + 5)
            label_x = x + clear if right else x - clear
            edge = label_x if right else label_x - width
            box = (edge, y - 9, edge + width, y + 9)
            room = len(boxes) < _LABELS and not any(_overlap(box, other) for other in boxes)
            if room:
                boxes.append(box)
            yield Spot(
                place=place,
                verdict=arc.route.verdict,
                x=round(x, 1),
                y=round(y, 1),
                ring=_path(outline) + "z",
                label=city if room else "",
                anchor="start" if right else "end",
                label_x=round(label_x, 1),
                minor=len(boxes) > 4 or not 0 < (x + 1.95 * width if right else x - 1.95 * width) < WIDTH,
            )


def _crop(points: Sequence[Point]) -> tuple[float, float, float]:
    """West, north and width in degrees of a frame around the points, never so narrow that they lose their place."""
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    span = max((east - west) * 1.7, (north - south) * 1.7 * _ASPECT, _LEAST_DEGREES)
    span = min(span, 360.0)
    tall = span / _ASPECT
    top = (north + south) / 2 + tall / 2
    top = min(max(top, -60 + tall), 86.0)
    return (west + east) / 2 - span / 2, top, span


def _graticule(west: float, north: float, span: float, unit: float, height: float) -> str:
    step = 30 if span > 150 else 15 if span > 90 else 10
    meridians = range(ceil(west / step), floor((west + span) / step) + 1)
    parallels = range(ceil((north - height / unit) / step), floor(north / step) + 1)
    upright = (f"M{(each * step - west) * unit:.1f} 0V{height:.0f}" for each in meridians)
    level = (f"M0 {(north - each * step) * unit:.1f}H{WIDTH:.0f}" for each in parallels)
    return "".join((*upright, *level))


def _path(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _name(place: Place) -> str:
    return f"{place.country} {place.city} {place.latitude} {place.longitude}"
