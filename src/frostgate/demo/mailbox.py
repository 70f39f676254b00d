"""The local mailbox: a real SMTP hop that ends in a folder, one .eml file for each mail."""

import asyncio
import email
import email.policy
import hashlib
import re
import threading
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec

from frostgate.base.clock import stopwatch, wait
from frostgate.demo.client import HOST
from frostgate.demo.words import CannotTell

_NOTICE_ID = re.compile(r"<([0-9a-f]{32})@")
LOOK_EVERY = 0.02
STARTS_WITHIN = 10.0


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail as a reader sees it."""

    name: str
    subject: str
    sender: str
    to: str
    date: datetime | None
    language: str
    arrived: float  # seconds since 1970
    code: str  # the notice's own, which /verify knows
    text: str
    html: str


class Mailbox:
    """The folder. A mail that arrives twice, because its sender never heard that we took it, is kept once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, Mail] = {}  # a mail never changes, so it is read once

    def take(self, content: bytes) -> None:
        """Keep one mail, whole or not at all."""
        target = self.folder / f"{_name(content)}.eml"
        whole = target.with_suffix(".part")
        whole.write_bytes(content)
        whole.replace(target)

    def mails(self) -> list[Mail]:
        """Every mail, the newest first: a notice's id tells the time at which it became owed."""
        return [self._mail(path) for path in sorted(self.folder.glob("*.eml"), reverse=True)]

    def mail(self, name: str) -> Mail | None:
        """One mail, None where there is none of this name."""
        path = self._path(name)
        return None if path is None else self._mail(path)

    def source(self, name: str) -> bytes | None:
        """One mail as it came over the wire."""
        path = self._path(name)
        return None if path is None else path.read_bytes()

    def wait_for(self, to: str, *, count: int, seconds: float, stop: threading.Event) -> list[Mail]:
        """Mails to somebody, as soon as there are `count` of them, or what is there in the end."""
        since = stopwatch()
        while True:
            found = [mail for mail in self.mails() if mail.to == to]
            if len(found) >= count or stopwatch() - since > seconds or wait(stop, LOOK_EVERY):
                return found

    def _mail(self, path: Path) -> Mail:
        if path.stem not in self._known:
            self._known[path.stem] = _read(path)
        return self._known[path.stem]

    def _path(self, name: str) -> Path | None:
        """Only names that we gave lead to a file."""
        path = self.folder / f"{name}.eml"
        return path if re.fullmatch(r"[0-9a-f]{32}", name) and path.is_file() else None


class SmtpServer:
    """Listens on a free loopback port, in a thread with a loop of its own, and hands every mail to the mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="smtp", daemon=True)
        self.port = 0

    def start(self) -> None:
        """Return once it listens; `port` says where.

        Raises:
            CannotTell: the SMTP server is not installed.
        """
        try:
            import aiosmtpd.smtp  # noqa: F401 - an extra: a real server hands its mail to the operator's own
        except ImportError:
            raise CannotTell("no_smtp") from None
        self._thread.start()
        assert wait(self._listening, STARTS_WITHIN), "BUG: the mailbox does not listen"

    def stop(self) -> None:
        """Listen no longer."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _run(self) -> None:
        from aiosmtpd.smtp import SMTP

        loop = self._loop
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(loop.create_server(lambda: SMTP(self, hostname="mailbox.invalid"), HOST, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        try:
            loop.run_forever()
        finally:
            server.close()
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Called by aiosmtpd with each mail."""
        self._mailbox.take(envelope.content)
        return "250 kept in the demo's mailbox"


def _name(content: bytes) -> str:
    """The notice's id, which its Message-ID carries; for any other mail a digest of it."""
    message_id = str(_parse(content)["Message-ID"] or "")
    found = _NOTICE_ID.search(message_id)
    return found[1] if found else hashlib.sha256(content).hexdigest()[:32]


def _parse(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage), "BUG: another policy's message"
    return message


def _read(path: Path) -> Mail:
    message = _parse(path.read_bytes())
    date = message["Date"]
    return Mail(
        name=path.stem,
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        date=date.datetime if date is not None else None,
        language=str(message["Content-Language"] or ""),
        arrived=path.stat().st_mtime,
        code=str(message["X-Frostgate-Notice"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
