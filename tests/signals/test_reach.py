"""What a person could have done in a time, and the geometry that journeys are drawn with."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.base.model import Language
from frostgate.signals.azimuthal import Azimuthal
from frostgate.signals.geo import Place
from frostgate.signals.land import outlines
from frostgate.signals.reach import AIRLINER, CAR, ON_FOOT, TRAIN, distance, reaches, sentence
from frostgate.signals.sphere import FARTHEST_KM, circle, distance_km, middle_of, shortest_way
from frostgate.signals.travel import Located, Travel, travel

BEIJING, FRANKFURT, LISBON, CARNAXIDE = (116.3, 39.9), (8.7, 50.1), (-9.13, 38.72), (-9.24, 38.73)
TIANJIN, SHANGHAI = (117.2, 39.1), (121.5, 31.2)
DAY = 24.0

longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)
points = st.tuples(longitudes, latitudes)


def journey(one: tuple[float, float], other: tuple[float, float], hours: float, off: int = 150) -> Travel:
    ends = []
    for at, (longitude, latitude) in ((0.0, one), (hours * 3600, other)):
        place = Place(country="CN", city="x", latitude=latitude, longitude=longitude, uncertainty_km=off)
        ends.append(Located(place=place, at=at, ip="192.0.2.1"))
    way = travel(*ends)
    assert isinstance(way, Travel)
    return way


def by_way(way: Travel) -> dict[str, float]:
    return {reach.way.name: reach.km for reach in reaches(way)}


def test_the_shown_example_is_told_in_both_languages() -> None:
    way = journey(BEIJING, FRANKFURT, 53 / 60)
    assert sentence(way, Language.EN) == (
        "In 53 min somebody could have driven some 90 km; an airliner would not have left yet. "
        f"The places are at least {way.least_km:,.0f} km apart: farther than any of these."
    )
    assert sentence(way, Language.ZH) == (
        f"53 分内驾车最远约 90 公里，若乘飞机则尚未起飞。两地至少相距 {way.least_km:,.0f} 公里，任何方式都无法到达。"
    )


def test_each_way_loses_its_overhead_first() -> None:
    found = by_way(journey(BEIJING, FRANKFURT, 3))
    assert found[ON_FOOT.name] == pytest.approx(3 * 6)
    assert found[CAR.name] == pytest.approx((3 - 5 / 60) * 110, abs=0.01)
    assert found[TRAIN.name] == pytest.approx((3 - 0.75) * 300)
    assert found[AIRLINER.name] == pytest.approx((3 - 2.25) * 900)


def test_in_the_same_second_nobody_gets_anywhere() -> None:
    way = journey(BEIJING, FRANKFURT, 0)
    assert set(by_way(way).values()) == {0.0}
    assert not any(reach.covers for reach in reaches(way))
    assert sentence(way, Language.EN).startswith("Both sign-ins were in the same second")


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (18 / 3600, "In 18 s somebody could have walked some 30 m; an airliner would not have left yet."),
        (2.0, "with an airliner they would not have arrived anywhere yet."),
        (12.0, "with an airliner, door to door, some 8,800 km. The places are at least"),
        (40.0, "with an airliner they could be anywhere on Earth."),
    ],
)
def test_what_an_airliner_could_do_depends_on_the_time(hours: float, said: str) -> None:
    assert said in sentence(journey(BEIJING, FRANKFURT, hours), Language.EN)


def test_a_journey_within_a_city_may_be_no_journey() -> None:
    way = journey(LISBON, CARNAXIDE, 0.1)
    assert "may be one and the same" in sentence(way, Language.EN)
    assert "可能是同一个地方" in sentence(way, Language.ZH)


def test_what_is_within_reach_says_how() -> None:
    assert "within reach by car, where a way over land" in sentence(journey(BEIJING, TIANJIN, 3, off=1), Language.EN)
    assert "within reach by high-speed rail" in sentence(journey(BEIJING, SHANGHAI, 5), Language.EN)
    assert "within reach by airliner" in sentence(journey(BEIJING, FRANKFURT, 13), Language.EN)


@given(points, points, st.floats(0, 400 * DAY))
def test_whatever_the_journey_there_is_a_sentence_and_nobody_leaves_the_earth(
    one: tuple[float, float], other: tuple[float, float], hours: float
) -> None:
    way = journey(one, other, hours)
    assert all(0 <= reach.km <= FARTHEST_KM + 0.001 for reach in reaches(way))
    for language in Language:
        assert "…" not in sentence(way, language)  # a hole that nobody filled


@given(points, points, st.floats(0, 100), st.floats(0, 100))
def test_more_time_never_leads_less_far(
    one: tuple[float, float], other: tuple[float, float], some: float, more: float
) -> None:
    short, long = (by_way(journey(one, other, hours)) for hours in (some, some + more))
    assert all(short[way] <= long[way] for way in short)


def test_distances_are_told_as_exactly_as_they_are_known() -> None:
    assert distance(7474.6, Language.EN) == "7,475 km"
    assert distance(88.0, Language.EN, about=True) == "90 km"
    assert distance(1649.0, Language.ZH, about=True) == "1,600 公里"
    assert distance(0.03, Language.EN, about=True) == "30 m"
    assert distance(0, Language.ZH) == "0 米"


@given(points, st.floats(1, 5000))
def test_every_point_of_a_circle_is_so_far_from_its_middle(center: tuple[float, float], km: float) -> None:
    ring = circle(center, km)
    assert all(distance_km(center, point) == pytest.approx(km, rel=0.005) for point in ring)
    assert all(abs(b[0] - a[0]) <= 180 for a, b in pairwise(ring))
    turns = round((ring[-1][0] - ring[0][0]) / 360)
    assert ring[-1] == pytest.approx((ring[0][0] + 360 * turns, ring[0][1]), abs=1e-6)


@given(points, points)
def test_the_shortest_way_leads_from_one_end_to_the_other(one: tuple[float, float], other: tuple[float, float]) -> None:
    way = shortest_way(one, other)
    assert distance_km(way[0], one) < 0.01
    assert distance_km(way[-1], other) < 0.01
    length = sum(distance_km(a, b) for a, b in pairwise(way))
    assert length == pytest.approx(distance_km(one, other), rel=1e-3, abs=0.01)
    middle = middle_of(one, other)
    assert distance_km(one, middle) == pytest.approx(distance_km(middle, other), abs=0.01)


@given(points, points)
def test_on_the_map_a_point_is_as_far_from_the_middle_as_on_the_earth(
    middle: tuple[float, float], point: tuple[float, float]
) -> None:
    east, north = Azimuthal(middle).at(point)
    assert (east**2 + north**2) ** 0.5 == pytest.approx(distance_km(middle, point), abs=0.01)


@pytest.mark.parametrize("middle", [(0.0, 0.0), (179.9, -17.0), (12.0, 90.0), (-60.0, -90.0), (116.0, 40.0)])
def test_land_is_land_and_sea_is_sea_wherever_the_map_lies(middle: tuple[float, float]) -> None:
    """By the even-odd rule, as a browser fills it: also land that surrounds the point opposite the middle."""
    around = Azimuthal(middle)
    areas = [area for area, _ in around.land(16_000)]
    for point, is_land in [
        ((116.4, 39.9), True),
        ((25.0, 0.0), True),
        ((-55.0, -10.0), True),
        ((134.0, -25.0), True),
        ((-30.0, 35.0), False),
        ((-150.0, 0.0), False),
        ((80.0, -30.0), False),
        ((0.0, 89.0), False),
    ]:
        if distance_km(middle, point) < 15_000:
            assert (sum(_crossings(area, around.at(point)) for area in areas) % 2 == 1) == is_land, point


def _crossings(ring: list[tuple[float, float]], at: tuple[float, float]) -> int:
    """How often a line from a point to the east crosses a closed ring."""
    found = 0
    for one, other in pairwise([*ring, ring[0]]):
        if (one[1] > at[1]) != (other[1] > at[1]):
            found += at[0] < one[0] + (at[1] - one[1]) / (other[1] - one[1]) * (other[0] - one[0])
    return found


def test_no_two_points_of_an_outline_are_far_apart() -> None:
    assert len(outlines()) > 100
    assert max(distance_km(a, b) for ring in outlines() for a, b in pairwise(ring)) < 180
