"""The gate speaks OpenID AuthZEN Authorization API 1.0; its sections are named beside the tests."""

from typing import Any

import pytest

from frostgate.standing.model import Service
from world import Account, Json, World


@pytest.fixture(scope="module")
def frozen(shared: World) -> Account:
    li = shared.tenant("zen").account("li")
    shared.boss().places(li, "freeze")
    return li


@pytest.fixture(scope="module")
def free(frozen: Account) -> Account:
    return frozen.tenant.account("wang")


def ask(account: Account, **parts: Any) -> Json:
    question: dict[str, Any] = {
        "subject": {"type": "account", "id": account.id},
        "action": {"name": "use"},
        "resource": {"type": "service", "id": "messaging"},
    }
    question.update(parts)
    return {key: value for key, value in question.items() if value is not None}


def one(account: Account, **parts: Any) -> Json:
    return account.tenant.gateway.does("POST", "/access/v1/evaluation", json=ask(account, **parts))


def many(account: Account, body: Json) -> list[bool]:
    answer = account.tenant.gateway.does("POST", "/access/v1/evaluations", json=body)
    return [each["decision"] for each in answer["evaluations"]]


def test_discovery_names_the_endpoints(shared: World) -> None:
    """Section 9.1: found without a credential, at the well-known address."""
    found = shared.http.get("/.well-known/authzen-configuration")
    base = shared.program.settings.public_url
    assert found.headers["content-type"] == "application/json"
    assert found.json() == {
        "policy_decision_point": base,
        "access_evaluation_endpoint": f"{base}/access/v1/evaluation",
        "access_evaluations_endpoint": f"{base}/access/v1/evaluations",
    }


def test_a_permit_and_a_denial_are_both_200(frozen: Account, free: Account) -> None:
    """Section 5.5: the decision is in the body."""
    assert one(free) == {"decision": True}
    assert one(frozen)["decision"] is False


def test_what_the_specification_lets_callers_add_is_passed_over(free: Account) -> None:
    """Sections 5.1 to 5.4: properties and context may hold anything."""
    extra = {
        "subject": {"type": "account", "id": free.id, "properties": {"department": ["a", {"b": 1}]}},
        "action": {"name": "use", "properties": {"method": "GET"}},
        "resource": {"type": "service", "id": "messaging", "properties": {"room": 7}},
        "context": {"time": "2026-03-02T04:00:00Z", "schema": None},
        "something": "new",
    }
    assert one(free, **extra) == {"decision": True}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"subject": {"type": "account"}, "action": {"name": "use"}, "resource": {"type": "service", "id": "login"}}',
        b'{"action": {"name": "use"}, "resource": {"type": "service", "id": "login"}}',
        b'{"subject": {"type": "account", "id": 7}, "action": {"name": "use"}, "resource": {"type": "s", "id": "x"}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_question_is_a_400(frozen: Account, body: bytes) -> None:
    """Section 10.1.2."""
    for path in ("/access/v1/evaluation", "/access/v1/evaluations"):
        answer = frozen.tenant.gateway.asks("POST", path, content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed"), (path, body[:50])


def test_the_request_id_is_echoed(frozen: Account) -> None:
    """Section 10.1.3: whatever it is."""
    for name in ("bfe9eb29-ab87-4ca3-be83-a1d5d8305716", "x"):
        answer = frozen.tenant.gateway.asks(
            "POST", "/access/v1/evaluation", json=ask(frozen), headers={"x-request-id": name}
        )
        assert answer.headers["x-request-id"] == name


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"resource": {"type": "service", "id": "teleport"}}, "gate.service_unknown"),
        ({"resource": {"type": "document", "id": "1"}}, "gate.not_ours"),
        ({"subject": {"type": "user", "id": "li"}}, "gate.not_ours"),
        ({"action": {"name": "delete"}}, "gate.not_ours"),
    ],
)
def test_what_we_do_not_know_is_denied_and_says_why(free: Account, parts: Json, code: str) -> None:
    answer = one(free, **parts)
    assert (answer["decision"], answer["context"]["code"]) == (False, code)
    for text in answer["context"]["texts"].values():
        assert text != code, "the code has no sentence"
        assert "…" not in text


def test_a_platform_wide_gateway_names_the_tenant(shared: World, frozen: Account, free: Account) -> None:
    issued = shared.boss().does("POST", "/v1/tokens", json={"name": "edge", "purpose": "gate"})
    headers = {"authorization": f"Bearer {issued['secret']}"}
    unnamed = shared.http.post("/access/v1/evaluation", json=ask(free), headers=headers).json()
    assert unnamed["context"]["code"] == "event.tenant_missing"
    for account, decision in ((frozen, False), (free, True)):
        subject = {"type": "account", "id": account.id, "properties": {"tenant": account.tenant.id}}
        answer = shared.http.post("/access/v1/evaluation", json=ask(account, subject=subject), headers=headers)
        assert answer.json()["decision"] is decision


