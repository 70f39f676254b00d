"""Anybody may check that a notice is genuine, and learns nothing else."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest

from frostgate.base.model import Language
from frostgate.base.sentences import PHRASES
from frostgate.notices.model import Template
from servers import Databases
from world import Account, World


@pytest.fixture
def li(world: World) -> Account:
    return world.tenant("acme").account("li", language="en")


def verify(world: World, language: str = "en", **asked: str) -> httpx.Response:
    return world.http.get("/verify", params={"lang": language, **asked})


def link_in(world: World, address: str) -> str:
    """Where the notice that came there can be checked, once it is on record that it was taken."""
    [mail] = world.mails_to(address)
    world.until(lambda: world.facts("acme").count("notice.sent") == 2)
    [link] = re.findall(r"https?://\S+/verify\?\S+", mail.text)
    return link


def code_in(link: str) -> str:
    return httpx.URL(link).params["code"]


def test_a_notice_links_to_its_own_proof(world: World, li: Account) -> None:
    li.travels_too_fast()
    link = link_in(world, "li@acme.example")
    english = world.http.get(f"{link}&lang=en").text
    for words in ("We sent this notice", "About: a notice about a freeze", "2026-03-02 05:00 (UTC+00:00)", "is ours"):
        assert words in english
    chinese = world.http.get(f"{link}&lang=zh-CN").text
    for words in ("这是我们发出的通知", "类别：账号冻结通知", "2026-03-02 13:00（北京时间）", "签名有效", "查验编号"):
        assert words in chinese
    assert "验证码" not in chinese.replace("索要密码、验证码、转账", "")
    for told in ("acme", "Acme", ">li<", "li@", "abnormal", "登录异常"):
        assert told not in english + chinese


def test_a_code_that_somebody_types_needs_no_signature(world: World, li: Account) -> None:
    li.travels_too_fast()
    code = code_in(link_in(world, "li@acme.example"))
    typed = verify(world, code=f" {code[:5].upper()}-{code[5:]} ").text
    assert "We sent this notice" in typed
    assert "signature" not in typed


def test_a_link_that_was_changed_proves_nothing(world: World, li: Account) -> None:
    li.travels_too_fast()
    mine, other = (link_in(world, f"{who}@acme.example") for who in ("li", "security"))
    signature = httpx.URL(other).params["sig"]
    for sig in (signature, "x" * 22, "é", "0"):
        page = verify(world, code=code_in(mine), sig=sig).text
        assert "This link was changed" in page
        assert "We sent this notice" not in page
    assert "链接已被改动" in verify(world, "zh-CN", code=code_in(mine), sig="x").text


def test_what_was_never_sent_is_as_unknown_as_what_never_was(world: World, li: Account) -> None:
    world.mailbox.refuse = "451 later"
    li.travels_too_fast()
    [owed, *_] = li.notices()
    assert owed["state"] == "owed"
    pages = {
        verify(world, code=code, **sig).text
        for code in (owed["code"], "0000000000", "zzzzz", "' OR 1=1", "x" * 5000, "\x00", "\u202eé")
        for sig in ({}, {"sig": "x" * 22})
    }
    assert len({re.sub(r'(value|href)="[^"]*"', "", page) for page in pages}) == 1
    assert "We know no such notice" in pages.pop()


def test_one_network_checks_thirty_codes_in_ten_minutes(world: World) -> None:
    for number in range(30):
        assert verify(world, code=f"{number:010}").status_code == 200
    english, chinese = verify(world, code="x"), verify(world, "zh-CN", code="x")
    assert (english.status_code, english.headers["retry-after"]) == (429, "20")
    assert "Too many requests came from your network. Please try again in 1 min." in english.text
    assert "请在 1 分钟后重试" in chinese.text
    assert 'href="/verify?lang=zh-CN"' in english.text
    assert verify(world).status_code == 200  # the page itself is for everybody
    world.clock.move(timedelta(seconds=20))
    assert verify(world, code="x").status_code == 200
    assert verify(world, code="x").status_code == 429


@pytest.mark.parametrize("language", Language)
def test_every_sort_of_notice_has_a_name(language: Language) -> None:
    names = {template: PHRASES[f"notice.about.{template}"][language is Language.EN] for template in Template}
    assert all(names.values())


def test_pages_lead_to_each_other(shared: World) -> None:
    pages = ["/", "/help", "/verify", "/self-check", "/fraud"]
    for page in pages:
        for language in Language:
            found = shared.http.get(page, params={"lang": language.value})
            assert found.status_code == 200
            assert found.headers["content-language"] == language.value
            for other in pages[1:]:
                assert f'href="{other}?{urlencode({"lang": language.value})}"' in found.text


def test_pages_speak_in_the_name_of_the_platform_whose_account_it_is(databases: Databases) -> None:
    """A holder knows the messenger that they use; a page in another name looks like the fraud that it warns of."""
    url = databases.make("sqlite")
    world = World(url, databases.secrets["sqlite"], platform="云信")
    try:
        for path in ("/", "/help", "/verify", "/self-check", "/fraud"):
            page = world.http.get(path, params={"lang": "zh-CN"}).text
            assert "· 云信</title>" in page
            assert "Frostgate" not in page
    finally:
        world.close()
        databases.remove(url)
