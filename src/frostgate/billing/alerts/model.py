"""Alerts before anything is owed: when a threshold that a tenant set is crossed. Pure: no clock, no database.

A threshold speaks once. It is silent until the value has come back as far as `clear`, so a balance that swings around
a threshold does not send a message at every swing. What is not known changes nothing: neither speaks nor clears.
"""

import enum
from collections.abc import Iterable, Mapping

import msgspec

from frostgate.base.errors import Refused
from frostgate.billing.forecast import HORIZON, Forecast
from frostgate.notices.model import Channel


class Measure(enum.StrEnum):
    """What a threshold watches."""

    BALANCE = "balance"  # what is prepaid and left, in minor units; below zero where it was overdrawn
    COVER = "cover"  # whole days that the balance lasts at the current rate
    BUDGET = "budget"  # what was spent this month, in percent of the tenant's budget


class Direction(enum.StrEnum):
    """Which way the value must go for the threshold to speak."""

    FALLS = "falls"
    RISES = "rises"


class ThresholdUnusable(Refused):
    """`clear` must lie on the side that the value comes from, or the threshold would speak once and never again."""

    code = "alert.threshold_unusable"


class Recipient(msgspec.Struct, frozen=True):
    """One contact by one way."""

    contact_id: str
    channel: Channel


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """When a tenant wants to be told, and who is.

    Raises:
        ThresholdUnusable: it could never clear.
    """

    id: str
    measure: Measure
    direction: Direction
    at: int  # it speaks when the value reaches this
    clear: int  # and may speak again once the value has come back to this
    recipients: tuple[Recipient, ...]

    def __post_init__(self) -> None:
        if self.clear == self.at or (self.clear > self.at) is not (self.direction is Direction.FALLS):
            raise ThresholdUnusable(pointer="/clear", at=self.at)

    def is_crossed(self, value: int) -> bool:
        """Whether the value has reached the threshold."""
        return value <= self.at if self.direction is Direction.FALLS else value >= self.at

    def is_cleared(self, value: int) -> bool:
        """Whether the value has come back far enough for the threshold to speak again."""
        return value >= self.clear if self.direction is Direction.FALLS else value <= self.clear


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold that has just been crossed, and the value that crossed it."""

    threshold: Threshold
    value: int


class Looked(msgspec.Struct, frozen=True):
    """What came of a look: what to say now, and which thresholds have spoken and not cleared since."""

    alerts: tuple[Alert, ...]
    spoken: frozenset[str]  # ids


def look(thresholds: Iterable[Threshold], values: Mapping[Measure, int | None], *, spoken: frozenset[str]) -> Looked:
    """Which thresholds speak now. `spoken` is what the look before left; a new threshold is not in it."""
    alerts, still = [], set()
    for threshold in thresholds:
        value, is_silent = values.get(threshold.measure), threshold.id in spoken
        if value is None or not (threshold.is_cleared(value) if is_silent else threshold.is_crossed(value)):
            still |= {threshold.id} & spoken
        elif not is_silent:
            still.add(threshold.id)
            alerts.append(Alert(threshold=threshold, value=value))
    return Looked(tuple(alerts), frozenset(still))


def cover(known: Forecast | None) -> int | None:
    """The value of `Measure.COVER`: None where there is no forecast, a large one where the end is out of sight."""
    if known is None:
        return None
    return HORIZON if known.cover_days is None else known.cover_days


def share(spent: int, budget: int) -> int:
    """The value of `Measure.BUDGET`: whole percent, rounded down, so that 100 says that the budget is used up."""
    assert budget > 0, "BUG: a budget of nothing"
    return spent * 100 // budget
