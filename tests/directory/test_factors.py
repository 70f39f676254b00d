"""Second factors of holders: how they are enrolled, what is kept of them, and when nobody may change them."""

import stat
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from authenticators import (
    BACKED_UP,
    BACKUP_ELIGIBLE,
    PRESENT,
    Phone,
    Portal,
    SecurityKey,
    b64,
    everything_stored,
)
from frostgate.app import Program
from frostgate.base.clock import HandClock
from frostgate.config import Factors, Settings, SettingsRefused, load
from frostgate.directory.factors.attempts import MOST_WRONG
from frostgate.directory.factors.model import KeyMissing, PasskeyRefused, SecretUnreadable
from frostgate.directory.factors.passkeys import RelyingParty, is_page_of, proven_passkey
from frostgate.directory.factors.totp import accepted_step
from frostgate.directory.factors.vault import Vault
from servers import NOON, Databases
from world import FACTORS, Caller, World

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


@pytest.fixture
def portal(shared: World) -> Portal:
    """The account pages of a new tenant, for its account li."""
    return Portal(shared.tenant(f"t{shared.number()}").account("li", display_name="李雷"))


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


# Passkeys


def test_a_passkey_is_enrolled(portal: Portal) -> None:
    key, before = SecurityKey(flags=PRESENT | BACKUP_ELIGIBLE | BACKED_UP), len(portal.world.facts())
    options = portal.options()
    assert options["rp"] == {"id": "example.com", "name": "Frostgate"}
    assert (options["user"]["name"], options["user"]["displayName"]) == ("li", "李雷")
    assert (options["attestation"], options["timeout"]) == ("none", 300_000)
    assert options["excludeCredentials"] == []

    made = portal.does("POST", f"{portal.factors}/passkey", json={"name": "key", "credential": key.creates(options)})

    assert (made["type"], made["state"], made["name"], made["backed_up"]) == ("passkey", "active", "key", True)
    assert portal.listed() == [made]
    assert portal.world.facts()[before:] == ["factor.enrolled"]
    again = portal.options()
    assert again["excludeCredentials"] == [
        {"id": b64(key.id), "type": "public-key", "transports": ["internal", "hybrid"]}
    ]
    assert again["user"]["id"] == options["user"]["id"]
    assert again["challenge"] != options["challenge"]
    portal.keys.append(key)
    body = {"name": "key", "credential": key.creates(again), "proof": portal.proof()}
    assert portal.is_refused("POST", f"{portal.factors}/passkey", json=body) == "factor.passkey_known"


def refusal_of(portal: Portal, credential: Any) -> str:
    body = {"name": "key", "credential": credential, "proof": portal.proof()}
    return portal.is_refused("POST", f"{portal.factors}/passkey", json=body)


@pytest.mark.parametrize(
    "key",
    [
        SecurityKey(origin="https://account.example.com.evil.test"),
        SecurityKey(origin="http://account.example.com"),
        SecurityKey(rp_id="evil.test"),
        SecurityKey(flags=0),  # nobody was there
    ],
    ids=["origin", "not TLS", "site", "absent"],
)
def test_a_passkey_for_something_else_is_refused(portal: Portal, key: SecurityKey) -> None:
    assert refusal_of(portal, key.creates(portal.options())) == "factor.passkey_refused"
    assert portal.listed() == []


def test_options_are_good_for_one_answer_right_or_wrong(portal: Portal) -> None:
    options = portal.options()
    assert refusal_of(portal, SecurityKey(rp_id="evil.test").creates(options)) == "factor.passkey_refused"
    assert refusal_of(portal, SecurityKey().creates(options)) == "factor.options_expired"
    assert refusal_of(portal, SecurityKey().creates(options)) == "factor.options_expired"


def test_only_the_last_options_count(portal: Portal) -> None:
    first, _ = portal.options(), portal.options()
    assert refusal_of(portal, SecurityKey().creates(first)) == "factor.passkey_refused"


