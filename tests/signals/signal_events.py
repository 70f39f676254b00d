"""Events for the tests of this folder, with only what a test wants to say."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from frostgate.events.model import DATA, Event, EventType

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
_numbers = count()


def event(on: EventType, *, after: float = 0, tenant: str = "acme", **data: Any) -> Event:
    """An event `after` seconds past START."""
    at = START + timedelta(seconds=after)
    told = DATA[on](**({"account": "li"} | data))
    return Event(tenant_id=tenant, source="/test", id=str(next(_numbers)), type=on, time=at, received_at=at, data=told)


def login(ip: str, *, after: float = 0, outcome: str = "success", **data: Any) -> Event:
    return event(EventType.LOGIN, after=after, ip=ip, outcome=outcome, **data)


def message(*, after: float = 0, **data: Any) -> Event:
    return event(EventType.MESSAGE, after=after, **({"conversation": "c", "conversation_kind": "private"} | data))
