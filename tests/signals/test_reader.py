"""A reader gives the values of an event, in the catalogue's order, with what it cannot know said as such."""

from typing import Any

import pytest
from signal_events import event, login, message

from frostgate.events.model import Event, EventType
from frostgate.signals.catalogue import catalogue
from frostgate.signals.geo import Places
from frostgate.signals.habits import Habits
from frostgate.signals.model import Unknown, Window
from frostgate.signals.network import Networks
from frostgate.signals.profile import Profiles
from frostgate.signals.reader import SignalReader

LOGIN, MESSAGE = EventType.LOGIN, EventType.MESSAGE
BEIJING, FRANKFURT = "101.6.6.6", "91.65.1.1"


def window(name: str, **given: Any) -> Window:
    spec = {"name": name, "on": MESSAGE, "by": "account", "kind": "count", "of": None, "over": 600}
    return Window(**(spec | given))


WINDOWS = [
    window("sent"),
    window("people", kind="distinct", of="recipients"),
    window("reached", kind="sum", of="fan_out"),
    window("pace", kind="rate"),
    window("groups", where={"conversation_kind": "group"}),
    window("of_device", by="device"),
    window("failures", on=LOGIN, where={"outcome": "failure"}),
    window("tried", on=LOGIN, by="ip", kind="distinct", of="account"),
    window("all_logins", on=LOGIN, by="tenant"),
    window("two", on=LOGIN, where={"outcome": "failure", "device": "phone"}),
    window("calls", on=EventType.API, by="key"),
]


@pytest.fixture
def reader(places: Places, networks: Networks) -> SignalReader:
    return SignalReader(WINDOWS, places=places, networks=networks, profiles=Profiles(), habits=Habits())


def named(reader: SignalReader, event: Event) -> dict[str, Any]:
    """The values by name; what is unknown as its text, because an Unknown equals nothing."""
    values = reader.read(event)
    names = catalogue(event.type, WINDOWS)
    assert len(values) == len(names)
    return {n: str(v) if isinstance(v, Unknown) else v for n, v in zip(names, values, strict=True)}


@pytest.mark.parametrize(
    "told",
    [
        login(BEIJING),
        message(),
        event(EventType.CALL, medium="voice", channel="c"),
        event(EventType.STREAM, room="r", phase="started"),
        event(EventType.AI, agent="a", role="person"),
        event(EventType.API, key="k", method="m"),
        event(EventType.REPORT, reporter="wang", category="spam"),
        event(EventType.BILLING, kind="usage", amount=1, currency="CNY"),
    ],
    ids=lambda told: told.type.value,
)
def test_values_have_the_types_that_the_catalogue_promises(reader: SignalReader, told: Event):
    promised = {"bool": bool, "int": int, "double": float, "string": str, "list(string)": tuple}
    values = reader.read(told)
    for signal, value in zip(catalogue(told.type, WINDOWS).values(), values, strict=True):
        assert type(value) in (promised[signal.type.value], Unknown), signal.name


def test_a_login_is_placed_and_its_journey_measured(reader: SignalReader):
    first = login(BEIJING, device="phone")
    read = named(reader, first)
    assert (read["geo.located"], read["geo.country"], read["geo.city"]) == (True, "CN", "Haidian")
    assert (read["network.kind"], read["network.suspicious"]) == ("unlisted", False)
    assert (read["device.sent"], read["device.known"]) == (True, False)
    assert read["travel.km"] == "Unknown(no_earlier_place)"
    reader.learn(first, frozen=False)

    read = named(reader, login(FRANKFURT, after=3600, device="phone"))
    assert read["device.known"] is True
    assert (read["travel.from"], read["travel.to"]) == ("Haidian, China", "Frankfurt am Main, Germany")
    assert read["travel.least_kmh"] > 900
    assert read["travel.hours"] == 1.0


def test_a_journey_from_a_country_is_unknown(reader: SignalReader):
    reader.learn(login(BEIJING), frozen=False)
    read = named(reader, login("8.21.143.1", after=60))
    assert (read["geo.located"], read["geo.country"]) == (False, "AQ")
    assert read["geo.city"] == read["travel.least_kmh"] == "Unknown(no_city)"


def test_a_frozen_login_is_not_learnt(reader: SignalReader):
    reader.learn(login(BEIJING), frozen=False)
    thief = login(FRANKFURT, after=60, device="thief")
    reader.learn(thief, frozen=True)
    read = named(reader, login(FRANKFURT, after=120, device="thief"))
    assert read["device.known"] is False
    assert read["travel.from"] == "Haidian, China"


def test_what_was_not_sent_is_unknown(reader: SignalReader):
    read = named(reader, message())
    for name in ("message.ip", "geo.located", "network.suspicious", "device.known", "window.of_device"):
        assert read[name] == "Unknown(not_sent)"
    assert read["device.sent"] is False


