"""Single sign-on, against a real provider: who comes in on its word, and what its word has to be like."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Provider

from frostgate.config import Oidc, Settings, SettingsRefused
from frostgate.directory.permissions import Role
from frostgate.parts import single_sign_on
from servers import Databases, email_of
from world import World

RUI = {"sub": "4711", "email": email_of("rui"), "email_verified": True, "name": "Rui", "groups": ["risk"]}
BEGIN, RETURN, PAGE = "/v1/session/oidc", "/v1/session/oidc/return", "/v1/session/oidc/page"


class Browser:
    """A browser with cookies of its own."""

    def __init__(self, world: World) -> None:
        self.address = world.server.address
        self.cookies: dict[str, str] = {}

    def begins(self) -> str:
        """Ask where to go; the provider's address."""
        answer = httpx.post(f"{self.address}{BEGIN}", trust_env=False).raise_for_status()
        self.cookies = dict(answer.cookies)
        assert "HttpOnly" in answer.headers["set-cookie"]
        found: str = answer.json()["address"]
        return found

    def goes(self) -> dict[str, str]:
        """To the provider and back; what it came back with."""
        address = self.begins()
        asked = parse_qs(urlsplit(address).query)
        assert asked["code_challenge_method"] == ["S256"]
        back = httpx.get(address, trust_env=False)
        assert back.status_code == 302, back.text
        assert back.headers["location"].startswith(REDIRECT_URI)
        found = parse_qs(urlsplit(back.headers["location"]).query)
        return {"code": found["code"][0], "state": found["state"][0]}

    def returns(self, brought: dict[str, str]) -> httpx.Response:
        """Pass on what the provider gave back."""
        return httpx.post(f"{self.address}{RETURN}", json=brought, cookies=self.cookies, trust_env=False)

    def signs_in(self) -> Any:
        """All of it."""
        return self.returns(self.goes()).json()


@pytest.fixture
def house(backend: str, databases: Databases) -> Iterator[tuple[World, Provider]]:
    yield from _built(backend, databases)


@pytest.fixture(scope="module")
def lobby(databases: Databases) -> Iterator[tuple[World, Provider]]:
    yield from _built("sqlite", databases)


def _built(backend: str, databases: Databases, redirect_uri: str = REDIRECT_URI) -> Iterator[tuple[World, Provider]]:
    url, clock = databases.make(backend), []
    provider = Provider(lambda: int(clock[0].now().timestamp()))
    known = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uri": redirect_uri}
    roles = {"heads": Role.LEAD, "risk": Role.REVIEWER}
    oidc = Oidc(issuer=provider.issuer, **known, roles=roles, domains=("frostgate.example",), unknown_people="add")
    world = World(url, databases.secrets[backend], oidc=oidc)
    clock.append(world.clock)
    provider.person = RUI
    yield world, provider
    world.close()
    provider.stop()
    databases.remove(url)


def test_an_operator_comes_in_and_is_known_by_the_providers_name_from_then_on(house: tuple[World, Provider]) -> None:
    world, provider = house
    opened = Browser(world).signs_in()
    assert opened["session"]["operator"]["email"] == email_of("rui")
    mine = {"authorization": f"Bearer {opened['secret']}"}
    [this] = [each for each in world.http.get("/v1/sessions", headers=mine).json() if each["is_this_one"]]
    assert this["means"] == "oidc"

    provider.person = {**RUI, "email": "renamed@frostgate.example", "groups": ["staff", "heads"]}
    again = Browser(world).signs_in()["session"]
    assert again["operator"]["id"] == opened["session"]["operator"]["id"]
    assert again["role"] == "lead", "the provider's groups decide"

    provider.person = {**RUI, "sub": "somebody else"}
    assert Browser(world).signs_in()["code"] == "oidc.not_admitted", "an address that was given on is not a person"


def test_somebody_new_is_added_with_the_role_of_their_group(house: tuple[World, Provider]) -> None:
    world, provider = house
    provider.person = {**RUI, "sub": "1", "email": "New@frostgate.example"}
    made = Browser(world).signs_in()["session"]["operator"]
    assert (made["email"], made["role"]) == ("new@frostgate.example", "reviewer")
    assert [fact for fact in world.facts() if fact.startswith("operator.")][-2:] == [
        "operator.added",
        "operator.identity_linked",
    ]


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "2", "email": "li@elsewhere.example"},
        {"sub": "3", "email_verified": False},
        {"sub": "4", "groups": ["kitchen"]},
        {"sub": "5", "email": None},
    ],
)
def test_nobody_else_is_let_in(lobby: tuple[World, Provider], person: dict[str, Any]) -> None:
    world, provider = lobby
    provider.person = {**RUI, **person}
    answer = _answer(world)
    assert (answer.status_code, answer.json()["code"]) == (403, "oidc.not_admitted")


