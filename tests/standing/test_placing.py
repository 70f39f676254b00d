"""Placing a hold while another says the same, or just did."""

import threading

import pytest

from frostgate.base.model import SYSTEM
from frostgate.standing import store
from frostgate.standing.model import Cause, Finding, Hold, Kind, Subject
from frostgate.standing.service import place_hold, release_hold
from house import House
from servers import Databases
from together import is_somebody_waiting
from world import World

LI = Subject(tenant_id="acme", account_id="li")


def place(house: House) -> Hold:
    with house.program.uow.begin() as tx:
        return place_hold(tx, subject=LI, kind=Kind.FREEZE, cause=Cause.MANUAL, reason="test", actor=SYSTEM)


def test_where_the_same_hold_is_being_released_a_new_one_is_placed(databases: Databases) -> None:
    house = House(databases.make("postgresql"))
    house.tenant()
    first = place(house)
    assert place(house) == first

    placed: list[Hold] = []
    thread = threading.Thread(target=lambda: placed.append(place(house)))
    with house.program.uow.begin() as tx:
        release_hold(tx, first.id, tenant_id="acme", finding=Finding.MISTAKE, actor=SYSTEM, reason="test")
        thread.start()
        while not is_somebody_waiting(house.program):
            assert thread.is_alive()
    thread.join()

    [second] = placed
    assert second.id != first.id
    with house.program.uow.look() as connection:
        assert store.open_holds(connection, LI) == [second]
    house.close()


@pytest.mark.parametrize("kind", ["ban", "freeze\n", "FREEZE", ""])
def test_by_hand_nobody_places_anything_but_a_challenge_a_limit_or_a_freeze(shared: World, kind: str) -> None:
    li = shared.tenant(f"t{shared.number()}").account("li")
    refused = shared.boss().asks("POST", f"{li.path}/holds", json={"kind": kind, "reason": "I say so"})
    assert (refused.status_code, refused.json()["code"], refused.json()["pointer"]) == (400, "request.invalid", "/kind")
    assert li.holds() == []
