"""Read one CEL condition: the official checker judges it, we translate its tree into ours.

Google's binding parses and type-checks against the catalogue of signals, so that a policy means here what it means
in every CEL implementation. What it gives is translated into a small tree of our own, and the translation is a
whitelist: an overload, a type or a macro that this file does not name is refused with its place, never guessed.
"""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
from cel_expr_python import cel

from frostgate.rules.celproto import CONSTANTS, EXPRESSIONS, PRIMITIVES, checked_expr, kind_of
from frostgate.rules.overloads import OVERLOADS
from frostgate.signals.model import Signal, SignalType

LONGEST = 4_000  # characters of one condition; beyond that nobody can review it
DEEPEST = 30  # nested operations; CEL's own parser gives up at 32, Python's long after
DEEPEST_LOOP = 2  # nested exists/all/map...; a third level over real lists could stall the process

_CEL_TYPES = {
    SignalType.BOOL: cel.Type.BOOL,
    SignalType.INT: cel.Type.INT,
    SignalType.DOUBLE: cel.Type.DOUBLE,
    SignalType.STRING: cel.Type.STRING,
    SignalType.STRINGS: cel.Type.List(cel.Type.STRING),
}


class Const(msgspec.Struct, frozen=True):
    """A literal."""

    value: bool | int | float | str
    type: str


class Read(msgspec.Struct, frozen=True):
    """The value of a signal, of a policy list (`lists.<name>`), or of a loop variable (`local`)."""

    name: str
    type: str
    local: bool = False


class Items(msgspec.Struct, frozen=True):
    """A list literal."""

    elements: tuple["Node", ...]
    type: str


class Call(msgspec.Struct, frozen=True):
    """One operation, named by CEL's overload id, which also settles the types of its operands."""

    overload: str
    args: tuple["Node", ...]
    type: str


class Each(msgspec.Struct, frozen=True):
    """A macro over a list: `macro` is exists, all, exists_one, filter or map (`make` is for map only)."""

    macro: str
    var: str
    items: "Node"
    test: "Node | None"
    make: "Node | None"
    type: str


Node = Const | Read | Items | Call | Each


class Checked(msgspec.Struct, frozen=True):
    """A condition that has been parsed and type-checked, and that we can compile."""

    text: str
    tree: Node
    reads: tuple[str, ...]  # signals and lists, sorted


class ConditionProblem(msgspec.Struct, frozen=True):
    """One thing wrong with a condition; line and column count from 1, in characters of the condition."""

    line: int
    column: int
    code: str
    message: str
    hint: str = ""


