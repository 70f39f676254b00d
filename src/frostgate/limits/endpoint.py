"""The take as a raw ASGI handler: the platform's API gateway asks before it lets a call through.

Both answers carry the fields of draft-ietf-httpapi-ratelimit-headers-11, so that a gateway can pass them on as they
are: `RateLimit-Policy` says what the quotas are, `RateLimit` what is left of them.
"""

from collections.abc import Awaitable, Callable, Iterable

import msgspec

from frostgate.base.asgi import JSON, Handler, Receive, Scope, Send, answer, header, read_body
from frostgate.base.errors import Malformed, Refused
from frostgate.base.problems import CONTENT_TYPE, headers_of, problem_bytes, status_of
from frostgate.base.web import language_of, request_id
from frostgate.directory.errors import TenantUnknown
from frostgate.directory.model import Name, Principal
from frostgate.limits.errors import CostTooLarge, LimitsExceeded, TenantMissing
from frostgate.limits.meter import Meter, Reading, Take
from frostgate.limits.model import MICROSECONDS, Cost, Method

LIMIT = 64 * 1024
TAKE = "/v1/limits/take"


class TakeAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a gateway wants to let through; a caller of one tenant need not name it."""

    key: Name
    method: Method
    tenant: str | None = None
    cost: Cost = 1


class LimitLeft(msgspec.Struct, frozen=True):
    """What is left of one quota."""

    name: str
    remaining: int
    resets_in: int  # seconds until it is whole again


class TakeAnswer(msgspec.Struct, frozen=True):
    """A take that was let through; no limits: nothing limits it."""

    allowed: bool
    limits: list[LimitLeft]


_decode = msgspec.json.Decoder(TakeAsked).decode
_encode = msgspec.json.Encoder().encode


class TakeEndpoint:
    """One take to an answer. `knows` says whether there is a tenant."""

    def __init__(
        self, meter: Meter, *, admit: Callable[[bytes | None], Awaitable[Principal]], knows: Callable[[str], bool]
    ) -> None:
        self._meter = meter
        self._admit = admit
        self._knows = knows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with 200 where everything was taken, with a problem where nothing was.

        Raises:
            Refused: the caller may not take, or the body is not a take.
        """
        caller = await self._admit(header(scope, b"authorization"))
        asked = _read(await read_body(receive, limit=LIMIT))
        tenant_id = asked.tenant or caller.tenant_id
        if tenant_id is None:
            raise TenantMissing(pointer="/tenant")
        caller.within(tenant_id)
        if not self._knows(tenant_id):  # where nobody is known nothing is limited, and that must not mean yes
            raise TenantUnknown(pointer="/tenant", tenant=tenant_id[:64])
        took = self._meter.take(tenant_id, asked.key, asked.method, asked.cost)
        if took.allowed:
            left = [LimitLeft(each.applied.name, each.level.remaining, _up(each.level.reset)) for each in took.readings]
            await answer(send, _encode(TakeAnswer(True, left)), headers=(JSON, *fields(took.readings)))
        else:
            await _refuse(scope, send, took, asked.cost)


def endpoints(
    meter: Meter, *, admit: Callable[[bytes | None], Awaitable[Principal]], knows: Callable[[str], bool]
) -> dict[tuple[str, str], Handler]:
    """The handler by method and path."""
    return {("POST", TAKE): TakeEndpoint(meter, admit=admit, knows=knows)}


def fields(readings: Iterable[Reading], *, at_most: int | None = None) -> list[tuple[bytes, bytes]]:
    """The header fields of the draft; none where nothing is limited. `at_most` (seconds) bounds the windows told.

    Spent evenly over `t` seconds, `r` units are never refused. Where a refusal says when to come back, no `t` ends
    later than that (section 6).
    """
    policies, limits = [], []
    for each in readings:
        window = max(_up(each.level.window), 1)
        window = window if at_most is None else min(window, at_most)
        policies.append(each.applied.policy)
        limits.append(f'"{each.applied.name}";r={each.level.remaining};t={window}')
    if not policies:
        return []
    return [(b"ratelimit-policy", ", ".join(policies).encode()), (b"ratelimit", ", ".join(limits).encode())]


def refusal_of(took: Take, cost: int) -> Refused:
    """Why nothing was taken, and when it is worth while to come back."""
    refusing = [each for each in took.readings if each.refused]
    for each in refusing:
        if each.retry_after is None:
            return CostTooLarge(pointer="/cost", limit=each.applied.name, burst=each.applied.quota.burst, cost=cost)
    wait = max(each.retry_after or 0 for each in refusing)
    return LimitsExceeded(limits=[each.applied.name for each in refusing], retry_after=max(_up(wait), 1))


async def _refuse(scope: Scope, send: Send, took: Take, cost: int) -> None:
    refused, language, request = refusal_of(took, cost), language_of(scope), request_id(scope)
    plain = {**headers_of(refused, language), "content-type": CONTENT_TYPE, "x-request-id": request}
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in plain.items()]
    limits = fields(took.readings, at_most=refused.params.get("retry_after"))
    body = problem_bytes(refused, language, request)
    await answer(send, body, status=status_of(refused.code), headers=(*headers, *limits))


def _read(body: bytes) -> TakeAsked:
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(problem=str(error)) from None


def _up(microseconds: int) -> int:
    """Whole seconds, rounded up."""
    return -(-microseconds // MICROSECONDS)
