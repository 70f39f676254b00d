"""Refusals as people and programs meet them: a stable code, both languages, and nothing that is not theirs to see."""

import asyncio
import importlib
import json
import pkgutil
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from litestar import Litestar, get, post
from litestar.params import JSONBody
from litestar.testing import TestClient

import frostgate
from frostgate.base.errors import Forbidden, Malformed, NotFound, Refused, StoreUnavailable
from frostgate.base.model import Language
from frostgate.base.problems import TooLarge, problem, send_problem
from frostgate.base.sentences import PHRASES
from frostgate.base.statuses import STATUS
from frostgate.base.texts import both, codes, pick_language, say
from frostgate.base.web import RequestIds, exception_handlers, fault, problem_page

ZH, EN = Language.ZH, Language.EN


def every_refusal() -> set[type[Refused]]:
    """All refusals of the package, once every module of it was read."""
    for module in pkgutil.walk_packages(frostgate.__path__, "frostgate."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:  # only Alembic runs those
            importlib.import_module(module.name)
    found, ahead = set(), [Refused]
    while ahead:
        refusal = ahead.pop()
        if refusal not in found:
            found.add(refusal)
            ahead.extend(c for c in refusal.__subclasses__() if c.__module__.startswith("frostgate."))
    return found


def test_every_refusal_has_a_status_and_both_sentences():
    wanted = {refusal.code for refusal in every_refusal()}
    assert wanted - STATUS.keys() == set(), "give each a status in base/problems.py"
    assert wanted - set(codes()) == set(), "give each its sentences in base/sentences/"


def test_the_two_tables_name_the_same_codes():
    assert set(codes()) == STATUS.keys()


@pytest.mark.parametrize("code", sorted(codes()))
def test_a_sentence_stands_without_values_and_in_its_language(code):
    chinese, english = both(code).values()
    for sentence in (chinese, english):
        assert not set(sentence) & set("[]{}"), sentence
        assert sentence == sentence.strip()
    assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese)
    assert english.isascii() or "…" in english
    assert chinese.endswith("。")
    assert english.endswith(".")


@pytest.mark.parametrize("phrase", sorted(PHRASES))
def test_a_phrase_is_said_in_both_languages_and_is_no_code(phrase):
    chinese, english = both(phrase).values()
    assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese)
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in english)
    assert phrase not in codes()


def test_values_are_put_in_as_they_are():
    assert say("account.unknown", EN, account="{tenant} %s [x] {0.__class__}") == (
        "There is no such account: {tenant} %s [x] {0.__class__}."
    )
    assert say("tenant.exists", EN) == "The tenant id … is taken."
    assert say("no.such.code", ZH, x=1) == "no.such.code"
    assert len(say("account.unknown", EN, account="x" * 10_000)) < 400


def test_our_own_terms_are_said_in_the_readers_language():
    assert "完成身份验证" in say("hold.condition_not_met", ZH, missing="identity_verified")
    assert "the identity is verified" in say("hold.condition_not_met", EN, missing="identity_verified")
    assert say("account.unknown", ZH, account="paid") == "账号不存在：paid。"


def test_the_holder_hears_what_happened_and_where_to_go():
    said = say("account.frozen", ZH, cause="abnormal_login", where="https://help.example/appeal")
    assert said == "账号状态异常，账号已被冻结。原因：登录异常。申请解冻请前往：https://help.example/appeal"


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        (None, ZH),
        ("", ZH),
        ("*", ZH),
        ("en", EN),
        ("en-GB,en;q=0.9,zh;q=0.8", EN),
        ("zh-TW,zh;q=0.9,en;q=0.8", ZH),
        ("fr", EN),
        ("fr, zh;q=0.5, en;q=0.4", ZH),
        ("zh;q=0, en;q=0.1", EN),
        (b"EN-us", EN),
        ("en;q=banana, zh;q=0.1", ZH),
        (";;;,,,q=", EN),
    ],
)
def test_the_reader_chooses_the_language(asked, language):
    assert pick_language(asked) is language


def test_a_problem_says_all_that_a_client_needs():
    told = problem(NotFound(pointer="/id", thing=7), EN, "req-1")
    assert told == {
        "type": "/problems/request.not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing here.",
        "code": "request.not_found",
        "texts": {"zh-CN": "您访问的内容不存在。", "en": "There is nothing here."},
        "instance": "req-1",
        "pointer": "/id",
        "params": {"thing": 7},
    }


def test_our_own_faults_and_odd_values_give_nothing_away():
    assert "params" not in problem(StoreUnavailable(problem="10.0.0.5 password for frost"), EN)
    assert problem(Malformed(problem=object), EN)["params"]["problem"].startswith("<class")


