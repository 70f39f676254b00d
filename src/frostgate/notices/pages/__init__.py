"""The public pages that every notice names, what to do about a hold and is this notice genuine, and the way to them
from the bare address.
"""

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from frostgate.base.uow import UnitOfWork
from frostgate.base.vault import Vault
from frostgate.base.web import NEEDS, PUBLIC, client_address
from frostgate.limits.turnstile import Turnstiles
from frostgate.notices.pages.shared import FRAME, Asking, Lang, Pages, language_for
from frostgate.notices.service import genuine
from frostgate.notices.signing import is_signed

_PAGES = Pages(FRAME)


@get("/", opt={NEEDS: PUBLIC}, sync_to_thread=False, include_in_schema=False)
def index_page(request: Asking, lang: Lang = None) -> Response[bytes]:
    """What this server is, for whoever opens its address in a browser."""
    return _PAGES.page("index.html.j2", language_for(request, lang))


@get("/help", opt={NEEDS: PUBLIC}, sync_to_thread=False, include_in_schema=False)
def help_page(request: Asking, lang: Lang = None) -> Response[bytes]:
    """What a freeze is, and the official way out of it."""
    return _PAGES.page("help.html.j2", language_for(request, lang))


@get("/verify", opt={NEEDS: PUBLIC}, sync_to_thread=True, include_in_schema=False)
def verify_page(
    request: Asking,
    work: NamedDependency[UnitOfWork],
    vault: NamedDependency[Vault],
    turnstiles: NamedDependency[Turnstiles],
    code: FromQuery[str | None] = None,
    sig: FromQuery[str | None] = None,
    lang: Lang = None,
) -> Response[bytes]:
    """Whether we sent the notice with this code, when and about what kind of thing; never to whom."""
    language, code, sig = language_for(request, lang), (code or "").strip()[:64], (sig or "").strip()[:64]
    notice = None
    if code:
        seconds = turnstiles.checks.wait(client_address(request.scope))
        if seconds:
            return _PAGES.wait(language, seconds, here="/verify")
        with work.look() as connection:
            notice = genuine(connection, code)
    signed = is_signed(vault, notice, sig) if notice is not None and sig else None
    return _PAGES.page("verify.html.j2", language, code=code, sig=sig, notice=notice, signed=signed)


PAGES = Router("/", route_handlers=[index_page, help_page, verify_page])
