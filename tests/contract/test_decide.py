"""What follows when several rules match one event: holds for each cause, and for none of them twice."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from frostgate.base.model import SYSTEM
from frostgate.decide import Answer
from frostgate.events.store import events
from frostgate.rules import decision
from frostgate.rules import service as rules
from frostgate.standing import service as standing
from frostgate.standing import store
from frostgate.standing.model import Finding, Hold, Subject
from house import House

SUBJECT = Subject(tenant_id="acme", account_id="li")
EFFECTS = {
    "odd": "challenge: abnormal_login",
    "strange": "challenge: abnormal_login",
    "grave": "freeze: abnormal_login",
    "bulky": "challenge: bulk_operation",
    "flooding": "throttle: bulk_operation, retry_after: 60s",
    "outside": "refuse: abnormal_login",
}


@pytest.fixture
def desk(house: House) -> House:
    """A tenant under rules that match the words in a device's name; `tried` is a freeze that only watches."""
    house.tenant()
    source = "name: t\nguard: 7d\nkeep_events: 90d\nrules:\n"
    for word, effect in {**EFFECTS, "tried": "freeze: abnormal_login"}.items():
        kept = (
            "shadow: true"
            if word == "tried"
            else "examples: {matches: [{name: x, file: x}], stays_away: [{name: x, file: x}]}"
        )
        source += f"""\
  - id: {word}
    on: login
    when: login.device.contains("{word}")
    effect: {{{effect}}}
    says: {{zh-CN: "设备名", en: "The device's name"}}
    {kept}
"""
    with house.program.uow.begin() as tx:
        published = rules.publish(tx, rules.check(source), actor=SYSTEM)
    house.program.running.adopt(house.program.uow, published)
    return house


def signs_in(desk: House, device: str) -> Answer:
    desk.clock.move(timedelta(minutes=5))
    [answer] = desk.program.decider.process([desk.event(device=device)])
    assert isinstance(answer, Answer)
    return answer


def open_holds(desk: House) -> list[Hold]:
    with desk.program.uow.look() as connection:
        return store.open_holds(connection, SUBJECT)


def placed(desk: House) -> list[tuple[str, str]]:
    return [(hold.kind.name.lower(), hold.cause.value) for hold in open_holds(desk)]


def release(desk: House, holds: Sequence[str], finding: Finding) -> None:
    for hold_id in holds:
        with desk.program.uow.begin() as tx:
            standing.release_hold(tx, hold_id, tenant_id="acme", finding=finding, actor=SYSTEM, reason="we spoke")


def guarded(answer: Answer) -> dict[str, bool]:
    return {reason.rule: reason.guarded for reason in answer.reasons}


def test_of_two_rules_for_one_cause_the_gravest_places_the_only_hold(desk: House) -> None:
    answer = signs_in(desk, "odd and grave")
    assert answer.verdict == "freeze"
    assert guarded(answer) == {"odd": False, "grave": False}  # both are told
    assert placed(desk) == [("freeze", "abnormal_login")]
    assert list(answer.holds) == [hold.id for hold in open_holds(desk)]


def test_two_equally_grave_rules_for_one_cause_place_one_hold(desk: House) -> None:
    answer = signs_in(desk, "odd and strange")
    assert len(answer.holds) == 1
    assert placed(desk) == [("challenge", "abnormal_login")]


def test_two_causes_place_a_hold_each(desk: House) -> None:
    answer = signs_in(desk, "grave and bulky, flooding")
    assert answer.verdict == "freeze"
    assert sorted(placed(desk)) == [("challenge", "bulk_operation"), ("freeze", "abnormal_login")]
    assert len(answer.holds) == 2

    release(desk, [hold.id for hold in open_holds(desk) if hold.cause == "abnormal_login"], Finding.MISTAKE)
    assert placed(desk) == [("challenge", "bulk_operation")]


def test_no_milder_hold_follows_a_thawed_freeze_for_the_same_evidence(desk: House) -> None:
    release(desk, signs_in(desk, "odd and grave").holds, Finding.MISTAKE)

    again = signs_in(desk, "odd and grave")

    assert again.verdict == "allow"
    assert guarded(again) == {"odd": True, "grave": True}
    assert placed(desk) == []
    assert signs_in(desk, "odd").verdict == "challenge"  # which is another device, so it is new


def test_a_passed_challenge_answers_every_rule_that_asked_for_it(desk: House) -> None:
    """Two rules share one hold, and a third asks for the same while it is open: one answer is enough for all."""
    first = signs_in(desk, "odd and strange")
    signs_in(desk, "odd, later")
    assert len(open_holds(desk)) == 1

    release(desk, first.holds, Finding.CONDITION_MET)

    for device in ("odd and strange", "odd, later"):
        again = signs_in(desk, device)
        assert again.verdict == "allow"
        assert all(guarded(again).values())
    assert signs_in(desk, "odd, elsewhere").verdict == "challenge"
    release(desk, [hold.id for hold in open_holds(desk)], Finding.CONDITION_MET)
    desk.clock.move(timedelta(days=8))
    assert signs_in(desk, "odd and strange").verdict == "challenge", "the guard is over"


def test_whoever_only_proved_who_they_are_is_frozen_again_for_the_next_try(desk: House) -> None:
    release(desk, signs_in(desk, "odd and grave").holds, Finding.CONDITION_MET)
    assert signs_in(desk, "odd and grave").verdict == "freeze"
    assert placed(desk) == [("freeze", "abnormal_login")]


def test_a_rule_in_trial_takes_no_hold_from_a_milder_one(desk: House) -> None:
    assert signs_in(desk, "odd, tried").verdict == "challenge"
    assert placed(desk) == [("challenge", "abnormal_login")]


@pytest.mark.parametrize("device", ["outside", "outside and odd", "outside, bulky and strange"])
def test_nobody_is_asked_who_they_are_where_the_event_was_refused(desk: House, device: str) -> None:
    answer = signs_in(desk, device)
    assert (answer.verdict, answer.code, answer.holds) == ("refuse", "event.refused", ())
    assert placed(desk) == []


def test_who_is_refused_is_not_frozen_however_odd_it_looks(desk: House) -> None:
    assert signs_in(desk, "outside and grave").verdict == "refuse"
    assert placed(desk) == []


@pytest.mark.parametrize("device", ["outside", "flooding"])
def test_who_was_turned_away_is_not_at_home_there(desk: House, device: str) -> None:
    """Live, and after a restart that reads the events again."""
    signs_in(desk, device)
    signs_in(desk, "laptop")
    for program in (desk.program, desk.another()):
        li = program.running.reader.profiles.of(("acme", "li"))
        assert (li.knows_device(device), li.knows_device("laptop")) == (False, True)


def test_a_record_read_and_written_again_is_the_same_bytes(desk: House) -> None:
    """Also where next to nothing was known of an event, so that replays can compare bytes."""
    used = desk.event("billing", kind="usage", unit="message", quantity=1)
    desk.program.decider.process([desk.event(device="odd"), used])
    with desk.program.uow.look() as connection:
        texts = connection.execute(sa.select(events.c.decision)).scalars().all()
    assert len(texts) == 2
    assert [decision.write(decision.read(text)) for text in texts] == texts
