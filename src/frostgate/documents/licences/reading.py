"""Reading licences once they are handed in: the duty that a reconciler carries out, outside any transaction."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.model import SYSTEM
from frostgate.base.reconciler import Done, Failed, Outcome, Schedule
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.documents import sealing
from frostgate.documents import store as documents
from frostgate.documents.kit import Documents
from frostgate.documents.licences import store
from frostgate.documents.licences.layout import licence_of
from frostgate.documents.licences.model import (
    LEAST_LINES,
    PAGES_READ,
    Field,
    Licence,
    LicenceRead,
    LicenceUnreadable,
    Line,
    Reading,
    State,
)
from frostgate.documents.licences.reader import PATIENCE, Reader, ReadingFailed

SCHEDULE = Schedule(first=timedelta(seconds=20), cap=timedelta(minutes=5), attempts=3)
TIMEOUT = timedelta(seconds=PATIENCE + 10)  # for one attempt; the reader ends before it by itself
LEASE = timedelta(seconds=PATIENCE * 3)
READING = 0  # where a reading is sealed to: pages count from 1

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Licence).decode


class _DoneReading(Done, frozen=True, kw_only=True):
    """A licence was read."""

    licence: Licence


class ReadLicences:
    """Reads what was handed in as a licence; after the last attempt it says that it could not be read."""

    name = "licences.read"
    table = store.licence_readings
    waiting = State.WAITING.value
    schedule = SCHEDULE

    def __init__(self, uow: UnitOfWork, documents: Documents, reader: Reader) -> None:
        self._uow = uow
        self._documents = documents
        self._reader = reader

    def read(self, row: sa.Row[Any]) -> Reading:
        """The row as a reading."""
        return store.reading_of(row)

    async def act(self, job: Reading) -> Outcome:
        """Open the pages and have them read, in a thread."""
        return await asyncio.to_thread(self._read, job)

    def _read(self, job: Reading) -> Outcome:
        pages = self._pages(job)
        if not pages:
            return Failed(problem="deleted", permanent=True)
        try:
            lines = self._reader.read(pages, enough=_is_enough)
        except ReadingFailed as failed:
            return Failed(problem=str(failed))
        licence = licence_of(lines)
        if licence.lines < LEAST_LINES and not licence.is_one:
            return Failed(problem="no print was found", permanent=True)  # another look sees no more
        return _DoneReading(licence=licence)

    def _pages(self, job: Reading) -> list[bytes]:
        with self._uow.look() as connection:
            sealed = [documents.find_page(connection, job.document_id, page + 1) for page in range(PAGES_READ)]
            if not any(sealed):
                return []
            box = sealing.open_box(connection, self._documents.vault, tenant_id=job.tenant_id)
        return [
            box.open(each, document_id=job.document_id, page=page)
            for page, each in enumerate(sealed, start=1)
            if each is not None
        ]

    def done(self, tx: Tx, job: Reading, outcome: Done, *, attempt: int) -> str:
        """Keep what was read, sealed."""
        assert isinstance(outcome, _DoneReading), "BUG: read without a licence"
        box = sealing.open_box(tx.connection, self._documents.vault, tenant_id=job.tenant_id)
        sealed = box.seal(_encode(outcome.licence), document_id=job.document_id, page=READING)
        store.save_read(tx.connection, job, sealed, at=tx.now)
        document = documents.get(tx.connection, job.document_id, tenant_id=job.tenant_id)
        fact = LicenceRead(tenant_id=job.tenant_id, document_id=job.document_id, case_id=document.case_id)
        tx.state(fact, actor=SYSTEM)
        return State.READ.value

    def failed(self, tx: Tx, job: Reading, outcome: Failed, *, attempt: int, again_at: datetime) -> None:
        """Nothing: it is tried again, and until then it waits."""

    def gave_up(self, tx: Tx, job: Reading, outcome: Failed, *, attempt: int) -> str:
        """Say that it could not be read: people read it themselves, and the appeal goes on without."""
        store.save_unreadable(tx.connection, job, outcome.problem)
        document = documents.get(tx.connection, job.document_id, tenant_id=job.tenant_id)
        fact = LicenceUnreadable(
            tenant_id=job.tenant_id,
            document_id=job.document_id,
            case_id=document.case_id,
            problem=outcome.problem,
        )
        tx.state(fact, actor=SYSTEM)
        return State.UNREADABLE.value


def opened(connection: sa.Connection, reading: Reading, documents: Documents) -> Licence | None:
    """What was read, or None where nothing was so far.

    Raises:
        KeyMissing, SecretUnreadable: the tenant's key does not open.
    """
    if reading.sealed is None:
        return None
    box = sealing.open_box(connection, documents.vault, tenant_id=reading.tenant_id)
    return _decode(box.open(reading.sealed, document_id=reading.document_id, page=READING))


def _is_enough(lines: list[Line]) -> bool:
    """Whether a page is the licence itself, so that no other need be read."""
    return Field.CODE in licence_of(lines).fields
