"""A journey drawn for a reviewer: an SVG page with the map, the figures, and what a person could have done.

The map lies around the middle of the journey (signals/azimuthal.py), so the shortest way is a straight line whose
length is true, and a place's uncertainty is the outline of all points that are so far away. Nothing in the page is
loaded from anywhere, and nothing in it runs.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from math import atan2, degrees, hypot
from pathlib import Path

import jinja2
import msgspec

from frostgate.base.model import Language
from frostgate.base.texts import moment, say, visible
from frostgate.rules.journey import facts_of
from frostgate.signals.azimuthal import Azimuthal, graticule, zoom
from frostgate.signals.geo import ATTRIBUTION
from frostgate.signals.reach import distance, reaches, sentences
from frostgate.signals.sphere import FARTHEST_KM, circle, middle_of, shortest_way
from frostgate.signals.travel import Located, Travel, point_of

WIDTH, HEIGHT = 1200.0, 800.0
LEFT, TOP, WIDE, HIGH = 40.0, 128.0, 1120.0, 430.0  # the map on the page
_BESIDE, _ABOVE = 150.0, 72.0  # of the map, free around the rings for labels
_BAR_LEFT, _BAR_WIDE = 190.0, 720.0
_NEAREST = 260.0  # kilometres from the middle that are always shown: closer, the outline of the land is too rough
_LONGEST = 44  # characters of a place's name

Dot = tuple[float, float]  # on the page, x to the right and y down
Box = tuple[float, float, float, float]  # left, top, right, bottom


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What is written beside a place."""

    x: float
    y: float
    anchor: str
    lines: tuple[str, ...]


