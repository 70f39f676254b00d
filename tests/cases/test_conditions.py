"""Releases with conditions: set by people, met by the holder, seen by ourselves, or waived with a reason."""

import io
from datetime import timedelta

import pytest
from PIL import Image

from authenticators import Portal
from bills import issue
from conditions import OTHER, code_of, declares, letters, listed, once, sent_gambling, sets, tells
from frostgate.billing.ledger.model import InvoiceLine
from frostgate.standing.model import Service
from visitors import Visits, frozen
from world import Account, World


@pytest.fixture
def li(world: World) -> Account:
    return sent_gambling(world)


def test_from_two_people_s_word_by_the_holder_s_to_the_thaw(world: World, visits: Visits, li: Account) -> None:
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    assert code_of(rui.decides(case, "release", **once(world, "statement"))) == "case.proposal_needed"
    proposed = sets(rui, case, "password_changed", "statement", OTHER, how="release-proposal")
    assert (proposed["state"], proposed["release_pending"]) == ("open", True)
    assert [each["term"] for each in proposed["release_terms"]["demands"]] == ["password_changed", "statement", "other"]
    assert code_of(rui.decides(case, "release-approval")) == "approval.second_person_needed"

    waiting = shu.decides(case, "release-approval").json()

    assert (waiting["state"], waiting["outcome"], waiting["release_pending"]) == ("waiting", None, False)
    assert waiting["waiting_until"] == proposed["release_terms"]["until"]
    assert waiting["release_proposed_by"] != waiting["conditions_by"]
    assert not li.is_free()
    [told] = letters(world, "What to do to be released")
    for said in ("Change the password", "in your own words", "Remove the three pictures", "our clock stands still"):
        assert said in told.text
    clock = rui.reads(case)["case"]["clock"]
    assert (clock["paused"]["until"], clock["ended_at"]) == (waiting["waiting_until"], None)
    assert [each["id"] for each in rui.sees("/v1/cases", state="waiting")["items"]] == [case["id"]]
    assert rui.does("POST", "/v1/desk/next", json={})["case"] is None  # it is nobody's turn but the holder's

    holder = visits.of(about="frozen").comes_in()
    for said in ("What must be done first", "Change the password", "Remove the three pictures", "Still to do"):
        assert said in holder.text
    holder.lang = "zh-CN"
    holder.opens()
    for said in ("解除前需要完成的事项", "修改登录密码", "删除三张图片", "待完成", "我已完成"):
        assert said in holder.page.text
    holder.lang = "en"
    assert declares(holder, rui, case, "password_changed").status_code == 200
    refused = declares(holder, rui, case, "statement", words=" ")
    assert (refused.status_code, "Write the statement" in holder.text) == (422, True)
    said = "I sent gambling links, which rule 4 forbids."
    assert declares(holder, rui, case, "statement", words=said).status_code == 200
    assert said in holder.text
    found = listed(rui, case)
    assert (found["password_changed"]["state"], found["password_changed"]["told_by"]) == ("met", "holder")
    assert (found["statement"]["words"], found["statement"]["settled_by"]) == (said, "holder:li")

    # What only people can see brings it before them, and the clock counts again.
    assert declares(holder, rui, case, "other", words="They are gone.").status_code == 200
    assert "our people check it" in holder.text
    assert rui.reads(case)["case"]["clock"]["paused"] is None
    assert not li.is_free()
    assert code_of(tells(rui, case, "other")) == "approval.second_person_needed"
    released = tells(shu, case, "other", reason="seen: they are gone").json()

    assert (released["state"], released["outcome"]) == ("decided", "released")
    assert released["released_by"] == waiting["conditions_by"]
    assert released["release_proposed_by"] == waiting["release_proposed_by"]
    assert li.is_free()
    [hold] = li.holds()
    assert hold["finding"] == "condition_met"
    assert letters(world, "Account released")
    facts = [fact for fact in world.facts("acme") if fact.startswith("case.condition")]
    assert [fact for fact in facts if fact != "case.conditions_told"] == [
        "case.conditions_set",
        "case.condition_met",
        "case.condition_met",
        "case.condition_declared",
        "case.condition_met",
    ]
    assert "check_up.opened" in world.facts("acme")
    kept = "".join(str(entry) for entry in world.journal("acme"))
    assert "rule 4" not in kept


def test_one_person_is_enough_where_it_was_no_violation_and_the_rest_is_seen(world: World) -> None:
    li = frozen(world)
    rui = world.reviewer()
    case = rui.case_of(li)
    rui.confirms(case)
    case = rui.case_of(li)
    shu = world.person("shu")
    assert code_of(rui.decides(case, "release", **once(world, "statement"))) == "approval.second_person_needed"
    waiting = sets(shu, case, "second_factor", "sessions_ended")
    assert (waiting["state"], waiting["conditions_by"] is not None) == ("waiting", True)
    Portal(li).enrols_phone()  # which an open hold forbids, but for this
    found = listed(shu, case)
    assert (found["second_factor"]["state"], found["second_factor"]["told_by"]) == ("met", "system")
    assert code_of(tells(rui, case, "sessions_ended")) == "approval.second_person_needed"  # rui found it right before
    assert tells(shu, case, "sessions_ended").is_success
    assert li.is_free()


def test_what_is_there_from_the_beginning_is_not_asked_for(world: World) -> None:
    li = world.tenant().account("li", language="en")
    Portal(li).enrols_phone()
    assert li.travels_too_fast()["verdict"] == "freeze"
    rui = world.reviewer()
    released = sets(rui, rui.case_of(li), "second_factor")
    assert (released["state"], released["outcome"]) == ("decided", "released")
    assert li.is_free()
    assert not [each for each in li.notices() if each["template"] == "release_conditions"]


