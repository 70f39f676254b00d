"""The public pages: the two that every notice names, what to do about a hold and is this notice genuine, and the way to
them from the bare address.

Plain HTML from the server: it works without JavaScript, on a phone, for somebody who cannot sign in anywhere.
"""

from pathlib import Path
from typing import Annotated, Any

import jinja2
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from frostgate.base.model import Language
from frostgate.base.uow import UnitOfWork
from frostgate.base.web import NEEDS, PUBLIC, language_of
from frostgate.notices.service import genuine

_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
)

Lang = Annotated[str | None, QueryParameter(max_length=10)]
Code = Annotated[str | None, QueryParameter(max_length=64)]


@get("/", opt={NEEDS: PUBLIC}, sync_to_thread=False, include_in_schema=False)
def index_page(request: Request[Any, Any, Any], lang: Lang = None) -> Response[bytes]:
    """What this server is, for whoever opens its address in a browser."""
    return _page("index.html.j2", _language(request, lang))


@get("/help", opt={NEEDS: PUBLIC}, sync_to_thread=False, include_in_schema=False)
def help_page(request: Request[Any, Any, Any], lang: Lang = None) -> Response[bytes]:
    """What a freeze is, and the official way out of it."""
    return _page("help.html.j2", _language(request, lang))


@get("/verify", opt={NEEDS: PUBLIC}, sync_to_thread=True, include_in_schema=False)
def verify_page(
    request: Request[Any, Any, Any], work: NamedDependency[UnitOfWork], code: Code = None, lang: Lang = None
) -> Response[bytes]:
    """Whether we sent the notice with this code, and when; never to whom."""
    notice = None
    if code and code.strip():
        with work.look() as connection:
            notice = genuine(connection, code)
    return _page("verify.html.j2", _language(request, lang), code=(code or "").strip()[:64], notice=notice)


def _language(request: Request[Any, Any, Any], lang: str | None) -> Language:
    return Language(lang) if lang in set(Language) else language_of(request.scope)


def _page(name: str, language: Language, **values: Any) -> Response[bytes]:
    other = Language.EN if language is Language.ZH else Language.ZH
    body = _pages.get_template(name).render(language=language.value, other=other.value, **values)
    return Response(
        body.encode(),
        media_type="text/html",
        headers={
            "content-language": language.value,
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
        },
    )


PAGES = Router("/", route_handlers=[index_page, help_page, verify_page])
