"""How long a prepaid balance lasts, and how sure that is. Pure: no clock, no database.

Method: the daily rate is the plain mean of the last four whole weeks (or of as many whole weeks as there are), so that
weekends count with their own weight and one busy Monday does not turn the forecast. What is spent in `n` days is then
taken as normal, with mean `n·μ` and variance `σ²·(n + n²/m)`: the first part is the scatter of the days to come, the
second that `μ` itself was measured on `m` days only. The range holds four times out of five: the balance is gone
before `earliest` once in ten, and lasts beyond `latest` once in ten.

Why not something cleverer: finance people can check a mean of 28 days on paper, it needs no training, and it is wrong
in a way that anybody can foresee: it follows a rising rate with two weeks' delay. A model of trends follows sooner, and
is wrong by far more when a campaign ends. `tests/billing/test_forecast.py` measures how often the range holds.
"""

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from statistics import fmean, variance

import msgspec

WEEK = 7
MOST_WEEKS = 4
HORIZON = 3 * 366  # days; "three years from now" is no forecast
_Z = 1.2815515655446004  # of the normal distribution: one in ten lies beyond


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Until when a balance lasts if people go on as they did. An estimate: it is shown and never posted.

    Dates are the first day that is no longer covered to its end; None: beyond `HORIZON`.
    """

    per_day: float  # minor units
    measured_days: int
    until: date | None
    earliest: date | None
    latest: date | None
    cover_days: int | None  # whole days from today that are covered, today included; None: beyond `HORIZON`


def forecast(balance: int, spent: Sequence[int], *, today: date) -> Forecast | None:
    """Until when `balance` (minor units) lasts, from what was `spent` on each day before today, the oldest first.

    None: fewer than seven days are known, and less than a week tells nothing of a week. Days on which nothing was spent
    are zeros and belong in.
    """
    weeks = min(len(spent) // WEEK, MOST_WEEKS)
    if not weeks:
        return None
    days = spent[-weeks * WEEK :]
    rate, scatter, count = fmean(days), variance(days), len(days)
    quantile = _student(count - 1)

    def spent_by(sign: int) -> Callable[[int], float]:
        return lambda n: n * rate + sign * quantile * math.sqrt(scatter * (n + n * n / count))

    cover = _last_covered(balance, spent_by(0))
    soonest, longest = _last_covered(balance, spent_by(1)), _last_covered(balance, spent_by(-1))
    return Forecast(
        per_day=rate,
        measured_days=count,
        until=_after(today, cover),
        earliest=_after(today, soonest),
        latest=_after(today, longest),
        cover_days=cover,
    )


def _last_covered(balance: int, spent_by: Callable[[int], float]) -> int | None:
    """The last `n` by which no more than the balance is spent. A curve may fall at first, but it crosses only once."""
    if balance <= 0:
        return 0
    if spent_by(HORIZON) <= balance:
        return None
    low, high = 0, HORIZON
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if spent_by(middle) <= balance else (low, middle)
    return low


def _after(today: date, days: int | None) -> date | None:
    return None if days is None else today + timedelta(days=days)


def _student(freedom: int) -> float:
    """Student's quantile by the first term of its expansion (Abramowitz and Stegun, 26.7.5); within 2 % from six on."""
    return _Z + (_Z**3 + _Z) / (4 * freedom)
