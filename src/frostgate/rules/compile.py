"""From checked conditions to one Python function per event type.

Every condition is written twice. The *direct* form is a plain Python expression over locals; Python's operators on
an `Unknown` raise, so it either gives CEL's exact answer or raises. The *careful* form keeps CEL's error logic, in
which `||` and `&&` absorb the failure of one side; it runs only for the one rule whose direct form raised. Each rule
stands in its own `try`, which costs nothing in Python 3.11 until something is raised.

No text of a policy reaches the generated source except through `repr` of a constant: signals are `s0, s1...` by their
place in the catalogue, loop variables `v0, v1...`, larger constants `k0, k1...` in the function's globals.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from frostgate.rules import semantics
from frostgate.rules.checked import Call, Checked, Const, Each, Items, Node, Read
from frostgate.rules.overloads import IDENTITIES, PATTERNS
from frostgate.signals.model import Value

Answer = tuple[tuple[int, ...], tuple[int, ...]]
Decide = Callable[[tuple[Value, ...]], Answer]

_HELPERS = {helper.__name__: helper for helper in semantics.HELPERS}


def compile_conditions(
    conditions: Sequence[Checked],
    signals: Sequence[str],
    lists: Mapping[str, Sequence[str]] | None = None,
    *,
    careful_only: bool = False,
) -> Decide:
    """One function over all conditions of an event type: values (in the order of `signals`) in, an answer out.

    The answer is two tuples of places in `conditions`: those that are true, and those that are undecided because a
    signal is unknown or CEL has no value. `careful_only` leaves the direct forms out; tests compare the two.
    """
    writer = _Writer(signals, lists or {})
    lines = ["def decide(values):", "    matched = undecided = ()"]
    if signals and not careful_only:
        lines.append(f"    {writer.unpacking} = values")
    before: list[str] = []
    for place, condition in enumerate(conditions):
        before += [f"def careful_{place}(values):"]
        before += [f"    {writer.unpacking} = values"] if signals else []
        before += [f"    return {writer.write(condition.tree, careful=True)}"]
        lines += _rule(place, None if careful_only else writer.write(condition.tree, careful=False))
    lines.append("    return matched, undecided")
    scope: dict[str, Any] = dict(_HELPERS) | writer.constants
    exec(compile("\n".join(before + lines), "<policy>", "exec"), scope)  # noqa: S102 - our own source, see above
    decide: Decide = scope["decide"]
    return decide


def compile_value(
    node: Node, signals: Sequence[str], lists: Mapping[str, Sequence[str]] | None = None
) -> Callable[[tuple[Value, ...]], Any]:
    """What a part of a condition gives of the values, in the careful form; it raises where CEL has no value."""
    writer = _Writer(signals, lists or {})
    written = writer.write(node, careful=True, asked=False)
    lines = [
        "def value(values):",
        f"    {writer.unpacking} = values" if signals else "    pass",
        f"    return {written}",
    ]
    scope: dict[str, Any] = dict(_HELPERS) | writer.constants
    exec(compile("\n".join(lines), "<policy>", "exec"), scope)  # noqa: S102 - our own source, see above
    value: Callable[[tuple[Value, ...]], Any] = scope["value"]
    return value


def _rule(place: int, direct: str | None) -> list[str]:
    settled = [
        f"answer = settle(careful_{place}, values)",
        "if answer:",
        f"    matched += ({place},)",
        "elif answer is None:",
        f"    undecided += ({place},)",
    ]
    if direct is None:
        return [f"    {line}" for line in settled]
    return [
        "    try:",
        f"        if {direct}:",
        f"            matched += ({place},)",
        "    except Exception:",
        *(f"        {line}" for line in settled),
    ]


class _Writer:
    """Writes Python expressions. `asked` says that the place itself raises on an Unknown, so no `known()` is needed."""

    def __init__(self, signals: Sequence[str], lists: Mapping[str, Sequence[str]]) -> None:
        self._places = {name: f"s{place}" for place, name in enumerate(signals)}
        self._lists = lists
        self._careful = False
        self._loops = 0
        self.constants: dict[str, Any] = {}
        self.unpacking = "".join(f"{local}, " for local in self._places.values())

    def write(self, tree: Node, *, careful: bool, asked: bool = True) -> str:
        """The expression for one condition; its value is only ever asked for its truth."""
        self._careful = careful
        return self._node(tree, {}, asked=asked)

    def _bound(self, value: Any) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def _node(self, node: Node, scope: Mapping[str, str], *, asked: bool) -> str:
        match node:
            case Const(value=value):
                return self._const(value)
            case Read(local=True):
                return scope[node.name]
            case Read(name=name) if name in self._places:
                return self._places[name] if asked else f"known({self._places[name]})"
            case Read(name=name):
                return self._bound(tuple(self._lists[name.removeprefix("lists.")]))
            case Items(elements=elements):
                return "(" + "".join(f"{self._node(e, scope, asked=False)}, " for e in elements) + ")"
            case Each():
                return self._each(node, scope)
            case Call():
                return self._call(node, scope, asked=asked)

    def _const(self, value: Any) -> str:
        if isinstance(value, float) and not math.isfinite(value):
            return self._bound(value)  # `inf` is no Python literal
        return f"({value!r})" if isinstance(value, int | float) else repr(value)

    def _call(self, node: Call, scope: Mapping[str, str], *, asked: bool) -> str:
        overload, args = node.overload, node.args
        if overload in ("logical_and", "logical_or"):
            return self._logic(overload, flat(node, overload), scope, asked=asked)
        if overload in IDENTITIES:
            return self._node(args[0], scope, asked=asked)
        if overload == "in_list":
            return self._membership(args[0], args[1], scope)
        if overload == "int64_to_string":
            return f"str({self._node(args[0], scope, asked=False)})"  # Python's str() takes anything
        if overload == "conditional":
            test, *branches = args
            written = [self._node(test, scope, asked=True)]
            written += [self._node(branch, scope, asked=asked) for branch in branches]
        else:
            written = [self._node(arg, scope, asked=True) for arg in args]
        if overload in ("equals", "not_equals") and _may_hold_nan(args[0].type):
            return ("same({0}, {1})" if overload == "equals" else "(not same({0}, {1}))").format(*written)
        return PATTERNS[overload].format(*written)

    def _logic(self, overload: str, parts: list[Node], scope: Mapping[str, str], *, asked: bool) -> str:
        if self._careful:
            helper = "both" if overload == "logical_and" else "either"
            return f"{helper}({', '.join(f'lambda: {self._node(p, scope, asked=True)}' for p in parts)})"
        word = " and " if overload == "logical_and" else " or "
        written = [self._node(part, scope, asked=True) for part in parts[:-1]]
        return f"({word.join([*written, self._node(parts[-1], scope, asked=asked)])})"

    def _membership(self, item: Node, items: Node, scope: Mapping[str, str]) -> str:
        """`in`; a constant list becomes a frozenset, whose look-up hashes the item and so raises on an Unknown."""
        constant = self._constant_items(items)
        if constant is not None:
            return f"({self._node(item, scope, asked=True)} in {self._bound(frozenset(constant))})"
        written, among = self._node(item, scope, asked=False), self._node(items, scope, asked=True)
        if _may_hold_nan(items.type):
            return f"holds({written}, {among})"
        return f"({written} in {among})"

    def _constant_items(self, items: Node) -> Sequence[Any] | None:
        if isinstance(items, Items) and all(isinstance(e, Const) for e in items.elements):
            return [e.value for e in items.elements if isinstance(e, Const)]
        if isinstance(items, Read) and not items.local and items.name not in self._places:
            return self._lists[items.name.removeprefix("lists.")]
        return None

    def _each(self, node: Each, scope: Mapping[str, str]) -> str:
        self._loops += 1
        local = f"v{self._loops}"
        inner = {**scope, node.var: local}
        items = self._node(node.items, scope, asked=True)
        test = self._node(node.test, inner, asked=True) if node.test is not None else None
        if node.macro in ("exists", "all") and self._careful:
            return f"{'some' if node.macro == 'exists' else 'every'}({items}, lambda {local}: {test})"
        if node.macro in ("exists", "all", "exists_one"):
            helper = {"exists": "any", "all": "all", "exists_one": "one"}[node.macro]
            return f"{helper}({test} for {local} in {items})"
        made = self._node(node.make, inner, asked=False) if node.make is not None else local
        return f"tuple({made} for {local} in {items}{f' if {test}' if test else ''})"


def flat(node: Node, overload: str) -> list[Node]:
    """`a || b || c` as one row of parts, so that a long row needs no deep nesting."""
    if isinstance(node, Call) and node.overload == overload:
        return [part for arg in node.args for part in flat(arg, overload)]
    return [node]


def _may_hold_nan(kind: str) -> bool:
    return kind.startswith("list(") and "double" in kind
