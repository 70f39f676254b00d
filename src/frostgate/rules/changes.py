"""What would have had to differ for a rule not to match: the smallest changes of the values that it read.

A rule matches because its condition is true. Of a conjunction it is enough that any one part is not; of a disjunction
every part that is true must not be; under a negation the two change places. So the tree is walked down to its single
comparisons, and for each signal in one of these the nearest value is looked for that turns it. Whatever CEL says of
unknown values and errors is asked of the compiled condition itself, and so is every answer before it is given: an
alternative stands here only if the condition, with just these values changed, is no longer true.
"""

import enum
import math
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

import msgspec

from frostgate.rules.checked import Call, Const, Each, Items, Node, Read
from frostgate.rules.compile import compile_value, flat
from frostgate.rules.semantics import INT_MAX, INT_MIN
from frostgate.signals.model import Unknown, Value

MOST = 12  # alternatives that anybody reads
_LOOKED_AT = 64  # alternatives that are looked at: a product of disjunctions could be endless
_NOBODYS = "\ufdd0"  # a text that no sender and no policy ever means


class To(enum.StrEnum):
    """In which way a value would have had to differ."""

    IS = "is"
    IS_NOT = "is_not"
    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    BELOW = "below"
    ABOVE = "above"


class Change(msgspec.Struct, frozen=True):
    """One signal would have had to be so; `value` is one that is, the nearest where there is a nearest."""

    signal: str
    to: To
    bound: Value
    value: Value


Way = tuple[Change, ...]  # all of these at once
Eval = Callable[[tuple[Value, ...]], object]


def alternatives(
    tree: Node, names: Sequence[str], values: tuple[Value, ...], lists: Mapping[str, Sequence[str]]
) -> tuple[Way, ...]:
    """The ways in which a condition that is true of `values` would not be, those of the fewest changes first.

    Any one of them is enough; within one, all changes are needed. Empty where the condition is not true, or where
    nothing was found that a single step from these values would change.
    """
    seeker = _Seeker(names, values, lists)
    if seeker.truth(tree) is not True:
        return ()
    found: list[Way] = []
    for way in sorted(seeker.ways(tree, goal=False, lax=True), key=len):
        is_more = any(set(before) <= set(way) for before in found)
        if way and not is_more and seeker.truth(tree, seeker.changed(way)) is not True:
            found.append(way)
    return tuple(found[:MOST])


