"""What happens beside conditions that are awaited: appeals, payments, questions, other ends, and whose turn it is."""

from typing import Any

import pytest
import sqlalchemy as sa
from test_kept import held

from bills import issue
from conditions import DAY, OTHER, code_of, declares, letters, listed, once, sent_gambling, sets, tells
from frostgate.background import Background
from frostgate.billing.ledger.model import InvoiceLine
from frostgate.directory.store import tenants
from frostgate.standing.model import Cause, Kind, Service
from visitors import LI, Visitor, Visits, frozen
from world import Json, Person, World

UPHELD = {"outcome": "upheld", "reason": "the ticket is genuine"}
REFUSED = {"outcome": "refused", "reason_code": "evidence_stands", "reason": "the places are real"}
SECURITY = "security@acme.example"


def decides(person: Person, **decision: str) -> Any:
    """Decide the newest appeal."""
    appeal = person.sees("/v1/appeals")["items"][-1]
    return person.asks("POST", f"/v1/appeals/{appeal['id']}/decision", json=decision)


def is_paused(person: Person, case: Json) -> bool:
    return person.reads(case)["case"]["clock"]["paused"] is not None


def declared(world: World, visits: Visits, *wanted: Any) -> tuple[Json, Visitor]:
    """A case whose holder says that what only people can see is done."""
    rui = world.reviewer()
    case = rui.case_of(frozen(world))
    sets(rui, case, OTHER, *wanted)
    holder = visits.of(about="frozen").comes_in()
    assert declares(holder, rui, case, "other", words="They are gone.").status_code == 200
    assert not is_paused(rui, case)
    return case, holder


def test_an_appeal_is_not_upheld_by_conditions_that_are_only_proposed(world: World, visits: Visits) -> None:
    li = sent_gambling(world)
    assert visits.of(about="frozen").comes_in().hands_in().status_code == 200
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    sets(rui, case, "statement", how="release-proposal")
    assert code_of(decides(shu, **UPHELD)) == "case.proposal_pending"
    assert shu.sees("/v1/appeals")["items"][-1]["state"] == "handed_in"
    assert rui.decides(case, "proposal-withdrawal").is_success
    assert rui.decides(case, "release-proposal", finding="mistake").is_success
    assert decides(shu, **UPHELD).is_success
    assert li.is_free()
    assert "it has ended" in letters(world, "decided")[0].text


@pytest.mark.parametrize("how", ["disputes", "credit-notes"])
def test_only_money_is_a_payment(world: World, how: str) -> None:
    li = frozen(world)
    line = InvoiceLine(service=Service.MESSAGING, unit="message", quantity=1, amount=1000)
    invoice = issue(world, "acme", line, due_in=5)
    rui, finance = world.reviewer(), world.person("finance")
    case = rui.case_of(li)
    sets(rui, case, "paid")
    why = {"disputes": {"reason": "we did not send this"}, "credit-notes": {"memo": "nobody sent this", "key": "k1"}}
    body = {"invoice_id": invoice.id, "amount": 100, **why[how]}
    finance.does("POST", f"/v1/tenants/acme/billing/{how}", json=body)
    assert (li.is_free(), listed(rui, case)["paid"]["state"]) == (False, "open")
    finance.does("POST", "/v1/tenants/acme/billing/payments", json={"key": "p1", "currency": "CNY", "amount": 900})
    assert li.is_free()


def test_whoever_read_there_before_ends_nothing(world: World, visits: Visits) -> None:
    li = frozen(world)
    rui = world.reviewer()
    case = rui.case_of(li)
    sets(rui, case, "password_changed")
    contact, holder = visits.of(SECURITY).comes_in(SECURITY), visits.of(about="frozen").comes_in()
    with world.program.uow.begin() as tx:
        tx.execute(sa.update(tenants).where(tenants.c.id == "acme").values(contact_email="new@acme.example"))
    world.boss().does("PUT", "/v1/tenants/acme/accounts/li", json={"email": "li@new.example", "language": "en"})
    for gone in (contact, holder):
        assert gone.opens().status_code == 404
        assert gone.presses("condition", condition=listed(rui, case)["password_changed"]["id"]).status_code == 404
    assert not li.is_free()


@pytest.mark.parametrize("end", ["refused", "withdrawn"])
def test_an_appeal_that_ends_leaves_our_turn_ours(world: World, visits: Visits, end: str) -> None:
    case, holder = declared(world, visits)
    holder.opens()
    assert holder.hands_in("It was me.").status_code == 200
    if end == "refused":
        assert decides(world.person("shu"), **REFUSED).is_success
    else:
        holder.opens()
        assert holder.presses("withdrawal").status_code == 200
    assert not is_paused(world.reviewer(), case)


def test_what_is_declared_is_handed_out(world: World, visits: Visits) -> None:
    case, _ = declared(world, visits, "keys_rotated")
    shu = world.person("shu")
    waits = shu.sees("/v1/desk")["waiting"]
    assert [each["open"] for each in waits] == [1]
    assert shu.does("POST", "/v1/desk/next", json={})["case"]["id"] == case["id"]
    found = listed(shu, case)["other"]
    assert shu.decides(case, f"conditions/{found['id']}/met").is_success
    assert is_paused(shu, case)
    assert shu.sees("/v1/desk")["waiting"] == []


