"""What people may decide in a case, and what needs two of them."""

from typing import Any

import pytest

from frostgate.base.errors import Conflict
from frostgate.base.model import SYSTEM, Actor, ActorKind
from frostgate.cases import store
from frostgate.cases.actions import Did
from frostgate.cases.errors import (
    CaseClosed,
    CaseUnknown,
    NoBan,
    NoProposal,
    NotForBan,
    PersonNeeded,
    ReasonRequired,
    WrongKind,
)
from frostgate.cases.model import CaseKind, Outcome, State
from frostgate.cases.reactions import open_task
from frostgate.standing.model import Cause, Finding, HoldClosed, Kind, SecondPersonNeeded

House = Any
DECISIONS = ["confirm", "propose_ban", "approve_ban", "uphold_appeal"]


def test_a_hold_opens_the_case_that_it_names(house: House) -> None:
    hold = house.hold()
    case = house.case(hold.case_id)
    assert (case.kind, case.hold_id, case.account_id, case.cause) == (
        CaseKind.HOLD,
        hold.id,
        "li",
        "bulk_operation",
    )
    assert (case.state, case.outcome, case.decision_id) == (State.OPEN, None, "d1")
    assert [(a.action, a.reason) for a in house.actions(case.id)] == [(Did.OPENED, "content.gambling")]


def test_a_hold_that_ends_by_itself_closes_its_case_and_no_other(house: House) -> None:
    first, second = house.hold(cause=Cause.ARREARS), house.hold()
    house.ends(first)
    case = house.case(first.case_id)
    assert (case.state, case.outcome, case.decided_by) == (State.DECIDED, Outcome.RELEASED, SYSTEM)
    assert house.case(second.case_id).state is State.OPEN
    assert "case.ended" in house.facts()


def test_a_confirmed_hold_stays_and_its_case_is_decided(house: House) -> None:
    hold = house.hold()
    case = house.does("wang", "confirm", hold.case_id)
    assert (case.state, case.outcome) == (State.DECIDED, Outcome.CONFIRMED)
    assert house.hold_now(hold.id).is_open


def test_who_found_a_hold_right_does_not_release_it(house: House) -> None:
    hold = house.hold()
    house.does("wang", "confirm", hold.case_id)
    with pytest.raises(SecondPersonNeeded):
        house.does("wang", "release", hold.case_id, finding=Finding.CONDITION_MET)
    assert house.hold_now(hold.id).is_open

    case = house.does("zhao", "release", hold.case_id, finding=Finding.CONDITION_MET)
    assert (case.outcome, case.version) == (Outcome.RELEASED, 3)
    assert not house.hold_now(hold.id).is_open


def test_a_mistake_is_released_and_other_rooms_learn_of_it(house: House) -> None:
    hold = house.hold()
    house.does("wang", "release", hold.case_id, finding=Finding.MISTAKE)
    (fact,) = house.learned
    assert (fact.hold.id, fact.finding, fact.hold.evidence_key) == (hold.id, Finding.MISTAKE, "e1")
    assert [a.action for a in house.actions(hold.case_id)] == [Did.OPENED, Did.RELEASED]


def test_releasing_one_hold_leaves_its_neighbour(house: House) -> None:
    first = house.hold()
    house.hold(cause=Cause.ABNORMAL_LOGIN, kind=Kind.CHALLENGE)
    house.does("wang", "release", first.case_id, finding=Finding.MISTAKE)
    assert house.open_kinds() == {Kind.CHALLENGE}


def test_a_decided_case_takes_no_second_decision(house: House) -> None:
    hold = house.hold()
    house.does("wang", "release", hold.case_id, finding=Finding.MISTAKE)
    for what in ("confirm", "propose_ban", "approve_ban"):
        with pytest.raises(CaseClosed):
            house.does("zhao", what, hold.case_id)
    with pytest.raises(CaseClosed):
        house.does("zhao", "release", hold.case_id, finding=Finding.MISTAKE)


def test_a_ban_needs_two_people_and_leaves_the_freeze_beside_it(house: House) -> None:
    hold = house.hold()
    proposed = house.does("wang", "propose_ban", hold.case_id)
    assert (proposed.state, proposed.ban_pending) == (State.OPEN, True)
    assert house.open_kinds() == {Kind.FREEZE}
    with pytest.raises(SecondPersonNeeded):
        house.does("wang", "approve_ban", hold.case_id)

    case = house.does("zhao", "approve_ban", hold.case_id)
    assert (case.state, case.outcome) == (State.DECIDED, Outcome.BANNED)
    assert house.open_kinds() == {Kind.FREEZE, Kind.BAN}
    assert house.hold_now(case.ban_hold_id).case_id == case.id


