"""Whoever changes the factors of an account proves an older one."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from authenticators import Phone, Portal, SecurityKey
from frostgate.directory.factors.attempts import MOST_WRONG
from together import at_once
from world import World

STEP = timedelta(seconds=30)


def totp(code: str) -> dict[str, str]:
    return {"type": "totp", "code": code}


def test_the_first_factor_needs_no_proof_and_the_next_ones_do(world: World) -> None:
    portal = Portal(world.tenant().account("li"))
    assert portal.may_prove() == {"factors": [], "passkey": None}
    phone, [first] = portal.enrols_phone(), portal.listed()
    world.clock.move(STEP)
    begun = portal.begins("new phone")
    second, confirm = Phone(begun["secret"]), f"{portal.factors}/{begun['factor']['id']}/confirm"
    assert portal.may_prove() == {
        "factors": [{"id": first["id"], "type": "totp", "name": "phone"}],
        "passkey": None,
    }
    shown = second.shows(world.clock.now())
    refused = portal.asks("POST", confirm, json={"code": shown})
    assert (refused.status_code, refused.json()["code"]) == (409, "factor.proof_needed")
    itself = portal.asks("POST", confirm, json={"code": shown, "proof": totp(shown)})
    assert itself.json()["code"] == "challenge.wrong_answer", "a new factor does not prove itself"

    code = phone.shows(world.clock.now())
    assert portal.does("POST", confirm, json={"code": shown, "proof": totp(code)})["state"] == "active"

    entry = world.journal(portal.account.tenant.id)[-1]
    assert (entry.fact, f'"proven_by":"{first["id"]}"' in entry.body) == ("factor.confirmed", True)
    assert portal.listed()[0]["last_used_at"] is not None
    body = {"name": "key", "credential": SecurityKey().creates(portal.options()), "proof": totp(code)}
    again = portal.asks("POST", f"{portal.factors}/passkey", json=body)
    assert again.json()["code"] == "challenge.wrong_answer", "a code counts once"
    assert len(portal.listed()) == 2


def test_wrong_proofs_are_counted_with_wrong_answers_and_journalled_without_what_they_were(world: World) -> None:
    portal = Portal(world.tenant().account("li"))
    phone = portal.enrols_phone()
    [own] = portal.listed()
    world.clock.move(STEP)
    wrong, remove = phone.never_shows(world.clock.now()), f"{portal.factors}/{own['id']}/remove"
    for left in range(MOST_WRONG - 1, -1, -1):
        refused = portal.asks("POST", remove, json={"proof": totp(wrong)})
        assert (refused.status_code, refused.json()["params"]) == (422, {"left": left})
        assert wrong not in refused.text

    right = {"proof": totp(phone.shows(world.clock.now()))}
    assert portal.is_refused("POST", remove, json=right) == "challenge.too_many_attempts"
    hold = world.boss().places(portal.account, "challenge")
    answer = f"{portal.account.path}/holds/{hold['id']}/answer"
    assert portal.is_refused("POST", answer, json=right["proof"]) == "challenge.too_many_attempts"
    facts = world.facts(portal.account.tenant.id)
    assert (facts.count("factor.proof_failed"), facts.count("factor.removed")) == (MOST_WRONG, 0)
    assert not any(wrong in entry.body for entry in world.journal())
    assert portal.listed() == [own]


def test_a_right_proof_is_not_used_up_where_the_new_code_is_wrong(world: World) -> None:
    portal = Portal(world.tenant().account("li"))
    phone = portal.enrols_phone()
    world.clock.move(STEP)
    begun, now = portal.begins("new phone"), world.clock.now()
    second, confirm = Phone(begun["secret"]), f"{portal.factors}/{begun['factor']['id']}/confirm"
    proof = totp(phone.shows(now))
    body = {"code": second.never_shows(now), "proof": proof}
    assert portal.is_refused("POST", confirm, json=body) == "factor.code_wrong"
    portal.does("POST", confirm, json={"code": second.shows(now), "proof": proof})


def test_one_proof_at_once_makes_one_change(world: World) -> None:
    portal = Portal(world.tenant().account("li"))
    phone = portal.enrols_phone()
    [own] = portal.listed()
    world.clock.move(STEP)
    begun, now = portal.begins("new phone"), world.clock.now()
    proof = totp(phone.shows(now))
    confirm = {"code": Phone(begun["secret"]).shows(now), "proof": proof}
    tasks = [(f"{begun['factor']['id']}/confirm", confirm), (f"{own['id']}/remove", {"proof": proof})]

    answers = at_once([partial(portal.asks, "POST", f"{portal.factors}/{to}", json=body) for to, body in tasks])

    codes = sorted(answer.json()["code"] for answer in answers if not answer.is_success)
    # Once the phone is gone there is nothing to prove with; else the code was used.
    assert codes in (["challenge.wrong_answer"], ["factor.unknown"])


def test_options_for_a_proof_are_good_for_it_alone(portal: Portal) -> None:
    key = portal.enrols_key()
    [own] = portal.listed()
    hold = portal.world.boss().places(portal.account, "challenge")
    portal.world.person("shu").releases({"id": hold["case"]})
    remove = f"{portal.factors}/{own['id']}/remove"

    def refusal(signed: Any) -> str:
        return portal.is_refused("POST", remove, json={"proof": {"type": "passkey", "credential": signed}})

    enrolment = portal.options()
    assert refusal(key.signs(enrolment)) == "challenge.expired"
    offered = portal.may_prove()["passkey"]
    assert refusal(key.signs(enrolment)) == "challenge.wrong_answer"
    assert refusal(key.signs(offered)) == "challenge.expired", "one try"
    late = key.signs(portal.may_prove()["passkey"])
    portal.world.clock.move(timedelta(minutes=5))
    assert refusal(late) == "challenge.expired"
    portal.removes(own)


def test_nobody_proves_with_another_s_factor(portal: Portal) -> None:
    portal.enrols_phone()
    [own] = portal.listed()
    han = Portal(portal.account.tenant.account("han"))
    key = han.enrols_key()
    signed = {"type": "passkey", "credential": key.signs(han.may_prove()["passkey"])}
    remove = f"{portal.factors}/{own['id']}/remove"
    assert portal.is_refused("POST", remove, json={"proof": signed}) == "challenge.expired"
    mei = Portal(portal.account.tenant.account("mei"))
    begun = mei.begins()
    body = {"code": Phone(begun["secret"]).shows(mei.world.clock.now()), "proof": han.proof()}
    assert mei.is_refused("POST", f"{mei.factors}/{begun['factor']['id']}/confirm", json=body) == "factor.unknown"


def test_a_set_up_that_was_never_confirmed_is_removed_without_a_proof(portal: Portal) -> None:
    portal.enrols_phone()
    begun = portal.begins("another")
    portal.does("POST", f"{portal.factors}/{begun['factor']['id']}/remove", json={})
    assert [factor["name"] for factor in portal.listed()] == ["phone"]


def test_a_factor_belongs_to_one_account_of_one_tenant(portal: Portal) -> None:
    portal.enrols_phone()
    [phone] = portal.listed()
    han = Portal(portal.account.tenant.account("han"))
    stranger = portal.world.tenant(f"t{portal.world.number()}").token("portal")
    admin = portal.account.tenant.token("api", role="owner")
    assert han.is_refused("POST", f"{han.factors}/{phone['id']}/remove", json={}) == "factor.unknown"
    assert admin.is_refused("DELETE", f"{han.factors}/{phone['id']}") == "factor.unknown"
    assert han.listed() == []
    for method, path in (("GET", portal.factors), ("POST", f"{portal.factors}/{phone['id']}/remove")):
        assert stranger.is_refused(method, path, json={}) == "request.not_found"
    assert portal.listed() == [phone]


def test_an_account_that_nobody_registered_may_enrol_where_its_tenant_admits_such(shared: World) -> None:
    open_to_all = shared.tenant(f"t{shared.number()}")
    Portal(open_to_all.stranger("mei")).enrols_phone()
    strict = Portal(shared.tenant(f"t{shared.number()}", unknown_accounts="refuse").stranger("mei"))
    assert strict.is_refused("POST", f"{strict.factors}/totp", json={"name": "app"}) == "account.unknown"


def changes(portal: Portal, pending: str, active: str) -> Iterator[tuple[str, str, Any]]:
    """Every way to change an account's factors."""
    phone = {"code": "000000"}
    yield "POST", f"{portal.factors}/totp", {"name": "the thief's"}
    yield "POST", f"{portal.factors}/{pending}/confirm", phone
    yield "POST", f"{portal.factors}/passkey/options", None
    yield "POST", f"{portal.factors}/{pending}/remove", {}
    yield "POST", f"{portal.factors}/{active}/remove", {}


