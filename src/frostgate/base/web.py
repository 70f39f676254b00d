"""What HTTP routes stand on: request ids, refusals as problem documents, and the pages that explain them."""

import html
import re
from collections.abc import Mapping
from traceback import walk_tb
from typing import Any

import msgspec
import structlog
from litestar import Request, Response, get
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, MethodNotAllowedException, ValidationException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import FromPath, ParameterKwarg
from litestar.params import QueryParameter as InQuery
from litestar.serialization import decode_json
from litestar.types import ASGIApp, ExceptionHandlersMap, Message, Receive, Scope, Send
from msgspec.structs import replace

from frostgate.base.asgi import header
from frostgate.base.errors import Forbidden, Malformed, NotFound, Refused, Unauthenticated
from frostgate.base.ids import new_secret
from frostgate.base.misfits import complaint, explained, with_choices
from frostgate.base.model import Language
from frostgate.base.problems import (
    CONTENT_TYPE,
    Internal,
    Invalid,
    MediaType,
    MethodNotAllowed,
    TooLarge,
    headers_of,
    problem,
    problem_bytes,
    status_of,
)
from frostgate.base.statuses import STATUS
from frostgate.base.texts import both, pick_language, title

log = structlog.get_logger("frostgate.web")

# How a route says who may call it: `opt={NEEDS: Permission.X}`; PUBLIC is the word for "anybody".
NEEDS = "needs"
PUBLIC = "public"

_REQUEST_ID = "frostgate.request_id"
_USABLE_ID = re.compile(rb"[A-Za-z0-9_.-]{8,64}")

# The same mapping as ASGI and as the framework type it: both call our functions.
AnyScope = Any


def request_id(scope: AnyScope) -> str:
    """The id of this request: the gateway's own X-Request-Id where it is a decent one, else a new one."""
    known: str | None = scope.get(_REQUEST_ID)
    if known is None:
        given = header(scope, b"x-request-id")
        known = given.decode() if given and _USABLE_ID.fullmatch(given) else new_secret()[:22]
        scope[_REQUEST_ID] = known
    return known


def language_of(scope: AnyScope) -> Language:
    """The language that the reader of the answer asked for."""
    return pick_language(header(scope, b"accept-language"))


def client_address(scope: AnyScope) -> str:
    """Where the request came from, as the server sees it; behind a proxy the server must have set it right."""
    client = scope.get("client")
    return str(client[0]) if client else ""


class RequestIds:
    """Wraps the whole application so that every answer, also one of the router's own, names its request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        name = request_id(scope).encode()

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"] = list(message.get("headers", ()))
                if not any(key.lower() == b"x-request-id" for key, _ in headers):
                    headers.append((b"x-request-id", name))
            await send(message)

        await self.app(scope, receive, named)


async def refuse_unknown_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request of the API through where its address has no parameter that the route does not know.

    Somebody who misspells a filter would otherwise get everything, and act on all of it. A page to which other servers
    send browsers is not of the API: they may add what they like (RFC 6749, 4.1.2).

    Raises:
        Invalid: it names those that are unknown.
    """
    if not isinstance(handler, HTTPRouteHandler) or not handler.resolve_include_in_schema():
        return
    unknown = sorted(connection.query_params.keys() - parameters_of(handler))
    if unknown:
        raise invalid([Fault(problem=f"Unknown parameter `{name}`", parameter=name) for name in unknown])


def parameters_of(handler: BaseRouteHandler) -> set[str]:
    """What a route takes from the address after its question mark."""
    parameters = handler.parsed_fn_signature.parameters
    marked = {name: each.kwarg_definition for name, each in parameters.items()}
    return {mark.name or name for name, mark in marked.items() if isinstance(mark, InQuery)}


