"""What ends at a time that people named: who may name it, that it is kept, and what stays instead of a hold."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from test_releases import code_of, proposes, violates

from frostgate.background import Background
from frostgate.base.model import SYSTEM, Actor, ActorKind
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.cases.bulk import service as bulks
from frostgate.cases.bulk.model import State
from frostgate.cases.bulk.running import run_bulks
from frostgate.cases.bulk.store import Wanted, get_bulk
from frostgate.cases.keeping import end_kept
from frostgate.cases.store import cases
from frostgate.standing.model import Cause, Finding, HoldReleased, Kind, Permit, Service, Subject
from frostgate.standing.service import place_hold
from frostgate.standing.store import list_holds
from house import House
from together import at_once
from visitors import LI, Visits, link_in
from world import Account, Json, Person, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def li(world: World) -> Account:
    return world.tenant().account("li", language="en")


def held(account: Account, cause: Cause, kind: Kind = Kind.FREEZE, *services: Service) -> None:
    with account.world.program.uow.begin() as tx:
        subject = Subject(tenant_id=account.tenant.id, account_id=account.id)
        where = {"services": services} if services else {}
        place_hold(tx, subject=subject, kind=kind, cause=cause, reason="test", actor=SYSTEM, **where)


def later(world: World, time: timedelta) -> str:
    return (world.clock.now() + time).isoformat()


def done(answer: Any) -> Json:
    assert answer.is_success, answer.text
    return answer.json()


def case_now(person: Person, case: Json) -> Json:
    return person.reads(case)["case"]


# When the hold of a violation ends is said by two


def test_nobody_alone_says_when_the_hold_of_a_violation_ends(world: World, li: Account) -> None:
    violates(li)
    rui, shu = world.reviewer(), world.person("shu")
    case, until = rui.case_of(li), later(world, DAY)
    assert code_of(rui.decides(case, "confirm", until=until)) == "case.proposal_needed"
    assert done(rui.decides(case, "confirm"))["keep_until"] is None
    assert code_of(rui.decides(case, "keep-proposal", until=until)) == "approval.second_person_needed"
    assert code_of(shu.decides(case, "confirm", until=until)) == "case.closed"


def test_two_people_say_when_it_ends(world: World, li: Account, visits: Visits) -> None:
    violates(li)
    rui, shu = world.reviewer(), world.person("shu")
    case, until = rui.case_of(li), world.clock.now() + DAY
    for unusable in (timedelta(0), timedelta(days=181)):
        assert code_of(rui.decides(case, "keep-proposal", until=later(world, unusable))) == "case.until_unusable"
    proposed = done(rui.decides(case, "keep-proposal", until=until.isoformat()))
    assert (proposed["release_pending"], proposed["keep_until"]) == (True, None)
    assert proposed["release_until"] == until.isoformat().replace("+00:00", "Z")
    assert [each["id"] for each in shu.sees("/v1/cases", release_pending=True)["items"]] == [case["id"]]
    holder = visits.to(link_in(world, LI)).comes_in(LI)
    assert "Ends by itself" not in holder.text
    assert code_of(rui.decides(case, "release-approval")) == "approval.second_person_needed"

    kept = done(shu.decides(case, "release-approval"))
    assert (kept["outcome"], kept["keep_until"]) == ("confirmed", proposed["release_until"])
    assert (kept["release_pending"], kept["release_until"]) == (False, None)
    assert kept["keep_proposed_by"] != kept["keep_approved_by"] == kept["confirmed_by"]
    assert "Ends by itself" in holder.opens().text
    assert [each["action"] for each in shu.reads(case)["actions"]] == ["opened", "keep_proposed", "confirmed"]
    assert not li.is_free()
    world.clock.move(DAY)
    assert Background(world.program).end_kept() == 1
    assert li.is_free()


def test_a_ban_puts_the_end_off_and_it_counts_again_once_that_is_lifted(world: World, li: Account) -> None:
    violates(li)
    rui, shu, ann, bo = world.reviewer(), world.person("shu"), world.person("ann"), world.person("bo")
    case, until = rui.case_of(li), (world.clock.now() + DAY).isoformat()
    done(rui.decides(case, "keep-proposal", until=until))
    done(shu.decides(case, "release-approval"))
    ann.proposes_ban(case)
    bo.approves_ban(case)
    assert case_now(rui, case)["keep_until"] is None
    world.clock.move(2 * DAY)
    assert Background(world.program).end_kept() == 0
    assert not li.is_free()

    boss = world.boss()
    lifted = done(boss.decides(case, "appeal-upheld"))
    assert lifted["state"] == "open"
    assert lifted["keep_until"] == until.replace("+00:00", "Z")
    assert Background(world.program).end_kept() == 1
    assert li.is_free()
    assert case_now(world.reviewer(), case)["outcome"] == "released"


def test_one_answer_counts_where_several_come_at_once(world: World, li: Account) -> None:
    violates(li)
    rui, shu, ann = world.reviewer(), world.person("shu"), world.person("ann")
    case = rui.case_of(li)
    done(rui.decides(case, "keep-proposal", until=later(world, DAY)))
    answers = at_once(
        [
            lambda: shu.decides(case, "release-approval"),
            lambda: ann.decides(case, "release-approval"),
            lambda: rui.decides(case, "proposal-withdrawal"),
        ]
    )
    assert [answer.is_success for answer in answers].count(True) == 1
    is_withdrawn = answers[2].is_success
    now = case_now(rui, case)
    assert (now["keep_until"] is None, now["state"] == "open") == (is_withdrawn, is_withdrawn)


def test_a_time_that_is_over_is_agreed_to_by_nobody(world: World, li: Account) -> None:
    violates(li)
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    done(rui.decides(case, "keep-proposal", until=later(world, HOUR)))
    world.clock.move(HOUR)
    assert code_of(shu.decides(case, "release-approval")) == "case.until_unusable"
    assert done(rui.decides(case, "proposal-withdrawal"))["release_until"] is None
    assert Background(world.program).end_kept() == 0


def test_an_appeal_is_not_upheld_by_agreeing_to_a_time(world: World, li: Account, visits: Visits) -> None:
    violates(li)
    rui, shu = world.reviewer(), world.person("shu")
    visits.to(link_in(world, LI)).comes_in(LI).hands_in("I took it down.")
    [appeal] = rui.sees("/v1/appeals")["items"]
    done(rui.decides(rui.case_of(li), "keep-proposal", until=later(world, DAY)))
    upheld = {"outcome": "upheld", "reason": "it is gone", "finding": "condition_met"}
    assert shu.is_refused("POST", f"/v1/appeals/{appeal['id']}/decision", json=upheld) == "case.proposal_pending"
    assert not li.is_free()


@pytest.mark.parametrize(
    "agreed",
    [
        {},
        {"keep_proposed_by": "operator:a"},
        {"keep_approved_by": "operator:a"},
        {"keep_proposed_by": "operator:a", "keep_approved_by": "operator:a"},
    ],
)
def test_the_store_itself_asks_for_two(world: World, li: Account, agreed: dict[str, str]) -> None:
    violates(li)
    engine, until = world.program.database.engine, world.clock.now() + DAY
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(cases.update().values(keep_until=until, **agreed))
    two = {"keep_proposed_by": "operator:a", "keep_approved_by": "operator:b"}
    with engine.begin() as connection:
        connection.execute(cases.update().values(keep_until=until, **two))


# A promised end is kept


def ways_to_come_back(world: World) -> dict[str, Any]:
    shu, ann, chen = world.person("shu"), world.person("ann"), world.person("chen")
    return {
        "a release that is withdrawn": (
            lambda case: shu.decides(case, "release-proposal", finding="mistake"),
            lambda case: shu.decides(case, "proposal-withdrawal"),
        ),
        "a release that is declined": (
            lambda case: shu.decides(case, "release-proposal", finding="mistake"),
            lambda case: chen.decides(case, "confirm"),
        ),
        "a ban that is withdrawn": (
            lambda case: ann.decides(case, "ban-proposal"),
            lambda case: ann.decides(case, "proposal-withdrawal"),
        ),
        "a ban that is declined": (
            lambda case: ann.decides(case, "ban-proposal"),
            lambda case: chen.decides(case, "confirm"),
        ),
    }


@pytest.mark.parametrize(
    "way",
    [
        "a release that is withdrawn",
        "a release that is declined",
        "a ban that is withdrawn",
        "a ban that is declined",
    ],
)
@pytest.mark.parametrize("is_answered", [True, False])
def test_what_is_only_proposed_puts_no_promised_end_off(
    world: World, li: Account, visits: Visits, way: str, is_answered: bool
) -> None:
    held(li, Cause.BULK_OPERATION)
    rui = world.reviewer()
    case = rui.case_of(li)
    before = done(rui.decides(case, "confirm", until=later(world, DAY)))
    propose, answer = ways_to_come_back(world)[way]
    proposed = done(propose(case))
    assert (proposed["state"], proposed["keep_until"]) == ("open", before["keep_until"])
    assert "Ends by itself" in visits.to(link_in(world, LI)).comes_in(LI).text
    if is_answered:
        world.clock.move(HOUR)
        after = done(answer(case))
        assert (after["state"], after["outcome"], after["keep_until"]) == (
            *("decided", "confirmed"),
            before["keep_until"],
        )
    world.clock.move(DAY)
    assert Background(world.program).end_kept() == 1
    assert li.is_free()
    ended = case_now(world.reviewer(), case)
    assert (ended["outcome"], ended["decided_by"], ended["release_pending"], ended["ban_pending"]) == (
        *("released", str(SYSTEM)),
        *(False, False),
    )


def test_a_withdrawn_proposal_leaves_the_case_as_it_was(world: World, li: Account) -> None:
    held(li, Cause.BULK_OPERATION)
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    opened = case_now(rui, case)
    proposes(shu, case)
    back = done(shu.decides(case, "proposal-withdrawal"))
    assert (back["state"], back["outcome"]) == ("open", None)
    assert case_now(rui, case)["clock"]["started_at"] == opened["clock"]["started_at"], "it went on"

    before = done(rui.decides(case, "confirm"))
    world.clock.move(HOUR)
    proposes(shu, case)
    assert case_now(rui, case)["clock"]["ended_at"] is None
    back = done(shu.decides(case, "proposal-withdrawal"))
    for what in ("state", "outcome", "decided_at", "decided_by", "confirmed_by"):
        assert back[what] == before[what], what
    assert case_now(rui, case)["clock"]["ended_at"] is not None


def test_the_clock_of_an_appeal_goes_on_when_a_proposal_is_withdrawn(world: World, li: Account, visits: Visits) -> None:
    held(li, Cause.BULK_OPERATION)
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    done(rui.decides(case, "confirm", until=later(world, 3 * DAY)))
    visits.to(link_in(world, LI)).comes_in(LI).hands_in("It was a newsletter.")
    run = case_now(rui, case)["clock"]
    world.clock.move(HOUR)
    proposes(shu, case)
    done(shu.decides(case, "proposal-withdrawal"))
    after = case_now(rui, case)["clock"]
    assert (after["started_at"], after["ended_at"]) == (run["started_at"], None)


def test_a_case_that_an_appeal_opened_again_is_still_open_after_a_withdrawal(world: World, li: Account) -> None:
    held(li, Cause.BULK_OPERATION)
    rui, shu, ann, bo, chen = (world.person(name) for name in ("rui", "shu", "ann", "boss", "chen"))
    case = rui.case_of(li)
    rui.confirms(case)
    ann.proposes_ban(case)
    chen.approves_ban(case)
    bo.upholds_appeal(case)
    proposes(shu, case)
    back = done(shu.decides(case, "proposal-withdrawal"))
    assert (back["state"], back["outcome"]) == ("open", None)


# What stays instead of a hold, where the same stays already

LIVE = (Service.LIVE,)


def left(world: World, time: timedelta) -> Json:
    return {"limit": {"services": ["live"], "until": later(world, time)}}


def test_a_limit_is_not_left_behind_by_itself(world: World, li: Account) -> None:
    held(li, Cause.BULK_OPERATION, Kind.LIMIT, *LIVE)
    rui = world.reviewer()
    case = rui.case_of(li)
    for what in ("release", "release-proposal"):
        refused = rui.decides(case, what, finding="condition_met", **left(world, DAY))
        assert (refused.status_code, code_of(refused)) == (409, "case.limit_is_this_hold")
    assert done(rui.decides(case, "confirm", until=later(world, DAY)))["outcome"] == "confirmed"


@pytest.mark.parametrize("pending", ["nothing", "a release", "confirmed"])
def test_a_freeze_ends_beside_the_limit_that_is_to_stay(world: World, li: Account, pending: str) -> None:
    held(li, Cause.BULK_OPERATION, Kind.LIMIT, *LIVE)
    rui, shu = world.reviewer(), world.person("shu")
    limited = rui.case_of(li)
    if pending == "a release":
        proposes(shu, limited)
    if pending == "confirmed":
        shu.confirms(limited)
    before = case_now(rui, limited)
    held(li, Cause.BULK_OPERATION)
    [frozen] = rui.sees("/v1/cases", account="li", order="newest", limit=1)["items"]
    released = done(rui.decides(frozen, "release", finding="condition_met", **left(world, DAY)))
    assert released["outcome"] == "released"
    assert [service for service, permit in li.may().items() if permit is Permit.DENIED] == [*LIVE]
    assert case_now(rui, limited) == before


@pytest.mark.parametrize(("hours", "longer"), [(1, True), (48, False)])
def test_a_limit_that_would_end_too_early_stays_longer(world: World, li: Account, hours: int, longer: bool) -> None:
    held(li, Cause.VIOLATING_CONTENT, Kind.LIMIT, *LIVE)
    rui, shu = world.reviewer(), world.person("shu")
    limited = rui.case_of(li)
    done(rui.decides(limited, "keep-proposal", until=later(world, hours * HOUR)))
    kept = done(shu.decides(limited, "release-approval"))
    violates(li)
    [frozen] = rui.sees("/v1/cases", account="li", order="newest", limit=1)["items"]
    until = later(world, DAY)
    proposes(rui, frozen, limit={"services": ["live"], "until": until})
    assert done(world.person("ann").decides(frozen, "release-approval"))["outcome"] == "released"
    after = case_now(rui, limited)
    assert after["keep_until"] == (until.replace("+00:00", "Z") if longer else kept["keep_until"])
    assert (after["outcome"], after["keep_proposed_by"] != after["keep_approved_by"]) == ("confirmed", True)
    assert ("kept_longer" in [each["action"] for each in rui.reads(limited)["actions"]]) is longer
    world.clock.move(2 * DAY)
    assert Background(world.program).end_kept() == 1
    assert li.is_free()


# A challenge is ended by whoever answers it


def test_a_challenge_for_a_violation_ends_when_its_condition_is_met(world: World, li: Account) -> None:
    held(li, Cause.VIOLATING_CONTENT, Kind.CHALLENGE)
    boss, [hold] = world.boss(), li.holds()
    assert boss.case_of(li)["needs_two"] is False
    path = f"/v1/tenants/acme/accounts/li/holds/{hold['id']}/condition-met"
    assert boss.does("POST", path, json={"reason": "showed who they are"})["released_at"] is not None
    assert boss.case_of(li)["outcome"] == "released"


def test_nobody_alone_makes_a_limit_for_a_violation_of_a_challenge(world: World, li: Account) -> None:
    held(li, Cause.VIOLATING_CONTENT, Kind.CHALLENGE)
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    refused = rui.decides(case, "release", finding="condition_met", **left(world, DAY))
    assert code_of(refused) == "case.proposal_needed"
    assert li.open_kinds() == ["challenge"]
    proposes(rui, case, **left(world, DAY))
    assert done(shu.decides(case, "release-approval"))["outcome"] == "released"
    assert li.open_kinds() == ["limit"]


# Whoever has a case in hand keeps it


def test_finding_a_bypass_leaves_the_case_in_the_hands_of_whoever_has_it(world: World, li: Account) -> None:
    violates(li)
    li.tenant.account("li2")
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    rui.does("POST", f"/v1/cases/{case['id']}/take")
    assert done(rui.decides(case, "bypass", account="li2"))["version"] == case["version"] + 1
    assert code_of(shu.decides(case, "release-proposal", finding="mistake")) == "case.taken"
    assert case_now(shu, case)["taken_by"] is not None


# One that fails holds up nobody else


def failing_for(right: UnitOfWork, account_id: str) -> UnitOfWork:
    """Work as the program does it, where something that follows from a release is broken for one account."""

    def breaks(tx: Tx, fact: HoldReleased, actor: Actor) -> None:
        if fact.hold.subject.account_id == account_id:
            raise RuntimeError(account_id)

    reactions = {**right.reactions, HoldReleased: (*right.reactions[HoldReleased], breaks)}
    return UnitOfWork(right.database, clock=right.clock, ids=right.ids, reactions=reactions)


def test_a_kept_hold_that_fails_to_end_keeps_no_other(world: World, li: Account) -> None:
    wang, rui = li.tenant.account("wang"), world.reviewer()
    for time, account in enumerate((li, wang), start=1):  # li's time is over first
        held(account, Cause.BULK_OPERATION)
        done(rui.decides(rui.case_of(account), "confirm", until=later(world, time * HOUR)))
    world.clock.move(DAY)
    assert end_kept(failing_for(world.program.uow, "li")) == 1
    assert (li.is_free(), wang.is_free()) == (False, True)
    assert end_kept(world.program.uow) == 1
    assert li.is_free()


def test_an_account_of_a_bulk_action_that_fails_keeps_no_other(database_url: str) -> None:
    house = House(database_url)  # without a server, which would carry it out beside us
    uow, tenant = house.program.uow, house.tenant()
    wanted = {"tenant_id": tenant, "finding": Finding.MISTAKE, "reason": "ours"}
    with uow.begin() as tx:
        for account in ("li", "wang"):
            subject = Subject(tenant_id=tenant, account_id=account)
            place_hold(tx, subject=subject, kind=Kind.FREEZE, cause=Cause.MANUAL, reason="test", actor=SYSTEM)
        proposed = bulks.propose_release(tx, Wanted(cause=Cause.MANUAL), actor=Actor(ActorKind.OPERATOR, "a"), **wanted)
        bulks.approve(tx, proposed.id, tenant_id=tenant, actor=Actor(ActorKind.OPERATOR, "b"))

    def still_held() -> list[str]:
        with uow.look() as connection:
            found = [list_holds(connection, tenant_id=tenant, account_id=account) for account in ("li", "wang")]
        return [hold.subject.account_id or "" for holds in found for hold in holds]

    run_bulks(failing_for(uow, "li"))
    assert still_held() == ["li"]
    run_bulks(uow)
    assert still_held() == []
    with uow.look() as connection:
        assert get_bulk(connection, proposed.id, tenant_id=tenant).state is State.DONE
    house.close()
