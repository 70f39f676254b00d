"""Where a person is during one local day, on which networks, and how they sign in there."""

from random import Random
from typing import NamedTuple

from frostgate.simulation.atlas import Atlas, is_workday, midnight
from frostgate.simulation.chance import about, stream
from frostgate.simulation.clients import Client, own
from frostgate.simulation.model import DAY, HOUR, MINUTE, SECOND
from frostgate.simulation.people import BLOCK, Journey, Person, account_of, journeys
from frostgate.simulation.record import Book


class Session(NamedTuple):
    """From here on the person writes from this address, with this client."""

    at: int
    ip: str
    client: Client


class Day:
    """One person's day: the sign-ins that lead from network to network."""

    def __init__(self, atlas: Atlas, one: Person, day: int) -> None:
        self.atlas, self.one, self.day = atlas, one, day
        self.rng = stream(atlas.seed, "day", one.number, day)
        self.book = Book(one.account, day * 100_000, self.rng)
        self.midnight = midnight(one.zone, day)
        self.works = is_workday(one.metro.country, day)
        self.sessions: list[Session] = []
        self.month = stream(atlas.seed, "month", one.number, day // BLOCK)
        self._habits = {name: self.month.randrange(BLOCK) for name in ("new_phone", "reinstall", "forgetful")}
        self.journey = self._journey()

    # ---- devices and addresses ----

    def _journey(self) -> Journey | None:
        for block in (self.day // BLOCK - 1, self.day // BLOCK):
            for each in journeys(self.atlas, self.one, block):
                if each.leaves < self.midnight + DAY and each.returns > self.midnight:
                    return each
        return None

    def client(self, device: str | None, slot: str, number: int | None = None) -> Client:
        """A machine of this person, or of another one, with what it says of itself today."""
        return Client(device, own(self.atlas.seed, self.one.number if number is None else number, slot, self.day))

    def laptop(self) -> Client:
        """The laptop; in private windows, and where the client is made so, it does not name itself as the same one."""
        traits, device = self.one.traits, f"pc-{self.one.account}"
        if "private_browser" in traits and "no_device" not in traits:
            device = f"web-{self.rng.getrandbits(48):012x}"
        return self.client(None if "no_device" in traits else device, "pc")

    def phone(self) -> Client:
        """The phone: named otherwise after the app was installed anew, another one after it was replaced."""
        traits = self.one.traits
        ages = {
            habit: self.day // BLOCK + (self.day % BLOCK >= self._habits[habit]) if habit in traits else 0
            for habit in ("new_phone", "reinstall")
        }
        is_named = "no_device" not in traits or self.one.number % 2 == 0
        device = f"phone-{self.one.account}-{sum(ages.values())}" if is_named else None
        return self.client(device, f"phone-{ages['new_phone']}")

    def home(self) -> str:
        """The line at home. Its address changes every week or two; IPv6 has a new one every day."""
        one = self.one
        if one.block_6 is not None and self.rng.random() < 0.7:
            daily = stream(self.atlas.seed, "privacy", one.number, self.day).getrandbits(64)
            return f"{one.block_6}:{daily >> 48:x}:{daily >> 32 & 0xFFFF:x}:{daily >> 16 & 0xFFFF:x}:{daily & 0xFFFF:x}"
        lease = 6 + one.number % 11
        return f"{one.block}.{stream(self.atlas.seed, 'lease', one.number, self.day // lease).randrange(4, 250)}"

    def carrier(self) -> str:
        """An address of the mobile carrier: often of the own city, else of any other in the country."""
        pool = self.atlas.carriers[self.one.metro.name]
        return pool[self.rng.randrange(9)] if self.rng.random() < 0.7 else pool[9 + self.rng.randrange(7)]

    # ---- signing in ----

    def sign_in(self, at: int, ip: str, client: Client) -> None:
        """The person signs in, perhaps after typing it wrongly, and goes on from here."""
        one, rng = self.one, self.rng
        if not one.manager and rng.random() < 0.05:
            at = self.book.failures(at, one.account, ip, 1 + (rng.random() < 0.3), client)
        factor = True if one.factor and rng.random() < 0.3 else (False if rng.random() < 0.5 else None)
        self.book.login(at, one.account, ip, client, factor=factor)
        self.sessions.append(Session(at, ip, client))

    def live(self) -> None:
        """Sign in wherever this day leads."""
        if self.journey is not None:
            self._travel(self.journey)
        elif self.works:
            self._work()
        elif self.rng.random() < 0.55:
            self._rest()
        if "on_call" in self.one.traits and self.day % 3 == 0:
            for _ in range(2):
                at = self._at(self.rng.randrange(60, 300))
                self.sign_in(at, self.home(), self.laptop())
        if "forgetful" in self.one.traits and self._habits["forgetful"] == self.day % BLOCK and self.sessions:
            last = max(self.sessions)
            tries = 6 + self.rng.randrange(9)
            at = self.book.failures(last.at + HOUR, self.one.account, last.ip, tries, last.client)
            self.book.login(at + 2 * MINUTE, self.one.account, last.ip, last.client)
        self.sessions.sort(key=lambda session: session.at)

    def _at(self, minute: float, spread: float = 0) -> int:
        minute = about(self.rng, minute, spread) if spread else minute
        return self.midnight + int(max(1.0, min(1430.0, minute)) * MINUTE) + self.rng.randrange(60) * SECOND

    def _work(self) -> None:
        """Wi-Fi at home, the phone on the way, the office, and home again within the day."""
        one, rng, atlas = self.one, self.rng, self.atlas
        remote = "remote" in one.traits and rng.random() < 0.7
        begins, ends = one.begins, one.ends
        if rng.random() < 0.35:
            self.sign_in(self._at(begins - 80, 12), self.home(), self.phone())
        if not remote and rng.random() < 0.3:
            self.sign_in(self._at(begins - 35, 8), self.carrier(), self.phone())
        office = self.home() if remote else rng.choice(atlas.offices[one.metro.name])
        if "cloud_desktop" in one.traits:
            desktop = self.client(f"desktop-{one.account}", "desktop")
            self.sign_in(self._at(begins + 3, 6), office, self.laptop())
            self.sign_in(self._at(begins + 12, 4), atlas.desktops[one.metro.name], desktop)
        elif rng.random() < 0.9:
            self.sign_in(self._at(begins, 10), office, self.laptop())
        if "shared_device" in one.traits and rng.random() < 0.3:
            other = one.number ^ 1
            theirs = self.client(f"pc-{account_of(other)}", "pc", other)
            self.sign_in(self._at(begins + 100, 30), office, theirs)
        if not remote and rng.random() < 0.25:
            self.sign_in(self._at(begins + 20, 15), office, self.phone())
        if rng.random() < 0.15:
            self._flicker(self._at((begins + ends) / 2, 60))
        if rng.random() < 0.12:
            self.sign_in(self._at(ends - 120, 40), office, self.laptop())
        if not remote and rng.random() < 0.2:
            self.sign_in(self._at(ends + 30, 10), self.carrier(), self.phone())
        self._evening(ends)

    def _evening(self, ends: float) -> None:
        rng = self.rng
        if "vpn" in self.one.traits and rng.random() < 0.45:
            self._vpn(self._at(ends + 150, 40))
        elif rng.random() < 0.2:
            self.sign_in(self._at(ends + 140, 50), self.home(), self.laptop())

    def _rest(self) -> None:
        """A day off: the phone at home and on the way."""
        rng = self.rng
        self.sign_in(self._at(640, 80), self.home(), self.phone())
        if rng.random() < 0.4:
            self._flicker(self._at(900, 120))
        if "vpn" in self.one.traits and rng.random() < 0.4:
            self._vpn(self._at(1230, 40))

    def _flicker(self, at: int) -> None:
        """A phone on the move: the carrier lists it in one city and, minutes later, in another."""
        for _ in range(2 + (self.rng.random() < 0.3)):
            self.sign_in(at, self.carrier(), self.phone())
            at += 2 * MINUTE + self.rng.randrange(10 * MINUTE)

    def _vpn(self, at: int) -> None:
        """On, elsewhere, and off again: a journey around the world in a quarter of an hour on a known device."""
        exits = self.atlas.exits
        mine = [exits[(self.one.number * 7 + each * 13) % len(exits)] for each in range(3)]
        client = self.laptop() if self.rng.random() < 0.7 else self.phone()
        if self.rng.random() < 0.5:
            self.sign_in(at - 20 * MINUTE, self.home(), client)
        self.sign_in(at, self.rng.choice(mine), client)
        if self.rng.random() < 0.4:
            self.sign_in(at + 3 * MINUTE, self.rng.choice(exits if self.rng.random() < 0.3 else mine), client)
        if self.rng.random() < 0.5:
            self.sign_in(at + 12 * MINUTE + self.rng.randrange(HOUR), self.home(), client)

    # ---- on a journey ----

    def _travel(self, journey: Journey) -> None:
        """The day's part of a journey: before the flight, in the air, there, and back."""
        today = range(self.midnight, self.midnight + DAY)
        rng, atlas, here = self.rng, self.atlas, self.one.metro.name
        if journey.leaves in today:
            self.sign_in(journey.leaves - 3 * HOUR, self.home(), self.phone())
            self.sign_in(journey.leaves - 40 * MINUTE, rng.choice(atlas.airports[here]), self.laptop())
        middle = (journey.leaves + journey.arrives) // 2
        if journey.flies_online and middle in today:
            self.sign_in(middle, rng.choice(atlas.flying), self.laptop())
        if journey.arrives in today:
            self._abroad(journey.arrives + 50 * MINUTE, journey)
        morning = midnight(journey.metro.zone, self.day) + int(about(rng, 500, 25)) * MINUTE
        for at in (morning, morning + 6 * HOUR, morning + 12 * HOUR):
            if journey.arrives + 3 * HOUR < at < journey.departs - 3 * HOUR and at in today:
                self._abroad(at, journey)
        if journey.departs in today:
            self.sign_in(journey.departs - 50 * MINUTE, rng.choice(atlas.airports[journey.metro.name]), self.phone())
        if journey.returns in today:
            self.sign_in(journey.returns + 70 * MINUTE, self.home(), self.laptop())

    def _abroad(self, at: int, journey: Journey) -> None:
        """The laptop is where the hotel is; the phone, roaming, is where its carrier is: at home."""
        rng, atlas, there = self.rng, self.atlas, journey.metro.name
        office = journey.metro.weight > 0 and rng.random() < 0.4
        self.sign_in(at, rng.choice((atlas.offices if office else atlas.hotels)[there]), self.laptop())
        if rng.random() < 0.7:
            phone = self.carrier() if journey.roams else rng.choice(atlas.carriers[there][:9])
            self.sign_in(at + 4 * MINUTE + rng.randrange(25 * MINUTE), phone, self.phone())
        if "vpn" in self.one.traits and rng.random() < 0.5:
            self.sign_in(at + 35 * MINUTE, rng.choice(atlas.exits), self.laptop())


def language_of(rng: Random, one: Person) -> str:
    """In which language a person writes this time."""
    return "en" if rng.random() < 0.1 else one.style.language
