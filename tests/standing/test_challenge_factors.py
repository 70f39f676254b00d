"""Which factors answer a challenge: whose they are, from when on, and passkeys."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from challenged import STEP, Challenged

from authenticators import PRESENT, Phone, Portal, b64
from frostgate.config import Factors
from frostgate.directory.factors.attempts import MOST_WRONG
from frostgate.directory.factors.model import Factor, FactorState, Owner, Totp
from servers import NOON, Databases
from world import FACTORS, World

# Whose factors, and from when


def test_without_a_factor_people_have_to_look(shared: World) -> None:
    li = Challenged(shared, phone=False)
    assert li.portal.is_refused("POST", f"{li.path()}/challenge") == "challenge.no_factor"
    refused = li.answers("123456")
    assert (refused.status_code, refused.json()["code"]) == (409, "challenge.no_factor")
    assert "客服" in refused.json()["texts"]["zh-CN"]


def test_a_factor_that_is_not_older_than_the_hold_cannot_answer_it(world: World) -> None:
    portal = Portal(world.tenant().account("li"))
    key = portal.enrols_key()
    phone = portal.enrols_phone()
    hold = world.boss().places(portal.account, "challenge")  # at the same moment
    world.clock.move(STEP)
    path = f"{portal.account.path}/holds/{hold['id']}"

    assert portal.is_refused("POST", f"{path}/challenge") == "challenge.no_factor"
    code = {"type": "totp", "code": phone.shows(world.clock.now())}
    assert portal.is_refused("POST", f"{path}/answer", json=code) == "challenge.no_factor"
    signed = {"type": "passkey", "credential": key.signs({"challenge": b64(b"anything")})}
    assert portal.is_refused("POST", f"{path}/answer", json=signed) == "challenge.no_factor"
    assert not portal.account.is_free()


def test_a_set_up_that_the_holder_began_cannot_be_finished_by_a_thief(world: World) -> None:
    portal = Portal(world.tenant().account("li"))
    begun = portal.begins()
    world.clock.move(STEP)
    hold = world.boss().places(portal.account, "challenge")
    code = Phone(begun["secret"]).shows(world.clock.now())

    confirm = f"{portal.factors}/{begun['factor']['id']}/confirm"
    assert portal.is_refused("POST", confirm, json={"code": code}) == "factor.account_held"
    answer = f"{portal.account.path}/holds/{hold['id']}/answer"
    assert portal.is_refused("POST", answer, json={"type": "totp", "code": code}) == "challenge.no_factor"


@pytest.mark.parametrize(
    ("active_since", "able"),
    [(None, False), (NOON - timedelta(microseconds=1), True), (NOON, False), (NOON + STEP, False)],
)
def test_before_means_strictly_before(active_since: datetime | None, able: bool) -> None:
    factor = Factor(
        id="f",
        owner=Owner("acme", "li"),
        name="phone",
        state=FactorState.ACTIVE if active_since else FactorState.PENDING,
        proof=Totp(sealed_secret=""),
        created_at=NOON - STEP,
        active_since=active_since,
    )
    assert factor.was_active_before(NOON) is able


def test_a_factor_of_somebody_else_proves_nothing(shared: World) -> None:
    li, han = Challenged(shared, key=True), Challenged(shared, key=True)
    assert han.key is not None
    assert li.is_refused(han.code) == "challenge.wrong_answer"
    assert li.is_refused(han.key.signs(li.asks()["passkey"])) == "challenge.wrong_answer"
    assert li.is_refused(li.code, han.hold) == "hold.unknown"
    stranger = han.portal
    assert stranger.is_refused("POST", f"{li.path()}/challenge") == "request.not_found"
    body = {"type": "totp", "code": li.code}
    assert stranger.is_refused("POST", f"{li.path()}/answer", json=body) == "request.not_found"
    other = Portal(li.account.tenant.account("mei"))
    assert other.is_refused("POST", f"{other.account.path}/holds/{li.hold}/answer", json=body) == "hold.unknown"
    assert not li.account.is_free()


@pytest.mark.parametrize("role", ["owner", "reviewer", "auditor"])
def test_nobody_but_the_account_pages_answers(shared: World, role: str) -> None:
    li = Challenged(shared)
    caller = li.account.tenant.token("api", role=role)
    body = {"type": "totp", "code": li.code}
    assert caller.is_refused("POST", f"{li.path()}/answer", json=body) == "auth.forbidden"
    assert caller.is_refused("POST", f"{li.path()}/challenge") == "auth.forbidden"


# Passkeys


def test_a_passkey_answers(world: World) -> None:
    li = Challenged(world, phone=False, key=True)
    assert li.key is not None
    offered = li.asks()
    assert [factor["type"] for factor in offered["factors"]] == ["passkey"]
    assert offered["passkey"]["rpId"] == "example.com"
    assert [each["id"] for each in offered["passkey"]["allowCredentials"]] == [b64(li.key.id)]

    answer = li.answers(li.key.signs(offered["passkey"]))

    assert answer.status_code == 200, answer.text
    assert li.account.is_free()
    assert li.facts() == ["challenge.passed", "hold.released"]
    again = li.another()
    assert li.answers(li.key.signs(li.asks(again)["passkey"]), again).status_code == 200


def test_a_nonce_is_for_one_hold_and_one_try(shared: World) -> None:
    li = Challenged(shared, phone=False, key=True)
    assert li.key is not None
    other, offered = li.another(), li.asks()["passkey"]
    signed = li.key.signs(offered)

    assert li.is_refused(signed, other) == "challenge.expired"
    li.asks(other)
    assert li.is_refused(signed, other) == "challenge.wrong_answer"
    assert li.answers(signed).status_code == 200
    assert li.is_refused(signed) == "hold.closed"

    forged = li.key.signs(li.asks(other)["passkey"])
    forged["response"]["signature"] = signed["response"]["signature"]
    assert li.is_refused(forged, other) == "challenge.wrong_answer"
    right = li.key.signs({"challenge": offered["challenge"]})
    assert li.is_refused(right, other) == "challenge.expired"


def test_a_nonce_is_good_for_five_minutes(shared: World) -> None:
    li = Challenged(shared, phone=False, key=True)
    assert li.key is not None
    late = li.key.signs(li.asks()["passkey"])
    shared.clock.move(timedelta(minutes=5))
    for _ in range(MOST_WRONG + 1):  # being late is not being wrong
        assert li.is_refused(late) == "challenge.expired"
    in_time = li.key.signs(li.asks()["passkey"])
    shared.clock.move(timedelta(minutes=5) - timedelta(microseconds=1))
    assert li.answers(in_time).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"origin": "https://evil.test"}, {"rp_id": "evil.test"}, {"flags": 0}, {"count": 0}, {"id": b"another"}],
    ids=str,
)
def test_a_signature_for_something_else_proves_nothing(shared: World, wrong: dict[str, Any]) -> None:
    li = Challenged(shared, phone=False, key=True)
    assert li.key is not None
    assert li.answers(li.key.signs(li.asks()["passkey"])).status_code == 200
    hold, right = li.another(), dict(vars(li.key))
    vars(li.key).update(wrong)
    assert li.is_refused(li.key.signs(li.asks(hold)["passkey"]), hold) == "challenge.wrong_answer"
    vars(li.key).update({**right, "count": 1})
    assert li.answers(li.key.signs(li.asks(hold)["passkey"]), hold).status_code == 200


def test_a_copy_of_a_key_is_found_by_its_count(shared: World) -> None:
    li = Challenged(shared, phone=False, key=True)
    assert li.key is not None
    li.key.count = 41
    assert li.answers(li.key.signs(li.asks()["passkey"])).status_code == 200
    hold = li.another()
    for count in (40, 41):
        li.key.count = count - 1
        assert li.is_refused(li.key.signs(li.asks(hold)["passkey"]), hold) == "challenge.wrong_answer"
    li.key.count = 42
    assert li.answers(li.key.signs(li.asks(hold)["passkey"]), hold).status_code == 200


def test_another_of_the_site_s_pages_and_a_key_without_a_pin_are_good_enough(shared: World) -> None:
    li = Challenged(shared, phone=False, key=True)
    assert li.key is not None
    li.key.origin, li.key.flags = FACTORS.origins[1], PRESENT
    assert li.answers(li.key.signs(li.asks()["passkey"])).status_code == 200


@pytest.mark.parametrize("what", ["credential", "response", "authenticatorData"])
def test_a_credential_of_nonsense_breaks_nothing(shared: World, what: str) -> None:
    li = Challenged(shared, phone=False, key=True)
    assert li.key is not None
    signed = li.key.signs(li.asks()["passkey"])
    response = {**signed["response"], "authenticatorData": b64(b"\xa1\xff")}
    nonsense = {
        "credential": {"id": [1]},
        "response": {**signed, "response": None},
        "authenticatorData": {**signed, "response": response},
    }
    assert li.is_refused(nonsense[what]) == "challenge.wrong_answer"


def test_where_passkeys_are_switched_off_again_they_answer_nothing(databases: Databases) -> None:
    url = databases.make("sqlite")
    world = World(url, databases.secrets["sqlite"])
    li = Challenged(world, phone=False, key=True)
    world.close()
    world = World(url, databases.secrets["sqlite"], factors=Factors())
    li.world = li.portal.world = world
    assert li.portal.is_refused("POST", f"{li.path()}/challenge") == "challenge.no_factor"
    world.close()
