"""How an account stands, told to whoever reads its mail and to nobody else."""

import re
from datetime import timedelta

import pytest
from browser import Browser

from frostgate.base.model import BILLING, Language
from frostgate.directory import store as directory
from frostgate.directory.model import Account as Registered
from frostgate.selfcheck import service
from frostgate.selfcheck.store import asks
from frostgate.standing.model import Cause, Kind, Subject
from frostgate.standing.service import place_hold
from house import House
from servers import NOON
from together import asked
from world import Account, World

SENTENCE = "如果该账号存在且登记了邮箱，您将在几分钟内收到自查码"


@pytest.fixture
def li(world: World) -> Account:
    return world.tenant("acme", name="Acme").account("li")


def code_of(world: World, account: str = "li", *, count: int = 1) -> str:
    """The code in the newest mail about it."""
    mails = [mail for mail in world.mails_to(f"{account}@acme.example", count=count) if "自查码" in mail.subject]
    [code] = re.findall(r"^自查码\n+([0-9a-z]{8})$", mails[-1].text.replace("\r", ""), re.MULTILINE)
    return code


def asks_for(browser: Browser, account: str = "li", tenant: str = "acme") -> str:
    browser.opens("/self-check/account")
    return browser.sends("/self-check/code", tenant=tenant, account=account)


def test_a_frozen_account_reads_why_since_when_and_the_way_out(zh: Browser, en: Browser, li: Account) -> None:
    li.travels_too_fast()
    case = li.world.boss().case_of(li)
    asks_for(zh)
    text = zh.sends("/self-check/account", code=code_of(li.world, count=2).upper())

    assert "账号 li 当前有 1 项未解除的限制" in text
    assert "冻结：登录异常" in text
    assert "开始时间：2026-03-02 13:00（北京时间）" in text
    assert "可能有他人正在使用" in text
    assert "请立即修改密码" in text
    assert f"案件编号：{case['id']}" in text
    assert "登录 已暂停 消息 已暂停" in text
    assert "login.impossible-journey" not in zh.page.text
    assert "Frankfurt" not in zh.page.text
    assert zh.page.headers["cache-control"] == "no-store"
    assert "self_check.standing_shown" in li.world.facts("acme")


def test_one_without_anything_open_is_told_so_in_english(en: Browser, li: Account) -> None:
    asks_for(en)
    text = en.sends("/self-check/account", code=code_of(en.world))
    assert "Account li is in order" in text
    assert "sign-in works messaging works" in text


def test_a_freeze_of_the_whole_enterprise_counts(zh: Browser, li: Account) -> None:
    everybody = Subject(tenant_id="acme", account_id=None)
    with li.world.program.uow.begin() as tx:
        place_hold(tx, subject=everybody, kind=Kind.FREEZE, cause=Cause.ARREARS, reason="bills", actor=BILLING)
    asks_for(zh)
    text = zh.sends("/self-check/account", code=code_of(li.world))
    assert "冻结：账户欠费" in text
    assert "请联系企业管理员" in text


def test_the_appeal_is_one_step_from_there(zh: Browser, li: Account) -> None:
    li.travels_too_fast()
    asks_for(zh)
    zh.sends("/self-check/account", code=code_of(li.world, count=2))
    assert "申诉" in zh.text
    zh.chooses("查看进度、提交材料或申诉")
    assert zh.page.status_code == 200


def test_whoever_asks_learns_nothing(zh: Browser, li: Account) -> None:
    """The same page for a frozen account, for none, for one without mail, and for a company that there is not."""
    li.world.boss().does("PUT", f"{li.tenant.path}/accounts/mute", json={})
    li.travels_too_fast()
    sent, tried = set(), set()
    for tenant, account in (("acme", "li"), ("acme", "nobody"), ("acme", "mute"), ("bolt", "li"), ("a b", "x'--")):
        assert SENTENCE in asks_for(zh, account, tenant)
        sent.add((zh.page.status_code, re.sub(r'value="[\w-]{43}"', "", zh.page.text)))
        assert "自查码不正确、已过期或输错次数过多" in zh.sends("/self-check/account", code="00000000")
        tried.add((zh.page.status_code, re.sub(r'value="[\w-]{43}"', "", zh.page.text)))
    assert (len(sent), len(tried)) == (1, 1)
    code_of(li.world, count=2)
    assert [mail.to for mail in li.world.mailbox.mails if "self" in mail.to or "mute" in mail.to] == []


