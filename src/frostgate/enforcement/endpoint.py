"""The AuthZEN endpoints as raw ASGI handlers: a server asks before every sign-in, message and call."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from frostgate.base.asgi import JSON, Handler, Receive, Scope, Send, answer, header, read_body
from frostgate.enforcement.gate import Gate

LIMIT = 1024 * 1024
EVALUATION = "/access/v1/evaluation"
EVALUATIONS = "/access/v1/evaluations"
DISCOVERY = "/.well-known/authzen-configuration"


class Caller(Protocol):
    """Who asks."""

    @property
    def tenant_id(self) -> str | None:
        """The only tenant whose accounts it may ask about; None for all."""
        ...


class GateEndpoint:
    """One question, or several, to an answer."""

    def __init__(self, evaluate: Callable[..., bytes], *, admit: Callable[[bytes | None], Awaitable[Caller]]) -> None:
        self._evaluate = evaluate
        self._admit = admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with 200 whatever the decision; `X-Request-ID` is echoed (section 10.1.3).

        Raises:
            Refused: the caller may not ask, or the body is not a question.
        """
        caller = await self._admit(header(scope, b"authorization"))
        body = await read_body(receive, limit=LIMIT)
        request_id = header(scope, b"x-request-id")
        headers = (JSON,) if request_id is None else (JSON, (b"x-request-id", request_id))
        await answer(send, self._evaluate(body, tenant_id=caller.tenant_id), headers=headers)


def endpoints(
    gate: Gate, *, admit: Callable[[bytes | None], Awaitable[Caller]], public_url: str
) -> dict[tuple[str, str], Handler]:
    """The gate's handlers by method and path, with the discovery document (section 9)."""
    document = msgspec.json.encode(
        {
            "policy_decision_point": public_url,
            "access_evaluation_endpoint": public_url + EVALUATION,
            "access_evaluations_endpoint": public_url + EVALUATIONS,
        }
    )

    async def discovery(_scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, document, headers=(JSON, (b"cache-control", b"public, max-age=3600")))

    return {
        ("POST", EVALUATION): GateEndpoint(gate.evaluate, admit=admit),
        ("POST", EVALUATIONS): GateEndpoint(gate.evaluate_many, admit=admit),
        ("GET", DISCOVERY): discovery,
    }
