"""The story that Frostgate is for: a stolen account is frozen, people are told, and its owner gets it back."""

from datetime import timedelta

import pytest

from frostgate.standing.model import Permit, Service
from world import World


def test_a_stolen_account_is_frozen_and_given_back(world: World) -> None:
    li = world.tenant("acme", language="zh-CN").account("li", display_name="李雷", language="en")

    assert li.signs_in(from_="Beijing", device="iphone")["verdict"] == "allow"
    world.clock.move(timedelta(hours=1))
    verdict = li.signs_in(from_="Frankfurt", device="pixel")

    assert (verdict["verdict"], verdict["code"]) == ("freeze", "account.frozen")
    froze = [reason["rule"] for reason in verdict["reasons"] if reason["verdict"] == "freeze"]
    assert froze == ["login.impossible-journey"]
    [hold] = li.holds()
    assert verdict["holds"] == [hold["id"]]
    assert (hold["kind"], hold["cause"], hold["waits_for"]) == ("freeze", "abnormal_login", "identity_verified")
    assert set(li.may().values()) == {Permit.DENIED}

    [holder] = world.mails_to("li@acme.example")
    [contact] = world.mails_to("security@acme.example")
    assert "frozen" in holder.text
    assert "冻结" in contact.text
    assert "impossible-journey" not in holder.text + contact.text

    rui = world.reviewer()
    case = rui.case_of(li, state="open")
    file = rui.reads(case)
    [reason] = [reason for reason in file["decision"]["reasons"] if reason["verdict"] == "freeze"]
    assert reason["rule"] == "login.impossible-journey"
    assert "travel.least_kmh > 900.0" in reason["when"]
    assert reason["values"]["travel.from"] == "Haidian, 中国"
    assert reason["values"]["travel.to"] == "Frankfurt am Main, 德国"
    assert float(reason["values"]["travel.least_kmh"].replace(",", "")) > 900
    assert "km/h" in reason["says"]["en"]
    assert "公里" in reason["says"]["zh-CN"]
    assert [event["data"]["device"] for event in file["events"]] == ["iphone", "pixel"]

    assert rui.releases(case, "mistake")["outcome"] == "released"

    assert li.is_free()
    assert "again" in world.mails_to("li@acme.example", count=2)[1].text
    world.clock.move(timedelta(minutes=1))
    assert li.signs_in(from_="Frankfurt", device="pixel")["verdict"] == "allow"
    assert li.is_free()
    assert world.boss().sees("/v1/journal/verification")["holds"] is True


def test_what_a_freeze_makes_follow_is_saved_in_one_transaction(world: World) -> None:
    li = world.tenant().account("li")
    before = len(world.facts())

    verdict = li.travels_too_fast()

    entries = world.journal()[before:]
    assert [entry.fact for entry in entries][:4] == ["hold.placed", "case.opened", "notice.owed", "notice.owed"]
    assert {entry.at for entry in entries[:4]} == {world.clock.now()}
    assert {entry.actor for entry in entries[:4]} == {"rule:login.impossible-journey"}
    decision = world.reviewer().sees(f"/v1/decisions/{verdict['decision']}")
    assert decision["holds"] == verdict["holds"] == [li.holds()[0]["id"]]


@pytest.mark.parametrize("service", list(Service))
def test_the_gate_says_why_in_both_languages(shared: World, service: Service) -> None:
    li = shared.tenant(f"gate-{service.value.replace('_', '-')}").account("li")
    shared.boss().places(li, "freeze")

    answer = li.at_the_gate(service.value)

    assert answer["decision"] is False
    context = answer["context"]
    assert context["code"] == "account.frozen"
    assert "冻结" in context["texts"]["zh-CN"]
    assert "frozen" in context["texts"]["en"]
    assert (context["hold"], context["case"]) == (li.holds()[0]["id"], li.holds()[0]["case"])
    assert "obligations" not in context


def test_the_same_journey_after_a_mistake_freezes_nobody(world: World) -> None:
    """Where no device is named, the places are the whole evidence, in either direction."""
    li = world.tenant().account("li")
    li.signs_in(from_="Beijing", device=None)
    world.clock.move(timedelta(hours=1))
    assert li.signs_in(from_="Frankfurt", device=None)["verdict"] == "freeze"
    world.reviewer().releases(world.reviewer().case_of(li), "mistake")

    for city in ("Beijing", "Frankfurt"):
        world.clock.move(timedelta(minutes=5))
        again = li.signs_in(from_=city, device=None)

        assert again["verdict"] == "allow"
        assert [(why["rule"], why["guarded"]) for why in again["reasons"]] == [("login.impossible-journey", True)]
    assert li.is_free()


@pytest.mark.parametrize("device", ["pixel", "another"])
def test_a_thief_does_not_walk_back_in_once_the_holder_has_proved_who_they_are(world: World, device: str) -> None:
    li = world.tenant().account("li")
    li.travels_too_fast()
    world.reviewer().releases(world.reviewer().case_of(li), "condition_met")
    world.clock.move(timedelta(minutes=5))
    assert li.signs_in(from_="Beijing", device="iphone")["verdict"] == "allow"

    world.clock.move(timedelta(minutes=5))
    for _ in range(2):
        assert li.signs_in(from_="Frankfurt", device=device)["verdict"] == "freeze"

    assert not li.is_free()


