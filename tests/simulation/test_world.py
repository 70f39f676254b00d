"""The simulated stream: the same bytes every time, in order, valid, and with everything in it that it promises."""

import hashlib
import io
import itertools
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from small_worlds import START, small

from frostgate.events import importers
from frostgate.events.importers.lines import Lines
from frostgate.events.model import Login, Message
from frostgate.signals.geo import Place, Places
from frostgate.signals.network import Networks
from frostgate.simulation.atlas import Atlas
from frostgate.simulation.clients import own
from frostgate.simulation.evaluation.reading import Told, read
from frostgate.simulation.evaluation.truth import KnownTruth
from frostgate.simulation.model import ATTACKS, EPOCH, MINUTE, TRUTH
from frostgate.simulation.people import BLOCK, HABITS, person, trips
from frostgate.simulation.world import live

pytestmark = pytest.mark.slow


class Stream(list[Told]):
    """The events of a stream with its truth."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        super().__init__()
        self.truth = KnownTruth()
        self.unread = Lines(io.BytesIO(b"".join(lines)))
        for told in read(self.unread):
            if isinstance(told, Told):
                self.append(told)
            else:
                self.truth.take(told)


@pytest.fixture(scope="session")
def world(lines: list[bytes]) -> Stream:
    return Stream(lines)


def record(line: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line)
    return found


def test_the_same_seed_gives_the_same_bytes_in_another_process(lines: list[bytes]) -> None:
    words = ["simulate", "--seed", "7", "--people", "80", "--days", "3", "--lead-in", "1"]
    environ = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland"}
    done = subprocess.run([sys.executable, "-m", "frostgate", *words], env=environ, capture_output=True, check=True)
    assert hashlib.sha256(done.stdout).hexdigest() == hashlib.sha256(b"".join(lines)).hexdigest()


def honest(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    return [found for line in lines if "attack" not in (found := record(line)) and found["type"] != TRUTH]


def test_more_days_change_nothing_of_the_first_ones(lines: list[bytes]) -> None:
    shorter = honest(small(days=2, attackers=0).lines())
    longer = honest(lines)
    until = max(each["recordedtime"] for each in shorter[: len(shorter) * 9 // 10])
    before = [each for each in longer if each["recordedtime"] <= until]
    assert before == [each for each in shorter if each["recordedtime"] <= until]
    assert len(before) > 3000


def test_more_people_change_nobody_else(lines: list[bytes]) -> None:
    fewer = honest(small(people=60, attackers=0).lines())
    known = {each["data"]["account"] for each in fewer}
    assert [each for each in honest(lines) if each["data"]["account"] in known] == fewer


def test_a_lead_in_is_honest_and_changes_nothing_of_the_month(world: Stream, lines: list[bytes]) -> None:
    (tenant,) = world.truth.tenants
    assert (tenant.start.date(), tenant.lead_in) == (START, 1)
    watched = [told for told in world if world.truth.is_watched(told.event.received_at)]
    assert min(told.event.received_at for told in watched) < tenant.start - timedelta(hours=20)
    assert len(watched) > 1000
    assert {told.attack for told in watched} == {None}
    without = {(each["source"], each["id"]): each for each in map(record, small(lead_in=0).lines())}
    within = {(each["source"], each["id"]): each for each in map(record, lines)}
    happened = {name for name, each in without.items() if each["type"] != TRUTH}
    assert all(within[name] == without[name] for name in happened)
    assert all(within[name]["time"] < "2026-03-03" for name in within.keys() - without.keys())


def test_truth_comes_first_and_then_events_in_the_order_of_arrival(lines: list[bytes]) -> None:
    kinds = [record(line)["type"] == TRUTH for line in lines]
    assert kinds == sorted(kinds, reverse=True)
    arrivals = [record(line)["recordedtime"] for line, truth in zip(lines, kinds, strict=True) if not truth]
    assert arrivals == sorted(arrivals)
    assert len({(found["source"], found["id"]) for found in map(record, lines)}) == len(lines)


def test_some_events_are_late_and_out_of_order_and_clocks_are_wrong(world: Stream) -> None:
    late = [told.event.received_at - told.event.time for told in world]
    assert any(each > timedelta(minutes=3) for each in late)
    assert any(each < -timedelta(seconds=60) for each in late)  # a clock that runs ahead
    times = [told.event.time for told in world if told.event.source == "/im-asia"]
    assert times != sorted(times)


def test_every_event_passes_the_checks_of_the_server_and_replay_reads_it(world: Stream, lines: list[bytes]) -> None:
    assert world.unread.unread == 0
    replayed = Lines(io.BytesIO(b"".join(lines)))
    events = list(importers.events(replayed, "jsonl", tenant_id="other"))
    assert len(events) == len(world)
    assert replayed.unread == 0  # what is told to the evaluation alone is passed over
    assert {event.tenant_id for event in events} == {"harbour"}


@pytest.mark.parametrize("kind", ATTACKS)
def test_every_kind_of_attack_is_there_with_its_label(world: Stream, kind: str) -> None:
    of_kind = {name for name, attack in world.truth.attacks.items() if attack.kind == kind}
    acts = [told for told in world if told.attack in of_kind]
    assert acts
    for told in acts:
        attack = world.truth.attacks[told.attack or ""]
        assert told.event.received_at >= attack.start
        assert attack.account in (None, told.event.data.account)


def test_takeovers_and_newcomers_are_told_apart(world: Stream) -> None:
    for attack in world.truth.attacks.values():
        if attack.account is not None and attack.kind != "botnet_guessing":
            assert world.truth.accounts[attack.account].honest is attack.taken_over
    assert len({attack.account for attack in world.truth.attacks.values() if attack.kind == "bulk_ring"}) == 10


def test_every_habit_is_lived_by_somebody(world: Stream) -> None:
    lived = {trait for account in world.truth.accounts.values() for trait in account.traits}
    assert lived >= {*HABITS, "bot", "batch", "service"}


@cache
def places() -> Places:
    return Places()


def country(told: Told) -> str | None:
    place = places().locate(told.event.data.ip)  # type: ignore[union-attr]
    return place.country if isinstance(place, Place) else None


def logins(world: Stream, trait: str) -> dict[str, list[Told]]:
    found = defaultdict(list)
    for told in world:
        account = world.truth.accounts.get(told.event.data.account)
        if told.attack is None and isinstance(told.event.data, Login) and account and trait in account.traits:
            found[account.account].append(told)
    return found


def test_nearly_every_address_is_known_to_the_database(world: Stream) -> None:
    ips = {told.event.data.ip for told in world if isinstance(told.event.data, Login)}
    assert sum(isinstance(places().locate(ip), Place) for ip in ips) > 0.98 * len(ips)


def test_vpns_change_the_country_of_a_known_device_within_the_hour(world: Stream) -> None:
    changes = 0
    for of_one in logins(world, "vpn").values():
        for one, other in itertools.pairwise(sorted(of_one, key=lambda told: told.event.time)):
            same = one.event.data.device == other.event.data.device  # type: ignore[union-attr]
            near = other.event.time - one.event.time < timedelta(hours=1)
            changes += same and near and country(one) != country(other)
    assert changes


def test_phones_wander_inside_their_country(world: Stream) -> None:
    jumps = 0
    for of_one in logins(world, "greeter").values():
        by_time = sorted((told for told in of_one if "phone" in (told.event.data.device or "")), key=_time)  # type: ignore[union-attr]
        for one, other in itertools.pairwise(by_time):
            here, there = (places().locate(each.event.data.ip) for each in (one, other))  # type: ignore[union-attr]
            if isinstance(here, Place) and isinstance(there, Place) and here.country == there.country:
                jumps += here.city != there.city and _time(other) - _time(one) < timedelta(minutes=15)
    assert jumps


def _time(told: Told) -> datetime:
    return told.event.time


def test_offices_and_carriers_are_shared_and_desktops_stand_in_clouds(world: Stream) -> None:
    people = defaultdict(set)
    for told in world:
        if told.attack is None and isinstance(told.event.data, Login):
            people[told.event.data.ip].add(told.event.data.account)
    assert max(map(len, people.values())) >= 5
    networks = Networks()
    kinds = {networks.kind(told.event.data.ip) for of in logins(world, "cloud_desktop").values() for told in of}  # type: ignore[union-attr]
    assert "hosting" in kinds


def test_privacy_addresses_change_within_their_network(world: Stream) -> None:
    found = defaultdict(set)
    for account, of_one in logins(world, "ipv6").items():
        for told in of_one:
            ip = told.event.data.ip  # type: ignore[union-attr]
            if ip is not None and ":" in ip:
                found[account, tuple(ip.split(":")[:4])].add(ip)
    assert any(len(addresses) > 1 for addresses in found.values())


def test_devices_are_missing_shared_and_changed(world: Stream) -> None:
    def devices(trait: str) -> list[set[str | None]]:
        return [{told.event.data.device for told in of} for of in logins(world, trait).values()]  # type: ignore[union-attr]

    assert any(None in each for each in devices("no_device"))
    assert any(len(each) >= 3 for each in devices("private_browser"))
    users = defaultdict(set)
    for told in world:
        if isinstance(told.event.data, Login) and told.event.data.device:
            users[told.event.data.device].add(told.event.data.account)
    assert any(len(each) > 1 for each in users.values())


def agents(told: Iterable[Told]) -> dict[tuple[str, str | None], list[str]]:
    """The User-Agents of each account and device, in the order of time."""
    found = defaultdict(list)
    for each in sorted(told, key=_time):
        if isinstance(data := each.event.data, Login):
            assert data.user_agent is not None
            found[data.account, data.device].append(data.user_agent)
    return found


def test_every_client_says_what_it_is_and_goes_on_saying_so(world: Stream) -> None:
    honest = agents(told for told in world if told.attack is None)
    named = [of for (_, device), of in honest.items() if device is not None]
    changes = [sum(one != other for one, other in itertools.pairwise(of)) for of in named]
    assert set(changes) == {0, 1}  # an app was updated, here and there
    assert sum(changes) < len(named) / 3
    assert {agent.partition("/")[0] for of in honest.values() for agent in of} == {"Mozilla", "Harbour"}
    assert any(device is None for _, device in honest)


def test_attackers_have_the_same_browsers_and_some_have_tools(world: Stream) -> None:
    of_kind = defaultdict(set)
    for told in world:
        if told.attack is not None and isinstance(told.event.data, Login):
            of_kind[world.truth.attacks[told.attack].kind].add(told.event.data.user_agent)
    honest = {agent for of in agents(told for told in world if told.attack is None).values() for agent in of}
    for kind in ("stuffing", "botnet_guessing"):
        assert "python-requests/2.32.3" in of_kind[kind]
        assert "" in of_kind[kind]
        assert of_kind[kind] & honest
    assert of_kind["password_sold"] & honest


def test_an_app_is_updated_once_in_a_month() -> None:
    atlas = Atlas(7)
    first = (START - EPOCH.date()).days // BLOCK * BLOCK
    months = [[own(atlas.seed, number, "phone-0", day) for day in range(first, first + BLOCK)] for number in range(200)]
    changes = [sum(one != other for one, other in itertools.pairwise(month)) for month in months]
    assert set(changes) == {0, 1}
    assert len({month[0] for month in months}) > 10


def test_people_mistype_and_then_get_in(world: Stream) -> None:
    failed = {
        told.event.data.account
        for told in world
        if told.attack is None and isinstance(told.event.data, Login) and told.event.data.outcome == "failure"
    }
    assert len(failed) > 5


def test_friends_are_greeted_with_nearly_the_same_words_on_a_festive_evening(world: Stream) -> None:
    greetings = [
        told.event
        for told in world
        if isinstance(told.event.data, Message) and "元宵节快乐" in (told.event.data.text or "")
    ]
    senders = defaultdict(list)
    for event in greetings:
        senders[event.data.account].append(event)
    most = max(senders.values(), key=len)
    assert len(most) >= 10
    assert most[-1].time - most[0].time < timedelta(minutes=15)


def test_journeys_are_told_and_some_are_declared() -> None:
    long = small(people=200, days=30, attackers=0)
    trips = [truth for truth in long.truths() if type(truth).__name__ == "Trip"]
    assert {trip.declared for trip in trips} == {True, False}  # type: ignore[union-attr]
    assert len({trip.country for trip in trips}) > 2  # type: ignore[union-attr]


def test_a_roaming_phone_is_at_home_while_the_laptop_is_abroad() -> None:
    atlas = Atlas(7)
    first = (START - EPOCH.date()).days
    both = 0
    for number in range(2, 300, 9):
        one = person(atlas, number)
        assert "traveller" in one.traits
        trip = next(iter(trips(atlas, one, first, first + 30)), None)
        if trip is None or trip.country == one.metro.country:
            continue
        events = [event for day in range(first, first + 30) for event in live(atlas, one, day)]
        seen = sorted(
            (event.time, "phone" in (event.data.device or ""), place.country)
            for event in events
            if isinstance(event.data, Login) and isinstance(place := places().locate(event.data.ip), Place)
        )
        for at, is_phone, where in seen:
            both += (
                not is_phone
                and where == trip.country
                and any(
                    phone and there == one.metro.country and abs(at - when) < 40 * MINUTE for when, phone, there in seen
                )
            )
    assert both


def texts(world: Stream, kind: str) -> list[list[str]]:
    found = defaultdict(list)
    for told in world:
        attack = world.truth.attacks.get(told.attack or "")
        if attack is not None and attack.kind == kind and isinstance(told.event.data, Message):
            found[attack.attack].append(told.event.data.text or "")
    return list(found.values())


def test_plain_senders_repeat_themselves_and_disguised_ones_never_do(world: Stream) -> None:
    assert all(len(set(each)) == 1 for each in texts(world, "bulk_plain"))
    assert all(len(set(each)) > 0.95 * len(each) for each in texts(world, "bulk_varied"))
    assert len(texts(world, "bulk_ring")) == 10


def test_bulk_senders_reach_many_who_cannot_be_reached(world: Stream) -> None:
    long = set()
    for attack in world.truth.attacks.values():
        sent = [told.event.data for told in world if told.attack == attack.attack]
        messages = [data for data in sent if isinstance(data, Message)]
        if attack.kind.startswith("bulk_") and len(messages) > 100:
            long.add(attack.kind)
            share = sum(data.failed or 0 for data in messages) / len(messages)
            assert 0.05 < share < 0.5
            assert len({data.recipients for data in messages}) > 0.9 * len(messages)
    assert long == {"bulk_plain", "bulk_jittered", "bulk_varied", "bulk_slow"}
