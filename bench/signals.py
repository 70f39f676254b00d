"""All signals of the shipped policy: decisions a second in process, and memory for each account that is active."""

import gc
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from ipaddress import IPv4Address
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import thread_time

from bench.result import Figure
from frostgate.events.importers.lines import Lines
from frostgate.events.model import Event, EventType, Login, Message
from frostgate.policy_files import shipped_policy
from frostgate.rules.judge import Judge
from frostgate.rules.model import Verdict
from frostgate.rules.parse import load
from frostgate.serve import COLLECT_AFTER
from frostgate.signals.geo import Place, Places
from frostgate.signals.network import Networks
from frostgate.signals.reader import Classifies, Locates, SignalReader
from frostgate.simulation.evaluation.reading import Told, read
from frostgate.simulation.world import World

Run = Callable[[Sequence[Event]], object]

LEAST = 40_000  # decisions a second on one core
MOST = 2048  # bytes for an active account

SEED, PEOPLE, DAYS = 1, 1500, 3
CHUNK = 2000

ACCOUNTS = 1_000_000
ADDRESSES = 20_000
DAY = 86_400.0
START = datetime(2026, 3, 2, tzinfo=UTC)
# When an account that signs in sends its messages, in parts of the time in which all of them sign in.
LATER = (0.002, 0.004, 0.15, 0.3)
SENTENCE = "the report about our customer in the north is late and nobody here knows whether to look again"
WORDS = SENTENCE.split()


class Cities:
    """Places and networks by address, of as many addresses as an office or a carrier's exit has in one country."""

    def __init__(self) -> None:
        self.addresses = [str(IPv4Address((11 << 24) + number * 37)) for number in range(ADDRESSES)]
        places = [
            Place(country="CN", city=f"City {number}", latitude=20 + number / 10, longitude=110.0, uncertainty_km=20)
            for number in range(100)
        ]
        self._places = {ip: places[number % 100] for number, ip in enumerate(self.addresses)}

    def locate(self, ip: str) -> Place:
        """Where an address is."""
        return self._places[ip]

    def kind(self, ip: str) -> str:
        """What kind of network it belongs to."""
        return "unlisted" if ip in self._places else "vpn"


def run(*, quick: bool) -> list[Figure]:
    """Both figures."""
    return [_speed(quick=quick), _memory(100_000 if quick else ACCOUNTS)]


