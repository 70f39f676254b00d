"""What others tell us of a notice that they took from us. Pure."""

import enum

import msgspec

from frostgate.base.errors import Forbidden, Malformed, NotFound, StoreUnavailable
from frostgate.notices.model import Channel


class Said(enum.StrEnum):
    """What a receipt says. None says that somebody read it: we do not ask for that, and do not believe it."""

    DELIVERED = "delivered"
    DELAYED = "delayed"  # they go on trying
    BOUNCED_HARD = "bounced_hard"  # the address does not exist, or never takes anything
    BOUNCED_SOFT = "bounced_soft"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt, as far as it names a notice. What it says of itself must fit the notice, or it changes nothing.

    By mail anybody can say anything: a report that returns no seal of ours is of no notice.
    """

    channel: Channel
    said: Said
    detail: str  # in the other side's words
    notice_id: str | None = None
    receipt_id: str | None = None  # what the other side called it, where it does not know our own id
    seal: str | None = None  # what the mail of this notice carried, where the receipt returns it
    number: str | None = None  # the telephone, as digits; perhaps without its country


class Taken(enum.StrEnum):
    """What came of a receipt."""

    TAKEN = "taken"
    NOTHING_NEW = "nothing_new"
    UNKNOWN = "unknown"  # of no notice that we sent
    TOO_EARLY = "too_early"  # it overtook our own record of the sending: it must come again
    NO_RECEIPT = "no_receipt"


class DeliveryReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one delivery report by mail."""

    outcome: Taken


class ReceiptsNotSetUp(NotFound):
    """No key is set for receipts, so none can be believed."""

    code = "receipt.not_set_up"


class ReceiptKeyWrong(Forbidden):
    """The address to which this came has not one of our keys."""

    code = "receipt.key_wrong"


class ReceiptUnreadable(Malformed):
    """This is no receipt of this provider's, or no mail."""

    code = "receipt.unreadable"


class ReceiptTooEarly(StoreUnavailable):
    """The receipt overtook our own record of the sending. Whoever sends it again in a moment is heard."""

    code = "receipt.too_early"
