"""Who the honest people are: where they live, what they use, which of the dangerous habits they have.

Everything about a person follows from the seed and the person's number alone, so one person more changes nobody else.
Rare habits are given by number and not by chance: then a small simulation has each of them as well.
"""

from random import Random

import msgspec

from frostgate.simulation import texts
from frostgate.simulation.atlas import Atlas, midnight
from frostgate.simulation.chance import about, stream, tail
from frostgate.simulation.gazetteer import BY_NAME, METROS, Metro, kilometres
from frostgate.simulation.model import DAY, HOUR, MINUTE, Account, Trip, moment

TEAM = 40  # people with neighbouring numbers work together
BLOCK = 30  # days for which journeys, new phones and the like are planned at once

# habit: (every how many people, at which remainder)
HABITS = {
    "vpn": (8, 5),  # switches a consumer VPN on and off
    "no_device": (17, 4),  # a client that names no device
    "private_browser": (67, 11),  # a new device identifier at each sign-in
    "cloud_desktop": (33, 9),
    "remote": (7, 1),  # works at home
    "on_call": (50, 3),  # awake at night
    "support": (33, 6),  # answers strangers with ready texts all day
    "chatty": (80, 8),  # hundreds of messages a day, in bursts
    "shared_device": (60, 14),  # uses a colleague's machine as well
    "traveller": (9, 2),  # a journey a month
    "forwarder": (55, 13),  # an announcement to sixty groups once a month
    "farewell": (150, 10),  # leaves, and says goodbye to everybody
    "greeter": (5, 0),  # wishes dozens of friends well on a festive evening
    "new_phone": (26, 7),  # each month
    "reinstall": (22, 12),  # each month, so the app names itself anew
    "forgetful": (45, 15),  # forgets the password once a month and tries ten times
    "ipv6": (3, 1),
}


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An honest account with the life behind it. Minutes are of the local day."""

    number: int
    account: str
    metro: Metro
    traits: frozenset[str]
    style: texts.Style
    factor: bool  # has a second factor
    manager: bool  # a password manager types the password
    contacts: tuple[str, ...]
    groups: tuple[tuple[str, int], ...]  # conversation, members
    block: str
    block_6: str | None
    begins: int
    ends: int
    volume: float  # messages on a working day

    @property
    def zone(self) -> str:
        """The zone in which this person lives."""
        return self.metro.zone

    def truth(self) -> Account:
        """What the evaluation is told."""
        return Account(account=self.account, kind="person", traits=tuple(sorted(self.traits)))


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """A trip as it is lived; times in milliseconds."""

    metro: Metro
    leaves: int
    arrives: int
    departs: int
    returns: int
    declared: bool
    roams: bool  # the phone's data is routed home, so it seems to be there
    flies_online: bool


_CUMULATED = [sum(metro.weight for metro in METROS[: index + 1]) for index in range(len(METROS))]


def account_of(number: int) -> str:
    """The account of the person with a number."""
    return f"u{number:05}"


def person(atlas: Atlas, number: int) -> Person:
    """The person with a number."""
    rng = stream(atlas.seed, "person", number)
    drawn = rng.randrange(_CUMULATED[-1])
    metro = next(metro for metro, until in zip(METROS, _CUMULATED, strict=True) if drawn < until)
    traits = {name for name, (every, at) in HABITS.items() if number % every == at % every}
    chinese = metro.country == "CN" or (metro.country == "SG" and rng.random() < 0.4)
    blocks_6 = atlas.gazetteer.blocks_6[metro.name] if "ipv6" in traits else []
    begins = int(about(rng, 555, 35))
    volume = 5 + tail(rng, 4, 60)
    if "chatty" in traits:
        volume = 200.0
    if "support" in traits:
        volume = 10.0
    return Person(
        number=number,
        account=account_of(number),
        metro=metro,
        traits=frozenset(traits),
        style=texts.style(rng, "zh" if chinese else "en"),
        factor=rng.random() < 0.4,
        manager=rng.random() < 0.35,
        contacts=_contacts(rng, number),
        groups=_groups(rng, number),
        block=atlas.gazetteer.line(rng, metro.name).rpartition(".")[0],
        block_6=f"{rng.choice(blocks_6)}:{rng.randrange(1, 0xFFFF):x}" if blocks_6 else None,
        begins=begins,
        ends=begins + int(about(rng, 560, 40)),
        volume=volume,
    )


def _contacts(rng: Random, number: int) -> tuple[str, ...]:
    """Most talk is with a few of the own team; then there are some of other teams, and outside partners."""
    team = number // TEAM * TEAM
    near = [account_of(each) for each in rng.sample(range(team, team + TEAM), 12) if each != number]
    far = [account_of(rng.randrange(3000)) for _ in range(8)]
    partners = [f"partner-{rng.randrange(4000)}" for _ in range(5)]
    friends = [f"friend-{number}-{each}" for each in range(30)]
    return (*near, *far, *partners, *friends)


def _groups(rng: Random, number: int) -> tuple[tuple[str, int], ...]:
    team = number // TEAM
    own = [(f"team-{team}", TEAM), (f"floor-{team // 5}", 5 * TEAM)]
    return (*own, *((f"group-{rng.randrange(700)}", int(tail(rng, 4, 180))) for _ in range(6)))


def journeys(atlas: Atlas, one: Person, block: int) -> list[Journey]:
    """The journeys that begin in a block of days."""
    if "traveller" not in one.traits:
        return []
    rng = stream(atlas.seed, "journey", one.number, block)
    day = block * BLOCK + rng.randrange(2, 20)
    others = [metro for metro in METROS if metro.name != one.metro.name]
    near = [metro for metro in others if kilometres(metro.name, one.metro.name) < 2500]
    metro = rng.choice(near) if near and rng.random() < 0.55 else rng.choice(others)
    hours = 2.5 + kilometres(metro.name, one.metro.name) / 820
    leaves = midnight(one.zone, day) + int((6 + 10 * rng.random()) * HOUR)
    arrives = leaves + int(hours * HOUR)
    stay = rng.randrange(2, 6)
    departs = arrives // DAY * DAY + stay * DAY + int((2 + 6 * rng.random()) * HOUR)
    return [
        Journey(
            metro=metro,
            leaves=leaves,
            arrives=arrives,
            departs=departs,
            returns=departs + int(hours * HOUR),
            declared=rng.random() < 0.5,
            roams=metro.country != one.metro.country and rng.random() < 0.7,
            flies_online=hours > 4 and rng.random() < 0.4,
        )
    ]


def trips(atlas: Atlas, one: Person, start: int, end: int) -> list[Trip]:
    """The truth about a person's journeys between two days."""
    found = [each for block in range(start // BLOCK, (end - 1) // BLOCK + 1) for each in journeys(atlas, one, block)]
    return [
        Trip(
            account=one.account,
            start=moment(each.leaves - 30 * MINUTE),
            end=moment(each.returns + 6 * HOUR),
            country=each.metro.country,
            city=BY_NAME[each.metro.name].name,
            declared=each.declared,
        )
        for each in found
        if each.returns > midnight(one.zone, start) and each.leaves < midnight(one.zone, end)
    ]