def test_a_bad_address_breaks_nothing(reader: SignalReader):
    read = named(reader, login("not an address"))
    assert read["geo.located"] is False
    for name in ("geo.country", "network.kind", "network.suspicious", "travel.km", "window.tried"):
        assert read[name] == "Unknown(address_malformed)"
    assert read["window.all_logins"] == 1


@pytest.mark.parametrize(
    ("said", "fan_out"),
    [
        ({"recipients": ("a", "b")}, 2),
        ({"recipient_count": 40}, 40),
        ({}, 1),
        ({"conversation_kind": "group"}, "Unknown(not_sent)"),
        ({"conversation_kind": "group", "recipients": ()}, 0),
    ],
)
def test_fan_out_is_how_many_people_a_message_reaches(reader: SignalReader, said: dict, fan_out: object):
    assert named(reader, message(**said))["message.fan_out"] == fan_out


def test_windows_count_this_event_too(reader: SignalReader):
    named(reader, message(recipients=("a", "b"), device="phone"))
    read = named(reader, message(after=5, recipients=("b", "c", "d"), device="phone", conversation_kind="group"))
    assert read["window.sent"] == 2
    assert read["window.people"] == 4
    assert read["window.reached"] == 5.0
    assert read["window.pace"] == 2 / 600
    assert read["window.groups"] == 1
    assert read["window.of_device"] == 2


def test_an_event_that_does_not_count_reads_the_window_as_of_its_own_time(reader: SignalReader):
    for _ in range(3):
        named(reader, login(BEIJING, outcome="failure"))
    assert named(reader, login(BEIJING, after=60))["window.failures"] == 3
    assert named(reader, login(BEIJING, after=601))["window.failures"] == 0
    assert named(reader, login(BEIJING, outcome="failure", device="phone"))["window.two"] == 1


def test_windows_belong_to_one_tenant(reader: SignalReader):
    named(reader, login(BEIJING))
    read = named(reader, login(BEIJING, tenant="globex"))
    assert (read["window.tried"], read["window.all_logins"]) == (1, 1)


def test_one_ipv6_line_counts_as_one_address(reader: SignalReader):
    named(reader, login("2001:da8:1:2::1", account="a"))
    named(reader, login("2001:da8:1:2::ffff", account="b"))
    assert named(reader, login("2001:da8:1:2:3::", account="c"))["window.tried"] == 3
    assert named(reader, login("2001:da8:1:3::1", account="d"))["window.tried"] == 1


def story() -> list[Event]:
    told = []
    for number in range(300):
        ip = (BEIJING, FRANKFURT, "127.0.0.1")[number % 3]
        late = number * 37 % 90
        outcome = "failure" if number % 5 else "success"
        account = f"a{number % 4}"
        told.append(login(ip, after=number * 20 - late, account=account, outcome=outcome, device=f"d{number % 7}"))
        told.append(message(after=number * 20 - late, account=account, recipients=(f"r{number % 9}",), ip=ip))
    return told


def run(reader: SignalReader, told: list[Event]) -> list[str]:
    lines = []
    for number, one in enumerate(told):
        lines.append(repr(reader.read(one)))
        reader.learn(one, frozen=number % 11 == 0)
    return lines


def test_the_same_events_give_the_same_values_even_across_a_restart(places: Places, networks: Networks):
    def fresh() -> SignalReader:
        return SignalReader(WINDOWS, places=places, networks=networks, profiles=Profiles(), habits=Habits())

    told = story()
    whole, first, second = fresh(), fresh(), fresh()
    before = run(first, told[:264])  # a multiple of the eleven that `run` freezes by
    assert second.load(first.dump()) == ()
    assert before + run(second, told[264:]) == run(whole, told)


def test_a_changed_window_starts_afresh_and_the_others_go_on(reader: SignalReader, places: Places, networks: Networks):
    named(reader, message())
    changed = [window("sent", over=60), window("pace", kind="rate")]
    other = SignalReader(changed, places=places, networks=networks, profiles=Profiles(), habits=Habits())
    damaged = {name: b"torn" if "people" in name else part for name, part in reader.dump().items()}
    left = other.load(damaged)
    assert any(name.startswith("window.sent@") for name in left)
    assert not any(name.startswith("window.pace@") for name in left)
    assert other.read(message(after=1))[-2:] == (1, 2 / 600)
    assert any(name.startswith("window.people@") for name in reader.load(damaged))


def test_idle_entities_are_forgotten_while_others_are_read(reader: SignalReader):
    for number in range(500):
        reader.read(message(account=f"once{number}"))
    for number in range(3000):
        reader.read(message(after=5000 + number, account="li"))
    assert len(reader._windows["sent"]) == 1