def test_asking_does_the_same_work_whatever_is_named(backend: str, database_url: str) -> None:
    """Statement by statement: what is looked up later, and what a right code opens, nobody waits for who guesses."""
    house = House(database_url)
    house.tenant()
    known = Registered(tenant_id="acme", id="li", email="li@acme.example", language=None, created_at=NOON)
    with house.program.uow.begin() as tx:
        directory.save_accounts(tx.connection, [known])
    noted: dict[str, list[str]] = {}
    for account in ("li", "nobody"):
        with asked() as statements:
            with house.program.uow.begin() as tx:
                wanted = service.ask(tx, tenant_id="acme", account_id=account)
            noted[account] = list(statements)
        assert service.send_codes(house.program.uow) == 1
        with asked() as statements:
            with house.program.uow.begin() as tx:
                opened = service.open_account(
                    tx, wanted.id, "00000000", renderer=house.program.renderer, language=Language.EN
                )
            noted[account] += statements
        assert opened is None
    assert noted["li"] == noted["nobody"]
    house.close()


def test_a_code_is_kept_as_a_digest_counts_once_and_for_its_asker_alone(zh: Browser, en: Browser, li: Account) -> None:
    asks_for(zh)
    code = code_of(li.world)
    with li.world.program.uow.look() as connection:
        rows = connection.execute(asks.select()).all()
    assert code not in str(rows)

    asks_for(en, account="somebody-else")
    assert "The code is wrong" in en.sends("/self-check/account", code=code)

    assert "状态正常" in zh.sends("/self-check/account", code=code)
    asks_for(zh)
    assert "不正确" in zh.sends("/self-check/account", code=code)


def test_a_code_ends_after_ten_minutes(zh: Browser, li: Account) -> None:
    asks_for(zh)
    code = code_of(li.world)
    li.world.clock.move(timedelta(minutes=10))
    assert "已过期" in zh.sends("/self-check/account", code=code)


def test_a_code_ends_after_five_wrong_ones(zh: Browser, li: Account) -> None:
    asks_for(zh)
    code = code_of(li.world)
    for guess in range(5):
        assert "不正确" in zh.sends("/self-check/account", code=f"{guess:08}")
    assert "不正确" in zh.sends("/self-check/account", code=code)


@pytest.mark.parametrize("account", ["li", "nobody"])
def test_one_account_is_asked_for_three_times_in_a_quarter_of_an_hour(zh: Browser, li: Account, account: str) -> None:
    for _ in range(3):
        assert SENTENCE in asks_for(zh, account=account)
    li.world.clock.move(timedelta(minutes=5))
    assert "请求过于频繁" in asks_for(zh, account=account)
    assert (zh.page.status_code, zh.page.headers["retry-after"]) == (429, "600")
    li.world.clock.move(timedelta(minutes=10))
    assert SENTENCE in asks_for(zh, account=account)


def test_one_network_asks_ten_times_in_a_quarter_of_an_hour(en: Browser, li: Account) -> None:
    for number in range(10):
        assert "If there is such an account" in asks_for(en, account=f"guess-{number}")
    assert "Too many requests came from your network" in asks_for(en, account="li")
    assert (en.page.status_code, en.page.headers["retry-after"]) == (429, "90")
    li.world.clock.move(timedelta(seconds=90))
    assert "If there is such an account" in asks_for(en)


def test_one_network_tries_thirty_codes_in_a_quarter_of_an_hour(en: Browser, li: Account) -> None:
    asks_for(en)
    for _ in range(30):
        en.sends("/self-check/account", code="00000000")
        assert en.page.status_code == 200
    en.sends("/self-check/account", code="00000000")
    assert en.page.status_code == 429


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"tenant": "acme"},
        {"account": "li"},
        {"tenant": "", "account": ""},
        {"tenant": "acme", "account": "x" * 300},
    ],
)
def test_a_form_without_names_is_shown_again(en: Browser, fields: dict[str, str]) -> None:
    en.opens("/self-check/account")
    assert "How my account stands" in en.sends("/self-check/code", **fields)
    assert en.page.status_code == 200


def test_what_is_no_form_opens_nothing(world: World, en: Browser) -> None:
    for body in (b"\xff\xfe", b"a=1&" * 100, b"x" * 100_000, b"%00%ff=%zz", b'{"tenant": "acme"}'):
        for path in ("/self-check/code", "/self-check/account", "/fraud"):
            answer = world.http.post(path, content=body, headers={"content-type": "application/json"})
            assert answer.status_code == 200, answer.text
    assert world.facts() == [fact for fact in world.facts() if not fact.startswith(("self_check", "fake"))]


def test_a_sign_in_page_may_fill_in_the_names(en: Browser) -> None:
    en.opens("/self-check/account", tenant="acme", account='li"><script>')
    assert 'value="acme"' in en.page.text
    assert "<script>" not in en.page.text
