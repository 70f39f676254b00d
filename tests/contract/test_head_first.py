"""The journal's head comes before any row, so that on PostgreSQL none wait for each other crosswise."""

import threading
from collections.abc import Callable, Iterator

import pytest

from frostgate.base.model import SYSTEM
from frostgate.decide import Answer
from frostgate.directory.model import AccountDraft
from frostgate.directory.service import register_accounts
from frostgate.events.model import Event
from frostgate.standing.model import Cause, Finding, Hold, Kind, Subject
from frostgate.standing.service import place_hold, release_hold
from frostgate.standing.store import open_holds
from house import House
from servers import Databases
from together import asked, is_somebody_waiting, just_before

HEAD = "FROM journal_head"
LI = Subject(tenant_id="acme", account_id="li")


@pytest.fixture
def postgres(databases: Databases) -> Iterator[House]:
    built = House(databases.make("postgresql"))
    built.tenant()
    yield built
    built.close()


def registers(house: House) -> None:
    with house.program.uow.begin() as tx:
        register_accounts(tx, [AccountDraft(id="li")], tenant_id="acme", actor=SYSTEM)


def releases(house: House, hold: Hold) -> None:
    with house.program.uow.begin() as tx:
        release_hold(tx, hold.id, tenant_id="acme", finding=Finding.MISTAKE, actor=SYSTEM, reason="test")


def freezes(house: House) -> Hold:
    """What the rule for impossible journeys would place, by other hands."""
    with house.program.uow.begin() as tx:
        return place_hold(tx, subject=LI, kind=Kind.FREEZE, cause=Cause.ABNORMAL_LOGIN, reason="test", actor=SYSTEM)


def beside_a_slice_that_freezes(house: House, command: Callable[[], object], event: Event) -> None:
    """Let another process freeze Zhang and then, for this event, Li, while the command is about to take the head."""
    other, answers = house.another(), []
    thread = threading.Thread(target=lambda: answers.extend(other.decider.process([*house.journey("zhang"), event])))

    def overtake() -> None:
        thread.start()
        while thread.is_alive() and not is_somebody_waiting(house.program):
            pass

    with just_before(house.program, HEAD, overtake):
        command()
    thread.join()
    verdicts = [answer.verdict for answer in answers if isinstance(answer, Answer)]
    assert verdicts == ["allow", "freeze", "freeze"]


def test_an_account_is_registered_while_a_slice_freezes_it(postgres: House) -> None:
    at_home, abroad = postgres.journey("li")
    postgres.program.decider.process([at_home])
    beside_a_slice_that_freezes(postgres, lambda: registers(postgres), abroad)
    with postgres.program.uow.look() as connection:
        assert len(open_holds(connection, LI)) == 1


def test_a_hold_is_released_while_a_slice_asks_for_the_same(postgres: House) -> None:
    at_home, abroad = postgres.journey("li")
    postgres.program.decider.process([at_home])
    hold = freezes(postgres)
    beside_a_slice_that_freezes(postgres, lambda: releases(postgres, hold), abroad)
    with postgres.program.uow.look() as connection:
        assert hold.id not in {each.id for each in open_holds(connection, LI)}


def test_evidence_that_is_being_dealt_with_places_no_second_hold(postgres: House) -> None:
    """The release comes while the slice is about to place, so it waits; or it was first, and the rule is guarded."""
    other = postgres.another()
    events = postgres.journey("li")
    [_, frozen] = other.decider.process(events)
    assert isinstance(frozen, Answer)
    with postgres.program.uow.look() as connection:
        [hold] = open_holds(connection, LI)
    thread = threading.Thread(target=lambda: releases(postgres, hold))

    def overtake() -> None:
        thread.start()
        while thread.is_alive() and not is_somebody_waiting(postgres.program):
            pass

    with just_before(other, "INTO holds", overtake):
        [again] = other.decider.process([postgres.event(ip="91.65.1.1", device="pixel")])
    thread.join()
    assert isinstance(again, Answer)
    assert again.holds == (hold.id,)
    with postgres.program.uow.look() as connection:
        assert open_holds(connection, LI) == []


def test_whoever_states_nothing_waits_for_no_head(house: House) -> None:
    house.tenant()
    at_home, abroad = house.journey("li")
    with asked() as statements:
        house.program.decider.process([at_home])
    assert statements
    assert not any(HEAD in each for each in statements)
    with asked() as statements:
        house.program.decider.process([abroad])
    assert takes_the_head_first(statements)


def test_a_command_takes_the_head_before_it_writes(house: House) -> None:
    with asked() as statements:
        house.tenant()
    assert takes_the_head_first(statements)


def takes_the_head_first(statements: list[str]) -> bool:
    told = [each for each in statements if HEAD in each or each.lstrip().startswith(("INSERT", "UPDATE", "DELETE"))]
    return HEAD in told[0]
