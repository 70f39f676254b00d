"""What everybody did in the past week, as CloudEvents: sign-ins, messages, calls, lessons and questions to an AI.

The same people at the same moment always do the same: the dice are seeded with a person's id.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from frostgate.base.clock import iso
from frostgate.demo.people import DWELLERS, HIDDEN, REPORTED, TOR_EXIT, Dweller
from frostgate.events.model import PREFIX

Event = Mapping[str, Any]

# A server takes what is up to seven days old; we stay clear of that edge, and of the hour in which the story plays.
OLDEST = timedelta(days=6, hours=20)
NEWEST = timedelta(minutes=90)

_SAYS = {
    "zh-CN": (
        "早上好，今天的课件我放到群文件了。",
        "收到，谢谢！",
        "三年级的作业批改完了，有两份需要补交。",
        "下午三点的家长会改到线上，链接稍后发。",
        "好的，我这边没问题。",
        "麻烦把上周的出勤表再发一下。",
        "新教师培训的名额还有两个。",
        "服务器迁移安排在周六凌晨，不影响上课。",
    ),
    "en": (
        "Morning! The slides for today are in the shared folder.",
        "Got it, thanks.",
        "Could you look over the draft contract before noon?",
        "The parents' evening moves online, link to follow.",
        "Works for me.",
        "I'll be ten minutes late for the stand-up.",
        "Two seats left in the teacher training.",
        "The migration is on Saturday night, lessons are not affected.",
    ),
}
_ASKS = {
    "zh-CN": ("帮我写一份五年级分数单元的练习题", "把这段通知改得更礼貌一些", "总结今天的会议记录"),
    "en": ("Draft ten exercises on fractions for year five", "Make this notice friendlier", "Summarise the minutes"),
}


def event(kind: str, ident: str, at: datetime, *, tenant: str | None = None, **data: Any) -> dict[str, Any]:
    """One CloudEvent about an account."""
    told = {"specversion": "1.0", "id": ident, "source": "/demo/im", "type": PREFIX + kind, "time": iso(at)}
    return {**told, **({"tenant": tenant} if tenant else {}), "data": data}


def sign_in(who: Dweller, ident: str, at: datetime, *, ip: str, device: str, **more: Any) -> dict[str, Any]:
    """A sign-in that succeeds."""
    return event("login", ident, at, account=who.id, ip=ip, outcome="success", device=f"{who.id}/{device}", **more)


def weeks(people: tuple[Dweller, ...], until: datetime, *, tenant: str | None = None) -> list[Event]:
    """The week of several people in the order in which it happened."""
    found = [each for number, who in enumerate(people) for each in week(who, until, host=number, tenant=tenant)]
    return sorted(found, key=lambda each: each["time"])


def week(who: Dweller, until: datetime, *, host: int = 0, tenant: str | None = None) -> list[Event]:
    """One account's week: at work in the daytime, at home on the phone in the evening."""
    dice = random.Random(who.id)  # noqa: S311 - what people do is no secret
    today = (until + timedelta(hours=who.city.hours_east)).date()
    found: list[Event] = []
    for days_ago in range(7, -1, -1):
        day = today - timedelta(days=days_ago)
        acts = _machine(who, day, dice) if who.kind != "person" else _person(who, day, dice, host)
        for at, kind, data in acts:
            if until - OLDEST <= at <= until - NEWEST:
                ident = f"{who.id}-week-{until:%m%d%H%M}-{len(found)}"
                found.append(event(kind, ident, at, tenant=tenant, account=who.id, **data))
    return found


Act = tuple[datetime, str, dict[str, Any]]


