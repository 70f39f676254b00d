"""Deciding in the process: signals read, rules judged, the event learned from; beside the same by hand."""

import gc
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from statistics import median

import msgspec

from bench.by_hand import Answer, Facts, decider
from bench.result import Figure
from frostgate.base.clock import stopwatch
from frostgate.events.model import Event, EventType, Message
from frostgate.rules import decision, parse
from frostgate.rules.judge import Judge
from frostgate.rules.model import Verdict
from frostgate.rules.policy import Policy
from frostgate.signals.catalogue import catalogue
from frostgate.signals.geo import Place
from frostgate.signals.model import Unknown
from frostgate.signals.network import suspicious
from frostgate.signals.reader import SignalReader

POLICY = Path(__file__).with_name("decide.yaml")

ACCOUNTS = 100_000
ADDRESSES = 20_000
EVENTS = 200_000
CHUNK = 10_000
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Table:
    """Places and networks by address: looking addresses up is not what is measured here."""

    def __init__(self, rng: random.Random) -> None:
        self.places: dict[str, Place] = {}
        self.kinds: dict[str, str] = {}
        for number in range(ADDRESSES):
            ip = str(IPv4Address((11 << 24) + number * 37))
            country = rng.choices(("CN", "US", "DE", "NL"), (90, 5, 3, 2))[0]
            self.places[ip] = Place(country=country, city=rng.choice(("Wuhan", "Xi'an", None)))
            self.kinds[ip] = rng.choices(("unlisted", "vpn", "hosting", "tor"), (94, 2, 3, 1))[0]

    def locate(self, ip: str) -> Place | Unknown:
        return self.places[ip]

    def kind(self, ip: str) -> str | Unknown:
        return self.kinds[ip]

    def facts(self) -> dict[str, Facts]:
        """The same for the yardstick, in one dict."""
        return {
            ip: (place.city is not None, place.country, self.kinds[ip], suspicious(self.kinds[ip]))
            for ip, place in self.places.items()
        }


def policy() -> Policy:
    """The benchmark's policy, with rules that act."""
    read = parse.load(POLICY, catalogue)
    rules = tuple(msgspec.structs.replace(rule, shadow=False) for rule in read.rules)
    return msgspec.structs.replace(read, rules=rules)


def messages(rng: random.Random, addresses: Sequence[str]) -> list[Event]:
    """Every account once, then accounts at random: what a large platform's traffic looks like to memory."""
    accounts = [f"account-{number}" for number in range(ACCOUNTS)]
    order = [*accounts, *rng.choices(accounts, k=EVENTS)]
    return [_message(rng, number, account, rng.choice(addresses)) for number, account in enumerate(order)]


def _message(rng: random.Random, number: int, account: str, ip: str) -> Event:
    group = rng.random() < 0.3
    at = START + timedelta(milliseconds=number * 2 - rng.randrange(3000))
    return Event(
        tenant_id="acme",
        source="/im",
        id=f"m{number}",
        type=EventType.MESSAGE,
        time=at,
        received_at=at,
        data=Message(
            account=account,
            conversation=f"c{rng.randrange(ACCOUNTS)}",
            conversation_kind="group" if group else "private",
            recipient_count=rng.randrange(2, 500) if group else 1,
            ip=ip,
            device=f"phone of {account}",
        ),
    )


def ours(table: Table) -> Callable[[Sequence[Event]], list[Answer]]:
    """What `Decider.decide` does for an event between its transaction's statements."""
    rules = policy()
    judge = Judge(rules)
    reader = SignalReader(rules.windows, places=table, networks=table)
    places = {rule.id: place for place, rule in enumerate(rules.rules)}

    def decide(events: Sequence[Event]) -> list[Answer]:
        return [one(event) for event in events]

    def one(event: Event) -> Answer:
        values = reader.read(event)
        judgement = judge.judge(event.type, values)
        verdict = judgement.verdict
        if verdict is not Verdict.ALLOW:
            verdict = decision.effective(judgement.hits, ())
        reader.learn(event, frozen=verdict is Verdict.FREEZE)
        assert not judgement.undecided, "BUG: the yardstick knows no unknown signals"
        return verdict, tuple([places[hit.rule] for hit in judgement.hits])

    return decide


def run(*, quick: bool) -> list[Figure]:
    """Time chunks of both in turn, so that whatever else the machine does meets both."""
    rng = random.Random(20261122)
    table = Table(rng)
    events = messages(rng, list(table.places))
    frostgate, by_hand = ours(table), decider(table.facts())
    assert frostgate(events[:ACCOUNTS]) == by_hand(events[:ACCOUNTS]), "BUG: the two decide differently"
    gc.collect()
    gc.freeze()  # as the server does once it has started
    spent: list[tuple[float, float]] = []
    verdicts = 0
    for start in range(ACCOUNTS, len(events) // 2 if quick else len(events), CHUNK):
        chunk = events[start : start + CHUNK]
        seconds, theirs = _timed(by_hand, chunk)
        our_seconds, answers = _timed(frostgate, chunk)
        assert answers == theirs, "BUG: the two decide differently"
        verdicts += sum(1 for verdict, _ in answers if verdict)
        spent.append((our_seconds, seconds))
    gc.unfreeze()
    value = median(ours for ours, _ in spent) / CHUNK * 1e6
    yardstick = median(theirs for _, theirs in spent) / CHUNK * 1e6
    return [
        Figure(
            name="decide",
            value=value,
            unit="µs/event",
            yardstick=yardstick,
            yardstick_is="the same windows and rules by hand",
            ratio=value / yardstick,
            target="at most 2.5 × the yardstick",
            met=value <= 2.5 * yardstick,
            note=f"{1e6 / value:,.0f} decisions/s on one core, {ACCOUNTS:,} accounts; "
            f"{verdicts / (len(spent) * CHUNK):.1%} of the events met a rule",
        )
    ]


def _timed(decide: Callable[[Sequence[Event]], list[Answer]], events: Sequence[Event]) -> tuple[float, list[Answer]]:
    start = stopwatch()
    answers = decide(events)
    return stopwatch() - start, answers
