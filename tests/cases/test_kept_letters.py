"""What people read once it was decided that a hold stays."""

from datetime import timedelta

import pytest

from frostgate.base.model import BILLING, SYSTEM
from frostgate.standing.model import Cause, Kind, Subject
from frostgate.standing.service import place_hold
from visitors import LI, Visits, frozen, link_in
from world import Account, Letter, Person, World

DAY = timedelta(days=1)
KEPT, LIMITED = "What our review found", "Account limited"
REFUSED = {"outcome": "refused", "reason_code": "evidence_stands", "reason": "nobody sells such a ticket"}


def as_read(world: World, time: timedelta) -> str:
    """The instant after this time, as a letter to a tenant in Beijing says it."""
    return (world.clock.now() + time + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M")


def owed(world: World) -> set[str]:
    """What anybody was told."""
    return {notice["template"] for notice in world.boss().sees("/v1/tenants/acme/notices")["items"]}


def letter(world: World, subject: str) -> Letter:
    """The mail to the holder with this subject, once it is there."""

    def found() -> list[Letter]:
        return [mail for mail in world.mails_to(LI) if subject in mail.subject]

    world.until(found)
    return found()[-1]


def confirms(person: Person, account: Account, **details: str) -> None:
    answer = person.decides(person.case_of(account), "confirm", **details)
    assert answer.is_success, answer.text


def test_whoever_is_kept_for_a_time_reads_when_it_ends_and_what_they_can_do(world: World, visits: Visits) -> None:
    li = frozen(world)
    when, read = (world.clock.now() + DAY).isoformat(), as_read(world, DAY)
    confirms(world.reviewer(), li, until=when)
    told = letter(world, KEPT)
    assert f"ends by itself on {read}" in told.text
    assert "Our staff never ask for your password" in told.text
    inside = visits.to(link_in(world, LI, about=KEPT)).comes_in(LI)
    assert "Ends by itself" in inside.text


def test_whoever_is_kept_for_now_reads_that_too(world: World) -> None:
    li = frozen(world)
    confirms(world.reviewer(), li)
    told = letter(world, KEPT)
    assert "It stays for now." in told.text
    assert "by itself" not in told.text


def test_a_release_takes_back_what_was_not_sent_of_it(world: World) -> None:
    li = frozen(world)
    hours = {"starts": "00:00", "ends": "23:59"}
    world.boss().does("PUT", "/v1/tenants/acme/quiet-hours", json={"email": hours, "sms": None})
    confirms(world.reviewer(), li)
    shu = world.person("shu")
    shu.releases(shu.case_of(li))
    kept = [each for each in li.notices() if each["template"] == "case_kept"]
    assert {each["problem"] for each in kept} == {"overtaken"}


def test_a_refused_appeal_is_one_letter_and_not_two(world: World, visits: Visits) -> None:
    frozen(world)
    visits.of().comes_in(LI).hands_in()
    rui = world.reviewer()
    [appeal] = rui.sees("/v1/appeals")["items"]
    rui.does("POST", f"/v1/appeals/{appeal['id']}/decision", json=REFUSED)
    assert "appeal_decided" in owed(world)
    assert "case_kept" not in owed(world)


def test_a_limit_that_stays_instead_is_told_once_with_its_end(world: World) -> None:
    li = frozen(world)
    rui, read = world.reviewer(), as_read(world, DAY)
    limit = {"services": ["live"], "until": (world.clock.now() + DAY).isoformat()}
    answer = rui.decides(rui.case_of(li), "release", finding="condition_met", limit=limit)
    assert answer.is_success, answer.text
    told = letter(world, LIMITED).text
    assert f"by itself on {read}" in told
    assert "at the latest" in told
    assert "case_kept" not in owed(world)


@pytest.mark.parametrize("is_dunning", [True, False])
def test_dunning_speaks_for_itself(world: World, is_dunning: bool) -> None:
    li = world.tenant().account("li", language="en")
    with world.program.uow.begin() as tx:
        subject = Subject(tenant_id="acme", account_id="li")
        actor = BILLING if is_dunning else SYSTEM
        place_hold(tx, subject=subject, kind=Kind.FREEZE, cause=Cause.ARREARS, reason="test", actor=actor)
    world.clock.move(DAY)
    confirms(world.person("shu"), li)
    assert ("case_kept" in owed(world)) is not is_dunning