class _Seeker:
    """Looks for changes of one event's values; parts of the condition are compiled as they are met."""

    def __init__(self, names: Sequence[str], values: tuple[Value, ...], lists: Mapping[str, Sequence[str]]) -> None:
        self._names = tuple(names)
        self._places = {name: place for place, name in enumerate(names)}
        self._values = values
        self._lists = lists
        self._compiled: dict[int, Eval] = {}

    def truth(self, node: Node, values: tuple[Value, ...] | None = None) -> bool | None:
        """What a part gives; None where CEL has no value for it."""
        evaluate = self._compiled.get(id(node))
        if evaluate is None:
            evaluate = self._compiled[id(node)] = compile_value(node, self._names, self._lists)
        try:
            return bool(evaluate(self._values if values is None else values))
        except Exception:  # whatever kept it from a value: CEL has none
            return None

    def changed(self, way: Way) -> tuple[Value, ...]:
        """The values with these changes."""
        values = list(self._values)
        for change in way:
            values[self._places[change.signal]] = change.value
        return tuple(values)

    def ways(self, node: Node, *, goal: bool, lax: bool) -> list[Way]:
        """How this part would be `goal`; `lax`: an error is as good as false, because nothing negates it above."""
        now = self.truth(node)
        if now is goal or (lax and now is None):
            return [()]
        if isinstance(node, Call) and node.overload in ("logical_and", "logical_or"):
            each = [self.ways(part, goal=goal, lax=lax) for part in flat(node, node.overload)]
            if (node.overload == "logical_or") is goal:
                return [way for ways in each for way in ways][:_LOOKED_AT]
            return _all_of(each)
        if isinstance(node, Call) and node.overload == "logical_not":
            return self.ways(node.args[0], goal=not goal, lax=False)
        if isinstance(node, Call) and node.overload == "conditional":
            return self._branches(node, goal=goal, lax=lax)
        return [(change,) for name in _signals(node) for change in self._turns(node, name, goal)]

    def _branches(self, node: Call, *, goal: bool, lax: bool) -> list[Way]:
        """Either the branch that was taken differs, or the other one is taken and is so."""
        test, *branches = node.args
        found: list[Way] = []
        for side, branch in zip((True, False), branches, strict=True):
            taken = self.ways(test, goal=side, lax=False)
            found += _all_of([taken, self.ways(branch, goal=goal, lax=lax)])
        return sorted(found, key=len)[:_LOOKED_AT]

    def _turns(self, node: Node, name: str, goal: bool) -> Iterator[Change]:
        """How one signal alone would turn a single comparison."""
        value = self._values[self._places[name]]

        def turned(candidate: Value) -> bool:
            return self.truth(node, self.changed((Change(name, To.IS, candidate, candidate),))) is goal

        kinds = _types(node, name)
        if kinds == {"bool"}:
            yield from (Change(name, To.IS, each, each) for each in (False, True) if turned(each))
        elif kinds <= {"int", "double"}:
            yield from _numbers(name, value, kinds == {"double"}, self._constants(node), turned)
        elif kinds == {"string"}:
            yield from _texts(name, value, self._constants(node), turned)
        else:
            listed = [(), *((each,) for each in self._constants(node) if isinstance(each, str)), (_NOBODYS,)]
            kept = [tuple(e for e in value if turned((e,)))] if isinstance(value, tuple) else []
            for each in (*kept, *listed):
                if turned(each):
                    yield Change(name, To.IS, each, each)
                    return

    def _constants(self, node: Node) -> list[bool | int | float | str]:
        """What the comparison compares with: literals, policy lists, and the other signals as they were."""
        found: list[bool | int | float | str] = []
        for part in _parts(node):
            if isinstance(part, Const):
                found.append(part.value)
            elif isinstance(part, Read) and part.name.startswith("lists."):
                found += self._lists[part.name.removeprefix("lists.")]
            elif isinstance(part, Read) and not part.local:
                value = self._values[self._places[part.name]]
                found += value if isinstance(value, tuple) else [] if isinstance(value, Unknown) else [value]
        return found


def _all_of(each: Sequence[list[Way]]) -> list[Way]:
    """One way of every part, all at once."""
    together: list[Way] = [()]
    for ways in each:
        some = product(together, sorted(ways, key=len)[:_LOOKED_AT])
        together = sorted((_joined(way, more) for way, more in some), key=len)[:_LOOKED_AT]
    return together


def _joined(way: Way, more: Way) -> Way:
    """Both at once: of two bounds on one side of one signal, the one that is further away."""
    found = {(change.signal, _side(change.to)): change for change in way}
    for change in more:
        place = (change.signal, _side(change.to))
        before = found.get(place)
        if before is None or _is_further(change, before):
            found[place] = change
    return tuple(found.values())


def _side(to: To) -> str:
    return "down" if to in (To.AT_MOST, To.BELOW) else "up" if to in (To.AT_LEAST, To.ABOVE) else to.value


def _is_further(change: Change, before: Change) -> bool:
    one, other = change.value, before.value
    if not isinstance(one, int | float) or not isinstance(other, int | float):
        return False
    return one < other if _side(change.to) == "down" else one > other


def _numbers(
    name: str, value: Value, is_double: bool, constants: Sequence[object], turned: Callable[[Value], bool]
) -> Iterator[Change]:
    """The nearest number on either side that turns the comparison, by trying further and further away and then halving.

    Doubles are numbered in their order, so that halving ends at the very last one that does.
    """
    make: Callable[[int], int | float] = _double_at if is_double else int
    place: Callable[[float], int] = _place_of if is_double else int
    low, high = (_place_of(-math.inf), _place_of(math.inf)) if is_double else (INT_MIN, INT_MAX)
    numbers = [place(each) for each in (_number(each, is_double) for each in constants) if each is not None]
    close = sorted({near for each in numbers for near in (each - 1, each, each + 1) if low <= near <= high})
    was = _number(value, is_double)
    if was is None:  # unknown: any that does is as near as another
        found = next((each for each in close if turned(make(each))), None)
        if found is not None:
            yield _bounded(name, found, found, turned, make, low, high)
        return
    here = place(was)
    for way in (-1, 1):
        tried = [here + way * 2**step for step in range(64)] + [each for each in close if (each - here) * way > 0]
        for at in sorted((each for each in tried if low <= each <= high), key=lambda each: abs(each - here)):
            if turned(make(at)):
                nearest = _halve(here, at, lambda each: turned(make(each)))
                change = _bounded(name, nearest, nearest - way, turned, make, low, high)
                yield change
                if change.to is To.IS_NOT:
                    return  # the other side says the same
                break


