"""The OpenAPI 3.1 document: what the framework knows of its routes, and the raw handlers beside it."""

from typing import Any

import msgspec
from litestar import Request
from litestar.enums import OpenAPIMediaType
from litestar.openapi.plugins import OpenAPIRenderPlugin

from frostgate.base.wire import to_json_bytes
from frostgate.enforcement.endpoint import DISCOVERY, EVALUATION, EVALUATIONS
from frostgate.enforcement.gate import Ask, AskMany, Reply
from frostgate.events.cloudevents import BATCH, STRUCTURED
from frostgate.events.envelope import Envelope
from frostgate.events.model import DATA, PREFIX
from frostgate.limits.endpoint import TAKE, TakeAnswer, TakeAsked
from frostgate.rules.answer import Answer

_REF = "#/components/schemas/{name}"
_PROBLEM = {
    "description": "A refusal: problem details (RFC 9457) with a stable code and its sentence in both languages.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_REFUSALS = ("400", "401", "403", "404", "409", "413", "415", "422", "429", "503")
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "texts"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "texts": {"type": "object", "additionalProperties": {"type": "string"}},
        "pointer": {"type": "string"},
        "params": {"type": "object"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
    },
}


class Document(OpenAPIRenderPlugin):
    """Serves the document at `/schema`, and nothing else there: no page that would load scripts from elsewhere."""

    def __init__(self) -> None:
        super().__init__(path=["/", "/openapi.json"], media_type=OpenAPIMediaType.OPENAPI_JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The whole document as JSON."""
        return to_json_bytes(complete(openapi_schema))


def complete(found: dict[str, Any]) -> dict[str, Any]:
    """The framework's document with the raw handlers' paths and every refusal."""
    shapes, schemas = _schemas()
    components = found.setdefault("components", {}).setdefault("schemas", {})
    components.update(schemas)
    components["Problem"] = _PROBLEM_SCHEMA
    for item in found["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"].update(dict.fromkeys(_REFUSALS, _PROBLEM))
    found["paths"].update(_events_path(shapes) | _gate_paths(shapes) | _take_path(shapes))
    return found


def _schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    """References to the hot endpoints' shapes by their names, and the schemas that they refer to."""
    types: list[Any] = [Envelope, Answer, Ask, AskMany, Reply, TakeAsked, TakeAnswer, *DATA.values()]
    shapes, schemas = msgspec.json.schema_components(types, ref_template=_REF)
    by_name = {kind.__name__: shape for kind, shape in zip(types, shapes, strict=True)}
    data = {"oneOf": [by_name[kind.__name__] for kind in DATA.values()]}
    envelope = schemas["Envelope"]  # its data is raw until the type is known
    envelope["properties"]["data"] = data
    envelope["properties"]["type"] = {"type": "string", "enum": [PREFIX + kind.value for kind in DATA]}
    return by_name, schemas


def _events_path(shapes: dict[str, Any]) -> dict[str, Any]:
    one, answer = shapes["Envelope"], shapes["Answer"]
    return {
        "/v1/events": {
            "post": {
                "operationId": "PostEvents",
                "tags": ["events"],
                "summary": "Events in, verdicts out",
                "description": (
                    "CloudEvents 1.0: structured, batched, or binary with `ce-` headers. One event is answered by its "
                    "verdict, a batch by a list that has an answer or a problem for each event, in order. An answer "
                    "means that the event is on the disk. `source` and `id` name an event for ever: the same pair "
                    "again gets the first verdict."
                ),
                "requestBody": {
                    "required": True,
                    "content": {
                        STRUCTURED: {"schema": one},
                        BATCH: {"schema": {"type": "array", "items": one, "maxItems": 10_000}},
                    },
                },
                "responses": {
                    "200": {
                        "description": "Decided and durable.",
                        "content": {
                            "application/json": {"schema": {"anyOf": [answer, {"type": "array", "items": {}}]}}
                        },
                    },
                    **dict.fromkeys(_REFUSALS, _PROBLEM),
                },
            }
        }
    }


def _take_path(shapes: dict[str, Any]) -> dict[str, Any]:
    return {
        TAKE: {
            "post": {
                "operationId": "TakeFromLimits",
                "tags": ["limits"],
                "summary": "May this key make this call now? Takes from its quotas",
                "description": (
                    "All quotas that apply are taken from, or none. Both answers carry `RateLimit-Policy` and "
                    "`RateLimit` (draft-ietf-httpapi-ratelimit-headers-11) where anything is limited."
                ),
                "requestBody": {"required": True, "content": {"application/json": {"schema": shapes["TakeAsked"]}}},
                "responses": {
                    "200": {
                        "description": "Taken.",
                        "content": {"application/json": {"schema": shapes["TakeAnswer"]}},
                    },
                    **dict.fromkeys(_REFUSALS, _PROBLEM),
                },
            }
        }
    }


def _gate_paths(shapes: dict[str, Any]) -> dict[str, Any]:
    many = {"type": "object", "properties": {"evaluations": {"type": "array", "items": shapes["Reply"]}}}
    return {
        EVALUATION: _asking("Evaluate", "May this account use this service now?", shapes["Ask"], shapes["Reply"]),
        EVALUATIONS: _asking(
            "EvaluateMany", "Several questions at once", shapes["AskMany"], {"anyOf": [many, shapes["Reply"]]}
        ),
        DISCOVERY: {
            "get": {
                "operationId": "AuthzenConfiguration",
                "tags": ["gate"],
                "security": [],
                "summary": "Where the gate's endpoints are",
                "responses": {"200": {"description": "OpenID AuthZEN 1.0 metadata."}},
            }
        },
    }


def _asking(operation: str, summary: str, question: Any, reply: Any) -> dict[str, Any]:
    return {
        "post": {
            "operationId": operation,
            "tags": ["gate"],
            "summary": summary,
            "description": "OpenID AuthZEN Authorization API 1.0. A refusal is a 200 with `decision: false`.",
            "requestBody": {"required": True, "content": {"application/json": {"schema": question}}},
            "responses": {
                "200": {"description": "The decision.", "content": {"application/json": {"schema": reply}}},
                **dict.fromkeys(_REFUSALS, _PROBLEM),
            },
        }
    }