def answer_refused(request: Request[Any, Any, Any], refused: Refused) -> Response[bytes]:
    """The problem document of a refusal, in the reader's language; a page for whoever lost their way in a browser."""
    language, instance = language_of(request.scope), request_id(request.scope)
    if status_of(refused.code) >= 500 and not isinstance(refused, Internal):
        log.error("request.refused_by_us", code=refused.code, request_id=instance, params=refused.params)
    headers = {**headers_of(refused, language), "x-request-id": instance}
    if _wants_page(request.scope) and not request.url.path.startswith("/v1/"):
        texts = problem(refused, language)["texts"]
        headers["vary"] = "Accept, Accept-Language"
        return _page(refused.code, language, texts, status=status_of(refused.code), headers=headers, instance=instance)
    body = problem_bytes(refused, language, instance)
    return Response(body, status_code=status_of(refused.code), media_type=CONTENT_TYPE, headers=headers)


def exception_handlers() -> ExceptionHandlersMap:
    """What the application does with everything that can be raised on the way to an answer."""
    return {
        Refused: answer_refused,
        HTTPException: _answer_http,
        msgspec.ValidationError: _answer_validation,
        Exception: _answer_unexpected,
    }


def _answer_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if error.status_code >= 500:
        return _answer_unexpected(request, error)
    if isinstance(error, ValidationException) and error.extra:
        return answer_refused(request, invalid(_faults(error, request.route_handler)))
    return answer_refused(request, refusal_of(error))


def _answer_validation(request: Request[Any, Any, Any], error: msgspec.ValidationError) -> Response[bytes]:
    return answer_refused(request, invalid([fault(str(error))]))


def _answer_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Log what happened under the request's id, and tell the client no more than the id."""
    if _is_of_body(error):
        return answer_refused(request, Malformed(problem=str(error)))
    log.error(
        "request.failed",
        request_id=request_id(request.scope),
        method=request.method,
        path=request.url.path,
        exc_info=error,
    )
    return answer_refused(request, Internal())


def _is_of_body(error: Exception) -> bool:
    """Whether the body could not be read. Text that is no UTF-8, and too deep a nesting, the framework lets through."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return frames[-1].f_code is decode_json.__code__ if frames else False


def refusal_of(error: HTTPException) -> Refused:
    """What the framework refuses, in our own words."""
    if isinstance(error, ValidationException):
        return Invalid(problem=error.detail)
    if isinstance(error, MethodNotAllowedException):
        return MethodNotAllowed(allowed=(error.headers or {}).get("allow"))
    plain_words: dict[int, type[Refused]] = {
        401: Unauthenticated,
        403: Forbidden,
        404: NotFound,
        413: TooLarge,
        415: MediaType,
    }
    known = plain_words.get(error.status_code)
    return known() if known else Malformed(problem=error.detail)


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One value that is wrong: where it stands (RFC 6901 in the body, or a parameter's name), and why.

    `problem` is the decoder's own message, with the choices where these are few; `texts` says it to people.
    """

    problem: str
    pointer: str | None = None
    parameter: str | None = None
    texts: dict[str, str] = {}


def invalid(faults: list[Fault]) -> Invalid:
    """The refusal that lists these faults and points at the first one in the body."""
    pointer = next((f.pointer for f in faults if f.pointer is not None), None)
    errors = [replace(f, texts={each.value: explained(f.problem, each) for each in Language}) for f in faults]
    return Invalid(pointer=pointer, problem="; ".join(_sentence(f) for f in faults), errors=errors)


def fault(message: str, below: str = "") -> Fault:
    """A fault from msgspec's message, with its path below `below` as an RFC 6901 pointer."""
    words, path, _ = complaint(message)
    path = path.removeprefix(below)
    steps = [step for step in re.split(r"\.|\[|\]", path) if step]
    if "..." in path:  # msgspec does not name the key of a mapping; point at the mapping itself
        steps = [step for step in re.split(r"\.|\[|\]", path.partition("[...]")[0]) if step]
    named = re.search(r"(?:required|unknown) field `([^`]*)`", words)
    if named:
        steps.append(named[1])
    escaped = (step.replace("~", "~0").replace("/", "~1") for step in steps)
    return Fault(problem=words, pointer="".join(f"/{step}" for step in escaped))


