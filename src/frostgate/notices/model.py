"""What we owe people: a notice, to whom, in which words. Pure: no clock, no database, no network."""

import enum
import re
from collections.abc import Mapping
from datetime import datetime

import msgspec

from frostgate.base.errors import Refused
from frostgate.base.model import Fact, Language
from frostgate.standing.model import Kind


class Audience(enum.StrEnum):
    """To whom a notice speaks."""

    HOLDER = "holder"
    TENANT = "tenant"
    FINANCE = "finance"  # the tenant's finance contacts
    OPERATORS = "operators"  # the platform's own finance staff


class Channel(enum.StrEnum):
    """The way a notice travels."""

    EMAIL = "email"
    SMS = "sms"


class State(enum.StrEnum):
    """Where a notice stands. Only `owed` is tried again."""

    OWED = "owed"
    SENT = "sent"
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
    ALERT_BALANCE = "alert_balance"
    ALERT_COVER = "alert_cover"
    ALERT_BUDGET = "alert_budget"


class Withheld(enum.StrEnum):
    """Why a notice was not sent although it was owed. It stays on record, so that people can see who was not told."""

    NO_ADDRESS = "no_address"
    BAD_ADDRESS = "bad_address"
    OVERTAKEN = "overtaken"  # the hold ended, or the debt was paid, before the notice of it could be sent


SAYS_PLACED = {
    Kind.CHALLENGE: Template.CHALLENGED,
    Kind.LIMIT: Template.LIMITED,
    Kind.FREEZE: Template.FROZEN,
    Kind.BAN: Template.BANNED,
}


class Debt(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice that a notice speaks of."""

    number: str
    open: str  # as people read it, with its currency
    due_on: str  # a date in the tenant's zone


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What a notice about debts speaks of."""

    debts: tuple[Debt, ...]
    total: str  # of them; where currencies differ, each
    missing: str = ""  # what must be paid to end the freeze, or to prevent it
    freeze_at: datetime | None = None
    received: str = ""  # what came
    needs_approval: bool = False  # paying alone does not end the freeze


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert speaks of, as people read it: before anything is owed. Dates are in the tenant's zone."""

    rises: bool  # whether the value came from below
    reached: str  # the value that the tenant wanted to be told about
    balance: str  # what is left in advance
    is_known: bool  # whether there is a forecast; less than a week is none
    per_day: str = ""
    days: int | None = None  # that are covered; None: beyond sight
    until: str = ""  # the first day that is not covered; "": beyond sight
    earliest: str = ""
    latest: str = ""
    spent: str = ""  # this month, where there is a budget
    budget: str = ""
    share: int = 0  # percent of it


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """What the templates may speak of, fixed when the notice became owed."""

    account: str | None  # None: the hold is on the whole tenant
    tenant: str
    kind: str
    cause: str
    services: tuple[str, ...]
    since: datetime
    case_id: str
    time_zone: str  # an IANA name: the reader's clock
    places: tuple[str, ...] = ()
    seen_at: datetime | None = None
    until: datetime | None = None
    finding: str | None = None
    still_held: bool = False  # another hold is open, so this release alone gives nothing back
    bill: Bill | None = None  # a notice about debts, which has the sentences of its own file
    outlook: Outlook | None = None  # an alert, which has so, too
    reply_code: str = ""  # proves, when it comes back, that somebody read the notice


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

    def for_others(self) -> "Notice":
        """As somebody may see it to whom it was not sent: a code that proves who read it is in the letter alone."""
        hidden = "*" * len(self.params.reply_code)
        return msgspec.structs.replace(self, params=msgspec.structs.replace(self.params, reply_code=hidden))


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try at delivering a notice, and what the other side said."""

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
    return is_number(address) if channel is Channel.SMS else is_address(address)


class _NoticeFact(Fact, frozen=True, kw_only=True):
    """What the journal keeps of a notice: whom it concerned, never the address or the words."""

    notice_id: str
    hold_id: str | None
    case_id: str | None
    account_id: str | None
    cause: str
    audience: Audience
    channel: Channel
    template: Template


class NoticeOwed(_NoticeFact, frozen=True, kw_only=True):
    """Somebody must be told something."""

    name = "notice.owed"


class NoticeWithheld(_NoticeFact, frozen=True, kw_only=True):
    """Somebody should have been told something and will not be; `problem` says why."""

    name = "notice.withheld"

    problem: str


class NoticeSent(_NoticeFact, frozen=True, kw_only=True):
    """The other side took the notice."""

    name = "notice.sent"

    attempts: int


class NoticeUndeliverable(_NoticeFact, frozen=True, kw_only=True):
    """We could not tell somebody what we owed them: people must. `problem`: refused, exhausted, no_ or bad_address."""

    name = "notice.undeliverable"

    attempts: int
    problem: str


class NoticeUnknown(Refused):
    """There is no such notice in this tenant."""

    code = "notice.unknown"
