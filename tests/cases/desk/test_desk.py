"""The desk: nobody works on another's case unknowing, and the case that needs somebody most comes first."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from frostgate.base.model import Actor, ActorKind
from frostgate.cases.desk import store
from frostgate.cases.desk.model import AT_ONCE, LEASE
from frostgate.cases.severity import Severity, severity_of
from frostgate.standing.model import Cause, Kind, Subject
from frostgate.standing.service import place_hold
from plans import plan_of, scans
from together import at_once
from world import Caller, Tenant, World

Json = Any


@pytest.fixture
def acme(world: World) -> Tenant:
    return world.tenant()


def ident(person: Caller) -> str:
    found: str = person.sees("/v1/session")["operator"]["id"]
    return found


def takes(person: Caller, case: Json) -> Json:
    return person.does("POST", f"/v1/cases/{case['id']}/take")


def hands(person: Caller, **wish: Any) -> str | None:
    """The id of the case that somebody is handed next."""
    case = person.does("POST", "/v1/desk/next", json=wish)["case"]
    return case and case["id"]


def frozen(tenant: Tenant, name: str, kind: str = "freeze", **details: Any) -> Json:
    """A case about an account on which somebody placed a hold."""
    account = tenant.account(name)
    tenant.world.boss().places(account, kind, **details)
    return tenant.world.boss().case_of(account)


def test_whoever_takes_a_case_keeps_others_from_deciding_it(world: World, acme: Tenant) -> None:
    wang, chen, case = world.reviewer(), world.person("shu"), frozen(acme, "li")
    lease = takes(wang, case)
    assert lease["until"] > lease["taken_at"]
    shown = chen.sees("/v1/cases", tenant="acme")["items"][0]
    assert (shown["taken_by"], shown["taken_until"]) == (f"operator:{ident(wang)}", lease["until"])
    assert chen.reads(case)["case"]["taken_by"] == f"operator:{ident(wang)}"

    for what in ("confirm", "release", "ban-proposal"):
        answer = chen.decides(case, what, **({"finding": "mistake"} if what == "release" else {}))
        assert (answer.status_code, answer.json()["code"]) == (409, "case.taken")
    assert chen.is_refused("POST", f"/v1/cases/{case['id']}/take") == "case.taken"
    assert chen.does("POST", f"/v1/cases/{case['id']}/notes", json={"text": "seen this before"})

    wang.confirms(case)
    assert wang.reads(case)["case"]["taken_by"] is None
    assert chen.releases(case)["outcome"] == "released"


def test_a_lease_ends_by_itself_and_lasts_as_long_as_somebody_works(world: World, acme: Tenant) -> None:
    wang, chen, case = world.reviewer(), world.person("shu"), frozen(acme, "li")
    takes(wang, case)
    world.clock.move(LEASE - timedelta(minutes=1))
    takes(wang, case)
    world.clock.move(LEASE - timedelta(minutes=1))
    assert chen.is_refused("POST", f"/v1/cases/{case['id']}/take") == "case.taken"
    world.clock.move(timedelta(minutes=1))
    assert wang.reads(case)["case"]["taken_by"] is None
    takes(chen, case)
    assert wang.decides(case, "confirm").json()["code"] == "case.taken"
    assert world.facts("acme").count("case.taken") == 2


def test_a_case_is_given_back_by_whoever_has_it(world: World, acme: Tenant) -> None:
    wang, chen, case = world.reviewer(), world.person("shu"), frozen(acme, "li")
    leave = f"/v1/cases/{case['id']}/leave"
    assert wang.is_refused("POST", leave) == "case.not_taken"
    takes(wang, case)
    assert chen.is_refused("POST", leave) == "case.not_taken"
    wang.does("POST", leave)
    takes(chen, case)
    desk = [fact for fact in world.facts("acme") if fact in {"case.taken", "case.left"}]
    assert desk == ["case.taken", "case.left", "case.taken"]


def test_a_lead_gives_a_case_to_somebody_else_and_the_journal_keeps_who_had_it(world: World, acme: Tenant) -> None:
    wang, chen, lead, case = world.reviewer(), world.person("shu"), world.person("lead"), frozen(acme, "li")
    takes(wang, case)
    give = f"/v1/cases/{case['id']}/give"
    assert wang.is_refused("POST", give, json={"operator": ident(chen)}) == "auth.forbidden"
    assert lead.does("POST", give, json={"operator": ident(chen)})["taken_by"] == f"operator:{ident(chen)}"
    entry = [entry for entry in world.journal("acme") if entry.fact == "case.taken"][-1]
    assert all(f"operator:{ident(who)}" in entry.body or ident(who) in entry.body for who in (wang, chen))
    assert wang.decides(case, "confirm").json()["code"] == "case.taken"
    finance = next(p["id"] for p in world.boss().sees("/v1/operators")["items"] if p["role"] == "finance")
    for nobody in (finance, "nobody"):
        assert lead.is_refused("POST", give, json={"operator": nobody}) == "desk.reviewer_unknown"


def test_what_is_decided_is_taken_by_nobody(world: World, acme: Tenant) -> None:
    case = frozen(acme, "li")
    takes(world.reviewer(), case)
    world.reviewer().releases(case)
    assert world.reviewer().is_refused("POST", f"/v1/cases/{case['id']}/take") == "case.closed"
    assert world.person("lead").sees("/v1/desk")["in_hand"] == []


def test_a_case_that_ends_by_itself_leaves_every_hand(world: World, acme: Tenant) -> None:
    li = acme.account("li")
    hold = world.boss().places(li, "challenge")
    case = world.boss().case_of(li)
    takes(world.reviewer(), case)
    acme.token("verifier").does("POST", f"{li.path}/holds/{hold['id']}/condition-met", json={"reason": "proved"})
    assert world.person("lead").sees("/v1/desk")["in_hand"] == []


def test_a_program_takes_no_case(world: World, acme: Tenant) -> None:
    case = frozen(acme, "li")
    program = acme.token("api", role="reviewer")
    assert program.is_refused("POST", f"/v1/cases/{case['id']}/take") == "approval.person_needed"
    assert program.is_refused("POST", "/v1/desk/next", json={"tenant": "acme"}) == "approval.person_needed"


def test_the_gravest_comes_first_and_then_the_oldest(world: World, acme: Tenant) -> None:
    mild = frozen(acme, "a", "challenge")
    first, second = frozen(acme, "b"), frozen(acme, "c")
    limited = frozen(acme, "d", "limit", services=["messaging"])
    wang, chen = world.reviewer(), world.person("shu")
    assert [hands(wang), hands(chen), hands(wang), hands(wang)] == [
        case["id"] for case in (first, second, limited, mild)
    ]
    assert hands(chen) is None
    severities = {case["id"]: case["severity"] for case in wang.sees("/v1/cases", tenant="acme")["items"]}
    assert severities == {
        mild["id"]: "low",
        first["id"]: "high",
        second["id"]: "high",
        limited["id"]: "normal",
    }


@pytest.mark.parametrize("kind", list(Kind))
def test_a_hold_on_a_whole_enterprise_is_urgent_unless_it_only_asks(kind: Kind) -> None:
    expected = Severity.LOW if kind is Kind.CHALLENGE else Severity.URGENT
    assert severity_of(kind, of_everybody=True) is expected


def test_people_are_handed_what_they_are_good_at(world: World, acme: Tenant) -> None:
    li = acme.account("li")
    li.travels_too_fast()
    journey, manual = world.boss().case_of(li), frozen(acme, "chen")
    wang, lead = world.reviewer(), world.person("lead")
    path = f"/v1/desk/reviewers/{ident(wang)}"
    assert wang.is_refused("PUT", path, json={}) == "auth.forbidden"
    lead.does("PUT", path, json={"causes": ["manual"]})
    assert hands(wang) == manual["id"]
    assert hands(wang) is None
    assert hands(wang, cause="abnormal_login") == journey["id"]
    [told] = lead.sees("/v1/desk")["reviewers"]
    assert told == {"operator": ident(wang), "causes": ["manual"], "at_once": AT_ONCE}
    assert "desk.reviewer_described" in world.facts()


def test_nobody_has_more_in_hand_than_they_can_work_on(world: World, acme: Tenant) -> None:
    cases = [frozen(acme, name) for name in ("a", "b", "c")]
    wang, lead = world.reviewer(), world.person("lead")
    path = f"/v1/desk/reviewers/{ident(wang)}"
    for wrong in (0, 1000):
        assert lead.is_refused("PUT", path, json={"at_once": wrong}) == "desk.at_once"
    lead.does("PUT", path, json={"at_once": 2})
    assert {hands(wang), hands(wang)} == {case["id"] for case in cases[:2]}
    assert wang.is_refused("POST", "/v1/desk/next", json={}) == "desk.full"
    assert wang.is_refused("POST", f"/v1/cases/{cases[2]['id']}/take") == "desk.full"
    takes(wang, cases[0])  # again is not one more
    wang.does("POST", f"/v1/cases/{cases[0]['id']}/leave")
    assert hands(wang, tenant="acme") == cases[0]["id"]


def test_whoever_asked_for_a_ban_is_not_handed_its_approval(world: World, acme: Tenant) -> None:
    li = acme.account("li")
    with world.program.uow.begin() as tx:
        place_hold(
            tx,
            subject=Subject(tenant_id="acme", account_id=li.id),
            kind=Kind.FREEZE,
            cause=Cause.VIOLATING_CONTENT,
            reason="content.gambling",
            actor=Actor(ActorKind.RULE, "content.gambling"),
        )
    case = world.boss().case_of(li)
    wang, lead = world.reviewer(), world.person("lead")
    wang.proposes_ban(case)
    assert hands(wang) is None
    assert hands(lead) == case["id"]


def asks_holder(person: Caller, case: Json) -> None:
    person.does("POST", f"/v1/cases/{case['id']}/questions", json={"reason": "Please send the contract."})


def test_nobody_is_handed_what_waits_for_the_holder(world: World, acme: Tenant) -> None:
    first, second, third = (frozen(acme, name) for name in ("a", "b", "c"))
    wang = world.reviewer()
    for case in (first, second):
        asks_holder(wang, case)
    assert hands(world.person("shu")) == third["id"]
    assert hands(world.person("shu")) is None

    answered = {"reason": "They sent it by mail."}
    wang.does("POST", f"/v1/cases/{first['id']}/answers", json=answered)
    assert hands(world.person("shu")) == first["id"]
    world.clock.move(timedelta(days=7, minutes=1))  # the wait is over, whatever the holder does
    handed = {hands(world.person("shu")) for _ in range(3)}
    assert second["id"] in handed


def test_a_proposal_is_handed_to_others_although_we_wait_for_the_holder(world: World, acme: Tenant) -> None:
    case, wang = frozen(acme, "a"), world.reviewer()
    asks_holder(wang, case)
    assert hands(world.person("shu")) is None
    wang.does("POST", f"/v1/cases/{case['id']}/release-proposal", json={"reason": "they wrote", "finding": "mistake"})
    assert hands(wang) is None
    assert hands(world.person("shu")) == case["id"]


def test_two_who_ask_at_once_are_handed_two_cases(world: World, acme: Tenant) -> None:
    cases = {frozen(acme, name)["id"] for name in ("a", "b")}
    wang, chen = world.reviewer(), world.person("shu")
    assert set(at_once([lambda: hands(wang), lambda: hands(chen)])) == cases


def test_the_desk_shows_what_waits_and_who_has_what(world: World, acme: Tenant) -> None:
    first, _ = frozen(acme, "a"), frozen(acme, "b")
    world.clock.move(timedelta(hours=1))
    frozen(acme, "c", "challenge")
    lease = takes(world.reviewer(), first)
    desk = world.person("auditor").sees("/v1/desk")
    assert [(sort["severity"], sort["cause"], sort["open"]) for sort in desk["waiting"]] == [
        ("high", "manual", 2),
        ("low", "manual", 1),
    ]
    assert desk["waiting"][0]["oldest"] == first["opened_at"]
    assert desk["in_hand"] == [lease]


def test_the_next_case_is_found_by_index(world: World) -> None:
    actor = Actor(ActorKind.OPERATOR, "wang")

    def ask(connection: sa.Connection) -> None:
        store.next_free(connection, tenant_id=None, causes=[], actor=actor, at=world.clock.now())

    with world.program.uow.look() as connection:
        plan = plan_of(connection, ask)
    assert len([step for step in plan if "ix_cases_desk" in step]) == 2 * len(Severity)
    assert scans(plan) == []
    assert not any("Sort" in step or "TEMP B-TREE" in step for step in plan)


def test_a_cause_can_be_named_where_nobody_is_described(world: World, acme: Tenant) -> None:
    frozen(acme, "li")
    assert hands(world.reviewer(), cause=Cause.ARREARS.value) is None


def test_cases_name_people_by_id_and_the_desk_says_who_they_are(world: World, acme: Tenant) -> None:
    rui, case = world.reviewer(), frozen(acme, "li")
    rui.confirms(case)
    [actor] = {each["actor"] for each in rui.reads(case)["actions"] if each["action"] == "confirmed"}
    people = {each["actor"]: each for each in rui.sees("/v1/desk/people")["items"]}
    assert (people[actor]["role"], people[actor]["active"]) == ("reviewer", True)
    assert people[actor]["id"] == ident(rui)
    wu = world.somebody("wu@acme.example", role="owner", tenant_id="acme")
    assert wu.asks("GET", "/v1/desk/people").status_code in {403, 404}, "who works here is the platform's"
