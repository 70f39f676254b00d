"""What the loop promises: nothing is done twice on purpose, nothing is forgotten, nothing goes quiet."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from frostgate.base.clock import HandClock
from frostgate.base.database import Database, Utc
from frostgate.base.ids import Ids
from frostgate.base.journal import GENESIS, journal_head
from frostgate.base.reconciler import Done, Failed, Outcome, Reconciler, Schedule
from frostgate.base.uow import Tx, UnitOfWork

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

tables = sa.MetaData()
chores = sa.Table(
    "chores",
    tables,
    sa.Column("owner", sa.Text, primary_key=True),  # two columns make the key: so do enforcement's rows
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt_at", Utc, nullable=False),
    sa.Column("claimed_until", Utc),
)

Act = Callable[[int], Awaitable[Outcome]]


class Chores:
    """A duty that does what the test says and remembers what it was told."""

    name = "chores"
    table = chores
    waiting = "owed"
    schedule = Schedule(first=MINUTE, cap=8 * MINUTE, attempts=3)

    def __init__(self, act: Act) -> None:
        self._act = act
        self.told: list[tuple[Any, ...]] = []
        self.next_state = "done"

    def read(self, row: sa.Row[Any]) -> int:
        number: int = row.number
        return number

    async def act(self, job: int) -> Outcome:
        return await self._act(job)

    def done(self, tx: Tx, job: int, outcome: Done, *, attempt: int) -> str:
        self.told.append(("done", job, attempt))
        return self.next_state

    def failed(self, tx: Tx, job: int, outcome: Failed, *, attempt: int, again_at: datetime) -> None:
        self.told.append(("failed", job, attempt, outcome.problem, again_at - tx.now))

    def gave_up(self, tx: Tx, job: int, outcome: Failed, *, attempt: int) -> str:
        self.told.append(("gave up", job, attempt, outcome.problem))
        return "given_up"


class House:
    """A database with chores, a clock moved by hand, and reconcilers on both."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock(NOON)
        self.database = Database(f"sqlite:///{folder / 'house.db'}")
        tables.create_all(self.database.engine)
        journal_head.create(self.database.engine)
        with self.database.write() as connection:
            connection.execute(journal_head.insert().values(id=1, number=0, hash=GENESIS))
        self.uow = UnitOfWork(self.database, clock=self.clock, ids=Ids(), reactions={})

    def owe(self, *numbers: int, at: datetime = NOON) -> None:
        rows = [{"owner": "li", "number": n, "state": "owed", "attempts": 0, "next_attempt_at": at} for n in numbers]
        with self.uow.begin() as tx:
            tx.execute(chores.insert(), rows)

    def row(self, number: int) -> sa.Row[Any]:
        with self.uow.look() as connection:
            return connection.execute(sa.select(chores).where(chores.c.number == number)).one()

    def reconciler(self, duty: Chores, **options: Any) -> Reconciler[int]:
        return Reconciler(duty, self.uow, fraction=lambda: 0.5, **options)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.database.close()


async def succeed(_: int) -> Outcome:
    return Done(detail="ok")


async def fail(_: int) -> Outcome:
    return Failed(problem="busy")


def test_a_row_that_is_due_is_done_once(house: House) -> None:
    house.owe(1)
    house.owe(2, at=NOON + MINUTE)
    duty = Chores(succeed)
    loop = house.reconciler(duty)

    assert asyncio.run(loop.run_once()) == 1
    assert asyncio.run(loop.run_once()) == 0

    assert duty.told == [("done", 1, 1)]
    assert (house.row(1).state, house.row(1).claimed_until) == ("done", None)
    assert house.row(2).state == "owed"


def test_waits_double_up_to_the_cap_and_jitter_takes_its_share() -> None:
    schedule = Schedule(first=MINUTE, cap=10 * MINUTE, attempts=99)

    assert [schedule.wait(n, 0.5) / MINUTE for n in (1, 2, 3, 4, 5, 99)] == [0.5, 1, 2, 4, 5, 5]
    assert schedule.wait(4, 0.0) == timedelta()


def test_failures_are_tried_again_later_and_then_given_up_loudly(house: House) -> None:
    house.owe(1)
    duty = Chores(fail)
    loop = house.reconciler(duty)

    tried = []
    for _ in range(6):
        tried.append(asyncio.run(loop.run_once()))
        house.clock.move(MINUTE)

    assert tried == [1, 1, 1, 0, 0, 0]
    assert duty.told == [
        ("failed", 1, 1, "busy", MINUTE / 2),
        ("failed", 1, 2, "busy", MINUTE),
        ("gave up", 1, 3, "busy"),
    ]
    assert house.row(1).state == "given_up"


def test_a_permanent_failure_is_not_tried_again(house: House) -> None:
    async def refuse(_: int) -> Outcome:
        return Failed(problem="no such thing", permanent=True)

    house.owe(1)
    duty = Chores(refuse)
    asyncio.run(house.reconciler(duty).run_once())

    assert duty.told == [("gave up", 1, 1, "no such thing")]


def test_one_job_that_crashes_does_not_touch_its_neighbours(house: House) -> None:
    async def crash_on_two(job: int) -> Outcome:
        if job == 2:
            raise ValueError("the text of somebody's message")
        return Done()

    house.owe(1, 2, 3)
    duty = Chores(crash_on_two)
    assert asyncio.run(house.reconciler(duty).run_once()) == 3

    assert [house.row(n).state for n in (1, 2, 3)] == ["done", "owed", "done"]
    assert ("failed", 2, 1, "unexpected ValueError", MINUTE / 2) in duty.told


