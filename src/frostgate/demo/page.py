"""The mailbox page: what arrived, readable in any browser on this machine and nowhere else. No scripts."""

import re
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jinja2

from frostgate.base.model import Language
from frostgate.demo.client import HOST
from frostgate.demo.mailbox import Mail, Mailbox
from frostgate.demo.words import MAILBOX

_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

# The letter itself comes from elsewhere, as any mail does: it may style itself and be clicked, and nothing more.
PAGE_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'"
LETTER_CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox"

_MAIL = re.compile(r"/mail/(?P<name>[0-9a-f]{32})(?P<form>|/html|/source)")
_OUR_NAMES = {"127.0.0.1", "localhost", "[::1]"}


class MailboxPage:
    """The page's server, in a thread of its own."""

    def __init__(self, mailbox: Mailbox, *, port: int, language: Language) -> None:
        self._mailbox = mailbox
        self._language = language
        self._port = port
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Listen."""
        self._server = ThreadingHTTPServer((HOST, self._port), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="mailbox page", daemon=True).start()

    def stop(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def answer(self, address: str) -> tuple[HTTPStatus, str, str, bytes]:
        """Status, content type, content security policy and body for an address."""
        parts = urlsplit(address)
        asked = parse_qs(parts.query).get("lang", [""])[0]
        language = Language(asked) if asked in set(Language) else self._language
        if parts.path == "/":
            return self._page("list.html.j2", language, mails=self._mailbox.mails())
        found = _MAIL.fullmatch(parts.path)
        mail = self._mailbox.mail(found["name"]) if found else None
        if found is None or mail is None:
            return self._page("list.html.j2", language, HTTPStatus.NOT_FOUND, mails=self._mailbox.mails())
        if found["form"] == "/html":
            return HTTPStatus.OK, "text/html; charset=utf-8", LETTER_CSP, _letter(mail).encode()
        if found["form"] == "/source":
            source = self._mailbox.source(mail.name) or b""
            return HTTPStatus.OK, "text/plain; charset=utf-8", PAGE_CSP, source
        return self._page("mail.html.j2", language, mail=mail)

    def _page(
        self, name: str, language: Language, status: HTTPStatus = HTTPStatus.OK, **values: Any
    ) -> tuple[HTTPStatus, str, str, bytes]:
        words: Mapping[str, str] = {key: pair[language is Language.EN] for key, pair in MAILBOX.items()}
        other = Language.EN if language is Language.ZH else Language.ZH
        body = _pages.get_template(name).render(language=language.value, other=other.value, words=words, **values)
        return status, "text/html; charset=utf-8", PAGE_CSP, body.encode()


def _letter(mail: Mail) -> str:
    """The mail's HTML, with its links opening outside of the little frame that it is shown in."""
    return mail.html.replace("<head>", '<head><base target="_blank">', 1)


def _handler(page: MailboxPage) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Reads only; and only for a browser that asked for this machine by a name of its own."""

        def do_GET(self) -> None:
            host = self.headers.get("host", "").rpartition(":")[0] or self.headers.get("host", "")
            if host not in _OUR_NAMES:  # a foreign name that was made to point here (DNS rebinding)
                self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
                return
            status, kind, policy, body = page.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", policy)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            """The story is told elsewhere."""

    return Handler