def _person(who: Dweller, day: date, dice: random.Random, host: int) -> Iterator[Act]:
    office, home = who.city.address(host // 3), who.city.address(host + 60)
    working = day.weekday() < 5
    if working:
        came = _at(who, day, 8.2 + dice.random())
        laptop = {"ip": office, "device": f"{who.id}/laptop"}
        if dice.random() < 0.08:
            yield came - timedelta(seconds=20), "login", {**laptop, "outcome": "failure"}
        yield came, "login", {**laptop, "outcome": "success"}
        yield from _messages(who, day, dice, ip=office, hours=(9.3, 18.0), count=dice.randint(9, 20))
        if dice.random() < 0.5:
            yield _call(who, day, dice, ip=office)
        if dice.random() < 0.4:
            yield from _question(who, day, dice)
    if dice.random() < (0.85 if working else 0.7):
        phone = {"ip": home, "device": f"{who.id}/phone", "outcome": "success"}
        yield _at(who, day, 19.0 + 2 * dice.random()), "login", phone
        yield from _messages(who, day, dice, ip=home, hours=(21.0, 22.8), count=dice.randint(2, 6))
        if working and dice.random() < 0.25:
            yield from _lesson(who, day, dice, ip=home)


def _machine(who: Dweller, day: date, dice: random.Random) -> Iterator[Act]:
    """A bot or a service: a steady trickle of API calls."""
    for call in range(24):
        data = {"key": f"{who.id}-key", "method": "messages.send", "status": 200, "ip": who.city.address(5)}
        yield _at(who, day, call + dice.random() / 4), "api", {**data, "recipient_count": dice.randint(5, 40)}


def _messages(
    who: Dweller, day: date, dice: random.Random, *, ip: str, hours: tuple[float, float], count: int
) -> Iterator[Act]:
    for _ in range(count):
        other = dice.choice(DWELLERS).id
        group = dice.random() < 0.6
        yield (
            _at(who, day, dice.uniform(*hours)),
            "message",
            {
                "conversation": f"team-{dice.randint(1, 6)}" if group else f"{min(who.id, other)}+{max(who.id, other)}",
                "conversation_kind": "group" if group else "private",
                "recipient_count": dice.randint(4, 30) if group else 1,
                "text": dice.choice(_SAYS[who.language.value]),
                "ip": ip,
            },
        )


def _call(who: Dweller, day: date, dice: random.Random, *, ip: str) -> Act:
    data = {"medium": dice.choice(("voice", "video")), "channel": f"room-{dice.randint(100, 999)}", "ip": ip}
    more = {"recipient_count": dice.randint(1, 5), "outcome": "answered", "seconds": dice.randint(60, 2400)}
    return _at(who, day, dice.uniform(10, 17)), "call", {**data, **more}


def _question(who: Dweller, day: date, dice: random.Random) -> Iterator[Act]:
    at = _at(who, day, dice.uniform(10, 17))
    ask = {"agent": "tutor", "role": "person", "text": dice.choice(_ASKS[who.language.value]), "tokens": 24}
    yield at, "ai", ask
    yield at + timedelta(seconds=4), "ai", {"agent": "tutor", "role": "assistant", "tokens": dice.randint(200, 900)}


def _lesson(who: Dweller, day: date, dice: random.Random, *, ip: str) -> Iterator[Act]:
    begins, room = _at(who, day, 19.5), {"room": f"lesson-{who.id}", "ip": ip}
    yield begins, "stream", {**room, "phase": "started", "title": "公开课 Open lesson"}
    yield begins + timedelta(minutes=75), "stream", {**room, "phase": "ended", "viewers": dice.randint(20, 180)}


def _at(who: Dweller, day: date, hour: float) -> datetime:
    """A time of somebody's own day, in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC) + timedelta(hours=hour - who.city.hours_east)


def incidents(until: datetime) -> list[Event]:
    """Two things of the week that people must look at: a sign-in through Tor, and somebody whom many reported."""
    stamp = f"{until:%m%d%H%M}"
    tor = sign_in(HIDDEN, f"tor-{stamp}", until - timedelta(hours=7), ip=TOR_EXIT, device="unknown-browser")
    reporters = [each for each in DWELLERS if each is not REPORTED and each.kind == "person"][:16]
    reports = [
        event(
            "report",
            f"report-{stamp}-{number}",
            until - timedelta(hours=6) + timedelta(minutes=11 * number),
            account=REPORTED.id,
            reporter=reporter.id,
            category="fraud",
            note="私聊推销“内部名额”，要求先转账 / sells seats that do not exist",
        )
        for number, reporter in enumerate(reporters)
    ]
    return [tor, *reports]
