"""Honest machines: bots that report what happened, and services that call the API by the clock."""

from collections.abc import Iterator
from random import Random

import msgspec

from frostgate.simulation import texts
from frostgate.simulation.atlas import Atlas, is_workday, midnight
from frostgate.simulation.chance import stream, tail, times, wait
from frostgate.simulation.model import DAY, HOUR, MINUTE, SECOND, Account, Happening
from frostgate.simulation.record import Book

ZONE = "Asia/Shanghai"
BATCH = ("02:00", "04:00")


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """A bot or a service."""

    number: int
    account: str
    kind: str
    declared: bool

    def truth(self, atlas: Atlas) -> Account:
        """What the evaluation is told."""
        bot = self.kind == "bot"
        busy = self.declared and not bot and self.number % 2 == 0
        return Account(
            account=self.account,
            kind="bot" if bot else "service",
            traits=("bot" if bot else "batch" if busy else "service",),
            declared=self.declared,
            key=None if bot else f"key-{self.account}",
            messages_a_minute=60 if bot and self.declared else None,
            recipients_an_hour=40_000 if busy else None,
            api_calls_a_minute=120 if self.declared and not bot else None,
            networks=(f"{atlas.desktops['Shanghai']}/32",) if self.declared and not bot else (),
            batch=BATCH if busy else None,
            zone=ZONE if busy else None,
        )


def machines(people: int) -> list[Machine]:
    """A few bots and services, more with more people. Every third bot was never declared."""
    bots = [
        Machine(number=each, account=f"bot-{each}", kind="bot", declared=each % 3 != 2)
        for each in range(4 + people // 250)
    ]
    services = [
        Machine(number=each, account=f"service-{each}", kind="service", declared=each % 3 != 2)
        for each in range(3 + people // 600)
    ]
    return bots + services


def live(atlas: Atlas, one: Machine, start: int, end: int) -> Iterator[list[Happening]]:
    """A machine's events, day by day."""
    for day in range(start, end):
        rng = stream(atlas.seed, one.account, day)
        book = Book(one.account, day * 100_000, rng)
        (_report if one.kind == "bot" else _call)(atlas, one, book, rng, day)
        yield book.events


def _report(atlas: Atlas, one: Machine, book: Book, rng: Random, day: int) -> None:
    """Notifications when people do something, and a bunch of them at each full hour."""
    begins = midnight(ZONE, day)
    room = (f"notices-{one.number}", 20 + 11 * one.number)
    count = times(rng, 90 if is_workday("CN", day) else 30)
    for _ in range(count):
        at = (
            begins + int(wait(rng, HOUR)) % (10 * HOUR) + 8 * HOUR
            if rng.random() < 0.8
            else begins + rng.randrange(DAY)
        )
        for _ in range(int(tail(rng, 1, 6))):
            template = one.number + (rng.random() < 0.1)
            book.message(at, "/im-asia", one.account, room, texts.machine(rng, template))
            at += SECOND + int(wait(rng, 20 * SECOND))
    for hour in range(24):
        for each in range(6):
            at = begins + hour * HOUR + 1500 * each
            book.message(at, "/im-asia", one.account, room, texts.machine(rng, one.number))


def _call(atlas: Atlas, one: Machine, book: Book, rng: Random, day: int) -> None:
    """A tick every five minutes, and, for every second one, a batch in the night."""
    begins, key = midnight(ZONE, day), f"key-{one.account}"
    ip = atlas.desktops["Shanghai"]
    for tick in range(288):
        for each in range(1 + one.number % 3):
            at = begins + tick * 5 * MINUTE + each * 200 + rng.randrange(120)
            book.call(at, one.account, key, ip, "presence.read")
    if one.number % 2 == 0:
        at = begins + 2 * HOUR + rng.randrange(5 * MINUTE)
        for _ in range(500 if one.declared else 40):
            book.call(at, one.account, key, ip, "messages.send", 60 if one.declared else 20)
            at += 600 + rng.randrange(1400)
