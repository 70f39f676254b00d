"""Who attacks whom, when: the plan, made before the first event so that the truth can be told first."""

from collections.abc import Callable
from random import Random
from typing import Any

import msgspec

from frostgate.simulation import guessers, senders, thieves
from frostgate.simulation.atlas import Atlas
from frostgate.simulation.chance import stream
from frostgate.simulation.model import ATTACKS, HOUR, MINUTE, RING, Account, Attack, Happening, moment
from frostgate.simulation.people import Person, person

SUCCESSES = 6  # of one campaign with a stolen list


class Planned(msgspec.Struct, kw_only=True):
    """An attack, or several that belong together: when it begins, what is true of it, and how to carry it out."""

    start: int
    truths: list[Attack]
    newcomers: list[Account]
    carry_out: Callable[[], list[Happening]]


class Planner:
    """Draws attacks; no account is attacked twice, so that each attack stands alone."""

    def __init__(self, atlas: Atlas, people: int, start: int, end: int, services: list[tuple[str, str]]) -> None:
        """Between two times in milliseconds; `services` are accounts with keys that can be stolen."""
        self.atlas, self.people, self.start, self.end = atlas, people, start, end
        self._services = services
        self._taken: set[int] = set()
        self._ways: dict[str, Callable[[str, Random, int], Planned]] = {
            "stuffing": self._stuffing,
            "slow_guessing": self._slow_guessing,
            "botnet_guessing": self._botnet,
            "password_sold": self._theft,
            "bulk_ring": self._ring,
            "api_abuse": self._api,
        }

    def plan(self, counts: dict[str, int]) -> list[Planned]:
        """The attacks in the order in which they begin."""
        planned = []
        for kind, count in counts.items():
            for number in range(count):
                name = f"{kind}-{number}"
                rng = stream(self.atlas.seed, "attack", name)
                span = max(HOUR, self.end - self.start - 6 * HOUR)
                start = self.start + int(span * (0.1 + 0.85 * rng.random()))
                way = self._ways.get(kind) or (self._bulk if kind.startswith("bulk_") else self._theft)
                planned.append(way(name, rng, start))
        return sorted(planned, key=lambda each: (each.start, each.truths[0].attack))

    def _victim(self, rng: Random) -> Person:
        """Somebody whom no other attack has chosen."""
        number = int(rng.random() * self.people)
        while number in self._taken and len(self._taken) < self.people:
            number = (number + 1) % self.people
        self._taken.add(number)
        return person(self.atlas, number)

    def _attack(self, name: str, start: int, account: str | None, **more: Any) -> Attack:
        kind = name.partition("-")[0]
        return Attack(attack=name, kind=kind, cause=ATTACKS[kind][0], start=moment(start), account=account, **more)

    def _theft(self, name: str, rng: Random, start: int) -> Planned:
        victim = self._victim(rng)
        attack = self._attack(name, start, victim.account, taken_over=True, has_factor=rng.random() < 0.03)
        how = thieves.sell if attack.kind == "password_sold" else thieves.steal
        return Planned(
            start=start, truths=[attack], newcomers=[], carry_out=lambda: how(self.atlas, attack, victim, start)
        )

    def _stuffing(self, name: str, rng: Random, start: int) -> Planned:
        campaign = self._attack(name, start, None)
        successes = []
        for each in range(min(SUCCESSES, max(1, self.people // 40))):
            victim = self._victim(rng)
            when = start + 2 * MINUTE + rng.randrange(2 * HOUR if self.people > 400 else 20 * MINUTE)
            own = self._attack(f"stuffing_success-{name}.{each}", when, victim.account, taken_over=True, campaign=name)
            successes.append((own, victim, when))
        return Planned(
            start=start,
            truths=[campaign, *(success for success, _, _ in successes)],
            newcomers=[],
            carry_out=lambda: guessers.stuff(self.atlas, campaign, self.people, successes, start),
        )

    def _slow_guessing(self, name: str, rng: Random, start: int) -> Planned:
        attack = self._attack(name, start, None)
        return Planned(
            start=start,
            truths=[attack],
            newcomers=[],
            carry_out=lambda: guessers.guess_slowly(self.atlas, attack, self.people, start),
        )

    def _botnet(self, name: str, rng: Random, start: int) -> Planned:
        victim = self._victim(rng)
        attack = self._attack(name, start, victim.account)
        return Planned(
            start=start,
            truths=[attack],
            newcomers=[],
            carry_out=lambda: guessers.guess_together(self.atlas, attack, victim, start),
        )

    def _sender(self, name: str, rng: Random, start: int, **more: Any) -> tuple[senders.Sending, list[Account]]:
        """On an account of its own, or as often on somebody else's."""
        if rng.random() < 0.5:
            victim = self._victim(rng)
            attack = self._attack(name, start, victim.account, taken_over=True, **more)
            return senders.sending(rng, attack, victim.account, victim), []
        account = f"new-{name.replace('_', '-')}"
        attack = self._attack(name, start, account, **more)
        return senders.sending(rng, attack, account, None), [Account(account=account, kind="person", honest=False)]

    def _bulk(self, name: str, rng: Random, start: int) -> Planned:
        sending, newcomers = self._sender(name, rng, start)
        return Planned(
            start=start,
            truths=[sending.attack],
            newcomers=newcomers,
            carry_out=lambda: senders.send(self.atlas, sending, start),
        )

    def _ring(self, name: str, rng: Random, start: int) -> Planned:
        drawn = [self._sender(f"bulk_ring-{name[10:]}.{each}", rng, start, campaign=name) for each in range(RING)]
        ring = [sending for sending, _ in drawn]
        return Planned(
            start=start,
            truths=[one.attack for one in ring],
            newcomers=[account for _, newcomers in drawn for account in newcomers],
            carry_out=lambda: senders.take_turns(self.atlas, ring, start),
        )

    def _api(self, name: str, rng: Random, start: int) -> Planned:
        """On a key of the tenant's own, while there are any that nobody has stolen; else on one of a newcomer."""
        if self._services and rng.random() < 0.5:
            account, key = self._services.pop(int(rng.random() * len(self._services)))
            newcomers = []
        else:
            account = f"new-{name.replace('_', '-')}"
            key = f"key-{account}"
            newcomers = [Account(account=account, kind="service", honest=False, key=key)]
        attack = self._attack(name, start, account, taken_over=not newcomers)
        return Planned(
            start=start,
            truths=[attack],
            newcomers=newcomers,
            carry_out=lambda: senders.abuse(self.atlas, attack, key, start),
        )


def counts(people: int, days: int, attackers: int | None) -> dict[str, int]:
    """How many attacks of each kind: as many as asked for, or in proportion; if there are any, one of each at least."""
    weights = {kind: weight for kind, (_, weight) in ATTACKS.items() if weight}
    if attackers == 0:
        return dict.fromkeys(weights, 0)
    scale = people / 3000 * min(1.0, days / 30) if attackers is None else attackers / sum(weights.values())
    return {kind: max(1, int(weight * scale + 0.5)) for kind, weight in weights.items()}
