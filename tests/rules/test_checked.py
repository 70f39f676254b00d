"""What the checker lets through, and that everything it lets through can be compiled."""

import pytest

from frostgate.rules.checked import Checker, ConditionRefused
from frostgate.rules.compile import compile_conditions
from frostgate.signals.model import Signal, SignalType, Unknown

SIGNALS = {
    name: Signal(name=name, type=kind, says={})
    for name, kind in (("a.b", SignalType.BOOL), ("a.i", SignalType.INT), ("a.l", SignalType.STRINGS))
}
CHECKER = Checker(SIGNALS, ["bad"])
VALUES = (False, 1, ("x",))


@pytest.mark.parametrize(
    "text",
    [
        "!(" * 19 + "a.b" + ")" * 19,
        "(" * 30 + "a.b" + ")" * 30,
        "a.b || " * 500 + "a.b",
        " || ".join(f"a.i == {n}" for n in range(2, 250)),
        "a.b ? a.b : " * 25 + "a.b",
        "-(" * 28 + "a.i" + ")" * 28 + " == 2",
        "a.l.exists(x, a.l.exists(x, x == 'y'))",
        "a.l.map(x, a.l.filter(x, x != 'x'))[0].size() == 1",
    ],
)
def test_the_largest_conditions_that_pass_still_compile(text: str) -> None:
    decide = compile_conditions([CHECKER.check(text)] * 3, tuple(SIGNALS), {"bad": ()})

    assert decide(VALUES)[0] in ((), (0, 1, 2))
    assert decide(VALUES)[1] == ()
    assert decide(tuple(Unknown("x") for _ in VALUES)) == ((), (0, 1, 2))


@pytest.mark.parametrize("text", ["a.i + " * 60 + "a.i == 1", "a.i + " * 600 + "a.i == 1", "a.b ? a.b : " * 60 + "a.b"])
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(ConditionRefused) as refused:
        CHECKER.check(text)

    assert refused.value.problems[0].code == "rule.too_complex"


def test_reads_are_named_once_and_sorted() -> None:
    checked = CHECKER.check("a.i > 1 && a.i < 3 || a.l.exists(x, x in lists.bad)")

    assert checked.reads == ("a.i", "a.l", "lists.bad")


def test_a_loop_variable_hides_nothing_outside_of_its_loop() -> None:
    decide = compile_conditions(
        [CHECKER.check("a.l.exists(x, a.l.all(x, x == 'x') && x == 'x')")], tuple(SIGNALS), {"bad": ()}
    )

    assert decide(VALUES) == ((0,), ())


def test_the_place_of_an_unsupported_part_is_its_own_line() -> None:
    with pytest.raises(ConditionRefused) as refused:
        CHECKER.check("a.b &&\n  '诗' == 'x' && a.l[0].matches('x')")
    (problem,) = refused.value.problems

    assert (problem.line, problem.column, problem.code) == (2, 24, "rule.unsupported")
