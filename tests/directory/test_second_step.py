"""Operators sign in with a second factor: enrolling one, being asked for it, and losing it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from staff import FACTORS, PROOF, Staff

from authenticators import Phone, everything_stored
from frostgate.config import SignIn
from servers import PASSWORD, Databases, email_of
from world import World

STEP = timedelta(seconds=30)
GRACE = timedelta(days=14)


@pytest.fixture
def office(backend: str, databases: Databases) -> Iterator[World]:
    """A world whose staff needs a second factor after two weeks, as is the default."""
    url = databases.make(backend)
    built = World(url, databases.secrets[backend], sign_in=SignIn())
    yield built
    built.close()
    databases.remove(url)


@pytest.fixture(scope="module")
def lobby(databases: Databases) -> Iterator[World]:
    """The same for many small questions, each of somebody else of the staff."""
    url = databases.make("sqlite")
    built = World(url, databases.secrets["sqlite"], sign_in=SignIn())
    yield built
    built.close()
    databases.remove(url)


def test_once_there_is_a_factor_the_password_opens_a_ticket_and_no_more(office: World) -> None:
    rui = Staff(office)
    session = rui.signs_in()
    assert session.sees(FACTORS)["needed_from"] == (office.clock.now() + GRACE).isoformat().replace("+00:00", "Z")
    factor = rui.enrols_phone(session)
    office.clock.move(STEP)

    asked = rui.types_password()
    assert "secret" not in asked
    assert [each["id"] for each in asked["factors"]] == [factor["id"]]
    assert asked["must_set_up"] is False
    wrong = rui.answers(asked["ticket"], rui.wrong_code())
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["params"]["left"]) == (
        401,
        "auth.second_step_wrong",
        4,
    )
    opened = rui.answers(asked["ticket"], rui.code())
    assert opened.is_success
    office.clock.move(STEP)
    assert rui.answers(asked["ticket"], rui.code()).json()["code"] == "auth.ticket_invalid", "a ticket counts once"

    found = session.sees("/v1/sessions")
    assert [each["means"] for each in found] == ["password+totp", "password", "password"]
    assert asked["ticket"] not in everything_stored(office)
    assert "session.second_step_failed" in office.facts()


def test_whoever_has_none_after_the_grace_sets_one_up_to_come_in(office: World) -> None:
    office.clock.move(GRACE)
    rui = Staff(office)
    asked = rui.types_password()
    assert (asked["must_set_up"], asked["factors"]) == (True, [])
    assert rui.answers(asked["ticket"], {"type": "totp", "code": "000000"}).status_code == 401
    begun = office.http.post("/v1/session/second-step/totp", json={"ticket": asked["ticket"], "name": "phone"}).json()
    rui.phone = Phone(begun["secret"])
    assert rui.answers(asked["ticket"], rui.wrong_code()).status_code == 401
    assert "factor.confirmed" not in office.facts(), "a wrong code confirms nothing"
    assert rui.answers(asked["ticket"], rui.code()).is_success

    again = rui.types_password()
    refused = office.http.post("/v1/session/second-step/totp", json={"ticket": again["ticket"], "name": "mine"})
    assert refused.json()["code"] == "auth.nothing_to_set_up", "a stolen password sets up no second phone"


def test_wrong_codes_are_limited_whatever_the_ticket(office: World) -> None:
    rui = Staff(office)
    rui.enrols_phone(rui.signs_in())
    office.clock.move(STEP)
    for _ in range(5):
        assert rui.answers(rui.types_password()["ticket"], rui.wrong_code()).status_code == 401
    blocked = rui.answers(rui.types_password()["ticket"], rui.code())
    assert (blocked.status_code, blocked.json()["code"]) == (429, "challenge.too_many_attempts")
    office.clock.move(timedelta(minutes=15))
    assert rui.signs_in().sees("/v1/session")["role"] == "reviewer"


def test_a_recovery_code_counts_once_and_is_told(office: World) -> None:
    rui = Staff(office)
    session = rui.signs_in()
    rui.enrols_phone(session)
    codes = session.does("POST", "/v1/session/recovery-codes", json={"proof": PROOF})["codes"]
    assert len({*codes}) == 10
    stored = everything_stored(office)
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)

    answer = {"type": "recovery_code", "code": codes[3].upper()}
    assert rui.answers(rui.types_password()["ticket"], answer).is_success
    assert rui.answers(rui.types_password()["ticket"], answer).status_code == 401
    assert session.sees(FACTORS)["recovery_codes_left"] == 9
    told = [letter.subject for letter in office.mails_to(email_of("rui"), count=3)]
    assert told == ["【Frostgate】工作账号登录安全提醒"] * 3


def test_factors_change_by_a_proof_and_the_last_one_stays(lobby: World) -> None:
    ann = Staff(lobby, "ann")
    session = ann.signs_in()
    begun = session.does("POST", f"{FACTORS}/totp", json={"name": "phone"})
    confirm = f"{FACTORS}/{begun['factor']['id']}/confirm"
    code = Phone(begun["secret"]).shows(lobby.clock.now())
    assert session.is_refused("POST", confirm, json={"code": code}) == "factor.proof_needed"
    wrong = {"type": "password", "password": "not my password"}
    assert session.is_refused("POST", confirm, json={"code": code, "proof": wrong}) == "auth.wrong_credentials"

    phone, key = ann.enrols_phone(session), ann.enrols_key(session)
    named = session.does("PATCH", f"{FACTORS}/{key['id']}", json={"name": "yellow key"})
    assert named["name"] == "yellow key"
    assert ann.key is not None
    signed = ann.key.signs(session.does("POST", f"{FACTORS}/proof")["passkey"])
    by_key = {"proof": {"type": "passkey", "credential": signed}}
    session.does("POST", f"{FACTORS}/{phone['id']}/remove", json=by_key)
    last = session.is_refused("POST", f"{FACTORS}/{key['id']}/remove", json={"proof": PROOF})
    assert last == "factor.last"
    assert [each["id"] for each in session.sees(FACTORS)["factors"]] == [key["id"]]


def test_a_factor_of_another_operator_is_nobodys_business(lobby: World) -> None:
    bo, chen = Staff(lobby, "bo"), Staff(lobby, "chen")
    factor = bo.enrols_phone(bo.signs_in())
    stranger = chen.signs_in()
    chen.enrols_phone(stranger)
    remove = f"{FACTORS}/{factor['id']}/remove"
    assert stranger.is_refused("POST", remove, json={"proof": PROOF}) == "factor.unknown"
    lobby.clock.move(STEP)
    assert chen.answers(chen.types_password()["ticket"], bo.code()).status_code == 401


def test_a_passkey_is_a_second_step_or_signs_in_alone(office: World) -> None:
    rui = Staff(office)
    rui.enrols_key(rui.signs_in())
    assert rui.key is not None
    asked = rui.types_password()
    answer = {"type": "passkey", "credential": rui.key.signs(asked["passkey"])}
    assert rui.answers(asked["ticket"], answer).is_success

    options = office.http.post("/v1/session/passkey/options").json()
    assert (options["userVerification"], options.get("allowCredentials", [])) == ("required", [])
    signed = {"credential": rui.key.signs(options)}
    opened = office.http.post("/v1/session/passkey", json=signed).json()
    assert opened["session"]["operator"]["email"] == email_of("rui")
    assert office.http.post("/v1/session/passkey", json=signed).json()["code"] == "auth.passkey_wrong", "once"

    late = {"credential": rui.key.signs(office.http.post("/v1/session/passkey/options").json())}
    office.clock.move(timedelta(minutes=5))
    assert office.http.post("/v1/session/passkey", json=late).status_code == 401


def test_a_passkey_alone_must_know_who_uses_it_and_sign_our_challenge(lobby: World) -> None:
    shu = Staff(lobby, "shu")
    shu.enrols_key(shu.signs_in(), flags=0x01)
    assert shu.key is not None
    unverified = shu.key.signs(lobby.http.post("/v1/session/passkey/options").json())
    shu.key.flags = 0x05
    foreign = shu.key.signs({}, challenge="bm90IG91cnM")
    for credential in (unverified, foreign, {}, {"id": "x", "response": {"clientDataJSON": "e30"}}):
        answer = lobby.http.post("/v1/session/passkey", json={"credential": credential})
        assert (answer.status_code, answer.json()["code"]) == (401, "auth.passkey_wrong")


def test_a_wrong_password_says_nothing_of_a_second_factor_or_of_anybody(lobby: World) -> None:
    auditor = Staff(lobby, "auditor")
    auditor.enrols_phone(auditor.signs_in())
    said = set()
    for name in ("auditor", "finance", "nobody"):
        who = {"email": email_of(name), "password": "not the password"}
        answer = lobby.http.post("/v1/session", json=who, headers={"x-request-id": "same-for-all"})
        said.add((answer.status_code, answer.content))
    assert len(said) == 1


def test_a_new_password_ends_tickets(office: World) -> None:
    rui = Staff(office)
    session = rui.signs_in()
    rui.enrols_phone(session)
    office.clock.move(STEP)
    asked = rui.types_password()
    changed = {"current": PASSWORD, "password": "quite another long password"}
    session.does("PUT", "/v1/session/password", json=changed)
    assert rui.answers(asked["ticket"], rui.code()).json()["code"] == "auth.ticket_invalid"