def test_who_confirmed_the_freeze_does_not_approve_the_ban(house: House) -> None:
    hold = house.hold()
    house.does("wang", "confirm", hold.case_id)
    reopened = house.does("li", "propose_ban", hold.case_id)
    assert (reopened.state, reopened.outcome) == (State.OPEN, None)
    with pytest.raises(SecondPersonNeeded):
        house.does("wang", "approve_ban", hold.case_id)
    assert house.does("zhao", "approve_ban", hold.case_id).outcome is Outcome.BANNED


def test_somebody_else_may_confirm_instead_and_so_decline_the_ban(house: House) -> None:
    hold = house.hold()
    house.does("wang", "propose_ban", hold.case_id)
    case = house.does("zhao", "confirm", hold.case_id)
    assert (case.outcome, case.ban_pending) == (Outcome.CONFIRMED, False)
    with pytest.raises(CaseClosed):
        house.does("chen", "approve_ban", hold.case_id)


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (Kind.FREEZE, Cause.ARREARS),
        (Kind.FREEZE, Cause.ABNORMAL_LOGIN),
        (Kind.FREEZE, Cause.MANUAL),
        (Kind.LIMIT, Cause.BULK_OPERATION),
        (Kind.CHALLENGE, Cause.BULK_OPERATION),
    ],
)
def test_a_ban_is_only_for_a_freeze_of_a_grave_cause(house: House, kind: Kind, cause: Cause) -> None:
    hold = house.hold(kind=kind, cause=cause)
    with pytest.raises(NotForBan):
        house.does("wang", "propose_ban", hold.case_id)


def test_there_is_nothing_to_approve_or_lift_without_a_ban(house: House) -> None:
    hold = house.hold()
    with pytest.raises(NoProposal):
        house.does("wang", "approve_ban", hold.case_id)
    with pytest.raises(NoBan):
        house.does("wang", "uphold_appeal", hold.case_id)


def banned(house: House) -> Any:
    hold = house.hold()
    house.does("wang", "propose_ban", hold.case_id)
    house.does("zhao", "approve_ban", hold.case_id)
    return hold


@pytest.mark.parametrize("name", ["wang", "zhao"])
def test_who_took_part_in_a_ban_does_not_lift_it(house: House, name: str) -> None:
    hold = banned(house)
    with pytest.raises(SecondPersonNeeded):
        house.does(name, "uphold_appeal", hold.case_id)
    assert house.open_kinds() == {Kind.FREEZE, Kind.BAN}


def test_a_ban_that_is_lifted_brings_the_freeze_back_into_the_queue(house: House) -> None:
    hold = banned(house)
    case = house.does("chen", "uphold_appeal", hold.case_id)
    assert house.open_kinds() == {Kind.FREEZE}
    assert (case.state, case.outcome, case.appeal_upheld_by) == (State.OPEN, None, Actor(ActorKind.OPERATOR, "chen"))

    with pytest.raises(CaseClosed):  # nobody is tried twice for one thing
        house.does("wang", "propose_ban", hold.case_id)
    house.does("chen", "release", hold.case_id, finding=Finding.MISTAKE)
    assert house.open_kinds() == set()
    assert house.case(hold.case_id).ban_approved_by == Actor(ActorKind.OPERATOR, "zhao")


def test_a_ban_outlives_its_freeze_and_ends_decided(house: House) -> None:
    hold = banned(house)
    house.ends(hold)
    assert house.case(hold.case_id).outcome is Outcome.BANNED
    assert house.does("chen", "uphold_appeal", hold.case_id).outcome is Outcome.BAN_LIFTED
    assert house.open_kinds() == set()


def test_nothing_but_an_upheld_appeal_releases_a_banned_case(house: House) -> None:
    hold = banned(house)
    with pytest.raises(CaseClosed):
        house.does("chen", "release", hold.case_id, finding=Finding.MISTAKE)


@pytest.mark.parametrize("what", DECISIONS)
@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 2001])
def test_a_decision_without_a_readable_reason_is_refused(house: House, what: str, reason: str) -> None:
    hold = house.hold()
    with pytest.raises(ReasonRequired):
        house.does("wang", what, hold.case_id, reason=reason)
    assert house.case(hold.case_id).version == 1


