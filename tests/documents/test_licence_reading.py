"""Licences are read from pictures as people take them, by a process that ends when nobody needs it."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from frostgate.base.model import Language
from frostgate.documents.licences.layout import licence_of
from frostgate.documents.licences.model import Field, Reading, State
from frostgate.documents.licences.reader import INSTALL, Reader, ReadingFailed
from frostgate.documents.licences.routes import sentences
from frostgate.documents.licences.service import Seen
from licences import CODE, NAME, PERSON, Licence, drawn, photo, stamped, worn
from servers import wait_until

pytestmark = pytest.mark.slow

LONG = "深圳市前海蓝鲸国际信息通讯网络技术服务股份有限公司"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One process for all of them: loading the models takes longer than a page."""
    made = Reader()
    yield made
    made.end()


def told(reader: Reader, *pages: bytes) -> dict[Field, str]:
    found = licence_of(reader.read(pages, enough=lambda lines: Field.CODE in licence_of(lines).fields))
    return {field: read.words for field, read in found.fields.items()}


@pytest.mark.parametrize(
    ("page", "name", "person"),
    [
        (photo(drawn()), NAME, PERSON),
        (photo(worn(stamped(drawn())), longer=950), NAME, PERSON),
        (
            photo(worn(stamped(drawn(Licence(name=LONG, person="李晓", person_label="负 责 人"))), degrees=-2)),
            LONG,
            "李晓",
        ),
    ],
    ids=["clean", "small-and-worn", "turned-with-a-long-name"],
)
def test_what_stands_on_a_licence_is_read(reader: Reader, page: bytes, name: str, person: str) -> None:
    found = told(reader, page)
    assert (found[Field.CODE], found[Field.NAME], found[Field.LEGAL_REPRESENTATIVE]) == (CODE, name, person)
    assert found[Field.ESTABLISHED] == "2001年09月12日"


def test_what_reads_can_open_nothing(reader: Reader) -> None:
    told(reader, photo(drawn()))
    limits = Path(f"/proc/{reader.pid}/limits").read_text()
    assert "Max open files            0                    0" in limits


def test_a_killed_process_fails_one_file_and_an_idle_one_is_ended() -> None:
    reader, page = Reader(idle=0.2), photo(drawn())
    with ThreadPoolExecutor() as threads:
        first = threads.submit(told, reader, page)
        wait_until(lambda: reader.pid is not None)
        killed = reader.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        assert isinstance(first.exception(), ReadingFailed)
    assert told(reader, page)[Field.CODE] == CODE
    wait_until(lambda: reader.pid is None)


def test_without_the_extra_reviewers_are_told_what_to_install() -> None:
    waiting = Reading(document_id="d", tenant_id="acme", state=State.WAITING)
    seen = Seen(reading=waiting, licence=None, registration=None, comparison=None)
    for language in Language:
        [said] = sentences(seen, language, reads=False)
        assert INSTALL in said
        assert sentences(seen, language, reads=True) != [said]


def test_patience_ends() -> None:
    with pytest.raises(ReadingFailed):
        told(Reader(patience=0.01), photo(drawn()))
