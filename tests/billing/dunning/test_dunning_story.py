"""From a bill to a freeze and back, over HTTP, on a clock moved by hand."""

from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from dunned import BEIJING, DAY, HOUR, Debtor

from frostgate.cli import main, register
from frostgate.standing.model import Permit, Service
from world import World

STEPS = ["due_soon", "due_tomorrow", "due", "overdue", "overdue_again", "last_notice"]


def test_told_early_frozen_late_back_at_once(debtor: Debtor) -> None:
    debtor.world.reviewer().places(debtor.li)  # frozen by hand, for a reason that no payment ends
    wang = debtor.tenant.account("wang")
    debtor.is_billed(12_000)

    told_at = debtor.until("last_notice")
    assert debtor.steps() == STEPS
    assert wang.is_free()
    assert "If they are not paid by" in debtor.mail("Last notice")

    frozen_at = debtor.until_frozen(wang)
    assert frozen_at - told_at >= 24 * HOUR
    assert frozen_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M") in debtor.mail("Last notice")
    permits = wang.may()
    assert permits.pop(Service.LOGIN) is Permit.ALLOWED  # somebody must sign in to pay
    assert set(permits.values()) == {Permit.DENIED}
    assert debtor.admin().sees(f"{debtor.path}/dunning")["missing"] == "120.00 CNY"

    debtor.pays(5_000)
    debtor.looks()
    assert wang.may_use(Service.VOICE) is Permit.DENIED
    assert "70.00 CNY" in debtor.mail("We received part")
    assert "what stopped comes back" in debtor.mail("We received part")
    assert debtor.sees()["missing"] == "70.00 CNY"

    debtor.pays(7_000)  # nobody looks: the posting itself releases
    assert wang.is_free()
    assert debtor.li.may_use(Service.MESSAGING) is Permit.DENIED  # frozen for another reason
    assert debtor.sees()["debts"] == []
    debtor.looks()
    assert debtor.subjects()[-1] == "[Frostgate] Paid: services are back"


def test_unpaid_services_alone_stop_where_the_plan_says_so(world: World) -> None:
    debtor = Debtor(world, freeze_scope="unpaid_services", prepaid=["conversational_ai"])
    debtor.is_billed(12_000, of=Service.VOICE)

    debtor.until("last_notice")
    debtor.moves_on()
    while debtor.may(Service.VOICE) is Permit.ALLOWED:
        debtor.moves_on()

    assert {service for service, permit in debtor.li.may().items() if permit is Permit.DENIED} == {Service.VOICE}


def test_prepaid_services_go_on_when_a_tenant_is_frozen(world: World) -> None:
    debtor = Debtor(world, prepaid=["conversational_ai"])
    debtor.is_billed(12_000)

    debtor.until_frozen()

    allowed = {service for service, permit in debtor.li.may().items() if permit is Permit.ALLOWED}
    assert allowed == {Service.LOGIN, Service.CONVERSATIONAL_AI}


def test_a_server_that_was_off_for_a_week_skips_nothing_and_repeats_nothing(debtor: Debtor) -> None:
    debtor.is_billed(12_000)
    debtor.until("due")

    debtor.world.restart()
    debtor.world.clock.move(7 * DAY)
    debtor.until_frozen()

    assert debtor.steps() == STEPS
    said = [datetime.fromisoformat(each["owed_at"]).astimezone(BEIJING).date() for each in debtor.sees()["said"]]
    assert len(set(said)) == len(said)  # one a day


def test_a_last_notice_that_nobody_got_freezes_nothing_until_a_person_decides(debtor: Debtor) -> None:
    invoice = debtor.is_billed(12_000)
    debtor.until("overdue_again")
    debtor.world.mailbox.refuse = "550 no such person"
    debtor.until("last_notice")
    while debtor.sees()["next_look"] is not None:
        debtor.moves_on()
    debtor.days_pass(3)

    assert not debtor.is_frozen()
    [debt] = debtor.sees()["debts"]
    assert debt["is_unreached"]
    cases = debtor.world.boss().sees("/v1/cases", tenant="acme", kind="notice_undeliverable")["items"]
    assert len(cases) == 1

    body = {"invoice_id": invoice, "reason": "I read it to their director on the telephone"}
    assert debtor.admin().is_refused("POST", f"{debtor.path}/dunning/freeze", json=body)
    debtor.finance("fay").does("POST", f"{debtor.path}/dunning/freeze", json=body)
    debtor.until_frozen()
    assert debtor.finance("fay").is_refused("POST", f"{debtor.path}/dunning/freeze", json=body) == (
        "dunning.not_unreached"
    )


