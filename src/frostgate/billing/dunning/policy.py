"""What is said when about a debt, and when it may freeze (催缴方案). Pure values.

Days are counted from the due date in the tenant's zone: `-7d` is a week before it, `+3wd` the third working day after
it. The last step is the last notice: without it there is no freeze.
"""

import enum
import re
from datetime import date, timedelta
from typing import Annotated, Self

import msgspec

from frostgate.base.calendar import Calendar
from frostgate.base.errors import Refused
from frostgate.limits.model import LocalTime
from frostgate.notices.model import Channel

_OFFSET = re.compile(r"([+-]?)(\d{1,3})(d|wd)")


class DunningPolicyUnusable(Refused):
    """The steps cannot be followed; `problem` says what is wrong."""

    code = "dunning.policy_unusable"


class Whom(enum.StrEnum):
    """To whom a step speaks."""

    FINANCE = "finance"  # the tenant's finance contacts who are confirmed
    TENANT = "tenant"  # the contact of the tenant's entry
    OPERATORS = "operators"  # the platform's own people


class Offset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many days, or working days, after the due date; less than zero: before it."""

    days: Annotated[int, msgspec.Meta(ge=-999, le=999)]
    is_working: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """The offset that `str` wrote, such as "-7d", "0d" or "+3wd".

        Raises:
            DunningPolicyUnusable: it is none.
        """
        found = _OFFSET.fullmatch(text)
        if found is None:
            raise DunningPolicyUnusable(problem=text)
        sign, count, kind = found.groups()
        return cls(-int(count) if sign == "-" else int(count), kind == "wd")

    def __str__(self) -> str:
        return f"{self.days:+d}{'wd' if self.is_working else 'd'}" if self.days else "0d"

    def after(self, day: date, calendar: Calendar) -> date:
        """The day that lies so far from another."""
        return calendar.shift(day, self.days) if self.is_working else day + timedelta(days=self.days)


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One notice of the sequence."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=63)]
    offset: Offset
    channels: tuple[Channel, ...] = (Channel.EMAIL,)  # by which finance contacts are told; the others read mail
    whom: tuple[Whom, ...] = (Whom.FINANCE, Whom.TENANT)

    @property
    def is_before_due(self) -> bool:
        """Whether it speaks of a day to come, and so means nothing once that day is here."""
        return self.offset.days < 0


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The steps in order, and when a freeze may follow.

    Raises:
        DunningPolicyUnusable: it has no last notice after the due date, or names a step twice.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=63)]
    steps: Annotated[tuple[Step, ...], msgspec.Meta(max_length=50)]  # the last one is the last notice
    grace: Offset  # before this day nothing is frozen
    opens: LocalTime = "10:00"  # from when notices are sent and freezes placed, by the clock on the tenant's wall
    closes: LocalTime = "17:00"  # and until when: people must be awake to read, and to pay
    notice_hours: Annotated[int, msgspec.Meta(ge=24, le=720)] = 24  # between the last notice and the freeze
    # How long until a last notice that did not arrive needs a person.
    patience_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 24

    def __post_init__(self) -> None:
        names = [step.name for step in self.steps]
        if not self.steps or self.last.offset.days <= 0 or self.grace.days <= 0:
            raise DunningPolicyUnusable(problem="last notice, grace")
        if len(set(names)) < len(names):
            raise DunningPolicyUnusable(problem=next(name for name in names if names.count(name) > 1))
        if [step.is_before_due for step in self.steps] != sorted((s.is_before_due for s in self.steps), reverse=True):
            raise DunningPolicyUnusable(problem=next(step.name for step in reversed(self.steps) if step.is_before_due))
        if self.opens >= self.closes or self.notice_hours < 24:
            raise DunningPolicyUnusable(problem="opens, closes, notice_hours")

    @property
    def last(self) -> Step:
        """The notice without which nothing is frozen."""
        return self.steps[-1]


def _step(name: str, offset: str, *more: Whom) -> Step:
    return Step(
        name=name, offset=Offset.parse(offset), channels=tuple(Channel), whom=(Whom.FINANCE, Whom.TENANT, *more)
    )


STANDARD = Policy(
    name="standard",
    steps=(
        _step("due_soon", "-7d"),
        _step("due_tomorrow", "-1d"),
        _step("due", "0d"),
        _step("overdue", "+3wd"),
        _step("overdue_again", "+7wd"),
        _step("last_notice", "+10wd", Whom.OPERATORS),
    ),
    grace=Offset.parse("+12wd"),
)
