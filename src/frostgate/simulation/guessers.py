"""Attackers who do not have a password yet: stolen lists, slow guessing, botnets."""

from frostgate.simulation.atlas import Atlas
from frostgate.simulation.chance import stream, wait
from frostgate.simulation.clients import Client, theirs
from frostgate.simulation.model import DAY, HOUR, MINUTE, SECOND, Attack, Happening
from frostgate.simulation.people import Person, account_of
from frostgate.simulation.record import Book
from frostgate.simulation.thieves import address, plea

ADDRESSES = 45  # of one campaign
_TOOLS = 0.35  # share of the addresses whose program does not pretend to be a browser
_KINDS = ("stolen_abroad", "stolen_hidden", "stolen_hidden", "stolen_abroad", "stolen_same_country")


class _Clients:
    """What a campaign signs in with: one program an address, and what whoever comes back by hand has."""

    def __init__(self, atlas: Atlas, attack: Attack, start: int) -> None:
        self._rng, self._start = stream(atlas.seed, "client", attack.attack), start
        self._by_address: dict[str, Client] = {}

    def at(self, ip: str) -> Client:
        """The program at an address."""
        if ip not in self._by_address:
            self._by_address[ip] = Client(None, theirs(self._rng, self._start, tools=_TOOLS))
        return self._by_address[ip]

    def persons(self, device: str | None) -> Client:
        """Somebody's own."""
        return Client(device, theirs(self._rng, self._start))


def stuff(
    atlas: Atlas, attack: Attack, people: int, successes: list[tuple[Attack, Person, int]], start: int
) -> list[Happening]:
    """A leaked list is tried: thousands of accounts from dozens of addresses, a few with success.

    `successes` are the accounts whose password is on the list, and when their turn comes; the thieves come back to
    them later.
    """
    rng = stream(atlas.seed, attack.attack)
    book = Book(attack.attack, 0, rng, attack=attack.attack)
    addresses = [address(atlas, rng, rng.choice(_KINDS), "CN", "Shanghai") for _ in range(ADDRESSES)]
    clients = _Clients(atlas, attack, start)
    at = start
    for _ in range(min(2500, 20 * people)):
        known = rng.random() < 0.6
        account = account_of(rng.randrange(people)) if known else f"mail-{rng.getrandbits(28):x}"
        ip = rng.choice(addresses)
        book.login(at, account, ip, clients.at(ip), ok=False)
        at += int(wait(rng, 3 * SECOND))
    for success, victim, when in successes:
        using = None if rng.random() < 0.5 else f"pc-{rng.getrandbits(40):010x}"
        own = Book(success.attack, 0, rng, attack=success.attack)
        ip = rng.choice(addresses)
        own.login(when, victim.account, ip, Client(using, clients.at(ip).agent))
        if rng.random() < 0.7:
            later = when + HOUR + int(wait(rng, 20 * HOUR))
            other = ip if rng.random() < 0.4 else address(atlas, rng, "stolen_abroad", victim.metro.country, "")
            own.login(later, victim.account, other, clients.persons(using))
            plea(own, rng, victim, later + 10 * MINUTE, other, using)
        book.events += own.events
    return book.events


def guess_slowly(atlas: Atlas, attack: Attack, people: int, start: int) -> list[Happening]:
    """A few addresses try once a minute each, day and night, a handful of accounts."""
    rng = stream(atlas.seed, attack.attack)
    book = Book(attack.attack, 0, rng, attack=attack.attack)
    clients = _Clients(atlas, attack, start)
    victims = [account_of(rng.randrange(people)) for _ in range(1 + rng.randrange(6))]
    ends = start + DAY + rng.randrange(2 * DAY)
    for _ in range(rng.randrange(2, 6)):
        ip, at = address(atlas, rng, rng.choice(_KINDS), "CN", "Shanghai"), start + rng.randrange(MINUTE)
        while at < ends:
            book.login(at, rng.choice(victims), ip, clients.at(ip), ok=False)
            at += 50 * SECOND + rng.randrange(20 * SECOND)
    return book.events


def guess_together(atlas: Atlas, attack: Attack, victim: Person, start: int) -> list[Happening]:
    """Ten thousand tries from five hundred addresses at one account, within half a day."""
    rng = stream(atlas.seed, attack.attack)
    book = Book(attack.attack, 0, rng, attack=attack.attack)
    addresses = [address(atlas, rng, rng.choice(_KINDS), victim.metro.country, "") for _ in range(500)]
    clients = _Clients(atlas, attack, start)
    lasts = 8 * HOUR + rng.randrange(4 * HOUR)
    for _ in range(10_000):
        at = start + int(lasts * rng.random())
        ip = rng.choice(addresses)
        book.login(at, victim.account, ip, clients.at(ip), ok=False)
    return book.events
