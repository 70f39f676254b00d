"""Clocks over HTTP, with the time moved by hand: kept, paused, ignored, restarted."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from watching import ASKED, HOUR, Watch

from frostgate.app import Program
from frostgate.background import Background
from frostgate.base.errors import Conflict
from frostgate.base.model import SYSTEM
from frostgate.cases.clock import service, store
from frostgate.cases.model import PLATFORM, CaseKind
from frostgate.cases.reactions import open_task
from frostgate.config import SettingsRefused, load
from frostgate.standing.model import Finding, Kind
from frostgate.standing.service import release_hold
from servers import Databases, email_of
from world import World


def test_a_thaw_in_26_hours_with_one_pause(watch: Watch) -> None:
    case = watch.frozen()
    watch.hours_pass(2)
    clock = watch.asks(case)
    assert clock["paused"]["reason"] == "Please send the business licence.\nBoth sides."
    assert [limit["state"] for limit in clock["limits"]] == ["met", "paused"]

    [question] = watch.mails_to("li@acme.example", "We need to know something")
    assert "Please send the business licence." in question.text
    assert "2026-03-09 14:00 (UTC+08:00)" in question.text, "until when we wait"
    assert case["id"] in question.text
    assert len(watch.mails_to("security@acme.example", "We need to know something")) == 1

    watch.hours_pass(20)
    assert watch.hears(case)["limits"][1]["left"] == 46.0
    watch.hours_pass(4)
    assert watch.rui.decides(case, "release", finding="mistake").is_success
    assert watch.states(case) == ["met", "met"]
    assert watch.told() == {"rui": 0, "ann": 0, "customer_success": 0, "finance": 0}
    actions = [(each["action"], each["reason"]) for each in watch.rui.reads(case)["actions"]]
    assert actions[1:3] == [("asked", ASKED["reason"]), ("answered", "They brought it.")]
    figures = watch.rui.sees("/v1/cases/clock")
    assert figures["open"] == 0
    assert [(each["limit"], each["late"], each["missed"]) for each in figures["limits"]] == [
        ("first_answer", 0, 0),
        ("decision", 0, 0),
    ]
    assert [each["median_hours"] for each in figures["limits"]] == [2.0, 6.0]
    assert not any("Both sides" in str(entry.body) for entry in watch.world.journal() if "holder" in entry.fact)


def test_a_clock_that_is_ignored_climbs_to_customer_success(watch: Watch) -> None:
    case = watch.frozen()
    told = []
    for hours in (17, 1, 6, 4, 8, 12, 4, 500):
        watch.hours_pass(hours)
        told.append((watch.told()["rui"], watch.told()["ann"], watch.told()["customer_success"]))
    assert told == [(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1), (2, 1, 1), (2, 2, 1), (2, 2, 2), (2, 2, 2)]
    assert watch.told()["finance"] == 0
    soon, late = watch.mails("rui")[0], watch.mails("ann")[0]
    for mail in (soon, late):
        assert case["id"] in mail.text
        assert "2026-03-03 12:00" in mail.text
    assert "need a first answer to the holder soon" in soon.text
    assert "are late" in late.text
    assert "speak to the customer" in watch.mails("customer_success")[0].text

    assert watch.states(case) == ["late", "late"]
    assert [each["limits"][1]["late_by"] for each in [watch.clock(case)]] == [504.0]
    figures = watch.rui.sees("/v1/cases/clock")
    assert [(each["late"], each["missed"]) for each in figures["limits"]] == [(1, 1), (1, 1)]
    assert watch.world.facts().count("case.clock_missed") == 2
    shown = watch.world.http.get("/metrics").text
    for limit in ("first_answer", "decision"):
        assert f'frostgate_cases_late{{limit="{limit}"}} 1.0' in shown
        assert f'frostgate_cases_missed_total{{limit="{limit}"}} 1.0' in shown


def test_the_account_manager_hears_with_the_leads_and_all_of_customer_success_later(watch: Watch) -> None:
    boss, path = watch.world.boss(), f"{watch.acme.path}/account-manager"
    helper = {"email": email_of("mia"), "name": "Mia", "role": "customer_success", "password": "a long enough password"}
    mia = boss.does("POST", "/v1/operators", json=helper)["id"]
    boss.does("PUT", path, json={"operator_id": mia})
    watch.frozen()
    told = []
    for hours in (18, 6, 4):
        watch.hours_pass(hours)
        told.append((watch.told()["ann"], len(watch.mails("mia")), watch.told()["customer_success"]))
    assert told == [(0, 0, 0), (1, 1, 0), (1, 2, 1)]


def test_a_server_that_was_off_tells_a_wave_in_one_letter_to_each(watch: Watch) -> None:
    for number in range(25):
        watch.frozen(f"li{number}")
    watch.world.clock.move(timedelta(days=7))
    assert watch.looks() == 25
    for person in ("rui", "ann", "customer_success"):
        assert len(watch.mails(person)) == 2, "one for each limit"
        for mail in watch.mails(person):
            assert "And 5 more" in mail.text
    assert watch.looks() == 0
    assert watch.told() == {"rui": 2, "ann": 2, "customer_success": 2, "finance": 0}


def test_whoever_answers_too_late_before_anybody_looked_has_missed_it_all_the_same(watch: Watch) -> None:
    case = watch.frozen()
    watch.world.clock.move(25 * HOUR)
    watch.asks(case)
    assert watch.states(case) == ["missed", "paused"]
    assert watch.world.facts().count("case.clock_missed") == 1
    watch.looks()
    assert watch.told()["ann"] == 0, "there is nothing left to hurry"
    assert watch.rui.sees("/v1/cases/clock")["limits"][0]["missed"] == 1


def test_a_silent_holder_is_asked_once_more_and_then_people_go_on(watch: Watch) -> None:
    case = watch.frozen()
    watch.asks(case)
    watch.hours_pass(72)
    assert len(watch.mails_to("li@acme.example", "We need to know something")) == 2
    watch.hours_pass(24)
    assert len(watch.mails_to("li@acme.example", "We need to know something")) == 2
    assert watch.told()["rui"] == 0
    watch.hours_pass(72)
    [mail] = watch.mails("rui")
    assert "The holder has not answered" in mail.text
    assert watch.states(case) == ["met", "running"]
    watch.hears(case)
    watch.hours_pass(49)
    assert watch.states(case) == ["met", "late"]


def test_a_case_that_is_decided_while_we_wait_is_over(watch: Watch) -> None:
    case = watch.frozen()
    watch.asks(case)
    watch.world.clock.move(HOUR)
    assert watch.rui.decides(case, "confirm").is_success
    watch.hours_pass(24 * 30)
    assert watch.states(case) == ["met", "met"]
    assert watch.told()["rui"] == 0
    assert len(watch.mails_to("li@acme.example", "We need to know something")) == 1
    for what in ("questions", "answers"):
        assert watch.rui.is_refused("POST", f"/v1/cases/{case['id']}/{what}", json=ASKED) == "case.closed"


def test_a_hold_that_ends_by_itself_ends_the_clock(watch: Watch) -> None:
    case = watch.frozen()
    with watch.world.program.uow.begin() as tx:
        release_hold(
            tx, case["hold"], tenant_id="acme", finding=Finding.CONDITION_MET, actor=SYSTEM, reason="dealt with"
        )
    assert watch.states(case) == ["met", "met"]
    watch.hours_pass(100)
    assert watch.told()["ann"] == 0


def test_a_confirmed_case_that_is_opened_again_gets_a_new_run(watch: Watch) -> None:
    case, world = watch.frozen(), watch.world
    world.clock.move(30 * HOUR)
    watch.rui.decides(case, "confirm")
    assert watch.clock(case)["ended_at"] is not None
    world.clock.move(100 * HOUR)
    world.person("ann").decides(case, "ban-proposal")
    again = watch.clock(case)
    assert (again["run"], again["ended_at"], watch.states(case)) == (2, None, ["running", "running"])
    world.person("bo").decides(case, "ban-approval")
    assert watch.clock(case)["ended_at"] is not None

    world.clock.move(100 * HOUR)
    world.person("chen").decides(case, "appeal-upheld")
    assert watch.acme.account("li").open_kinds() == [Kind.FREEZE.word]
    assert (watch.clock(case)["run"], watch.states(case)) == (3, ["running", "running"])
    assert watch.queue(order="due") == ["li"]


def test_proposing_a_ban_in_an_open_case_wins_no_time(watch: Watch) -> None:
    case = watch.frozen()
    due = [limit["due_at"] for limit in watch.clock(case)["limits"]]
    watch.world.clock.move(10 * HOUR)
    watch.world.person("ann").decides(case, "ban-proposal")
    assert watch.clock(case)["run"] == 1
    assert [limit["due_at"] for limit in watch.clock(case)["limits"]] == due
    assert watch.states(case) == ["running", "running"]


def test_the_queue_by_what_is_due_next(watch: Watch) -> None:
    for name in ("ada", "bob", "cai"):
        case = watch.frozen(name)
        watch.world.clock.move(HOUR)
        if name == "ada":
            watch.asks(case)
            watch.hears(case)
    assert watch.queue() == ["ada", "bob", "cai"]
    assert watch.queue(order="due") == ["bob", "cai", "ada"]
    first = watch.rui.sees("/v1/cases", order="due", limit=1)
    assert watch.queue(order="due", after=first["next"]) == ["cai", "ada"]
    assert watch.queue(late=True) == []
    watch.world.clock.move(23 * HOUR)
    assert watch.queue(late=True) == ["bob", "cai"]
    assert watch.queue(late=True, order="newest") == ["cai", "bob"]
    assert [case["clock"]["late"] for case in watch.rui.sees("/v1/cases")["items"]] == [False, True, True]


def test_an_appeal_restarts_the_clock_of_a_decided_case_and_settling_it_ends_it(watch: Watch) -> None:
    case = watch.frozen()
    watch.rui.decides(case, "confirm")
    known = {"tenant_id": "acme", "actor": SYSTEM}
    with watch.world.program.uow.begin() as tx:
        service.restart(tx, case["id"], why="appeal", **known)
    assert (watch.clock(case)["run"], watch.states(case)) == (2, ["running", "running"])
    watch.hours_pass(25)
    assert watch.told()["ann"] == 1
    with watch.world.program.uow.begin() as tx:
        service.first_answer(tx, case["id"], **known)
        service.wait_for_holder(tx, case["id"], reason="licence_missing", **known)
    assert watch.states(case) == ["missed", "paused"]
    assert not watch.mails_to("li@acme.example", "We need to know something"), "whoever asked has said it"
    with watch.world.program.uow.begin() as tx:
        service.holder_answered(tx, case["id"], **known)
        service.settle(tx, case["id"], **known)
        assert service.first_answer(tx, case["id"], **known) is None
    assert watch.states(case) == ["missed", "met"]
    watch.hours_pass(500)
    assert watch.told()["ann"] == 1


def test_restarting_an_open_case_counts_as_no_decision_and_settling_it_changes_nothing(watch: Watch) -> None:
    case = watch.frozen()
    watch.world.clock.move(10 * HOUR)
    with watch.world.program.uow.begin() as tx:
        service.restart(tx, case["id"], tenant_id="acme", actor=SYSTEM, why="appeal")
        service.settle(tx, case["id"], tenant_id="acme", actor=SYSTEM)
    assert watch.states(case) == ["running", "running"]
    assert watch.clock(case)["limits"][0]["left"] == 24.0
    assert [each["median_hours"] for each in watch.rui.sees("/v1/cases/clock")["limits"]] == [None, None]


def test_tasks_have_one_limit_and_nobody_to_ask(watch: Watch) -> None:
    case = watch.frozen("wu")
    watch.world.boss().does("PUT", f"{watch.acme.path}/accounts/nobody", json={})
    watch.world.boss().does("PATCH", watch.acme.path, json={"contact_email": "nobody@nowhere"})
    watch.world.boss().places(watch.acme.stranger("nobody"))
    [task] = watch.rui.sees("/v1/cases", kind="notice_undeliverable")["items"]
    assert [limit["limit"] for limit in task["clock"]["limits"]] == ["decision"]
    assert watch.rui.is_refused("POST", f"/v1/cases/{task['id']}/questions", json=ASKED) == "case.wrong_kind"
    assert watch.rui.is_refused("POST", f"/v1/cases/{task['id']}/answers", json=ASKED) == "case.wrong_kind"
    watch.rui.decides(task, "done")
    assert watch.states(task) == ["met"]
    assert watch.states(case) == ["running", "running"]


def test_a_task_of_the_platforms_own_has_a_clock_too(watch: Watch) -> None:
    with watch.world.program.uow.begin() as tx:
        about = {"tenant_id": PLATFORM, "hold_id": None, "account_id": None, "cause": None}
        open_task(tx, kind=CaseKind.FAKE_NOTICES, reason="somebody saw one", **about)
    watch.world.clock.move(48 * HOUR)
    assert Background(watch.world.program).watch_clocks() == 1
    [mail] = watch.world.mails_to("ann@frostgate.example")
    assert "假通知举报" in mail.text


def test_a_question_needs_words_and_a_case_in_nobody_elses_hands(watch: Watch) -> None:
    case = watch.frozen()
    path = f"/v1/cases/{case['id']}"
    assert watch.rui.is_refused("POST", f"{path}/questions", json={"reason": " "}) == "case.reason_required"
    assert watch.rui.is_refused("POST", f"{path}/answers", json={}) == "case.reason_required"
    watch.world.person("shu").does("POST", f"{path}/take")
    assert watch.rui.is_refused("POST", f"{path}/questions", json=ASKED) == "case.taken"
    assert watch.states(case) == ["running", "running"]


def test_every_open_case_has_just_one_running_clock(watch: Watch) -> None:
    case = watch.frozen()
    with watch.world.program.uow.begin() as tx:
        [clock] = store.running(tx.connection, [case["id"]], tenant_id="acme")
    with pytest.raises(Conflict), watch.world.program.uow.begin() as tx:
        store.add(tx.connection, msgspec.structs.replace(clock, run=2))


def test_where_a_role_is_nobodys_the_superintendent_hears(watch: Watch) -> None:
    boss = watch.world.boss()
    for operator in boss.sees("/v1/operators")["items"]:
        if operator["role"] == "lead":
            boss.does("PATCH", f"/v1/operators/{operator['id']}", json={"active": False})
    watch.frozen()
    watch.hours_pass(24)
    assert len(watch.mails("boss")) == 1


def test_the_policy_is_the_operators(backend: str, databases: Databases, database_url: str) -> None:
    clock = load(None, {"FROSTGATE_CLOCK__COUNTS": "working_days", "FROSTGATE_CLOCK__DECISION_HOURS": "72"}).clock
    world = World(database_url, databases.secrets[backend], clock=clock)
    watch = Watch(world)
    world.clock.move(timedelta(days=4))  # Friday noon
    case = watch.frozen()
    due = [limit["due_at"] for limit in watch.clock(case)["limits"]]
    assert due == ["2026-03-09T04:00:00Z", "2026-03-11T04:00:00Z"]
    assert Background(world.program).watch_clocks() == 0
    world.close()


@pytest.mark.parametrize(
    ("name", "value"), [("time_zone", "Moon/Base"), ("region", "XX"), ("counts", "never"), ("first_answer_hours", "0")]
)
def test_a_policy_that_cannot_be_is_refused(name: str, value: str, tmp_path: Path) -> None:
    given = {f"FROSTGATE_CLOCK__{name.upper()}": value, "FROSTGATE_DATABASE": f"sqlite:///{tmp_path}/x"}
    with pytest.raises(SettingsRefused) as refused:
        Program(load(None, given))
    assert f"clock.{name}" in str(refused.value.params)
