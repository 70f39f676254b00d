"""Values in sentences: rounded to what they can mean, and honest about what is not known."""

import pytest

from frostgate.rules.says import fill, names, shown
from frostgate.signals.model import Unknown, Value


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (True, "是", "yes"),
        (7, "7", "7"),
        (1234.56, "1235", "1235"),
        (12.34, "12.3", "12.3"),
        (2.0, "2", "2"),
        (0.0333, "0.03", "0.03"),
        (float("inf"), "inf", "inf"),
        ("北京", "北京", "北京"),
        ((), "无", "none"),
        (("a", "b"), "a、b", "a, b"),
        (Unknown("not_sent"), "未知", "unknown"),
    ],
)
def test_a_value_is_shown_as_people_write_it(value: Value, chinese: str, english: str) -> None:
    assert shown(value, "zh-CN") == chinese
    assert shown(value, "en") == english


def test_a_sentence_is_filled_with_formats_and_keeps_its_braces() -> None:
    sentence = "{{{a.km:,.0f}}} and {a.km:.1f}, {a.n:,}, {b.gone}"

    assert names(sentence) == ("a.km", "a.n", "b.gone")
    assert (
        fill(sentence, {"a.km": 12345.6, "a.n": 1000, "b.gone": Unknown("x")}, "en")
        == "{12,346} and 12345.6, 1,000, unknown"
    )