def test_a_tenant_that_nobody_knows_is_denied(shared: World, frozen: Account) -> None:
    """A slip in the tenant's name must not open the gate for everybody."""
    issued = shared.boss().does("POST", "/v1/tokens", json={"name": "edge", "purpose": "gate"})
    subject = {"type": "account", "id": frozen.id, "properties": {"tenant": frozen.tenant.id + "e"}}
    answer = shared.http.post(
        "/access/v1/evaluation",
        json=ask(frozen, subject=subject),
        headers={"authorization": f"Bearer {issued['secret']}"},
    ).json()
    assert (answer["decision"], answer["context"]["code"]) == (False, "tenant.unknown")


def test_a_refusal_says_why_and_where_to_go(shared: World, frozen: Account) -> None:
    texts = one(frozen)["context"]["texts"]
    help_page = f"{shared.program.settings.public_url}/help"
    assert texts["zh-CN"] == f"账号状态异常，账号已被冻结。原因：人工处置。申请解冻请前往：{help_page}"
    assert texts["en"] == (
        f"Your account is frozen. Reason: a decision by our staff. To ask for its release, go to {help_page}"
    )


def test_all_questions_are_answered_in_order(frozen: Account, free: Account) -> None:
    """Section 7.1.2.1: execute_all, which is also what happens when nothing is said."""
    questions = [ask(free), ask(frozen), ask(free)]
    for options in ({}, {"options": {}}, {"options": {"evaluations_semantic": "execute_all"}}):
        assert many(free, {"evaluations": questions, **options}) == [True, False, True]


@pytest.mark.parametrize(
    ("semantic", "expected"), [("deny_on_first_deny", [True, False]), ("permit_on_first_permit", [True])]
)
def test_a_short_circuit_ends_with_the_answer_that_ended_it(
    frozen: Account, free: Account, semantic: str, expected: list[bool]
) -> None:
    """Section 7.1.2.1."""
    questions = [ask(free), ask(frozen), ask(free)]
    assert many(free, {"evaluations": questions, "options": {"evaluations_semantic": semantic}}) == expected


def test_a_short_circuit_that_is_never_reached_answers_all(frozen: Account, free: Account) -> None:
    options = {"options": {"evaluations_semantic": "permit_on_first_permit"}}
    assert many(free, {"evaluations": [ask(frozen)] * 3, **options}) == [False] * 3


def test_questions_share_what_stands_beside_the_list(frozen: Account) -> None:
    """Section 7.1: defaults, which a question may replace as a whole."""
    body = {
        **ask(frozen, resource=None),
        "evaluations": [{"resource": {"type": "service", "id": service.value}} for service in Service],
    }
    assert many(frozen, body) == [False] * len(Service)
    body["evaluations"].append({"subject": {"type": "account", "id": "wang"}})
    answer = frozen.tenant.gateway.does("POST", "/access/v1/evaluations", json=body)["evaluations"][-1]
    assert (answer["decision"], answer["context"]["code"]) == (False, "gate.incomplete")


def test_without_a_list_it_is_one_question(frozen: Account, free: Account) -> None:
    """Section 7.1: the answer then has the shape of a single one."""
    for account, decision in ((free, True), (frozen, False)):
        answer = free.tenant.gateway.does("POST", "/access/v1/evaluations", json=ask(account))
        assert answer["decision"] is decision


def test_an_unknown_semantic_is_a_400(free: Account) -> None:
    body = {"evaluations": [ask(free)], "options": {"evaluations_semantic": "whatever"}}
    assert free.tenant.gateway.is_refused("POST", "/access/v1/evaluations", json=body) == "request.malformed"


def test_so_is_a_list_that_is_too_long(free: Account) -> None:
    body = {**ask(free), "evaluations": [{}] * 1001}
    assert free.tenant.gateway.is_refused("POST", "/access/v1/evaluations", json=body) == "request.malformed"


def test_a_challenge_asks_for_a_step_up(free: Account, shared: World) -> None:
    """Section 5.5.1 leaves the context to us: the obligation says what would lift it."""
    chen = free.tenant.account("chen")
    shared.boss().places(chen, "challenge")
    answer = one(chen)
    assert answer["decision"] is False
    assert answer["context"]["code"] == "account.challenge"
    assert answer["context"]["obligations"] == [{"type": "step-up", "condition": "identity_verified"}]


def test_a_call_for_help_is_connected_whatever_is_on_hold(frozen: Account) -> None:
    assert frozen.at_the_gate("voice", number="110")["decision"] is True
    for service, number in (("voice", "1101"), ("voice", "13800138000"), ("voice", ["110"]), ("messaging", "110")):
        assert frozen.at_the_gate(service, number=number)["decision"] is False
