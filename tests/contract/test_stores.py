"""The stores of events and holds behave alike on both databases, also when two come at once."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from frostgate.app import Program
from frostgate.background import Background
from frostgate.base.errors import Conflict
from frostgate.base.model import Actor, ActorKind
from frostgate.events import store as events
from frostgate.events.errors import IdReused
from frostgate.rules.answer import Answer
from frostgate.standing import service as standing
from frostgate.standing import store as holds
from frostgate.standing.model import Cause, Finding, Hold, HoldClosed, HoldUnknown, Kind, Service, Subject
from house import House

WANG = Actor(ActorKind.OPERATOR, "wang")
LI = Subject(tenant_id="acme", account_id="li")


def place(program: Program, *, kind: Kind = Kind.FREEZE, cause: Cause = Cause.MANUAL, subject: Subject = LI) -> Hold:
    with program.uow.begin() as tx:
        return standing.place_hold(
            tx, subject=subject, kind=kind, cause=cause, services=frozenset(Service), reason="test", actor=WANG
        )


def test_events_come_back_as_they_were(house: House) -> None:
    house.tenant()
    incoming = [
        house.event(device="手机 📱", user_agent="a'b\"c\\d", second_factor=True),
        house.event("message", conversation="c", conversation_kind="private", text="多行\n文字", recipients=("a", "b")),
        house.event("call", medium="voice", channel="x", seconds=3),
        house.event("stream", room="r", phase="started"),
        house.event("ai", agent="bot", role="person", text="hello"),
        house.event("api", key="k", method="GET /", status=200),
        house.event("report", reporter="r", category="spam"),
        house.event("billing", kind="usage", unit="ai_token", quantity=10**12),
    ]
    house.program.decider.process(incoming)
    with house.program.uow.look() as connection:
        found = [stored.event for stored in events.after(connection, 0, since=house.clock.now())]
        assert found == incoming
        repeats = events.find_repeats(connection, incoming)
    assert {key[2] for key in repeats} == {event.id for event in incoming}


def test_a_repeat_is_known_whatever_slice_it_comes_in(house: House) -> None:
    house.tenant()
    many = [house.event(named=f"m{n}", account=f"a{n % 9}") for n in range(600)]
    first = house.program.decider.process(many)
    again = house.another().decider.process(many)
    assert [a.decision for a in again] == [a.decision for a in first]  # type: ignore[union-attr]
    assert all(isinstance(answer, Answer) and answer.repeated for answer in again)
    other = [house.event(named="m5", account="somebody else")]
    assert isinstance(house.program.decider.process(other)[0], IdReused)


def test_two_processes_that_are_told_the_same_at_once_keep_it_once(house: House) -> None:
    """Exactly one row, and everybody hears the first verdict: whoever was second finds it and repeats it."""
    house.tenant()
    told = [house.event(named="same", account="li")]
    programs = [house.program, house.another()]
    together, answers = threading.Barrier(2), []

    def tell(program: Program) -> None:
        together.wait()
        answers.extend(program.decider.process(told))

    threads = [threading.Thread(target=tell, args=(program,)) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with house.program.uow.look() as connection:
        [decision] = connection.execute(sa.select(events.events.c.decision_id)).scalars().all()
    assert [answer.decision for answer in answers] == [decision, decision]
    for program in programs:
        [again] = program.decider.process(told)
        assert isinstance(again, Answer)
        assert (again.decision, again.repeated) == (decision, True)


def test_events_are_forgotten_when_policy_says_and_not_those_that_a_hold_stands_on(house: House) -> None:
    house.tenant()
    verdicts = house.program.decider.process(house.journey("li"))
    house.program.decider.process([house.event(account=f"a{n}") for n in range(20)])
    background = Background(house.program)
    assert background.forget_events() == 0

    house.clock.move(timedelta(days=91))
    fresh = house.program.decider.process([house.event(account="new")])
    assert background.forget_events() == 21

    with house.program.uow.look() as connection:
        left = connection.execute(sa.select(events.events.c.decision_id)).scalars().all()
    assert sorted(left) == sorted([verdicts[1].decision, fresh[0].decision])  # type: ignore[union-attr]


def test_one_reason_is_open_once(house: House) -> None:
    house.tenant()
    assert place(house.program).id == place(house.program).id
    assert place(house.program, cause=Cause.ARREARS).id != place(house.program).id


def test_the_database_itself_keeps_it_so(house: House) -> None:
    house.tenant()
    hold = place(house.program)
    with house.program.uow.look() as connection:
        row = dict(connection.execute(sa.select(holds.holds)).mappings().one())
    with pytest.raises(Conflict), house.program.uow.begin() as tx:
        tx.execute(holds.holds.insert().values({**row, "id": "another"}))
    with house.program.uow.begin() as tx:
        standing.release_hold(
            tx, hold.id, tenant_id="acme", finding=Finding.CONDITION_MET, actor=WANG, reason="looked at"
        )
    assert place(house.program).id != hold.id


def test_two_who_place_the_same_hold_at_once_place_one(house: House) -> None:
    house.tenant()
    programs = [house.program, house.another()]
    together, placed, failed = threading.Barrier(4), [], []

    def work(program: Program) -> None:
        together.wait()
        try:
            placed.append(place(program).id)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(programs[n % 2],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert len(set(placed)) == 1
    with house.program.uow.look() as connection:
        assert [hold.id for hold in holds.open_holds(connection, LI)] == placed[:1]


def test_only_one_of_two_releases_counts(house: House) -> None:
    house.tenant()
    hold = place(house.program)
    programs = [house.program, house.another()]
    together, outcomes = threading.Barrier(2), []

    def work(program: Program) -> None:
        together.wait()
        try:
            with program.uow.begin() as tx:
                standing.release_hold(
                    tx, hold.id, tenant_id="acme", finding=Finding.CONDITION_MET, actor=WANG, reason="done"
                )
            outcomes.append("released")
        except HoldClosed:
            outcomes.append("closed")

    threads = [threading.Thread(target=work, args=(program,)) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["closed", "released"]


def test_another_tenant_has_no_such_hold(house: House) -> None:
    house.tenant(), house.tenant("bolt")
    hold = place(house.program)
    with pytest.raises(HoldUnknown), house.program.uow.begin() as tx:
        standing.release_hold(tx, hold.id, tenant_id="bolt", finding=Finding.MISTAKE, actor=WANG, reason="mine now")