def _speed(*, quick: bool) -> Figure:
    """Chunks of both in turn, processor time: whatever else the machine does meets both."""
    events = simulated(people=PEOPLE // 5 if quick else PEOPLE, days=DAYS)
    decide, count = decider(Places(), Networks()), bare_loop()
    warm = len(events) // 3
    for warmed in (decide, count):
        warmed(events[:warm])
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()  # both as the server does once it has started
    gc.set_threshold(*COLLECT_AFTER)
    spent = []
    for start in range(warm, len(events) - CHUNK + 1, CHUNK):
        chunk = events[start : start + CHUNK]
        spent.append((_timed(count, chunk), _timed(decide, chunk)))
    gc.set_threshold(*before)
    gc.unfreeze()
    value = CHUNK / median(ours for _, ours in spent)
    yardstick = CHUNK / median(theirs for theirs, _ in spent)
    kinds = Counter(event.type for event in events).most_common(4)
    shares = ", ".join(f"{times / len(events):.0%} {kind}" for kind, times in kinds)
    return Figure(
        name="signals",
        value=value,
        unit="decisions/s",
        yardstick=yardstick,
        yardstick_is="the bare loop: the same events counted by account in a dict",
        ratio=value / yardstick,
        target=f"at least {LEAST:,}",
        met=value >= LEAST,
        note=f"{1e6 / value:.1f} µs a decision of processor time on one core with the shipped policy, every address "
        f"looked up; the median of {len(spent)} chunks of the simulator's stream ({shares})",
    )


def simulated(*, people: int, days: int) -> list[Event]:
    """What people, bots, services and attackers do, in the order in which it arrives."""
    stream = BytesIO(b"".join(World(SEED, people=people, days=days, start=START.date(), lead_in=0).lines()))
    return [told.event for told in read(Lines(stream)) if isinstance(told, Told)]


def decider(places: Locates, networks: Classifies) -> Run:
    """What `Decider.decide` does for an event between its transaction's statements, as `bench.decide` has it."""
    policy = load(shipped_policy())
    judge = Judge(policy)
    reader = SignalReader(policy.windows, places=places, networks=networks)

    def decide(events: Sequence[Event]) -> SignalReader:
        for event in events:
            judgement = judge.judge(event.type, reader.read(event))
            reader.learn(event, frozen=judgement.verdict is Verdict.FREEZE)
        return reader

    return decide


def bare_loop() -> Run:
    """The least that anything of this kind does."""
    counts: dict[tuple[str, str], int] = {}

    def count(events: Sequence[Event]) -> dict[tuple[str, str], int]:
        for event in events:
            key = (event.tenant_id, event.data.account)
            counts[key] = counts.get(key, 0) + 1
        return counts

    return count


def _timed(one: Run, events: Sequence[Event]) -> float:
    start = thread_time()
    one(events)
    return thread_time() - start


def _memory(accounts: int) -> Figure:
    """Each in a process of its own, so that nothing that was freed before is used again."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), max_tasks_per_child=1) as process:
        value = process.submit(bytes_of_signals, accounts).result() / accounts
        yardstick = process.submit(bytes_of_counters, accounts).result() / accounts
    return Figure(
        name="signals memory",
        value=value,
        unit="bytes/account",
        yardstick=yardstick,
        yardstick_is="a bare dict of account and counter",
        ratio=value / yardstick,
        target=f"at most {MOST:,}",
        met=value <= MOST,
        note=f"resident memory for {accounts:,} accounts, each of which signed in once and wrote {len(LATER)} messages "
        "within the last day, to one to three of twelve people",
    )


def bytes_of_signals(accounts: int) -> int:
    """How much a process grows by when it has decided a day of that many accounts."""
    cities = Cities()
    decide = decider(cities, cities)
    decide([*a_day(cities, 1000)])  # what is loaded and remembered only once
    before = _resident()
    # A generator: the events themselves are gone as soon as they are decided.
    reader = decide(a_day(cities, accounts))  # type: ignore[arg-type]
    gc.collect()
    used = _resident() - before
    assert reader is not None
    return used


def bytes_of_counters(accounts: int) -> int:
    """The same of the yardstick."""
    before = _resident()
    counts = {("acme", f"account-{number}"): number + 1000 for number in range(accounts)}
    used = _resident() - before
    assert len(counts) == accounts
    return used


def a_day(cities: Cities, accounts: int) -> Iterator[Event]:
    """A day in the order of time: everybody signs in, and writes at once, two hours later and in the evening."""
    rng = random.Random(7)
    addresses = cities.addresses
    delays = [0, *(int(share * accounts) for share in LATER)]
    steps = accounts + delays[-1]
    for step in range(steps):
        at = START + timedelta(seconds=DAY * step / steps)
        for number, delay in enumerate(delays):
            account = step - delay
            if 0 <= account < accounts:
                ip = addresses[account % len(addresses)]
                yield _event(rng, number, account, ip, at)


def _event(rng: random.Random, number: int, account: int, ip: str, at: datetime) -> Event:
    """The `number`th event of an account. Every text is a new object, as it is where events come out of JSON."""
    name, device = f"account-{account}", f"phone of account-{account}"
    data: Login | Message
    if not number:
        data = Login(account=name, ip=ip, outcome="success", device=device, user_agent=f"Chat/{account % 40}.0 (phone)")
    else:
        others = tuple([f"account-{account // 13 * 13 + rng.randrange(13)}" for _ in range(rng.randrange(1, 4))])
        data = Message(
            account=name,
            conversation=f"{others[0]}-{account}",
            conversation_kind="private",
            recipients=others,
            text=" ".join(rng.choices(WORDS, k=rng.randrange(2, 20))),
            ip=ip,
            device=device,
        )
    kind = EventType.MESSAGE if number else EventType.LOGIN
    event_id = f"e{account}-{number}"
    return Event(tenant_id="acme", source="/im", id=event_id, type=kind, time=at, received_at=at, data=data)


def _resident() -> int:
    """Bytes of this process that are in memory (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