@pytest.mark.parametrize("what", DECISIONS)
@pytest.mark.parametrize("kind", [ActorKind.TOKEN, ActorKind.RULE, ActorKind.SYSTEM])
def test_a_person_decides_and_no_program_of_theirs(house: House, what: str, kind: ActorKind) -> None:
    hold = house.hold()
    with pytest.raises(PersonNeeded):
        house.does("", what, hold.case_id, actor=Actor(kind, "wang"))


@pytest.mark.parametrize("what", DECISIONS)
def test_another_tenants_case_does_not_exist(house: House, what: str) -> None:
    hold = house.hold()
    with pytest.raises(CaseUnknown):
        house.does("wang", what, hold.case_id, tenant_id="other")


def test_who_decides_on_an_old_view_is_told_so(house: House) -> None:
    hold = house.hold()
    seen = house.case(hold.case_id).version
    house.does("wang", "propose_ban", hold.case_id, version=seen)
    with pytest.raises(Conflict):
        house.does("zhao", "confirm", hold.case_id, version=seen)


def test_a_case_saved_over_a_newer_one_is_refused(house: House) -> None:
    hold = house.hold()
    stale = house.case(hold.case_id)
    house.does("wang", "confirm", hold.case_id)
    with pytest.raises(Conflict), house.uow.begin() as tx:
        store.save(tx.connection, stale)


@pytest.mark.parametrize(
    "people",
    [
        {"ban_proposed_by": "operator:a", "ban_approved_by": "operator:a"},
        {"ban_proposed_by": "operator:a", "ban_approved_by": "operator:b", "confirmed_by": "operator:b"},
        {"ban_proposed_by": "operator:a", "ban_approved_by": "operator:b", "appeal_upheld_by": "operator:a"},
        {"ban_proposed_by": "operator:a", "ban_approved_by": "operator:b", "appeal_upheld_by": "operator:b"},
        {"confirmed_by": "operator:a", "released_by": "operator:a"},
        {"ban_approved_by": "operator:b"},
        {"state": "decided"},
        {"state": "decided", "outcome": "banned", "decided_by": "operator:a"},
    ],
)
def test_the_database_itself_keeps_four_eyes(house: House, people: dict[str, str]) -> None:
    hold = house.hold()
    with pytest.raises(Conflict), house.uow.begin() as tx:
        tx.execute(store.cases.update().where(store.cases.c.id == hold.case_id).values(**people))


def test_a_hold_that_ended_cannot_be_confirmed(house: House) -> None:
    hold = house.hold()
    house.does("wang", "confirm", hold.case_id)
    house.ends(hold)
    assert house.case(hold.case_id).outcome is Outcome.RELEASED
    with pytest.raises((CaseClosed, HoldClosed)):
        house.does("zhao", "confirm", hold.case_id)


def test_the_same_trouble_is_one_task_and_is_done_once(house: House) -> None:
    about = {"tenant_id": "acme", "hold_id": None, "account_id": "li", "cause": None}
    kind = CaseKind.NOTICE_UNDELIVERABLE
    with house.uow.begin() as tx:
        first = open_task(tx, kind=kind, reason="mailbox full", **about)
        again = open_task(tx, kind=kind, reason="no such user", **about)
        other = open_task(tx, kind=kind, reason="no address", **{**about, "account_id": "wang"})
    assert first.id == again.id != other.id
    assert [a.reason for a in house.actions(first.id)] == ["mailbox full", "no such user"]

    for what in DECISIONS:
        with pytest.raises(WrongKind):
            house.does("wang", what, first.id)
    assert house.does("wang", "finish", first.id).outcome is Outcome.DONE
    with pytest.raises(CaseClosed):
        house.does("wang", "finish", first.id)
    with house.uow.begin() as tx:
        assert open_task(tx, kind=kind, reason="again", **about).id != first.id


def test_a_holds_case_is_decided_and_not_just_done(house: House) -> None:
    hold = house.hold()
    with pytest.raises(WrongKind):
        house.does("wang", "finish", hold.case_id)


def test_every_decision_is_in_the_journal(house: House) -> None:
    hold = banned(house)
    house.does("chen", "note", hold.case_id)
    house.does("chen", "uphold_appeal", hold.case_id)
    assert house.facts() == [
        "hold.placed",
        "case.opened",
        "ban.proposed",
        "hold.placed",
        "ban.approved",
        "case.noted",
        "hold.released",
        "appeal.upheld",
    ]
