"""What every answer carries: a request id, the reader's language, and a problem with a stable code."""

import re

import pytest

from world import World

REFUSALS = [
    ("GET", "/v1/tenants", 401, "auth.required"),
    ("GET", "/nowhere", 404, "request.not_found"),
    ("PATCH", "/v1/tenants", 405, "request.method_not_allowed"),
    ("POST", "/v1/events", 401, "auth.required"),
    ("POST", "/access/v1/evaluation", 401, "auth.required"),
]


@pytest.mark.parametrize(("method", "path", "status", "code"), REFUSALS)
def test_a_refusal_is_a_problem_document_in_both_languages(
    shared: World, method: str, path: str, status: int, code: str
) -> None:
    for wanted, language, word in (("zh-CN,zh;q=0.9", "zh-CN", "[一-鿿]"), ("en-GB", "en", "[A-Za-z]")):
        answer = shared.http.request(method, path, headers={"accept-language": wanted})
        document = answer.json()
        assert (answer.status_code, document["status"], document["code"]) == (status, status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == language
        assert "Accept-Language" in answer.headers["vary"]
        assert document["detail"] == document["texts"][language]
        assert re.search(word, document["detail"])
        assert set(document["texts"]) == {"zh-CN", "en"}
        assert document["type"] == f"/problems/{code}"
        assert document["instance"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _, _ in REFUSALS])
def test_a_decent_request_id_is_kept(shared: World, method: str, path: str) -> None:
    answer = shared.http.request(method, path, headers={"x-request-id": "gateway-7.42_a"})
    assert answer.headers["x-request-id"] == answer.json()["instance"] == "gateway-7.42_a"


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space in it", "semi;colon;here", "<script>alert</script>"])
def test_another_is_replaced(shared: World, given: str) -> None:
    answer = shared.http.get("/nowhere", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] != given
    assert given not in answer.text


def test_a_success_names_its_request_too(shared: World) -> None:
    answer = shared.boss().asks("GET", "/v1/session", headers={"x-request-id": "success-0001"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (200, "success-0001")


def test_every_problem_has_a_page_that_explains_it(shared: World) -> None:
    page = shared.http.get("/problems/account.frozen", headers={"accept": "text/html", "accept-language": "zh"})
    assert page.status_code == 200
    assert "冻结" in page.text
    assert "frozen" in page.text


def test_the_process_says_whether_it_lives_and_can_work(shared: World) -> None:
    assert shared.http.get("/healthz").json()["status"] == "ok"
    ready = shared.http.get("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    figures = shared.http.get("/metrics").text
    assert "frostgate_decisions_total" in figures
    assert "frostgate_subjects_on_hold" in figures


@pytest.mark.parametrize("path", ["/", "/help", "/verify", "/metrics", "/problems/account.frozen"])
def test_a_text_names_its_charset_once(shared: World, path: str) -> None:
    kind = shared.http.get(path, headers={"accept": "text/html"}).headers["content-type"]
    assert (kind.startswith("text/"), kind.count("charset=utf-8")) == (True, 1)


def test_a_password_is_never_said_back(shared: World) -> None:
    answer = shared.http.post("/v1/session", json={"email": "boss@frostgate.example", "password": "hunter2-hunter2"})
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.wrong_credentials")
    assert "hunter2" not in answer.text
