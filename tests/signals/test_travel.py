import pytest

from frostgate.signals.geo import CITY_KM, Place, Places
from frostgate.signals.travel import Located, travel

HOUR = 3600.0


@pytest.fixture
def at(places: Places):
    return lambda ip, seconds: Located(place=places.locate(ip), at=seconds, ip=ip)


def test_beijing_to_frankfurt_in_an_hour(at):
    way = travel(at("101.6.6.6", 0), at("91.65.1.1", HOUR))
    assert (way.origin, way.destination) == ("Haidian, China", "Frankfurt am Main, Germany")
    assert way.km == pytest.approx(7780, abs=30)
    assert way.least_km == pytest.approx(way.km - 2 * CITY_KM)
    assert way.least_kmh == way.least_km
    assert way.hours == 1.0


def test_it_does_not_matter_which_sign_in_reached_us_first(at):
    early, late = at("101.6.6.6", 0), at("91.65.1.1", HOUR)
    assert travel(late, early) == travel(early, late)


def test_the_same_second_is_fast_but_finite(at):
    way = travel(at("24.151.103.17", 5), at("85.245.107.41", 5))
    assert way.hours == 0.0
    assert way.least_kmh == pytest.approx(way.least_km * 3600, rel=1e-4)


def test_neighbouring_cities_are_no_journey(at):
    way = travel(at("85.245.107.41", 0), at("95.93.96.191", 1))  # Lisbon, Carnaxide
    assert way.km > 5
    assert (way.least_km, way.least_kmh) == (0.0, 0.0)


def test_without_two_cities_the_journey_is_unknown(at):
    country = Located(place=Place(country="CN"), at=0, ip="36.1.2.3")
    assert repr(travel(None, at("101.6.6.6", 0))) == "Unknown(no_earlier_place)"
    assert repr(travel(country, at("101.6.6.6", 1))) == "Unknown(no_city)"
    assert repr(travel(at("101.6.6.6", 1), country)) == "Unknown(no_city)"
