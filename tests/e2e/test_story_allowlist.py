"""A tenant lets its people sign in from the office only: elsewhere they are turned away, and that is all."""

from datetime import timedelta

import pytest

from frostgate.base.statuses import STATUS
from world import Account, World

OFFICE, CAFE = "101.6.6.6", "101.80.10.7"  # Beijing and Shanghai


@pytest.fixture
def li(world: World) -> Account:
    """Somebody at the office, of a tenant that has just begun to enforce its allowlist."""
    acme, boss = world.tenant(), world.boss()
    li = acme.account("li")
    assert li.signs_in(from_=OFFICE, device="laptop")["verdict"] == "allow"
    boss.does("POST", f"{acme.path}/networks", json={"cidr": "101.6.6.0/24", "kind": "allowed"})
    boss.does("PUT", f"{acme.path}/allowlist", json={"enforced": True, "tested_from": OFFICE})
    world.clock.move(timedelta(days=1))
    return li


@pytest.mark.parametrize("device", ["laptop", "a new phone", None])
def test_a_sign_in_from_elsewhere_is_refused_and_held_against_nobody(
    world: World, li: Account, device: str | None
) -> None:
    before = world.facts(li.tenant.id)

    refused = li.signs_in(from_=CAFE, device=device)

    assert (refused["verdict"], refused["code"]) == ("refuse", "event.refused")
    assert STATUS["event.refused"] == 403
    assert "login.outside-allowlist" in [reason["rule"] for reason in refused["reasons"]]
    assert "holds" not in refused
    assert "retry_after" not in refused
    assert li.holds() == []
    assert li.is_free()
    assert world.reviewer().sees("/v1/cases", account=li.id, tenant=li.tenant.id)["items"] == []
    assert world.facts(li.tenant.id) == before  # nor is anybody told
    assert li.signs_in(from_=OFFICE, device="laptop")["verdict"] == "allow"


def test_who_was_turned_away_taught_nothing(world: World, li: Account) -> None:
    """Or else a thief's tries from outside would make their device and place look like home on the day it ends."""
    for _ in range(3):
        assert li.signs_in(from_=CAFE, device="thief")["verdict"] == "refuse"
    world.restart()
    world.boss().does("PUT", f"{li.tenant.path}/allowlist", json={"enforced": False})
    world.clock.move(timedelta(days=1))

    assert li.signs_in(from_=CAFE, device="thief")["verdict"] == "challenge"
    assert li.signs_in(from_=OFFICE, device="laptop")["verdict"] == "allow"


def test_a_refusal_that_is_told_twice_is_one(li: Account) -> None:
    event = li.login(from_=CAFE, device="laptop")
    first = li.tenant.sends(event).json()
    assert li.tenant.sends(event).json() == {**first, "repeated": True}
