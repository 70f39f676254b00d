"""Finance contacts who really read: an address counts once somebody replied from it with the code that it was sent,
and again each half year. Pure: no clock, no database; a code comes in as a value.

Nobody else is told a tenant's figures: an address that was mistyped gets one message, which says nothing but that a
code is to be sent back. One whose renewal is not answered counts for another thirty days and is asked each week; then
whoever reads there may be somebody else.
"""

import enum
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from frostgate.billing.alerts.model import Recipient
from frostgate.billing.calendar import Calendar, add_months
from frostgate.notices.model import Channel

RENEWED_EACH = 6  # months
OVERTIME = timedelta(days=30)  # how long an address counts after its renewal was due
CODE_LASTS = timedelta(days=7)
TRIES = 5

# Letters that people write for digits (Crockford's base 32).
_MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1", "-": None, " ": None})


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


class Reached(msgspec.Struct, frozen=True):
    """Who is told. `is_as_wanted` is false where others are told instead, or nobody can be."""

    ways: tuple[Way, ...]
    is_as_wanted: bool


def reached(wanted: Iterable[Recipient], ways: Iterable[Way], *, calendar: Calendar, at: datetime) -> Reached:
    """Where an alert goes: to the addresses that were wanted and count, else to all of the tenant's that count.

    So an alert is never lost because one person left. Where nobody is reached, people of the platform must call.
    """
    known = [way for way in ways if way.trust(calendar, at) in {Trust.CONFIRMED, Trust.RENEWING}]
    asked_for = set(wanted)
    own = tuple(way for way in known if Recipient(way.contact_id, way.channel) in asked_for)
    return Reached(own, True) if own else Reached(tuple(known), False)


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().lower().translate(_MISREAD).encode()).hexdigest()
