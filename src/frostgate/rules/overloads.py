"""The one table of CEL operations that rules may use, each with the Python that means the same.

The keys are CEL's overload ids (cel-spec, "List of Standard Definitions"), which settle the operands' types. What is
not here is refused when a policy is read. Every pattern raises by itself when an operand is Unknown; functions in
it are those of `semantics.py`.
"""

_ORDERS = {"less": "<", "less_equals": "<=", "greater": ">", "greater_equals": ">="}

PATTERNS: dict[str, str] = {
    "logical_not": "(not {0})",
    "conditional": "({1} if {0} else {2})",
    "equals": "({0} == {1})",
    "not_equals": "({0} != {1})",
    "index_list": "at({0}, {1})",
    "add_int64": "within({0} + {1})",
    "subtract_int64": "within({0} - {1})",
    "multiply_int64": "within({0} * {1})",
    "divide_int64": "divide_int({0}, {1})",
    "modulo_int64": "modulo_int({0}, {1})",
    "negate_int64": "within(-{0})",
    "add_double": "({0} + {1})",
    "subtract_double": "({0} - {1})",
    "multiply_double": "({0} * {1})",
    "divide_double": "divide_double({0}, {1})",
    "negate_double": "(-{0})",
    "add_string": "({0} + {1})",
    "add_list": "({0} + {1})",
    "size_string": "len({0})",
    "string_size": "len({0})",
    "size_list": "len({0})",
    "list_size": "len({0})",
    "contains_string": "({1} in {0})",
    "starts_with_string": "{0}.startswith({1})",
    "ends_with_string": "{0}.endswith({1})",
    "int64_to_double": "float({0})",
    "double_to_int64": "to_int({0})",
    "bool_to_string": "('true' if {0} else 'false')",
} | {
    f"{order}_{kind}": f"({{0}} {sign} {{1}})"
    for order, sign in _ORDERS.items()
    for kind in ("bool", "int64", "double", "string")
}

IDENTITIES = frozenset({"double_to_double", "int64_to_int64", "string_to_string"})

WRITTEN_BY_HAND = frozenset({"logical_and", "logical_or", "in_list", "int64_to_string"})  # in compile.py

OVERLOADS = PATTERNS.keys() | IDENTITIES | WRITTEN_BY_HAND
