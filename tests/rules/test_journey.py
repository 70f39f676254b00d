"""The journey in the decision's record, in its explanation, and drawn."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frostgate.base.model import Language
from frostgate.rules import decision as record
from frostgate.rules.chart import HIGH, LEFT, TOP, WIDE, draw
from frostgate.rules.decision import Decision
from frostgate.rules.journey import told, view
from frostgate.signals.countries import country_name
from frostgate.signals.geo import Place
from frostgate.signals.sphere import distance_km
from frostgate.signals.travel import Located, Travel, travel

NOON = 1_772_424_000.25
SVG = "{http://www.w3.org/2000/svg}"


def located(city: str, country: str, latitude: float, longitude: float, at: float, **more: object) -> Located:
    place = Place(
        country=country, city=city, latitude=latitude, longitude=longitude, uncertainty_km=more.pop("off", 150)
    )
    return Located(place=place, at=at, ip="192.0.2.1", **more)


def between(one: Located, other: Located) -> Travel:
    found = travel(one, other)
    assert isinstance(found, Travel)
    return found


def beijing_to_frankfurt(hours: float = 53 / 60) -> Travel:
    return between(
        located("Haidian", "CN", 39.96, 116.29, NOON, device="iphone"),
        located("Frankfurt am Main", "DE", 50.11, 8.68, NOON + hours * 3600),
    )


def points_of(path: str) -> list[tuple[float, float]]:
    numbers = [float(found) for found in re.findall(r"-?[\d.]+", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def drawn(journey: Travel, language: Language = Language.EN) -> ElementTree.Element:
    return ElementTree.fromstring(draw(journey, language, time_zone="Asia/Shanghai"))


def texts(svg: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in svg.iter(f"{SVG}text")]


def test_the_record_keeps_the_journey_byte_for_byte() -> None:
    kept = Decision(signals={"travel.km": 7770.0}, journey=beijing_to_frankfurt())
    text = record.write(kept)
    assert record.read(text) == kept
    assert record.write(record.read(text)) == text


def test_a_record_without_a_journey_says_nothing_of_one() -> None:
    assert "journey" not in record.write(Decision(signals={"travel.km": 1.0}))


def test_records_of_older_versions_are_read() -> None:
    old = '{"signals":{"travel.km":{"unknown":"no_city"}},"undecided":["login.x"],"set_aside":true}'
    found = record.read(old)
    assert found.journey is None
    assert record.write(found) == old


def test_staff_see_both_ends_and_what_could_have_been_done() -> None:
    seen = view(beijing_to_frankfurt())
    assert (seen.start.label["en"], seen.end.label["zh-CN"]) == ("Haidian, China", "Frankfurt am Main, 德国")
    assert (seen.start.device, seen.end.device) == ("iphone", None)
    assert (seen.end.at - seen.start.at).total_seconds() == 53 * 60
    assert {each.way for each in seen.reach} == {"on_foot", "car", "train", "airliner"}
    assert "some 90 km" in seen.says["en"]


def test_a_terminal_shows_it_in_the_readers_language() -> None:
    english = told(beijing_to_frankfurt(), Language.EN, time_zone="Asia/Shanghai")
    assert "1  2026-03-02 12:00:00 (UTC+08:00)  Haidian, China  ± 150 km  192.0.2.1  iphone" in english
    assert "Time between: 53 min" in english
    chinese = told(beijing_to_frankfurt(), Language.ZH, time_zone="Asia/Shanghai")
    assert "2026-03-02 12:53:00（北京时间）" in chinese
    assert "最低时速：" in chinese


def test_the_page_tells_everything_in_the_readers_language() -> None:
    journey = beijing_to_frankfurt()
    said = " ".join(texts(drawn(journey)))
    for part in (
        "Haidian, China → Frankfurt am Main, Germany",
        "2026-03-02 12:53:00 (UTC+08:00)",
        "53 min",
        "± 150 km",
    ):
        assert part in said
    for figure in (f"{journey.km:,.0f} km", f"{journey.least_km:,.0f} km", f"{journey.least_kmh:,.0f} km/h"):
        assert figure in said
    chinese = " ".join(texts(drawn(journey, Language.ZH)))
    assert "Haidian, 中国 → Frankfurt am Main, 德国" in chinese
    assert "误差 ±150 公里" in chinese
    assert "北京时间" in chinese


def test_the_page_needs_nothing_from_outside_and_runs_nothing() -> None:
    page = draw(beijing_to_frankfurt(), Language.EN, time_zone="UTC")
    assert not re.search(r"<script|\son\w+=|<image|<use|<style|<foreignObject|@import|url\((?!#)|href", page)


def test_the_same_journey_gives_the_same_bytes() -> None:
    assert draw(beijing_to_frankfurt(), Language.EN, time_zone="UTC") == draw(
        beijing_to_frankfurt(), Language.EN, time_zone="UTC"
    )


def test_an_unknown_time_zone_is_told_in_utc() -> None:
    assert "2026-03-02 04:00:00 (UTC)" in draw(beijing_to_frankfurt(), Language.EN, time_zone="Moon/Base")


# Everything that a name from somebody's database may hold, also what XML has no way to write.
NAMES = st.text(st.characters(exclude_categories=()), min_size=1, max_size=80)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(NAMES, NAMES, st.sampled_from(Language))
def test_whatever_places_are_called_the_page_is_xml_and_nothing_in_it_is_obeyed(
    one: str, other: str, language: Language
) -> None:
    journey = between(located(one, "CN", 31.2, 121.5, NOON), located(other, "JP", 35.7, 139.7, NOON + 60))
    svg = drawn(journey, language)
    plain = drawn(between(located("x", "CN", 31.2, 121.5, NOON), located("y", "JP", 35.7, 139.7, NOON + 60)), language)
    assert [each.tag for each in svg.iter()] == [each.tag for each in plain.iter()]


def test_a_name_is_shown_as_it_is() -> None:
    nasty = "</text><script>alert(1)</script>&amp;\"'"
    svg = drawn(between(located(nasty, "CN", 31.2, 121.5, NOON), located("y", "JP", 35.7, 139.7, NOON + 60)))
    assert any(nasty in each for each in texts(svg))
    assert not list(svg.iter(f"{SVG}script"))


@pytest.mark.slow
@settings(deadline=None, max_examples=120)
@given(
    st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    st.floats(0, 1000),
    st.integers(0, 1000),
)
def test_wherever_the_places_are_both_circles_and_labels_are_on_the_map(
    one: tuple[float, float], other: tuple[float, float], hours: float, off: int
) -> None:
    svg = drawn(between(located("A", "CN", *one, NOON, off=off), located("B", "DE", *other, NOON + hours * 3600)))
    shapes = {each.get("id"): each.get("d") for each in svg.iter(f"{SVG}path") if each.get("id")}
    for name in ("uncertainty-1", "uncertainty-2", "way"):
        for x, y in points_of(shapes[name] or ""):
            assert LEFT <= x <= LEFT + WIDE
            assert TOP <= y <= TOP + HIGH
    for label in (each for each in svg.iter(f"{SVG}g") if each.get("text-anchor")):
        for line in label:
            assert LEFT <= float(line.get("x") or 0) <= LEFT + WIDE
            assert TOP <= float(line.get("y") or 0) <= TOP + HIGH


def test_a_way_over_the_antimeridian_or_a_pole_is_one_straight_line() -> None:
    for one, other in (((-18.1, 178.4), (-13.8, -171.7)), ((78.2, 15.6), (71.3, -156.8))):
        svg = drawn(between(located("A", "FJ", *one, NOON), located("B", "WS", *other, NOON + 3600)))
        (way,) = (points_of(each.get("d") or "") for each in svg.iter(f"{SVG}path") if each.get("id") == "way")
        (x, y), (to_x, to_y) = way[0], way[-1]
        length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
        for px, py in way:
            assert abs((to_x - x) * (y - py) - (x - px) * (to_y - y)) / length < 1.0


def test_circles_are_true_to_scale() -> None:
    """Along the journey the map's scale is exact: a circle reaches as far there as its radius says."""
    journey = between(
        located("Shanghai", "CN", 31.2, 121.5, NOON), located("Haidian", "CN", 39.96, 116.29, NOON + 3600)
    )
    shapes = [each for each in drawn(journey).iter(f"{SVG}path") if each.get("id")]
    paths = {each.get("id"): points_of(each.get("d") or "") for each in shapes}
    (x, y), (to_x, to_y) = paths["way"][0], paths["way"][-1]
    length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
    per_km = length / distance_km((121.5, 31.2), (116.29, 39.96))
    farthest = max(((px - x) * (to_x - x) + (py - y) * (to_y - y)) / length for px, py in paths["uncertainty-1"])
    assert abs(farthest / per_km - 150) < 1.5


def test_labels_stand_apart() -> None:
    for journey in (
        beijing_to_frankfurt(),
        between(located("Lisbon", "PT", 38.72, -9.13, NOON), located("Carnaxide", "PT", 38.73, -9.24, NOON + 60)),
        between(located("Lisbon", "PT", 38.72, -9.13, NOON), located("Lisbon", "PT", 38.72, -9.13, NOON)),
    ):
        groups = [each for each in drawn(journey).iter(f"{SVG}g") if each.get("text-anchor")]
        (one, other) = (
            (float(group[0].get("x") or 0), float(group[0].get("y") or 0), group.get("text-anchor")) for group in groups
        )
        beside = one[2] != other[2] and abs(one[0] - other[0]) > 10  # one ends where the other begins
        assert beside or abs(one[1] - other[1]) >= 62 or abs(one[0] - other[0]) > 200


def test_country_names_come_in_the_readers_language() -> None:
    for code in ("CN", "DE"):
        assert country_name(code)["zh-CN"] in draw(beijing_to_frankfurt(), Language.ZH, time_zone="UTC")