def test_nobody_is_handed_the_case_that_they_proposed_to_release(world: World, visits: Visits) -> None:
    li = sent_gambling(world)
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    sets(rui, case, OTHER, how="release-proposal")
    assert shu.decides(case, "release-approval").is_success
    assert shu.does("POST", "/v1/desk/next", json={})["case"] is None
    assert declares(visits.of(about="frozen").comes_in(), rui, case, "other").status_code == 200
    assert rui.does("POST", "/v1/desk/next", json={})["case"] is None
    assert shu.does("POST", "/v1/desk/next", json={})["case"]["id"] == case["id"]


def test_no_question_gets_lost_beside_conditions(world: World) -> None:
    rui = world.reviewer()
    case = rui.case_of(frozen(world))
    sets(rui, case, OTHER)
    for what in ("questions", "answers"):
        assert code_of(rui.decides(case, what)) == "case.awaits_conditions"
    assert is_paused(rui, case)


def test_conditions_are_not_awaited_longer_than_the_hold_lasts(world: World) -> None:
    li = frozen(world)
    rui, shu = world.reviewer(), world.person("shu")
    until = (world.clock.now() + 3 * DAY).isoformat()
    assert rui.decides(rui.case_of(li), "confirm", until=until).is_success
    case = rui.case_of(li)
    assert code_of(shu.decides(case, "release", **once(world, "statement", days=4))) == "case.ends_before"
    sets(shu, case, "statement", days=2)
    assert Background(world.program).end_kept() == 0


def test_a_limit_that_ends_by_conditions_is_not_made_to_stay(world: World) -> None:
    li = world.tenant().account("li", language="en")
    rui = world.reviewer()
    held(li, Cause.BULK_OPERATION, Kind.LIMIT, Service.LIVE)
    limited = rui.case_of(li)
    sets(rui, limited, "statement")
    held(li, Cause.BULK_OPERATION)
    limit = {"services": ["live"], "until": (world.clock.now() + DAY).isoformat()}
    refused = rui.decides(rui.case_of(li), "release", finding="condition_met", limit=limit)
    assert (code_of(refused), li.is_free()) == ("case.awaits_conditions", False)


def test_a_new_hold_of_the_same_sort_knows_the_case_that_waits(world: World) -> None:
    li = world.tenant().account("li", language="en")
    rui = world.reviewer()
    held(li, Cause.BULK_OPERATION, Kind.LIMIT, Service.LIVE)
    limited = rui.case_of(li)
    sets(rui, limited, "statement")
    held(li, Cause.BULK_OPERATION)
    assert rui.case_of(li)["duplicate_of"] == limited["id"]


def test_what_nobody_looked_at_in_time_is_not_called_undone(world: World, visits: Visits) -> None:
    case, _ = declared(world, visits)
    world.clock.move(10 * DAY)
    assert Background(world.program).lapse_conditions() == 1
    told = letters(world, "The time for what we asked is over", to=LI)[0]
    assert "was found done by" in told.text
    assert world.reviewer().reads(case)["case"]["state"] == "open"


@pytest.mark.parametrize(
    ("lang", "asked", "found"), [("en", "What to do", "not done yet"), ("zh-CN", "完成以下事项", "尚未完成")]
)
def test_what_is_declared_and_not_done_goes_back_to_its_holder(
    world: World, visits: Visits, lang: str, asked: str, found: str
) -> None:
    li = frozen(world, language=lang)
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    sets(rui, case, OTHER, "keys_rotated")
    assert code_of(tells(rui, case, "other", "not-done")) == "case.condition_not_declared"
    holder = visits.of(lang=lang).comes_in()
    assert declares(holder, rui, case, "other", words="They are gone.").status_code == 200
    assert declares(holder, rui, case, "keys_rotated").status_code == 200
    assert not is_paused(rui, case)

    assert code_of(tells(rui, case, "other", "not-done", reason=" ")) == "case.reason_required"
    said = "One <picture> is still there."
    assert tells(rui, case, "other", "not-done", reason=said).is_success
    assert is_paused(rui, case)
    assert listed(rui, case)["other"]["missing"] == said
    assert listed(rui, case)["other"]["declared_at"] is None
    assert rui.reads(case)["actions"][-1]["action"] == "condition_not_done"
    letter = letters(world, asked, count=2)[-1]
    assert said in letter.text
    assert found in letter.text
    holder.opens()
    assert found in holder.text
    assert said in holder.text
    assert code_of(tells(rui, case, "other", "not-done")) == "case.condition_not_declared"

    assert declares(holder, rui, case, "other", words="Now they are.").status_code == 200
    assert said not in holder.text
    assert not is_paused(rui, case)
    assert tells(shu, case, "other").is_success
    assert li.is_free()
    assert code_of(tells(rui, case, "other", "not-done")) == "case.condition_settled"


def test_what_is_not_done_leaves_what_else_waits_for_us_running(world: World, visits: Visits) -> None:
    case, holder = declared(world, visits, "identity_proved")
    rui = world.reviewer()
    assert holder.hands_in().status_code == 200
    assert tells(rui, case, "other", "not-done").is_success
    assert not is_paused(rui, case), "the appeal waits for us"