def test_who_pays_in_part_before_anything_stopped_is_told_of_nothing_that_stopped(debtor: Debtor) -> None:
    debtor.is_billed(12_000)
    debtor.until("overdue")
    debtor.pays(5_000)
    debtor.looks()
    assert "70.00 CNY" in debtor.mail("We received part")
    assert "what stopped" not in debtor.mail("We received part")


def test_what_is_disputed_does_not_age(debtor: Debtor) -> None:
    invoice = debtor.is_billed(12_000)
    debtor.until("overdue")
    fay = debtor.finance("fay")
    body = {"invoice_id": invoice, "amount": 12_000, "reason": "we never sent so many"}
    dispute = fay.does("POST", f"{debtor.path}/disputes", json=body)

    debtor.days_pass(30)
    assert debtor.steps() == STEPS[:4]

    path = f"{debtor.path}/disputes/{dispute['id']}/decision"
    answer = {"upheld": False, "answer": "here are the records"}
    debtor.finance("fay").does("POST", path, json=answer)
    debtor.until_frozen()
    assert sorted(set(debtor.steps())) == sorted(STEPS)


def test_a_promise_holds_the_clock_once_somebody_agrees(debtor: Debtor) -> None:
    debtor.is_billed(12_000)
    debtor.until("overdue_again")
    until = (debtor.world.clock.now().astimezone(BEIJING) + 20 * DAY).date()
    body = {"until": until.isoformat(), "reason": "our customer pays us then"}
    promise = debtor.admin().does("POST", f"{debtor.path}/promises", json=body)
    assert promise["state"] == "proposed"
    approve = f"{debtor.path}/promises/{promise['id']}/approve"
    agree = {"reason": "they always kept their word"}
    assert debtor.admin().is_refused("POST", approve, json=agree)

    agreed = debtor.finance("fay").does("POST", approve, json=agree)
    assert (agreed["state"], agreed["until"]) == ("approved", until.isoformat())
    debtor.days_pass(20)
    assert debtor.steps() == STEPS[:5]
    frozen_at = debtor.until_frozen()
    assert frozen_at.astimezone(BEIJING).date() > until + timedelta(1)
    assert debtor.finance("fay").is_refused("POST", approve, json=agree) == "dunning.pause_decided"


def test_who_proposes_does_not_agree(debtor: Debtor) -> None:
    debtor.is_billed(12_000)
    body = {"until": "2026-04-01", "reason": "they rang"}
    promise = debtor.finance("fay").does("POST", f"{debtor.path}/promises", json=body)
    approve = f"{debtor.path}/promises/{promise['id']}/approve"

    refused = debtor.finance("fay").is_refused("POST", approve, json={"reason": "fine"})
    assert refused == "approval.second_person_needed"
    debtor.finance("ben").does("POST", approve, json={"reason": "fine"})


def test_a_finance_operator_holds_the_clock(debtor: Debtor) -> None:
    debtor.is_billed(12_000)
    debtor.until_frozen()
    until = (debtor.world.clock.now().astimezone(BEIJING) + 5 * DAY).date().isoformat()
    body = {"until": until, "reason": "the bank lost their transfer"}
    assert debtor.admin().is_refused("POST", f"{debtor.path}/clock-holds", json=body)

    debtor.finance("fay").does("POST", f"{debtor.path}/clock-holds", json=body)

    assert debtor.li.is_free()
    debtor.days_pass(2)
    assert debtor.li.is_free()
    debtor.until_frozen()


