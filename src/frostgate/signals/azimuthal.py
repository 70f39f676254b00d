"""A map around one point: everything lies in its true direction from there and at its true distance. Pure.

The azimuthal equidistant projection has no edge to fall off: the 180th meridian and the poles are places like any
other. Great circles through the middle are straight lines with a true scale; only the point opposite the middle is
nowhere, or rather everywhere on the rim.
"""

from collections.abc import Iterable, Iterator
from math import atan2, ceil, cos, degrees, hypot, pi, sin, sqrt

from frostgate.signals.land import outlines
from frostgate.signals.sphere import EARTH_KM, FARTHEST_KM, Point, axes, dot, vector

Spot = tuple[float, float]  # kilometres to the east and to the north of the middle, as they are drawn

_BEND = pi / 36  # how finely the rim is followed
_BEYOND = 250.0  # kilometres outside the frame in which shapes stay as they are: no piece of an outline is so long
_RIM = 0.97 * FARTHEST_KM


class Azimuthal:
    """The map around a point."""

    def __init__(self, middle: Point) -> None:
        self._middle = vector(middle)
        self._east, self._north = axes(middle)
        self._opposite = [(middle[0] + 180 + turn, -middle[1]) for turn in (-720, -360, 0)]

    def at(self, point: Point) -> Spot:
        """Where a point is drawn."""
        to = vector(point)
        east, north, up = dot(to, self._east), dot(to, self._north), dot(to, self._middle)
        away = sqrt(east * east + north * north)
        if away < 1e-12:
            return (0.0, 0.0) if up > 0 else (0.0, FARTHEST_KM)
        km = atan2(away, up) * EARTH_KM
        return east / away * km, north / away * km

    def land(self, within_km: float) -> Iterator[tuple[list[Spot], list[list[Spot]]]]:
        """The land as (area, coasts) for a frame that reaches so far from the middle.

        Areas are to be filled by the even-odd rule, all in one path: land that holds the opposite point lies outside
        its own outline here, so the rim is drawn with it. What is far outside is moved to the rim.
        """
        rim = min(_RIM, within_km + _BEYOND)
        for outline in outlines():
            spots = [self.at(point) for point in outline]
            inverted = any(_encloses(outline, opposite) for opposite in self._opposite)
            if not inverted and all(hypot(*spot) > rim for spot in spots) and not _encloses(spots, (0.0, 0.0)):
                continue
            if inverted:
                yield [(rim * sin(turn * _BEND), rim * cos(turn * _BEND)) for turn in range(72)], []
            coasts: list[list[Spot]] = [[]]
            for spot in spots:
                if hypot(*spot) > rim:
                    coasts.append([])
                else:
                    coasts[-1].append(spot)
            yield list(_clamped(spots, rim)), [coast for coast in coasts if len(coast) > 1]


def graticule(step: int) -> Iterator[list[Point]]:
    """Meridians and parallels every so many degrees, in pieces that are short enough to be bent."""
    for longitude in range(-180, 180, step):
        yield [(float(longitude), float(latitude)) for latitude in range(-90 + step, 91 - step, 2)]
    for latitude in range(-90 + step, 90, step):
        yield [(float(longitude), float(latitude)) for longitude in range(-180, 181, 2)]


def _clamped(spots: Iterable[Spot], rim: float) -> Iterator[Spot]:
    """The outline with everything beyond the rim moved onto it, and no short cut through the middle."""
    before: float | None = None  # the direction of a spot on the rim
    for east, north in spots:
        away = hypot(east, north)
        if away <= rim:
            before = None
            yield east, north
            continue
        bearing = atan2(east, north)
        if before is not None:
            turn = (bearing - before + pi) % (2 * pi) - pi
            pieces = ceil(abs(turn) / _BEND)
            for piece in range(1, pieces):
                between = before + turn * piece / pieces
                yield rim * sin(between), rim * cos(between)
        before = bearing
        yield rim * sin(bearing), rim * cos(bearing)


def _encloses(ring: Iterable[tuple[float, float]], point: tuple[float, float]) -> bool:
    """Whether a point lies in a ring, on the plane: how often a line from it to the east crosses the ring."""
    x, y = point
    inside = False
    before: tuple[float, float] | None = None
    for at in ring:
        if before is not None and (before[1] > y) != (at[1] > y):
            inside ^= x < before[0] + (y - before[1]) / (at[1] - before[1]) * (at[0] - before[0])
        before = at
    return inside


def zoom(km: float) -> int:
    """How many degrees apart a graticule's lines are, in a frame that reaches so far from the middle."""
    wide = degrees(km / EARTH_KM)
    return 30 if wide > 60 else 15 if wide > 25 else 5 if wide > 8 else 1
