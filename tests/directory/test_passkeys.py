"""Passkeys of holders: which are enrolled, and what a browser may send in vain."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authenticators import BACKED_UP, BACKUP_ELIGIBLE, PRESENT, Portal, SecurityKey, b64
from frostgate.config import Factors
from frostgate.directory.factors.model import PasskeyRefused
from frostgate.directory.factors.passkeys import RelyingParty, proven_passkey
from servers import Databases
from world import World


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
    assert portal.refuses_key(key.creates(portal.options())) == "factor.passkey_refused"
    assert portal.listed() == []


def test_options_are_good_for_one_answer_right_or_wrong(portal: Portal) -> None:
    options = portal.options()
    assert portal.refuses_key(SecurityKey(rp_id="evil.test").creates(options)) == "factor.passkey_refused"
    assert portal.refuses_key(SecurityKey().creates(options)) == "factor.options_expired"
    assert portal.refuses_key(SecurityKey().creates(options)) == "factor.options_expired"


def test_only_the_last_options_count(portal: Portal) -> None:
    first, _ = portal.options(), portal.options()
    assert portal.refuses_key(SecurityKey().creates(first)) == "factor.passkey_refused"


def test_options_are_good_for_five_minutes(portal: Portal) -> None:
    options = portal.options()
    portal.world.clock.move(timedelta(minutes=5))
    assert portal.refuses_key(SecurityKey().creates(options)) == "factor.options_expired"
    options = portal.options()
    portal.world.clock.move(timedelta(minutes=5) - timedelta(microseconds=1))
    portal.does("POST", f"{portal.factors}/passkey", json={"name": "key", "credential": SecurityKey().creates(options)})


def test_options_of_one_account_are_nothing_to_another(portal: Portal) -> None:
    options, other = portal.options(), Portal(portal.account.tenant.account("han"))
    assert other.refuses_key(SecurityKey().creates(options)) == "factor.options_expired"
    other.options()
    assert other.refuses_key(SecurityKey().creates(options)) == "factor.passkey_refused"


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
    assert portal.refuses_key(GOOD) == "factor.passkeys_not_configured"
    world.close()
