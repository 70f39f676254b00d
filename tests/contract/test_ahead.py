"""A slice is saved while the next is decided: nothing is answered that may be lost, and nothing built on it stays."""

import pytest
import sqlalchemy as sa

from frostgate.base.errors import StoreUnavailable
from frostgate.events.errors import IdReused
from frostgate.events.intake import never
from frostgate.events.model import Event
from frostgate.events.store import events
from frostgate.rules.answer import Answer
from frostgate.standing.model import Subject
from frostgate.standing.store import open_holds
from house import House, empty_the_disk, fill_the_disk, remembered
from servers import Databases

LI = Subject(tenant_id="acme", account_id="li")


def stored(house: House) -> list[str]:
    with house.program.uow.look() as connection:
        return list(connection.execute(sa.select(events.c.event_id).order_by(events.c.seq)).scalars())


def memory_is_what_is_stored(house: House) -> None:
    fresh = house.another()
    assert remembered(fresh) == remembered(house.program)


def many(house: House, name: str, accounts: int = 40) -> list[Event]:
    return [house.event(named=f"{name}{n}", account=f"a{n}", device=f"d{n}") for n in range(accounts)]


def test_slices_are_answered_in_order_once_they_are_stored(house: House) -> None:
    house.tenant()
    decider = house.program.decider
    first, second = many(house, "m"), many(house, "n")
    order: list[str] = []
    for name, part in (("first", first), ("second", second)):
        decided, told = decider.process_ahead(part, never)
        assert decided == len(part)
        told.add_done_callback(lambda done, name=name: order.append(f"{name} {len(done.result(10))}"))  # type: ignore[misc]

    assert decider.finish()

    assert order == ["first 40", "second 40"]
    assert stored(house) == [event.id for event in [*first, *second]]
    memory_is_what_is_stored(house)


def test_what_is_told_again_before_it_is_stored_hears_the_first_verdict(house: House) -> None:
    house.tenant()
    decider = house.program.decider
    part = many(house, "m")
    _, first = decider.process_ahead(part, never)
    other = house.event(named="m7", account="somebody else")

    again = decider.process([*part, other])

    for before, after in zip(first.result(10), again, strict=False):
        assert isinstance(before, Answer)
        assert isinstance(after, Answer)
        assert (after.decision, after.repeated) == (before.decision, True)
    assert isinstance(again[-1], IdReused)
    assert stored(house) == [event.id for event in part]


def test_a_freeze_waits_for_what_it_was_decided_by(house: House) -> None:
    house.tenant()
    decider = house.program.decider
    at_home, abroad = house.journey("li")
    _, first = decider.process_ahead([at_home], never)

    _, second = decider.process_ahead([abroad], never)

    assert second.done(), "a hold was placed, and its slice is still to be saved"
    assert first.done()
    [answer] = second.result(10)
    assert isinstance(answer, Answer)
    with house.program.uow.look() as connection:
        assert [hold.id for hold in open_holds(connection, LI)] == [*answer.holds]
    memory_is_what_is_stored(house)


@pytest.mark.parametrize("is_ahead", [True, False])
def test_what_another_process_stored_first_is_a_repeat_and_what_was_built_on_it_is_decided_again(
    house: House, is_ahead: bool
) -> None:
    house.tenant()
    decider = house.program.decider
    at_home, abroad = house.journey("li")
    other, first = house.another(), []

    def is_enough(answers: int) -> bool:
        if answers == 1:
            first.extend(other.decider.process([at_home]))
        return False

    earlier = many(house, "m")
    _, told = decider.process_ahead([*earlier, at_home], is_enough)

    later = [abroad, *many(house, "n")]
    answers = decider.process_ahead(later, never)[1].result(10) if is_ahead else decider.process(later)

    assert [repeat.repeated for repeat in told.result(10) if isinstance(repeat, Answer)] == [False] * 40 + [True]
    assert told.result(10)[-1].decision == first[0].decision  # type: ignore[union-attr]
    assert len(answers) == 41
    assert isinstance(answers[0], Answer)
    assert answers[0].verdict == "freeze"
    assert sorted(stored(house)) == sorted(each.id for each in [*earlier, at_home, *later])
    with house.program.uow.look() as connection:
        assert len(open_holds(connection, LI)) == 1
    memory_is_what_is_stored(house)


def test_a_store_that_takes_nothing_loses_both_slices_and_says_so(databases: Databases) -> None:
    """The slice that could not be saved, and the one that was built on it."""
    house = House(databases.make("sqlite"))
    house.tenant()
    decider = house.program.decider
    decider.process(many(house, "before"))
    fill_the_disk(house.program)
    long = [house.event(named=f"m{n}", account=f"a{n}", user_agent="x" * 1000) for n in range(100)]
    later = [house.event(named=f"n{n}", account=f"a{n}", user_agent="x" * 1000) for n in range(100)]
    _, first = decider.process_ahead(long, never)
    _, second = decider.process_ahead(later, never)
    assert not decider.finish()

    for told in (first, second):
        with pytest.raises(StoreUnavailable):
            told.result(10)
    empty_the_disk(house.program)
    assert len(decider.process([*long, *later])) == 200
    assert len(stored(house)) == 240
    memory_is_what_is_stored(house)
    house.close()
    databases.remove(house.url)