def _faults(error: ValidationException, handler: BaseRouteHandler) -> list[Fault]:
    """Each fault that the framework found. For the body its own path is lossy, so the cause's path is read."""
    cause = str(error.__cause__ or "")
    found = []
    for entry in error.extra or ():
        if not isinstance(entry, dict):
            continue
        key, message = str(entry.get("key", "")), str(entry.get("message", ""))
        if entry.get("source") != "body":
            found.append(_fault_of_parameter(handler, key, message))
        elif " - at `$.data" in cause:
            of_body = fault(cause, below=".data")
            shape = handler.parsed_fn_signature.parameters["data"].annotation
            found.append(replace(of_body, problem=with_choices(of_body.problem, shape, of_body.pointer or "")))
        else:
            found.append(Fault(problem=message, pointer="" if key == "data" else f"/{key}"))
    return found


def _fault_of_parameter(handler: BaseRouteHandler, key: str, message: str) -> Fault:
    """A fault by the parameter's name in the address, which may be another than in our function."""
    known = handler.parsed_fn_signature.parameters.get(key)
    if known is None:
        return Fault(problem=message, parameter=key or None)
    mark = known.kwarg_definition
    named = mark.name if isinstance(mark, ParameterKwarg) and mark.name else key
    return Fault(problem=with_choices(message, known.annotation), parameter=named)


def _sentence(f: Fault) -> str:
    place = f.pointer or f.parameter
    return f"{place}: {f.problem}" if place else f.problem


def _wants_page(scope: AnyScope) -> bool:
    """Whether a browser asks, rather than a program."""
    return b"text/html" in (header(scope, b"accept") or b"")


_ID_NAMED = {Language.ZH: "请求编号：", Language.EN: "Request id: "}
_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{code}</title><style>body{{font:16px/1.7 system-ui,sans-serif;max-width:40rem;margin:10vh auto;padding:0 1rem}}
code{{background:#f2f3f5;padding:.1em .4em;border-radius:4px}}p+p{{color:#666}}</style></head>
<body><h1>{title}</h1><p>{first}</p><p lang="{other_lang}">{second}</p>
<p><code>{code}</code> HTTP {status}{asked}</p></body></html>
"""


@get("/problems/{code:str}", opt={NEEDS: PUBLIC}, sync_to_thread=False, include_in_schema=False)
def problem_page(code: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """What a code means, in both languages: a page for people, JSON for programs."""
    if code not in STATUS:
        raise NotFound
    language = language_of(request.scope)
    headers = {"content-language": language.value, "vary": "Accept, Accept-Language"}
    if not _wants_page(request.scope):
        body = msgspec.json.encode({"code": code, "status": STATUS[code], "texts": both(code)})
        return Response(body, media_type="application/json", headers=headers)
    return _page(code, language, both(code), status=200, headers=headers)


def _page(
    code: str,
    language: Language,
    texts: Mapping[str, str],
    *,
    status: int,
    headers: Mapping[str, str],
    instance: str = "",
) -> Response[bytes]:
    """What a code says, as a page in both languages, the reader's first; `instance` is the id of the request."""
    other = Language.EN if language is Language.ZH else Language.ZH
    page = _PAGE.format(
        lang=language.value,
        other_lang=other.value,
        code=html.escape(code),
        title=html.escape(title(status_of(code), language)),
        first=html.escape(texts[language]),
        second=html.escape(texts[other]),
        status=status_of(code),
        asked=f"<br>{_ID_NAMED[language]}<code>{html.escape(instance)}</code>" if instance else "",
    )
    policy = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(page.encode(), status_code=status, media_type="text/html", headers={**headers, **policy})