def _answer(world: World) -> httpx.Response:
    browser = Browser(world)
    return browser.returns(browser.goes())


@pytest.mark.parametrize(
    "twist",
    [
        {"nonce": "of another sign-in"},
        {"aud": ["another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"iss": "https://another.example"},
        {"exp": 1_700_000_000},
        {"iat": 1_900_000_000},
        {"at_hash": "bm90IHRoaXM"},
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(lobby: tuple[World, Provider], twist: dict[str, Any]) -> None:
    world, provider = lobby
    provider.person, provider.twist = RUI, twist
    try:
        answer = _answer(world)
    finally:
        provider.twist = {}
    assert (answer.status_code, answer.json()["code"]) == (401, "oidc.refused")


def test_an_answer_counts_once_and_in_the_browser_that_began(house: tuple[World, Provider]) -> None:
    world, _ = house
    browser, thief = Browser(world), Browser(world)
    brought = browser.goes()
    thief.begins()
    assert thief.returns(brought).json()["code"] == "oidc.state_invalid", "another browser's"
    assert Browser(world).returns(brought).json()["code"] == "oidc.state_invalid", "one without a cookie"
    assert browser.returns(brought).is_success
    assert browser.returns(brought).json()["code"] == "oidc.state_invalid", "again"

    late = browser.goes()
    world.clock.move(timedelta(seconds=90))
    assert browser.returns(late).json()["code"] == "oidc.refused", "the code is over"
    later = browser.goes()
    world.clock.move(timedelta(minutes=10))
    assert browser.returns(later).json()["code"] == "oidc.state_invalid"


def test_a_changed_key_is_fetched_and_a_foreign_one_is_not_believed(house: tuple[World, Provider]) -> None:
    world, provider = house
    assert _answer(world).is_success
    provider.changes_key()
    assert _answer(world).is_success
    provider.published = provider.published[:1]
    provider.changes_key("third")
    provider.published = provider.published[:1]
    assert _answer(world).json()["code"] == "oidc.refused"
    provider.signs_with_the_secret()
    assert _answer(world).json()["code"] == "oidc.refused", "no HMAC, whoever knows the secret"


def test_while_the_provider_is_down_the_password_still_works(house: tuple[World, Provider]) -> None:
    world, provider = house
    browser = Browser(world)
    brought = browser.goes()
    provider.stop()
    answer = browser.returns(brought)
    assert (answer.status_code, answer.json()["code"]) == (503, "oidc.provider_unavailable")
    assert world.http.post(BEGIN).status_code == 503
    who = {"email": email_of("rui"), "password": "correct horse battery staple"}
    assert world.http.post("/v1/session", json=who).is_success


def test_without_a_provider_there_is_no_single_sign_on(shared: World) -> None:
    assert shared.http.post(BEGIN).json()["code"] == "oidc.off"
    brought = {"code": "x", "state": "y"}
    assert shared.http.post(RETURN, json=brought).json()["code"] == "oidc.off"


@pytest.mark.parametrize(
    "oidc",
    [
        Oidc(client_id="frostgate"),
        Oidc(issuer="https://id.example", client_id="frostgate"),
        Oidc(issuer="https://id.example", client_secret="b"),
        Oidc(issuer="http://id.example", client_id="a", client_secret="b", redirect_uri="c"),
        Oidc(issuer="https://id.example", client_id="a", client_secret="b", redirect_uri="c", unknown_people="add"),
        Oidc(issuer="https://id.example", client_id="a", client_secret="b", redirect_uri="c", roles={"x": Role.GATE}),
    ],
)
def test_half_a_provider_is_refused_at_the_start(oidc: Oidc) -> None:
    with pytest.raises(SettingsRefused):
        single_sign_on(Settings(oidc=oidc), None, None)  # type: ignore[arg-type]


# The page of ours that the provider sends people back to


@pytest.fixture(scope="module")
def porch(databases: Databases) -> Iterator[tuple[World, Provider]]:
    """Where nobody has a page of their own."""
    yield from _built("sqlite", databases, redirect_uri="")


def comes_back(world: World) -> tuple[Browser, httpx.Response]:
    """By the API to the provider, and from there to our page: as from another site, without the strict cookie."""
    browser = Browser(world)
    address = browser.begins()
    back = httpx.get(address, trust_env=False)
    assert back.headers["location"].startswith(f"{world.server.address}{PAGE}?")
    return browser, httpx.get(f"{back.headers['location']}&lang=en", trust_env=False)


def presses(browser: Browser, page: str, *, cookies: bool = True) -> httpx.Response:
    """Send the form of the page."""
    [action] = re.findall(r'action="([^"]+)"', page)
    typed = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)}
    sent = browser.cookies if cookies else {}
    return httpx.post(f"{browser.address}{action}", data=typed, cookies=sent, trust_env=False)


def test_the_provider_leads_back_to_a_page_of_ours_and_by_a_button_to_a_session(porch: tuple[World, Provider]) -> None:
    world, _ = porch
    browser, page = comes_back(world)
    assert (page.status_code, "Finish signing in" in page.text) == (200, True)
    assert "set-cookie" not in page.headers
    for name, said in {
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'",
    }.items():
        assert said in page.headers[name]
    assert "<script" not in page.text

    done = presses(browser, page.text)

    assert (done.status_code, "You are signed in" in done.text) == (200, True)
    [secret] = re.findall(r"Bearer ([\w-]+)", done.text)
    assert done.headers["cache-control"] == "no-store"
    assert secret not in str(done.headers)
    assert "Max-Age=0" in done.headers["set-cookie"]
    mine = world.http.get("/v1/session", headers={"authorization": f"Bearer {secret}"}).json()
    assert mine["operator"]["email"] == email_of("rui")
    again = presses(browser, page.text)
    assert (again.status_code, "oidc.state_invalid" in again.text) == (401, True)
    assert "Bearer" not in again.text


def test_the_page_speaks_both_languages_and_keeps_what_it_was_brought(porch: tuple[World, Provider]) -> None:
    world, _ = porch
    _, page = comes_back(world)
    [other] = re.findall(r'href="([^"]+)" hreflang="zh-CN"', page.text)
    chinese = httpx.get(f"{world.server.address}{html.unescape(other)}", trust_env=False)
    assert "完成登录" in chinese.text
    assert re.findall(r'name="code" value="([^"]*)"', chinese.text) == re.findall(
        r'name="code" value="([^"]*)"', page.text
    )


def test_another_browser_cannot_press_it_and_nothing_is_used_up(porch: tuple[World, Provider]) -> None:
    world, _ = porch
    browser, page = comes_back(world)
    thief = Browser(world)
    thief.begins()
    for stolen in (presses(thief, page.text), presses(browser, page.text, cookies=False)):
        assert (stolen.status_code, "oidc.state_invalid" in stolen.text) == (401, True)
        assert "begun in another browser" in stolen.text
    assert presses(browser, page.text).status_code == 200


@pytest.mark.parametrize(
    ("brought", "status", "code"),
    [
        ({"error": "access_denied", "error_description": "<script>alert(1)</script>"}, 403, "oidc.denied"),
        ({"error": "server_error"}, 401, "oidc.refused"),
        ({}, 401, "oidc.state_invalid"),
        ({"code": "x"}, 401, "oidc.state_invalid"),
        ({"code": "x" * 5000, "state": "y"}, 401, "oidc.state_invalid"),
    ],
)
def test_what_went_wrong_is_said_in_plain_words(
    porch: tuple[World, Provider], brought: dict[str, str], status: int, code: str
) -> None:
    world, _ = porch
    for lang, words in {"en": "You are not signed in", "zh-CN": "未能登录"}.items():
        page = world.http.get(PAGE, params={**brought, "lang": lang})
        assert (page.status_code, code in page.text, words in page.text) == (status, True, True)
        assert "script" not in page.text


def test_whoever_is_unknown_or_late_reads_why(porch: tuple[World, Provider]) -> None:
    world, provider = porch
    provider.person = {**RUI, "sub": "9", "email": "li@elsewhere.example"}
    browser, page = comes_back(world)
    refused = presses(browser, page.text)
    assert (refused.status_code, "oidc.not_admitted" in refused.text) == (403, True)
    assert "has no access here" in refused.text
    provider.person = RUI
    browser, page = comes_back(world)
    world.clock.move(timedelta(minutes=10))
    late = presses(browser, page.text)
    assert (late.status_code, "took too long" in late.text) == (401, True)


def test_the_page_quotes_what_it_was_brought(porch: tuple[World, Provider]) -> None:
    world, _ = porch
    page = world.http.get(PAGE, params={"code": '"><b>x', "state": "</form>", "lang": "en"})
    assert page.status_code == 200
    assert "<b>x" not in page.text
    assert "</form></" not in page.text


def test_without_a_provider_the_page_says_so(shared: World) -> None:
    page = shared.http.get(PAGE, params={"code": "x", "state": "y", "lang": "en"})
    assert (page.status_code, "Single sign-on is not set up here" in page.text) == (404, True)
    assert shared.http.post(PAGE, data={"code": "x", "state": "y"}).status_code == 404
