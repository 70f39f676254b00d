"""The public API as anybody would call it: plain HTTP with a token. The demo knows no other way in."""

import http.client
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from frostgate.base.model import Language

HOST = "127.0.0.1"
TIMEOUT = 60.0

EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

Json = Any


class Unexpected(Exception):
    """The API answered with a problem where the story needs a yes."""

    def __init__(self, method: str, path: str, status: int, document: Json) -> None:
        self.status = status
        self.code = document.get("code") if isinstance(document, dict) else None
        detail = document.get("detail") if isinstance(document, dict) else document
        super().__init__(f"{method} {path}: {status} {self.code or ''} {detail}")


class Client:
    """Speaks for one token. Each call has a connection of its own, so nothing is ever stale."""

    def __init__(self, port: int, token: str | None = None, *, language: Language = Language.EN) -> None:
        self.port = port
        self.language = language  # of what it reads aloud
        self.token = token

    def get(self, path: str, **query: str | int) -> Json:
        """Read something."""
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: Json) -> Json:
        """Make or decide something."""
        return self.call("POST", path, body)

    def event(self, event: Mapping[str, Json]) -> Json:
        """Tell one event; the answer is its verdict."""
        return self.call("POST", "/v1/events", event, content_type=EVENT)

    def events(self, events: Iterable[Mapping[str, Json]]) -> list[Json]:
        """Tell many events at once; an answer for each, in order."""
        found: list[Json] = self.call("POST", "/v1/events", list(events), content_type=BATCH)
        return found

    def call(self, method: str, path: str, body: Json = None, *, content_type: str = "application/json") -> Json:
        """One request and its answer.

        Raises:
            Unexpected: the answer is a problem.
            OSError: nobody answers.
        """
        headers = {"accept-language": self.language.value}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        data = None
        if body is not None:
            data, headers["content-type"] = json.dumps(body, ensure_ascii=False).encode(), content_type
        connection = http.client.HTTPConnection(HOST, self.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            raw = answer.read()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()
        document = json.loads(raw) if "json" in (answer.headers.get_content_type() or "") and raw else raw.decode()
        if answer.status >= 300:
            raise Unexpected(method, path, answer.status, document)
        return document
