"""What a tenant sets about its alerts, the facts that say so, and what is refused. Pure values."""

from datetime import datetime
from typing import Annotated

import msgspec

from frostgate.base.errors import Conflict, NotFound, Refused
from frostgate.base.model import Fact
from frostgate.billing.alerts.model import Direction, Measure, Recipient, Threshold
from frostgate.billing.ledger.model import AMOUNT_MOST, Amount
from frostgate.notices.contacts.records import MOST_CONTACTS

MOST_THRESHOLDS = 50

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Value = Annotated[int, msgspec.Meta(ge=-AMOUNT_MOST, le=AMOUNT_MOST)]


class KeptThreshold(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold, and since when it has spoken and not cleared."""

    threshold: Threshold
    spoken_at: datetime | None = None

    @property
    def id(self) -> str:
        """Its threshold's."""
        return self.threshold.id


# Drafts


class ThresholdDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When to tell whom; without recipients, every finance contact who counts."""

    measure: Measure
    direction: Direction
    at: Value
    clear: Value
    recipients: Annotated[tuple[Recipient, ...], msgspec.Meta(max_length=MOST_CONTACTS)] = ()


class BudgetDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a month may cost, in minor units of the plan's currency; null: no budget."""

    amount: Amount | None


# Facts


class ThresholdChanged(Fact, frozen=True, kw_only=True):
    """A threshold was set, changed or removed."""

    name = "alert.threshold_changed"

    threshold: Threshold
    is_removed: bool = False


class BudgetChanged(Fact, frozen=True, kw_only=True):
    """A month may cost so much from now on; null: as much as it likes."""

    name = "alert.budget_changed"

    amount: int | None


class AlertRaised(Fact, frozen=True, kw_only=True):
    """A threshold was crossed, and so many people are told."""

    name = "alert.raised"

    threshold_id: str
    measure: Measure
    value: int
    told: int


# Refusals


class ThresholdUnknown(NotFound):
    """The tenant has no such threshold."""

    code = "alert.threshold_unknown"


class RecipientUnknown(Refused):
    """The tenant has no contact of this id with this channel."""

    code = "alert.recipient_unknown"


class TooManyThresholds(Conflict):
    """A tenant has so many thresholds at most."""

    code = "alert.too_many"