def test_a_payment_ends_it_and_a_part_of_one_does_not(world: World, li: Account) -> None:
    line = InvoiceLine(service=Service.MESSAGING, unit="message", quantity=1, amount=1000)
    issue(world, "acme", line, due_in=1)
    world.clock.move(timedelta(hours=60))
    rui, shu, finance = world.reviewer(), world.person("shu"), world.person("finance")
    case = rui.case_of(li)
    sets(rui, case, "paid", how="release-proposal")
    assert shu.decides(case, "release-approval").is_success
    for amount, free in ((400, False), (600, True)):
        body = {"key": f"p{amount}", "currency": "CNY", "amount": amount}
        finance.does("POST", "/v1/tenants/acme/billing/payments", json=body)
        assert li.is_free() is free
    assert listed(rui, case)["paid"]["told_by"] == "system"


def test_documents_bring_it_before_people_who_alone_accept_them(world: World, visits: Visits) -> None:
    li = frozen(world)
    rui = world.reviewer()
    case = rui.case_of(li)
    sets(rui, case, "identity_proved", "keys_rotated")
    holder = visits.of(about="frozen").comes_in()
    page = a_picture()
    nothing = declares(holder, rui, case, "identity_proved")
    assert nothing.status_code == 422
    condition = listed(rui, case)["identity_proved"]["id"]
    more = {"condition": condition, "purpose": "business_licence"}
    assert holder.presses("condition", file=page, named="licence.png", **more).status_code == 200, holder.text
    found = listed(rui, case)["identity_proved"]
    assert (found["state"], found["declared_at"] is not None) == ("open", True)
    assert rui.reads(case)["case"]["clock"]["paused"] is None
    assert tells(rui, case, "identity_proved", reason="the licence agrees with the record").is_success
    assert rui.reads(case)["case"]["clock"]["paused"] is not None  # it is the holder's turn again
    assert declares(holder, rui, case, "keys_rotated").status_code == 200
    assert li.is_free()


def a_picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (1200, 900), "white").save(kept, "PNG")
    return kept.getvalue()


def test_who_may_say_what(world: World, visits: Visits, li: Account) -> None:
    rui, shu, ann = world.reviewer(), world.person("shu"), world.person("ann")
    case = rui.case_of(li)
    sets(rui, case, "second_factor", "statement", "password_changed", how="release-proposal")
    shu.decides(case, "release-approval")
    holder = visits.of(about="frozen").comes_in()
    assert declares(holder, rui, case, "second_factor").status_code == 403
    assert code_of(tells(ann, case, "statement")) == "case.condition_not_yours"
    assert code_of(tells(rui, case, "password_changed", "waiver")) == "approval.second_person_needed"
    assert code_of(tells(ann, case, "password_changed", "waiver", reason="")) == "case.reason_required"
    contact = visits.of("security@acme.example").comes_in("security@acme.example")
    assert declares(contact, rui, case, "statement", words="We are sorry.").status_code == 403
    assert declares(contact, rui, case, "password_changed").status_code == 200
    assert code_of(tells(ann, case, "password_changed")) == "case.condition_settled"
    stranger = world.tenant("other").account("wang", language="en")
    assert code_of(rui.decides(rui.case_of(li), "conditions/nothing/met")) == "case.condition_unknown"
    assert stranger.is_free()
    assert tells(ann, case, "second_factor", "waiver", reason="they have none to set up").is_success
    assert tells(ann, case, "statement", "waiver", reason="said on the telephone").json()["outcome"] == "released"
    assert listed(rui, case)["statement"]["state"] == "waived"
    assert li.is_free()


def test_while_it_is_promised_nobody_decides_otherwise_but_for_the_holder(world: World, li: Account) -> None:
    rui, shu, ann = world.reviewer(), world.person("shu"), world.person("ann")
    case = rui.case_of(li)
    sets(rui, case, "statement", how="release-proposal")
    shu.decides(case, "release-approval")
    assert code_of(ann.decides(case, "confirm")) == "case.awaits_conditions"
    assert code_of(ann.decides(case, "ban-proposal")) == "case.awaits_conditions"
    assert code_of(ann.decides(case, "release-proposal", finding="mistake")) == "case.awaits_conditions"
    assert code_of(ann.decides(case, "release-approval")) == "case.no_proposal"
    assert code_of(rui.decides(case, "proposal-withdrawal")) == "case.no_proposal"
    assert code_of(ann.decides(case, "release", **once(world, "paid"))) == "case.awaits_conditions"
    assert code_of(rui.decides(case, "release", finding="mistake")) == "approval.second_person_needed"
    assert ann.decides(case, "release", finding="mistake").json()["outcome"] == "released"
    assert listed(rui, case)["statement"]["state"] == "overtaken"
    assert li.is_free()


def test_a_proposal_with_conditions_can_be_withdrawn_and_declined(world: World, li: Account) -> None:
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    sets(rui, case, "statement", how="release-proposal")
    withdrawn = rui.decides(case, "proposal-withdrawal").json()
    assert (withdrawn["release_pending"], withdrawn["release_terms"]) == (False, None)
    sets(rui, case, "statement", how="release-proposal")
    declined = shu.confirms(case)
    assert (declined["outcome"], declined["release_terms"]) == ("confirmed", None)
    assert rui.reads(case)["conditions"] == []
