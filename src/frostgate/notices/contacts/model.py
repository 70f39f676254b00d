"""A tenant's contacts: who they are, of what each is told, whether somebody reads there. Pure: no clock, no database.

An address counts once somebody replied from it with the code that it was sent, and again each half year. Until then
it gets one message, which says nothing but that a code is to be sent back: an address that was mistyped learns no
more. One whose renewal is not answered counts for another thirty days and is asked each week; then whoever reads there
may be somebody else.
"""

import enum
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from frostgate.base.calendar import Calendar, add_months
from frostgate.base.ids import typed_code
from frostgate.base.model import Language
from frostgate.notices.model import Channel
from frostgate.standing.model import Cause, Kind

RENEWED_EACH = 6  # months
OVERTIME = timedelta(days=30)  # how long an address counts after its renewal was due
CODE_LASTS = timedelta(days=7)
TRIES = 5


class ContactRole(enum.StrEnum):
    """What a contact answers for in their company."""

    FINANCE = "finance"
    SECURITY = "security"
    OWNER = "owner"


# Who hears of what. Where nobody of a role counts, the owners do, and where there is no owner, the tenant's own
# address: nothing goes unsaid.
TOLD_OF: Mapping[Cause, ContactRole] = {
    Cause.ARREARS: ContactRole.FINANCE,
    Cause.ABNORMAL_LOGIN: ContactRole.SECURITY,
    Cause.BULK_OPERATION: ContactRole.SECURITY,
    Cause.BYPASS_ATTEMPT: ContactRole.SECURITY,
    Cause.VIOLATING_CONTENT: ContactRole.OWNER,
    Cause.MANUAL: ContactRole.OWNER,
}


def role_told(cause: Cause, kind: Kind) -> ContactRole:
    """Whom a hold concerns; a ban is the owner's business, whatever its cause."""
    return ContactRole.OWNER if kind is Kind.BAN else TOLD_OF[cause]


class Trust(enum.StrEnum):
    """Whether an address counts."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    RENEWING = "renewing"  # counts, and is to be confirmed again
    LAPSED = "lapsed"


class Reply(enum.StrEnum):
    """What came of a reply."""

    CONFIRMED = "confirmed"
    WRONG = "wrong"
    TOO_LATE = "too_late"
    NOT_ASKED = "not_asked"  # or tried too often since


class Asked(msgspec.Struct, frozen=True):
    """A code that was sent, and how often a wrong one came back."""

    digest: str
    at: datetime
    wrong: int = 0


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One address of a contact, and what is known of who reads there."""

    contact_id: str
    channel: Channel
    address: str
    asked: Asked | None = None
    confirmed_at: datetime | None = None

    def ask(self, code: str, *, at: datetime) -> "Way":
        """Remember the code that is sent now; one that was sent before counts no more."""
        return msgspec.structs.replace(self, asked=Asked(_digest(code), at))

    def reply(self, code: str, *, at: datetime) -> tuple["Way", Reply]:
        """Take a code that came back: the address as it stands now, and what came of it."""
        if self.asked is None or self.asked.wrong >= TRIES:
            return self, Reply.NOT_ASKED
        if at - self.asked.at >= CODE_LASTS:
            return self, Reply.TOO_LATE
        if not hmac.compare_digest(_digest(code), self.asked.digest):
            again = msgspec.structs.replace(self.asked, wrong=self.asked.wrong + 1)
            return msgspec.structs.replace(self, asked=again), Reply.WRONG
        return msgspec.structs.replace(self, asked=None, confirmed_at=at), Reply.CONFIRMED

    def trust(self, calendar: Calendar, at: datetime) -> Trust:
        """Whether the address counts at a time. Half years end on days, by the tenant's calendar."""
        if self.confirmed_at is None:
            return Trust.UNCONFIRMED
        renewal = self._renewal(calendar, self.confirmed_at)
        if at < renewal:
            return Trust.CONFIRMED
        return Trust.RENEWING if at < renewal + OVERTIME else Trust.LAPSED

    def asks_at(self, calendar: Calendar, at: datetime) -> datetime | None:
        """When the address is to be asked for the next time; None: never again, unless the tenant wants it to be.

        A new one once, at once. One that is confirmed when half a year is over, and then each week until it answers or
        has lapsed.
        """
        trust = self.trust(calendar, at)
        if self.confirmed_at is None:
            return at if self.asked is None else None
        if trust is Trust.LAPSED:
            return None
        renewal = self._renewal(calendar, self.confirmed_at)
        if self.asked is None or self.asked.at < renewal:
            return max(renewal, at)
        again = max(self.asked.at + CODE_LASTS, at)
        return again if again < renewal + OVERTIME else None

    @staticmethod
    def _renewal(calendar: Calendar, confirmed_at: datetime) -> datetime:
        return calendar.instant(add_months(calendar.day_of(confirmed_at), RENEWED_EACH))


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of a tenant's who is told what concerns them."""

    id: str
    tenant_id: str
    name: str
    role: ContactRole
    language: Language
    ways: tuple[Way, ...]  # one for each channel, email first
    added_at: datetime

    def by(self, channel: Channel) -> Way | None:
        """The way to them by a channel."""
        return next((way for way in self.ways if way.channel is channel), None)

    def with_way(self, way: Way) -> "Contact":
        """The contact with this way as it stands now."""
        ways = (*(each for each in self.ways if each.channel is not way.channel), way)
        return msgspec.structs.replace(self, ways=tuple(sorted(ways, key=lambda each: each.channel)))

    def counting(self, calendar: Calendar, at: datetime) -> tuple[Way, ...]:
        """The ways by which they are told something."""
        return tuple(way for way in self.ways if way.trust(calendar, at) in {Trust.CONFIRMED, Trust.RENEWING})


def told(
    contacts: Iterable[Contact], role: ContactRole, *, calendar: Calendar, at: datetime
) -> list[tuple[Contact, tuple[Way, ...]]]:
    """Those of a role who count, each with their ways; where nobody does, the owners; or nobody at all."""
    counting = [(each, ways) for each in contacts if (ways := each.counting(calendar, at))]
    of_role = [pair for pair in counting if pair[0].role is role]
    return of_role or [pair for pair in counting if pair[0].role is ContactRole.OWNER]


def _digest(code: str) -> str:
    return hashlib.sha256(typed_code(code).encode()).hexdigest()
