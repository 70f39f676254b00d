"""Which browsers and apps people and attackers sign in with, and what these say of themselves.

Everybody draws from one list, so thousands share a User-Agent with each other, and some with the thief who robs them.
"""

from functools import lru_cache
from random import Random
from typing import Literal, NamedTuple

from frostgate.simulation.chance import stream
from frostgate.simulation.model import DAY
from frostgate.simulation.people import BLOCK

Machine = Literal["computer", "phone"]


class Release(NamedTuple):
    """A program on a kind of machine. `{n}` in its text is the number of the release, one higher each month."""

    weight: int
    machine: Machine
    text: str
    first: int  # the number that it would have had in the first month of 1970


class Installed(NamedTuple):
    """A program as somebody has it: updated on a day of each month, or only on some of the months."""

    release: Release
    update: int | None
    shift: int

    def says(self, day: int) -> str:
        """The User-Agent on a day."""
        block, within = divmod(day, BLOCK)
        if self.update is not None:
            block -= within < self.update
        else:
            block -= (block + self.shift) % SELDOM
        return self.release.text.format(n=block + self.release.first)


class Client(NamedTuple):
    """What somebody signs in with: its device identifier, where it names one, and its User-Agent."""

    device: str | None
    agent: str


_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{n}.0.0.0 Safari/537.36"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)"

# Numbers are such that March 2026, the 684th block of days since 1970, has Chrome 145 and Harbour 8.31.
RELEASES = (
    Release(30, "computer", f"{_WINDOWS} {_CHROME}", -538),
    Release(16, "computer", f"{_WINDOWS} {_CHROME} Edg/{{n}}.0.0.0", -538),
    Release(12, "computer", f"{_MAC} {_CHROME}", -538),
    Release(11, "computer", f"{_MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15", 0),
    Release(6, "computer", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0", -536),
    Release(17, "computer", "Harbour/8.{n}.0 (Windows 11; x64; desktop)", -652),
    Release(8, "computer", "Harbour/8.{n}.0 (macOS 15.6; arm64; desktop)", -652),
    Release(24, "phone", "Harbour/8.{n}.1 (iOS 18.6; iPhone16,1)", -652),
    Release(12, "phone", "Harbour/8.{n}.1 (iOS 17.7; iPhone13,2)", -652),
    Release(22, "phone", "Harbour/8.{n}.2 (Android 15; SM-S921B)", -652),
    Release(18, "phone", "Harbour/8.{n}.2 (Android 14; 23127PN0CC)", -652),
    Release(9, "phone", "Harbour/7.9.4 (Android 11; M2007J20CG)", 0),
    Release(
        9, "phone", f"{_IPHONE} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1", 0
    ),
    Release(6, "phone", "Mozilla/5.0 (Linux; Android 10; K) " + _CHROME.replace("Safari", "Mobile Safari"), -538),
)
TOOLS = ("python-requests/2.32.3", "Go-http-client/2.0", "")
UPDATED = 0.6  # share of clients that take each month's release, on a day of their own
SELDOM = 5  # months from one update of the others to the next


def own(seed: int, number: int, slot: str, day: int) -> str:
    """The User-Agent of a person's machine on a day. The slot names the machine, like `pc` or `phone-1`."""
    return _installed(seed, number, slot).says(day)


def theirs(rng: Random, at: int, machine: Machine | None = None, *, tools: float = 0.1) -> str:
    """What an attacker's client says at a time: a tool's name with some chance, else what anybody's might."""
    return rng.choice(TOOLS) if rng.random() < tools else _drawn(rng, machine).says(at // DAY)


@lru_cache(maxsize=50_000)
def _installed(seed: int, number: int, slot: str) -> Installed:
    return _drawn(stream(seed, "client", number, slot), "phone" if slot.startswith("phone") else "computer")


def _drawn(rng: Random, machine: Machine | None) -> Installed:
    """One of the list by its weight, on a kind of machine or on any."""
    found = [release for release in RELEASES if machine in (None, release.machine)]
    drawn = rng.randrange(sum(release.weight for release in found))
    at = 0
    while drawn >= found[at].weight:
        drawn -= found[at].weight
        at += 1
    day = rng.randrange(BLOCK)
    return Installed(found[at], day if rng.random() < UPDATED else None, rng.randrange(SELDOM))
