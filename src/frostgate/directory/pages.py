"""Pages of a list: the shape, and the query parameters that ask for one."""

from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from frostgate.directory.model import NAME

T = TypeVar("T")

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many at most.")]
After = Annotated[
    str | None, QueryParameter(max_length=256, pattern=NAME, description="`next` of the page before this one.")
]


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some of a list; `next` asks for what follows, and is null at the end."""

    items: list[T]
    next: str | None


def page_of(found: list[Any], limit: int) -> Page[Any]:
    """A page of a list that was read with one more than asked for, to know whether anything follows."""
    items = found[:limit]
    return Page(items, items[-1].id if len(found) > limit else None)
