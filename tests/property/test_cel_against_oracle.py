"""Our compiled conditions against the official CEL runtime, on conditions and values that nobody thought of.

Both forms are held to it: direct with careful behind it, as in production, and careful alone. Where the runtime has
an error (a missing variable is one), ours must be undecided; where it has an answer, ours must have the same.
"""

from typing import Any

import pytest
from cel_expr_python import cel
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from frostgate.rules.checked import Checker, ConditionRefused
from frostgate.rules.compile import compile_conditions
from frostgate.signals.model import Signal, SignalType, Unknown

pytestmark = pytest.mark.slow

LISTS = {"few": ("a", "é", "诗"), "none": ()}
TYPES = {
    "t.b": SignalType.BOOL,
    "t.c": SignalType.BOOL,
    "t.i": SignalType.INT,
    "t.j": SignalType.INT,
    "t.d": SignalType.DOUBLE,
    "t.e": SignalType.DOUBLE,
    "t.s": SignalType.STRING,
    "t.u": SignalType.STRING,
    "t.l": SignalType.STRINGS,
    "t.m": SignalType.STRINGS,
}
SIGNALS = {name: Signal(name=name, type=kind, says={}) for name, kind in TYPES.items()}
CHECKER = Checker(SIGNALS, LISTS)
ORACLE = cel.NewEnv(
    variables={
        **{name: getattr(cel.Type, kind.name) for name, kind in TYPES.items() if kind is not SignalType.STRINGS},
        **{name: cel.Type.List(cel.Type.STRING) for name in ("t.l", "t.m", "lists.few", "lists.none")},
    }
)