class End(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two places as it is drawn."""

    x: float
    y: float
    size: float  # of the point in the middle of its ring
    ring: str
    label: Label


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """How far one way of travelling leads."""

    name: str
    told: str
    y: float
    width: float
    covers: bool


class Frame:
    """Where the map's kilometres lie on the page."""

    def __init__(self, travel: Travel) -> None:
        ends = [point_of(located.place) for located in (travel.start, travel.end)]
        self.map = Azimuthal(middle_of(*ends))
        self.rings = [
            [self.map.at(point) for point in circle(end, located.place.uncertainty_km or 0)]
            for end, located in zip(ends, (travel.start, travel.end), strict=True)
        ]
        east = max(1.0, *(abs(spot[0]) for ring in self.rings for spot in ring))
        north = max(1.0, *(abs(spot[1]) for ring in self.rings for spot in ring))
        self.per_km = min((WIDE / 2 - _BESIDE) / max(east, _NEAREST), (HIGH / 2 - _ABOVE) / max(north, _NEAREST))
        self.reach_km = hypot(WIDE, HIGH) / 2 / self.per_km
        self.ends = [self.on_page(self.map.at(end)) for end in ends]
        self.way = [self.on_page(self.map.at(point)) for point in shortest_way(*ends)]

    def on_page(self, spot: tuple[float, float]) -> Dot:
        """The page's units for the map's kilometres."""
        return LEFT + WIDE / 2 + spot[0] * self.per_km, TOP + HIGH / 2 - spot[1] * self.per_km

    def path(self, spots: Iterable[tuple[float, float]], *, closed: bool = True) -> str:
        """Kilometres as a path; points that nobody could tell apart are left out."""
        return _path(map(self.on_page, spots)) + ("z" if closed else "")


def draw(travel: Travel, language: Language, *, time_zone: str) -> str:
    """The page. The same journey always gives the same bytes."""
    frame = Frame(travel)
    areas, coasts = _land(frame)
    ends = _ends(travel, frame, language, time_zone)
    bars, least_x = _bars(travel, language)
    origin, destination = (_named(located, language) for located in (travel.start, travel.end))
    page = _template().render(
        language=language.value,
        width=int(WIDTH),
        height=int(HEIGHT),
        frame=(LEFT, TOP, WIDE, HIGH),
        earth=round(min(frame.reach_km, FARTHEST_KM) * frame.per_km, 1),
        heading=say("journey.title", language),
        title=f"{origin} → {destination}",
        says=sentences(travel, language),
        areas=areas,
        coasts=coasts,
        lines=_graticule(frame),
        way=_path(frame.way),
        arrow=_arrow(frame.way),
        ends=ends,
        scale=_scale(frame, language),
        facts=facts_of(travel, language),
        reach=say("journey.reach", language),
        bars=bars,
        bar_left=_BAR_LEFT,
        least_x=least_x,
        least=say("journey.apart", language, far=distance(travel.least_km, language)),
        sources=f"{' · '.join(ATTRIBUTION)} · {say('journey.sources', language)}",
    )
    return page + "\n"


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return environment.get_template("chart.svg.j2")


def _land(frame: Frame) -> tuple[str, str]:
    """The land and its coasts, each as one path."""
    areas, coasts = [], []
    for area, shores in frame.map.land(frame.reach_km):
        areas.append(frame.path(area))
        coasts += [frame.path(shore, closed=False) for shore in shores]
    return "".join(areas), "".join(coasts)


def _graticule(frame: Frame) -> str:
    """The lines of longitude and latitude as far as the frame reaches."""
    pieces: list[str] = []
    for line in graticule(zoom(frame.reach_km)):
        run: list[Dot] = []
        for point in line:
            spot = frame.map.at(point)
            if hypot(*spot) <= min(1.2 * frame.reach_km, 0.93 * FARTHEST_KM):
                run.append(frame.on_page(spot))
                continue
            pieces += [_path(run)] if len(run) > 1 else []
            run = []
        pieces += [_path(run)] if len(run) > 1 else []
    return "".join(pieces)


def _ends(travel: Travel, frame: Frame, language: Language, time_zone: str) -> list[End]:
    """Both places, each with its label where it hides nothing."""
    rings = [_box(map(frame.on_page, ring)) for ring in frame.rings]
    taken: list[tuple[Box, float]] = [(ring, 0.4) for ring in rings]
    taken += [((x - 6, y - 6, x + 6, y + 6), 3.0) for x, y in (*frame.ends, *frame.way[4:-4:4])]
    taken.append(((LEFT, TOP + HIGH - 44, LEFT + 230, TOP + HIGH), 3.0))  # the scale
    ends = []
    for place, located in enumerate((travel.start, travel.end)):
        lines = (
            f"{place + 1}  {_named(located, language)}",
            moment(datetime.fromtimestamp(located.at, UTC), time_zone, language, seconds=True),
            say("journey.uncertainty", language, n=f"{located.place.uncertainty_km or 0:,}"),
        )
        (x, y), away = frame.ends[place], frame.ends[1 - place]
        label, box = _label(lines, rings[place], taken, to_right=(x, place) > (away[0], 1 - place))
        taken.append((box, 10.0))
        ring = frame.path(frame.rings[place])
        size = min(4.0, max(1.0, (rings[place][2] - rings[place][0]) / 5))
        ends.append(End(x=round(x, 1), y=round(y, 1), size=round(size, 1), ring=ring, label=label))
    return ends


def _label(
    lines: tuple[str, ...], ring: Box, taken: Sequence[tuple[Box, float]], *, to_right: bool
) -> tuple[Label, Box]:
    """The place for a label around a ring that covers the least of what is there already."""
    width = max(_width(lines[0], 17), *(_width(line, 14) for line in lines[1:]))
    height, gap = 62.0, 10.0
    middle, level = (ring[0] + ring[2]) / 2, (ring[1] + ring[3]) / 2
    beside = [(ring[2] + gap, level - height / 2), (ring[0] - gap - width, level - height / 2)]
    over = [(middle - width / 2, ring[3] + gap), (middle - width / 2, ring[1] - gap - height)]
    corners = [(x, y) for x in (ring[2] - 20, ring[0] + 20 - width) for y in (ring[3] - 10, ring[1] + 10 - height)]
    found: list[tuple[float, int, Box]] = []
    for left, top in [*(beside if to_right else beside[::-1]), *over, *corners]:
        x = min(max(left, LEFT + 10), LEFT + WIDE - 10 - width)
        y = min(max(top, TOP + 8), TOP + HIGH - 8 - height)
        box = (x, y, x + width, y + height)
        found.append((sum(_overlap(box, other) * weight for other, weight in taken), len(found), box))
    box = min(found)[2]
    right = box[2] < middle  # stands to the left of its place, so its lines end there
    anchor, x = ("end", box[2]) if right else ("start", box[0])
    return Label(x=round(x, 1), y=round(box[1] + 17, 1), anchor=anchor, lines=lines), box


def _bars(travel: Travel, language: Language) -> tuple[list[Bar], float | None]:
    """The bars, and where the line of the least distance stands; None where the places may be one."""
    found = reaches(travel)
    longest = max(travel.least_km, *(reach.km for reach in found), 1e-9)
    bars = [
        Bar(
            name=say(f"reach.{reach.way.name}", language),
            told=distance(reach.km, language, about=True) if reach.km else say("reach.nowhere", language),
            y=666.0 + 26 * row,
            width=round(_BAR_WIDE * reach.km / longest, 1),
            covers=reach.covers and reach.km > 0,
        )
        for row, reach in enumerate(found)
    ]
    least_x = round(_BAR_LEFT + _BAR_WIDE * travel.least_km / longest, 1) if travel.least_km else None
    return bars, least_x


def _scale(frame: Frame, language: Language) -> tuple[str, float]:
    """A round number of kilometres, and its length on the page."""
    for km in (20_000, *(digit * 10**power for power in (3, 2, 1, 0) for digit in (5, 2, 1))):
        if km * frame.per_km <= 190:
            return distance(km, language), round(km * frame.per_km, 1)
    return distance(1, language), round(frame.per_km, 1)


def _arrow(way: Sequence[Dot]) -> tuple[float, float, float] | None:
    """Where the arrow on the way stands and which way it points; None where there is no room for one."""
    (x, y), (to_x, to_y) = way[len(way) // 2 - 1], way[len(way) // 2 + 1]
    if hypot(way[-1][0] - way[0][0], way[-1][1] - way[0][1]) < 40:
        return None
    return round((x + to_x) / 2, 1), round((y + to_y) / 2, 1), round(degrees(atan2(to_y - y, to_x - x)), 1)


def _named(located: Located, language: Language) -> str:
    name = visible(located.place.label(language.value))
    return name if len(name) <= _LONGEST else name[:_LONGEST] + "…"


def _path(dots: Iterable[Dot]) -> str:
    """A path through points on the page, without those that nobody could tell from the one before."""
    kept: list[Dot] = []
    dot = (0.0, 0.0)
    for dot in dots:
        if not kept or abs(dot[0] - kept[-1][0]) + abs(dot[1] - kept[-1][1]) >= 0.8:
            kept.append(dot)
    if len(kept) == 1:
        kept.append(dot)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept)


def _box(dots: Iterable[Dot]) -> Box:
    xs, ys = zip(*dots, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _overlap(one: Box, other: Box) -> float:
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0


def _width(text: str, size: float) -> float:
    """About how wide a text is: Chinese signs are square, others some 0.56 of that."""
    return sum(size if sign > "\u2e80" else 0.56 * size for sign in text)
