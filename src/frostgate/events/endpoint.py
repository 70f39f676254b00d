"""`POST /v1/events`: events in, verdicts out. A raw ASGI handler, because this is the busiest road of the house."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from frostgate.base.asgi import JSON, Receive, Scope, Send, answer, header, read_body
from frostgate.base.clock import Clock
from frostgate.base.errors import Refused
from frostgate.base.model import Language
from frostgate.base.problems import problem
from frostgate.base.texts import pick_language
from frostgate.events.cloudevents import BATCH, envelopes, read
from frostgate.events.envelope import Envelope
from frostgate.events.errors import EventRefused, TenantUnknown
from frostgate.events.intake import Intake
from frostgate.events.model import Event

LIMIT = 16 * 1024 * 1024
LARGE = 16 * 1024  # bytes; such a request is a machine's
AT_ONCE = 16  # events of a batch that are read before other requests have their turn
WRITTEN_AT_ONCE = 64  # answers that are written before; nearly all take a tenth of the time of reading

_encode = msgspec.json.Encoder().encode


class Sender(Protocol):
    """Who sends events."""

    @property
    def tenant_id(self) -> str | None:
        """The only tenant that it speaks for; None when it may name any."""
        ...


class EventsEndpoint:
    """Reads a request's events, has them decided, and answers each."""

    def __init__(
        self,
        intake: Intake[Any],
        *,
        admit: Callable[[bytes | None], Awaitable[Sender]],
        knows_tenant: Callable[[str], bool],
        clock: Clock,
        oldest: timedelta,
        kept: Callable[[], timedelta] = lambda: timedelta.max,
    ) -> None:
        """Take events that happened within `oldest`, and within the time for which events are `kept` now.

        An event that was forgotten could not be told from a new one if it were sent again.
        """
        self.intake = intake
        self.admit = admit
        self.knows_tenant = knows_tenant
        self.clock = clock
        self.oldest = oldest
        self.kept = kept
        self._machines = asyncio.Lock()  # large requests are read one by one, or their pieces would add up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one event with its verdict, and a batch with a list that has an answer for each in its order.

        Raises:
            Refused: the request as a whole, or its only event, was not taken.
        """
        sender = await self.admit(header(scope, b"authorization"))
        content_type = (header(scope, b"content-type") or b"").decode("latin-1")
        body = await read_body(receive, limit=LIMIT)
        named = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        found = envelopes(content_type, named, body)
        async with self._machines if len(body) > LARGE else contextlib.nullcontext():
            items = await self._read_all(found, sender)
        answers = await self._decide(items)
        if not content_type.lower().startswith(BATCH):
            if isinstance(answers[0], Refused):
                raise answers[0]
            return await answer(send, _encode(answers[0]), headers=(JSON,))
        language = pick_language((header(scope, b"accept-language") or b"").decode("latin-1"))
        return await answer(send, await _encode_all(answers, language), headers=(JSON,))

    async def _read_all(self, found: Iterable[Envelope | EventRefused], sender: Sender) -> list[Event | EventRefused]:
        """Read each envelope, and let others in between: a gate must not wait for somebody's large batch."""
        received_at = self.clock.now()
        items: list[Event | EventRefused] = []
        for item in found:
            items.append(self._read(item, sender, received_at))
            if len(items) % AT_ONCE == 0:
                await self.intake.let_pass()
        return items

    def _read(self, item: Envelope | EventRefused, sender: Sender, received_at: datetime) -> Event | EventRefused:
        if isinstance(item, EventRefused):
            return item
        oldest = min(self.oldest, self.kept())
        try:
            event = read(item, speaks_for=sender.tenant_id, received_at=received_at, oldest=oldest)
        except EventRefused as refused:
            return refused
        if not self.knows_tenant(event.tenant_id):
            return TenantUnknown(pointer="/tenant", tenant=event.tenant_id)
        return event

    async def _decide(self, items: Sequence[Event | EventRefused]) -> list[Any]:
        """Answers in the order of the items: those that could be read are decided together."""
        decided = iter(await self.intake.submit([item for item in items if isinstance(item, Event)]))
        return [next(decided) if isinstance(item, Event) else item for item in items]


async def _encode_all(answers: Sequence[Any], language: Language) -> bytes:
    """The answers as one list, written piece by piece for the same reason."""
    pieces: list[bytes] = []
    for start in range(0, len(answers), WRITTEN_AT_ONCE):
        piece = _encode([_item(each, language) for each in answers[start : start + WRITTEN_AT_ONCE]])
        pieces.append(piece[1:-1])
        await asyncio.sleep(0)
    return b"[" + b",".join(pieces) + b"]"


def _item(each: Any, language: Language) -> Any:
    return problem(each, language) if isinstance(each, Refused) else each
