"""The unit of work: facts, their reactions, and what waits for the commit."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from frostgate.base.clock import HandClock
from frostgate.base.database import Database
from frostgate.base.ids import Ids
from frostgate.base.journal import entries
from frostgate.base.model import SYSTEM, Actor, Fact
from frostgate.base.uow import Tx, UnitOfWork
from servers import NOON


class Rang(Fact, frozen=True, kw_only=True):
    """A bell rang."""

    name = "bell.rang"

    times: int


class Echoed(Fact, frozen=True, kw_only=True):
    """Somebody heard it."""

    name = "bell.echoed"


Build = Callable[..., UnitOfWork]


@pytest.fixture
def build(database_url: str) -> Iterator[Build]:
    database = Database(database_url)
    yield lambda **reactions: UnitOfWork(
        database,
        clock=HandClock(NOON),
        ids=Ids(),
        reactions={Rang: reactions.get("rang", ()), Echoed: reactions.get("echoed", ())},
    )
    database.close()


def facts(uow: UnitOfWork) -> list[str]:
    with uow.look() as connection:
        return [entry.fact for entry in entries(connection, tenant_id="bells")]


def ring(tx: Tx) -> None:
    tx.state(Rang(tenant_id="bells", times=3), actor=SYSTEM)


def test_a_fact_is_journalled_with_who_caused_it(build: Build) -> None:
    uow = build()
    with uow.begin() as tx:
        ring(tx)
    with uow.look() as connection:
        [entry] = entries(connection, tenant_id="bells")
    assert (entry.fact, entry.actor, entry.at, entry.body) == (
        "bell.rang",
        "system:frostgate",
        NOON,
        '{"tenant_id":"bells","times":3}',
    )


def test_reactions_follow_in_order_inside_the_transaction(build: Build) -> None:
    seen: list[Any] = []

    def echo(tx: Tx, fact: Fact, actor: Actor) -> None:
        seen.append(("echo", tx.revision))
        tx.state(Echoed(tenant_id="bells"), actor=actor)

    def count(tx: Tx, fact: Rang, actor: Actor) -> None:
        seen.append(("count", tx.revision))

    uow = build(rang=(echo, count), echoed=(lambda tx, fact, actor: seen.append(("echoed", tx.revision)),))
    with uow.begin() as tx:
        ring(tx)
    with uow.look() as connection:
        first, second = (entry.number for entry in entries(connection, tenant_id="bells"))
    assert seen == [("echo", first), ("echoed", second), ("count", first)]


def test_a_reaction_that_fails_undoes_everything(build: Build) -> None:
    done: list[str] = []

    def fail(tx: Tx, fact: Fact, actor: Actor) -> None:
        tx.after_commit(lambda: done.append("never"))
        raise LookupError

    uow = build(rang=(fail,))
    with pytest.raises(LookupError), uow.begin() as tx:
        ring(tx)
    assert facts(uow) == []
    assert done == []


def test_what_waits_for_the_commit_sees_it(build: Build) -> None:
    uow, seen = build(), []
    with uow.begin() as tx:
        ring(tx)
        tx.after_commit(lambda: seen.append(facts(uow)))
        assert seen == []
    assert seen == [["bell.rang"]]


def test_what_fails_after_the_commit_keeps_neither_the_others_nor_the_caller(build: Build) -> None:
    uow, done = build(), []

    def fail() -> None:
        raise LookupError

    with uow.begin() as tx:
        ring(tx)
        tx.after_commit(fail)
        tx.after_commit(lambda: done.append("the next"))
    assert done == ["the next"]
    assert facts(uow) == ["bell.rang"]
