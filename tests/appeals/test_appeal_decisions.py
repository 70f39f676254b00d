"""What people make of an appeal: who may decide, what follows, and what comes next."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from frostgate.appeals import store
from frostgate.base.errors import Conflict
from together import at_once
from visitors import LI, Visitor, Visits, banned, frozen
from world import Account, Json, Person, World

UPHELD = {"outcome": "upheld", "reason": "the ticket is genuine"}
REFUSED = {"outcome": "refused", "reason_code": "evidence_stands", "reason": "nobody sells such a ticket"}


def appealed(visits: Visits, address: str = LI, *, about: str = "") -> Visitor:
    """An appeal that was handed in."""
    visitor = visits.of(address, about=about).comes_in(address)
    assert visitor.hands_in().status_code == 200
    return visitor


def newest(person: Person, **wanted: Any) -> Json:
    """The newest appeal that somebody sees."""
    return person.sees("/v1/appeals", **wanted)["items"][-1]


def decides(person: Person, appeal: Json, **decision: Any) -> Any:
    return person.asks("POST", f"/v1/appeals/{appeal['id']}/decision", json=decision)


def wonders(person: Person, case: Json, question: str = "Were you in Frankfurt?") -> None:
    """Ask something in the case itself, beside any appeal."""
    person.does("POST", f"/v1/cases/{case['id']}/questions", json={"reason": question})


def test_a_refusal_says_why_and_what_can_be_done_next(world: World, visits: Visits) -> None:
    li = frozen(world)
    visitor = appealed(visits)
    rui = world.reviewer()

    decided = decides(rui, newest(rui), **REFUSED, words="We asked the railway.").json()

    assert (decided["outcome"], decided["reason_code"]) == ("refused", "evidence_stands")
    assert rui.case_of(li)["outcome"] == "confirmed"
    assert not li.is_free()
    visitor.opens()
    for said in ("With new facts or documents you can appeal again", "We asked the railway."):
        assert said in visitor.text
    assert "nobody sells such a ticket" not in visitor.text
    letter = next(mail for mail in world.mails_to(LI, count=4) if "decided" in mail.subject)
    assert "We asked the railway." in letter.text
    assert "nobody sells such a ticket" not in letter.text
    world.until(lambda: [mail for mail in world.mails_to("security@acme.example", count=3) if "申诉" in mail.subject])


def test_one_appeal_for_one_decision_and_a_new_one_on_new_facts(world: World, visits: Visits) -> None:
    li = frozen(world)
    visitor = appealed(visits)
    assert visitor.presses("handing-in", statement="And again!").status_code == 409
    rui, shu = world.reviewer(), world.person("shu")
    decides(rui, newest(rui), **REFUSED)

    visitor.opens()
    refused = visitor.presses("handing-in", statement="It was me all the same.")
    assert (refused.status_code, "Say what is new" in visitor.text) == (422, True)
    assert "It was me all the same." in visitor.page.text  # nobody types twice
    visitor.presses("handing-in", statement="It was me.", news="The ticket turned up.")
    again = newest(rui, state="handed_in")
    assert again["run"] == 2
    assert rui.sees(f"/v1/appeals/{again['id']}")["news"] == "The ticket turned up."

    assert decides(rui, again, **UPHELD).json()["code"] == "approval.second_person_needed"
    assert decides(shu, again, **UPHELD).status_code == 200
    assert li.is_free()


def test_a_ban_s_appeal_is_decided_by_a_third_person(world: World, visits: Visits) -> None:
    zhang, case = banned(world)
    address = "zhang@acme.example"
    visitor = appealed(visits, address, about="banned")
    assert "an appeal is upheld" in visitor.text
    appeal = newest(world.boss())

    assert decides(world.reviewer(), appeal, **UPHELD).json()["code"] == "auth.forbidden"
    for part in ("ann", "bo"):
        for decision in (UPHELD, REFUSED):
            assert decides(world.person(part), appeal, **decision).json()["code"] == "approval.second_person_needed"
    assert "ban" in zhang.open_kinds()

    assert decides(world.person("chen"), appeal, **UPHELD).status_code == 200
    assert zhang.open_kinds() == ["freeze", "challenge"]
    assert world.reviewer().reads(case)["case"]["outcome"] is None  # the freeze below it is to be decided for itself


def test_a_refused_appeal_leaves_the_ban_and_its_case_as_they_are(world: World, visits: Visits) -> None:
    zhang, case = banned(world)
    appealed(visits, "zhang@acme.example", about="banned")
    before = world.boss().reads(case)["case"]

    decides(world.person("chen"), newest(world.boss()), **REFUSED)

    assert "ban" in zhang.open_kinds()
    file = world.boss().reads(case)
    assert (file["case"]["outcome"], file["case"]["ban_approved_by"]) == ("banned", before["ban_approved_by"])
    assert file["case"]["clock"]["ended_at"] is not None


def test_the_table_itself_keeps_four_eyes(world: World, visits: Visits) -> None:
    banned(world)
    appealed(visits, "zhang@acme.example", about="banned")
    decides(world.person("chen"), newest(world.boss()), **REFUSED)
    for column in ("ban_proposed_by", "ban_approved_by"):
        by = store.appeals.c[column]
        with pytest.raises(Conflict), world.program.uow.begin() as tx:
            tx.execute(store.appeals.update().where(by.is_not(None)).values(decided_by=by))


def test_the_table_itself_keeps_one_appeal_for_one_decision(world: World, visits: Visits) -> None:
    frozen(world)
    appealed(visits)
    columns = [column.name for column in store.appeals.c if column.name not in {"id", "run"}]
    copy = sa.select(sa.literal("another"), sa.literal(2), *(store.appeals.c[name] for name in columns))
    with pytest.raises(Conflict), world.program.uow.begin() as tx:
        tx.execute(store.appeals.insert().from_select(["id", "run", *columns], copy))


def test_who_placed_a_hold_by_hand_does_not_decide_its_appeal(world: World, visits: Visits) -> None:
    li = world.tenant().account("li", language="en")
    rui = world.reviewer()
    rui.places(li)
    appealed(visits)
    appeal = newest(rui)
    assert decides(rui, appeal, **UPHELD).json()["code"] == "approval.second_person_needed"
    assert decides(world.person("shu"), appeal, **UPHELD, finding="mistake").status_code == 200
    assert li.is_free()


def test_two_reviewers_decide_once(world: World, visits: Visits) -> None:
    li = frozen(world)
    appealed(visits)
    rui, shu = world.reviewer(), world.person("shu")
    appeal = newest(rui)

    answers = at_once([lambda: decides(rui, appeal, **UPHELD), lambda: decides(shu, appeal, **REFUSED)])

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200, 409]
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    assert li.is_free() == (won["outcome"] == "upheld")
    assert world.facts("acme").count("appeal.decided") == 1


def test_deciding_and_withdrawing_at_once_do_not_both_happen(world: World, visits: Visits) -> None:
    li = frozen(world)
    visitor = appealed(visits)
    rui = world.reviewer()
    appeal = newest(rui)

    decided, withdrawn = at_once([lambda: decides(rui, appeal, **UPHELD), lambda: visitor.presses("withdrawal")])

    assert sorted([decided.status_code, withdrawn.status_code]) == [200, 409]
    assert li.is_free() == (decided.status_code == 200)
    facts = world.facts("acme")
    assert facts.count("appeal.decided") + facts.count("appeal.withdrawn") == 1


def test_what_somebody_saw_changed_meanwhile(world: World, visits: Visits) -> None:
    frozen(world)
    visitor = appealed(visits)
    rui = world.reviewer()
    seen = newest(rui)
    rui.does("POST", f"/v1/appeals/{seen['id']}/questions", json={"reason_code": "licence_missing"})
    visitor.opens()
    visitor.presses("answer", words="There is none.")
    assert decides(rui, seen, **UPHELD, version=seen["version"]).status_code == 409


def test_an_appeal_that_was_withdrawn_can_be_begun_again(world: World, visits: Visits) -> None:
    frozen(world)
    visitor = appealed(visits)
    visitor.presses("withdrawal")
    assert "Withdrawn" in visitor.text
    visitor.hands_in("Now in earnest.")
    assert newest(world.reviewer(), state="handed_in")["run"] == 2


def test_a_hold_that_ends_otherwise_ends_its_appeal(world: World, visits: Visits) -> None:
    li = frozen(world)
    visitor = appealed(visits)
    rui = world.reviewer()
    rui.releases(rui.case_of(li))
    assert newest(rui)["state"] == "overtaken"
    visitor.opens()
    assert "It ended on" in visitor.text
    assert decides(rui, newest(rui), **REFUSED).json()["code"] == "appeal.closed"


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        ({"outcome": "refused", "reason": "no"}, "appeal.reason_code_needed"),
        ({**UPHELD, "reason_code": "not_proven"}, "appeal.reason_code_needed"),
        ({"outcome": "upheld"}, "case.reason_required"),
        ({**REFUSED, "reason_code": "because"}, "request.invalid"),
        ({**REFUSED, "words": "x" * 3000}, "appeal.too_long"),
    ],
)
def test_a_decision_that_lacks_something_changes_nothing(
    world: World, visits: Visits, decision: Json, code: str
) -> None:
    frozen(world)
    appealed(visits)
    rui = world.reviewer()
    assert decides(rui, newest(rui), **decision).json()["code"] == code
    assert newest(rui)["state"] == "handed_in"


def test_a_program_decides_nothing(world: World, visits: Visits) -> None:
    li = frozen(world)
    appealed(visits)
    program = li.tenant.token("api", role="superintendent")
    appeal = newest(world.reviewer())
    answer = program.asks("POST", f"/v1/appeals/{appeal['id']}/decision", json=UPHELD)
    assert answer.json()["code"] == "approval.person_needed"
    answer = program.asks("POST", f"/v1/appeals/{appeal['id']}/questions", json={"reason_code": "licence_missing"})
    assert answer.json()["code"] == "approval.person_needed"


def clock_of(world: World, account: Account) -> Json:
    rui = world.reviewer()
    return rui.reads(rui.case_of(account))["case"]["clock"]


def test_the_clock_begins_anew_stands_still_and_goes_on(world: World, visits: Visits) -> None:
    li = frozen(world)
    world.clock.move(timedelta(hours=5))
    visitor = appealed(visits)
    assert clock_of(world, li)["run"] == 2
    rui = world.reviewer()
    world.clock.move(timedelta(hours=1))
    rui.does("POST", f"/v1/appeals/{newest(rui)['id']}/questions", json={"reason_code": "licence_missing"})

    world.clock.move(timedelta(hours=20))
    late = visits.of().comes_in(LI)
    assert "Your turn" in late.text
    late.presses("answer", words="There is none: I am a person.")
    assert "Your turn" not in late.text
    assert "Decision by" in late.text
    visitor.opens()

    [decision] = [limit for limit in clock_of(world, li)["limits"] if limit["limit"] == "decision"]
    assert decision["left"] == pytest.approx(47)


def test_an_appeal_that_waits_has_a_clock_whatever_else_is_decided(world: World, visits: Visits) -> None:
    li = frozen(world)
    appealed(visits)
    rui = world.reviewer()
    rui.confirms(rui.case_of(li))
    assert clock_of(world, li)["ended_at"] is None
    decides(world.person("shu"), newest(rui), **REFUSED)
    assert clock_of(world, li)["ended_at"] is not None


def test_what_the_case_asks_can_be_answered_by_the_link(world: World, visits: Visits) -> None:
    li = frozen(world)
    rui = world.reviewer()
    case = rui.case_of(li)
    wonders(rui, case)
    world.clock.move(timedelta(hours=1))
    wonders(rui, case, "And whose tablet is it?")
    visitor = visits.of(about="need to know")
    visitor.comes_in(LI)
    assert "Were you in Frankfurt?" in visitor.text
    assert "And whose tablet is it?" in visitor.text
    assert "We need something from you" in visitor.text
    visitor.presses("answer", words="Never.")
    assert "We have your answer" in visitor.text
    assert "We need something from you" not in visitor.text
    happened = visitor.text.partition("What happened")[2]
    assert happened.count("We asked") == 2, "each at its own time"
    first, second, answered = (
        happened.index(words) for words in ("Were you in Frankfurt?", "And whose tablet is it?", "Never.")
    )
    assert first < second < answered
    assert [action["reason"] for action in rui.reads(case)["actions"]][-1] == "Never."

    rui.confirms(case)
    visitor.opens()
    assert "People looked at it, and it stays" in visitor.text
    assert "we spoke on the telephone" not in visitor.text, "that is for staff"


def test_what_others_answered_is_not_shown_in_their_words(world: World, visits: Visits) -> None:
    li = frozen(world)
    rui = world.reviewer()
    case = rui.case_of(li)
    wonders(rui, case)
    rui.does("POST", f"/v1/cases/{case['id']}/answers", json={"reason": "Their administrator sounded unsure."})
    visitor = visits.of().comes_in(LI)
    assert "We have your answer" in visitor.text
    assert "unsure" not in visitor.text


def test_one_answer_to_a_case_and_its_appeal_is_told_once(world: World, visits: Visits) -> None:
    li = frozen(world)
    visitor = visits.of().comes_in(LI)
    visitor.hands_in()
    rui = world.reviewer()
    wonders(rui, rui.case_of(li))
    rui.does("POST", f"/v1/appeals/{newest(rui)['id']}/questions", json={"reason_code": "statement_unclear"})
    visitor.opens()
    visitor.presses("answer", words="Never in my life.")
    assert visitor.text.count("Never in my life.") == 1
    assert visitor.text.count("Answered") == 1
    assert "Were you in Frankfurt?" in visitor.text


@pytest.mark.parametrize("first", ["appeal", "case"])
def test_what_a_case_and_its_appeal_ask_stands_together(world: World, visits: Visits, first: str) -> None:
    li = frozen(world)
    visitor = visits.of().comes_in(LI)
    visitor.hands_in()
    rui = world.reviewer()
    asks = {
        "appeal": (f"/v1/appeals/{newest(rui)['id']}/questions", {"reason_code": "licence_missing"}),
        "case": (f"/v1/cases/{rui.case_of(li)['id']}/questions", {"reason": "Were you in Frankfurt?"}),
    }
    for path, body in (asks.pop(first), *asks.values()):
        rui.does("POST", path, json=body)
    visitor.opens()
    needed = visitor.text.partition("What we need from you")[2].partition("Send the answer")[0]
    assert "Were you in Frankfurt?" in needed
    assert "add your company's business licence" in needed
    visitor.presses("answer", words="Never. We have no licence.")
    assert "What we need from you" not in visitor.text
    assert newest(rui)["state"] == "handed_in"


def test_an_answer_that_came_late_is_told_all_the_same(world: World, visits: Visits) -> None:
    li = frozen(world)
    case = world.reviewer().case_of(li)
    wonders(world.reviewer(), case)
    world.clock.move(timedelta(days=8))
    world.reviewer().does("POST", f"/v1/cases/{case['id']}/answers", json={"reason": "They called."})
    visitor = visits.of().comes_in(LI)
    assert "We have your answer" in visitor.text
    assert visitor.text.count("Answered") == 1


def test_what_nobody_asks_any_more_is_given_back_and_not_sent(world: World, visits: Visits) -> None:
    li = frozen(world)
    rui = world.reviewer()
    case = rui.case_of(li)
    wonders(rui, case)
    visitor = visits.of().comes_in(LI)
    world.clock.move(timedelta(minutes=31))
    rui.does("POST", f"/v1/cases/{case['id']}/answers", json={"reason": "They called."})
    assert visitor.presses("answer", words="Not in my life.").status_code == 409
    visitor.presses("visit", code=visitor.asks_for_a_code(LI))
    assert "not sent yet" in visitor.text
    assert "Not in my life." in visitor.text
    assert rui.reads(case)["actions"][-1]["reason"] == "They called."


def test_a_refused_appeal_is_one_line_of_what_happened(world: World, visits: Visits) -> None:
    frozen(world)
    visitor = visits.of().comes_in(LI)
    visitor.hands_in()
    decides(world.person("shu"), newest(world.reviewer()), **REFUSED)
    visitor.opens()
    assert "Refused" in visitor.text
    assert "People looked at it" not in visitor.text
