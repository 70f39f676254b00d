"""What would have had to differ really makes a rule not match, whatever the condition and the values."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from test_cel_against_oracle import CHECKER, KNOWN, LISTS, TYPES, expressions

from frostgate.rules.changed_words import in_words
from frostgate.rules.changes import Change, To, alternatives
from frostgate.rules.checked import ConditionRefused
from frostgate.rules.compile import compile_conditions
from frostgate.signals.model import Unknown, Value

pytestmark = pytest.mark.slow

NAMES = tuple(TYPES)


def matches(text: str, values: tuple[Value, ...]) -> bool:
    """Whether the compiled rule matches, as it would judge an event."""
    matched, _ = compile_conditions([CHECKER.check(text)], NAMES, LISTS)(values)
    return bool(matched)


def values_of(known: dict[str, Any]) -> tuple[Value, ...]:
    return tuple(known.get(name, Unknown("not_sent")) for name in NAMES)


def changed(values: tuple[Value, ...], way: tuple[Change, ...]) -> tuple[Value, ...]:
    new = {change.signal: change.value for change in way}
    return tuple(new.get(name, value) for name, value in zip(NAMES, values, strict=True))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(text=expressions("bool", 4), known=KNOWN)
@example(text="t.d > 300.0 && !(t.b && t.c)", known={"t.d": 7475.0, "t.b": False})
@example(text="!(t.b || t.i < 3)", known={"t.b": False, "t.i": 3})
@example(text="t.d > 0.0", known={"t.d": float("inf")})
def test_every_change_that_is_named_makes_the_rule_not_match(text: str, known: dict[str, Any]) -> None:
    try:
        tree = CHECKER.check(text).tree
    except ConditionRefused:
        return
    values = values_of(known)
    ways = alternatives(tree, NAMES, values, LISTS)
    if not matches(text, values):
        assert ways == ()
    for way in ways:
        assert way
        assert not matches(text, changed(values, way))
        assert all(in_words(change, values[NAMES.index(change.signal)], {}).says["en"] for change in way)


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        # Any one part of a conjunction; the least change of a number is its threshold.
        ("t.d > 300.0 && t.i >= 12", {"t.d": 7475.3, "t.i": 30}, [["t.d at most 300"], ["t.i at most 11"]]),
        ("t.d >= 0.45", {"t.d": 0.6}, [["t.d less than 0.45"]]),
        ("t.d < 0.2", {"t.d": 0.1}, [["t.d at least 0.2"]]),
        ("t.i != 5", {"t.i": 7}, [["t.i 5"]]),
        ("t.i == 5", {"t.i": 5}, [["t.i anything but 5"]]),
        # All of a disjunction that is true; what is false or unknown already need not change.
        ("t.i > 3 || t.j > 5 || t.d > 1.0", {"t.i": 4, "t.j": 9}, [["t.i at most 3", "t.j at most 5"]]),
        # A negation turns both around, and then an unknown signal would have had to be known.
        ("!(t.b && t.c)", {"t.b": False}, [["t.b yes", "t.c yes"]]),
        ("!(t.b || t.c)", {"t.b": False, "t.c": False}, [["t.b yes"], ["t.c yes"]]),
        ("t.s == 'a' && !t.b", {"t.s": "a", "t.b": False}, [["t.s anything but a"], ["t.b yes"]]),
        ("t.s in ['a', 'b']", {"t.s": "b"}, [["t.s anything but b"]]),
        ("!(t.s in lists.few)", {"t.s": "x"}, [["t.s a"], ["t.s é"], ["t.s 诗"]]),
        # The branch that was taken, or the other one where that is false.
        ("t.b ? t.i > 3 : t.c", {"t.b": True, "t.i": 4, "t.c": False}, [["t.i at most 3"], ["t.b no"]]),
        # Two signals against each other: either.
        ("t.i > t.j", {"t.i": 9, "t.j": 4}, [["t.i at most 4"], ["t.j at least 9"]]),
        ("t.d >= 0.2 * t.e", {"t.d": 8.0, "t.e": 10.0}, [["t.d less than 2"], ["t.e more than 40"]]),
        # The same signal twice: the bound that is further away.
        ("t.i > 3 || t.i > 10", {"t.i": 20}, [["t.i at most 3"]]),
        ("t.i >= 0 || t.i < 0", {"t.i": 1}, []),
        ("t.l.exists(x, x == 'a')", {"t.l": ("a", "b")}, [["t.l b"]]),
    ],
)
def test_the_least_that_would_have_been_enough(text: str, known: dict[str, Any], expected: list[list[str]]) -> None:
    ways = alternatives(CHECKER.check(text).tree, NAMES, values_of(known), LISTS)

    def said(change: Change) -> str:
        was = values_of(known)[NAMES.index(change.signal)]
        return in_words(change, was, {}).says["en"].replace(" would have been", "").partition(" (")[0]

    assert [[said(change) for change in way] for way in ways] == expected


def test_what_it_was_is_said_in_both_languages() -> None:
    change = Change("travel.least_kmh", To.AT_MOST, 900.0, 900.0)
    assert in_words(change, 8970.41, {}).says == {
        "zh-CN": "travel.least_kmh 不超过 900 公里/小时（实际为 8970.41 公里/小时）",
        "en": "travel.least_kmh would have been at most 900 km/h (it was 8970.41 km/h)",
    }
    unknown = Change("device.known", To.IS, True, True)
    assert in_words(unknown, Unknown("not_sent"), {}).says["zh-CN"] == "device.known 为 是（实际为 未知）"
