"""The intake under any mix of requests: order, exactly one answer each, express first, and failures that stay alone."""

import asyncio
import itertools
import threading
from collections.abc import Sequence, Set
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deciding import Deciding
from frostgate.base.errors import Refused, StoreUnavailable
from frostgate.events.intake import (
    EXPRESS,
    LEAST,
    MAX_EXPRESS,
    MAX_OF_TENANT,
    MAX_WAITING,
    SLICE,
    SMALL_SLICE,
    Busy,
    Enough,
    Intake,
    at_once,
    never,
)
from frostgate.events.model import Event, EventType, Login
from frostgate.events.store import events as stored
from house import House, empty_the_disk, fill_the_disk, remembered
from servers import NOON

bounded = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_numbers = itertools.count(1)


def event(request: int, place: int, tenant_id: str = "acme") -> Event:
    return Event(
        tenant_id=tenant_id,
        source=str(request),
        id=str(place),
        type=EventType.LOGIN,
        time=NOON,
        received_at=NOON,
        data=Login(account="li", ip="101.6.6.6", outcome="success"),
    )


class Recorder:
    """Decides by repeating the event's name, and remembers every slice.

    A slice with an event that is poisoned cannot be decided, and one that is unsound cannot be saved.
    """

    def __init__(self, poisoned: Set[tuple[str, str]], unsound: Set[tuple[str, str]] = frozenset()) -> None:
        self.poisoned = poisoned
        self.unsound = unsound
        self.slices: list[list[tuple[str, str]]] = []

    def __call__(self, events: Sequence[Event], enough: Enough) -> list[tuple[str, str] | Refused]:
        names: list[tuple[str, str]] = []
        for each in events:
            if names and enough(len(names)):
                break
            names.append((each.source, each.id))
        self.slices.append(names)
        if self.poisoned.intersection(names):
            raise StoreUnavailable
        return list(names)

    def save(self, answers: Sequence[Any]) -> None:
        """Save a slice."""
        if self.unsound.intersection(answers):
            raise StoreUnavailable

    def intake(self) -> Intake[Any]:
        """An intake that it decides for, running."""
        intake: Intake[Any] = Intake(Deciding(self, self.save))
        intake.start()
        return intake


async def _all(intake: Intake[Any], requests: list[list[Event]], hold: threading.Event) -> list[Any]:
    """Hand in everything while the intake is kept busy, then let it go on."""
    intake.run_between(lambda: hold.wait(10))
    tasks = [asyncio.ensure_future(intake.submit(request)) for request in requests]
    while intake.waiting < sum(map(len, requests)):
        await asyncio.sleep(0)  # not a pause: only lets the others hand in
    hold.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


def run(recorder: Recorder, sizes: list[int]) -> list[Any]:
    intake = recorder.intake()
    requests = [[event(number, place) for place in range(size)] for number, size in enumerate(sizes)]
    answers = asyncio.run(_all(intake, requests, threading.Event()))
    assert intake.waiting == 0
    intake.stop()
    assert not intake.is_running
    return answers


mixes = st.lists(st.one_of(st.integers(1, EXPRESS), st.integers(EXPRESS + 1, 3 * SLICE)), min_size=1, max_size=8)


@bounded
@given(sizes=mixes, data=st.data())
def test_every_event_is_answered_once_and_in_order(sizes: list[int], data: st.DataObject) -> None:
    names = [(str(number), str(place)) for number, size in enumerate(sizes) for place in range(size)]
    some = st.sets(st.sampled_from(names), max_size=2)
    recorder = Recorder(data.draw(some), data.draw(some))

    answers = run(recorder, sizes)

    decided = [name for part in recorder.slices for name in part]
    assert len(decided) == len(set(decided)), "an event was decided twice"
    assert all(len(part) <= SLICE for part in recorder.slices)
    lost = recorder.poisoned | recorder.unsound
    failed = {name[0] for part in recorder.slices if lost.intersection(part) for name in part}
    for number, size in enumerate(sizes):
        mine = [place for source, place in decided if source == str(number)]
        assert mine == [str(place) for place in range(len(mine))], "the order within a request was lost"
        if str(number) in failed:
            assert isinstance(answers[number], StoreUnavailable)
        else:
            assert answers[number] == [(str(number), str(place)) for place in range(size)]


