"""What a person could have done in the time between two sign-ins. Pure.

A yardstick for people who judge a journey, and no rule: every figure is a good day's. Nobody rests, the road is free,
the train and the aeroplane leave as soon as somebody is there. Who signs in at the gate and again on landing has the
hours at the airports to spare, and a reviewer knows that.
"""

import msgspec

from frostgate.base.model import Language
from frostgate.base.texts import duration, say
from frostgate.signals.sphere import FARTHEST_KM
from frostgate.signals.travel import Travel


class Way(msgspec.Struct, frozen=True):
    """A way to travel: its name, its speed once under way, and the hours that go by before and after."""

    name: str
    kmh: float
    before: float = 0.0  # until it moves
    after: float = 0.0  # until its passenger is out


# A brisk walk; healthy adults walk at 4.5 to 5.5 km/h when nobody hurries them.
ON_FOOT = Way("on_foot", 6)
# Motorways: at most 120 km/h in China (implementing regulation of the Road Traffic Safety Law, article 78), 130 in most
# of Europe and advised in Germany. Ways to the motorway and its worst stretches bring the mean below that.
CAR = Way("car", 110, before=5 / 60)
# Beijing South to Shanghai Hongqiao, 1,318 km, in 4 h 18 min: 306 km/h with its stops, by trains that run at 350 km/h.
# Half an hour to the station and through its checks, which close minutes before the train leaves; a quarter out again.
TRAIN = Way("train", 300, before=30 / 60, after=15 / 60)
# Airliners cruise at Mach 0.78 (A320, 737) to 0.85 (787, A350), which is 830 to 905 km/h at 11 km. Check-in closes 45
# to 60 minutes before departure; before that somebody travels there, and afterwards it taxis. Landing, taxiing and
# leaving the airport without luggage take three quarters of an hour.
AIRLINER = Way("airliner", 900, before=90 / 60, after=45 / 60)

WAYS = (ON_FOOT, CAR, TRAIN, AIRLINER)


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far somebody gets in a time by one way; never farther than the other side of the Earth."""

    way: Way
    km: float
    covers: bool  # whether that is as far as the two places are apart at least


def reaches(travel: Travel) -> tuple[Reach, ...]:
    """For each way to travel, the furthest that somebody gets in the journey's time."""
    return tuple(_reach(way, travel) for way in WAYS)


def sentences(travel: Travel, language: Language) -> tuple[str, str]:
    """What somebody could have done in that time, and how far the places are apart at least."""
    if travel.hours <= 0:
        return say("reach.same_second", language), _apart(travel, language)
    *ground, flight = reaches(travel)
    best = max(ground, key=lambda reach: reach.km)
    time, far = duration(travel.hours, language), distance(best.km, language, about=True)
    could = say(f"reach.by_{best.way.name}", language, time=time, far=far)
    return could + _flight(flight, travel, language), _apart(travel, language)


def sentence(travel: Travel, language: Language) -> str:
    """Both in one breath."""
    return ("" if language is Language.ZH else " ").join(sentences(travel, language))


def distance(km: float, language: Language, *, about: bool = False) -> str:
    """Kilometres, or metres below one, as people read them; `about` rounds to what an estimate can mean."""
    if km < 1:
        metres = f"{_round(km * 1000) if about else round(km * 1000):,}"
        return say("reach.metres", language, n=metres)
    return say("reach.kilometres", language, n=f"{_round(km) if about else round(km):,}")


def _reach(way: Way, travel: Travel) -> Reach:
    assert travel.hours >= 0, "BUG: a journey that ends before it begins"
    km = min(FARTHEST_KM, max(0.0, travel.hours - way.before - way.after) * way.kmh)
    return Reach(way=way, km=round(km, 3), covers=km >= travel.least_km)


def _flight(reach: Reach, travel: Travel, language: Language) -> str:
    if travel.hours <= reach.way.before:
        return say("reach.not_left", language)
    if not reach.km:
        return say("reach.not_arrived", language)
    if reach.km >= round(FARTHEST_KM, 3):
        return say("reach.anywhere", language)
    return say("reach.flown", language, far=distance(reach.km, language, about=True))


def _apart(travel: Travel, language: Language) -> str:
    if travel.least_km <= 0:
        return say("reach.one_place", language)
    far = distance(travel.least_km, language)
    enough = next((reach.way.name for reach in reaches(travel) if reach.covers), None)
    if enough is None:
        return say("reach.too_far", language, far=far)
    if enough == AIRLINER.name:
        return say("reach.far_enough", language, far=far)
    return say("reach.far_enough_by_land", language, far=far, way=say(f"reach.{enough}", language))


def _round(number: float) -> int:
    """To one digit below 100, to two above: what follows would be made up."""
    digits = 1 if number < 100 else 2
    return int(round(number, digits - len(str(int(number)))))
