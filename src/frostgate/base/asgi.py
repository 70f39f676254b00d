"""The few lines that raw ASGI handlers share: read a body within a limit, answer with bytes."""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from frostgate.base.problems import TooLarge

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Handler = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON = (b"content-type", b"application/json")
SMALL = 64 * 1024  # bytes


class Gone(Exception):
    """The client left before its request was complete; there is nobody to answer."""


async def read_body(receive: Receive, *, limit: int) -> bytes:
    """The whole request body.

    Raises:
        TooLarge: it exceeds `limit` bytes.
        Gone: the client disconnected.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        pieces, size = [body], len(body)
        while message.get("more_body"):
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > limit:
                raise TooLarge(limit=f"{limit} bytes")
        body = b"".join(pieces)
    if len(body) > limit:
        raise TooLarge(limit=f"{limit} bytes")
    return body


async def read_ahead(scope: Scope, receive: Receive) -> Receive:
    """Take in a small request before anybody answers it; the same messages, to be received again.

    A refusal needs no body, and answers before it has come. Then the server closes the connection, because it does not
    know where the next request begins, and a client that sends one meets a connection that is gone.
    """
    length = header(scope, b"content-length")
    if length is None or not length.isdigit() or int(length) > SMALL:
        return receive
    taken = deque([await receive()])
    while taken[-1]["type"] == "http.request" and taken[-1].get("more_body"):
        taken.append(await receive())

    async def again() -> MutableMapping[str, Any]:
        return taken.popleft() if taken else await receive()

    return again


async def answer(
    send: Send, body: bytes, *, status: int = 200, headers: Iterable[tuple[bytes, bytes]] = (JSON,)
) -> None:
    """Send a complete answer."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, (b"content-length", str(len(body)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": body})


def header(scope: Scope, name: bytes) -> bytes | None:
    """One request header, by its lower-case name."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return None
