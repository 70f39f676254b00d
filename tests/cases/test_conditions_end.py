"""How the awaiting of conditions ends: by the last word, by time, and beside what else happens."""

from datetime import timedelta

import pytest

from conditions import DAY, code_of, declares, letters, listed, sent_gambling, sets, tells
from frostgate.background import Background
from frostgate.cases.conditions.service import lapse
from together import at_once
from visitors import Visits, frozen
from world import Account, World


@pytest.fixture
def li(world: World) -> Account:
    return sent_gambling(world)


def test_once_more_and_then_back_to_the_desk(world: World, visits: Visits) -> None:
    li = frozen(world)
    case = world.reviewer().case_of(li)
    sets(world.reviewer(), case, "password_changed", "statement", days=10)
    holder = visits.of(about="frozen").comes_in()
    declares(holder, world.reviewer(), case, "password_changed")
    chores = Background(world.program)
    world.clock.move(4 * DAY)
    chores.watch_clocks()
    again = letters(world, "What to do to be released", count=2)[-1]
    assert "Some are still open" in again.text
    assert "Change the password" not in again.text
    world.clock.move(6 * DAY - timedelta(seconds=1))
    assert chores.lapse_conditions() == 0
    world.clock.move(timedelta(seconds=1))
    rui = world.reviewer()
    assert chores.lapse_conditions() == 1
    assert chores.lapse_conditions() == 0

    back = rui.reads(case)["case"]
    assert (back["state"], back["waiting_until"], back["conditions_by"]) == ("open", None, None)
    assert (back["clock"]["run"], back["clock"]["paused"]) == (2, None)
    assert {name: each["state"] for name, each in listed(rui, case).items()} == {
        "password_changed": "met",
        "statement": "lapsed",
    }
    assert "a reviewer looks at the case again" in letters(world, "The time for what we asked is over")[0].text
    assert code_of(tells(rui, case, "statement", "waiver")) == "case.condition_settled"
    assert not li.is_free()
    assert rui.does("POST", "/v1/desk/next", json={})["case"]["id"] == case["id"]
    rui.releases(case)
    assert li.is_free()


def test_the_link_opens_as_long_as_something_is_awaited(world: World, visits: Visits) -> None:
    li = frozen(world)
    world.clock.move(40 * DAY)
    rui = world.reviewer()
    case = rui.case_of(li)
    sets(rui, case, "keys_rotated", days=30)
    link = visits.of(about="frozen").link
    world.clock.move(25 * DAY)  # by itself the link would be dead by now
    holder = visits.to(link)
    holder.comes_in()
    assert declares(holder, world.reviewer(), case, "keys_rotated").status_code == 200
    assert li.is_free()


def test_an_appeal_goes_its_own_way_beside_conditions(world: World, visits: Visits) -> None:
    li = frozen(world)
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    sets(rui, case, "statement")
    holder = visits.of(about="frozen").comes_in()
    assert holder.hands_in("It was me.").status_code == 200
    assert rui.reads(case)["case"]["clock"]["paused"] is None
    appeal = rui.sees("/v1/appeals")["items"][-1]
    refused = {"outcome": "refused", "reason_code": "evidence_stands", "reason": "the places are real"}
    assert shu.asks("POST", f"/v1/appeals/{appeal['id']}/decision", json=refused).is_success
    now = rui.reads(case)["case"]
    assert (now["state"], now["clock"]["paused"] is not None) == ("waiting", True)  # the promise stands
    assert declares(holder, rui, case, "statement", words="I travelled by train.").status_code == 200
    assert li.is_free()


def test_the_last_word_and_the_end_of_time_at_once_leave_one_of_them(world: World, li: Account) -> None:
    rui, shu, ann = world.reviewer(), world.person("shu"), world.person("ann")
    case = rui.case_of(li)
    sets(rui, case, "password_changed", days=0.2, how="release-proposal")
    shu.decides(case, "release-approval")
    condition = listed(rui, case)["password_changed"]["id"]
    world.clock.move(timedelta(hours=5))
    told, lapsed = at_once(
        [
            lambda: ann.decides(case, f"conditions/{condition}/met"),
            lambda: lapse(world.program.uow),
        ]
    )
    assert told.is_success != bool(lapsed)
    assert li.is_free() is told.is_success
    now = rui.reads(case)
    assert now["case"]["state"] == ("decided" if told.is_success else "open")
    assert now["conditions"][0]["state"] == ("met" if told.is_success else "lapsed")


def test_two_people_at_once_end_it_once(world: World, li: Account) -> None:
    rui, shu, ann, bo = world.reviewer(), world.person("shu"), world.person("ann"), world.person("bo")
    case = rui.case_of(li)
    sets(rui, case, "password_changed", "keys_rotated", how="release-proposal")
    shu.decides(case, "release-approval")
    found = listed(rui, case)
    paths = [f"conditions/{found[name]['id']}" for name in ("password_changed", "keys_rotated")]
    answers = at_once(
        [
            lambda: ann.decides(case, f"{paths[0]}/met"),
            lambda: bo.decides(case, f"{paths[0]}/waiver"),
            lambda: bo.decides(case, f"{paths[1]}/met"),
        ]
    )
    assert [answer.is_success for answer in answers[:2]].count(True) == 1
    assert answers[2].is_success
    assert li.is_free()
    assert world.facts("acme").count("case.released") == 1