def test_options_are_good_for_five_minutes(portal: Portal) -> None:
    options = portal.options()
    portal.world.clock.move(timedelta(minutes=5))
    assert refusal_of(portal, SecurityKey().creates(options)) == "factor.options_expired"
    options = portal.options()
    portal.world.clock.move(timedelta(minutes=5) - timedelta(microseconds=1))
    portal.does("POST", f"{portal.factors}/passkey", json={"name": "key", "credential": SecurityKey().creates(options)})


def test_options_of_one_account_are_nothing_to_another(portal: Portal) -> None:
    options, other = portal.options(), Portal(portal.account.tenant.account("han"))
    assert refusal_of(other, SecurityKey().creates(options)) == "factor.options_expired"
    other.options()
    assert refusal_of(other, SecurityKey().creates(options)) == "factor.passkey_refused"


def mangled(credential: Any) -> st.SearchStrategy[Any]:
    """The credential with one of its parts replaced by anything that JSON has."""
    value = st.one_of(st.none(), st.integers(), st.text(), st.binary().map(b64), st.lists(st.integers(), max_size=2))
    top = st.tuples(st.sampled_from(sorted(credential)), value).map(lambda pair: {**credential, pair[0]: pair[1]})
    inner = st.tuples(st.sampled_from(["clientDataJSON", "attestationObject"]), value).map(
        lambda pair: {**credential, "response": {**credential["response"], pair[0]: pair[1]}}
    )
    return st.one_of(top, inner, st.dictionaries(st.text(max_size=4), value, max_size=3))


PARTY = RelyingParty(id="example.com", name="Example", origins=("https://account.example.com",))
OPTIONS = {"challenge": b64(b"challenge"), "pubKeyCredParams": [{"alg": -7}]}
GOOD = SecurityKey().creates(OPTIONS)
IGNORED = {"clientExtensionResults"}


@settings(max_examples=300)
@given(credential=mangled(GOOD))
def test_whatever_a_browser_sends_is_refused_and_breaks_nothing(credential: Any) -> None:
    assert proven_passkey(PARTY, GOOD, challenge=b"challenge").sign_count == 0
    if {name: value for name, value in credential.items() if name not in IGNORED} != {
        name: value for name, value in GOOD.items() if name not in IGNORED
    }:
        with pytest.raises(PasskeyRefused):
            proven_passkey(PARTY, credential, challenge=b"challenge")


def test_without_a_site_there_are_no_passkeys(databases: Databases) -> None:
    url = databases.make("sqlite")
    world = World(url, databases.secrets["sqlite"], factors=Factors())
    portal = Portal(world.tenant().account("li"))
    assert portal.is_refused("POST", f"{portal.factors}/passkey/options") == "factor.passkeys_not_configured"
    assert refusal_of(portal, GOOD) == "factor.passkeys_not_configured"
    world.close()


# How many, whose, and when


def test_an_account_has_ten_at_most_however_they_come(world: World) -> None:
    portal = Portal(world.tenant().account("li"))
    for number in range(8):
        portal.enrols_key(name=f"key {number}")
    answers = at_once(
        12, lambda n: portal.asks("POST", f"{portal.factors}/totp", json={"name": f"app {n}"}).status_code
    )
    assert set(answers) <= {201, 409}
    assert len(portal.listed()) <= 10
    portal.enrols_phone()
    portal.enrols_key()
    assert portal.is_refused("POST", f"{portal.factors}/totp", json={"name": "one more"}) == "factor.too_many"
    assert refusal_of(portal, SecurityKey().creates(portal.options())) == "factor.too_many"
    assert len(portal.listed()) == 10


def test_passkeys_that_come_at_once_are_ten_at_most(world: World) -> None:
    portal = Portal(world.tenant().account("li"))
    for number in range(9):
        portal.enrols_key(name=f"key {number}")
    answers = at_once(4, lambda n: portal.asks("POST", f"{portal.factors}/totp", json={"name": "app"}).status_code)
    assert 201 in answers
    assert [factor["type"] for factor in portal.listed()].count("totp") == 1
    assert len(portal.listed()) == 10


