"""What we owe people: a notice, to whom, in which words. Pure: no clock, no database, no network."""

import enum
import re
from collections.abc import Mapping
from datetime import datetime

import msgspec

from frostgate.base.errors import Refused
from frostgate.base.model import Language
from frostgate.base.reconciler import Done, Failed
from frostgate.notices.params import Params
from frostgate.standing.model import Kind


class Audience(enum.StrEnum):
    """To whom a notice speaks."""

    HOLDER = "holder"
    TENANT = "tenant"
    FINANCE = "finance"  # the tenant's finance contacts
    OPERATORS = "operators"  # the platform's own staff


class Channel(enum.StrEnum):
    """The way a notice travels."""

    EMAIL = "email"
    SMS = "sms"
    CHAT = "chat"  # a group of our own people, told by its robot


class State(enum.StrEnum):
    """Where a notice stands. Only `owed` is tried again. That somebody read it is never claimed: we do not know it."""

    OWED = "owed"
    SENT = "sent"  # the other side took it; whether it came to anybody, or was read, is not known
    DELIVERED = "delivered"  # the other side says that it came to the mailbox or the telephone; not that it was read
    BOUNCED = "bounced"  # it came back, and something else was tried instead
    UNDELIVERABLE = "undeliverable"
    WITHHELD = "withheld"


class Template(enum.StrEnum):
    """What a notice says."""

    CHALLENGED = "challenged"
    LIMITED = "limited"
    FROZEN = "frozen"
    BANNED = "banned"
    RELEASED = "released"
    DEBT_DUE_SOON = "debt_due_soon"
    DEBT_DUE = "debt_due"
    DEBT_OVERDUE = "debt_overdue"
    DEBT_LAST_NOTICE = "debt_last_notice"
    DEBT_FROZEN = "debt_frozen"
    DEBT_PART_PAID = "debt_part_paid"
    DEBT_RELEASED = "debt_released"
    CONTACT_ASKED = "contact_asked"
    CONTACT_CHANGED = "contact_changed"
    CASE_ASKED = "case_asked"
    CASE_KEPT = "case_kept"
    RELEASE_CONDITIONS = "release_conditions"
    CONDITIONS_LAPSED = "conditions_lapsed"
    CASES_WAITING = "cases_waiting"
    MENTIONED = "mentioned"
    EMERGENCY_OPENED = "emergency_opened"
    SIGN_IN_TOLD = "sign_in_told"
    CLOCK_MISSED = "clock_missed"  # these two go to chats alone
    NOTICE_LOST = "notice_lost"
    PLAIN = "plain"  # no notice at all: somebody tries a way, or the store cannot be written
    ALERT_BALANCE = "alert_balance"
    ALERT_COVER = "alert_cover"
    ALERT_BUDGET = "alert_budget"
    SELF_CHECK_CODE = "self_check_code"
    APPEAL_CODE = "appeal_code"
    APPEAL_RECEIVED = "appeal_received"
    APPEAL_ASKED = "appeal_asked"
    APPEAL_DECIDED = "appeal_decided"
    CHECK_UP_CODE = "check_up_code"
    CHECK_UP_DUE = "check_up_due"
    REVIEW_CODE = "review_code"
    REVIEW_DUE = "review_due"
    REVIEW_OVERDUE = "review_overdue"


# What is said of a hold that lasts, as often as there is news of its case; once it has ended, none of it is true.
OF_LASTING = frozenset(
    {Template.CASE_ASKED, Template.CASE_KEPT, Template.RELEASE_CONDITIONS, Template.CONDITIONS_LAPSED}
)

# What brings the code to come in by a link; it counts for a few minutes.
CODES = frozenset({Template.APPEAL_CODE, Template.CHECK_UP_CODE, Template.REVIEW_CODE})


class Withheld(enum.StrEnum):
    """Why a notice was not sent although it was owed. It stays on record, so that people can see who was not told."""

    NO_ADDRESS = "no_address"
    BAD_ADDRESS = "bad_address"
    NOT_WORKING = "not_working"  # what was sent to this address before came back for good
    OVERTAKEN = "overtaken"  # the hold ended, or the debt was paid, before the notice of it could be sent


class Bounce(enum.StrEnum):
    """Why a notice came back."""

    HARD = "hard"  # the address does not exist, or never takes anything
    SOFT = "soft"  # it may next time: full, switched off, out of reach


