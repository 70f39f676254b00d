"""Schemathesis asks what the OpenAPI document allows and much that it does not: nothing breaks, answers conform."""

import copy
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from frostgate.base.web import parameters_of
from routes import routes
from servers import BACKENDS, Databases
from world import World

# Left out on purpose, each with its reason.
LEFT_OUT = {
    ("DELETE", "/v1/session"): "it would sign out the one who asks; test_http_access calls it",
    ("PUT", "/v1/session/password"): "it would lock out the one who asks after some wrong guesses",
    ("DELETE", "/v1/sessions"): "it would end the sessions of whoever else asks here as the same person",
    ("POST", "/v1/session"): "argon2 makes it slow on purpose, and it locks addresses out; tests/directory has it",
}

TAKES = {"requestBody", "parameters"}

bounded = settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.generate],
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module", params=BACKENDS)
def served(request: pytest.FixtureRequest, databases: Databases) -> Iterator[World]:
    """The server on each database: they do not agree on what a text or a number may be."""
    url = databases.make(request.param)
    built = World(url, databases.secrets[request.param])
    yield built
    built.close()
    databases.remove(url)


@pytest.fixture(scope="module")
def document(served: World) -> dict[str, Any]:
    found: dict[str, Any] = served.http.get("/schema").raise_for_status().json()
    return found


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert "/v1/events" in document["paths"]
    assert "/access/v1/evaluation" in document["paths"]


def test_what_a_route_takes_after_the_question_mark_is_what_the_document_names(
    served: World, document: dict[str, Any]
) -> None:
    """What the document names and `parameters_of` does not is refused as unknown: nobody could ever ask for it."""
    app: Any = served.server.application.litestar.app
    taken = {
        (method.lower(), route.path_format): parameters_of(handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.resolve_include_in_schema()
        for method in handler.http_methods
        if method != "OPTIONS"
    }
    named = {
        (method, path): {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if (method, path) in taken
    }
    assert named == taken
    assert sum(map(bool, named.values())) > 20


def test_every_route_is_in_it(served: World, document: dict[str, Any]) -> None:
    known = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    wanted = {
        (
            route.method,
            "/".join(step.partition(":")[0] + "}" if ":" in step else step for step in route.path.split("/")),
        )
        for route in routes(served.server.application)
        if route.path.startswith(("/v1", "/access", "/.well-known")) and not route.is_page
    }
    assert wanted - known == set()


def test_every_operation_says_how_it_refuses(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            refusals = [status for status in operation["responses"] if status >= "400"]
            assert refusals or operation.get("security") == [], (method, path)


def operations(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if (method.upper(), path) not in LEFT_OUT
    ]


@pytest.mark.slow
def test_nothing_breaks_and_all_answers_conform(served: World, document: dict[str, Any]) -> None:
    """As the superintendent, so that nothing is refused before it was looked at."""
    schema = schemathesis.openapi.from_dict(copy.deepcopy(document))
    headers, problems = served.boss().headers, []
    for (method, path), mode in itertools.product(operations(document), GenerationMode):
        operation = schema[path][method]
        if mode is GenerationMode.NEGATIVE and not (document["paths"][path][method.lower()].keys() & TAKES):
            continue  # without a body or a parameter there is nothing to get wrong

        @bounded
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case) -> None:
            answer = case.call(base_url=served.server.address, headers=headers)
            case.validate_response(answer, checks=CHECKS)

        try:
            ask()
        except (Exception, BaseExceptionGroup) as problem:
            problems.append(f"{mode.name} {method} {path}: {problem!r}"[:1500])
    assert problems == [], "\n\n".join(problems)
