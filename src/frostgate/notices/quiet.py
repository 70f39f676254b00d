"""When people are left alone: hours of the tenant's clock in which only what cannot wait is sent. Pure.

Where clocks are changed, quiet hours begin at the first of two equal times and end at the second, and a time that is
skipped stands for the first instant after the gap: nobody is woken an hour early.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from frostgate.base.calendar import DAY, local_instant
from frostgate.base.errors import Refused
from frostgate.notices.model import CODES, Channel, Notice, State, Template

Clock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")]

# Whoever's services stop or return, whoever has just asked for a code, and whoever is taken off the list: at any hour.
URGENT = frozenset(
    {
        Template.CHALLENGED,
        Template.LIMITED,
        Template.FROZEN,
        Template.BANNED,
        Template.RELEASED,
        Template.DEBT_FROZEN,
        Template.DEBT_RELEASED,
        Template.CONTACT_CHANGED,
        Template.SELF_CHECK_CODE,
        *CODES,
        Template.CASES_WAITING,
        Template.EMERGENCY_OPENED,
    }
)


class QuietUnusable(Refused):
    """Hours that begin and end at the same time are none, or all."""

    code = "quiet_hours.unusable"


class Quiet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of a day, or across midnight where they end before they begin; the end is not quiet any more."""

    starts: Clock
    ends: Clock

    def text(self, time_zone: str) -> str:
        """As a notice keeps them: what was agreed when it became owed."""
        return f"{self.starts}-{self.ends} {time_zone}"


# Of a tenant that says nothing: a telephone lies beside the bed, mail does not wake anybody.
STANDARD: Mapping[Channel, Quiet | None] = {Channel.EMAIL: None, Channel.SMS: Quiet(starts="22:00", ends="08:00")}


def quiet_until(text: str | None, at: datetime) -> datetime | None:
    """When the quiet hours end that an instant lies in; None where it lies in none."""
    if text is None:
        return None
    hours, _, zone_name = text.partition(" ")
    starts, ends = (time.fromisoformat(each) for each in hours.split("-"))
    zone = ZoneInfo(zone_name)
    today = at.astimezone(zone).date()
    for day in (today - DAY, today):
        last = day if ends > starts else day + DAY
        begin = local_instant(datetime.combine(day, starts), zone, second=False)
        end = local_instant(datetime.combine(last, ends), zone, second=True)
        if begin <= at < end:
            return end
    return None


def waits_until(notice: Notice) -> datetime | None:
    """When the quiet hours end that keep a notice from being sent; None where nothing but time or a retry does."""
    if notice.state is not State.OWED:
        return None
    at = notice.next_attempt_at
    return quiet_until(notice.quiet, at) or quiet_until(notice.quiet, at - timedelta(microseconds=1))
