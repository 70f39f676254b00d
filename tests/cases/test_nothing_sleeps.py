"""Nothing waits unseen: not an appeal beside conditions, not what was declared beside an appeal's question."""

from typing import Any

import pytest
from test_conditions_beside import REFUSED, UPHELD, decides, declared, is_paused

from bills import issue
from conditions import DAY, OTHER, code_of, declares, letters, sent_gambling, sets, tells
from frostgate.background import Background
from frostgate.billing.ledger.model import InvoiceLine
from frostgate.cases.bulk.running import run_bulks
from frostgate.standing.model import Service
from visitors import LI, Visits, frozen
from world import Account, Json, Letter, Person, World


def asks(person: Person) -> Any:
    """Ask something in the newest appeal."""
    appeal = person.sees("/v1/appeals")["items"][-1]
    return person.asks("POST", f"/v1/appeals/{appeal['id']}/questions", json={"reason_code": "statement_unclear"})


def lifted(world: World) -> tuple[Account, Json]:
    """An account that ann and bo banned, until an appeal was upheld: its freeze is open again."""
    li = sent_gambling(world)
    case = world.person("ann").case_of(li)
    world.person("ann").proposes_ban(case)
    world.person("bo").approves_ban(case)
    world.boss().upholds_appeal(case)
    return li, case


@pytest.mark.parametrize("how", ["met", "waiver"])
def test_a_settled_condition_puts_no_appeal_to_sleep(world: World, visits: Visits, how: str) -> None:
    case, holder = declared(world, visits, "keys_rotated")
    holder.opens()
    assert holder.hands_in().status_code == 200
    shu = world.person("shu")
    assert tells(shu, case, "other", how).is_success
    assert not is_paused(shu, case)
    [first, _] = shu.reads(case)["case"]["clock"]["limits"]
    assert first["state"] == "running", "who looks at a condition has said nothing to whoever appeals"
    world.clock.move(2 * DAY)
    assert world.person("shu").reads(case)["case"]["clock"]["late"]


@pytest.mark.parametrize("how", ["release", "release-proposal"])
def test_new_conditions_put_no_appeal_to_sleep(world: World, visits: Visits, how: str) -> None:
    li = frozen(world)
    assert visits.of(about="frozen").comes_in().hands_in().status_code == 200
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    sets(rui, case, "statement", how=how, days=30)
    if how == "release-proposal":
        assert shu.decides(case, "release-approval").is_success
    assert not is_paused(rui, case)
    assert rui.reads(case)["case"]["state"] == "waiting"
    assert decides(shu, **REFUSED).is_success
    assert is_paused(rui, case), "now nothing but the conditions is awaited"


def test_a_decided_appeal_asks_nothing_more(world: World, visits: Visits) -> None:
    case, holder = declared(world, visits, "keys_rotated")
    holder.opens()
    assert holder.hands_in().status_code == 200
    shu = world.person("shu")
    assert asks(shu).is_success
    assert not is_paused(shu, case), "what was declared waits for us meanwhile"
    assert sum(each["open"] for each in shu.sees("/v1/desk")["waiting"]) == 1
    assert decides(shu, **REFUSED).is_success
    assert not is_paused(shu, case)


def test_nor_beside_a_proposal(world: World, visits: Visits) -> None:
    li = sent_gambling(world)
    assert visits.of(about="frozen").comes_in().hands_in().status_code == 200
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    assert rui.decides(case, "release-proposal", finding="mistake").is_success
    assert asks(shu).is_success
    assert is_paused(shu, case)
    assert decides(shu, **REFUSED).is_success
    assert not is_paused(shu, case)


def test_who_approved_the_ban_is_nobody_s_second_person_afterwards(world: World) -> None:
    li, case = lifted(world)
    ann, bo, rui = world.person("ann"), world.person("bo"), world.reviewer()
    assert code_of(bo.decides(case, "release-proposal", finding="mistake")) == "approval.second_person_needed"
    sets(ann, case, OTHER, how="release-proposal")
    assert rui.decides(case, "release-approval").is_success
    for how in ("waiver", "met"):
        assert code_of(tells(bo, case, "other", how)) == "approval.second_person_needed"
    assert not li.is_free()
    assert tells(world.person("shu"), case, "other").is_success
    assert li.is_free()


def test_who_approved_the_ban_decides_no_appeal_against_its_freeze(world: World, visits: Visits) -> None:
    _, case = lifted(world)
    world.reviewer().confirms(case)
    assert visits.of(about="frozen").comes_in().hands_in().status_code == 200
    assert code_of(decides(world.person("bo"), **REFUSED)) == "approval.second_person_needed"
    assert decides(world.person("shu"), **REFUSED).is_success


def test_an_end_with_conditions_leaves_no_limit(world: World) -> None:
    """Nobody proposed one, and the holder was told what ends the hold."""
    li = sent_gambling(world)
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    sets(rui, case, "statement", how="release-proposal")
    assert shu.decides(case, "release-approval").is_success
    limit = {"services": ["live"], "until": (world.clock.now() + 100 * DAY).isoformat()}
    refused = shu.decides(case, "release", finding="condition_met", limit=limit)
    assert code_of(refused) == "case.awaits_conditions"
    assert shu.decides(case, "release", finding="condition_met").is_success
    assert li.is_free()