def at_once(count: int, do: Callable[[int], Any]) -> list[Any]:
    """Do something in several threads that begin together; what each got."""
    together, found = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        together.wait()
        found[number] = do(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_factor_is_removed_by_its_holder_or_the_tenants_administrator(portal: Portal) -> None:
    portal.enrols_key()
    portal.enrols_phone("old phone")
    key, phone = portal.listed()
    admin = portal.account.tenant.token("api", role="tenant_admin")
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


@pytest.mark.parametrize("role", ["tenant_admin", "lead", "reviewer"])
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


# Changing what is there


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

    answers = at_once(2, lambda n: portal.asks("POST", f"{portal.factors}/{tasks[n][0]}", json=tasks[n][1]))

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
    admin = portal.account.tenant.token("api", role="tenant_admin")
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
    admin, before, listed = portal.account.tenant.token("api", role="tenant_admin"), len(world.facts()), portal.listed()

    for method, path, body in changes(portal, begun["factor"]["id"], active["id"]):
        assert portal.is_refused(method, path, json=body) == "factor.account_held", path
    for factor in listed:
        assert admin.is_refused("DELETE", f"{portal.factors}/{factor['id']}") == "factor.account_held"
    code = {"code": Phone(begun["secret"]).shows(world.clock.now()), "proof": portal.proof()}
    confirm = f"{portal.factors}/{begun['factor']['id']}/confirm"
    assert portal.is_refused("POST", confirm, json=code) == "factor.account_held"
    assert refusal_of(portal, SecurityKey().creates(options)) == "factor.account_held"
    assert portal.listed() == listed
    assert {fact for fact in world.facts()[before:] if fact.startswith("factor.")} == set()

    world.person("shu").releases({"id": hold["case"]})
    portal.does("POST", confirm, json={**code, "proof": portal.proof()})
    portal.removes(active)


# Secrets at rest


def test_a_key_is_made_beside_the_database_and_never_again(databases: Databases) -> None:
    url = databases.make("sqlite")
    world = World(url, databases.secrets["sqlite"], factors=Factors())
    file = Path(f"{url.removeprefix('sqlite:///')}.factors-key")
    portal = Portal(world.tenant().account("li"))
    assert not file.exists()

    begun = portal.begins()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = file.read_text()
    assert [path.name for path in file.parent.glob(f"{file.name}*")] == [file.name]
    world.restart()
    code = {"code": Phone(begun["secret"]).shows(world.clock.now())}
    portal.does("POST", f"{portal.factors}/{begun['factor']['id']}/confirm", json=code)
    assert file.read_text() == key
    world.close()


def test_processes_that_make_the_key_at_once_make_one(tmp_path: Path) -> None:
    file = tmp_path / "key"
    vaults = [Vault([], key_file=file) for _ in range(8)]
    sealed = at_once(8, lambda n: vaults[n].seal("secret", factor_id="f", at=NOON))
    assert [Vault([], key_file=file).open(each, factor_id="f") for each in sealed] == ["secret"] * 8
    assert [*tmp_path.iterdir()] == [file]


def test_a_file_that_cannot_be_used_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("not a key\n")
    with pytest.raises(KeyMissing):
        Vault([], key_file=file).seal("secret", factor_id="f", at=NOON)
    assert file.read_text() == "not a key\n"
    with pytest.raises(KeyMissing):
        Vault([], key_file=tmp_path / "no such folder" / "key").seal("secret", factor_id="f", at=NOON)


def test_without_a_key_postgresql_takes_no_secret(databases: Databases) -> None:
    world = World(databases.make("postgresql"), databases.secrets["postgresql"], factors=Factors())
    portal = Portal(world.tenant().account("li"))
    assert portal.is_refused("POST", f"{portal.factors}/totp", json={"name": "app"}) == "factor.key_missing"
    assert portal.listed() == []
    assert not {"factor.enrolled"} & set(world.facts())
    world.close()


def test_keys_are_replaced_one_after_another() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    before = Vault([old], key_file=None).seal("secret", factor_id="f", at=NOON)
    both = Vault([new, old], key_file=None)
    assert both.open(before, factor_id="f") == "secret"
    after = both.seal("secret", factor_id="f", at=NOON)
    assert Vault([new], key_file=None).open(after, factor_id="f") == "secret"
    with pytest.raises(SecretUnreadable):
        Vault([new], key_file=None).open(before, factor_id="f")


def test_a_secret_opens_for_its_own_factor_alone() -> None:
    vault = Vault(FACTORS.keys, key_file=None)
    sealed = vault.seal("secret", factor_id="f", at=NOON)
    assert "secret" not in sealed
    with pytest.raises(SecretUnreadable):
        vault.open(sealed, factor_id="g")


# Settings


def test_settings_of_factors_are_read_and_keys_are_not_shown() -> None:
    environ = {
        "FROSTGATE_FACTORS__RP_ID": "example.com",
        "FROSTGATE_FACTORS__ORIGINS": "https://a.example.com,https://b.example.com",
        "FROSTGATE_FACTORS__KEYS": "hush,quiet",
    }
    chosen = load(None, environ)
    assert chosen.factors == Factors(
        rp_id="example.com", origins=("https://a.example.com", "https://b.example.com"), keys=("hush", "quiet")
    )
    assert "hush" not in repr(chosen)


@pytest.mark.parametrize(
    "wrong",
    [
        {"keys": ("short",)},
        {"rp_id": "example.com"},
        {"origins": ("https://example.com",)},
        {"rp_id": "example.com", "origins": ("https://example.com", "https://example.org")},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused_at_once(tmp_path: Path, wrong: dict[str, Any]) -> None:
    chosen = Settings(database=f"sqlite:///{tmp_path}/a.db", factors=msgspec.convert(wrong, Factors))
    with pytest.raises(SettingsRefused) as refused:
        Program(chosen, clock=HandClock(NOON))
    assert "short" not in str(refused.value)


@pytest.mark.parametrize(
    ("origin", "good"),
    [
        ("https://example.com", True),
        ("https://account.example.com:8443", True),
        ("android:apk-key-hash:7d1043473d55bfa90e8530d35801d4e381bc69f0", True),
        ("http://example.com", False),
        ("https://badexample.com", False),
        ("https://example.com.evil.test", False),
        ("https://example.com/", False),
        ("https://Example.com", False),
        ("https://li@example.com", False),
        ("https://example.com:port", False),
        ("https://[example.com", False),
        ("example.com", False),
        ("android:apk-key-hash:", False),
        ("", False),
    ],
)
def test_passkeys_are_asked_for_by_the_site_s_own_pages(origin: str, good: bool) -> None:
    assert is_page_of(origin, "example.com") is good


@pytest.mark.parametrize(("origin", "good"), [("http://localhost:3000", True), ("http://localhost.evil.test", False)])
def test_on_the_very_machine_no_tls_is_asked_for(origin: str, good: bool) -> None:
    assert is_page_of(origin, "localhost") is good


def test_a_role_that_only_reads_sees_names_and_nothing_else(portal: Portal) -> None:
    begun = portal.begins("my phone")
    auditor = portal.world.person("auditor")
    answer = auditor.asks("GET", portal.factors)
    assert "my phone" in answer.text
    assert begun["secret"] not in answer.text
    assert set(answer.json()["items"][0]) == {
        "id", "type", "name", "state", "created_at", "active_since", "last_used_at", "backed_up",
    }  # fmt: skip
    assert isinstance(auditor, Caller)
    assert auditor.is_refused("DELETE", f"{portal.factors}/{begun['factor']['id']}") == "auth.forbidden"