@bounded
@given(sizes=mixes)
def test_who_waits_to_sign_in_goes_before_the_machines(sizes: list[int]) -> None:
    recorder = Recorder(set())
    run(recorder, sizes)
    express = {str(number) for number, size in enumerate(sizes) if size <= EXPRESS}
    for part in recorder.slices:
        assert len({source in express for source, _ in part}) == 1, "somebody who waits shares a slice with a batch"
    kinds = [part[0][0] in express for part in recorder.slices]
    decided = [source for part in recorder.slices for source, _ in part if source in express]
    assert list(dict.fromkeys(decided)) == [str(n) for n, size in enumerate(sizes) if str(n) in express]
    assert all(len(part) <= SMALL_SLICE for part, is_express in zip(recorder.slices, kinds, strict=True) if is_express)
    # They go first, and then take turns with the batches until nobody waits any more.
    turns = kinds[: len(kinds) - kinds[::-1].index(True)] if express else []
    both = turns[: 2 * sum(turns)]
    assert all(is_express == (place % 2 == 0) or False not in kinds for place, is_express in enumerate(both))


def test_a_batch_makes_way_for_somebody_who_comes_while_it_is_decided() -> None:
    """The batch goes on after them, behind nothing else, and nothing of it is decided twice or lost."""

    async def go() -> None:
        recorder, met, goes_on = Recorder(set()), threading.Event(), threading.Event()

        def decide(events: Sequence[Event], enough: Enough) -> Sequence[Any]:
            if len(events) > EXPRESS and not met.is_set():
                met.set()
                assert goes_on.wait(10)
            return recorder(events, enough)

        intake: Intake[Any] = Intake(Deciding(decide))
        intake.start()
        large = asyncio.ensure_future(intake.submit(batch(1, 300, "acme")))
        await asyncio.to_thread(met.wait, 10)
        small = asyncio.ensure_future(intake.submit([event(2, 0)]))
        await asyncio.sleep(0)
        goes_on.set()
        assert await small == [("2", "0")]
        assert await large == [("1", str(place)) for place in range(300)]
        intake.stop()
        assert recorder.slices[0] == [("1", str(place)) for place in range(LEAST)]
        assert recorder.slices[1] == [("2", "0")]

    asyncio.run(go())


@pytest.mark.parametrize(
    ("express", "order"),
    [
        (0, [("decided", SLICE), ("decided", SLICE), ("saved", SLICE), ("saved", SLICE)]),
        (1, [("decided", 1), ("saved", 1)] + [("decided", SMALL_SLICE), ("saved", SMALL_SLICE)] * 16),
    ],
)
def test_a_slice_is_saved_beside_the_next_unless_somebody_is_about(express: int, order: list[tuple[str, int]]) -> None:
    done: list[tuple[str, int]] = []

    def decide(events: Sequence[Event], _: Enough) -> Sequence[Any]:
        done.append(("decided", len(events)))
        return events

    async def go() -> None:
        intake: Intake[Any] = Intake(Deciding(decide, lambda answers: done.append(("saved", len(answers)))))
        intake.start()
        requests = [batch(number, size, "acme") for number, size in enumerate([2 * SLICE, *[1] * express])]
        await _all(intake, requests, threading.Event())
        intake.stop()

    asyncio.run(go())
    assert done == order


def batch(request: int, size: int, tenant_id: str) -> list[Event]:
    return [event(request, place, tenant_id) for place in range(size)]


async def _crowd(intake: Intake[Any], requests: list[list[Event]]) -> list[asyncio.Future[list[Any]]]:
    """Hand in one after the other; what was refused is done at once, the rest waits."""
    tasks = [asyncio.ensure_future(intake.submit(request)) for request in requests]
    await asyncio.sleep(0)
    return tasks


def refused(tasks: list[asyncio.Future[list[Any]]]) -> list[bool]:
    return [task.done() and isinstance(task.exception(), Busy) for task in tasks]