@pytest.mark.parametrize("until", ["2026-03-01", "2028-01-01"])
def test_a_promise_for_yesterday_or_for_years_is_refused(debtor: Debtor, until: str) -> None:
    debtor.is_billed(12_000)
    body = {"until": until, "reason": "-"}
    assert debtor.admin().is_refused("POST", f"{debtor.path}/promises", json=body) == "dunning.pause_unusable"


def test_there_is_nothing_to_promise_without_a_debt(debtor: Debtor) -> None:
    body = {"until": "2026-04-01", "reason": "-"}
    assert debtor.admin().is_refused("POST", f"{debtor.path}/promises", json=body) == "dunning.nothing_open"


def test_a_plan_may_ask_a_person_before_services_come_back(world: World) -> None:
    debtor = Debtor(world, release="approval")
    debtor.is_billed(12_000)
    debtor.until_frozen()
    body = {"reason": "paid, I saw it"}
    release = f"{debtor.path}/dunning/release"
    assert debtor.finance("fay").is_refused("POST", release, json=body) == "dunning.nothing_to_release"

    debtor.pays(12_000)
    assert debtor.is_frozen()
    assert debtor.sees()["release"]["state"] == "open"
    assert debtor.admin().is_refused("POST", release, json=body)

    debtor.finance("fay").does("POST", release, json=body)
    assert debtor.li.is_free()
    assert debtor.sees()["release"] is None


def test_finance_sees_what_will_be_frozen_within_a_week_and_why(debtor: Debtor) -> None:
    debtor.is_billed(12_000)
    assert debtor.finance("fay").sees("/v1/billing/dunning/upcoming")["items"] == []

    debtor.until("last_notice")

    [found] = debtor.finance("fay").sees("/v1/billing/dunning/upcoming")["items"]
    assert (found["id"], found["amount"]) == ("acme", "120.00 CNY")
    assert "login" not in found["services"]
    assert datetime.fromisoformat(found["freezes_at"]) == debtor.until_frozen()
    assert debtor.admin().is_refused("GET", "/v1/billing/dunning/upcoming")


def test_a_tenant_without_a_plan_is_left_alone_until_it_has_one(debtor: Debtor) -> None:
    other = debtor.world.tenant("beta")
    debtor.is_billed(12_000, tenant_id="beta")
    debtor.days_pass(40)
    seen = debtor.finance("fay").sees(f"{other.path}/billing/dunning")
    assert (seen["policy"], seen["said"]) == (None, [])

    given = {"plan": 1, "from_day": "2026-01-01", "region": "CN"}
    debtor.finance("fay").does("PUT", f"{other.path}/billing-plans", json=given)
    debtor.days_pass(1)
    seen = debtor.finance("fay").sees(f"{other.path}/billing/dunning")
    said = [each["step"] for each in seen["said"]]
    assert (seen["policy"], said) == ("standard", ["due", "overdue"])  # from then on one a day


def test_a_policy_of_ones_own(world: World) -> None:
    debtor = Debtor(world, dunning="short")
    last = {"name": "final", "offset": {"days": 1}}
    policy = {"name": "short", "steps": [last], "grace": {"days": 2}}
    fay = debtor.finance("fay")
    fay.does("POST", "/v1/billing/dunning/policies", json=policy)
    assert fay.sees("/v1/billing/dunning/policies/short")["notice_hours"] == 24
    assert fay.is_refused("GET", "/v1/billing/dunning/policies/long") == "dunning.policy_unknown"
    wrong = {**policy, "steps": []}
    assert fay.is_refused("POST", "/v1/billing/dunning/policies", json=wrong) == "dunning.policy_unusable"

    debtor.is_billed(12_000, due_in=1)
    debtor.until_frozen()

    assert debtor.steps() == ["final"]


def test_the_command_does_what_the_server_does(debtor: Debtor) -> None:
    debtor.is_billed(12_000, due_in=7)
    debtor.world.clock.move(DAY)
    register()
    settings = {"FROSTGATE_DATABASE": debtor.world.database_url}
    ran = CliRunner().invoke(main, ["billing", "dun"], env=settings)
    assert ran.exit_code == 0, ran.output
    assert "Tenants looked at: 1" in ran.output
