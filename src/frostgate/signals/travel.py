"""The journey between two sign-ins: how far at least, and how fast. Pure: no clock, no database."""

import msgspec

from frostgate.signals.geo import Place
from frostgate.signals.model import Unknown
from frostgate.signals.sphere import Point, distance_km

NO_EARLIER_PLACE = Unknown("no_earlier_place")
NO_CITY = Unknown("no_city")

# Event times have seconds in many logs, so two sign-ins of "the same second" may be one second apart. Less
# than that would make up speeds that nobody can compare.
_SHORTEST_HOURS = 1 / 3600


class Located(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
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
    start: Located
    end: Located

    @property
    def is_abroad(self) -> bool:
        """Whether it crosses a border."""
        return self.start.place.country != self.end.place.country

    @property
    def origin(self) -> str:
        """ "Lisbon, Portugal", as signals name it."""
        return self.start.place.label()

    @property
    def destination(self) -> str:
        """The same of the other end."""
        return self.end.place.label()


def travel(one: Located | None, other: Located) -> Travel | Unknown:
    """The journey between two sign-ins, whichever of them reached us first.

    Unknown `no_earlier_place` without a sign-in to compare with, `no_city` where one is only a country.
    """
    if one is None:
        return NO_EARLIER_PLACE
    if one.place.city is None or other.place.city is None:
        return NO_CITY
    earlier, later = (one, other) if one.at <= other.at else (other, one)
    km = distance_km(point_of(earlier.place), point_of(later.place))
    allowance = (earlier.place.uncertainty_km or 0) + (later.place.uncertainty_km or 0)
    least_km = max(0.0, km - allowance)
    hours = (later.at - earlier.at) / 3600
    return Travel(
        km=round(km, 1),
        least_km=round(least_km, 1),
        least_kmh=round(least_km / max(hours, _SHORTEST_HOURS), 1),
        hours=round(hours, 4),
        start=earlier,
        end=later,
    )


def point_of(place: Place) -> Point:
    """Where the database puts a place's city."""
    assert place.latitude is not None, "BUG: a country has no point"
    assert place.longitude is not None, "BUG: a country has no point"
    return place.longitude, place.latitude