def _halve(fails: int, does: int, turned: Callable[[int], bool]) -> int:
    """The last place that does, between one that does not and one that does."""
    while abs(does - fails) > 1:
        middle = (fails + does) // 2
        if turned(middle):
            does = middle
        else:
            fails = middle
    return does


def _bounded(
    name: str,
    at: int,
    beside: int,
    turned: Callable[[Value], bool],
    make: Callable[[int], int | float],
    low: int,
    high: int,
) -> Change:
    """The change in the words that fit: a bound where what lies beyond does as well, one value where nothing else does.

    `beside` is the place next to it that does not; "less than 0.45" is said where that is the rounder number.
    """
    value, other = make(at), make(beside)
    does = {step: low <= at + step <= high and turned(make(at + step)) for step in (-1, 1)}
    if at == beside and does[-1] is does[1]:
        return Change(name, To.IS, value, value)
    down = at < beside or (at == beside and does[-1])
    if at != beside and low <= 2 * beside - at <= high and turned(make(2 * beside - at)):
        return Change(name, To.IS_NOT, other, value)
    if not does[-1 if down else 1] and low < at < high:
        return Change(name, To.IS, value, value)
    if isinstance(value, float) and len(repr(other)) < len(repr(value)):
        return Change(name, To.BELOW if down else To.ABOVE, other, value)
    return Change(name, To.AT_MOST if down else To.AT_LEAST, value, value)


def _texts(name: str, value: Value, constants: Sequence[object], turned: Callable[[Value], bool]) -> Iterator[Change]:
    """Any other text, or else each that the comparison names."""
    if not isinstance(value, Unknown) and turned(_NOBODYS):
        yield Change(name, To.IS_NOT, value, _NOBODYS)
        return
    for each in dict.fromkeys(each for each in constants if isinstance(each, str)):
        if turned(each):
            yield Change(name, To.IS, each, each)
    if isinstance(value, Unknown) and turned(_NOBODYS):
        yield from (Change(name, To.IS_NOT, e, _NOBODYS) for e in constants[:1] if isinstance(e, str))


def _number(value: object, is_double: bool) -> float | None:
    """The value where it is a number of the signal's own type; NaN is none: nothing is near it."""
    if isinstance(value, bool) or not isinstance(value, float if is_double else int):
        return None
    return None if value != value else value  # noqa: PLR0124


def _place_of(number: float) -> int:
    """The place of a double among all doubles, in their order; both zeros are one."""
    bits: int = struct.unpack("<q", struct.pack("<d", number + 0.0))[0]
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)


def _double_at(place: int) -> float:
    number: float = struct.unpack("<d", struct.pack("<q", abs(place)))[0]
    return number if place >= 0 else -number


def _parts(node: Node) -> Iterator[Node]:
    """The part itself and everything in it."""
    yield node
    inner: tuple[Node | None, ...] = ()
    if isinstance(node, Call):
        inner = node.args
    elif isinstance(node, Items):
        inner = node.elements
    elif isinstance(node, Each):
        inner = (node.items, node.test, node.make)
    for part in inner:
        if part is not None:
            yield from _parts(part)


def _signals(node: Node) -> list[str]:
    """The signals that a part reads, in the order of the text."""
    reads = (part for part in _parts(node) if isinstance(part, Read) and not part.local)
    return list(dict.fromkeys(part.name for part in reads if not part.name.startswith("lists.")))


def _types(node: Node, name: str) -> set[str]:
    return {part.type for part in _parts(node) if isinstance(part, Read) and part.name == name and not part.local}