@pytest.mark.parametrize("kind", ["challenge", "limit", "freeze"])
def test_while_a_hold_is_open_nobody_changes_factors(world: World, kind: str) -> None:
    portal = Portal(world.tenant().account("li"))
    portal.enrols_key()
    [active], options, begun = portal.listed(), portal.options(), portal.begins()
    extra = {"services": ["live"]} if kind == "limit" else {}
    hold = world.reviewer().places(portal.account, kind, **extra)
    admin, before, listed = portal.account.tenant.token("api", role="owner"), len(world.facts()), portal.listed()

    for method, path, body in changes(portal, begun["factor"]["id"], active["id"]):
        assert portal.is_refused(method, path, json=body) == "factor.account_held", path
    for factor in listed:
        assert admin.is_refused("DELETE", f"{portal.factors}/{factor['id']}") == "factor.account_held"
    code = {"code": Phone(begun["secret"]).shows(world.clock.now()), "proof": portal.proof()}
    confirm = f"{portal.factors}/{begun['factor']['id']}/confirm"
    assert portal.is_refused("POST", confirm, json=code) == "factor.account_held"
    assert portal.refuses_key(SecurityKey().creates(options)) == "factor.account_held"
    assert portal.listed() == listed
    assert {fact for fact in world.facts()[before:] if fact.startswith("factor.")} == set()

    world.person("shu").releases({"id": hold["case"]})
    portal.does("POST", confirm, json={**code, "proof": portal.proof()})
    portal.removes(active)
