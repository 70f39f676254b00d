"""Worlds that are small enough for tests."""

from datetime import date

from frostgate.simulation.world import World

START = date(2026, 3, 2)


def small(*, people: int = 80, days: int = 3, lead_in: int = 1, attackers: int | None = None) -> World:
    return World(7, people=people, days=days, start=START, lead_in=lead_in, attackers=attackers)
