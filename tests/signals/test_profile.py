"""What an account's profile learns, from whom, and what it refuses to learn."""

import pytest
from signal_events import login

from frostgate.signals.geo import Places
from frostgate.signals.model import Unknown
from frostgate.signals.profile import DEVICES, PLACES, Profiles
from frostgate.signals.travel import Located, Travel
from frostgate.signals.windows import SnapshotRefused

LI = ("acme", "li")
BEIJING, FRANKFURT, LISBON, HOME = "101.6.6.6", "91.65.1.1", "85.245.107.41", "127.0.0.1"
HOUR = 3600


@pytest.fixture
def profiles() -> Profiles:
    return Profiles()


@pytest.fixture
def learn(profiles: Profiles, places: Places):
    def take_in(ip: str, *, frozen: bool = False, **said):
        event = login(ip, **said)
        profiles.learn(event, places.locate(ip), frozen=frozen)

    return take_in


@pytest.fixture
def journey(profiles: Profiles, places: Places):
    def ask(ip: str, *, after: float) -> Travel | Unknown:
        at = login(ip, after=after).time.timestamp()
        return profiles.journey(LI, Located(place=places.locate(ip), at=at, ip=ip))

    return ask


def test_a_device_is_known_after_a_sign_in_that_was_let_in(profiles, learn):
    learn(BEIJING, device="phone")
    assert profiles.knows(LI, "phone")
    assert not profiles.knows(("globex", "li"), "phone")
    assert not profiles.knows(LI, "laptop")


def test_a_failed_try_teaches_nothing_and_takes_no_memory(profiles, learn):
    learn(BEIJING, outcome="failure", device="phone")
    assert not profiles.knows(LI, "phone")
    assert len(profiles) == 0


def test_a_frozen_sign_in_is_not_where_the_account_was(profiles, learn, journey):
    learn(BEIJING, device="phone")
    learn(FRANKFURT, after=HOUR, device="thief", frozen=True)
    assert not profiles.knows(LI, "thief")
    assert journey(BEIJING, after=2 * HOUR).km == 0.0
    assert journey(FRANKFURT, after=2 * HOUR).least_kmh > 900


def test_a_mistake_teaches_device_and_place_of_that_sign_in_alone(profiles, learn, journey):
    learn(BEIJING, device="phone")
    learn(FRANKFURT, after=HOUR, device="new phone", frozen=True)
    learn(LISBON, after=2 * HOUR, device="new phone", frozen=True)
    learn(FRANKFURT, after=HOUR, device="new phone")
    assert profiles.knows(LI, "new phone")
    assert journey(FRANKFURT, after=3 * HOUR).km == 0.0
    assert [place.ip for place in profiles.places(LI)] == [BEIJING, FRANKFURT]


def test_neither_order_nor_repetition_changes_what_is_known(places):
    """So learning again from events and releases, after a restart, gives what was known before."""
    sign_ins = [login(BEIJING, after=n // 2 * HOUR, device=f"d{n % 7}") for n in range(12)]
    sign_ins += [login(FRANKFURT, after=n, device=f"e{n}") for n in range(DEVICES)]
    known = []
    for history in (sign_ins, sign_ins[::-1], sign_ins + sign_ins[:12] + sign_ins[-5:]):
        profiles = Profiles()
        for event in history:
            profiles.learn(event, places.locate(event.data.ip), frozen=False)
        known.append((profiles.places(LI), set(profiles.devices(LI))))
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
    assert len(profiles.devices(LI)) == DEVICES
    assert not profiles.knows(LI, "d3")
    assert [place.at - profiles.places(LI)[0].at for place in profiles.places(LI)] == list(range(PLACES))


def test_a_snapshot_keeps_everything(profiles, learn):
    learn(BEIJING, device="phone")
    learn(FRANKFURT, after=HOUR, device="new phone")
    again = Profiles()
    again.load(profiles.dump())
    assert again.dump() == profiles.dump()
    assert again.places(LI) == profiles.places(LI)


def test_a_damaged_snapshot_changes_nothing(profiles, learn):
    learn(BEIJING, device="phone")
    with pytest.raises(SnapshotRefused):
        profiles.load(profiles.dump()[:-2])
    assert profiles.knows(LI, "phone")
