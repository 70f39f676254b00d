"""Geometry on a sphere: distances, the shortest way between two points, circles around one. Pure.

A point is (longitude, latitude) in degrees. What is drawn as one line has longitudes that run on past 180°, so that
neither a way over the Pacific nor a circle around Fiji is torn apart.
"""

from collections.abc import Iterable
from functools import lru_cache
from math import asin, atan2, cos, degrees, dist, pi, radians, sin, sqrt

EARTH_KM = 6371.0088  # mean radius (IUGG, R1); the ellipsoid differs by 0.5 %, far below any city's uncertainty
FARTHEST_KM = pi * EARTH_KM  # to the other side of the Earth: nobody is farther away than that

Point = tuple[float, float]
Vector = tuple[float, float, float]  # of length 1, from the middle of the Earth


def distance_km(one: Point, other: Point) -> float:
    """Kilometres between two points (by the chord through the Earth, steady for short distances too)."""
    return 2 * EARTH_KM * asin(min(1.0, dist(vector(one), vector(other)) / 2))


def shortest_way(one: Point, other: Point, *, steps: int = 48) -> list[Point]:
    """Points along the great circle, both ends included. Between opposite points, one of the many shortest ways."""
    start, end = vector(one), vector(other)
    along = _direction(start, end)
    angle = distance_km(one, other) / EARTH_KM
    return _unrolled(turned(start, along, angle * step / steps) for step in range(steps + 1))


def circle(center: Point, km: float, *, steps: int = 72) -> list[Point]:
    """Points that are all so far away from a point, clockwise from north; the last is the first again.

    Around a pole the longitudes run on by a whole turn, so there the last one is 360° from the first.
    """
    middle = vector(center)
    east, north = axes(center)
    ring = []
    for step in range(steps + 1):
        bearing = 2 * pi * step / steps
        along = tuple(n * cos(bearing) + e * sin(bearing) for n, e in zip(north, east, strict=True))
        ring.append(turned(middle, along, km / EARTH_KM))  # type: ignore[arg-type]  # three of them
    return _unrolled(ring)


def middle_of(one: Point, other: Point) -> Point:
    """The point half way along the great circle."""
    return shortest_way(one, other, steps=2)[1]


@lru_cache(maxsize=16_384)  # the cities of the database are asked for again and again
def vector(point: Point) -> Vector:
    """The direction in which a point lies."""
    longitude, latitude = radians(point[0]), radians(point[1])
    return cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude)


def axes(point: Point) -> tuple[Vector, Vector]:
    """East and north at a point; at a pole, as somebody sees them who came along the point's meridian."""
    longitude, latitude = radians(point[0]), radians(point[1])
    east = (-sin(longitude), cos(longitude), 0.0)
    north = (-sin(latitude) * cos(longitude), -sin(latitude) * sin(longitude), cos(latitude))
    return east, north


def dot(one: Vector, other: Vector) -> float:
    """The cosine of the angle between two directions."""
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def turned(start: Vector, along: Vector, angle: float) -> Vector:
    """Where one arrives who goes from `start` towards `along`, at right angles to it, for so many radians."""
    a, b = cos(angle), sin(angle)
    return a * start[0] + b * along[0], a * start[1] + b * along[1], a * start[2] + b * along[2]


def _direction(start: Vector, end: Vector) -> Vector:
    """Which way leads from one direction to the other; any, where all do."""
    toward = dot(start, end)
    rest = (end[0] - toward * start[0], end[1] - toward * start[1], end[2] - toward * start[2])
    length = sqrt(dot(rest, rest))
    if length < 1e-12:
        return axes(_point(start))[1]
    return rest[0] / length, rest[1] / length, rest[2] / length


def _point(at: Vector) -> Point:
    return degrees(atan2(at[1], at[0])), degrees(atan2(at[2], sqrt(at[0] ** 2 + at[1] ** 2)))


def _unrolled(vectors: Iterable[Vector]) -> list[Point]:
    """The points in degrees, each going on from the one before and not from the other edge of a map."""
    points: list[Point] = []
    for each in vectors:
        longitude, latitude = _point(each)
        if points:
            longitude += 360 * round((points[-1][0] - longitude) / 360)
        points.append((longitude, latitude))
    return points