def test_who_upholds_an_appeal_agrees_to_just_what_was_proposed(world: World, visits: Visits) -> None:
    li = frozen(world)
    assert visits.of(about="frozen").comes_in().hands_in().status_code == 200
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    limit = {"services": ["live"], "until": (world.clock.now() + 100 * DAY).isoformat()}
    for proposed in ({"finding": "condition_met"}, {"finding": "mistake", "limit": limit}):
        assert rui.decides(case, "release-proposal", **proposed).is_success
        assert code_of(decides(shu, **UPHELD, finding="mistake")) == "case.proposal_pending"
        assert rui.decides(case, "proposal-withdrawal").is_success
    assert rui.decides(case, "release-proposal", finding="mistake").is_success
    assert decides(shu, **UPHELD, finding="mistake").is_success
    assert li.signs_in(from_="Frankfurt", device="pixel")["verdict"] == "allow", "the evidence is spent"


def test_credit_of_ours_pays_no_bill_that_somebody_waits_for(world: World) -> None:
    li = frozen(world)
    line = InvoiceLine(service=Service.MESSAGING, unit="message", quantity=1, amount=1000)
    first = issue(world, "acme", line, due_in=5)
    rui, finance = world.reviewer(), world.person("finance")
    billing = "/v1/tenants/acme/billing"
    finance.does("POST", f"{billing}/payments", json={"key": "p1", "currency": "CNY", "amount": 1000})
    sets(rui, rui.case_of(li), "paid")
    gift = {"invoice_id": first.id, "amount": 100, "memo": "gift", "key": "k1"}
    finance.does("POST", f"{billing}/credit-notes", json=gift)
    issue(world, "acme", line, due_in=5)  # the credit goes there by itself
    assert not li.is_free()
    finance.does("POST", f"{billing}/payments", json={"key": "p2", "currency": "CNY", "amount": 900})
    assert li.is_free()


def test_letters_of_an_appeal_go_to_whoever_reads_now(world: World, visits: Visits) -> None:
    li = frozen(world)
    assert visits.of(about="frozen").comes_in().hands_in().status_code == 200
    letters(world, "received")
    new = "li@new.example"
    world.boss().does("PUT", li.path, json={"email": new, "language": "en"})
    assert decides(world.person("shu"), **REFUSED, words="We spoke to the airline.").is_success
    [letter] = letters(world, "decided", to=new)
    assert "We spoke to the airline." in letter.text
    assert "/appeal/" not in letter.text, "the link was for the other address"
    world.until(lambda: not [each for each in li.notices() if each["state"] == "owed"])
    told = [Letter(mail.content).text for mail in world.mailbox.mails if mail.to == LI]
    assert not [text for text in told if "airline" in text]


def test_drafts_that_nobody_read_use_up_no_appeals(world: World, visits: Visits) -> None:
    frozen(world)
    holder = visits.of(about="frozen").comes_in()
    for _ in range(11):
        assert holder.presses("draft", statement="perhaps").status_code == 200
        assert holder.presses("withdrawal").status_code == 200
    assert holder.hands_in("Now really.").status_code == 200


@pytest.mark.parametrize("beside", [False, True])
def test_a_question_in_an_appeal_is_asked_twice(world: World, visits: Visits, beside: bool) -> None:
    """Also beside conditions, whose own letter is another."""
    li = frozen(world)
    if beside:
        sets(world.reviewer(), world.reviewer().case_of(li), "statement", days=20)
    assert visits.of(about="frozen").comes_in().hands_in().status_code == 200
    assert asks(world.person("shu")).is_success
    letters(world, "something is missing")
    world.clock.move(4 * DAY)
    Background(world.program).watch_clocks()
    assert len(letters(world, "something is missing", count=2)) == 2
    told = [Letter(mail.content).subject for mail in world.mailbox.mails if mail.to == LI]
    assert sum("What to do to be released" in subject for subject in told) == (1 if beside else 0)


def test_who_proposed_the_freeze_of_many_decides_no_appeal_against_it(world: World, visits: Visits) -> None:
    li = world.tenant().account("li", language="en")
    rui, boss = world.reviewer(), world.boss()
    wanted = {"what": "freeze", "accounts": ["li"], "reason": "one of a wave"}
    bulk = rui.does("POST", f"{li.tenant.path}/bulk-actions", json=wanted)
    boss.does("POST", f"{li.tenant.path}/bulk-actions/{bulk['id']}/approve")
    run_bulks(world.program.uow)
    world.program.delivery.wake()
    assert not li.is_free()
    assert visits.of(about="frozen").comes_in().hands_in().status_code == 200
    for person in (rui, boss):
        assert code_of(decides(person, **REFUSED)) == "approval.second_person_needed"
    assert decides(world.person("shu"), **REFUSED).is_success


def test_what_awaits_conditions_is_counted_with_its_group(world: World) -> None:
    li = frozen(world)
    wu = li.tenant.account("wu", language="en")
    assert wu.travels_too_fast()["verdict"] == "freeze"
    rui = world.reviewer()
    for account in (li, wu):
        sets(rui, rui.case_of(account), OTHER)
    [group] = rui.sees("/v1/cases/groups", waiting=True)["items"]
    assert (group["cases"], group["open"]) == (2, 2)
    manager = world.person("customer_success")
    [tenant] = manager.sees("/v1/portfolio", whose="all")["items"]
    assert tenant["open_cases"] == 2


def test_whoever_reads_at_a_new_address_has_a_way_of_their_own(world: World, visits: Visits) -> None:
    """The link in the first letter was for whoever read there, and opens nothing any more."""
    li = frozen(world)
    old = visits.of(about="frozen")
    new = "li@new.example"
    world.boss().does("PUT", li.path, json={"email": new, "language": "en"})
    rui = world.reviewer()
    case = rui.case_of(li)
    sets(rui, case, "statement")
    assert old.opens().status_code == 404
    holder = visits.of(new, about="What to do to be released").comes_in(new)
    assert "What must be done first" in holder.text
    assert declares(holder, rui, case, "statement", words="I shall keep to the rules.").status_code == 200
    assert li.is_free()
