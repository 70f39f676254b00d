"""What raw handlers share: a small request is taken in before it is answered, a large one is left where it is."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from frostgate.base.asgi import SMALL, read_ahead

PIECES: list[MutableMapping[str, Any]] = [
    {"type": "http.request", "body": b"one, ", "more_body": True},
    {"type": "http.request", "body": b"two", "more_body": False},
    {"type": "http.disconnect"},
]


async def heard(length: bytes | None, messages: list[MutableMapping[str, Any]]) -> tuple[int, list[Any]]:
    """How many messages were taken before anybody asked, and all of them as they are received then."""
    left = list(messages)

    async def receive() -> MutableMapping[str, Any]:
        return left.pop(0)

    headers = [] if length is None else [(b"content-length", length)]
    again = await read_ahead({"type": "http", "headers": headers}, receive)
    taken = len(messages) - len(left)
    return taken, [await again() for _ in messages]


@pytest.mark.parametrize(
    ("length", "messages", "taken"),
    [
        (b"8", PIECES, 2),
        (b"0", PIECES[1:], 1),
        (b"8", [PIECES[0], PIECES[2]], 2),  # the client left in the middle
        (str(SMALL + 1).encode(), PIECES, 0),
        (b"many", PIECES, 0),
        (None, PIECES, 0),
    ],
)
def test_a_small_request_is_taken_in_before_it_is_answered(
    length: bytes | None, messages: list[MutableMapping[str, Any]], taken: int
) -> None:
    assert asyncio.run(heard(length, messages)) == (taken, messages)
