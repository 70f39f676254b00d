"""Second factors of holders: authenticator apps, how many factors there may be, and whose they are."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authenticators import Phone, Portal, SecurityKey, everything_stored
from frostgate.directory.factors.totp import accepted_step
from together import at_once
from world import World

# RFC 6238, appendix B: the codes of eight digits of the secret "12345678901234567890".
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_CODES = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
STEP = timedelta(seconds=30)


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


# Authenticator apps


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES.items())
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    assert Phone(RFC_SECRET).shows(at(seconds), digits=8) == code
    assert accepted_step(RFC_SECRET, code[-6:], at=at(seconds), after=None) == seconds // 30


@given(now=st.integers(10**9, 2 * 10**9), late=st.integers(-4, 4), after=st.none() | st.integers(-3, 3))
def test_a_code_is_good_for_a_step_around_its_own_and_once(now: int, late: int, after: int | None) -> None:
    step, last = now // 30, None if after is None else now // 30 + after
    code = Phone(RFC_SECRET).shows(at(now + 30 * late))
    # Codes of six digits may meet by chance, so every step that has this one is wanted.
    same = [each for each in (step - 1, step, step + 1) if Phone(RFC_SECRET).shows(at(30 * each)) == code]
    wanted = [each for each in same if last is None or each > last]
    assert accepted_step(RFC_SECRET, code, at=at(now), after=last) == (wanted[-1] if wanted else None)


def test_an_app_is_set_up_with_a_secret_that_is_shown_once(portal: Portal) -> None:
    world, before = portal.world, len(portal.world.facts())

    begun = portal.begins("my phone")

    assert (begun["factor"]["state"], begun["factor"]["active_since"]) == ("pending", None)
    assert (begun["factor"]["type"], begun["factor"]["name"]) == ("totp", "my phone")
    uri = urlsplit(begun["uri"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert {name: value for name, [value] in parse_qs(uri.query).items()} == {
        "secret": begun["secret"],
        "issuer": "Frostgate",
    }
    phone, path = Phone(begun["secret"]), f"{portal.factors}/{begun['factor']['id']}/confirm"

    confirmed = portal.does("POST", path, json={"code": phone.shows(world.clock.now())})

    assert (confirmed["state"], confirmed["last_used_at"]) == ("active", confirmed["active_since"])
    assert portal.listed() == [confirmed]
    assert world.facts()[before:] == ["factor.enrolled", "factor.confirmed"]
    assert begun["secret"] not in portal.asks("GET", portal.factors).text + everything_stored(world)
    assert portal.is_refused("POST", path, json={"code": phone.shows(world.clock.now())}) == "factor.already_active"


def test_an_app_that_was_not_confirmed_by_its_code_is_not_active(portal: Portal) -> None:
    begun = portal.begins()
    wrong, path = (
        Phone(begun["secret"]).never_shows(portal.world.clock.now()),
        f"{portal.factors}/{begun['factor']['id']}",
    )

    refused = portal.asks("POST", f"{path}/confirm", json={"code": wrong})

    assert (refused.status_code, refused.json()["code"]) == (422, "factor.code_wrong")
    assert wrong not in refused.text
    assert [factor["state"] for factor in portal.listed()] == ["pending"]
    assert "factor.confirmed" not in portal.world.facts(portal.account.tenant.id)


def test_a_set_up_that_is_begun_again_takes_the_place_of_the_first(portal: Portal) -> None:
    first, second = portal.begins(), portal.begins()
    assert [factor["id"] for factor in portal.listed()] == [second["factor"]["id"]]
    code = {"code": Phone(first["secret"]).shows(portal.world.clock.now())}
    assert portal.is_refused("POST", f"{portal.factors}/{first['factor']['id']}/confirm", json=code) == "factor.unknown"


@pytest.mark.parametrize("code", ["12345", "1234567", "12345x", "１２３４５６", "123456\n", "", 123456, None])
def test_what_is_no_code_is_refused_and_not_repeated(portal: Portal, code: Any) -> None:
    begun = portal.begins()
    answer = portal.asks("POST", f"{portal.factors}/{begun['factor']['id']}/confirm", json={"code": code})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")
    assert not code or str(code).strip() not in answer.text


# How many, whose, and when


def test_an_account_has_ten_at_most_however_they_come(world: World) -> None:
    portal = Portal(world.tenant().account("li"))
    for number in range(8):
        portal.enrols_key(name=f"key {number}")
    begins = partial(portal.asks, "POST", f"{portal.factors}/totp")
    tries = [partial(begins, json={"name": f"app {number}"}) for number in range(12)]
    answers = [answer.status_code for answer in at_once(tries)]
    assert set(answers) <= {201, 409}
    assert len(portal.listed()) <= 10
    portal.enrols_phone()
    portal.enrols_key()
    assert portal.is_refused("POST", f"{portal.factors}/totp", json={"name": "one more"}) == "factor.too_many"
    assert portal.refuses_key(SecurityKey().creates(portal.options())) == "factor.too_many"
    assert len(portal.listed()) == 10


def test_set_ups_that_begin_at_once_take_each_other_s_place(world: World) -> None:
    portal = Portal(world.tenant().account("li"))
    for number in range(9):
        portal.enrols_key(name=f"key {number}")
    answers = at_once([lambda: portal.asks("POST", f"{portal.factors}/totp", json={"name": "app"}).status_code] * 4)
    assert 201 in answers
    assert [factor["type"] for factor in portal.listed()].count("totp") == 1
    assert len(portal.listed()) == 10


def test_a_factor_is_removed_by_its_holder_or_the_tenants_administrator(portal: Portal) -> None:
    portal.enrols_key()
    portal.enrols_phone("old phone")
    key, phone = portal.listed()
    admin = portal.account.tenant.token("api", role="owner")
    before = len(portal.world.facts())

    portal.removes(phone)
    assert admin.sees(portal.factors)["items"] == portal.listed()
    assert [factor["id"] for factor in portal.listed()] == [key["id"]]
    admin.does("DELETE", f"{portal.factors}/{key['id']}")

    assert portal.listed() == []
    assert portal.world.facts()[before:] == ["factor.removed", "factor.removed"]
    by_holder, by_admin = portal.world.journal(portal.account.tenant.id)[-2:]
    assert f'"proven_by":"{key["id"]}"' in by_holder.body
    assert '"proven_by":null' in by_admin.body
    assert admin.is_refused("DELETE", f"{portal.factors}/{key['id']}") == "factor.unknown"


@pytest.mark.parametrize("role", ["lead", "superintendent"])
def test_staff_remove_what_a_holder_lost(portal: Portal, role: str) -> None:
    portal.enrols_phone()
    [phone] = portal.listed()
    portal.world.person(role).does("DELETE", f"{portal.factors}/{phone['id']}")
    portal.enrols_key()  # the first again, so nothing has to be proven


@pytest.mark.parametrize("role", ["owner", "lead", "reviewer"])
def test_nobody_enrols_a_factor_for_somebody_else(portal: Portal, role: str) -> None:
    begun, tenant = portal.begins(), portal.account.tenant
    caller = tenant.token("api", role=role)
    code = {"code": Phone(begun["secret"]).shows(portal.world.clock.now())}
    for path, body in (
        ("totp", {"name": "mine"}),
        (f"{begun['factor']['id']}/confirm", code),
        ("passkey/options", None),
        ("passkey", {"name": "mine", "credential": {}}),
        ("proof", None),
        (f"{begun['factor']['id']}/remove", {}),
    ):
        assert caller.is_refused("POST", f"{portal.factors}/{path}", json=body) == "auth.forbidden", path
