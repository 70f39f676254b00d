"""What does not fit is said in the reader's language, at its place, on every road into the program."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from world import Account, Json, World

TENANT: Json = {"id": "bolt", "name": "Bolt", "contact_email": "security@bolt.example"}
ASKED: Json = {
    "subject": {"type": "account", "id": "li"},
    "action": {"name": "use"},
    "resource": {"type": "service", "id": "messaging"},
}


@pytest.fixture(scope="module")
def li(shared: World) -> Account:
    return shared.tenant("acme").account("li")


def both(world: World, method: str, path: str, **body: Any) -> Iterator[Json]:
    """The problem as somebody reads it in Chinese, and as somebody reads it in English."""
    for language in ("zh-CN", "en"):
        answer = world.boss().asks(method, path, headers={"accept-language": language}, **body)
        told = answer.json()
        assert (answer.status_code, told["status"]) == (400, 400)
        assert told["detail"] == told["texts"][language]
        yield told


BODIES = [
    ({"id": 7}, "/id", "应为字符串，实际为整数", "Expected a string, got an integer"),
    ({"id": None}, "/id", "应为字符串，实际为空值（null）", "Expected a string, got null"),
    ({"name": ""}, "/name", "不能为空", "This must not be empty"),
    ({"name": "x" * 1000}, "/name", "最多 256 个字符", "Expected at most 256 characters"),
    (
        {"language": "fr"},
        "/language",
        "不支持的取值“fr”，可选值：zh-CN, en",
        "'fr' is not among the choices: zh-CN, en",
    ),
    ({"color": "red"}, "/color", "不支持的字段 color", "There is no field `color`"),
]


@pytest.mark.parametrize(("changes", "pointer", "chinese", "english"), BODIES)
def test_a_value_of_a_body(shared: World, changes: Json, pointer: str, chinese: str, english: str) -> None:
    in_chinese, in_english = both(shared, "POST", "/v1/tenants", json={**TENANT, **changes})
    assert in_chinese["detail"] == f"请求参数有误：{pointer}：{chinese}。"
    assert in_english["detail"] == f"The request has values that cannot be used: {pointer}: {english}."
    (fault,) = in_english["params"]["errors"]
    assert (fault["pointer"], fault["texts"]) == (pointer, {"zh-CN": chinese, "en": english})


def test_a_field_that_is_missing(shared: World) -> None:
    in_chinese, in_english = both(shared, "POST", "/v1/tenants", json={"id": "bolt", "name": "Bolt"})
    assert in_chinese["detail"].endswith("：缺少必填字段 contact_email。")
    assert in_english["detail"].endswith(": The required field `contact_email` is missing.")
    assert in_chinese["pointer"] == "/contact_email"


def test_a_value_deep_in_a_body(shared: World, li: Account) -> None:
    accounts = {"accounts": [{"id": "a"}, {"id": 7}]}
    in_chinese, in_english = both(shared, "POST", f"{li.tenant.path}/accounts", json=accounts)
    assert in_chinese["detail"] == "请求参数有误：/accounts/1/id：应为字符串，实际为整数。"
    assert in_english["detail"].endswith(" /accounts/1/id: Expected a string, got an integer.")


def test_several_parameters_of_an_address(shared: World) -> None:
    in_chinese, in_english = both(shared, "GET", "/v1/journal?after=-1&limit=many")
    assert in_chinese["detail"] == "请求参数有误：after：不能小于 0；limit：应为整数，实际为字符串。"
    assert in_english["detail"].endswith(" after: Expected at least 0; limit: Expected an integer, got a string.")


def test_a_word_that_is_none_of_a_few_is_named_beside_those(shared: World, li: Account) -> None:
    in_chinese, in_english = both(shared, "GET", "/v1/cases?state=lost")
    assert in_chinese["detail"] == "请求参数有误：state：不支持的取值“lost”，可选值：open, waiting, decided。"
    assert in_english["detail"].endswith(" state: 'lost' is not among the choices: open, waiting, decided.")
    hold = {"kind": "freeze", "reason": "asked for", "services": ["voice", "fax"]}
    _, in_english = both(shared, "POST", f"{li.path}/holds", json=hold)
    every = "login, messaging, voice, video, live, conversational_ai"
    assert in_english["detail"].endswith(f" /services/1: 'fax' is not among the choices: {every}.")


@pytest.mark.parametrize("path", ["/v1/cases?state=lost", "/v1/billing/advices?state=lost", "/v1/journal?after=-1"])
def test_a_parameter_is_called_as_in_the_address(shared: World, path: str) -> None:
    """The first two are called otherwise in our functions."""
    name = path.partition("?")[2].partition("=")[0]
    in_chinese, _ = both(shared, "GET", path)
    (fault,) = in_chinese["params"]["errors"]
    assert fault["parameter"] == name
    assert in_chinese["detail"].startswith(f"请求参数有误：{name}：")


@pytest.mark.parametrize(
    ("path", "start"),
    [
        ("/v1/tenants", b'{"id": '),
        ("/access/v1/evaluation", b'{"subject": {"type": '),
        ("/v1/limits/take", b'{"key": '),
    ],
)
@pytest.mark.parametrize(
    ("content", "chinese", "english"),
    [
        (b'"', "内容不完整", "The content ends too early"),
        (b"?", "JSON 格式有误，偏移 {at} 字节处有无效字符", "This is not JSON: a wrong character at byte {at}"),
        (b'"\xff"', "内容不是有效的 UTF-8 文本", "The content is not UTF-8"),
    ],
)
def test_a_body_that_cannot_be_read(
    shared: World, path: str, start: bytes, content: bytes, chinese: str, english: str
) -> None:
    in_chinese, in_english = both(shared, "POST", path, content=start + content)
    chinese, english = chinese.format(at=len(start)), english.format(at=len(start))
    assert in_chinese["code"] == "request.malformed"
    assert in_chinese["detail"] == f"无法读取请求内容：{chinese}。"
    assert in_english["detail"] == f"The request cannot be read: {english}."


@pytest.mark.parametrize("path", ["/v1/tenants", "/access/v1/evaluation"])
def test_a_body_of_nothing_but_brackets(shared: World, path: str) -> None:
    in_chinese, in_english = both(shared, "POST", path, content=b'{"context": {"more": ' + b"[" * 50_000)
    assert in_chinese["detail"] == "无法读取请求内容：嵌套层数过多。"
    assert in_english["detail"] == "The request cannot be read: The content is nested too deeply."


def test_a_body_that_is_missing(shared: World) -> None:
    in_chinese, in_english = both(shared, "POST", "/v1/tenants")
    assert in_chinese["detail"] == "请求参数有误：请求内容为空。"
    assert in_english["detail"] == "The request has values that cannot be used: There is no content."


@pytest.mark.parametrize(
    ("path", "body", "chinese", "english"),
    [
        (
            "/access/v1/evaluation",
            {**ASKED, "subject": {"type": "account", "id": 7}},
            "subject.id：应为字符串，实际为整数",
            "subject.id: Expected a string, got an integer",
        ),
        (
            "/access/v1/evaluations",
            {"evaluations": [{"subject": 5}]},
            "evaluations[0].subject：应为对象或空值（null），实际为整数",
            "evaluations[0].subject: Expected an object or null, got an integer",
        ),
        (
            "/access/v1/evaluations",
            {"evaluations": [ASKED] * 1001},
            "一次最多判断 1000 项",
            "at most 1000 evaluations at once",
        ),
        (
            "/v1/limits/take",
            {"key": "k", "method": "im.send", "cost": 0},
            "cost：不能小于 1",
            "cost: Expected at least 1",
        ),
    ],
)
def test_a_question_of_a_gateway(shared: World, path: str, body: Json, chinese: str, english: str) -> None:
    in_chinese, in_english = both(shared, "POST", path, json=body)
    assert in_chinese["detail"] == f"无法读取请求内容：{chinese}。"
    assert in_english["detail"] == f"The request cannot be read: {english}."


SIGN_IN: Json = {"account": "li", "ip": "101.6.6.6", "outcome": "success"}
CHARGE: Json = {"account": "li", "kind": "charge", "amount": 1, "currency": "CNY", "service": "voice"}
BILLING = "io.frostgate.billing"

EVENTS = [
    ({"id": 7}, "应为字符串，实际为整数"),
    ({"id": ""}, "不能为空"),
    ({"time": "yesterday"}, "日期时间格式有误，应符合 RFC 3339，如 2026-03-02T04:00:00Z"),
    ({"time": "2026-03-02T04:00:00"}, "须注明时区，如结尾的 Z 或 +08:00"),
    ({"data": "text"}, "应为对象，实际为字符串"),
    ({"data": {"account": "li", "outcome": "success"}}, "缺少必填字段 ip"),
    ({"data": {**SIGN_IN, "mood": "good"}}, "不支持的字段 mood"),
    ({"data": {**SIGN_IN, "account": "x" * 257}}, "最多 256 个字符"),
    ({"data": {**SIGN_IN, "account": "a\u0007"}}, "含有控制字符或文字方向字符"),
    ({"data": {**SIGN_IN, "outcome": "maybe"}}, "不支持的取值“maybe”，可选值：failure, success"),
    ({"data": {**SIGN_IN, "ip": "beijing"}}, "不是有效的 IP 地址"),
    ({"type": BILLING, "data": {"account": "li", "kind": "usage"}}, "usage 事件须填写 unit"),
    ({"type": BILLING, "data": {**CHARGE, "quantity": 1}}, "charge 事件不能填写 quantity"),
    ({"type": BILLING, "data": {**CHARGE, "currency": "XYZ"}}, "不是 ISO 4217 货币代码"),
]


@pytest.mark.parametrize(("changes", "chinese"), EVENTS)
def test_a_value_of_an_event(li: Account, changes: Json, chinese: str) -> None:
    headers = {"content-type": "application/cloudevents+json"}
    told = li.tenant.sender.asks("POST", "/v1/events", json={**li.login(), **changes}, headers=headers).json()
    assert told["texts"]["zh-CN"] == f"事件数据有误：{chinese}。"
    assert not re.search("[\u4e00-\u9fff]", told["texts"]["en"])


def test_an_event_without_data(li: Account) -> None:
    event = {name: value for name, value in li.login().items() if name != "data"}
    headers = {"content-type": "application/cloudevents+json"}
    told = li.tenant.sender.asks("POST", "/v1/events", json=event, headers=headers).json()
    assert told["texts"]["zh-CN"] == "事件数据有误：事件缺少 data。"


@pytest.mark.parametrize("path", ["/v1/cases?stat=open", "/v1/cases?cursor=x&stat=open", "/v1/desk?foo="])
def test_a_misspelt_filter_is_refused_and_not_passed_over(li: Account, path: str) -> None:
    """Without the filter the answer would be of everything."""
    *before, last = sorted(part.partition("=")[0] for part in path.partition("?")[2].split("&"))
    for told in both(li.tenant.world, "GET", path):
        assert (told["code"], told["params"]["errors"][-1]["parameter"]) == ("request.invalid", last)
        assert len(told["params"]["errors"]) == len(before) + 1
        assert f"不支持的参数 {last}" in told["texts"]["zh-CN"]
        assert f"There is no parameter `{last}`" in told["texts"]["en"]


def test_whoever_may_not_read_at_all_hears_of_no_parameter(li: Account) -> None:
    answer = li.tenant.world.http.get("/v1/cases?stat=open")
    assert answer.status_code == 401
