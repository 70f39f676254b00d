"""Releases by two people, holds that end by themselves, what is left of a hold, and whoever gets round one."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from frostgate.background import Background
from frostgate.base.model import SYSTEM
from frostgate.cases.store import cases
from frostgate.standing.model import Cause, Kind, Permit, Service, Subject
from frostgate.standing.service import place_hold
from together import at_once
from visitors import LI, Visits, link_in
from world import Account, Json, Person, World


@pytest.fixture
def li(world: World) -> Account:
    """An account that was frozen for what it sent."""
    account = world.tenant().account("li", language="en")
    violates(account)
    return account


def violates(account: Account, cause: Cause = Cause.VIOLATING_CONTENT) -> None:
    with account.world.program.uow.begin() as tx:
        subject = Subject(tenant_id=account.tenant.id, account_id=account.id)
        place_hold(tx, subject=subject, kind=Kind.FREEZE, cause=cause, reason="content.gambling", actor=SYSTEM)


def proposes(person: Person, case: Json, **details: Any) -> Json:
    answer = person.decides(case, "release-proposal", **{"finding": "condition_met", **details})
    assert answer.is_success, answer.text
    return answer.json()


def code_of(answer: Any) -> str:
    code: str = answer.json()["code"]
    return code


def test_a_violation_is_released_by_two(world: World, li: Account) -> None:
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    assert case["needs_two"] is True
    assert code_of(rui.decides(case, "release", finding="mistake")) == "case.proposal_needed"
    assert code_of(rui.decides(case, "release-approval")) == "case.no_proposal"

    proposed = proposes(rui, case)
    assert (proposed["release_pending"], proposed["release_finding"]) == (True, "condition_met")
    assert [each["id"] for each in shu.sees("/v1/cases", release_pending=True)["items"]] == [case["id"]]
    assert not li.is_free()
    assert code_of(rui.decides(case, "release-approval")) == "approval.second_person_needed"
    assert code_of(shu.decides(case, "release", finding="mistake")) == "case.proposal_pending"
    assert code_of(world.person("ann").decides(case, "ban-proposal")) == "case.proposal_pending"

    released = shu.decides(case, "release-approval").json()
    assert (released["outcome"], released["release_pending"]) == ("released", False)
    assert released["release_proposed_by"] != released["released_by"]
    assert li.is_free()
    facts = [fact for fact in world.facts("acme") if fact.startswith("case.release")]
    assert facts == ["case.release_proposed", "case.released"]


def test_whoever_found_it_right_has_no_part_in_its_release(world: World, li: Account) -> None:
    rui, shu, ann = world.reviewer(), world.person("shu"), world.person("ann")
    case = rui.case_of(li)
    rui.confirms(case)
    refused = rui.decides(case, "release-proposal", finding="mistake")
    assert code_of(refused) == "approval.second_person_needed"
    proposes(shu, case)
    assert code_of(rui.decides(case, "release-approval")) == "approval.second_person_needed"
    assert ann.decides(case, "release-approval").is_success


def test_confirming_declines_and_only_whoever_proposed_withdraws(world: World, li: Account) -> None:
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    proposes(rui, case)
    assert code_of(shu.decides(case, "proposal-withdrawal")) == "case.no_proposal"
    withdrawn = rui.decides(case, "proposal-withdrawal").json()
    assert (withdrawn["state"], withdrawn["release_pending"]) == ("open", False)
    assert code_of(shu.decides(case, "release-approval")) == "case.no_proposal"
    proposes(rui, case)
    assert shu.confirms(case)["release_proposed_by"] is None
    assert not li.is_free()


def test_approval_and_withdrawal_at_once_leave_one_of_them(world: World, li: Account) -> None:
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    proposes(rui, case)
    approved, withdrawn = at_once(
        [lambda: shu.decides(case, "release-approval"), lambda: rui.decides(case, "proposal-withdrawal")]
    )
    assert approved.is_success != withdrawn.is_success
    assert li.is_free() == approved.is_success


@pytest.mark.parametrize(
    "broken",
    [
        {"released_by": "operator:a"},
        {"released_by": "operator:a", "release_proposed_by": "operator:a"},
        {"confirmed_by": "operator:a", "release_proposed_by": "operator:a"},
        {"state": "decided", "outcome": "released", "decided_by": "operator:a"},
    ],
)
def test_the_store_itself_asks_for_two(world: World, li: Account, broken: dict[str, str]) -> None:
    engine = world.program.database.engine
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(cases.update().values(**broken))
    two = {"released_by": "operator:a", "release_proposed_by": "operator:b"}
    with engine.begin() as connection:
        connection.execute(cases.update().values(state="decided", outcome="released", decided_by="operator:a", **two))


def test_an_upheld_appeal_against_a_violation_is_two_peoples(world: World, li: Account) -> None:
    rui, shu, visits = world.reviewer(), world.person("shu"), Visits(world)
    visits.to(link_in(world, LI)).comes_in(LI).hands_in("I took it down.")
    visits.close()
    [appeal] = rui.sees("/v1/appeals")["items"]
    path = f"/v1/appeals/{appeal['id']}/decision"
    upheld = {"outcome": "upheld", "reason": "it is gone", "finding": "condition_met"}
    assert shu.is_refused("POST", path, json=upheld) == "case.proposal_needed"
    proposes(rui, rui.case_of(li))
    assert rui.is_refused("POST", path, json=upheld) == "approval.second_person_needed"
    shu.does("POST", path, json=upheld)
    assert li.is_free()


def test_a_hold_that_is_kept_until_then_ends_then(world: World) -> None:
    rui, li = world.reviewer(), world.tenant().account("li", language="en")
    violates(li, cause=Cause.BULK_OPERATION)
    case, now = rui.case_of(li), world.clock.now()
    for days in (-1, 0, 181):
        until = (now + timedelta(days=days)).isoformat()
        assert code_of(rui.decides(case, "confirm", until=until)) == "case.until_unusable"
    kept = rui.decides(case, "confirm", until=(now + timedelta(days=7)).isoformat()).json()
    assert kept["keep_until"] is not None
    visits = Visits(world)
    assert "Ends by itself 2026-03-09 12:00" in " ".join(visits.to(link_in(world, LI)).comes_in(LI).text.split())
    visits.close()
    chores = Background(world.program)
    world.clock.move(timedelta(days=7) - timedelta(seconds=1))
    assert chores.end_kept() == 0
    world.clock.move(timedelta(seconds=1))
    assert (chores.end_kept(), chores.end_kept()) == (1, 0)
    assert li.is_free()
    assert world.reviewer().case_of(li)["outcome"] == "released"


def test_some_services_stay_stopped_for_a_time(world: World, li: Account) -> None:
    rui, shu = world.reviewer(), world.person("shu")
    case, until = rui.case_of(li), world.clock.now() + timedelta(days=3)
    proposes(rui, case, limit={"services": ["live", "messaging"], "until": until.isoformat()})
    released = shu.decides(case, "release-approval").json()
    assert released["outcome"] == "released"
    assert {service for service, permit in li.may().items() if permit is Permit.DENIED} == {
        Service.MESSAGING,
        Service.LIVE,
    }
    [left] = rui.sees("/v1/cases", account="li", order="newest", limit=1)["items"]
    assert (left["outcome"], left["keep_until"]) == ("confirmed", until.isoformat().replace("+00:00", "Z"))
    world.clock.move(timedelta(days=3))
    assert Background(world.program).end_kept() == 1
    assert li.is_free()


def test_whoever_goes_on_with_another_account_is_frozen_there_too(world: World, li: Account) -> None:
    rui = world.reviewer()
    case = rui.case_of(li)
    other = li.tenant.account("li2")
    for account in ("li", "nobody"):
        assert code_of(rui.decides(case, "bypass", account=account)) == "case.other_account_needed"
    assert rui.decides(case, "bypass", account="li2").is_success
    assert code_of(rui.decides(case, "bypass", account="li2")) == "case.other_account_needed"
    assert other.open_kinds() == ["freeze"]
    there = rui.case_of(other)
    assert (there["cause"], there["needs_two"], there["state"]) == ("bypass_attempt", True, "open")
    assert [each["action"] for each in rui.reads(case)["actions"]] == ["opened", "bypass_found"]
    assert world.facts("acme").count("case.bypass_found") == 1
