"""What CEL's operations do where Python's own do something else. Compiled conditions call these.

Source: the CEL language definition (cel-spec, doc/langdef.md), and for its gaps what the C++ runtime does; the
differential test holds the two side by side. Every function either gives CEL's answer or raises: an `Unknown` raises
of itself, everything else that CEL calls an error raises `EvaluationError` or what Python raises.
"""

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from frostgate.signals.model import Unknown, UnknownMet

INT_MIN, INT_MAX = -(2**63), 2**63 - 1


class EvaluationError(Exception):
    """CEL has no value for this: an overflow, a division by zero, an index outside of its list."""


def known(value: Any) -> Any:
    """The value itself; an unknown raises here, where no operator would make it raise."""
    if isinstance(value, Unknown):
        raise UnknownMet(value.reason)
    return value


def within(number: int) -> int:
    """An int64, or an overflow: CEL's integers never wrap and never grow."""
    if INT_MIN <= number <= INT_MAX:
        return number
    raise EvaluationError("integer overflow")


def divide_int(a: int, b: int) -> int:
    """Division that truncates towards zero; Python's floors."""
    quotient = abs(a) // abs(b)
    return within(quotient if (a < 0) == (b < 0) else -quotient)


def modulo_int(a: int, b: int) -> int:
    """The remainder, with the sign of the dividend; Python's has the divisor's."""
    if a == INT_MIN and b == -1:
        raise EvaluationError("integer overflow")
    remainder = abs(a) % abs(b)
    return -remainder if a < 0 else remainder


def divide_double(a: float, b: float) -> float:
    """IEEE 754 division: by zero it gives an infinity or NaN, where Python raises."""
    if b != 0:
        return a / b
    if a == 0 or a != a:  # noqa: PLR0124 - NaN is what differs from itself
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def to_int(number: float) -> int:
    """A double cut towards zero; NaN, infinities and what no int64 holds are errors."""
    if not INT_MIN < number < 2.0**63:  # the C++ runtime refuses the least int64 too
        raise EvaluationError("double out of int64 range")
    return int(number)


def at(items: tuple[Any, ...], index: int) -> Any:
    """The element at an index; Python would count a negative one from the end."""
    if 0 <= index < len(items):
        return items[index]
    raise EvaluationError("index out of range")


def same(a: Any, b: Any) -> bool:
    """Equality of lists that may hold NaN: Python's tuples take an identical NaN for an equal one."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def holds(item: Any, items: tuple[Any, ...]) -> bool:
    """Membership by `same`."""
    return any(same(item, other) for other in items)


def one(tests: Iterable[bool]) -> bool:
    """Whether exactly one is true; all are asked, because CEL does not stop early here."""
    return sum(1 for test in tests if test) == 1


def either(*parts: Callable[[], Any]) -> bool:
    """CEL's `||`: one true part makes it true whatever befell the others; only then do errors count."""
    met: Exception | None = None
    for part in parts:
        try:
            if part():
                return True
        except Exception as error:  # every failure of a part means the same: that part has no value
            met = met or error
    if met is not None:
        raise met
    return False


def both(*parts: Callable[[], Any]) -> bool:
    """CEL's `&&`: one false part makes it false whatever befell the others."""
    met: Exception | None = None
    for part in parts:
        try:
            if not part():
                return False
        except Exception as error:
            met = met or error
    if met is not None:
        raise met
    return True


def some(items: tuple[Any, ...], test: Callable[[Any], Any]) -> bool:
    """`exists`: a chain of `||` over the elements."""
    return either(*(partial(test, item) for item in items))


def every(items: tuple[Any, ...], test: Callable[[Any], Any]) -> bool:
    """`all`: a chain of `&&` over the elements."""
    return both(*(partial(test, item) for item in items))


def settle(careful: Callable[[tuple[Any, ...]], Any], values: tuple[Any, ...]) -> bool | None:
    """The careful form's answer; None when CEL itself has none."""
    try:
        return bool(careful(values))
    except Exception:  # whatever kept it from a value, the rule is undecided, and its neighbours are not concerned
        return None


HELPERS = (
    *(known, within, divide_int, modulo_int, divide_double, to_int, at, same, holds),
    *(one, either, both, some, every, settle),
)
