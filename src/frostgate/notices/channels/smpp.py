"""Text messages over SMPP 3.4 to a gateway of the operator's own: free texts, cut into parts, with receipts."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import NoReturn

import structlog

from frostgate.base import ids
from frostgate.base.reconciler import Failed, Outcome, Schedule
from frostgate.notices.model import Letter, Taken, is_number
from frostgate.notices.smpp import wire
from frostgate.notices.smpp.session import Gateway, Gone, Refused, Session
from frostgate.notices.smpp.wire import Receipt

log = structlog.get_logger("frostgate.smpp")

# A gateway that refuses us, or lets us in and hangs up, must not be asked with every notice nor without end: many lock
# out who signs in too often.
BACKOFF = Schedule(first=timedelta(seconds=2), cap=timedelta(minutes=2), attempts=1)


class Smpp:
    """Carries notices over one session, which is opened when it is needed and held while `run` runs."""

    def __init__(self, gateway: Gateway, *, keep: Callable[[Receipt], None], backoff: Schedule = BACKOFF) -> None:
        """Get ready; `keep` keeps a receipt, in a thread."""
        self._gateway, self._keep_in_thread, self._backoff = gateway, keep, backoff
        self._session: Session | None = None
        self._opening = asyncio.Lock()
        self._failures, self._not_before, self._problem = 0, 0.0, ""

    def message_id(self, notice_id: str) -> str:
        """The notice's own: the gateway gives each part a name, by which its receipt comes."""
        return notice_id

    async def send(self, letter: Letter) -> Outcome:
        """Hand over every part. Where one is refused all go again, marked as before: a telephone joins them."""
        if not is_number(letter.address):
            return Failed(problem="the address is no telephone number", permanent=True)
        parts = wire.submissions(
            letter.text.strip(),
            number=letter.address,
            source=self._gateway.source,
            reference=letter.notice_id,
            long_texts=self._gateway.long_texts,
        )
        try:
            session = await self._bound()
            answers = await asyncio.gather(*(session.submit(part) for part in parts))
        except TimeoutError:
            return Failed(problem=f"no answer within {self._gateway.timeout.total_seconds():g} s")
        except (Refused, Gone, OSError) as error:
            return Failed(problem=_said(error))
        for answer in answers:
            if answer.status != wire.OK:
                return Failed(problem=wire.status_name(answer.status), permanent=answer.status in wire.PERMANENT)
        references = tuple(answer.message_id for answer in answers)
        return Taken(detail=", ".join(references), references=references)

    async def run(self) -> NoReturn:
        """Stay bound, so that receipts find us: bind again whenever the session ends."""
        while True:
            try:
                await (await self._bound()).ended.wait()
            except (Refused, OSError) as error:  # TimeoutError is one, too
                log.warning("smpp.not_bound", problem=_said(error), failures=self._failures)
                pause = self._not_before - asyncio.get_running_loop().time()
                await asyncio.sleep(max(0.0, pause))

    async def close(self) -> None:
        """Take leave of the gateway."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _bound(self) -> Session:
        """The session, opened where there is none.

        Raises:
            Refused: the gateway does not let us in, or did not just now.
            OSError, TimeoutError: nobody answers there.
        """
        async with self._opening:
            if self._session is not None and not self._session.ended.is_set():
                return self._session
            self._learn_from_the_last()
            if asyncio.get_running_loop().time() < self._not_before:
                raise Refused(f"not asked again yet: {self._problem}")
            try:
                self._session = await Session.open(self._gateway, self._keep)
            except (Refused, Gone, OSError) as error:
                self._put_off(_said(error))
                raise Refused(self._problem) from None
            log.info("smpp.bound", host=self._gateway.host, system_id=self._gateway.system_id)
            return self._session

    def _learn_from_the_last(self) -> None:
        """A session that was of use makes up for every failure before it; one that was of none is one more."""
        last, self._session = self._session, None
        if last is None:
            return
        if last.has_proved:
            self._failures = 0
        else:
            self._put_off("the gateway let us in and closed the connection")

    def _put_off(self, problem: str) -> None:
        self._failures, self._problem = self._failures + 1, problem
        wait = self._backoff.wait(self._failures, 0.5 + ids.jitter() / 2)
        self._not_before = asyncio.get_running_loop().time() + wait.total_seconds()

    async def _keep(self, receipt: Receipt) -> None:
        await asyncio.to_thread(self._keep_in_thread, receipt)


def _said(error: Exception) -> str:
    """What went wrong, in words that hold no secret: a gateway's refusals name none, and neither does the system."""
    return str(error) or ("nobody answers" if isinstance(error, TimeoutError) else type(error).__name__)