@pytest.mark.parametrize(
    ("message", "pointer"),
    [
        ("Expected `int`, got `str` - at `$.a.b[0].c`", "/a/b/0/c"),
        ("Expected `array`, got `object`", ""),
        ("Object missing required field `id` - at `$[3]`", "/3/id"),
        ("Object contains unknown field `a~/b`", "/a~0~1b"),
        ("Expected `int`, got `str` - at `$.limits[...].x`", "/limits"),
    ],
)
def test_msgspecs_words_become_pointers(message, pointer):
    assert fault(message).pointer == pointer


@get("/boom", sync_to_thread=False)
def boom() -> None:
    raise RuntimeError("secret inner words")


@get("/full", sync_to_thread=False)
def full() -> None:
    raise StoreUnavailable(problem="disk is full at /secret")


@get("/no", sync_to_thread=False)
def no() -> None:
    raise Forbidden(needed="x")


@post("/number", sync_to_thread=False)
def number(data: JSONBody[dict[str, int]]) -> None: ...


@pytest.fixture
def client():
    app = Litestar(
        [boom, full, no, number, problem_page],
        exception_handlers=exception_handlers(),
        logging_config=None,
        openapi_config=None,
        request_max_body_size=100,
    )
    with TestClient(RequestIds(app), raise_server_exceptions=False) as opened:  # type: ignore[arg-type]
        yield opened


def refused(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["vary"] == "Accept-Language"
    assert answer.json()["instance"] == answer.headers["x-request-id"]
    return answer.status_code, answer.json()["code"]


def test_what_the_router_refuses_is_a_problem_too(client):
    assert refused(client.get("/nowhere")) == (404, "request.not_found")
    wrong = client.delete("/number")
    assert refused(wrong) == (405, "request.method_not_allowed")
    assert "POST" in wrong.headers["allow"]
    assert refused(client.post("/number", content=b"{")) == (400, "request.malformed")
    assert refused(client.post("/number", content=b'{"a": "x"}')) == (400, "request.invalid")
    assert refused(client.post("/number", content=b" " * 101)) == (413, "request.too_large")
    assert refused(client.get("/no")) == (403, "auth.forbidden")


def test_the_answer_is_in_the_readers_language(client):
    for asked, language, title in [("zh", "zh-CN", "未找到"), ("en", "en", "Not found")]:
        answer = client.get("/nowhere", headers={"accept-language": asked})
        assert (answer.headers["content-language"], answer.json()["title"]) == (language, title)
        assert answer.json()["detail"] == answer.json()["texts"][language]


def test_what_nobody_expected_is_logged_under_the_requests_id_and_not_told(client):
    with structlog.testing.capture_logs() as lines:
        answer = client.get("/boom", headers={"x-request-id": "gateway-0001"})
        busy = client.get("/full")
    assert refused(answer) == (500, "server.internal")
    assert refused(busy) == (503, "store.unavailable")
    assert busy.headers["retry-after"] == "5"
    assert "secret" not in answer.text + busy.text
    assert [line["request_id"] for line in lines] == ["gateway-0001", busy.headers["x-request-id"]]


def test_a_request_id_that_could_do_harm_is_replaced(client):
    for given in ("short", "x" * 65, "line break", "a" * 20 + '"'):
        assert client.get("/nowhere", headers={"x-request-id": given}).headers["x-request-id"] != given


def test_raw_handlers_answer_alike():
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(send_problem(send, TooLarge(limit="9 bytes"), ZH, "req-1"))
    start, body = sent
    headers = dict(start["headers"])
    assert start["status"] == 413
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"content-length"] == str(len(body["body"])).encode()
    assert headers[b"x-request-id"] == b"req-1"
    assert json.loads(body["body"])["detail"] == "请求内容过大，上限为 9 bytes。"


def test_a_code_can_be_looked_up(client):
    answer = client.get("/problems/account.frozen")
    assert answer.json() == {"code": "account.frozen", "status": 403, "texts": both("account.frozen")}
    page = client.get("/problems/account.frozen", headers={"accept": "text/html", "accept-language": "en"})
    assert page.headers["content-type"].startswith("text/html")
    assert "Your account is frozen." in page.text
    assert "账号已被冻结" in page.text
    assert refused(client.get("/problems/<script>")) == (404, "request.not_found")


def test_whoever_lost_their_way_in_a_browser_sees_a_page(client):
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "zh"}
    page = client.get("/nowhere", headers=browser)
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (404, "text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "未找到" in page.text
    assert refused(client.get("/v1/nowhere", headers=browser)) == (404, "request.not_found"), "there programs read"
    hidden = client.get("/full", headers=browser)
    assert (hidden.status_code, "secret" in hidden.text) == (503, False)


def test_a_time_in_a_sentence_is_told_on_a_clock_that_it_names():
    until = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
    assert "2026-03-02 13:30（北京时间）" in say("case.taken", ZH, until=until)
    assert "2026-03-02 05:30 (UTC+00:00)" in say("case.taken", EN, until=until)
