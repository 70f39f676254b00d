"""Answering challenges: the right answer ends this one hold at once, and nothing else does."""

from datetime import timedelta
from typing import Any

import pytest
from challenged import STEP, Challenged

from authenticators import Phone, Portal, everything_stored
from frostgate.directory.attempts import WINDOW
from frostgate.directory.factors.attempts import MOST_WRONG
from together import at_once
from world import World

# Codes


def test_a_right_code_ends_the_challenge_at_once(world: World) -> None:
    li = Challenged(world)
    [phone] = li.portal.listed()
    assert li.asks() == {
        "hold": li.hold,
        "factors": [{"id": phone["id"], "type": "totp", "name": "phone"}],
        "passkey": None,
    }

    answer = li.answers(li.code)

    assert answer.status_code == 200, answer.text
    hold = answer.json()["hold"]
    assert (hold["id"], hold["finding"], hold["released_by"]) == (li.hold, "condition_met", "holder:li")
    assert (hold["reason"], hold["release_reason"]) == (None, None)
    assert set(answer.json()["services"].values()) == {"allowed"}
    assert li.account.is_free()
    assert li.world.boss().case_of(li.account)["outcome"] == "released"
    assert li.facts() == ["challenge.passed", "hold.released"]
    entries = [entry for entry in world.journal(li.account.tenant.id) if entry.fact in li.facts()]
    assert {entry.actor for entry in entries} == {"holder:li"}
    assert phone["id"] in entries[0].body
    assert '"token"' in entries[0].body
    assert li.portal.listed()[0]["last_used_at"] == hold["released_at"]
    assert li.is_refused(li.code) == "hold.closed"
    assert world.boss().sees("/v1/journal/verification")["holds"] is True


def test_an_answer_ends_one_hold_and_shows_what_is_left(shared: World) -> None:
    li = Challenged(shared)
    frozen = shared.boss().places(li.account, "freeze")
    answer = li.answers(li.code).json()
    assert answer["hold"]["id"] == li.hold
    assert set(answer["services"].values()) == {"denied"}
    assert li.account.open_kinds() == ["freeze"]
    assert li.is_refused(li.code, frozen["id"]) == "hold.condition_not_met"
    assert li.portal.is_refused("POST", f"{li.path(frozen['id'])}/challenge") == "hold.condition_not_met"


@pytest.mark.parametrize("steps", range(-3, 4))
def test_a_phone_may_be_a_step_early_or_late(shared: World, steps: int) -> None:
    li = Challenged(shared)
    assert li.phone is not None
    shared.clock.move(10 * STEP)  # so that no code around now was used before
    given = li.phone.shows(shared.clock.now() + steps * STEP)
    near = {li.phone.shows(shared.clock.now() + step * STEP) for step in (-1, 0, 1)}
    by_chance = given in near
    assert li.answers(given).is_success is (abs(steps) <= 1 or by_chance)


def test_a_code_counts_once_whatever_it_was_used_for(shared: World) -> None:
    account = shared.tenant(f"t{shared.number()}").account("li")
    portal = Portal(account)
    begun = portal.begins()
    phone = Phone(begun["secret"])
    used = phone.shows(shared.clock.now())
    portal.does("POST", f"{portal.factors}/{begun['factor']['id']}/confirm", json={"code": used})
    shared.clock.move(timedelta(seconds=1))
    first, second = (
        shared.boss().places(account, "challenge", services=services)["id"] for services in (["live"], ["voice"])
    )

    def answers(code: str, hold: str) -> Any:
        return portal.asks("POST", f"{account.path}/holds/{hold}/answer", json={"type": "totp", "code": code})

    assert answers(used, first).json()["code"] == "challenge.wrong_answer"
    shared.clock.move(STEP)
    now = phone.shows(shared.clock.now())
    assert answers(now, first).status_code == 200
    assert answers(now, second).json()["code"] == "challenge.wrong_answer"
    shared.clock.move(STEP)
    assert answers(now, second).json()["code"] == "challenge.wrong_answer"  # still within the drift
    assert answers(phone.shows(shared.clock.now()), second).status_code == 200


def test_each_of_several_phones_may_answer(shared: World) -> None:
    li = Challenged(shared, phone=False, key=True)
    shared.boss().does("POST", f"/v1/cases/{shared.boss().case_of(li.account)['id']}/release", json=RELEASE)
    phones = [li.portal.enrols_phone(f"phone {number}") for number in range(3)]
    shared.clock.move(STEP)
    for phone in phones:
        assert li.answers(phone.shows(shared.clock.now()), li.another()).status_code == 200
    assert li.account.is_free()


RELEASE = {"finding": "mistake", "reason": "we spoke"}


