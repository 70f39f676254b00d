"""Email over SMTP (RFC 5321): one letter, one recipient, one connection."""

import ipaddress
import ssl
from collections.abc import Callable
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as CRLF
from typing import Literal

import aiosmtplib
import msgspec

from frostgate.base.clock import Clock
from frostgate.base.model import Language
from frostgate.base.reconciler import Done, Failed, Outcome
from frostgate.notices.model import Letter, NobodyThere, Template, is_address
from frostgate.notices.signing import SEAL
from frostgate.notices.status import says_nobody_is_there


class Smtp(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail is handed over, and as whom.

    `security`: "tls" from the first byte (RFC 8314), "starttls" or nothing at all; never a silent fall-back.
    """

    host: str
    port: int
    sender: str
    sender_name: str
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str | None = None
    password: str | None = None
    timeout: timedelta = timedelta(seconds=30)
    ca_file: str | None = None  # trust only this bundle, e.g. of a relay with a certificate of one's own

    def __post_init__(self) -> None:
        if not is_address(self.sender):
            raise ValueError("smtp.sender is not an address that mail can come from")
        if (self.username is None) != (self.password is None):
            raise ValueError("smtp.username and smtp.password go together")
        if self.username is not None and self.security == "none" and not _is_loopback(self.host):
            raise ValueError("smtp.password would cross the network unencrypted: use tls or starttls")

    def __repr__(self) -> str:
        """Without the password: settings get printed."""
        return f"Smtp({self.sender} via {self.host}:{self.port}, {self.security})"


class Email:
    """Carries letters by SMTP."""

    def __init__(self, settings: Smtp, *, clock: Clock, seal: Callable[[str, str], str]) -> None:
        """Get ready; `seal` gives what only the mail of this notice to this address carries, "" for nothing."""
        self._settings = settings
        self._clock = clock
        self._seal = seal
        self._domain = settings.sender.rpartition("@")[2]
        self._tls = None if settings.security == "none" else ssl.create_default_context(cafile=settings.ca_file)

    def message_id(self, notice_id: str) -> str:
        """The same at every attempt, so that a repeat after a crash is the same mail to whoever gets it."""
        return f"<{notice_id}@{self._domain}>"

    def message(self, letter: Letter) -> EmailMessage:
        """The letter as a message (RFC 5322): plain text with an HTML alternative.

        Raises:
            ValueError: something that goes into a header holds a line break.
        """
        message = EmailMessage(policy=CRLF)
        message["From"] = Address(self._settings.sender_name, addr_spec=self._settings.sender)
        message["To"] = Address(addr_spec=_ascii(letter.address))
        message["Subject"] = letter.subject
        message["Date"] = self._clock.now()
        message["Message-ID"] = self.message_id(letter.notice_id)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers to this
        message["X-Frostgate-Notice"] = letter.code
        # What is no notice cannot come back, and to try a way must not make a key.
        if letter.template is not Template.PLAIN and (seal := self._seal(letter.notice_id, letter.address)):
            message[SEAL] = seal
        # Seven bits all the way: no relay has to re-code it.
        cte = "quoted-printable" if letter.language is Language.EN else "base64"
        message.set_content(letter.text, cte=cte)
        message.add_alternative(letter.html, subtype="html", cte=cte)
        # Last: becoming multipart moves every Content- header into the first part.
        message["Content-Language"] = letter.language.value
        return message

    async def send(self, letter: Letter) -> Outcome:
        """Hand it to the server, which answers for it from then on."""
        try:
            message = self.message(letter)
        except (ValueError, MessageError):
            return Failed(problem="the address or the subject cannot stand in a mail", permanent=True)
        try:
            return Done(detail=await self._hand_over(_ascii(letter.address), message.as_bytes()))
        except aiosmtplib.SMTPRecipientsRefused as refused:
            code, words = refused.recipients[0].code, refused.recipients[0].message
            # RFC 2034, section 4: the enhanced status comes first.
            if code >= 500 and says_nobody_is_there(words.partition(" ")[0]):
                return NobodyThere(problem=f"recipient refused: {code} {words}")
            return Failed(problem=f"recipient refused: {code} {words}", permanent=code >= 500)
        except aiosmtplib.SMTPDataError as refused:
            # RFC 5321, section 4.2.1: after a 5yz the same request must not be repeated.
            return Failed(problem=f"message refused: {refused.code} {refused.message}", permanent=refused.code >= 500)
        except aiosmtplib.SMTPResponseException as refused:
            # Greeting, sign-in or sender refused: ours to repair, and what is owed then goes out.
            return Failed(problem=f"{type(refused).__name__}: {refused.code} {refused.message}")
        except (aiosmtplib.SMTPException, OSError) as error:
            return Failed(problem=f"{type(error).__name__}: {error}")

    async def _hand_over(self, address: str, message: bytes) -> str:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password,
            timeout=settings.timeout.total_seconds(),
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=self._tls,
            local_hostname=_ascii(f"x@{self._domain}").rpartition("@")[2],
        )
        async with client:
            _, answer = await client.sendmail(_ascii(settings.sender), [address], message)
        return answer


def _ascii(address: str) -> str:
    """The address with its domain as DNS has it (IDNA), which every server understands."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode('ascii')}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