def test_a_job_that_never_answers_is_cut_off(house: House) -> None:
    async def hang(_: int) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError("BUG: unreachable")

    house.owe(1)
    duty = Chores(hang)
    asyncio.run(house.reconciler(duty, timeout=timedelta(milliseconds=20)).run_once())

    assert duty.told[0][:4] == ("failed", 1, 1, "no answer within 0.02 s")


def test_what_a_killed_process_had_in_hand_comes_free_with_its_lease(house: House) -> None:
    async def killed(_: int) -> Outcome:
        raise asyncio.CancelledError  # a cancelled task settles nothing, just like a killed process

    house.owe(1)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(house.reconciler(Chores(killed)).run_once())
    duty = Chores(succeed)
    second = house.reconciler(duty)

    assert asyncio.run(second.run_once()) == 0
    house.clock.move(timedelta(seconds=91))
    assert asyncio.run(second.run_once()) == 1
    assert duty.told == [("done", 1, 2)]


def test_a_job_that_kills_every_process_is_given_up_without_another_try(house: House) -> None:
    async def killed(_: int) -> Outcome:
        raise asyncio.CancelledError

    house.owe(1)
    for _ in range(3):
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(house.reconciler(Chores(killed)).run_once())
        house.clock.move(timedelta(seconds=91))
    duty = Chores(killed)
    asyncio.run(house.reconciler(duty).run_once())

    assert duty.told == [("gave up", 1, 4, "every attempt was cut short before it could be settled")]


def test_who_overslept_settles_nothing(house: House) -> None:
    """While the first is still at it, its lease ends and a second one does the job."""
    house.owe(1)
    second = Chores(succeed)

    async def oversleep(_: int) -> Outcome:
        house.clock.move(timedelta(seconds=91))
        await house.reconciler(second).run_once()
        return Failed(problem="late")

    first = Chores(oversleep)
    asyncio.run(house.reconciler(first).run_once())

    assert first.told == []
    assert second.told == [("done", 1, 2)]
    assert house.row(1).state == "done"


def test_more_that_became_owed_meanwhile_is_owed_afresh(house: House) -> None:
    house.owe(1)
    duty = Chores(succeed)
    duty.next_state = "owed"
    loop = house.reconciler(duty)
    asyncio.run(loop.run_once())
    asyncio.run(loop.run_once())

    assert duty.told == [("done", 1, 1), ("done", 1, 1)]


def test_when_settling_fails_nothing_is_half_done(house: House) -> None:
    class Broken(Chores):
        def gave_up(self, tx: Tx, job: int, outcome: Failed, *, attempt: int) -> str:
            tx.execute(chores.update().values(state="half"))
            raise RuntimeError("the reaction broke")

    async def refuse(_: int) -> Outcome:
        return Failed(problem="no", permanent=True)

    house.owe(1)
    asyncio.run(house.reconciler(Broken(refuse)).run_once())
    assert house.row(1).state == "owed"

    house.clock.move(timedelta(seconds=91))
    duty = Chores(refuse)
    asyncio.run(house.reconciler(duty).run_once())
    assert house.row(1).state == "given_up"


def test_the_running_loop_is_woken_keeps_its_bound_and_stops_clean(house: House) -> None:
    at_once = most = 0
    everything = asyncio.Event()
    finished: list[int] = []

    async def count(job: int) -> Outcome:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        finished.append(job)
        if len(finished) == 20:
            everything.set()
        return Done()

    async def story() -> None:
        loop = house.reconciler(Chores(count), concurrency=3, poll=timedelta(hours=1))
        running = asyncio.create_task(loop.run())
        await asyncio.sleep(0)
        await asyncio.to_thread(house.owe, *range(20))
        await asyncio.to_thread(loop.wake)  # from another thread, as a commit does
        await asyncio.wait_for(everything.wait(), 20)
        await asyncio.to_thread(loop.stop)
        await asyncio.wait_for(running, 20)
        loop.wake()  # harmless afterwards

    asyncio.run(story())

    assert sorted(finished) == list(range(20))
    assert most <= 3
    assert {house.row(n).state for n in range(20)} == {"done"}


def test_the_running_loop_outlives_a_store_that_refuses(house: House) -> None:
    done = asyncio.Event()

    async def act(_: int) -> Outcome:
        done.set()
        return Done()

    async def story() -> None:
        with house.uow.begin() as tx:
            tx.execute(sa.text("ALTER TABLE chores RENAME TO hidden"))
        loop = house.reconciler(Chores(act), poll=timedelta(milliseconds=10))
        running = asyncio.create_task(loop.run())
        await asyncio.sleep(0)
        with house.uow.begin() as tx:
            tx.execute(sa.text("ALTER TABLE hidden RENAME TO chores"))
        await asyncio.to_thread(house.owe, 1)
        await asyncio.wait_for(done.wait(), 20)
        loop.stop()
        await asyncio.wait_for(running, 20)

    asyncio.run(story())
    assert house.row(1).state == "done"


def test_a_cancelled_loop_leaves_its_claims_to_their_lease(house: House) -> None:
    started = asyncio.Event()

    async def hang(_: int) -> Outcome:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError("BUG: unreachable")

    async def story() -> None:
        running = asyncio.create_task(house.reconciler(Chores(hang)).run())
        await asyncio.wait_for(started.wait(), 20)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    house.owe(1)
    asyncio.run(story())
    assert (house.row(1).state, house.row(1).claimed_until) == ("owed", NOON + timedelta(seconds=90))
