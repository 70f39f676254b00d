"""What all public pages share: the frame around them, the language, and what a browser is told about each.

Plain HTML from the server: it works without JavaScript, on a phone, for somebody who cannot sign in anywhere.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from litestar import Request, Response
from litestar.params import FromQuery

from frostgate.base.model import Language
from frostgate.base.texts import ZONES, moment, say, word
from frostgate.base.web import language_of

FRAME = Path(__file__).parent  # what several rooms have, such as base.html.j2 and wait.html.j2, is there
NEVER = "no-store"
SOON = "public, max-age=600"  # the same for everybody; a change is seen within ten minutes
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

# Who speaks on the pages that are being made. Routes and templates are one for the process, and each request's program
# says who it is for.
SPEAKER: ContextVar[str] = ContextVar("speaker", default="Frostgate")

Lang = FromQuery[str | None]
Asking = Request[Any, Any, Any]


class Pages:
    """The pages of one room, from its own folder and the shared one."""

    def __init__(self, folder: Path) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader([folder, FRAME]), autoescape=True, undefined=jinja2.StrictUndefined
        )
        self._templates.globals.update(say=say, word=word, moment=_moment)

    def page(
        self,
        name: str,
        language: Language,
        /,
        *,
        status: int = 200,
        cache: str = NEVER,
        here: str = "",
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response[bytes]:
        """The page in this language. `here` is where the other language is found, where not at the same address."""
        other = Language.EN if language is Language.ZH else Language.ZH
        words = {"language": language, "other": other, "zh": language is Language.ZH, "here": here}
        words["platform"] = SPEAKER.get()
        body = self._templates.get_template(name).render(**words, **values)
        return Response(
            body.encode(),
            status_code=status,
            media_type="text/html",
            headers={
                "content-language": language.value,
                "content-security-policy": _POLICY,
                "referrer-policy": "no-referrer",
                "cache-control": cache,
                "vary": "Accept-Language",
                **(headers or {}),
            },
        )

    def wait(
        self,
        language: Language,
        seconds: int,
        *,
        here: str,
        of_account: bool = False,
        carried: Mapping[str, str] | None = None,
    ) -> Response[bytes]:
        """Too many requests came from the asker's network, or about one account: when to come again.

        `carried` is what they typed before a door, and is not to be lost.
        """
        minutes = -(-seconds // 60)
        again = {"retry-after": str(seconds)}
        shown: dict[str, Any] = {"minutes": minutes, "of_account": of_account, "carried": carried or {}}
        return self.page("wait.html.j2", language, status=429, here=here, headers=again, **shown)


def language_for(request: Asking, lang: str | None) -> Language:
    """The language that the address names, or else the one that the browser asks for."""
    return Language(lang) if lang in set(Language) else language_of(request.scope)


def _moment(at: datetime, language: Language) -> str:
    return moment(at, ZONES[language], language)
