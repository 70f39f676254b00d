"""The journey behind a decision, as staff read it. The holder is shown no more of it than the notice's glimpse."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from frostgate.base.errors import NotFound
from frostgate.base.model import Language
from frostgate.base.texts import both, duration, moment, say, visible
from frostgate.signals.reach import distance, reaches, sentence, sentences
from frostgate.signals.travel import Located, Travel


class JourneyUnknown(NotFound):
    """The decision rests on no journey."""

    code = "decision.no_journey"


class EndView(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two sign-ins: where it was by its address, how far that may be off, when, and on which device."""

    label: Mapping[str, str]  # per language
    city: str | None
    country: str
    latitude: float | None
    longitude: float | None
    uncertainty_km: int | None
    at: datetime
    ip: str
    device: str | None


class ReachView(msgspec.Struct, frozen=True, kw_only=True):
    """How far somebody gets in that time by one way of travelling, door to door."""

    way: str
    label: Mapping[str, str]
    km: float
    covers: bool  # whether that is as far as the places are apart at least


class JourneyView(msgspec.Struct, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """Both sign-ins, what lies between them, and what a person could have done in that time."""

    start: EndView
    end: EndView
    km: float
    least_km: float
    least_kmh: float
    hours: float
    reach: tuple[ReachView, ...]
    says: Mapping[str, str]


def view(travel: Travel) -> JourneyView:
    """The journey for staff."""
    return JourneyView(
        start=_end(travel.start),
        end=_end(travel.end),
        km=travel.km,
        least_km=travel.least_km,
        least_kmh=travel.least_kmh,
        hours=travel.hours,
        reach=tuple(
            ReachView(way=each.way.name, label=both(f"reach.{each.way.name}"), km=each.km, covers=each.covers)
            for each in reaches(travel)
        ),
        says={language.value: sentence(travel, language) for language in Language},
    )


def told(travel: Travel, language: Language, *, time_zone: str) -> str:
    """The journey as some lines of text, for a terminal."""
    lines = [say("journey.title", language)]
    for number, located in enumerate((travel.start, travel.end), 1):
        place, at = located.place, datetime.fromtimestamp(located.at, UTC)
        off = say("journey.uncertainty", language, n=f"{place.uncertainty_km or 0:,}")
        when = moment(at, time_zone, language, seconds=True)
        device = [] if located.device is None else [visible(located.device)]
        lines.append("  " + "  ".join([str(number), when, visible(place.label(language)), off, located.ip, *device]))
    facts = [*facts_of(travel, language), (say("journey.reach", language), _reached(travel, language))]
    colon = "：" if language is Language.ZH else ": "
    lines += [f"  {name}{colon}{value}" for name, value in facts]
    return "\n".join([*lines, *(f"  {each}" for each in sentences(travel, language))])


def facts_of(travel: Travel, language: Language) -> list[tuple[str, str]]:
    """The figures of a journey with their names."""
    return [
        (say("journey.distance", language), distance(travel.km, language)),
        (say("journey.least", language), distance(travel.least_km, language)),
        (say("journey.time", language), duration(travel.hours, language)),
        (say("journey.speed", language), say("journey.kmh", language, n=f"{travel.least_kmh:,.0f}")),
    ]


def _reached(travel: Travel, language: Language) -> str:
    """How far each way of travelling leads, in one line."""
    ways = [
        f"{say(f'reach.{each.way.name}', language)} {distance(each.km, language, about=True)}"
        for each in reaches(travel)
        if each.km
    ]
    return ("，" if language is Language.ZH else ", ").join(ways) or say("reach.nowhere", language)


def _end(located: Located) -> EndView:
    place = located.place
    return EndView(
        label={language.value: place.label(language.value) for language in Language},
        city=place.city,
        country=place.country,
        latitude=place.latitude,
        longitude=place.longitude,
        uncertainty_km=place.uncertainty_km,
        at=datetime.fromtimestamp(located.at, UTC),
        ip=located.ip,
        device=located.device,
    )
