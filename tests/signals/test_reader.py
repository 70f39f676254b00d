"""A reader gives the values of an event, in the catalogue's order, with what it cannot know said as such."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from signal_events import START, event, login, message

from frostgate.base.model import SYSTEM
from frostgate.directory.declared import NOTHING_DECLARED, Declared
from frostgate.directory.profiles.model import Profile
from frostgate.directory.trips.model import State, Trip, TripPlace
from frostgate.events.model import Event, EventType
from frostgate.signals.catalogue import catalogue
from frostgate.signals.geo import Places
from frostgate.signals.model import Unknown, Window
from frostgate.signals.network import Networks
from frostgate.signals.reader import SignalReader

LOGIN, MESSAGE = EventType.LOGIN, EventType.MESSAGE
BEIJING, FRANKFURT, LISBON = "101.6.6.6", "91.65.1.1", "85.245.107.41"
HOUR, DAY = 3600, 86_400


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
    window("around", on=LOGIN, by="network", where={"outcome": "failure"}),
    window("own_here", on=LOGIN, by="account_at_ip", where={"outcome": "failure"}),
    window("countries", on=LOGIN, kind="distinct", of="country"),
    window("lines", on=LOGIN, kind="distinct", of="ip"),
    window("writers", by="template", kind="distinct", of="account"),
    window("strangers", kind="sum", of="new_recipients"),
]
PITCH = "Dear {}, your account has won {} points, claim them today at https://prize.example/{} before they expire"


@pytest.fixture
def new_reader(places: Places, networks: Networks) -> Callable[..., SignalReader]:
    def make(declared: Declared = NOTHING_DECLARED) -> SignalReader:
        return SignalReader(WINDOWS, places=places, networks=networks, declared=declared)

    return make


@pytest.fixture
def reader(new_reader: Callable[..., SignalReader]) -> SignalReader:
    return new_reader()


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


def lived(reader: SignalReader, *told: Event) -> dict[str, Any]:
    """Read these events and let in their sign-ins; the values of the last one."""
    for one in told[:-1]:
        named(reader, one)
        reader.learn(one, frozen=False)
    return named(reader, told[-1])


# What was declared, and what an account is used to


def test_a_sign_in_from_a_trusted_network_teaches_its_device_and_no_place(new_reader: Callable[..., SignalReader]):
    reader = new_reader(Declared.of(trusted={"acme": ["91.65.0.0/16"]}))
    office = lived(reader, login(BEIJING, device="laptop"), login(FRANKFURT, after=60, device="phone"))
    assert office["network.trusted"] is True
    assert office["geo.country"] == "DE"
    for name in ("travel.least_kmh", "travel.abroad", "country.usual"):
        assert office[name] == "Unknown(trusted_network)"

    home = lived(reader, login(FRANKFURT, after=60, device="phone"), login(LISBON, after=2 * HOUR, device="phone"))

    assert home["network.trusted"] is False
    assert home["device.known"] is True
    assert (home["travel.from"], home["travel.hours"]) == ("Haidian, China", 2.0)  # not from the office's exit
    assert lived(reader, login(FRANKFURT, after=HOUR, tenant="globex"))["network.trusted"] is False


def test_a_country_seen_through_a_trusted_network_is_not_usual(new_reader: Callable[..., SignalReader]):
    exits = new_reader(Declared.of(trusted={"acme": ["91.65.0.0/16"]}))
    lived(exits, login(FRANKFURT), login(FRANKFURT, after=60), login(BEIJING, after=120))
    exits.learn(login(BEIJING, after=120), frozen=False)
    # Another address of the same country, outside the network that the tenant trusts.
    assert named(exits, login("84.56.10.41", after=DAY))["country.usual"] is False


def test_an_allowlist_covers_where_it_is_enforced(new_reader: Callable[..., SignalReader]):
    reader = new_reader(Declared.of(allowed={"acme": ["101.6.0.0/16"]}))

    def told(ip: str, **more: Any) -> tuple[bool, bool]:
        read = named(reader, login(ip, **more))
        return read["allowlist.enforced"], read["allowlist.covers"]

    assert told(BEIJING) == (True, True)
    assert told(FRANKFURT) == (True, False)
    assert told("not an address") == (True, False)
    assert told(FRANKFURT, tenant="globex") == (False, True)  # who has none excludes nobody


def trip(*places: TripPlace, starts: float, ends: float) -> Declared:
    times = {"starts_at": START + timedelta(seconds=starts), "ends_at": START + timedelta(seconds=ends)}
    declared = {"declared_by": SYSTEM, "declared_at": START, "state": State.APPROVED}
    return Declared.of(trips=[Trip(id="t", tenant_id="acme", account_id="li", places=places, **times, **declared)])


GERMANY = TripPlace(country="DE")


def test_a_trip_covers_the_way_there_and_no_other(new_reader: Callable[..., SignalReader]):
    reader = new_reader(trip(GERMANY, starts=0, ends=DAY))
    away = lived(reader, login(BEIJING), login(FRANKFURT, after=HOUR))
    assert (away["trip.covers"], away["travel.to"]) == (True, "Frankfurt am Main, Germany")

    assert named(reader, login(LISBON, after=HOUR))["trip.covers"] is False
    assert named(reader, login(FRANKFURT, after=HOUR, account="wang"))["trip.covers"] is False
    reader.learn(login(FRANKFURT, after=HOUR), frozen=False)
    back = named(reader, login(BEIJING, after=2 * HOUR))  # the way back is a journey of its own
    assert (back["travel.from"], back["trip.covers"]) == ("Frankfurt am Main, Germany", False)
    assert named(reader, login(FRANKFURT, after=DAY + 1))["trip.covers"] is False


def test_of_a_sign_in_that_came_late_the_later_neighbour_may_be_the_destination(
    new_reader: Callable[..., SignalReader],
):
    def late(declared: Declared) -> dict[str, Any]:
        reader = new_reader(declared)
        return lived(reader, login(BEIJING), login(FRANKFURT, after=12 * HOUR), login(BEIJING, after=11 * HOUR))

    covered = late(trip(GERMANY, starts=11.5 * HOUR, ends=DAY))
    assert (covered["travel.from"], covered["travel.to"]) == ("Haidian, China", "Frankfurt am Main, Germany")
    assert covered["trip.covers"] is True  # and it is the time of arrival that counts
    assert late(trip(GERMANY, starts=0, ends=11.5 * HOUR))["trip.covers"] is False
    assert late(trip(TripPlace(country="CN"), starts=0, ends=DAY))["trip.covers"] is False


def test_without_an_earlier_place_a_trip_covers_where_the_sign_in_comes_from(new_reader: Callable[..., SignalReader]):
    read = named(new_reader(trip(GERMANY, starts=0, ends=DAY)), login(FRANKFURT, after=60))
    assert (read["travel.km"], read["trip.covers"]) == ("Unknown(no_earlier_place)", True)


def test_what_is_usual_is_unknown_until_there_is_a_history(reader: SignalReader):
    first = named(reader, login(BEIJING))
    assert first["country.usual"] == first["network.known"] == "Unknown(no_earlier_place)"
    reader.learn(login(BEIJING), frozen=False)

    near = named(reader, login("101.6.6.200", after=60))
    assert (near["country.usual"], near["network.known"], near["travel.abroad"]) == (True, True, False)
    far = named(reader, login(FRANKFURT, after=60))
    assert (far["country.usual"], far["network.known"], far["travel.abroad"]) == (False, False, True)
    assert named(reader, login("not an address", after=60))["network.known"] == "Unknown(address_malformed)"


@pytest.mark.parametrize(("said", "passed"), [(True, True), (False, False), (None, False)])
def test_a_second_factor_is_passed_where_the_sender_says_so(reader: SignalReader, said: object, passed: bool):
    assert named(reader, login(BEIJING, second_factor=said))["second_factor.passed"] is passed


def test_a_machine_is_judged_by_what_was_declared_of_it(new_reader: Callable[..., SignalReader]):
    said = {"purpose": "builds", "messages_a_minute": 60, "networks": ("101.6.0.0/16",)}
    builder = Profile(tenant_id="acme", account_id="builder", declared_by=SYSTEM, declared_at=START, **said)
    kinds = {("acme", "builder"): "bot", ("acme", "crm"): "service"}
    reader = new_reader(Declared.of(kinds=kinds, profiles=[builder]))

    def told(account: str, **more: Any) -> dict[str, Any]:
        read = named(reader, message(account=account, **more))
        return {name: value for name, value in read.items() if name.startswith(("account.", "profile."))}

    unsaid = {
        "profile.recipients_an_hour": "Unknown(not_declared)",
        "profile.api_calls_a_minute": "Unknown(not_declared)",
    }
    bot = {"account.kind": "bot", "profile.declared": True, "profile.messages_a_minute": 60, **unsaid}
    nothing = {"profile.declared": False, "profile.messages_a_minute": "Unknown(not_declared)", **unsaid}
    nothing["profile.covers_address"] = "Unknown(not_declared)"
    assert told("builder", ip=BEIJING) == {**bot, "profile.covers_address": True}
    assert told("builder", ip=FRANKFURT) == {**bot, "profile.covers_address": False}
    assert told("builder") == {**bot, "profile.covers_address": "Unknown(not_sent)"}
    assert told("crm", ip=BEIJING) == {"account.kind": "service", **nothing}
    assert told("li", ip=BEIJING) == {"account.kind": "person", **nothing}
    assert named(reader, login(BEIJING, account="builder"))["account.kind"] == "bot"


# What windows may be kept for, and be of


def test_failures_are_counted_for_the_network_and_for_the_account_at_an_address(reader: SignalReader):
    for ip, account in ((BEIJING, "li"), ("101.6.6.7", "li"), (BEIJING, "wang"), (BEIJING, "li")):
        named(reader, login(ip, account=account, outcome="failure"))
    here = named(reader, login(BEIJING))
    assert (here["window.around"], here["window.own_here"]) == (4, 2)
    assert named(reader, login("101.6.6.8"))["window.own_here"] == 0
    assert named(reader, login("101.6.7.6"))["window.around"] == 0
    assert named(reader, login("not an address"))["window.own_here"] == "Unknown(address_malformed)"
    six = [login(f"2001:da8:1:{line:x}::1", outcome="failure") for line in range(5)]  # five lines of one site
    assert [named(reader, one)["window.around"] for one in six] == [1, 2, 3, 4, 5]
    assert [named(reader, one)["window.own_here"] for one in six] == [2, 2, 2, 2, 2]


def test_countries_are_counted_where_they_are_known(reader: SignalReader):
    read = [named(reader, login(ip))["window.countries"] for ip in (BEIJING, FRANKFURT, "127.0.0.1", BEIJING, LISBON)]
    assert read == [1, 2, 2, 2, 3]


def test_an_ipv6_host_that_writes_new_addresses_is_one_line(reader: SignalReader):
    ips = ["2001:da8:1:2::1", "2001:da8:1:2::2", "2001:da8:1:2:ffff::", "2001:da8:1:3::1", BEIJING]
    assert [named(reader, login(ip))["window.lines"] for ip in ips] == [1, 1, 1, 2, 3]


def test_who_writes_from_one_template_is_counted_across_accounts(reader: SignalReader):
    pitches = [message(account=f"a{n}", text=PITCH.format("Sir", n, n), recipients=(f"r{n}",)) for n in range(4)]
    assert [named(reader, one)["window.writers"] for one in pitches] == [1, 2, 3, 4]
    other = "The build on the release branch is red again, who looks into the queue of the second server?"
    assert named(reader, message(account="a9", text=other))["window.writers"] == 1
    assert named(reader, message(account="a9"))["window.writers"] == "Unknown(no_text)"


def test_only_those_whom_it_never_wrote_to_are_new(reader: SignalReader):
    told = [("a", "b"), ("b", "c"), ("a", "c"), ("d",)]
    assert [named(reader, message(recipients=to))["window.strangers"] for to in told] == [2.0, 3.0, 3.0, 4.0]


def story() -> list[Event]:
    told = []
    for number in range(300):
        ip = (BEIJING, FRANKFURT, "127.0.0.1")[number % 3]
        late = number * 37 % 90
        outcome = "failure" if number % 5 else "success"
        account = f"a{number % 4}"
        told.append(login(ip, after=number * 20 - late, account=account, outcome=outcome, device=f"d{number % 7}"))
        text = PITCH.format(account, number, number) if number % 3 else f"{number} and something else entirely {ip}"
        said = {"account": account, "recipients": (f"r{number % 9}",), "ip": ip, "text": text}
        told.append(message(after=number * 20 - late, **said))
    return told


def run(reader: SignalReader, told: list[Event]) -> list[str]:
    lines = []
    for number, one in enumerate(told):
        lines.append(repr(reader.read(one)))
        reader.learn(one, frozen=number % 11 == 0)
    return lines


def test_the_same_events_give_the_same_values_even_across_a_restart(new_reader: Callable[..., SignalReader]):
    told = story()
    whole, first, second = new_reader(), new_reader(), new_reader()
    before = run(first, told[:264])  # a multiple of the eleven that `run` freezes by
    assert second.load(first.dump()) == ()
    assert before + run(second, told[264:]) == run(whole, told)


def test_a_snapshot_holds_the_habits_and_a_damaged_one_costs_only_them(new_reader: Callable[..., SignalReader]):
    first, second, third = new_reader(), new_reader(), new_reader()
    for number in range(16):
        named(first, message(after=number, text=PITCH.format(number, number, number), recipients=("wang",)))
    parts = first.dump()
    [habits] = [name for name in parts if name.startswith("habits@")]
    again = message(after=60, text=PITCH.format("a", 7, 7), recipients=("wang",))

    assert second.load(parts) == ()
    assert third.load({**parts, habits: b"torn"}) == (habits,)

    went_on, afresh = named(second, again), named(third, again)
    assert went_on == named(first, again)
    assert went_on["message.likeness"] > 0.5
    assert (went_on["message.new_recipients"], afresh["message.new_recipients"]) == (0, 1)
    assert isinstance(afresh["message.likeness"], str)  # unknown again
    assert went_on["window.sent"] == afresh["window.sent"] == 17


def test_a_changed_window_starts_afresh_and_the_others_go_on(reader: SignalReader, places: Places, networks: Networks):
    named(reader, message())
    changed = [window("sent", over=60), window("pace", kind="rate")]
    other = SignalReader(changed, places=places, networks=networks)
    damaged = {name: b"torn" if "people" in name else part for name, part in reader.dump().items()}
    left = other.load(damaged)
    assert any(name.startswith("window.sent@") for name in left)
    assert not any(name.startswith("window.pace@") for name in left)
    assert other.read(message(after=1))[-2:] == (1, 2 / 600)
    assert any(name.startswith("window.people@") for name in reader.load(damaged))


def test_idle_entities_are_forgotten_while_others_are_read(reader: SignalReader):
    for number in range(500):
        reader.read(message(account=f"once{number}"))
    for number in range(9000):
        reader.read(message(after=5000 + number, account="li"))
    assert len(reader._windows["sent"]) == 1
