"""Groups of our own people: what they are told, by whose robots, and what a refusal that says HTTP 200 comes to."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from letters import NOON

from frostgate.app import Program
from frostgate.base.clock import HandClock
from frostgate.base.model import SYSTEM, Language
from frostgate.base.reconciler import Done, Failed, Outcome, Schedule
from frostgate.base.uow import Tx
from frostgate.cases.clock.model import Limit, Step
from frostgate.cases.clock.records import CasesWaiting, ClockMissed
from frostgate.cases.clock.records import Waiting as WaitingCase
from frostgate.cases.store import cases
from frostgate.config import Alert, Settings, SettingsRefused
from frostgate.directory.permissions import Role
from frostgate.notices.alerting import Alerting, Group, Topic
from frostgate.notices.channels.chat import Chat
from frostgate.notices.deliver import Deliver
from frostgate.notices.facts import NoticeUndeliverable
from frostgate.notices.model import Channel, Notice, State
from frostgate.notices.render import Renderer, Site
from frostgate.notices.short import plain_letter
from robots import SECRET, TOKEN, WECOM_KEY, Robots

House = Any

ADDRESSES = {
    "dingtalk": f"dingtalk://{SECRET}@{TOKEN}/",
    "feishu": f"feishu://{TOKEN}/",
    "wecom": f"wecombot://{WECOM_KEY}/",
}
ONCE = Schedule(first=timedelta(minutes=1), cap=timedelta(minutes=1), attempts=1)
SITE = Site(
    platform="Frostgate",
    help_url="https://id.example.com/help",
    check_url="https://id.example.com/verify",
    case_url=lambda case_id: f"https://id.example.com/v1/cases/{case_id}",
    notice_url=lambda tenant_id, notice_id: f"https://id.example.com/v1/tenants/{tenant_id}/notices/{notice_id}",
)


@pytest.fixture
def robots() -> Iterator[Robots]:
    robots = Robots()
    yield robots
    robots.stop()


def chat(robots: Robots, addresses: Mapping[str, str] = ADDRESSES) -> Chat:
    return Chat(addresses, clock=HandClock(NOON), endpoints=robots.endpoints)


def said(carrier: Chat, name: str, text: str = "演示") -> Outcome:
    return asyncio.run(carrier.send(plain_letter(name, Language.ZH, text)))


@pytest.mark.parametrize("service", ADDRESSES)
def test_a_message_arrives_as_the_service_takes_it(robots: Robots, service: str) -> None:
    outcome = said(chat(robots), service, "两个案件\n即将到期")
    assert isinstance(outcome, Done)
    assert robots.messages == [(service, "两个案件\n即将到期")]


@pytest.mark.parametrize(
    ("service", "address", "problem"),
    [
        ("dingtalk", f"dingtalk://{SECRET}@gone/", "HTTP 200, 300005: token is not exist"),
        ("dingtalk", f"dingtalk://{TOKEN}/", "HTTP 200, 310000: sign not match"),
        ("feishu", "feishu://gone/", "HTTP 200, 19001: param invalid: incoming webhook access token invalid"),
        ("wecom", "wecombot://gone/", "HTTP 200, 93000: invalid webhook url"),
    ],
)
def test_a_refusal_is_no_success_although_it_says_200(robots: Robots, service: str, address: str, problem: str) -> None:
    assert said(chat(robots, {service: address}), service) == Failed(problem=problem)


def test_every_other_service_is_reached_through_apprise(robots: Robots) -> None:
    carrier = chat(robots, {"ours": f"json://{robots.host}/hook"})
    assert said(carrier, "ours", "a case") == Done(detail="taken")
    assert robots.messages == [("webhook", "a case")]
    robots.is_down = True
    assert said(carrier, "ours") == Failed(problem="the service refused it, or was not reached")


def test_who_cannot_be_reached_is_asked_again_and_no_secret_is_said(
    robots: Robots, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    robots.stop()
    carrier = chat(robots)
    outcomes = [said(carrier, service) for service in ADDRESSES]
    assert outcomes == [Failed(problem="ConnectError")] * 3
    shown = f"{outcomes}{capfd.readouterr()}{caplog.text}"
    assert not [secret for secret in (TOKEN, SECRET, WECOM_KEY) if secret in shown]


# What is owed


WAITING = CasesWaiting(
    tenant_id="acme",
    limit=Limit.DECISION,
    step=Step.LATE,
    roles=(Role.LEAD,),
    tells_manager=False,
    waiting=tuple(
        WaitingCase(case_id=f"0192-{number}", about="abnormal_login", due_at=NOON + timedelta(hours=1))
        for number in range(10)
    ),
    time_zone="Asia/Shanghai",
)
MISSED = ClockMissed(tenant_id="acme", case_id="0192-a", run=1, limit=Limit.FIRST_ANSWER, due_at=NOON)
GROUPS = (
    Group(name="dingtalk", language=Language.ZH, topics=frozenset(Topic)),
    Group(name="wecom", language=Language.EN, topics=frozenset({Topic.CASES_WAITING})),
)


def alerting() -> Alerting:
    return Alerting(GROUPS, time_zone="Asia/Shanghai")


def deliver(house: House, robots: Robots) -> None:
    duty = Deliver(Renderer(SITE), {Channel.CHAT: chat(robots)}, clock=house.clock, schedule=ONCE)
    house.deliver = type(house.deliver)(duty, house.uow)
    house.round()


def test_groups_are_told_of_what_they_chose_by_ids_and_links_alone(house: House, robots: Robots) -> None:
    with house.uow.begin() as tx:
        alerting().cases_waiting(tx, WAITING, SYSTEM)
        alerting().clock_missed(tx, MISSED, SYSTEM)
    deliver(house, robots)

    chinese = {text.split("：")[0]: text for service, text in robots.messages if service == "dingtalk"}
    [english] = [text for service, text in robots.messages if service == "wecom"]
    assert set(chinese) == {"【Frostgate】10 个案件已超过决定时限", "【Frostgate】首次答复已超时"}
    late = chinese["【Frostgate】10 个案件已超过决定时限"].splitlines()
    assert late[1:3] == [
        "案件 0192-0（登录异常），时限 2026-03-02 13:00（北京时间）",
        "https://id.example.com/v1/cases/0192-0",
    ]
    assert late[-1] == "另有 2 个"
    assert chinese["【Frostgate】首次答复已超时"].splitlines()[1].startswith("案件 0192-a，时限 2026-03-02")
    assert english.startswith("Frostgate: late cases, a decision was due (10):\nCase 0192-0 (unusual sign-in), due ")
    assert english.endswith("and 2 more")
    assert not [word for word in ("Acme", "li@", "acme.example") if word in str(robots.messages)]


def test_a_lost_notice_is_said_once_and_a_lost_message_becomes_a_task_alone(house: House, robots: Robots) -> None:
    told: list[NoticeUndeliverable] = []

    def tells(tx: Tx, fact: NoticeUndeliverable, actor: Any) -> None:
        told.append(fact)
        alerting().undeliverable(tx, fact, actor)

    house.reactions[NoticeUndeliverable].append(tells)
    house.tenant("bare", "")  # nobody of the tenant can be told of a freeze
    house.hold(None, tenant_id="bare")
    robots.is_down = True
    deliver(house, robots)
    house.round()

    [message] = [notice for notice in house.notices("bare") if notice.channel is Channel.CHAT]
    assert isinstance(message, Notice)
    assert message.state is State.UNDELIVERABLE
    assert [fact.channel for fact in told] == [Channel.EMAIL, Channel.CHAT]
    assert len(house.rows(cases)) >= 1


def test_a_group_that_is_in_no_settings_is_missed(robots: Robots) -> None:
    assert said(chat(robots), "gone") == Failed(problem="alerts has no robot of the name gone")


@pytest.mark.parametrize(
    ("alerts", "problem"),
    [
        ([("a", "dingtalk://")], "alerts: the url of a is no address that Apprise understands"),
        ([("a", "hidden")], "alerts: the url of a is no address that Apprise understands"),
        ([("a", "feishu://hidden/"), ("a", "feishu://hidden/")], "alerts: each group has a name of its own"),
    ],
)
def test_settings_that_cannot_work_are_refused_without_their_secret(
    tmp_path: Path, alerts: list[tuple[str, str]], problem: str
) -> None:
    settings = Settings(
        database=f"sqlite:///{tmp_path / 'a.db'}", alerts=tuple(Alert(name=name, url=url) for name, url in alerts)
    )
    with pytest.raises(SettingsRefused) as refused:
        Program(settings)
    assert refused.value.params["problem"] == problem
    assert "hidden" not in f"{refused.value}{settings!r}"
