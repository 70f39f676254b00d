"""How the two processes speak: each message with its length before it."""

import struct
from typing import IO

_LENGTH = struct.Struct(">I")


def give(pipe: IO[bytes], body: bytes) -> None:
    """Send a message."""
    pipe.write(_LENGTH.pack(len(body)) + body)
    pipe.flush()


def take(pipe: IO[bytes], most: int) -> bytes | None:
    """The next message, or None where the other side has ended or sends more bytes than anybody should."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > most:
        return None
    body = pipe.read(length)
    return body if len(body) == length else None
