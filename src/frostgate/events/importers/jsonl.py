"""Our own events, one JSON object a line: CloudEvents 1.0 in structured form, or the short form of policy examples.

The short form is `{"at": "2026-03-01T08:00:00Z", "type": "login", "data": {...}}`; `id`, `source` and `tenant` may
stand beside them. Both go through the same checks as events that arrive over HTTP, and as there an event that is told
twice is one event.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Any

import msgspec

from frostgate.base.errors import Refused
from frostgate.events import cloudevents
from frostgate.events.envelope import Envelope
from frostgate.events.importers.lines import Lines, event_id
from frostgate.events.model import PREFIX, Event, EventType

FORMAT = "jsonl"

_MARK = "\ufeff".encode()  # a byte order mark, which some editors leave at the beginning of a file
_AT_ONCE = timedelta(0)
_ASIDE = PREFIX + "simulation."  # what a simulated stream says to its evaluation, and to nobody else

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class _Either(msgspec.Struct):
    """Just enough of a line to see which form it has."""

    specversion: Any = None


class _Short(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The short form."""

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    type: EventType
    data: msgspec.Raw
    id: Text | None = None
    source: Text | None = None
    tenant: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None


_either = msgspec.json.Decoder(_Either).decode
_short = msgspec.json.Decoder(_Short).decode
_envelope = msgspec.json.Decoder(Envelope).decode


def read(lines: Lines, *, tenant_id: str, year: int | None = None) -> Iterator[Event]:
    """The events of a file, in its order; `tenant_id` is for those that name no tenant."""
    told: set[bytes] = set()
    for line in lines:
        text = line.removeprefix(_MARK) if lines.count == 1 else line
        if not text.strip():
            continue
        try:
            envelope = _read(text, lines.count, tenant_id)
            if envelope.type.startswith(_ASIDE):
                continue
            assert envelope.time is not None, "BUG: an event of a file without its time"
            name = _name(envelope)
            if name in told:
                lines.wrong("the same source and id as an earlier line")
                continue
            # Its own time stands for the time of arrival: nothing in a file is too old or comes too early.
            event = cloudevents.read(envelope, speaks_for=None, received_at=envelope.time, oldest=_AT_ONCE)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            lines.wrong(str(error))
        except Refused as refused:
            problem = refused.params.get("problem") or ", ".join(str(value) for value in refused.params.values())
            lines.wrong(f"{refused.pointer or '/'}: {problem or refused.code}")
        else:
            told.add(name)
            yield event


def _name(envelope: Envelope) -> bytes:
    """What names an event, in few bytes, because all names of a file are remembered."""
    parts = (envelope.tenant, envelope.source, envelope.id)
    return blake2b(msgspec.msgpack.encode(parts), digest_size=16).digest()


def _read(text: bytes, number: int, tenant_id: str) -> Envelope:
    if _either(text).specversion is not None:
        envelope = _envelope(text)
        if envelope.time is None:
            raise msgspec.ValidationError("an event of a file needs its `time`")
        return msgspec.structs.replace(envelope, tenant=envelope.tenant or tenant_id)
    short = _short(text)
    return Envelope(
        specversion="1.0",
        id=short.id or event_id(number, text),
        source=short.source or "/replay",
        type=PREFIX + short.type.value,
        data=short.data,
        time=short.at,
        tenant=short.tenant or tenant_id,
    )
