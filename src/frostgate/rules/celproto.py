"""The wire form of a checked CEL expression, as far as we read it.

The official binding hands over a serialised `cel.expr.CheckedExpr`, and no package ships Python classes for it. So
the few messages that we read are described here, with the field numbers of cel-spec's `cel/expr/syntax.proto` and
`cel/expr/checked.proto`. The numbers are a published wire contract: they never change their meaning.

The description says proto2 although cel-spec says proto3: the bytes are the same, and proto2 lets us ask of every
field whether it is there, which is what telling `0` from `""` from nothing needs.
"""

from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "frostgate.celproto"
_Field = descriptor_pb2.FieldDescriptorProto

_SCALARS = {
    "bool": _Field.TYPE_BOOL,
    "int64": _Field.TYPE_INT64,
    "uint64": _Field.TYPE_UINT64,
    "int32": _Field.TYPE_INT32,
    "double": _Field.TYPE_DOUBLE,
    "string": _Field.TYPE_STRING,
    "bytes": _Field.TYPE_BYTES,
}

# message -> field -> (number, type); "*" marks a repeated field. A map is a repeated message of key and value.
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "CheckedExpr": {
        "reference_map": (2, "*ReferenceEntry"),
        "type_map": (3, "*TypeEntry"),
        "expr": (4, "Expr"),
        "source_info": (5, "SourceInfo"),
    },
    "ReferenceEntry": {"key": (1, "int64"), "value": (2, "Reference")},
    "Reference": {"name": (1, "string"), "overload_id": (3, "*string")},
    "TypeEntry": {"key": (1, "int64"), "value": (2, "Type")},
    "Type": {"primitive": (3, "int32"), "list_type": (6, "ListType")},  # others are refused unread
    "ListType": {"elem_type": (1, "Type")},
    "SourceInfo": {"positions": (4, "*PositionEntry")},
    "PositionEntry": {"key": (1, "int64"), "value": (2, "int32")},
    "Expr": {
        "id": (2, "int64"),
        "const_expr": (3, "Constant"),
        "ident_expr": (4, "Ident"),
        "select_expr": (5, "Select"),
        "call_expr": (6, "Call"),
        "list_expr": (7, "CreateList"),
        "struct_expr": (8, "CreateStruct"),
        "comprehension_expr": (9, "Comprehension"),
    },
    "Constant": {
        "null_value": (1, "int32"),
        "bool_value": (2, "bool"),
        "int64_value": (3, "int64"),
        "uint64_value": (4, "uint64"),
        "double_value": (5, "double"),
        "string_value": (6, "string"),
        "bytes_value": (7, "bytes"),
    },
    "Ident": {"name": (1, "string")},
    "Select": {"operand": (1, "Expr"), "field": (2, "string"), "test_only": (3, "bool")},
    "Call": {"target": (1, "Expr"), "function": (2, "string"), "args": (3, "*Expr")},
    "CreateList": {"elements": (1, "*Expr"), "optional_indices": (2, "*int32")},
    "CreateStruct": {"message_name": (1, "string")},
    "Comprehension": {
        "iter_var": (1, "string"),
        "iter_range": (2, "Expr"),
        "accu_var": (3, "string"),
        "accu_init": (4, "Expr"),
        "loop_condition": (5, "Expr"),
        "loop_step": (6, "Expr"),
        "result": (7, "Expr"),
        "iter_var2": (8, "string"),
    },
}

PRIMITIVES = {1: "bool", 2: "int", 3: "uint", 4: "double", 5: "string", 6: "bytes"}  # checked.proto, PrimitiveType


def _describe() -> Any:
    """Build the class of CheckedExpr in a pool of its own, so that it never meets another package's."""
    file = descriptor_pb2.FileDescriptorProto(name="frostgate/celproto.proto", package=_PACKAGE, syntax="proto2")
    for message, fields in _MESSAGES.items():
        described = file.message_type.add(name=message)
        for name, (number, kind) in fields.items():
            bare = kind.lstrip("*")
            field = described.field.add(name=name, number=number)
            field.label = _Field.LABEL_REPEATED if kind.startswith("*") else _Field.LABEL_OPTIONAL
            if bare in _SCALARS:
                field.type = _SCALARS[bare]
            else:
                field.type = _Field.TYPE_MESSAGE
                field.type_name = f".{_PACKAGE}.{bare}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.CheckedExpr"))


_CheckedExpr = _describe()


def checked_expr(serialised: bytes) -> Any:
    """The CheckedExpr inside the `google.protobuf.Any` that the binding's `serialize()` gives."""
    envelope = any_pb2.Any.FromString(serialised)
    assert envelope.type_url.endswith("/cel.expr.CheckedExpr"), "BUG: the CEL binding gave another message"
    return _CheckedExpr.FromString(envelope.value)


def kind_of(message: Any, kinds: tuple[str, ...]) -> str:
    """Which of the named fields is there; empty for none (a oneof of the original)."""
    return next((kind for kind in kinds if message.HasField(kind)), "")


EXPRESSIONS = tuple(name for name in _MESSAGES["Expr"] if name != "id")
CONSTANTS = tuple(_MESSAGES["Constant"])
