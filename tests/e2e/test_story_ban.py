"""A ban is a punishment: people decide it in a case, two of them, and only an upheld appeal lifts it."""

from datetime import timedelta

import pytest

from frostgate.base.statuses import STATUS
from frostgate.standing.model import Permit
from world import Account, Json, World


@pytest.fixture
def spammer(world: World) -> Account:
    """An account that a rule froze for sending by machine."""
    zhang = world.tenant().account("zhang")
    verdicts = zhang.sends_messages(1801, over=timedelta(minutes=50))
    assert verdicts[-1]["verdict"] == "freeze"
    return zhang


def freeze_case(world: World, account: Account) -> Json:
    [freeze] = [hold for hold in account.holds() if hold["kind"] == "freeze"]
    return {"id": freeze["case"]}


def test_a_flood_is_throttled_then_asked_then_frozen(world: World) -> None:
    zhang = world.tenant().account("zhang")

    answers = zhang.sends_messages(1801, over=timedelta(minutes=50))

    # Whoever is slowed down goes on being slowed down while proof is asked for: that is a reason of its own.
    asked = [[reason["verdict"] for reason in answer.get("reasons", [])] for answer in answers]
    firsts = [
        next(n for n, reasons in enumerate(asked) if step in reasons) for step in ("throttle", "challenge", "freeze")
    ]
    assert 0 < firsts[0] < firsts[1] < firsts[2]
    assert answers[0]["verdict"] == "allow"
    assert answers[-1]["verdict"] == "freeze"
    assert zhang.open_kinds() == ["freeze", "challenge"]


def test_two_people_ban_and_a_third_upholds_the_appeal(world: World, spammer: Account) -> None:
    case = freeze_case(world, spammer)
    ann, bo, chen = world.person("ann"), world.person("bo"), world.person("chen")

    proposed = ann.proposes_ban(case)
    assert proposed["ban_pending"] is True
    assert "ban" not in spammer.open_kinds()
    assert ann.decides(case, "ban-approval").json()["code"] == "approval.second_person_needed"
    assert world.reviewer().decides(case, "ban-approval").json()["code"] == "auth.forbidden"

    banned = bo.approves_ban(case)
    assert banned["outcome"] == "banned"
    assert spammer.open_kinds() == ["ban", "freeze", "challenge"]
    answer = spammer.at_the_gate("messaging")
    assert answer["context"]["code"] == "account.banned"
    assert "封禁" in answer["context"]["texts"]["zh-CN"]
    assert answer["context"]["waits_for"] == "appeal_upheld"

    for decider in (ann, bo):
        assert decider.decides(case, "appeal-upheld").json()["code"] == "approval.second_person_needed"
    for finding in ("mistake", "condition_met"):
        assert chen.decides(case, "release", finding=finding).json()["code"] == "case.closed"
    assert "ban" in spammer.open_kinds()

    chen.upholds_appeal(case)
    assert spammer.open_kinds() == ["freeze", "challenge"]
    assert world.reviewer().case_of(spammer, state="open")
    templates = [notice["template"] for notice in spammer.notices() if notice["audience"] == "holder"][::-1]
    assert templates == ["challenged", "frozen", "banned", "released"]


def test_a_ban_is_not_placed_by_hand(shared: World) -> None:
    li = shared.tenant("by-hand").account("li")
    answer = shared.boss().asks("POST", f"{li.path}/holds", json={"kind": "ban", "reason": "I say so"})
    assert (answer.status_code, answer.json()["code"]) == (STATUS["request.invalid"], "request.invalid")
    assert li.is_free()


def test_nobody_is_banned_for_having_been_robbed(world: World) -> None:
    li = world.tenant().account("li")
    li.travels_too_fast()
    case = world.reviewer().case_of(li)
    assert world.person("ann").decides(case, "ban-proposal").json()["code"] == "case.not_for_ban"


def test_a_program_decides_nothing(world: World, spammer: Account) -> None:
    case = freeze_case(world, spammer)
    program = spammer.tenant.token("api", role="superintendent")
    for what in ("confirm", "ban-proposal", "ban-approval"):
        answer = program.asks("POST", f"/v1/cases/{case['id']}/{what}", json={"reason": "because"})
        assert answer.json()["code"] == "approval.person_needed"
    assert world.reviewer().reads(case)["case"]["state"] == "open"


def test_a_decision_upon_something_that_changed_meanwhile_is_refused(world: World, spammer: Account) -> None:
    case = freeze_case(world, spammer)
    seen = world.reviewer().reads(case)["case"]["version"]
    world.person("ann").proposes_ban(case)

    answer = world.reviewer().decides(case, "release", finding="mistake", version=seen)

    assert (answer.status_code, answer.json()["code"]) == (409, "request.conflict")
    assert not spammer.is_free()


def test_the_freeze_of_a_banned_account_ends_by_its_own_condition_and_the_ban_stays(
    world: World, spammer: Account
) -> None:
    case = freeze_case(world, spammer)
    world.person("ann").proposes_ban(case)
    world.person("bo").approves_ban(case)
    [challenge] = [hold for hold in spammer.holds() if hold["kind"] == "challenge"]

    world.reviewer().releases({"id": challenge["case"]}, "condition_met")

    assert spammer.open_kinds() == ["ban", "freeze"]
    assert set(spammer.may().values()) == {Permit.DENIED}
