"""Answering challenges: the right answer ends this one hold at once, and nothing else does."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from authenticators import PRESENT, Phone, Portal, b64, everything_stored
from frostgate.config import Factors
from frostgate.directory.factors.attempts import MOST_WRONG, WINDOW
from frostgate.directory.factors.model import Factor, FactorState, Totp
from servers import NOON, Databases
from world import FACTORS, World

STEP = timedelta(seconds=30)
Json = Any


class Challenged:
    """An account with factors, and challenges against it."""

    def __init__(self, world: World, *, phone: bool = True, key: bool = False) -> None:
        self.world = world
        self.account = world.tenant(f"t{world.number()}").account("li")
        self.portal = Portal(self.account)
        self.key = self.portal.enrols_key() if key else None
        self.phone = self.portal.enrols_phone() if phone else None
        world.clock.move(STEP)
        self.hold = self.another()

    def another(self) -> str:
        """One more challenge; the id of its hold."""
        services = ["login", "live", "voice", "video", "messaging"][: len(self.account.holds()) + 1]
        hold: str = self.world.boss().places(self.account, "challenge", services=services)["id"]
        return hold

    @property
    def code(self) -> str:
        """What the phone shows now."""
        assert self.phone is not None
        return self.phone.shows(self.world.clock.now())

    @property
    def wrong(self) -> str:
        """What it does not show."""
        assert self.phone is not None
        return self.phone.never_shows(self.world.clock.now())

    def path(self, hold: str | None = None) -> str:
        return f"{self.account.path}/holds/{hold or self.hold}"

    def asks(self, hold: str | None = None) -> Json:
        """What can answer."""
        return self.portal.does("POST", f"{self.path(hold)}/challenge")

    def answers(self, given: str | Json, hold: str | None = None) -> Any:
        """Answer with a code or with what a passkey signed."""
        body = {"type": "totp", "code": given} if isinstance(given, str) else {"type": "passkey", "credential": given}
        return self.portal.asks("POST", f"{self.path(hold)}/answer", json=body)

    def is_refused(self, given: str | Json, hold: str | None = None) -> str:
        """Answer in vain; the code of the refusal."""
        answer = self.answers(given, hold)
        assert answer.is_client_error, answer.text
        code: str = answer.json()["code"]
        return code

    def facts(self) -> list[str]:
        """What the journal has of challenges and releases."""
        kept = ("challenge.", "hold.released")
        return [fact for fact in self.world.facts(self.account.tenant.id) if fact.startswith(kept)]


def at_once(tasks: list[Callable[[], Any]]) -> list[Any]:
    """Do several things in threads that begin together; what each got."""
    together, found = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(number: int) -> None:
        together.wait()
        found[number] = tasks[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


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
        tenant_id="acme",
        account_id="li",
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


@pytest.mark.parametrize("role", ["tenant_admin", "reviewer", "auditor"])
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
    world = World(url, databases.secrets["sqlite"], factors=Factors(keys=FACTORS.keys))
    li.world = li.portal.world = world
    assert li.portal.is_refused("POST", f"{li.path()}/challenge") == "challenge.no_factor"
    world.close()


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
