"""One bound connection to a gateway: a window of what is under way, signs of life, receipts.

A receipt is confirmed once it is kept: what could not be kept, the gateway sends again.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, Protocol

import msgspec
import smpp34
import structlog

from frostgate.notices.smpp import wire
from frostgate.notices.smpp.wire import HEADER, Receipt, Submission

log = structlog.get_logger("frostgate.smpp")

_NUMBERS = 0x7FFF_FFFF  # section 3.2: sequence numbers begin anew after this
_LASTING = 30.0  # seconds


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """Where texts are handed over, and as whom."""

    host: str
    port: int
    system_id: str
    password: str
    source: str  # who texts come from: a number, or a name
    system_type: str = ""
    tls: bool = True
    ca_file: str | None = None  # trust only this bundle, e.g. of a gateway with a certificate of its own
    long_texts: wire.LongTexts = "udh"
    window: int = 10  # how many packets may wait for their answers
    timeout: timedelta = timedelta(seconds=10)  # for a connection, and for each answer
    enquire: timedelta = timedelta(seconds=30)  # of silence, before we ask whether anybody is there

    def __repr__(self) -> str:
        """Without the password: settings get printed."""
        return f"Gateway({self.system_id} at {self.host}:{self.port})"


class Refused(Exception):
    """The gateway does not let us in."""


class Gone(Exception):
    """The connection ended before the answer came."""


class Answer(msgspec.Struct, frozen=True):
    """What the gateway said to one packet."""

    status: int
    message_id: str


class Keeps(Protocol):
    """Who keeps receipts."""

    def __call__(self, receipt: Receipt) -> Awaitable[None]:
        """Keep it; an exception asks the gateway to send it again."""


class Session:
    """A connection that is bound, until `ended`. Belongs to the event loop in which it was opened."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gateway: Gateway, keep: Keeps
    ) -> None:
        self.ended = asyncio.Event()
        self._reader, self._writer, self._gateway, self._keep = reader, writer, gateway, keep
        self._number = 0
        self._answers: dict[int, asyncio.Future[tuple[int, bytes]]] = {}
        self._window = asyncio.Semaphore(gateway.window)
        self._tasks: set[asyncio.Task[None]] = set()
        self._began_at = self._heard_at = asyncio.get_running_loop().time()
        self._ended_at: float | None = None
        self._has_carried = False

    @property
    def has_proved(self) -> bool:
        """Whether it carried anything, or lasted. Who lets us in and hangs up at once has no use for us just now."""
        until = self._heard_at if self._ended_at is None else self._ended_at
        return self._has_carried or until - self._began_at >= _LASTING

    @classmethod
    async def open(cls, gateway: Gateway, keep: Keeps) -> "Session":
        """Connect and sign in.

        Raises:
            Refused: the gateway says no, and its words say why.
            OSError, TimeoutError: nobody answers there.
        """
        tls = ssl.create_default_context(cafile=gateway.ca_file) if gateway.tls else None
        async with asyncio.timeout(gateway.timeout.total_seconds()):
            reader, writer = await asyncio.open_connection(gateway.host, gateway.port, ssl=tls, limit=2**17)
        session = cls(reader, writer, gateway, keep)
        session._start(session._read())
        try:
            await session._bind()
        except BaseException:
            session._end()
            raise
        session._start(session._stay())
        return session

    async def submit(self, submission: Submission) -> Answer:
        """Hand one part over, and wait for what the gateway says.

        Raises:
            Gone: the connection ended first.
            TimeoutError: there was no answer.
        """
        async with self._window:
            status, body = await self._ask(submission.packet)
        self._has_carried = True
        return Answer(status, wire.first_word(body))

    async def close(self) -> None:
        """Take leave, and end."""
        if not self.ended.is_set():
            with contextlib.suppress(Gone, TimeoutError):
                await self._ask(lambda number: wire.packet(wire.UNBIND, number))
        self._end()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _bind(self) -> None:
        gateway = self._gateway
        status, _ = await self._ask(
            lambda number: wire.bind(
                number, system_id=gateway.system_id, password=gateway.password, system_type=gateway.system_type
            )
        )
        if status != wire.OK:
            raise Refused(f"bind refused: {wire.status_name(status)}")

    async def _ask(self, packet: Callable[[int], bytes]) -> tuple[int, bytes]:
        """Send a packet under a number of its own and wait for its answer: the status and the body."""
        if self.ended.is_set():
            raise Gone("the gateway closed the connection")
        self._number = self._number % _NUMBERS + 1
        number = self._number
        self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(packet(number))
            async with asyncio.timeout(self._gateway.timeout.total_seconds()):
                return await self._answers[number]
        finally:
            del self._answers[number]

    async def _read(self) -> None:
        """Take what comes until nothing does."""
        try:
            while True:
                head = await self._reader.readexactly(HEADER.size)
                length, command, status, number = HEADER.unpack(head)
                if not HEADER.size <= length <= wire.LONGEST:
                    log.warning("smpp.no_packet", length=length)
                    return
                body = await self._reader.readexactly(length - HEADER.size)
                self._heard_at = asyncio.get_running_loop().time()
                if command & wire.RESPONSE:
                    waiting = self._answers.get(number)
                    if waiting is not None and not waiting.done():
                        waiting.set_result((status, body))
                elif command == wire.DELIVER_SM:
                    self._start(self._take(head + body, number))
                else:
                    self._reply(command, number)
                    if command == wire.UNBIND:
                        return
        except (OSError, asyncio.IncompleteReadError) as error:
            log.info("smpp.ended", problem=type(error).__name__)
        finally:
            self._end()

    async def _take(self, whole: bytes, number: int) -> None:
        """Keep a receipt, then confirm it. What is no receipt is confirmed and left: nobody reads replies here."""
        status = wire.OK
        try:
            receipt = wire.receipt_of(whole)
            if receipt is not None:
                await self._keep(receipt)
                self._has_carried = True
        except smpp34.SmppError:
            log.warning("smpp.delivery_unreadable", length=len(whole))
        except Exception as error:
            log.error("smpp.receipt_not_kept", error=type(error).__name__)
            status = wire.TRY_AGAIN
        if not self.ended.is_set():
            self._writer.write(wire.packet(wire.DELIVER_SM | wire.RESPONSE, number, b"\0", status=status))

    def _reply(self, command: int, number: int) -> None:
        if command in {wire.ENQUIRE_LINK, wire.UNBIND}:
            self._writer.write(wire.packet(command | wire.RESPONSE, number))
        else:
            self._writer.write(wire.packet(wire.GENERIC_NACK, number, status=wire.INVALID_COMMAND))

    async def _stay(self) -> None:
        """Ask after some silence whether anybody is there; where nobody answers, end."""
        silence = self._gateway.enquire.total_seconds()
        loop = asyncio.get_running_loop()
        with contextlib.suppress(Gone):
            while not self.ended.is_set():
                await asyncio.sleep(max(0.0, self._heard_at + silence - loop.time()))
                if loop.time() < self._heard_at + silence:
                    continue
                try:
                    await self._ask(lambda number: wire.packet(wire.ENQUIRE_LINK, number))
                except TimeoutError:
                    log.warning("smpp.silent")
                    self._end()

    def _start(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _end(self) -> None:
        """Whoever waits hears of it; nothing is sent or read any more."""
        if self._ended_at is None:
            self._ended_at = asyncio.get_running_loop().time()
        self.ended.set()
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(Gone("the gateway closed the connection"))
        self._writer.transport.abort()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