def test_too_much_at_once_is_refused_as_a_whole() -> None:
    """One tenant has its share, all together have the whole, and who waits to sign in has a lane of their own."""

    async def go() -> None:
        intake = Recorder(set()).intake()
        hold = threading.Event()
        intake.run_between(lambda: hold.wait(10))
        share = [batch(0, MAX_OF_TENANT - 17, "acme"), batch(1, 18, "acme"), batch(2, 17, "acme"), batch(3, 17, "acme")]
        mine = await _crowd(intake, share)
        assert refused(mine) == [False, True, False, True]

        left = MAX_WAITING - MAX_OF_TENANT
        rest = [batch(4, MAX_OF_TENANT, "bolt"), batch(5, left - MAX_OF_TENANT, "cork"), batch(6, 17, "dock")]
        others = await _crowd(intake, rest)
        assert refused(others) == [False, False, True]

        small = [batch(7 + number, EXPRESS, "acme") for number in range(MAX_EXPRESS // EXPRESS + 1)]
        express = await _crowd(intake, small)
        assert refused(express) == [False] * (MAX_EXPRESS // EXPRESS) + [True]

        assert intake.waiting == MAX_WAITING + MAX_EXPRESS
        hold.set()
        answers = await asyncio.gather(*mine, *others, *express, return_exceptions=True)
        assert sum(isinstance(each, Busy) for each in answers) == 4
        assert intake.waiting == 0
        assert await intake.submit(batch(9, 20, "acme")) == [("9", str(place)) for place in range(20)]
        intake.stop()
        with pytest.raises(Busy):
            await intake.submit([event(10, 0)])

    asyncio.run(go())


@bounded
@given(sizes=st.lists(st.integers(EXPRESS + 1, 4 * SLICE), min_size=1, max_size=4), data=st.data())
def test_tenants_take_turns(sizes: list[int], data: st.DataObject) -> None:
    """However much others have handed in before: between two slices of mine, everybody who waits has one."""
    owners = [data.draw(st.sampled_from(["acme", "bolt", "cork"])) for _ in sizes]
    recorder = Recorder(set())
    intake = recorder.intake()
    requests = [batch(number, size, owners[number]) for number, size in enumerate(sizes)]
    asyncio.run(_all(intake, requests, threading.Event()))
    intake.stop()

    waits = {owner: sum(s for s, o in zip(sizes, owners, strict=True) if o == owner) for owner in owners}
    turns = [(owners[int(source)], name) for part in recorder.slices for source, name in part]
    passed = dict.fromkeys(waits, 0)  # events of others since this tenant's last turn
    for owner, _ in turns:
        waits[owner] -= 1
        passed[owner] = 0
        for other, left in waits.items():
            if other != owner and left:
                passed[other] += 1
                assert passed[other] <= SLICE * (len(waits) - 1), f"{other} was passed over"
    assert not any(waits.values())


def test_what_was_handed_in_before_the_stop_is_still_decided() -> None:
    async def go() -> list[Any]:
        intake = Recorder(set()).intake()
        hold = threading.Event()
        intake.run_between(lambda: hold.wait(10))
        task = asyncio.ensure_future(intake.submit([event(0, place) for place in range(500)]))
        await asyncio.sleep(0)
        hold.set()
        await asyncio.to_thread(intake.stop)
        return await task

    assert len(asyncio.run(go())) == 500


slices = st.lists(
    st.tuples(
        st.booleans(),
        st.booleans(),
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=40),
    ),
    min_size=1,
    max_size=6,
)
ADDRESSES = ("101.6.6.6", "91.65.1.1", "202.96.209.5", "85.240.0.1", "10.0.0.1")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(work=slices)
def test_memory_never_runs_ahead_of_what_was_saved(house: House, work: list[tuple[bool, bool, Any]]) -> None:
    """The disk is full now and then, also while a slice is saved beside the next.

    What is answered is stored, and what is not is lost as a whole. In the end memory is what a fresh start would read.
    """
    tenant = house.tenant(f"memory-{next(_numbers)}")
    decider = house.program.decider
    told: list[tuple[list[Event], Future[Sequence[Any]]]] = []
    for full, is_ahead, moves in work:
        house.clock.move(timedelta(minutes=7))
        incoming = [
            house.event(
                tenant_id=tenant, account=f"a{who}", ip=ADDRESSES[where], device=f"d{where}", user_agent="x" * 900
            )
            for who, where in moves
        ]
        if full:
            fill_the_disk(house.program)
        try:
            answers = decider.process_ahead(incoming, never)[1] if is_ahead else at_once(decider.process(incoming))
            told.append((incoming, answers))
        except StoreUnavailable:
            assert full
        finally:
            empty_the_disk(house.program)
    decider.process([house.event(tenant_id=tenant, account="last")])

    answered = [event.id for events, answers in told if answers.exception(10) is None for event in events]
    with house.program.uow.look() as connection:
        names = sa.select(stored.c.event_id).where(stored.c.tenant_id == tenant).order_by(stored.c.seq)
        assert connection.execute(names).scalars().all()[:-1] == answered
    fresh = house.another()
    assert remembered(fresh) == remembered(house.program)
    assert fresh.register.revision == house.program.register.revision
    fresh.database.close()