class ConditionRefused(Exception):
    """The condition cannot be used; `problems` says why, in the order of the text."""

    def __init__(self, problems: tuple[ConditionProblem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.line}:{p.column}: {p.message}" for p in problems))


class Checker:
    """Checks conditions against one catalogue: the signals of one event type and the policy's lists."""

    def __init__(self, signals: Mapping[str, Signal], lists: Collection[str] = ()) -> None:
        variables = {name: _CEL_TYPES[signal.type] for name, signal in signals.items()}
        variables |= {f"lists.{name}": cel.Type.List(cel.Type.STRING) for name in lists}
        self.types = {name: signal.type.value for name, signal in signals.items()}
        self.types |= {f"lists.{name}": "list(string)" for name in lists}
        self._env = cel.NewEnv(variables=variables)

    def check(self, text: str) -> Checked:
        """Parse and type-check one condition.

        Raises:
            ConditionRefused: it is not CEL, not well typed, not a yes-or-no, or uses what we do not compile.
        """
        _refuse_bulk(text)
        try:
            expression = self._env.compile(text)
        except RuntimeError as error:
            raise ConditionRefused(tuple(self._explained(text, str(error)))) from None
        translation = _Translation(text, checked_expr(expression.serialize()))
        tree = translation.root()
        if tree.type != "bool":
            message = f"a condition answers yes or no, and this one gives a value of type {tree.type}"
            hint = "compare it with something, as in `travel.least_km > 300.0`"
            raise ConditionRefused((ConditionProblem(1, 1, "rule.not_bool", message, hint),))
        return Checked(text, tree, tuple(sorted(translation.reads)))

    def _explained(self, text: str, error: str) -> Iterator[ConditionProblem]:
        """The checker's errors, each with the place of what is wrong and a hint for the common mistakes."""
        found = re.findall(r"^(?:\w+: )?ERROR: <input>:(\d+):(\d+): (.*)$", error, re.MULTILINE)
        if re.match(
            r"CANCELLED: Expression recursion limit|INVALID_ARGUMENT: ERROR: <input>:-1:-1: Exceeded max", error
        ):
            yield ConditionProblem(1, 1, "rule.too_complex", "nested too deeply", "split it into several rules")
        elif not found:
            yield ConditionProblem(1, 1, "rule.bad_condition", error.partition("\n")[0])
        stumbled = [entry for entry in found if entry[2].startswith("Syntax error")]
        for line, column, message in stumbled[:1] or found:  # after the first stumble a parser only guesses
            yield self._one(text, int(line), int(column), message.replace(" (in container '')", ""))

    def _one(self, text: str, line: int, column: int, message: str) -> ConditionProblem:
        row = text.split("\n")[line - 1]
        if named := re.match(r"undeclared reference to '([^']+)'", message):
            name = named[1]
            at = row.find(name, max(0, column - 1 - len(name)), column - 1 + len(name))
            column = at + 1 if at >= 0 else column  # CEL points at the last dot; people look at the name's start
            if row[column - 1 + len(name) :].lstrip().startswith("("):
                return ConditionProblem(line, column, "rule.unsupported", f"no function {name}", _FUNCTIONS)
            what = "list" if name.startswith("lists.") else "signal for this event type"
            code, message = "rule.unknown_signal", f"{name} is no {what}"
            return ConditionProblem(line, column, code, message, did_you_mean(name, self.types))
        if types := re.match(r"found no matching overload for '(.+?)' applied to '(.+)'", message):
            operator = types[1].strip("_@")
            message = f"`{operator}` does not go with {types[2]}"
            return ConditionProblem(
                line, column, "rule.wrong_types", message, _type_hint(row, column, operator, types[2])
            )
        message = re.sub(r" expecting \{.*\}$", "", message).replace("<EOF>", "the end")
        return ConditionProblem(line, column, "rule.bad_condition", message, _syntax_hint(row, column, message))


_FUNCTIONS = (
    "conditions know size, contains, startsWith, endsWith, in, int, double, string, and "
    "exists, all, exists_one, filter, map"
)


def did_you_mean(name: str, known: Collection[str]) -> str:
    """The hint for a name that does not exist: the nearest that does, or what there is in the same family."""
    family, _, last = name.rpartition(".")
    relatives = [other for other in known if other.rpartition(".")[0] == family]
    lasts = [other.rpartition(".")[2] for other in relatives]
    if near := difflib.get_close_matches(last, lasts, n=1, cutoff=0.6):
        return f"did you mean {relatives[lasts.index(near[0])]}?"
    if near := difflib.get_close_matches(name, known, n=1, cutoff=0.8):
        return f"did you mean {near[0]}?"
    return f"there are {', '.join(sorted(relatives)[:8])}" if family and relatives else ""


def _type_hint(row: str, column: int, operator: str, types: str) -> str:
    if sorted(re.findall(r"\w+", types)) == ["double", "int"]:
        before, after = row[: column - 1], row[column - 1 + len(operator) :]
        literal = re.match(r"\s*(-?\d+(\.\d+)?)(?![\w.])", after) or re.search(
            r"()((?<![\w.])-?\d+(\.\d+)?)\s*$", before
        )
        number = literal and next((group for group in (literal[1], literal[2]) if group), None)
        if number and "." not in number:
            return f"the other side is a double: write {number}.0"
        if number and float(number).is_integer():
            return f"the other side is an int: write {int(float(number))}"
        return "int and double do not mix: convert one side with double(...)"
    if types.count(",") == 1:
        return "both sides must be of the same type"
    return ""


def _syntax_hint(row: str, column: int, message: str) -> str:
    near = row[max(0, column - 2) : column + 3]
    if re.search(r"(?<![=!<>])=(?!=)", near):
        return "`==` compares"
    if word := re.search(r"(?:input|at:) '(and|or|not)\b", message):
        return f"CEL writes {dict(zip(('and', 'or', 'not'), ('&&', '||', '!'), strict=True))[word[1]]}"
    if "at: '&" in message or "at: '|" in message:
        return "CEL writes && and ||"
    if re.search("[\u3000-\u303f\uff00-\uffef\u2018-\u201d]", row):
        return "Chinese punctuation stands outside of quotes here: use the ASCII signs"
    return ""


def _refuse_bulk(text: str) -> None:
    """Before the parser sees it: parsers recurse, and neither time nor stack is theirs to spend without limit."""
    deepest = depth = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        deepest = max(deepest, depth)
    if len(text) > LONGEST or deepest > DEEPEST or re.search(r"(?:[!\-]\s*){20}", text):
        message = f"a condition has at most {LONGEST} characters and {DEEPEST} levels of brackets"
        hint = "split it into several rules, or name the values in `lists`"
        raise ConditionRefused((ConditionProblem(1, 1, "rule.too_complex", message, hint),))


class _Translation:
    """From the checker's messages to our tree, refusing whatever we do not compile."""

    def __init__(self, text: str, checked: Any) -> None:
        self._text = text
        self._types = {entry.key: entry.value for entry in checked.type_map}
        self._references = {entry.key: entry.value for entry in checked.reference_map}
        self._positions = {entry.key: entry.value for entry in checked.source_info.positions}
        self._root = checked.expr
        self.reads: set[str] = set()

    def root(self) -> Node:
        """The whole condition."""
        return self._node(self._root, frozenset(), 0, 0)

    def _refuse(self, expr: Any, message: str, hint: str = "", code: str = "rule.unsupported") -> ConditionRefused:
        offset = self._positions.get(expr.id, 0)
        function = expr.call_expr.function
        if self._text[:offset].endswith(function) and self._text.startswith("(", offset):
            offset -= len(function)  # CEL points at a call's bracket; people look at its name
        line = self._text.count("\n", 0, offset) + 1
        column = offset - (self._text.rfind("\n", 0, offset) + 1) + 1
        return ConditionRefused((ConditionProblem(line, column, code, message, hint),))

    def _type(self, expr: Any) -> str:
        name = _type_name(self._types.get(expr.id))
        if not name:
            message = "a value of this kind (map, bytes, timestamp, null, or of mixed type) cannot be used in a rule"
            raise self._refuse(expr, message, "rules know bool, int, double, string, and lists of one of them")
        return name

    def _node(self, expr: Any, scope: frozenset[str], depth: int, loops: int) -> Node:
        if depth > DEEPEST:
            raise self._refuse(expr, "nested too deeply", "split it into several rules", "rule.too_complex")
        kind = kind_of(expr, EXPRESSIONS)
        if kind == "const_expr":
            return self._const(expr)
        if kind == "ident_expr" and expr.ident_expr.name in scope:
            return Read(expr.ident_expr.name, self._type(expr), local=True)
        reference = self._references.get(expr.id)
        if kind in ("ident_expr", "select_expr") and reference is not None and reference.name:
            self.reads.add(reference.name)
            return Read(reference.name, self._type(expr))
        if kind == "list_expr" and not expr.list_expr.optional_indices:
            elements = (self._node(item, scope, depth + 1, loops) for item in expr.list_expr.elements)
            return Items(tuple(elements), self._type(expr))
        if kind == "call_expr":
            return self._call(expr, reference, scope, depth, loops)
        if kind == "comprehension_expr":
            return self._each(expr, scope, depth, loops)
        raise self._refuse(expr, "rules have no maps, messages or field tests")

    def _const(self, expr: Any) -> Const:
        type_ = self._type(expr)  # refuses null, bytes and uint
        return Const(getattr(expr.const_expr, kind_of(expr.const_expr, CONSTANTS)), type_)

    def _call(self, expr: Any, reference: Any, scope: frozenset[str], depth: int, loops: int) -> Node:
        call = expr.call_expr
        overloads = tuple(reference.overload_id) if reference is not None else ()
        if len(overloads) != 1 or overloads[0] not in OVERLOADS:
            name = call.function.strip("_@").replace("[_]", "[...]")
            raise self._refuse(expr, f"`{name}` on these values cannot be used in a rule", _FUNCTIONS)
        operands = ([call.target] if call.HasField("target") else []) + list(call.args)
        args = tuple(self._node(operand, scope, depth + 1, loops) for operand in operands)
        return Call(overloads[0], args, self._type(expr))

    def _each(self, expr: Any, scope: frozenset[str], depth: int, loops: int) -> Node:
        """Recognise the macro by what it was expanded to (cel-spec, "Macros"); nothing else makes loops."""
        loop = expr.comprehension_expr
        if loops == DEEPEST_LOOP:
            raise self._refuse(expr, "loops inside loops inside loops", "at most two levels", "rule.too_complex")
        macro, test, make = _macro(loop)
        if not macro:
            raise self._refuse(expr, "this loop cannot be used in a rule", _FUNCTIONS)
        items = self._node(loop.iter_range, scope, depth + 1, loops)
        if not items.type.startswith("list("):
            raise self._refuse(expr, "only lists can be walked")
        inner = scope | {loop.iter_var}
        return Each(
            macro,
            loop.iter_var,
            items,
            self._node(test, inner, depth + 1, loops + 1) if test is not None else None,
            self._node(make, inner, depth + 1, loops + 1) if make is not None else None,
            self._type(expr),
        )


def _type_name(kind: Any) -> str:
    """Our name of a checked type; empty for every type that rules do not know."""
    if kind is None:
        return ""
    if kind.HasField("list_type"):
        inner = _type_name(kind.list_type.elem_type)
        return f"list({inner})" if inner else ""
    name = PRIMITIVES.get(kind.primitive, "") if kind.HasField("primitive") else ""
    return name if name in ("bool", "int", "double", "string") else ""


def _macro(loop: Any) -> tuple[str, Any, Any]:
    """(macro, what it tests, what it makes) of an expanded loop; an empty name for a shape that is none of ours."""
    step, start = loop.loop_step, loop.accu_init
    if loop.iter_var2 or not step.HasField("call_expr"):
        return "", None, None
    function, args = step.call_expr.function, step.call_expr.args
    if function == "_||_" and start.const_expr.HasField("bool_value"):
        return "exists", args[1], None
    if function == "_&&_" and start.const_expr.HasField("bool_value"):
        return "all", args[1], None
    if function == "_?_:_" and start.const_expr.HasField("int64_value"):
        return "exists_one", args[0], None
    if function == "_+_" and start.HasField("list_expr"):
        return "map", None, args[1].list_expr.elements[0]
    if function == "_?_:_" and start.HasField("list_expr"):
        made = args[1].call_expr.args[1].list_expr.elements[0]
        if made.HasField("ident_expr") and made.ident_expr.name == loop.iter_var:
            return "filter", args[0], None
        return "map", args[0], made
    return "", None, None
