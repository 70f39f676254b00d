"""What an account's profile learns, from whom, and what it refuses to learn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signal_events import START, login

from frostgate.signals.address import block
from frostgate.signals.familiar import DEVICE, NETWORK
from frostgate.signals.geo import Places
from frostgate.signals.model import Unknown
from frostgate.signals.profile import NOBODY, PLACES, USUAL, Profiles
from frostgate.signals.travel import Located, Travel
from frostgate.signals.windows import SnapshotRefused

LI = ("acme", "li")
BEIJING, FRANKFURT, LISBON, HOME = "101.6.6.6", "91.65.1.1", "85.245.107.41", "127.0.0.1"
HOUR = 3600
DEVICES, NETWORKS = DEVICE.at_most, NETWORK.at_most


def network_of(ip: str) -> object:
    return block(ip)


@pytest.fixture
def profiles() -> Profiles:
    return Profiles()


@pytest.fixture
def learn(profiles: Profiles, places: Places):
    def take_in(ip: str, *, frozen: bool = False, **said):
        event = login(ip, **said)
        profiles.learn(event, places.locate(ip), network=network_of(ip), frozen=frozen)

    return take_in


@pytest.fixture
def journey(profiles: Profiles, places: Places):
    def ask(ip: str, *, after: float) -> Travel | Unknown:
        at = login(ip, after=after).time.timestamp()
        return profiles.of(LI).journey(Located(place=places.locate(ip), at=at, ip=ip))

    return ask


def known_devices(profiles: Profiles) -> set[str]:
    named = ["late", *(f"{letter}{number}" for letter in "de" for number in range(DEVICES + 5))]
    return {device for device in named if profiles.of(LI).knows_device(device)}


def test_a_device_is_known_after_a_sign_in_that_was_let_in(profiles, learn):
    learn(BEIJING, device="phone")
    assert profiles.of(LI).knows_device("phone")
    assert not profiles.of(("globex", "li")).knows_device("phone")
    assert not profiles.of(LI).knows_device("laptop")


def test_a_failed_try_teaches_nothing_and_takes_no_memory(profiles, learn):
    learn(BEIJING, outcome="failure", device="phone")
    assert not profiles.of(LI).knows_device("phone")
    assert profiles.of(LI) is NOBODY


def test_a_frozen_sign_in_is_not_where_the_account_was(profiles, learn, journey):
    learn(BEIJING, device="phone")
    learn(FRANKFURT, after=HOUR, device="thief", frozen=True)
    assert not profiles.of(LI).knows_device("thief")
    assert journey(BEIJING, after=2 * HOUR).km == 0.0
    assert journey(FRANKFURT, after=2 * HOUR).least_kmh > 900


def test_a_mistake_teaches_device_and_place_of_that_sign_in_alone(profiles, learn, journey):
    learn(BEIJING, device="phone")
    learn(FRANKFURT, after=HOUR, device="new phone", frozen=True)
    learn(LISBON, after=2 * HOUR, device="new phone", frozen=True)
    learn(FRANKFURT, after=HOUR, device="new phone")
    assert profiles.of(LI).knows_device("new phone")
    assert journey(FRANKFURT, after=3 * HOUR).km == 0.0
    assert [place.ip for place in profiles.of(LI).places] == [BEIJING, FRANKFURT]


def test_neither_order_nor_repetition_changes_what_is_known(places):
    """So learning again from events and releases, after a restart, gives what was known before."""
    sign_ins = [login(BEIJING, after=n // 2 * HOUR, device=f"d{n % 7}") for n in range(12)]
    sign_ins += [login(FRANKFURT, after=n, device=f"e{n}") for n in range(DEVICES)]
    known = []
    for history in (sign_ins, sign_ins[::-1], sign_ins + sign_ins[:12] + sign_ins[-5:]):
        profiles = Profiles()
        for event in history:
            profiles.learn(event, places.locate(event.data.ip), frozen=False)
        known.append((profiles.of(LI).places, known_devices(profiles)))
    assert known[0] == known[1] == known[2]


def test_a_place_without_a_location_does_not_part_its_neighbours(learn, journey):
    learn(BEIJING)
    learn(HOME, after=60)
    assert journey(FRANKFURT, after=HOUR).origin == "Haidian, China"


def test_a_late_login_is_compared_with_its_neighbours_in_time(learn, journey):
    learn(BEIJING, after=0)
    learn(BEIJING, after=10 * HOUR)
    way = journey(FRANKFURT, after=9 * HOUR)  # slow from the earlier one, impossible to the later one
    assert (way.origin, way.destination, way.hours) == ("Frankfurt am Main, Germany", "Haidian, China", 1.0)


def test_a_login_before_all_others_is_compared_with_the_first(learn, journey):
    learn(BEIJING, after=HOUR)
    assert journey(FRANKFURT, after=0).destination == "Haidian, China"


def test_memory_of_one_account_is_bounded(profiles, learn):
    for number in range(DEVICES + 5):
        learn(BEIJING, after=number, device=f"d{number}")
    learn(LISBON, after=-1, device="late")  # older than every place that is kept, and no reason to lose one
    assert known_devices(profiles) == {f"d{number}" for number in range(5, DEVICES + 5)}
    assert [place.at - profiles.of(LI).places[0].at for place in profiles.of(LI).places] == list(range(PLACES))


def test_a_snapshot_keeps_everything(profiles, learn):
    learn(BEIJING, device="phone")
    learn(FRANKFURT, after=HOUR, device="new phone")
    again = Profiles()
    again.load(profiles.dump())
    assert again.dump() == profiles.dump()
    assert again.of(LI).places == profiles.of(LI).places


def test_a_damaged_snapshot_changes_nothing(profiles, learn):
    learn(BEIJING, device="phone")
    with pytest.raises(SnapshotRefused):
        profiles.load(profiles.dump()[:-2])
    assert profiles.of(LI).knows_device("phone")


def is_usual(profiles: Profiles, country: str, *, after: float) -> bool | Unknown:
    return profiles.of(LI).is_usual(country, START.timestamp() + after)


def test_a_country_is_usual_for_ninety_days(profiles, learn):
    assert isinstance(is_usual(profiles, "CN", after=0), Unknown)
    learn(BEIJING)
    learn(FRANKFURT, after=USUAL)
    assert is_usual(profiles, "CN", after=USUAL) is True
    assert is_usual(profiles, "CN", after=USUAL + 1) is False
    assert is_usual(profiles, "DE", after=USUAL + 1) is True
    assert is_usual(profiles, "PT", after=0) is False
    learn(BEIJING, after=-HOUR)  # late news of long ago makes nothing older
    assert is_usual(profiles, "CN", after=USUAL) is True


def test_no_country_is_usual_for_what_was_not_let_in(profiles, learn):
    learn(BEIJING)
    learn(FRANKFURT, frozen=True)
    learn(LISBON, outcome="failure")
    learn(HOME)
    assert [is_usual(profiles, country, after=60) for country in ("CN", "DE", "PT")] == [True, False, False]


def test_a_network_is_known_once_somebody_was_let_in_from_it(profiles, learn):
    assert isinstance(profiles.of(LI).knows_network(network_of(BEIJING)), Unknown)
    learn(FRANKFURT, outcome="failure")
    assert isinstance(profiles.of(LI).knows_network(network_of(BEIJING)), Unknown)
    learn(BEIJING)
    learn(FRANKFURT, frozen=True)
    assert profiles.of(LI).knows_network(network_of("101.6.6.254")) is True
    assert profiles.of(LI).knows_network(network_of("101.6.7.6")) is False
    assert profiles.of(LI).knows_network(network_of(FRANKFURT)) is False
    assert isinstance(profiles.of(("globex", "li")).knows_network(network_of(BEIJING)), Unknown)


def test_of_what_is_bounded_the_least_recently_used_is_forgotten(profiles, learn):
    for number in range(NETWORKS):
        learn(f"101.6.{number}.1", after=number)
    learn("101.6.0.1", after=NETWORKS)  # the first one is used again
    learn("101.7.0.1", after=NETWORKS + 1)
    known = [number for number in range(NETWORKS) if profiles.of(LI).knows_network(network_of(f"101.6.{number}.1"))]
    assert known == [0, *range(2, NETWORKS)]
    assert profiles.of(LI).knows_network(network_of("101.7.0.1")) is True


Used = list[tuple[int, int]]  # which network, when
used = st.lists(st.tuples(st.integers(0, NETWORKS + 8), st.integers(0, 40)), max_size=120)


@given(used=used, order=st.randoms(use_true_random=False))
def test_networks_do_not_depend_on_order_or_repetition(places: Places, used: Used, order):
    def known(history: Used) -> list[object]:
        profiles = Profiles()
        for number, after in history:
            event = login(f"101.6.{number}.1", after=after)
            profiles.learn(event, places.locate(HOME), network=network_of(event.data.ip), frozen=False)
        asked = (profiles.of(LI).knows_network(network_of(f"101.6.{number}.1")) for number in range(NETWORKS + 9))
        return [str(answer) for answer in asked]

    shuffled = order.sample(used, len(used))
    assert known(used) == known(shuffled) == known(used + shuffled)
    assert known(used).count("True") == min(NETWORKS, len({number for number, _ in used}))


def test_a_snapshot_keeps_what_is_usual(profiles, learn):
    learn(BEIJING)
    learn(FRANKFURT, after=HOUR)
    again = Profiles()
    again.load(profiles.dump())
    assert is_usual(again, "DE", after=HOUR) is True
    assert again.of(LI).knows_network(network_of(FRANKFURT)) is True
    assert again.of(LI).knows_network(network_of(LISBON)) is False
