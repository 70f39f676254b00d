"""Attackers who have a password: where they sign in from, how often they come back, and whom they write to."""

from random import Random

from frostgate.simulation.atlas import Atlas
from frostgate.simulation.chance import stream, wait
from frostgate.simulation.clients import Client, theirs
from frostgate.simulation.model import DAY, HOUR, MINUTE, SECOND, Attack, Happening
from frostgate.simulation.people import Person
from frostgate.simulation.record import Book, region

# Where thieves and their rented machines are, as far as the database has lines there.
COUNTRIES = ("RU", "NG", "UA", "VN", "ID", "RO", "BR", "PK", "TR", "PH", "TH", "ZA", "EG", "KH", "MY", "US", "NL", "IN")

_PLEAS = {
    "zh": (
        "在吗？急用，能先借我五千吗，明天就还你",
        "我微信转不了账了，你先帮我付一下这个：https://pay-help.example/x",
        "方便把刚收到的验证码发我吗",
    ),
    "en": (
        "are you there? I need a quick favour, can you lend me 500 until tomorrow",
        "my card is blocked, could you pay this for me: https://pay-help.example/x",
        "please send me the code that you just got",
    ),
}


def abroad(atlas: Atlas, rng: Random, home: str) -> str:
    """A country where thieves are and the victim is not."""
    return rng.choice([name for name in COUNTRIES if name in atlas.gazetteer.country and name != home])


def address(atlas: Atlas, rng: Random, kind: str, home: str, metro: str) -> str:
    """Where a thief of a kind signs in from."""
    book = atlas.gazetteer
    if kind == "stolen_nearby":
        return book.line(rng, metro)
    if kind == "stolen_same_country":
        return book.anywhere(rng, home)
    if kind == "stolen_hidden":
        chance = rng.random()
        if chance < 0.2:
            return rng.choice(book.tor)
        return rng.choice(book.vpn) if chance < 0.5 else book.cloud(rng, abroad(atlas, rng, home))
    return book.anywhere(rng, abroad(atlas, rng, home))


def device(rng: Random, victim: Person) -> str | None:
    """Mostly one that nobody knows; some name none, and a few have stolen the identifier as well."""
    chance = rng.random()
    if chance < 0.04 and "no_device" not in victim.traits:
        return f"pc-{victim.account}"
    return None if chance < 0.2 else f"pc-{rng.getrandbits(40):010x}"


def steal(atlas: Atlas, attack: Attack, victim: Person, start: int) -> list[Happening]:
    """One thief: signs in, looks around, asks the victim's friends for money, comes back on other days."""
    rng = stream(atlas.seed, attack.attack)
    book = Book(attack.attack, 0, rng, attack=attack.attack)
    ip = address(atlas, rng, attack.kind, victim.metro.country, victim.metro.name)
    using, at = device(rng, victim), start
    client = Client(using, theirs(stream(atlas.seed, "client", attack.attack), start))
    for visit in range(1 + int(wait(rng, 2.5))):
        if visit and rng.random() < 0.3:
            ip = address(atlas, rng, attack.kind, victim.metro.country, victim.metro.name)
        if not visit and rng.random() < 0.35:
            at = book.failures(at, victim.account, ip, 1 + int(wait(rng, 1.5)), client)
        book.login(at, victim.account, ip, client, factor=attack.has_factor or None)
        plea(book, rng, victim, at + 8 * MINUTE + int(wait(rng, 20 * MINUTE)), ip, using)
        at += 2 * HOUR + int(wait(rng, 14 * HOUR))
    return book.events


def plea(book: Book, rng: Random, victim: Person, at: int, ip: str, using: str | None) -> None:
    """The thief asks some of the victim's friends for money."""
    for friend in rng.sample(victim.contacts, rng.randrange(0, 9)):
        text = rng.choice(_PLEAS[victim.style.language])
        book.message(at, region(victim.zone), victim.account, friend, text, ip=ip, device=using)
        at += 10 * SECOND + int(wait(rng, 70 * SECOND))


def sell(atlas: Atlas, attack: Attack, victim: Person, start: int) -> list[Happening]:
    """A password that many bought: each buyer with an address and a device of their own."""
    rng = stream(atlas.seed, attack.attack)
    book = Book(attack.attack, 0, rng, attack=attack.attack)
    clients = stream(atlas.seed, "client", attack.attack)
    for buyer in range(rng.randrange(8, 25)):
        at = start if buyer == 0 else start + rng.randrange(2 * DAY)
        kind = rng.choice(("stolen_abroad", "stolen_hidden", "stolen_same_country"))
        ip = address(atlas, rng, kind, victim.metro.country, victim.metro.name)
        using = f"pc-{rng.getrandbits(40):010x}" if rng.random() < 0.8 else None
        client = Client(using, theirs(clients, at))
        for _ in range(1 + rng.randrange(3)):
            book.login(at, victim.account, ip, client)
            at += 20 * MINUTE + int(wait(rng, 3 * HOUR))
    return book.events
