"""Text messages by a provider's HTTP API: one registered text, one number, one request."""

import ipaddress
import ssl
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

import httpx
import msgspec

from frostgate.base.clock import Clock
from frostgate.base.model import Language
from frostgate.base.reconciler import Failed, Outcome
from frostgate.notices.model import Letter, Template, is_number
from frostgate.notices.providers import alibaba, tencent
from frostgate.notices.providers.model import Access, Filled, Provider
from frostgate.notices.registered import PARAMETERS


class Texting(msgspec.Struct, frozen=True, kw_only=True):
    """Who carries our texts, as whom we send, and under which id each of our notices is registered there."""

    provider: Literal["alibaba", "tencent"]
    access: Access
    templates: Mapping[Template, Mapping[Language, str]]
    timeout: timedelta = timedelta(seconds=10)

    def __post_init__(self) -> None:
        access = self.access
        if not (access.key_id and access.key_secret and access.sign_name):
            raise ValueError("sms.key_id, sms.key_secret and sms.sign_name are all needed")
        if not f"{access.key_id}{access.region}".isascii():
            raise ValueError("sms.key_id and sms.region have no letters but those of ASCII")
        if self.provider == "tencent" and not access.app_id:
            raise ValueError("sms.app_id is needed: the SmsSdkAppId of the application in Tencent Cloud")
        if not _is_private(access.endpoint):
            raise ValueError("sms.endpoint is no https address: names and figures would cross the network unencrypted")
        if unknown := sorted(self.templates.keys() - PARAMETERS.keys()):
            raise ValueError(f"sms.templates: {unknown[0]} never goes by text; these do: {', '.join(PARAMETERS)}")
        if not any(self.templates.values()) or not all(
            id_ for each in self.templates.values() for id_ in each.values()
        ):
            raise ValueError("sms.templates: name the id of a registered text for each notice and language")


class Sms:
    """Carries notices by text message."""

    def __init__(self, settings: Texting, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._provider = _provider(settings)
        self._tls = ssl.create_default_context()

    def message_id(self, notice_id: str) -> str:
        """The notice's own: the provider keeps it with the text (`OutId`, `SessionContext`)."""
        return notice_id

    async def send(self, letter: Letter) -> Outcome:
        """Hand it to the provider. An answer that is lost is asked for by sending again: providers do not compare."""
        template_id = self._settings.templates.get(letter.template, {}).get(letter.language)
        if template_id is None:
            return Failed(
                problem=f"sms.templates has no registered text for {letter.template} in {letter.language}",
                permanent=True,
            )
        if not is_number(letter.address):
            return Failed(problem="the address is no telephone number", permanent=True)
        text = Filled(notice_id=letter.notice_id, number=letter.address, template_id=template_id, values=letter.values)
        call = self._provider.call(text, at=self._clock.now())
        try:
            async with httpx.AsyncClient(timeout=self._settings.timeout.total_seconds(), verify=self._tls) as client:
                answer = await client.post(call.url, headers=dict(call.headers), content=call.body)
        except httpx.HTTPError as error:
            return Failed(problem=f"{type(error).__name__}: {error}")
        try:
            return self._provider.outcome(answer.content)
        except msgspec.DecodeError:
            return Failed(problem=f"HTTP {answer.status_code}, and no answer that can be read")


def _provider(settings: Texting) -> Provider:
    return (alibaba.Alibaba if settings.provider == "alibaba" else tencent.Tencent)(settings.access)


def _is_private(endpoint: str) -> bool:
    """Whether nobody can listen on the way: by TLS, or on this machine."""
    parts = urlsplit(endpoint)
    try:
        is_here = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        is_here = False
    return bool(parts.netloc) and not (parts.path or parts.query) and (parts.scheme == "https" or is_here)
