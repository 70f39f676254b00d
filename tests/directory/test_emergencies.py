"""Breaking the glass: more power for a few hours, which everybody sees and nobody can keep."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from staff import FACTORS, PROOF, Staff

from authenticators import recovery_code
from contacts import has_contact
from frostgate.base.errors import Conflict
from frostgate.base.journal import body_of
from frostgate.cli import main
from frostgate.directory.emergencies.store import emergencies
from servers import email_of
from together import at_once
from world import Caller, World

STEP = timedelta(seconds=30)
WHY = {"reason": "Their only owner left, ticket 4711"}


def breaks_glass(world: World, person: str, **how: Any) -> tuple[Caller, dict[str, Any]]:
    """Open an emergency; the caller who is in it, and what it is."""
    proof = {"proof": recovery_code(world, person)}
    opened = world.person(person).does("POST", "/v1/emergencies", json={**WHY, **proof, **how})
    return Caller(world, opened["secret"]), opened["emergency"]


def test_a_session_alone_breaks_no_glass(world: World) -> None:
    ann, phone = world.person("ann"), Staff(world, "ann")
    refused = ann.asks("POST", "/v1/emergencies", json={**WHY, "proof": {"type": "totp", "code": "000000"}})
    assert refused.json()["code"] == "emergency.second_factor_missing"
    assert ann.is_refused("POST", "/v1/emergencies/proof") == "emergency.second_factor_missing"
    phone.enrols_phone(ann)
    world.clock.move(STEP)
    assert ann.is_refused("POST", "/v1/emergencies", json=WHY) == "emergency.proof_needed"
    password = ann.asks("POST", "/v1/emergencies", json={**WHY, "proof": PROOF})
    assert (password.status_code, password.json()["code"]) == (400, "request.invalid")  # that opened the session
    wrong = ann.asks("POST", "/v1/emergencies", json={**WHY, "proof": phone.wrong_code()}).json()
    assert (wrong["code"], wrong["params"]["left"]) == ("challenge.wrong_answer", 4)
    assert "emergency.proof_failed" in world.facts()
    assert world.boss().sees("/v1/emergencies")["items"] == []

    right = phone.code()
    assert ann.asks("POST", "/v1/emergencies", json={**WHY, "proof": right}).is_success
    again = ann.is_refused("POST", "/v1/emergencies", json={**WHY, "proof": right})
    assert again == "challenge.wrong_answer", "a code counts once"
    signed_in = phone.answers(phone.types_password()["ticket"], right)
    assert signed_in.status_code == 401, "and nowhere else either"


def test_wrong_proofs_are_counted_with_those_of_sign_in_and_codes_at_once_count_once(world: World) -> None:
    ann, phone = world.person("ann"), Staff(world, "ann")
    phone.enrols_phone(ann)
    world.clock.move(STEP)
    right = {**WHY, "proof": phone.code()}
    opened = at_once([lambda: ann.asks("POST", "/v1/emergencies", json=right)] * 2)
    assert sorted(answer.is_success for answer in opened) == [False, True]
    world.clock.move(STEP)
    for _ in range(4):  # the fifth wrong one was the other of those two
        phone.answers(phone.types_password()["ticket"], phone.wrong_code())
    blocked = ann.asks("POST", "/v1/emergencies", json={**WHY, "proof": phone.code()})
    assert blocked.status_code in {201, 429}
    for _ in range(5):
        ann.asks("POST", "/v1/emergencies", json={**WHY, "proof": phone.wrong_code()})
    refused = ann.asks("POST", "/v1/emergencies", json={**WHY, "proof": phone.code()})
    assert (refused.status_code, refused.json()["code"]) == (429, "challenge.too_many_attempts")


def test_a_passkey_signs_for_an_emergency_and_for_nothing_else(world: World) -> None:
    ann, staff = world.person("ann"), Staff(world, "ann")
    staff.enrols_key(ann)
    key = staff.key
    assert key is not None
    asked = ann.does("POST", "/v1/emergencies/proof")
    assert [each["type"] for each in asked["factors"]] == ["passkey"]
    for_change = ann.does("POST", f"{FACTORS}/proof")["passkey"]
    other = {"type": "passkey", "credential": key.signs(for_change)}
    assert ann.is_refused("POST", "/v1/emergencies", json={**WHY, "proof": other}) == "challenge.wrong_answer"
    spent = {"type": "passkey", "credential": key.signs(asked["passkey"])}
    assert ann.is_refused("POST", "/v1/emergencies", json={**WHY, "proof": spent}) == "challenge.expired"
    proof = {"type": "passkey", "credential": key.signs(ann.does("POST", "/v1/emergencies/proof")["passkey"])}
    assert ann.asks("POST", "/v1/emergencies", json={**WHY, "proof": proof}).is_success
    assert ann.is_refused("POST", "/v1/emergencies", json={**WHY, "proof": proof}) == "challenge.expired"


def test_what_is_refused_anyway_costs_no_recovery_code(world: World) -> None:
    proof = recovery_code(world, "ann")
    ann = world.person("ann")
    for how in ({"tenant_id": "nowhere"}, {"hours": 5}):
        assert ann.asks("POST", "/v1/emergencies", json={**WHY, "proof": proof, **how}).is_client_error
    assert ann.sees(FACTORS)["recovery_codes_left"] == 10
    assert ann.asks("POST", "/v1/emergencies", json={**WHY, "proof": proof}).is_success
    assert ann.sees(FACTORS)["recovery_codes_left"] == 9


def test_a_lead_gets_the_powers_of_a_superintendent_for_a_while_and_nothing_that_lasts(shared: World) -> None:
    policy = {"source": "name: mole\nrules: []\n"}
    ann = shared.person("ann")
    assert ann.is_refused("POST", "/v1/policies", json=policy) == "auth.forbidden"
    inside, emergency = breaks_glass(shared, "ann", hours=0.5)

    tenant = {"id": f"t{shared.number()}", "name": "New", "contact_email": "it@new.example"}
    inside.does("POST", "/v1/tenants", json=tenant)
    for method, path in [("POST", "/v1/operators"), ("POST", "/v1/tokens"), ("POST", "/v1/emergencies")]:
        assert inside.is_refused(method, path, json={}) == "auth.forbidden"
    assert inside.is_refused("POST", "/v1/events", json=[]) == "auth.forbidden"
    session = inside.sees("/v1/session")
    assert (session["role"], session["operator"], session["emergency_id"]) == ("superintendent", None, emergency["id"])
    assert ann.sees("/v1/session")["role"] == "lead"

    shared.clock.move(timedelta(minutes=30))
    assert inside.is_refused("GET", "/v1/session") == "auth.invalid"
    assert ann.sees(f"/v1/emergencies/{emergency['id']}")["state"] == "expired"


def test_each_request_of_it_is_on_record_before_what_it_did(shared: World) -> None:
    acme = shared.tenant(f"t{shared.number()}")
    inside, emergency = breaks_glass(shared, "customer_success", tenant_id=acme.id)
    before = len(shared.journal(acme.id))
    inside.does("PUT", f"{acme.path}/accounts/li", json={"display_name": "Li"})
    inside.asks("GET", f"{acme.path}/nowhere")

    new = shared.journal(acme.id)[before:]
    assert [entry.fact for entry in new] == ["emergency.used", "account.registered"]
    assert {entry.actor for entry in new} == {f"operator:{emergency['operator_id']}"}
    assert body_of(new[0])["path"] == f"{acme.path}/accounts/li"
    seen = shared.person("auditor").sees(f"/v1/emergencies/{emergency['id']}")
    assert (seen["requests"], seen["reason"], seen["state"]) == (1, WHY["reason"], "open")


def test_an_emergency_of_one_tenant_sees_no_other_and_nothing_of_the_platform(shared: World) -> None:
    acme, bolt = shared.tenant(f"t{shared.number()}"), shared.tenant(f"t{shared.number()}")
    inside, _ = breaks_glass(shared, "ann", tenant_id=acme.id)
    assert inside.sees(f"{acme.path}/accounts") == {"items": [], "next": None}
    assert inside.is_refused("GET", f"{bolt.path}/accounts") == "request.not_found"
    assert inside.is_refused("GET", "/v1/cases") == "auth.forbidden"


@pytest.mark.parametrize(
    ("person", "how", "code"),
    [
        ("rui", {}, "auth.forbidden"),
        ("customer_success", {}, "auth.forbidden"),  # one tenant, never the platform
        ("boss", {}, "emergency.not_needed"),
        ("ann", {"hours": 5}, "emergency.too_long"),
        ("ann", {"reason": "because"}, "request.invalid"),
        ("ann", {"reason": " \t because \u3000 "}, "emergency.reason_needed"),
        ("ann", {"reason": " " * 10}, "emergency.reason_needed"),
        ("ann", {"hours": 1e-10}, "emergency.too_short"),
        ("ann", {"hours": 0.0166}, "emergency.too_short"),
        ("ann", {"tenant_id": "nowhere"}, "tenant.unknown"),
    ],
)
def test_who_may_and_for_how_long(shared: World, person: str, how: dict[str, Any], code: str) -> None:
    assert shared.person(person).is_refused("POST", "/v1/emergencies", json={**WHY, **how}) == code


def test_a_program_cannot_break_the_glass(shared: World) -> None:
    body = {"name": "script", "purpose": "api", "role": "lead"}
    script = Caller(shared, shared.boss().does("POST", "/v1/tokens", json=body)["secret"])
    assert script.is_refused("POST", "/v1/emergencies", json=WHY) == "auth.forbidden"


def test_everybody_who_watches_over_it_is_told_at_once(world: World) -> None:
    acme = world.tenant("acme", language="en")
    owner = {"email": "own@acme.example", "name": "Own", "role": "owner", "tenant_id": "acme"}
    world.boss().does("POST", "/v1/operators", json={**owner, "password": "a long enough password"})
    has_contact(world, "lin@acme.example")
    breaks_glass(world, "customer_success", tenant_id=acme.id)

    tenants = ["own@acme.example", "security@acme.example", "lin@acme.example"]
    told = [*tenants, *(email_of(name) for name in ("boss", "ann", "bo", "chen"))]
    for address in told:
        letter = world.mails_to(address, count=1 + (address == "lin@acme.example"))[-1]
        assert "emergency access" in letter.subject
        assert WHY["reason"] in letter.text
        assert email_of("customer_success") in letter.text
    assert "frostgate_emergencies_open 1.0" in world.http.get("/metrics").text
    assert "启用了紧急授权" in _chinese(world)


def _chinese(world: World) -> str:
    breaks_glass(world, "ann")
    return world.mails_to(email_of("boss"), count=2)[1].subject


def test_it_ends_by_hand_with_the_persons_account_and_with_the_role_that_allowed_it(world: World) -> None:
    acme = world.tenant("acme")
    boss = world.boss()
    owner = Caller(world, _owner_of(world, "acme"))

    inside, emergency = breaks_glass(world, "ann", tenant_id=acme.id)
    assert [each["id"] for each in owner.sees("/v1/emergencies")["items"]] == [emergency["id"]]
    assert world.person("auditor").is_refused("DELETE", f"/v1/emergencies/{emergency['id']}") == "auth.forbidden"
    assert owner.does("DELETE", f"/v1/emergencies/{emergency['id']}")["state"] == "ended"
    assert owner.does("DELETE", f"/v1/emergencies/{emergency['id']}")["state"] == "ended"
    assert inside.is_refused("GET", "/v1/session") == "auth.invalid"

    inside, emergency = breaks_glass(world, "ann")
    boss.does("PATCH", f"/v1/operators/{emergency['operator_id']}", json={"role": "reviewer"})
    assert inside.is_refused("GET", "/v1/session") == "auth.invalid"
    inside, emergency = breaks_glass(world, "bo")
    boss.does("PATCH", f"/v1/operators/{emergency['operator_id']}", json={"active": False})
    assert inside.is_refused("GET", "/v1/session") == "auth.invalid"
    assert boss.sees(f"/v1/emergencies/{emergency['id']}")["state"] == "ended"
    inside, emergency = breaks_glass(world, "chen")
    inside.does("DELETE", "/v1/session")
    assert boss.sees(f"/v1/emergencies/{emergency['id']}")["state"] == "ended"
    assert [fact for fact in world.facts() if fact.startswith("emergency.")].count("emergency.ended") == 3


def test_the_store_itself_lets_no_power_last_longer_than_a_day(world: World) -> None:
    _, emergency = breaks_glass(world, "ann")
    for_ever = emergencies.update().values(expires_at=world.clock.now() + timedelta(hours=25))
    with pytest.raises(Conflict), world.program.uow.begin() as tx:
        tx.execute(for_ever)
    assert world.person("ann").sees(f"/v1/emergencies/{emergency['id']}")["expires_at"] == emergency["expires_at"]


def test_where_nobody_can_sign_in_whoever_holds_the_machine_lets_somebody_in(world: World, database_url: str) -> None:
    run, settings = CliRunner(), {"FROSTGATE_DATABASE": database_url}
    tell = ["break-glass", email_of("boss"), "--reason", "Everybody lost their telephone"]
    opened = run.invoke(main, tell, env=settings)
    assert opened.exit_code == 0, opened.output
    inside = Caller(world, opened.stdout.splitlines()[0].removeprefix("Authorization: Bearer "))
    [emergency] = inside.sees("/v1/emergencies")["items"]
    world.clock.move(datetime.fromisoformat(emergency["began_at"]) - world.clock.now())  # the command has its own
    [boss] = [each for each in inside.sees("/v1/operators")["items"] if each["email"] == email_of("boss")]
    inside.does("PUT", f"/v1/operators/{boss['id']}/password", json={"password": "another long password"})
    world.http.post(
        "/v1/session", json={"email": email_of("boss"), "password": "another long password"}
    ).raise_for_status()

    [letter] = world.mails_to(email_of("ann"))
    assert "服务器" in letter.text
    for wrong in (["--hours", "5"], ["--hours", "1e-9"], ["--reason", " " * 10], ["--tenant", "nowhere"], []):
        whom = email_of("boss") if wrong else "nobody@frostgate.example"
        refused = run.invoke(main, ["break-glass", whom, "--reason", "Everybody lost it", *wrong], env=settings)
        assert refused.exit_code == 3, (wrong, refused.output)


def _owner_of(world: World, tenant_id: str) -> str:
    who = {"email": f"own@{tenant_id}.example", "password": "a long enough password"}
    world.boss().does("POST", "/v1/operators", json={**who, "name": "Own", "role": "owner", "tenant_id": tenant_id})
    secret: str = world.http.post("/v1/session", json=who).raise_for_status().json()["secret"]
    return secret
