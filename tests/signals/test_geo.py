"""Where addresses are: the installed database, and small ones in the schemas that operators configure."""

from pathlib import Path

import pytest
from small_mmdb import write

from frostgate.signals.geo import CITY_KM, Place, Places, PlacesUnreadable, plain
from frostgate.signals.model import Unknown

MIDDLE_OF_CHINA = {"latitude": 34.7732, "longitude": 113.722}
FLAT_HANGZHOU = {"city": "Hangzhou (Xihu Qu)", "country_code": "CN", "latitude": 30.28, "longitude": 120.12}
FLAT_LISBON = {"city": "Lisbon", "country_code": "PT", "latitude": 38.72, "longitude": -9.14}


@pytest.mark.parametrize(
    ("ip", "label", "chinese"),
    [
        ("101.6.6.6", "Haidian, China", "Haidian, 中国"),
        ("91.65.1.1", "Frankfurt am Main, Germany", "Frankfurt am Main, 德国"),
        ("85.245.107.41", "Lisbon, Portugal", "Lisbon, 葡萄牙"),
        ("2001:da8::1", "Haidian, China", "Haidian, 中国"),
        ("::ffff:85.245.107.41", "Lisbon, Portugal", "Lisbon, 葡萄牙"),
        ("2001:da8::1%eth0", "Haidian, China", "Haidian, 中国"),
    ],
)
def test_a_city_has_a_name_in_both_languages_and_a_point(places: Places, ip: str, label: str, chinese: str):
    found = places.locate(ip)
    assert isinstance(found, Place)
    assert (found.label(), found.label("zh-CN")) == (label, chinese)
    assert found.latitude is not None
    assert found.uncertainty_km == CITY_KM


def test_a_real_record_without_a_city_is_a_country_though_it_carries_a_point(places: Places):
    found = places.locate("8.21.143.1")  # Antarctica; the record has the continent's middle
    assert found == Place(country="AQ")


@pytest.mark.parametrize(
    "record",
    [
        {"country_code": "CN", "city": "", **MIDDLE_OF_CHINA},
        {"country": {"iso_code": "CN", "names": {"en": "China"}}, "location": MIDDLE_OF_CHINA},
    ],
    ids=["flat", "nested"],
)
def test_a_chinese_address_without_a_city_is_never_the_middle_of_china(tmp_path: Path, record: dict):
    opened = Places(write(tmp_path / "small.mmdb", {"36.0.0.0/8": record}))
    found = opened.locate("36.1.2.3")
    opened.close()
    assert found == Place(country="CN")
    assert found.label("zh-CN") == "中国"


def test_a_pair_of_flat_files_serves_both_versions(tmp_path: Path):
    four = write(tmp_path / "4.mmdb", {"223.5.0.0/16": FLAT_HANGZHOU})
    six = write(tmp_path / "6.mmdb", {"2001:db9::/32": FLAT_LISBON}, version=6)
    opened = Places(six, four)
    labels = [opened.locate(ip).label() for ip in ("223.5.5.5", "::ffff:223.5.5.5", "2001:db9::7")]
    opened.close()
    assert labels == ["Hangzhou, China", "Hangzhou, China", "Lisbon, Portugal"]


def test_what_the_file_does_not_hold_is_not_located(tmp_path: Path):
    opened = Places(write(tmp_path / "4.mmdb", {"223.5.0.0/16": FLAT_HANGZHOU}))
    assert repr(opened.locate("2001:da8::1")) == "Unknown(not_located)"
    assert repr(opened.locate("8.8.8.8")) == "Unknown(not_located)"
    opened.close()


@pytest.mark.parametrize(
    ("ip", "reason"),
    [
        ("10.1.2.3", "address_private"),
        ("127.0.0.1", "address_private"),
        ("::1", "address_private"),
        ("fe80::1%eth0", "address_private"),
        ("100.64.9.9", "address_private"),
        ("::ffff:192.168.1.1", "address_private"),
        ("240.0.0.1", "address_reserved"),
        ("224.0.0.251", "address_reserved"),
        ("192.0.2.1", "address_reserved"),
        ("0.0.0.0", "address_reserved"),
        ("999.1.1.1", "address_malformed"),
        ("example", "address_malformed"),
        ("", "address_malformed"),
    ],
)
def test_what_has_no_place_says_why(places: Places, ip: str, reason: str):
    found = places.locate(ip)
    assert isinstance(found, Unknown)
    assert found.reason == reason


def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path):
    (tmp_path / "torn.mmdb").write_bytes(b"not a database")
    for name in ("torn.mmdb", "absent.mmdb"):
        with pytest.raises(PlacesUnreadable, match=name):
            Places(tmp_path / name)


def test_quarters_are_left_out_of_city_names():
    assert plain("Haidian (Haidian Qu)") == "Haidian"
    assert plain("Santa Rosa (Real Tulipanes) [Fraccionamiento]") == "Santa Rosa"
    assert plain("(Old) Town") == "(Old) Town"
