"""What a tenant sets about its alerts, the facts that say so, and what is refused. Pure values."""

import enum
from datetime import datetime
from typing import Annotated

import msgspec

from frostgate.base.errors import Conflict, NotFound, Refused
from frostgate.base.model import Fact, Language
from frostgate.billing.alerts.contacts import Way
from frostgate.billing.alerts.model import Direction, Measure, Recipient, Threshold
from frostgate.billing.ledger.model import AMOUNT_MOST, Amount

MOST_CONTACTS = 20
MOST_THRESHOLDS = 50

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Value = Annotated[int, msgspec.Meta(ge=-AMOUNT_MOST, le=AMOUNT_MOST)]


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of a tenant's who is to be told what it costs and owes."""

    tenant_id: str
    name: str
    language: Language
    way: Way
    added_at: datetime

    @property
    def id(self) -> str:
        """By what thresholds name it."""
        return self.way.contact_id


class KeptThreshold(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold, and since when it has spoken and not cleared."""

    threshold: Threshold
    spoken_at: datetime | None = None

    @property
    def id(self) -> str:
        """Its threshold's."""
        return self.threshold.id


# Drafts


class ContactDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new contact; without a language it reads the tenant's."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    channel: Annotated[str, msgspec.Meta(min_length=1, max_length=32)] = "email"
    language: Language | None = None


class ReplyDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code that came back from whoever reads at an address."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ThresholdDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When to tell whom; without recipients, every confirmed contact."""

    measure: Measure
    direction: Direction
    at: Value
    clear: Value
    recipients: Annotated[tuple[Recipient, ...], msgspec.Meta(max_length=MOST_CONTACTS)] = ()


class BudgetDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a month may cost, in minor units of the plan's currency; null: no budget."""

    amount: Amount | None


# Facts


class ContactChange(enum.StrEnum):
    """What became of a contact."""

    ADDED = "added"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"  # a wrong code came back, or a right one too late
    REMOVED = "removed"


class ContactChanged(Fact, frozen=True, kw_only=True):
    """Something became of a finance contact. The journal never forgets, so name and address stay out of it."""

    name = "contact.changed"

    contact_id: str
    change: ContactChange


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


class ContactUnknown(NotFound):
    """The tenant has no such finance contact."""

    code = "contact.unknown"


class ContactExists(Conflict):
    """The tenant has a contact of this address already."""

    code = "contact.exists"


class TooManyContacts(Conflict):
    """A tenant has so many contacts at most."""

    code = "contact.too_many"


class AddressUnusable(Refused):
    """Nothing can be sent to this address."""

    code = "contact.address_unusable"


class ChannelUnusable(Refused):
    """Alerts do not travel this way here; `channels` are those that they do."""

    code = "contact.channel_unusable"


class AskedJustNow(Conflict):
    """A code was sent a moment ago; another may be in so many `minutes`."""

    code = "contact.asked_just_now"


class CodeWrong(Refused):
    """This is not the code that was sent last."""

    code = "contact.code_wrong"


class CodeTooOld(Conflict):
    """The code was sent more than a week ago."""

    code = "contact.code_too_old"


class CodeNotAsked(Conflict):
    """No code waits for a reply, or wrong ones came back too often since it was sent."""

    code = "contact.code_not_asked"


class ThresholdUnknown(NotFound):
    """The tenant has no such threshold."""

    code = "alert.threshold_unknown"


class RecipientUnknown(Refused):
    """The tenant has no contact of this id with this channel."""

    code = "alert.recipient_unknown"


class TooManyThresholds(Conflict):
    """A tenant has so many thresholds at most."""

    code = "alert.too_many"
