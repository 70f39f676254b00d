"""Bulk senders, plain and disguised, on accounts of their own and on other people's."""

from collections.abc import Callable
from random import Random

import msgspec

from frostgate.simulation import phrases, texts
from frostgate.simulation.atlas import Atlas
from frostgate.simulation.chance import about, stream, wait
from frostgate.simulation.clients import Client, theirs
from frostgate.simulation.model import HOUR, MINUTE, RING, SECOND, Attack, Happening
from frostgate.simulation.people import Person
from frostgate.simulation.record import Book
from frostgate.simulation.thieves import COUNTRIES, abroad

Gap = Callable[[Random], int]

# kind: the pause between two messages in milliseconds.
GAPS: dict[str, Gap] = {
    "bulk_plain": lambda rng: 900 + rng.randrange(900),
    "bulk_jittered": lambda rng: 4 * SECOND + int(wait(rng, 18 * SECOND)),
    "bulk_varied": lambda rng: 2 * SECOND + int(wait(rng, 9 * SECOND)),
    "bulk_slow": lambda rng: int(about(rng, 60, 8)) * SECOND + rng.randrange(SECOND),
    "bulk_ring": lambda rng: 3 * SECOND + int(wait(rng, 8 * SECOND)),
}
TURN = 12  # messages after which the next account of a ring goes on


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """What one sender works with."""

    attack: Attack
    account: str
    victim: Person | None  # whose account it was
    template: str
    language: str
    blocked: float  # share of recipients who cannot be reached
    contacts_first: bool  # begins with the victim's friends


def sending(rng: Random, attack: Attack, account: str, victim: Person | None) -> Sending:
    """Draw what a sender works with."""
    language = victim.style.language if victim is not None else rng.choice(("zh", "zh", "en"))
    return Sending(
        attack=attack,
        account=account,
        victim=victim,
        template=rng.choice(phrases.BULK[language]),
        language=language,
        blocked=0.1 + 0.3 * rng.random(),
        contacts_first=victim is not None and rng.random() < 0.3,
    )


def send(atlas: Atlas, one: Sending, start: int) -> list[Happening]:
    """One account on its own: signs in, waits a little, and sends until it is done."""
    rng = stream(atlas.seed, one.attack.attack)
    book = Book(one.attack.attack, 0, rng, attack=one.attack.attack)
    ip, device = _sign_in(atlas, book, rng, one, start)
    at, gap = start + 2 * MINUTE + int(wait(rng, 15 * MINUTE)), GAPS[one.attack.kind]
    for number in range(rng.randrange(160, 500)):
        _message(book, rng, one, number, at, ip, device)
        at += gap(rng)
    return book.events


def take_turns(atlas: Atlas, ring: list[Sending], start: int) -> list[Happening]:
    """Ten accounts with one template: each sends a dozen messages, then it is the next one's turn."""
    assert len(ring) == RING, "BUG: a ring of another size"
    rng = stream(atlas.seed, ring[0].attack.campaign)
    books = [Book(one.attack.attack, 0, rng, attack=one.attack.attack) for one in ring]
    lines = [
        _sign_in(atlas, book, rng, one, start + rng.randrange(20 * MINUTE))
        for book, one in zip(books, ring, strict=True)
    ]
    at = start + 25 * MINUTE
    for turn in range(RING * 6):
        each = turn % RING
        for number in range(TURN):
            one = msgspec.structs.replace(ring[each], template=ring[0].template, language=ring[0].language)
            _message(books[each], rng, one, turn // RING * TURN + number, at, *lines[each])
            at += GAPS["bulk_ring"](rng)
    return [event for book in books for event in book.events]


def _sign_in(atlas: Atlas, book: Book, rng: Random, one: Sending, at: int) -> tuple[str, str | None]:
    if one.victim is not None:
        ip = atlas.gazetteer.anywhere(rng, abroad(atlas, rng, one.victim.metro.country))
    elif rng.random() < 0.4:
        ip = atlas.gazetteer.cloud(rng, "US")
    else:
        ip = atlas.gazetteer.anywhere(rng, rng.choice([c for c in COUNTRIES if c in atlas.gazetteer.country]))
    device = f"phone-{rng.getrandbits(40):010x}" if rng.random() < 0.85 else None
    agent = theirs(stream(atlas.seed, "client", one.attack.attack), at, "phone" if device else None)
    book.login(at, one.account, ip, Client(device, agent))
    return ip, device


def _message(book: Book, rng: Random, one: Sending, number: int, at: int, ip: str, device: str | None) -> None:
    plain = one.attack.kind in ("bulk_plain", "bulk_jittered")
    text = texts.bulk(one.template) if plain else texts.varied(rng, one.template)
    friends = one.victim.contacts if one.victim is not None and one.contacts_first else ()
    to = friends[number] if number < len(friends) else f"stranger-{rng.getrandbits(32):08x}"
    failed = int(rng.random() < one.blocked)
    book.message(at, "/im-asia", one.account, to, text, ip=ip, device=device, failed=failed)


def abuse(atlas: Atlas, attack: Attack, key: str, start: int) -> list[Happening]:
    """A stolen API key: messages to everybody, from a machine that never used it before."""
    assert attack.account is not None, "BUG: a key without an account"
    rng = stream(atlas.seed, attack.attack)
    book = Book(attack.attack, 0, rng, attack=attack.attack)
    ip, at = atlas.gazetteer.cloud(rng, rng.choice(("US", "NL", "DE", "SG"))), start
    many, ends = rng.choice((100, 300, 900)), start + 3 * HOUR
    for _ in range(rng.randrange(300, 1500)):
        if at > ends:
            break
        book.call(at, attack.account, key, ip, "messages.send", int(about(rng, many, many / 8)))
        at += 300 + rng.randrange(2000)
    return book.events
