"""What a person writes during one day: small talk in bursts, and the cases in which honest people write to many."""

from frostgate.simulation import texts
from frostgate.simulation.atlas import feast
from frostgate.simulation.chance import stream, tail, times, wait
from frostgate.simulation.day import Day, Session
from frostgate.simulation.model import HOUR, MINUTE, SECOND
from frostgate.simulation.people import BLOCK
from frostgate.simulation.record import region

_QUICKEST = 4 * SECOND  # nobody types faster


def talk(day: Day) -> None:
    """Add the day's messages to its book."""
    one, rng = day.one, day.rng
    if not day.sessions:
        return
    traits = one.traits
    talking = one.volume * (1.0 if day.works else 0.15) * (0.4 if day.journey else 1.0)
    if "support" in traits and day.works:
        _support(day)
    left = times(rng, talking)
    begins, ends = _span(day)
    pace = 12.0 if "chatty" in traits else 22.0
    while left > 0:
        left -= _conversation(day, begins + rng.randrange(ends - begins), left, pace)
    _to_many(day)


def _span(day: Day) -> tuple[int, int]:
    begins = day.sessions[0].at + MINUTE
    ends = max(begins + 2 * HOUR, min(begins + 11 * HOUR, day.sessions[-1].at + 3 * HOUR))
    return begins, ends


def _conversation(day: Day, at: int, left: int, pace: float) -> int:
    """A burst of messages to one person or group; how many they were."""
    one, rng = day.one, day.rng
    lively = rng.random() < 0.03  # a group chat that gets lively
    if rng.random() < 0.45 or lively:
        to: str | tuple[str, int] = one.groups[int(tail(rng, 1, len(one.groups))) - 1]
    else:
        to = one.contacts[min(len(one.contacts), int(tail(rng, 1, 30))) - 1]
    most = 25 if lively else min(left, 12)
    count = min(most, 1 + int(wait(rng, 2.2 if pace > 10 else 6)))
    session, source = _session(day, at), region(one.zone)
    for _ in range(count):
        ip, device = (session.ip, session.client.device) if rng.random() < 0.8 else (None, None)
        failed = 1 if rng.random() < 0.002 else None
        day.book.message(at, source, one.account, to, texts.chat(rng, one.style), ip=ip, device=device, failed=failed)
        at += _QUICKEST + int(wait(rng, (10.0 if lively else pace) * SECOND))
    return count


def _session(day: Day, at: int) -> Session:
    """From where somebody writes at a time: the latest sign-in."""
    latest = day.sessions[0]
    for session in day.sessions:
        if session.at <= at:
            latest = session
    return latest


def _support(day: Day) -> None:
    """Customer service: one stranger after another, two or three at a time, and half of it is ready text."""
    one, rng = day.one, day.rng
    at, language = day.sessions[0].at + 10 * MINUTE, one.style.language
    session, ends = day.sessions[0], day.sessions[0].at + 9 * HOUR
    customers = times(rng, 45)
    for number in range(customers):
        start = at + int((ends - at) * rng.random())
        to = f"customer-{rng.randrange(10**6)}"
        for turn in range(2 + int(wait(rng, 1.6))):
            ready = turn == 0 or rng.random() < 0.5
            text = texts.canned(rng, language) if ready else texts.chat(rng, one.style)
            day.book.message(
                start, region(one.zone), one.account, to, text, ip=session.ip, device=session.client.device
            )
            start += 8 * SECOND + int(wait(rng, 50 * SECOND))
        if number > 80:
            break


def _to_many(day: Day) -> None:
    """Greetings on a festive evening, a farewell, an announcement to sixty groups."""
    one, rng = day.one, day.rng
    chosen = stream(day.atlas.seed, "month", one.number, day.day // BLOCK, "many").randrange(4, BLOCK)
    evening = max(day.sessions[-1].at + 5 * MINUTE, day.midnight + 19 * HOUR)
    which = feast(day.day)
    if which is not None and "greeter" in one.traits:
        friends = min(len(one.contacts), int(tail(rng, 6, 50)))
        _send(day, evening, "greeting", one.contacts[-friends:], gap=6.0, feast=which)
    if day.day % BLOCK != chosen or not day.works:
        return
    if "farewell" in one.traits:
        _send(day, evening - 3 * HOUR, "farewell", one.contacts[:45], gap=9.0)
    if "forwarder" in one.traits:
        groups = [(f"group-{(one.number * 31 + each) % 700}", int(tail(rng, 5, 200))) for each in range(60)]
        _send(day, evening - 9 * HOUR, "announcement", groups, gap=4.0)


def _send(
    day: Day,
    at: int,
    kind: str,
    targets: tuple[str, ...] | list[tuple[str, int]],
    *,
    gap: float,
    feast: int = 0,
) -> None:
    one, rng = day.one, day.rng
    session = _session(day, at)
    for to in targets:
        name = to.rpartition("-")[2] if isinstance(to, str) else ""
        text = texts.to_many(kind, one.style.language, name=name, feast=feast, number=one.number)
        day.book.message(at, region(one.zone), one.account, to, text, ip=session.ip, device=session.client.device)
        at += 2 * SECOND + int(wait(rng, gap * SECOND))
