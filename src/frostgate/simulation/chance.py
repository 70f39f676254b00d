"""Seeded chance without a logarithm: sums, products and square roots are the same on every machine, sines are not."""

from collections.abc import Sequence
from math import sqrt
from random import Random
from typing import TypeVar

T = TypeVar("T")


def stream(*names: object) -> Random:
    """A stream of chance of its own for whatever the names say; nobody else's draws move it."""
    return Random("/".join(map(str, names)))  # noqa: S311 - no secret hangs on it


def wait(rng: Random, mean: float) -> float:
    """A gap as people leave them: mostly short, sometimes long (Lomax, k = 4: a variation of 1.4)."""
    return 3.0 * mean * (1.0 / sqrt(sqrt(1.0 - rng.random())) - 1.0)


def about(rng: Random, middle: float, spread: float) -> float:
    """Near the middle, rarely further away than twice the spread (a sum of four even draws)."""
    return middle + spread * 1.7 * (rng.random() + rng.random() + rng.random() + rng.random() - 2.0)


def tail(rng: Random, least: float, most: float) -> float:
    """A heavy tail: half of the draws lie below twice the least (Pareto, k = 1), none above the most."""
    return min(most, least / (1.0 - rng.random()))


def times(rng: Random, mean: float) -> int:
    """How often something happens that happens `mean` times on average: its whole part, and chance for the rest."""
    scaled = mean * (0.5 + rng.random())
    whole = int(scaled)
    return whole + (rng.random() < scaled - whole)


def some(rng: Random, items: Sequence[T], count: int) -> list[T]:
    """That many different items, or all where there are fewer."""
    return rng.sample(items, min(count, len(items)))
