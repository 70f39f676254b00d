"""The journey between two sign-ins: how far at least, and how fast. Pure: no clock, no database."""

from math import asin, cos, radians, sin, sqrt

import msgspec

from frostgate.signals.geo import Place
from frostgate.signals.model import Unknown

NO_EARLIER_PLACE = Unknown("no_earlier_place")
NO_CITY = Unknown("no_city")

EARTH_KM = 6371.0088  # mean radius (IUGG, R1); the ellipsoid differs by 0.5 %, far below any city's uncertainty

# Event times have seconds in many logs, so two sign-ins of "the same second" may be one second apart. Less
# than that would make up speeds that nobody can compare.
_SHORTEST_HOURS = 1 / 3600


class Located(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The account was seen at a place at a time."""

    place: Place
    at: float  # seconds since 1970
    ip: str
    device: str | None = None


class Travel(msgspec.Struct, frozen=True, kw_only=True):
    """What lies between two sign-ins in the order in which they happened. Rounded here, once and for all:
    the same two sign-ins give the same bytes on every machine, whatever its last bit of a sine."""

    km: float  # between the two points of the database, along the great circle
    least_km: float  # what remains when both places are wrong in the traveller's favour
    least_kmh: float  # the speed that covering least_km took at least
    hours: float  # between the two event times
    origin: str  # "Lisbon, Portugal"
    destination: str


def travel(one: Located | None, other: Located) -> Travel | Unknown:
    """The journey between two sign-ins, whichever of them reached us first.

    Unknown `no_earlier_place` without a sign-in to compare with, `no_city` where one is only a country.
    """
    if one is None:
        return NO_EARLIER_PLACE
    if one.place.city is None or other.place.city is None:
        return NO_CITY
    earlier, later = (one, other) if one.at <= other.at else (other, one)
    km = great_circle_km(earlier.place, later.place)
    allowance = (earlier.place.uncertainty_km or 0) + (later.place.uncertainty_km or 0)
    least_km = max(0.0, km - allowance)
    hours = (later.at - earlier.at) / 3600
    return Travel(
        km=round(km, 1),
        least_km=round(least_km, 1),
        least_kmh=round(least_km / max(hours, _SHORTEST_HOURS), 1),
        hours=round(hours, 4),
        origin=earlier.place.label(),
        destination=later.place.label(),
    )


def great_circle_km(one: Place, other: Place) -> float:
    """Kilometres between two points on a sphere (the haversine formula, steady for short distances too)."""
    assert one.latitude is not None, "BUG: a country has no point"
    assert one.longitude is not None, "BUG: a country has no point"
    assert other.latitude is not None, "BUG: a country has no point"
    assert other.longitude is not None, "BUG: a country has no point"
    up = radians(other.latitude - one.latitude)
    across = radians(other.longitude - one.longitude)
    chord = sin(up / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(across / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))
