"""OpenSSH's sign-ins from a syslog file, as rsyslog, syslog-ng and journalctl write it.

What counts as a sign-in: `Accepted ...` is a success. `Failed password` and `Failed keyboard-interactive` are
failures; `Failed publickey` and `Failed none` are not, because every honest client offers keys until one fits and asks
with `none` first. `Invalid user` is a failure by itself only where no `Failed` line of that connection follows it.

The host in front of the line becomes the event's source. Syslog's own times have neither year nor zone: the caller
gives the year of the first line, and we take the time for UTC, which keeps every interval right.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from frostgate.events.importers.lines import Lines, YearNeeded, event_id, is_address
from frostgate.events.model import Event, EventType, Login

FORMAT = "sshd"

# The name comes from a stranger and may hold spaces, " from " or whole log lines of his own making. So it reaches as
# far as it can, and the last address and port of the line are those that sshd wrote.
_LINE = re.compile(
    r"(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) (?P<host>\S+) "
    r"sshd(?:-session|-auth)?(?:\[(?P<pid>\d+)\])?: (?P<text>.*)",
    re.DOTALL,
)
_REPEATED = re.compile(r"message repeated (\d+) times: \[ ?(.*?)\]?", re.DOTALL)
_TRIED = re.compile(
    r"(Accepted|Failed) (\S+) for (invalid user |illegal user )?(.*) from (\S+) port \d+(?: ssh2?)?(?:: .*)?", re.DOTALL
)
_INVALID = re.compile(r"(?:Invalid|Illegal) user (.*) from (\S+)(?: port \d+)?", re.DOTALL)

_GUESSES = ("password", "keyboard-interactive")
_MOST_REPEATS = 10_000
_MOST_STRANGERS = 4096
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Outcome = Literal["success", "failure"]


class _Unfit(Exception):
    """The line at hand is a sign-in that we cannot read."""


def read(lines: Lines, *, tenant_id: str, year: int | None = None) -> Iterator[Event]:
    """The sign-ins of a log, in its order.

    Raises:
        YearNeeded: a sign-in's time has no year and none was given.
    """
    time_of = _Times(year)
    strangers: dict[tuple[str, str, str, str], None] = {}
    for line in lines:
        # Most lines are about something else; three looks for a literal are all that they cost.
        if b"sshd" not in line or not (b"Accepted " in line or b"Failed " in line or b"nvalid user " in line):
            continue
        found = _LINE.fullmatch(line.decode("utf-8", "backslashreplace"))
        if found is None:
            continue
        try:
            tried = _tried(found, strangers)
            if tried is None:
                continue
            times, data = tried
            at = time_of(found["time"])
        except _Unfit as problem:
            lines.wrong(str(problem))
            continue
        name = event_id(lines.count, line)
        for n in range(times):
            yield Event(
                tenant_id=tenant_id,
                source=found["host"],
                id=name if not n else f"{name}-{n + 1}",
                type=EventType.LOGIN,
                time=at,
                received_at=at,
                data=data,
            )


def _tried(found: re.Match[str], strangers: dict[tuple[str, str, str, str], None]) -> tuple[int, Login] | None:
    """How many sign-ins a line tells of, and which; None where it tells of none."""
    text, times = found["text"], 1
    if text.startswith("message repeated"):
        repeated = _REPEATED.fullmatch(text)
        if repeated is None:
            raise _Unfit("a repeated message without its end")
        times, text = min(int(repeated[1][:9]), _MOST_REPEATS + 1), repeated[2]
        if times > _MOST_REPEATS:
            raise _Unfit(f"repeated more than {_MOST_REPEATS} times")
    connection = (found["host"], found["pid"] or "")
    if text.startswith(("Accepted ", "Failed ")):
        match = _TRIED.fullmatch(text)
        if match is None:
            raise _Unfit("a sign-in without name, address and port")
        outcome, method, invalid, name, ip = match.groups()
        if outcome == "Failed" and not method.startswith(_GUESSES):
            return None
        if invalid and (*connection, name, ip) in strangers:
            del strangers[(*connection, name, ip)]  # the `Invalid user` line counted this try already
            times -= 1
            if not times:
                return None
        return times, _login(name, ip, "success" if outcome == "Accepted" else "failure")
    if text.startswith(("Invalid user ", "Illegal user ")):
        match = _INVALID.fullmatch(text)
        if match is None:
            raise _Unfit("an invalid user without an address")
        name, ip = match.groups()
        _meet(strangers, (*connection, name, ip))
        return times, _login(name, ip, "failure")
    return None


def _meet(strangers: dict[tuple[str, str, str, str], None], stranger: tuple[str, str, str, str]) -> None:
    """Remember that a try was counted; of very many, the oldest is forgotten."""
    if len(strangers) >= _MOST_STRANGERS:
        del strangers[next(iter(strangers))]
    strangers[stranger] = None


def _login(name: str, ip: str, outcome: Outcome) -> Login:
    ip = ip.partition("%")[0]  # the zone of a link-local address (RFC 4007) means nothing elsewhere
    if not name:
        raise _Unfit("a sign-in without a name")
    if len(name) > 256:
        raise _Unfit("a name of more than 256 characters")
    if not is_address(ip):
        raise _Unfit("a host name where the address should be (sshd's setting UseDNS)")
    return Login(account=name, ip=ip, outcome=outcome)


class _Times:
    """Reads a line's time; equal text is read once, because many lines share a second."""

    def __init__(self, year: int | None) -> None:
        self._year = year
        self._month = 0
        self._text = ""
        self._time = datetime.min.replace(tzinfo=UTC)

    def __call__(self, text: str) -> datetime:
        if text == self._text:
            return self._time
        time = self._iso(text) if text[0].isdigit() else self._syslog(text)
        self._text, self._time = text, time
        return time

    def _iso(self, text: str) -> datetime:
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            raise _Unfit(f"no time: {text[:40]}") from None
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)

    def _syslog(self, text: str) -> datetime:
        if self._year is None:
            raise YearNeeded(time=text)
        try:
            month = _MONTHS.index(text[:3]) + 1
            year = self._year_of(month)
            return datetime(year, month, int(text[4:6]), int(text[7:9]), int(text[10:12]), int(text[13:15]), tzinfo=UTC)
        except ValueError:
            raise _Unfit(f"no such time in {self._year}: {text}") from None

    def _year_of(self, month: int) -> int:
        """The year of a line in `month`, which lies nearer to the line before than half a year.

        December to January turns the year; a line that comes late, in December after January, does not turn it back.
        """
        assert self._year is not None, "BUG: asked for a year that nobody knows"
        if not self._month:
            self._month = month
        ahead = month - self._month
        if ahead > 6:
            return self._year - 1
        if ahead < -6:
            self._year += 1
        self._month = month
        return self._year
