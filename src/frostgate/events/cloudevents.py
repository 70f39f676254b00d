"""CloudEvents 1.0 in: binary, structured and batched, over HTTP.

Binary and structured modes follow the HTTP protocol binding, sections 3.1 and 3.2; a batch follows section 3.3. Each
event of a batch stands alone: one that cannot be read is refused by itself.
"""

import re
import socket
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import unquote

import msgspec

from frostgate.base.errors import Malformed
from frostgate.base.misfits import complaint, with_choices
from frostgate.base.money import CURRENCIES
from frostgate.base.problems import MediaType, TooLarge
from frostgate.events.envelope import Envelope
from frostgate.events.errors import (
    EventRefused,
    TenantMismatch,
    TenantMissing,
    TimeInFuture,
    TooOld,
    TypeUnknown,
)
from frostgate.events.model import DATA, PREFIX, Billing, Data, Event, misfit

BATCH = "application/cloudevents-batch+json"
STRUCTURED = "application/cloudevents+json"
MAX_BATCH = 10_000

# A sender's clock may run this much ahead of ours before we think that something is wrong.
CLOCK_AHEAD = timedelta(minutes=5)

# An account's id with a control character could never be registered, so a hold on it could never be placed; one that
# turns the direction of writing would show a reviewer another name than it is.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# The first elements of a list, one more than we take; the decoder passes over what follows and makes nothing of it.
# As a list, 16 MiB of `[1,1,...]` would keep the event loop for half a second before they could be counted.
_FIRST = [(f"element_{number}", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for number in range(MAX_BATCH + 1)]
_decode_first = msgspec.json.Decoder(msgspec.defstruct("_First", _FIRST, array_like=True)).decode

_decode_envelope = msgspec.json.Decoder(Envelope).decode
_decode_data = {PREFIX + kind.value: (kind, msgspec.json.Decoder(shape).decode) for kind, shape in DATA.items()}


def envelopes(content_type: str, headers: Mapping[str, str], body: bytes) -> Iterable[Envelope | EventRefused]:
    """The events of a request in their order, each read or refused by itself, and not before it is asked for.

    Raises:
        MediaType: neither a CloudEvents content type nor binary mode.
        Malformed: a single event, or a batch as a whole, is not JSON of the right shape.
        TooLarge: more than `MAX_BATCH` events.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == BATCH:
        return _batch(body)
    if kind == STRUCTURED:
        return [_single(body)]
    if "ce-specversion" in headers:
        return [_binary(kind, headers, body)]
    raise MediaType(given=kind or "none", wanted=f"{STRUCTURED}, {BATCH}, application/json + ce-*")


def read(envelope: Envelope, *, speaks_for: str | None, received_at: datetime, oldest: timedelta) -> Event:
    """The event in an envelope, checked. `speaks_for` is the sender's only tenant, None when it may name any.

    Raises:
        EventRefused: its type, data, time or tenant will not do; `pointer` says where.
    """
    found = _decode_data.get(envelope.type)
    if found is None:
        raise TypeUnknown(pointer="/type", type=envelope.type[:80])
    kind, decode = found
    try:
        data: Data = decode(envelope.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if not bytes(envelope.data):
            raise EventRefused(pointer="/data", problem="an event needs data") from None
        where = _where(error, "/data")
        problem = with_choices(where["problem"], DATA[kind], where["pointer"].removeprefix("/data"))
        raise EventRefused(pointer=where["pointer"], problem=problem) from None
    if _CONTROL.search(f"{envelope.id}{envelope.source}{data.account}"):
        names = {"/id": envelope.id, "/source": envelope.source, "/data/account": data.account}
        pointer = next(pointer for pointer, name in names.items() if _CONTROL.search(name))
        raise EventRefused(pointer=pointer, problem="control or direction characters")
    address = getattr(data, "ip", None)
    if address is not None and not _is_address(address):
        raise EventRefused(pointer="/data/ip", problem="not an IP address")
    if isinstance(data, Billing):
        _check_billing(data)
    time = envelope.time or received_at
    if time > received_at + CLOCK_AHEAD:
        raise TimeInFuture(pointer="/time", minutes=int(CLOCK_AHEAD.total_seconds() // 60))
    if time < received_at - oldest:
        raise TooOld(pointer="/time", days=oldest.days)
    return Event(
        tenant_id=_tenant(envelope.tenant, speaks_for),
        source=envelope.source,
        id=envelope.id,
        type=kind,
        time=time,
        received_at=received_at,
        data=data,
    )


def _check_billing(data: Billing) -> None:
    wrong = misfit(data)
    if wrong is not None:
        field, problem = wrong
        raise EventRefused(pointer=f"/data/{field}", problem=problem)
    if data.currency is not None and data.currency not in CURRENCIES:
        raise EventRefused(pointer="/data/currency", problem="not a currency of ISO 4217")


def _tenant(named: str | None, speaks_for: str | None) -> str:
    if speaks_for is None:
        if named is None:
            raise TenantMissing(pointer="/tenant")
        return named
    if named is not None and named != speaks_for:
        raise TenantMismatch(pointer="/tenant")
    return speaks_for


def _batch(body: bytes) -> Iterable[Envelope | EventRefused]:
    try:
        first = msgspec.structs.astuple(_decode_first(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(problem=str(error)) from None
    raws = [each for each in first if each is not msgspec.UNSET]
    if len(raws) > MAX_BATCH:
        raise TooLarge(limit=f"{MAX_BATCH} events")
    return map(_one_of_batch, raws)


def _one_of_batch(raw: msgspec.Raw) -> Envelope | EventRefused:
    try:
        return _decode_envelope(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return EventRefused(**_where(error, ""))


def _single(body: bytes) -> Envelope:
    try:
        return _decode_envelope(body)
    except msgspec.ValidationError as error:
        raise EventRefused(**_where(error, "")) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(problem=str(error)) from None


def _binary(content_type: str, headers: Mapping[str, str], body: bytes) -> Envelope:
    if content_type not in ("", "application/json"):
        raise MediaType(given=content_type, wanted="application/json")
    attributes = {name[3:]: unquote(value) for name, value in headers.items() if name.startswith("ce-")}
    attributes.pop("data", None)
    try:
        return msgspec.structs.replace(msgspec.convert(attributes, Envelope, strict=True), data=msgspec.Raw(body))
    except msgspec.ValidationError as error:
        raise EventRefused(**_where(error, "")) from None


def _where(error: Exception, prefix: str) -> dict[str, str]:
    """What a decoder complains of, and an RFC 6901 pointer to it: its own path reads like `$.recipients[3]`."""
    problem, path, _ = complaint(str(error))
    pointer = path.replace("[...]", "").replace(".", "/").replace("[", "/").replace("]", "")
    return {"pointer": prefix + pointer, "problem": problem}


def _is_address(text: str) -> bool:
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    try:
        socket.inet_pton(family, text)
    except (OSError, ValueError):
        return False
    return True
