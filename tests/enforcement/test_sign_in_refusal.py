"""Sign-in is refused although the password is right, and whoever does not know it learns nothing."""

from datetime import timedelta

import pytest

from world import Account, World


def asks(account: Account, password: object) -> dict[str, object]:
    return {
        "subject": {"type": "account", "id": account.id},
        "action": {"name": "use"},
        "resource": {"type": "service", "id": "login"},
        "context": {"password": password},
    }


@pytest.fixture(scope="module")
def people(shared: World) -> dict[str, Account]:
    tenant, boss = shared.tenant("door"), shared.boss()
    found = {name: tenant.account(name) for name in ("frozen", "limited", "banned", "free")}
    boss.places(found["frozen"], "freeze")
    boss.places(found["limited"], "challenge")
    found["banned"].sends_messages(1801, over=timedelta(minutes=50))
    [freeze] = [hold for hold in found["banned"].holds() if hold["kind"] == "freeze"]
    case = {"id": freeze["case"]}
    shared.person("ann").proposes_ban(case)
    shared.person("bo").approves_ban(case)
    assert found["banned"].at_the_gate()["context"]["code"] == "account.banned"
    return {**found, "unknown": tenant.stranger("nobody")}


def test_a_wrong_password_has_one_answer_for_everybody(people: dict[str, Account]) -> None:
    answers = set()
    for account in people.values():
        found = account.tenant.gateway.asks("POST", "/access/v1/evaluation", json=asks(account, "wrong"))
        answers.add((found.status_code, found.content, found.headers["content-type"]))
    [(status, content, _)] = answers
    assert status == 200
    assert b"login.wrong_password" in content


def test_nor_does_it_tell_in_a_list_of_questions_or_of_another_service(people: dict[str, Account]) -> None:
    parts = [
        {"subject": {"type": "account", "id": account.id}, "resource": {"type": "service", "id": service}}
        for account in people.values()
        for service in ("login", "messaging")
    ]
    body = {"action": {"name": "use"}, "context": {"password": "wrong"}, "evaluations": parts}
    found = people["free"].tenant.gateway.does("POST", "/access/v1/evaluations", json=body)["evaluations"]
    assert len(found) == len(parts)
    assert len({str(each) for each in found}) == 1


def test_a_right_password_hears_why_and_where_to_go(shared: World, people: dict[str, Account]) -> None:
    frozen = people["frozen"]
    said = frozen.tenant.gateway.does("POST", "/access/v1/evaluation", json=asks(frozen, "right"))
    assert (said["decision"], said["context"]["code"]) == (False, "account.frozen")
    assert said["context"]["texts"]["zh-CN"].startswith("账号状态异常，账号已被冻结。")
    assert "frozen" in said["context"]["texts"]["en"]
    assert said["context"]["where"] == f"{shared.program.settings.address}/help"
    for name in ("free", "unknown"):
        assert people[name].tenant.gateway.does("POST", "/access/v1/evaluation", json=asks(people[name], "right")) == {
            "decision": True
        }


@pytest.mark.parametrize("password", ["maybe", "", None, True, ["right"], {}])
def test_whoever_does_not_say_clearly_hears_no_yes(people: dict[str, Account], password: object) -> None:
    free = people["free"]
    said = free.tenant.gateway.does("POST", "/access/v1/evaluation", json=asks(free, password))
    assert (said["decision"], said["context"]["code"]) == (False, "gate.password_unclear")
