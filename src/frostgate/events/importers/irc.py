"""Chat logs of IRC channels: every line that somebody said becomes a message to the channel.

A line begins with the channel, the date and the time: `rust 2018-05-29 [21:20:37] <nick> text`. Besides `<nick>` there
are actions (`* nick waves`, `*nick waves`) and notices, which bots answer with (`-nick- text`). What a server says
about joins, departures, modes and names is passed over: it begins with `***`, `-!-`, `-->`, `<--` or `---`.

A log without dates (`[21:20:37] <nick> text`, or `21:20`) begins on 1 January of `year`, and a new day begins where its
clock goes back by more than an hour; a line that comes a little late stays in its day. A line `--- Day changed` turns
the day by itself. We take times for UTC, which keeps every interval right. A line without a channel is of `irc`.

A log does not say who is in a channel, so a message has no recipients. Whoever changes his name is another account.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from frostgate.events.importers.lines import Lines, event_id
from frostgate.events.model import Event, EventType, Message

FORMAT = "irc"

_LINE = re.compile(
    r"(?:(?P<channel>[^\s\[\]]+) )?(?:(?P<date>\d{4}-\d\d-\d\d) )?"
    r"(?:\[(?P<bracketed>\d\d:\d\d(?::\d\d)?)\]|(?P<bare>\d\d:\d\d(?::\d\d)?)) ?(?P<rest>.*)",
    re.DOTALL,
)
_SAID = re.compile(
    r"(?:<[ @+%&~]?(?P<nick>[^\s<>]+)>|\* ?(?P<actor>[^\s*]+)|-(?P<notifier>[^\s!-]\S*)-)(?:\s+(?P<text>.*))?",
    re.DOTALL,
)
_SERVER = ("***", "-!-", "-->", "<--", "--- ", "=-=")
_DAY_CHANGED = re.compile(r"--- Day changed ")

_FIRST_YEAR = 2000  # of a log that has no dates, where nobody said a year
_LATE = timedelta(hours=1)
_LONGEST_NAME = 256
_LONGEST_TEXT = 65_536
_NO_CHANNEL = "irc"


class _Unfit(Exception):
    """The line at hand is no line of a chat log that we can read."""


def read(lines: Lines, *, tenant_id: str, year: int | None = None) -> Iterator[Event]:
    """The messages of a log, in its order; `year` is that of the first line where the times have no dates."""
    days = _Days(_FIRST_YEAR if year is None else year)
    for line in lines:
        text = line.decode("utf-8", "replace")
        if not text.strip():
            continue
        try:
            message = _message(text, days)
        except _Unfit as problem:
            lines.wrong(str(problem))
            continue
        if message is None:
            continue
        at, data = message
        yield Event(
            tenant_id=tenant_id,
            source=f"/irc/{data.conversation}",
            id=event_id(lines.count, line),
            type=EventType.MESSAGE,
            time=at,
            received_at=at,
            data=data,
        )


def _message(text: str, days: "_Days") -> tuple[datetime, Message] | None:
    """When somebody said what; None where a line tells of something else."""
    if text.startswith(_SERVER):
        if _DAY_CHANGED.match(text):
            days.turn()
        return None
    line = _LINE.fullmatch(text)
    if line is None:
        raise _Unfit("no time at its beginning")
    at = days.time(line["date"], line["bracketed"] or line["bare"])
    rest = line["rest"]
    if rest.startswith(_SERVER):
        return None
    said = _SAID.fullmatch(rest)
    if said is None:
        raise _Unfit("nobody said it: no <nick>, * nick or -nick- after the time")
    account = said["nick"] or said["actor"] or said["notifier"]
    channel = line["channel"] or _NO_CHANNEL
    if max(len(account), len(channel)) > _LONGEST_NAME:
        raise _Unfit(f"a name of more than {_LONGEST_NAME} characters")
    spoken = (said["text"] or "").strip()[:_LONGEST_TEXT]
    return at, Message(account=account, conversation=channel, conversation_kind="group", text=spoken)


class _Days:
    """Gives times their dates: their own, or those that are counted on."""

    def __init__(self, year: int) -> None:
        self._day = datetime(year, 1, 1, tzinfo=UTC)
        self._last = self._day

    def turn(self) -> None:
        """Midnight was announced."""
        self._day = self._last = self._day + timedelta(days=1)

    def time(self, date: str | None, clock: str) -> datetime:
        """The time of a line."""
        try:
            if date is not None:
                return datetime.fromisoformat(f"{date}T{clock}").replace(tzinfo=UTC)
            hours, minutes, *seconds = map(int, clock.split(":"))
            if hours > 23 or minutes > 59 or sum(seconds) > 60:
                raise ValueError
        except ValueError:
            raise _Unfit(f"no such time: {date or ''} {clock}") from None
        at = self._day + timedelta(hours=hours, minutes=minutes, seconds=sum(seconds))
        if at < self._last - _LATE:
            self._day += timedelta(days=1)
            at += timedelta(days=1)
        self._last = max(self._last, at)
        return at
