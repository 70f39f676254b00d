"""What may stand at a place of a value, where that is one of a few: said to whoever wrote something else there."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec.inspect as shapes

_MOST = 40  # a longer list helps nobody


@lru_cache(maxsize=1024)  # a batch often has the same mistake in every event
def choices(shape: Any, pointer: str = "") -> tuple[str, ...]:
    """The values that a type allows at a place below it (RFC 6901); none where they are not few, or are no words."""
    found = [shapes.type_info(shape)]
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        found = [below for each in found for below in _below(each, name)]
    allowed = tuple(dict.fromkeys(word for each in found for word in _words(each)))
    return allowed if len(allowed) <= _MOST else ()


def _below(shape: shapes.Type, name: str) -> Iterator[shapes.Type]:
    """What stands under a field's name, a key, or a place in a list."""
    for each in _members(shape):
        match each:
            case shapes.StructType(fields=fields):
                yield from (field.type for field in fields if field.encode_name == name)
            case shapes.DictType(value_type=value):
                yield value
            case shapes.CollectionType(item_type=item):
                yield item


def _words(shape: shapes.Type) -> Iterator[str]:
    for each in _members(shape):
        match each:
            case shapes.EnumType(cls=cls):
                yield from (str(member.value) for member in cls)
            case shapes.LiteralType(values=values):
                yield from map(str, values)


def _members(shape: shapes.Type) -> Iterator[shapes.Type]:
    """A type without its metadata; of a union each."""
    match shape:
        case shapes.Metadata(type=inner):
            yield from _members(inner)
        case shapes.UnionType(types=types):
            for each in types:
                yield from _members(each)
        case _:
            yield shape
