"""95 % confidence intervals of a share. Pure arithmetic."""

from collections.abc import Callable
from math import exp, lgamma, log, log1p, sqrt

Z = 1.959963984540054  # the normal distribution's 97.5 % point
TAIL = 0.025

Interval = tuple[float, float]


def wilson(hits: int, of: int) -> Interval:
    """Wilson's score interval: right on average, also near 0 and 1 (Wilson 1927; Brown, Cai and DasGupta 2001)."""
    if of == 0:
        return 0.0, 1.0
    share = hits / of
    middle = (share + Z * Z / (2 * of)) / (1 + Z * Z / of)
    half = Z / (1 + Z * Z / of) * sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    return max(0.0, middle - half) if hits else 0.0, min(1.0, middle + half) if hits < of else 1.0


def clopper_pearson(hits: int, of: int) -> Interval:
    """The exact interval: never narrower than it says, so the one for false alarms (Clopper and Pearson 1934)."""
    if of == 0:
        return 0.0, 1.0
    low = 0.0 if hits == 0 else _solve(lambda share: 1 - _at_most(hits - 1, of, share) < TAIL)
    high = 1.0 if hits == of else _solve(lambda share: _at_most(hits, of, share) > TAIL)
    return low, high


def _solve(below: Callable[[float], bool]) -> float:
    """Where a condition that is true for small shares stops being true, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if below(middle):
            low = middle
        else:
            high = middle
    return low


def _at_most(hits: int, of: int, share: float) -> float:
    """The binomial distribution: how likely it is to see that many or fewer."""
    if share <= 0.0:
        return 1.0
    if share >= 1.0:
        return 1.0 if hits >= of else 0.0
    total = 0.0
    for each in range(hits + 1):
        ways = lgamma(of + 1) - lgamma(each + 1) - lgamma(of - each + 1)
        total += exp(ways + each * log(share) + (of - each) * log1p(-share))
    return min(1.0, total)


def quantile(values: list[float], share: float) -> float:
    """The smallest value that so large a share of the values does not exceed (the inverse of the distribution)."""
    assert values, "BUG: a quantile of nothing"
    ordered = sorted(values)
    needed = share * len(ordered)
    place = int(needed) if int(needed) == needed else int(needed) + 1
    return ordered[max(0, place - 1)]