TEXTS = ("", "a", "ab", "b", "é", "诗", "诗a", "\U0001f9ca", "\uffee", "1", "a'\"\\\n")
INTS = (0, 1, -1, 2, 3, 3, 7, 7, -7, 10, 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
DOUBLES = (0.0, -0.0, 1.0, -1.5, 0.1, 2.5, 300.0, 1e18, 2.0**63, -(2.0**63), 1e308, float("inf"), float("nan"))


def quoted(text: str) -> str:
    """A CEL string literal."""
    return '"' + "".join(sign if sign.isalnum() else f"\\U{ord(sign):08x}" for sign in text) + '"'


LITERALS: dict[str, st.SearchStrategy[str]] = {
    "bool": st.sampled_from(["true", "false"]),
    "int": st.sampled_from(INTS).map(str),
    "double": st.sampled_from([d for d in DOUBLES if abs(d) < 1e17 or d == 1e308]).map(lambda d: f"{d!r}"),
    "string": st.sampled_from(TEXTS).map(quoted),
}
SCALARS = ("bool", "int", "double", "string")


def variables(kind: str) -> list[str]:
    """The signals and lists of a type."""
    names = [name for name, signal in TYPES.items() if signal.value == kind]
    return [*names, "lists.few", "lists.none"] if kind == "list(string)" else names


@st.composite
def expressions(draw: st.DrawFn, kind: str, depth: int, scope: tuple[tuple[str, str], ...] = ()) -> str:
    """A well-typed CEL expression; `scope` holds the loop variables with their types."""

    def sub(kind: str, **more: Any) -> str:
        return draw(expressions(kind, depth - 1, more.get("scope", scope)))

    leaves = variables(kind) + [name for name, of in scope if of == kind]
    if depth <= 0 or draw(st.integers(0, 5)) == 0:
        if kind.startswith("list(") and (not leaves or draw(st.booleans())):
            inner = kind[5:-1]
            return "[" + ", ".join(draw(st.lists(expressions(inner, 0, scope), min_size=1, max_size=3))) + "]"
        if kind in LITERALS and (not leaves or draw(st.integers(0, 2)) == 0):
            return draw(LITERALS[kind])
        return draw(st.sampled_from(leaves))

    def loop(macro: str, of: str, body: str) -> str:
        var = draw(st.sampled_from(["x", "y", "t"])) + str(draw(st.integers(0, 1)))
        inner = (*(pair for pair in scope if pair[0] != var), (var, of))
        return f"{sub(f'list({of})')}.{macro}({var}, {sub(body, scope=inner)})"

    def row(word: str) -> str:
        return "(" + word.join(sub("bool") for _ in range(draw(st.integers(2, 4)))) + ")"

    either = draw(st.sampled_from(SCALARS))
    equal = draw(st.sampled_from([*SCALARS, *(f"list({scalar})" for scalar in SCALARS)]))
    sign = draw(st.sampled_from(["+", "-", "*", "/", "%"]))
    order = draw(st.sampled_from(["<", "<=", ">", ">="]))
    # Loops multiply; two levels are what policies may have.
    loops = len({name for name, _ in scope}) < 2
    choices = [lambda: f"({sub('bool')} ? {sub(kind)} : {sub(kind)})"]
    if not kind.startswith("list("):
        choices.append(lambda: f"{sub(f'list({kind})')}[{draw(st.sampled_from(['0', '0', '1', 't.i', '-1']))}]")
    if kind == "bool":
        choices += [
            *[lambda: row(" && "), lambda: row(" || ")] * 4,
            lambda: f"!{sub('bool')}",
            *[lambda: f"({sub(either)} {order} {sub(either)})"] * 3,
            *[lambda: f"({sub(equal)} {draw(st.sampled_from(['==', '!=']))} {sub(equal)})"] * 2,
            *[lambda: f"({sub(either)} in {sub(f'list({either})')})"] * 2,
            lambda: f"{sub('string')}.{draw(st.sampled_from(['contains', 'startsWith', 'endsWith']))}({sub('string')})",
        ]
        if loops:
            macro = draw(st.sampled_from(["exists", "all", "exists_one"]))
            choices += [lambda: loop(macro, either, "bool")] * 3
    elif kind == "int":
        choices += [
            *[lambda: f"({sub('int')} {sign} {sub('int')})"] * 3,
            lambda: f"-({sub('int')})",
            lambda: f"size({sub(draw(st.sampled_from(['string', f'list({either})'])))})",
            lambda: f"{sub('list(string)')}.size()",
            lambda: f"int({sub(draw(st.sampled_from(['double', 'int'])))})",
        ]
    elif kind == "double":
        choices += [
            *[lambda: f"({sub('double')} {sign.replace('%', '/')} {sub('double')})"] * 3,
            lambda: f"-({sub('double')})",
            lambda: f"double({sub(draw(st.sampled_from(['double', 'int'])))})",
        ]
    elif kind == "string":
        choices += [
            lambda: f"({sub('string')} + {sub('string')})",
            lambda: f"string({sub(draw(st.sampled_from(['int', 'bool', 'string'])))})",
        ]
    else:
        choices.append(lambda: f"({sub(kind)} + {sub(kind)})")
        choices.append(lambda: "[" + ", ".join(sub(kind[5:-1]) for _ in range(draw(st.integers(1, 3)))) + "]")
        if loops:
            choices += [lambda: loop("filter", kind[5:-1], "bool"), lambda: loop("map", either, kind[5:-1])]
    return draw(st.sampled_from(choices))()


VALUES: dict[SignalType, st.SearchStrategy[Any]] = {
    SignalType.BOOL: st.booleans(),
    SignalType.INT: st.sampled_from(INTS),
    SignalType.DOUBLE: st.sampled_from(DOUBLES) | st.floats(),
    SignalType.STRING: st.sampled_from(TEXTS),
    SignalType.STRINGS: st.lists(st.sampled_from(TEXTS), max_size=3).map(tuple),
}
ANY = {name: VALUES[kind] for name, kind in TYPES.items()}
KNOWN = st.fixed_dictionaries(ANY) | st.fixed_dictionaries(ANY) | st.fixed_dictionaries({}, optional=ANY)


def ours(text: str, known: dict[str, Any], *, careful_only: bool) -> bool | None:
    """What our compiled condition says: yes, no, or undecided."""
    decide = compile_conditions([CHECKER.check(text)], tuple(TYPES), LISTS, careful_only=careful_only)
    values = tuple(known.get(name, Unknown("not_sent")) for name in TYPES)
    matched, undecided = decide(values)
    return True if matched else None if undecided else False


def theirs(text: str, known: dict[str, Any]) -> bool | None:
    """What the official runtime says."""
    data = {name: list(value) if isinstance(value, tuple) else value for name, value in known.items()}
    data |= {f"lists.{name}": list(words) for name, words in LISTS.items()}
    answer = ORACLE.compile(text).eval(data=data)
    return None if answer.type() == cel.Type.ERROR else bool(answer.plain_value())


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(text=expressions("bool", 4), known=KNOWN)
@example(text="t.s in lists.none", known={})
@example(text="t.s in t.l", known={"t.l": ()})
@example(text="1 in [1, t.i]", known={})
@example(text="t.b || t.i > 0", known={"t.b": True})
@example(text="t.i > 0 || t.b", known={"t.b": True})
@example(text="t.i > 0 && t.b", known={"t.b": False})
@example(text="-7 / 2 == -3 && -7 % 2 == -1", known={})
@example(text="t.i / t.j == 0", known={"t.i": -(2**63), "t.j": -1})
@example(text="t.i % t.j == 0", known={"t.i": -(2**63), "t.j": -1})
@example(text="int(t.d) == t.i", known={"t.d": -(2.0**63), "t.i": -(2**63)})
@example(text="[t.d] == [t.d]", known={"t.d": float("nan")})
@example(text="t.d in [t.d]", known={"t.d": float("nan")})
@example(text="t.l.exists(x, x == t.s)", known={"t.l": ()})
@example(text="t.l.exists(x, size(x) / (size(x) - 1) > 5 || x == 'b')", known={"t.l": ("a", "b")})
@example(text="t.l[-1] == 'a'", known={"t.l": ("a",)})
@example(text="string(t.i) == 'Unknown(not_sent)'", known={})
@example(text="t.s < t.u", known={"t.s": "\uffee", "t.u": "\U0001f9ca"})
@example(text="size(t.s) == 1", known={"t.s": "\U0001f9ca"})
def test_conditions_mean_what_the_official_runtime_says(text: str, known: dict[str, Any]) -> None:
    try:
        CHECKER.check(text)
    except ConditionRefused as refused:  # too deep for us, or an empty list of no type: refused, not misjudged
        assert {problem.code for problem in refused.problems} <= {"rule.too_complex", "rule.unsupported"}  # noqa: PT017
        return
    expected = theirs(text, known)
    assert ours(text, known, careful_only=True) is expected
    assert ours(text, known, careful_only=False) is expected
