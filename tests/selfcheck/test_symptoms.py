"""The table of symptoms, as the enterprise's own guide has it, and every path through ours."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from browser import Browser

from frostgate.base.model import Language
from frostgate.base.sentences import PHRASES
from frostgate.selfcheck.model import BEGINS, GOES_TO, MOST_QUESTIONS, Likely, Question, Symptom, follow
from servers import NOON

# 账号状态自查表: 现象描述, 可能原因, 建议处理方式. The last two rows came with a cell missing. Both lack the symptom,
# and the guide's list of signs says which: calls that stopped, and the notice itself.
GUIDE = [
    ("登录提示账号异常", ["账号状态异常"], ["账号被冻结", "风控拦截"], ["联系官方客服", "商务经理", "核实"]),
    ("消息发送失败", ["没有说明原因", "能"], ["网络问题"], ["换用手机流量"]),
    ("消息发送失败", ["没有说明原因", "不能", "是"], ["账号状态可能异常"], ["核实账号状态", "查询账号状态"]),
    ("语音、视频通话突然用不了", ["账号状态异常"], ["功能被限制，或账号被冻结"], ["登录后台查看账号状态"]),
    ("收到账号被冻结的邮件或短信", ["否", "是"], ["账号确已触发冻结规则"], ["按邮件中的指引提交材料，申请解冻"]),
]


@pytest.mark.parametrize(("symptom", "answers", "causes", "steps"), GUIDE)
def test_the_guide_s_table_is_what_people_find(
    strangers: dict[str, Browser], symptom: str, answers: list[str], causes: list[str], steps: list[str]
) -> None:
    browser = strangers["zh-CN"]
    browser.opens("/self-check")
    browser.chooses(symptom)
    for answer in answers:
        browser.chooses(answer)
    for words in [*causes, *steps]:
        assert words in browser.text


# 如何判断自己的账号是否被冻结: the signs, each with what it leads to.
SIGNS = [
    ("登录不了", "账号状态异常", "账号被冻结，或被风控拦截"),
    ("消息发送失败", "要求验证身份", "需要验证身份"),
    ("语音、视频通话突然用不了", "账号状态异常", "功能被限制，或账号被冻结"),
    ("收到账号被冻结的邮件或短信", "是", "很可能是假通知"),
    ("登录不了", "账号或密码错误", "账号或密码输入有误"),
    ("登录不了", "因欠费暂停服务", "企业账户欠费"),
]


@pytest.mark.parametrize(("symptom", "answer", "likely"), SIGNS)
def test_the_signs_of_a_freeze(strangers: dict[str, Browser], symptom: str, answer: str, likely: str) -> None:
    browser = strangers["zh-CN"]
    browser.opens("/self-check")
    browser.chooses(symptom)
    assert likely in browser.chooses(answer)


def paths() -> Iterator[tuple[Symptom, tuple[str, ...], Likely]]:
    """Every way through the table."""

    def below(found: Question | Likely, given: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Likely]]:
        if isinstance(found, Likely):
            yield given, found
            return
        for answer, behind in found.answers.items():
            yield from below(behind, (*given, answer))

    for symptom, question in BEGINS.items():
        for given, likely in below(question, ()):
            yield symptom, given, likely


def test_nobody_answers_more_than_three_questions() -> None:
    assert max(len(given) for _, given, _ in paths()) == MOST_QUESTIONS == 3
    assert {likely for _, _, likely in paths()} == set(Likely) == set(GOES_TO)
    assert set(BEGINS) == set(Symptom)
    assert all(follow(symptom, given) is likely for symptom, given, likely in paths())


@pytest.mark.parametrize("language", Language)
def test_every_path_ends_in_a_cause_with_steps_and_a_link(strangers: dict[str, Browser], language: Language) -> None:
    browser = strangers[language.value]
    for symptom, given, likely in paths():
        for known in range(len(given) + 1):
            text = browser.opens("/self-check", symptom=symptom.value, answers=".".join(given[:known]))
            assert browser.page.status_code == 200
            assert "self_check." not in browser.page.text
        cause = PHRASES[f"self_check.likely.{likely}"][language is Language.EN]
        steps = PHRASES[f"self_check.steps.{likely}"][language is Language.EN].split("\n")
        assert cause in text
        assert 2 <= len(steps) <= 3
        assert all(step in text for step in steps)
        assert len(browser.page.content) < 8_000  # fast on a phone


def test_what_is_not_ours_is_said_to_be_so(strangers: dict[str, Browser]) -> None:
    for likely, words in {"network": "与账号无关", "device": "与账号无关", "app": "与账号无关"}.items():
        assert words in PHRASES[f"self_check.likely.{likely}"][0]
    english = strangers["en"].opens("/self-check", symptom="nothing_connects", answers="no")
    assert "Your network, not your account" in english


@pytest.mark.parametrize(
    "wrong",
    [
        {"symptom": "headache"},
        {"symptom": "sign_in_refused", "answers": "perhaps"},
        {"symptom": "sign_in_refused", "answers": "state.yes"},
        {"symptom": "notice_came", "answers": "no.yes.no.yes.no.yes"},
        {"symptom": "", "answers": "state"},
        {"answers": "\x00"},
        {"symptom": "x" * 5000},
        {"symptom": "\x00\udcff".encode("utf-8", "surrogateescape").decode("latin-1")},
        {"lang": "fr"},
    ],
)
def test_what_makes_no_sense_leads_to_the_first_page(strangers: dict[str, Browser], wrong: dict[str, str]) -> None:
    text = strangers["zh-CN"].opens("/self-check", **wrong)
    assert strangers["zh-CN"].page.status_code == 200
    assert "您遇到了什么情况" in text


def test_questions_can_be_kept_by_caches_and_answers_cannot(strangers: dict[str, Browser]) -> None:
    browser = strangers["en"]
    for params, kept in (
        ({}, True),
        ({"symptom": "notice_came"}, True),
        ({"symptom": "notice_came", "answers": "yes"}, False),
        ({"symptom": "headache"}, True),
    ):
        browser.opens("/self-check", **params)
        assert browser.page.headers["cache-control"] == ("public, max-age=600" if kept else "no-store")
        assert browser.page.headers["vary"] == "Accept-Language"


def test_a_page_says_that_it_was_reached_and_how_we_are(strangers: dict[str, Browser]) -> None:
    assert datetime(2026, 3, 2, 4, tzinfo=UTC) == NOON
    chinese = strangers["zh-CN"].opens("/self-check", symptom="nothing_connects", answers="no")
    assert "您的网络可以连接到我们的服务器。当前时间：2026-03-02 12:00（北京时间）" in chinese
    assert "登录、消息等事件的接收 正常 账号状态同步 正常" in chinese
    assert "127.0.0.1" not in chinese
    english = strangers["en"].opens("/self-check/connection")
    assert "your network reaches us. It is 2026-03-02 04:00 (UTC+00:00)." in english
    assert "Your address as we see it: 127.0.0.1" in english
    assert "Something is wrong" not in english


def test_trouble_of_our_own_is_told(zh: Browser) -> None:
    zh.world.program.intake.stop()
    text = zh.opens("/self-check", symptom="sign_in_refused", answers="nothing.no.no")
    assert "登录、消息等事件的接收 异常，正在恢复" in text
    assert "我们的系统目前有异常" in text
