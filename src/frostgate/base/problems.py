"""Refusals on the wire: problem details (RFC 9457)."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from frostgate.base.errors import Refused
from frostgate.base.model import Language
from frostgate.base.statuses import STATUS
from frostgate.base.texts import both, say, title
from frostgate.base.wire import plain, to_json_bytes

CONTENT_TYPE = "application/problem+json"

_RETRY_SOON = 5  # seconds; what a client should wait when we cannot say better


class Invalid(Refused):
    """Values in the request are wrong; `errors` lists each with its place."""

    code = "request.invalid"


class MethodNotAllowed(Refused):
    """The address is right and the method is not."""

    code = "request.method_not_allowed"


class TooLarge(Refused):
    """The request is larger than we take at once."""

    code = "request.too_large"


class MediaType(Refused):
    """The body is of a kind that we do not read here."""

    code = "request.media_type"


class Internal(Refused):
    """Our own fault. What happened stands in the log under the request's id, never in the answer."""

    code = "server.internal"


def status_of(code: str) -> int:
    """The HTTP status of a code."""
    return STATUS.get(code, 400)


def problem(refused: Refused, language: Language, instance: str | None = None) -> dict[str, Any]:
    """The problem document for a reader of `language`; `instance` is the id of the request.

    Faults of our own (500 and above) show no parameters: a driver's words may name hosts, paths or users.
    """
    status = status_of(refused.code)
    params = refused.params if status < 500 else {}
    document: dict[str, Any] = {
        "type": f"/problems/{refused.code}",
        "title": title(status, language),
        "status": status,
        "detail": say(refused.code, language, **params),
        "code": refused.code,
        "texts": both(refused.code, **params),
    }
    if instance is not None:
        document["instance"] = instance
    if refused.pointer is not None:
        document["pointer"] = refused.pointer
    if params:
        document["params"] = _safe(params)
    return document


def problem_bytes(refused: Refused, language: Language, instance: str | None = None) -> bytes:
    """The problem document as JSON."""
    return to_json_bytes(problem(refused, language, instance))


def headers_of(refused: Refused, language: Language) -> dict[str, str]:
    """The headers that belong to the problem, besides its content type."""
    headers = {
        "content-language": language.value,
        "vary": "Accept-Language",
        "cache-control": "no-store",
    }
    status = status_of(refused.code)
    if status == 401:
        # RFC 6750, section 3.1: name the error only where a credential was given.
        error = ', error="invalid_token"' if refused.code == "auth.invalid" else ""
        headers["www-authenticate"] = f'Bearer realm="frostgate"{error}'
    if status in {429, 503}:
        headers["retry-after"] = str(refused.params.get("retry_after", _RETRY_SOON))
    if status == 405 and "allowed" in refused.params:
        headers["allow"] = str(refused.params["allowed"])
    return headers


async def send_problem(
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    refused: Refused,
    language: Language,
    request_id: str | None = None,
) -> None:
    """Answer a raw ASGI request with the problem."""
    body = problem_bytes(refused, language, request_id)
    headers = {
        **headers_of(refused, language),
        "content-type": CONTENT_TYPE,
        "content-length": str(len(body)),
    }
    if request_id is not None:
        headers["x-request-id"] = request_id
    await send(
        {
            "type": "http.response.start",
            "status": status_of(refused.code),
            "headers": [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})


def _safe(params: Mapping[str, Any]) -> Any:
    """The parameters as JSON; a value that JSON does not know is shown as text rather than spoil the answer."""
    try:
        return plain(params)
    except TypeError:
        return {name: str(value) for name, value in params.items()}