# Wrong answers


def test_a_wrong_answer_is_counted_and_journalled_without_what_it_was(world: World) -> None:
    li = Challenged(world)
    wrong = li.wrong

    refused = li.answers(wrong)

    assert (refused.status_code, refused.json()["code"]) == (422, "challenge.wrong_answer")
    assert refused.json()["params"] == {"left": MOST_WRONG - 1}
    assert wrong not in refused.text
    assert li.facts() == ["challenge.failed"]
    assert not any(wrong in entry.body for entry in world.journal())
    assert f"'{wrong}'" not in everything_stored(world)
    assert not li.account.is_free()


def test_after_five_wrong_answers_the_account_has_to_wait(world: World) -> None:
    li = Challenged(world, key=True)
    other, started = li.another(), world.clock.now()
    for left in range(MOST_WRONG - 1, -1, -1):
        hold = li.hold if left % 2 else other
        assert li.answers(li.wrong, hold).json()["params"] == {"left": left}
        world.clock.move(timedelta(minutes=1))
    assert li.key is not None

    for given, hold in ((li.code, li.hold), (li.code, other), (li.key.signs(li.asks()["passkey"]), li.hold)):
        refused = li.answers(given, hold)
        assert (refused.status_code, refused.json()["code"]) == (429, "challenge.too_many_attempts")
        assert refused.headers["retry-after"] == str(int((started + WINDOW - world.clock.now()).total_seconds()))
    world.restart()
    assert li.is_refused(li.code) == "challenge.too_many_attempts"
    assert len(li.facts()) == MOST_WRONG

    world.clock.move_to(started + WINDOW - timedelta(seconds=1))
    assert li.answers(li.code).headers["retry-after"] == "1"
    world.clock.move(timedelta(seconds=1))
    assert li.answers(li.code).status_code == 200


def test_a_right_answer_forgives_the_wrong_ones_before_it(shared: World) -> None:
    li = Challenged(shared)
    for _ in range(MOST_WRONG - 1):
        li.answers(li.wrong)
    assert li.answers(li.code).status_code == 200
    hold = li.another()
    assert li.answers(li.wrong, hold).json()["params"] == {"left": MOST_WRONG - 1}


def test_one_accounts_wrong_answers_are_not_another_s(shared: World) -> None:
    li, han = Challenged(shared), Challenged(shared)
    for _ in range(MOST_WRONG + 1):
        li.answers(li.wrong)
    assert han.answers(han.code).status_code == 200


def test_guesses_at_once_are_counted_one_by_one(world: World) -> None:
    li = Challenged(world)
    wrong = li.wrong

    answers = at_once([lambda: li.answers(wrong)] * 12)

    assert sorted(answer.status_code for answer in answers) == [422] * MOST_WRONG + [429] * (12 - MOST_WRONG)
    assert li.facts() == ["challenge.failed"] * MOST_WRONG


def test_what_is_not_looked_at_is_not_counted(shared: World) -> None:
    li = Challenged(shared)
    frozen = shared.boss().places(li.account, "freeze")
    for _ in range(MOST_WRONG + 1):
        assert li.is_refused(li.code, "nobody") == "hold.unknown"
        assert li.is_refused(li.code, frozen["id"]) == "hold.condition_not_met"
        assert li.is_refused("12345") == "request.invalid"
    assert li.answers(li.code).status_code == 200


# At once


def test_two_right_answers_at_once_release_once(world: World) -> None:
    li = Challenged(world, key=True)
    assert li.key is not None
    code, signed = li.code, li.key.signs(li.asks()["passkey"])

    answers = at_once([lambda: li.answers(code), lambda: li.answers(signed), lambda: li.answers(code)])

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"hold.closed"}
    assert li.facts() == ["challenge.passed", "hold.released"]
    assert li.account.is_free()


def test_one_code_at_once_for_two_holds_counts_for_one(world: World) -> None:
    li = Challenged(world)
    other, code = li.another(), li.code

    answers = at_once([lambda: li.answers(code), lambda: li.answers(code, other)])

    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert li.account.open_kinds() == ["challenge"]


@pytest.mark.parametrize("_", range(3))
def test_an_answer_and_a_person_at_once_release_once(world: World, _: int) -> None:
    li = Challenged(world)
    rui, code = world.reviewer(), li.code
    case = rui.case_of(li.account)

    answer, thaw = at_once([lambda: li.answers(code), lambda: rui.decides(case, "release", finding="mistake")])

    assert sorted((answer.status_code, thaw.status_code)) in ([200, 409], [201, 409])
    assert li.facts().count("hold.released") == 1
    assert li.account.is_free()
