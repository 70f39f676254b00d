"""The whole simulation: the truth first, then every event in the order in which it arrives.

Each day is made when it is its turn, by everybody for themselves, and sorted in; what arrives later waits. So memory
holds about a day of events, however many days there are.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import chain

import msgspec

from frostgate.events.model import DATA, PREFIX, Data
from frostgate.simulation import attacks, machines
from frostgate.simulation.atlas import Atlas, date_of, midnight
from frostgate.simulation.day import Day
from frostgate.simulation.gazetteer import METROS
from frostgate.simulation.model import DAY, EPOCH, TENANT, TRUTH, Happening, Tenant, Truth, moment
from frostgate.simulation.people import Person, person, trips
from frostgate.simulation.talk import talk

LEAD_IN = 7  # days that an operator lets a new server watch before it acts

_ZONES = sorted({metro.zone for metro in METROS})
_KIND = {shape: PREFIX + kind.value for kind, shape in DATA.items()}


class World:
    """A simulated tenant. The same seed and parameters give the same bytes."""

    def __init__(
        self, seed: int, *, people: int, days: int, start: date, lead_in: int = LEAD_IN, attackers: int | None = None
    ) -> None:
        """From `start` on so many days with attacks in them, and before that `lead_in` days without any."""
        self.seed, self.people, self.days, self.lead_in = seed, people, days, lead_in
        self.atlas = Atlas(seed)
        self.first = (start - EPOCH.date()).days
        self.earliest = self.first - lead_in
        self.last = self.first + days
        self.persons = [person(self.atlas, number) for number in range(people)]
        self.machines = machines.machines(people)
        keys = [(each.account, key) for each in self.machines if (key := each.truth(self.atlas).key)]
        planner = attacks.Planner(self.atlas, people, self.first * DAY, self.last * DAY, keys)
        self.attacks = planner.plan(attacks.counts(people, days, attackers))

    def lines(self) -> Iterator[bytes]:
        """The whole stream as JSON lines."""
        for number, truth in enumerate(self.truths()):
            yield _truth_line(number, truth, self.earliest * DAY)
        for event in self.events():
            yield _line(event)

    def truths(self) -> Iterator[Truth]:
        """What is true of everybody, told before anything happens."""
        yield Tenant(
            tenant=TENANT,
            seed=self.seed,
            people=self.people,
            days=self.days,
            start=moment(self.first * DAY),
            trusted_networks=self.atlas.trusted,
            lead_in=self.lead_in,
        )
        for one in self.persons:
            yield one.truth()
            yield from trips(self.atlas, one, self.earliest, self.last)
        for machine in self.machines:
            yield machine.truth(self.atlas)
        for planned in self.attacks:
            yield from planned.newcomers
            yield from planned.truths

    def events(self) -> Iterator[Happening]:
        """Every event in the order of arrival."""
        waiting: list[Happening] = []
        planned = iter(self.attacks)
        coming = next(planned, None)
        lives = [machines.live(self.atlas, each, self.earliest, self.last) for each in self.machines]
        for day in range(self.earliest, self.last):
            until = min(midnight(zone, day + 1) for zone in _ZONES)  # nothing of a later day arrives before this
            for one in self.persons:
                waiting += live(self.atlas, one, day)
            for machine in lives:
                waiting += next(machine)
            while coming is not None and coming.start < until:
                waiting += coming.carry_out()
                coming = next(planned, None)
            waiting.sort()
            ready = _before(waiting, until)
            yield from waiting[:ready]
            del waiting[:ready]
        end = (self.last + 1) * DAY
        if coming is not None:
            waiting += chain.from_iterable(each.carry_out() for each in (coming, *planned))
            waiting.sort()
        yield from waiting[: _before(waiting, end)]


def live(atlas: Atlas, one: Person, day: int) -> list[Happening]:
    """One person's local day, in no order."""
    lived = Day(atlas, one, day)
    lived.live()
    talk(lived)
    return lived.book.events


def _before(events: list[Happening], until: int) -> int:
    """How many of the sorted events arrive before a time."""
    low, high = 0, len(events)
    while low < high:
        middle = (low + high) // 2
        if events[middle].arrival < until:
            low = middle + 1
        else:
            high = middle
    return low


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A CloudEvent. `recordedtime` (an extension of the CloudEvents project) is when it reached us; `attack`, an
    extension of our own, says which attack it belongs to, and is read by the evaluation alone."""

    id: str
    source: str
    type: str
    time: str
    recordedtime: str
    tenant: str
    data: Data
    specversion: str
    attack: str | None = None


class _TruthLine(msgspec.Struct, frozen=True):
    id: str
    source: str
    type: str
    time: str
    data: Truth
    specversion: str = "1.0"


_encode = msgspec.json.Encoder().encode


def _line(event: Happening) -> bytes:
    data = event.data
    return (
        _encode(
            _Line(
                f"{event.stream}.{event.number}",
                event.source,
                _KIND[type(data)],
                stamp(event.time),
                stamp(event.arrival),
                TENANT,
                data,
                "1.0",
                event.attack,
            )
        )
        + b"\n"
    )


def _truth_line(number: int, truth: Truth, at: int) -> bytes:
    return _encode(_TruthLine(f"truth.{number}", "/simulation", TRUTH, stamp(at), truth)) + b"\n"


def stamp(at: int) -> str:
    """Milliseconds since 1970 as RFC 3339 has them."""
    day, rest = divmod(at, DAY)
    return f"{_day(day)}T{rest // 3_600_000:02}:{rest // 60_000 % 60:02}:{rest // 1000 % 60:02}.{rest % 1000:03}Z"


@lru_cache(maxsize=100)
def _day(day: int) -> str:
    return date_of(day).isoformat()
