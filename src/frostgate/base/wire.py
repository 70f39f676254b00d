"""How values become bytes: one JSON form, with sorted keys, so that equal values are equal bytes."""

from typing import Any, TypeVar

import msgspec

K = TypeVar("K", bound=type[msgspec.Struct])

_encoder = msgspec.json.Encoder(order="deterministic", decimal_format="number")


def to_json(value: Any) -> str:
    """Canonical JSON text of any of our structs or plain values."""
    return _encoder.encode(value).decode()


def to_json_bytes(value: Any) -> bytes:
    """Canonical JSON bytes of any of our structs or plain values."""
    return _encoder.encode(value)


def from_json(text: str | bytes) -> Any:
    """Plain values back from JSON that we wrote ourselves."""
    return msgspec.json.decode(text)


def prepared(shape: K) -> K:
    """A decorator for shapes that are converted from plain values: all that takes is made now, before threads run.

    The first time that a shape is read, msgspec looks up what it is made of, and a second thread that reads it
    meanwhile finds half of it and crashes. What reads JSON is a decoder beside the shape, made when it is imported.
    """
    msgspec.json.Decoder(shape)
    return shape


def plain(value: Any) -> Any:
    """A struct as dicts, lists and text, as it would look after a trip through JSON."""
    return msgspec.json.decode(_encoder.encode(value))
