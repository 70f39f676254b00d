"""The outline of the land: Natural Earth's 1:50m (public domain), simplified to 0.12° and without
Antarctica, kept as one SVG path.

It shows on which coast a place lies, and no more: of a map that is narrower than a thousand kilometres it has only the
rough shape. Longitudes run on past 180°, so that Asia is not cut in two.
"""

import re
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import ceil

from frostgate.signals.sphere import Point

_LONGEST = 1.0  # degrees between two points of an outline
_NUMBER = re.compile(r"-?\d+")


@cache
def path() -> str:
    """The path on an equirectangular map, in tenths of a degree: x to the east, y to the south."""
    return files(__package__).joinpath("land.txt").read_text(encoding="ascii").replace("\n", "")


@cache
def outlines() -> tuple[tuple[Point, ...], ...]:
    """Each piece of land as a closed ring, with no two neighbouring points far apart, so that it may be bent."""
    return tuple(_ring(shape) for shape in path().split("M") if shape)


def _ring(shape: str) -> tuple[Point, ...]:
    numbers = [int(found) for found in _NUMBER.findall(shape)]
    x, y = numbers[0], numbers[1]
    corners = [(x / 10, -y / 10)]
    for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
        x, y = x + dx, y + dy
        corners.append((x / 10, -y / 10))
    corners.append(corners[0])
    points: list[Point] = []
    for one, other in pairwise(corners):
        pieces = max(1, ceil(max(abs(other[0] - one[0]), abs(other[1] - one[1])) / _LONGEST))
        points += [
            (one[0] + (other[0] - one[0]) * piece / pieces, one[1] + (other[1] - one[1]) * piece / pieces)
            for piece in range(pieces)
        ]
    return (*points, points[0])