SAYS_PLACED = {
    Kind.CHALLENGE: Template.CHALLENGED,
    Kind.LIMIT: Template.LIMITED,
    Kind.FREEZE: Template.FROZEN,
    Kind.BAN: Template.BANNED,
}


# By these somebody comes to the appeal: by what told them of the hold, or, who reads there since, by what speaks of it.
LEADS_TO_APPEAL = OF_LASTING.union(SAYS_PLACED.values())


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that we owe one person over one channel. `code` proves to anybody that it came from us."""

    id: str
    tenant_id: str
    hold_id: str | None
    case_id: str | None
    account_id: str | None
    audience: Audience
    channel: Channel
    address: str
    language: Language
    template: Template
    params: Params
    code: str
    state: State
    problem: str | None  # why it is withheld or undeliverable
    attempts: int
    next_attempt_at: datetime
    owed_at: datetime
    sent_at: datetime | None = None
    message_id: str | None = None
    provider_reference: str | None = None
    receipt_id: str | None = None  # by which the other side's receipts name it, where they do not by our own id
    delivered_at: datetime | None = None
    bounced_at: datetime | None = None
    bounce: Bounce | None = None
    quiet: str | None = None  # the hours in which it is not sent, as `quiet.Quiet.text` has them
    thread: str | None = None  # the same for all that was owed together, and for what goes out instead of one of them
    contact_id: str | None = None  # who reads there, where it is one of the tenant's contacts

    def for_others(self) -> "Notice":
        """As somebody may see it to whom it was not sent: a code that proves who read it is in the letter alone."""
        hidden = "*" * len(self.params.reply_code)
        return msgspec.structs.replace(self, params=msgspec.structs.replace(self.params, reply_code=hidden))

    def without_proof(self) -> "Notice":
        """As somebody may see it who could pass a mail of their own off as this one, with the code that proves it."""
        return msgspec.structs.replace(self, code="*" * len(self.code), message_id=None)


class Reader(msgspec.Struct, frozen=True):
    """Who is to read a notice, where, in which language and by which way."""

    audience: Audience
    address: str
    language: Language
    channel: Channel = Channel.EMAIL
    contact_id: str | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try at delivering a notice, or one receipt of it, and what the other side said."""

    id: str
    notice_id: str
    at: datetime
    outcome: str
    detail: str


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A notice in its final words, ready for a channel."""

    notice_id: str
    address: str
    language: Language
    code: str
    template: Template
    subject: str
    text: str
    html: str
    values: Mapping[str, str] = {}  # in their order, where a registered text is filled with them instead
    parts: int | None = None  # that a telephone gets, of a text in our own words


class Taken(Done, frozen=True, kw_only=True):
    """The other side took it, and will tell what became of each part under these names."""

    references: tuple[str, ...] = ()


class NobodyThere(Failed, frozen=True, kw_only=True):
    """The other side says at once that nobody has this address: as if the notice had come back for good."""

    permanent: bool = True


_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def is_address(address: str) -> bool:
    """Whether mail can be sent there: a dot-atom and a domain (RFC 5321, section 4.1.2).

    Quoted local parts and address literals are valid there and never a customer's; refusing them keeps every
    character that could end a header or a command out of both.
    """
    local, at, domain = address.rpartition("@")
    try:
        labels = domain.encode("idna").decode("ascii").split(".")
    except UnicodeError:
        return False
    return (
        bool(at)
        and len(local) <= 64
        and len(address) <= 254
        and _LOCAL.fullmatch(local) is not None
        and len(labels) >= 2
        and all(_LABEL.fullmatch(label) for label in labels)
    )


_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


def is_number(address: str) -> bool:
    """Whether it is a telephone number with its country, such as +8613800138000 (ITU-T E.164, at most 15 digits)."""
    return _NUMBER.fullmatch(address) is not None


def is_reachable(channel: Channel, address: str) -> bool:
    """Whether this way leads to such an address."""
    if channel is Channel.CHAT:
        return bool(address)  # the name of a robot in our settings
    return is_number(address) if channel is Channel.SMS else is_address(address)


class NoticeUnknown(Refused):
    """There is no such notice in this tenant."""

    code = "notice.unknown"