def test_a_mistake_about_one_device_lets_no_other_in(world: World) -> None:
    li = world.tenant().account("li")
    li.travels_too_fast()
    world.reviewer().releases(world.reviewer().case_of(li), "mistake")

    world.clock.move(timedelta(minutes=5))
    assert li.signs_in(from_="Frankfurt", device="pixel")["verdict"] == "allow"
    # The same two places, but not the device that people spoke about: it has to prove itself.
    assert li.signs_in(from_="Beijing", device="unheard of")["verdict"] == "challenge"
    assert not li.is_free()


def test_a_freeze_of_some_services_is_refused(world: World) -> None:
    li = world.tenant().account("li")
    draft = {"kind": "freeze", "reason": "asked for by the police", "services": ["live"]}
    assert world.reviewer().is_refused("POST", f"{li.path}/holds", json=draft) == "hold.services_not_for_freeze"
    assert li.is_free()

    world.reviewer().places(li, "freeze", services=[service.value for service in Service])
    assert li.open_kinds() == ["freeze"]


def test_another_journey_after_a_release_freezes_again(world: World) -> None:
    li = world.tenant().account("li")
    li.travels_too_fast()
    world.reviewer().releases(world.reviewer().case_of(li), "condition_met")

    world.clock.move(timedelta(minutes=30))
    assert li.signs_in(from_="Lisbon", device="nokia")["verdict"] == "freeze"
    assert not li.is_free()


def test_a_confirmed_freeze_stays_and_another_person_may_release_it(world: World) -> None:
    li = world.tenant().account("li")
    li.travels_too_fast()
    rui, shu = world.person("rui"), world.person("shu")
    case = rui.case_of(li)

    assert rui.confirms(case)["outcome"] == "confirmed"
    assert li.may_use(Service.MESSAGING) is Permit.DENIED
    assert rui.decides(case, "release", finding="mistake").json()["code"] == "approval.second_person_needed"
    shu.releases(case)

    assert li.is_free()


def test_an_event_that_is_told_twice_gets_its_first_verdict(world: World) -> None:
    li = world.tenant().account("li")
    li.signs_in(from_="Beijing")
    world.clock.move(timedelta(hours=1))
    event = li.login(from_="Frankfurt", device="pixel")
    first = li.tenant.sends(event).json()
    world.reviewer().releases(world.reviewer().case_of(li))

    second = li.tenant.sends(event).json()

    assert second == {**first, "repeated": True}
    assert li.is_free()
    assert len(li.holds()) == 1


def test_an_id_that_stands_for_something_else_now_is_refused(world: World) -> None:
    li = world.tenant().account("li")
    event = li.login(from_="Beijing")
    li.tenant.sends(event)

    answer = li.tenant.sends({**event, "data": {**event["data"], "device": "other"}})

    assert (answer.status_code, answer.json()["code"]) == (409, "event.id_reused")
    assert li.tenant.sends(event).json()["verdict"] == "allow"


def test_sources_and_tenants_number_their_events_independently(world: World) -> None:
    li, zhao = world.tenant("acme").account("li"), world.tenant("bolt").account("zhao")
    event = li.login(named="1")
    answers = [
        li.tenant.sends(event),
        li.tenant.sends({**event, "source": "/rtc"}),
        zhao.tenant.sends(zhao.login(named="1")),
    ]
    assert [answer.json().get("repeated", False) for answer in answers] == [False] * 3


def test_releasing_one_hold_leaves_the_others(world: World) -> None:
    li = world.tenant().account("li")
    li.travels_too_fast()
    rui = world.reviewer()
    stolen = rui.case_of(li)
    by_hand = rui.places(li, "freeze")
    limit = rui.places(li, "limit", services=["live"])
    assert li.open_kinds() == ["freeze", "freeze", "limit"]

    rui.releases(stolen)
    assert li.open_kinds() == ["freeze", "limit"]
    assert li.at_the_gate("messaging")["context"]["hold"] == by_hand["id"]

    world.person("shu").releases({"id": by_hand["case"]})
    assert li.open_kinds() == ["limit"]
    may = li.may()
    assert may.pop(Service.LIVE) is Permit.DENIED
    assert set(may.values()) == {Permit.ALLOWED}
    assert li.at_the_gate("live")["context"]["hold"] == limit["id"]


def test_a_challenge_lets_through_whoever_proves_who_they_are(world: World) -> None:
    li = world.tenant().account("li")
    li.signs_in(from_="Beijing", device="iphone")
    world.clock.move(timedelta(hours=1))

    assert li.signs_in(from_="Frankfurt", device="iphone")["verdict"] == "challenge"

    answer = li.at_the_gate("messaging")
    assert answer["context"]["code"] == "account.challenge"
    assert answer["context"]["obligations"] == [{"type": "step-up", "condition": "identity_verified"}]
    world.reviewer().releases(world.reviewer().case_of(li), "condition_met")
    assert li.is_free()


def test_a_mail_server_that_is_down_delays_a_notice_and_loses_none(world: World) -> None:
    li = world.tenant().account("li")
    world.mailbox.refuse = "451 try again later"
    li.travels_too_fast()
    world.until(lambda: all(notice["next_attempt_at"] != notice["owed_at"] for notice in li.notices()))
    world.mailbox.refuse = None

    world.clock.move(timedelta(minutes=2))
    world.program.delivery.wake()

    world.mails_to("li@acme.example")
    world.until(lambda: {notice["state"] for notice in li.notices()} == {"sent"})
    [notice] = [notice for notice in li.notices() if notice["audience"] == "holder"]
    file = world.boss().sees(f"{li.tenant.path}/notices/{notice['id']}")
    assert [attempt["outcome"] for attempt in file["attempts"]] == ["failed", "sent"]
