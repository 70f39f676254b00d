"""The road of events itself: what it refuses, and how it lets others in between."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from deciding import Deciding
from frostgate.base.clock import HandClock
from frostgate.base.errors import Refused
from frostgate.events.cloudevents import BATCH, MAX_BATCH
from frostgate.events.endpoint import AT_ONCE, WRITTEN_AT_ONCE, EventsEndpoint
from frostgate.events.intake import Enough, Intake
from frostgate.events.model import Event
from servers import NOON


class Anybody:
    """A sender that may name any tenant."""

    tenant_id = "acme"


async def admit(_authorization: bytes | None) -> Anybody:
    return Anybody()


def decide(events: Sequence[Event], _: Enough) -> list[Any | Refused]:
    return [{"id": event.id} for event in events]


async def ask(body: bytes, kept: timedelta = timedelta.max) -> tuple[list[Any], int]:
    """The answers to a batch, and how often others had their turn meanwhile."""
    intake: Intake[Any] = Intake(Deciding(decide))
    intake.start()
    endpoint = EventsEndpoint(
        intake,
        admit=admit,
        knows_tenant=lambda _: True,
        clock=HandClock(NOON),
        oldest=timedelta(days=7),
        kept=lambda: kept,
    )
    sent: list[Any] = []
    turns = 0

    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    async def others() -> None:
        nonlocal turns
        while len(sent) < 2:
            turns += 1
            await asyncio.sleep(0)

    meanwhile = asyncio.ensure_future(others())
    await endpoint({"headers": [(b"content-type", BATCH.encode())]}, receive, send)
    await meanwhile
    intake.stop()
    return json.loads(sent[1]["body"]), turns


def event(number: int, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(number),
        "source": "/im",
        "type": "io.frostgate.login",
        "time": (NOON - timedelta(days=number)).isoformat(),
        "data": {"account": "li", "ip": "101.6.6.6", "outcome": "success", **data},
    }


def names(answers: Sequence[Any]) -> list[str]:
    return [each.get("id") or each["code"] for each in answers]


@pytest.mark.parametrize(
    ("kept", "taken"), [(timedelta(days=90), 7), (timedelta(days=3), 3), (timedelta(days=7), 7), (timedelta.max, 7)]
)
def test_an_event_older_than_events_are_kept_is_too_old(kept: timedelta, taken: int) -> None:
    """It could have come before, and nobody would know any more."""
    answers, _ = asyncio.run(ask(json.dumps([event(days) for days in range(10)]).encode(), kept))
    assert names(answers) == [str(days) if days <= taken else "event.too_old" for days in range(10)]


def test_one_text_that_is_no_utf_8_harms_no_other() -> None:
    good = json.dumps(event(1)).encode()
    bad = json.dumps(event(2, device="DEVICE")).encode().replace(b"DEVICE", b"\xff\xfe")
    answers, _ = asyncio.run(ask(b"[" + b",".join([good, bad, good]) + b"]"))
    assert names(answers) == ["1", "event.data_invalid", "1"]


@pytest.mark.parametrize("element", [b"1", json.dumps(event(1)).encode()], ids=["refused", "taken"])
def test_others_have_their_turn_while_a_large_batch_is_read_and_answered(element: bytes) -> None:
    answers, turns = asyncio.run(ask(b"[" + b",".join([element] * MAX_BATCH) + b"]"))
    assert len(answers) == MAX_BATCH
    assert turns >= MAX_BATCH // AT_ONCE + MAX_BATCH // WRITTEN_AT_ONCE
