"""The three modes of CloudEvents over HTTP say the same, and each fault has its place."""

import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.base.errors import Malformed
from frostgate.base.problems import MediaType, TooLarge
from frostgate.events.cloudevents import BATCH, MAX_BATCH, STRUCTURED, Envelope, envelopes, read
from frostgate.events.errors import EventRefused, TenantMismatch, TenantMissing
from frostgate.events.model import Event

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DATA = {"account": "li", "ip": "101.6.6.6", "outcome": "success"}
EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "/im",
    "type": "io.frostgate.login",
    "time": "2026-03-02T03:59:00Z",
    "data": DATA,
}


def one(content_type: str, headers: dict[str, str], body: bytes) -> Event:
    [found] = envelopes(content_type, headers, body)
    assert isinstance(found, Envelope)
    return checked(found)


def checked(found: Envelope) -> Event:
    return read(found, speaks_for="acme", received_at=NOON, oldest=timedelta(days=7))


def test_all_modes_say_the_same() -> None:
    whole = json.dumps(EVENT).encode()
    attributes = {f"ce-{name}": str(value) for name, value in EVENT.items() if name != "data"}
    assert (
        one(STRUCTURED, {}, whole)
        == one(f"{STRUCTURED}; charset=utf-8", {}, whole)
        == one(BATCH.upper(), {}, b"[" + whole + b"]")
        == one("application/json", attributes, json.dumps(DATA).encode())
    )


def test_attributes_in_headers_are_percent_encoded() -> None:
    """HTTP protocol binding, section 3.1.3.2."""
    attributes = {f"ce-{name}": str(value) for name, value in EVENT.items() if name != "data"} | {
        "ce-source": "/%E8%81%8A"
    }
    assert one("application/json", attributes, json.dumps(DATA).encode()).source == "/聊"


def test_extensions_are_passed_over() -> None:
    assert one(STRUCTURED, {}, json.dumps({**EVENT, "traceparent": "00-abc", "dataschema": "x"}).encode()).id == "1"


def test_each_event_of_a_batch_stands_alone() -> None:
    broken = [{**EVENT, "id": 7}, EVENT, "text", {**EVENT, "time": "soon"}, None, EVENT]
    found = envelopes(BATCH, {}, json.dumps(broken).encode())
    assert [type(each).__name__ for each in found] == [
        "EventRefused", "Envelope", "EventRefused", "EventRefused", "EventRefused", "Envelope",
    ]  # fmt: skip


def test_text_that_is_no_utf_8_is_refused_alone() -> None:
    whole = json.dumps(EVENT).encode()
    broken = [whole.replace(b'"li"', b'"\xff\xfe"'), whole.replace(b'"/im"', b'"\xff\xfe"')]
    told: list[str] = []
    for found in envelopes(BATCH, {}, b"[" + b",".join([whole, *broken, whole]) + b"]"):
        try:
            told.append(found.pointer if isinstance(found, EventRefused) else checked(found).id)  # type: ignore[arg-type]
        except EventRefused as refused:
            told.append(str(refused.pointer))
    assert told == ["1", "/data", "", "1"]


@pytest.mark.parametrize("where", ["id", "source", "account"])
@pytest.mark.parametrize("sign", ["\x07", "\x85", "\u200e", "\u202e", "\u2066"])
def test_a_name_that_would_not_be_shown_as_it_is_is_refused(where: str, sign: str) -> None:
    event = {**EVENT, "data": {**DATA}}
    (event["data"] if where == "account" else event)[where] = f"a{sign}b"
    with pytest.raises(EventRefused) as refused:
        one(STRUCTURED, {}, json.dumps(event).encode())
    assert refused.value.pointer == ("/data/account" if where == "account" else f"/{where}")


def test_a_batch_has_an_end() -> None:
    most = list(envelopes(BATCH, {}, b"[" + b",".join([b"{}"] * MAX_BATCH) + b"]"))
    assert len(most) == MAX_BATCH
    with pytest.raises(TooLarge):
        envelopes(BATCH, {}, b"[" + b",".join([b"{}"] * (MAX_BATCH + 1)) + b"]")


def test_what_is_too_long_is_not_read_to_find_that_out() -> None:
    """Not one element becomes a value of its own beyond the last that could be taken."""
    body = b"[" + b"1," * 2_000_000 + b"1]"
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            envelopes(BATCH, {}, body)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < len(body)


@given(st.binary(max_size=200), st.sampled_from([STRUCTURED, BATCH, "application/json", "", "text/plain"]))
def test_rubbish_is_refused_and_nothing_else_happens(body: bytes, content_type: str) -> None:
    for headers in ({}, {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/", "ce-type": "io.frostgate.login"}):
        try:
            found = envelopes(content_type, headers, body)
            for each in found:
                if isinstance(each, Envelope):
                    read(each, speaks_for="acme", received_at=NOON, oldest=timedelta(days=7))
        except (Malformed, MediaType, EventRefused):
            continue  # refused in our own words: anything else would fail the test


def test_who_speaks_for_many_says_for_whom() -> None:
    [unnamed] = envelopes(STRUCTURED, {}, json.dumps(EVENT).encode())
    [named] = envelopes(STRUCTURED, {}, json.dumps({**EVENT, "tenant": "bolt"}).encode())
    assert isinstance(unnamed, Envelope)
    assert isinstance(named, Envelope)
    asked = {"received_at": NOON, "oldest": timedelta(days=7)}
    assert read(named, speaks_for=None, **asked).tenant_id == "bolt"  # type: ignore[arg-type]
    with pytest.raises(TenantMissing):
        read(unnamed, speaks_for=None, **asked)  # type: ignore[arg-type]
    with pytest.raises(TenantMismatch):
        read(named, speaks_for="acme", **asked)  # type: ignore[arg-type]
