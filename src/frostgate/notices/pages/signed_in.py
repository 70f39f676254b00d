"""Where the identity provider sends people back to, for whoever has no page of their own: plain HTML, no script.

Coming back from another site, a browser sends no strict cookie along, and what previews links must use nothing up. So
the page that is opened only asks to go on, and its form, which our own page sends, brings the cookie that binds the
sign-in to this browser. The session is shown once, in the body of that answer alone: never in an address, and in no
cookie, as with every other way to sign in.
"""

from typing import Annotated

import msgspec
import structlog
from litestar import Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter, URLEncodedBody

from frostgate.base.errors import Refused
from frostgate.base.model import Language
from frostgate.base.problems import headers_of, status_of
from frostgate.base.texts import moment, role_word, say
from frostgate.base.web import NEEDS, PUBLIC, client_address
from frostgate.directory.oidc import service
from frostgate.directory.oidc.model import PAGE, PATH, AtProvider, ProviderDenied, ProviderRefused, StateInvalid
from frostgate.directory.oidc.routes import COOKIE
from frostgate.directory.oidc.service import SingleSignOn
from frostgate.directory.routing import Work
from frostgate.directory.sessions.opening import SignedIn
from frostgate.directory.sessions.views import whence
from frostgate.limits.turnstile import Turnstiles
from frostgate.notices.pages.shared import FRAME, Asking, Lang, Pages, language_for

log = structlog.get_logger("frostgate.oidc")

LONGEST_CODE, LONGEST_STATE = 4096, 256
_PAGES = Pages(FRAME)

Sso = NamedDependency[SingleSignOn]


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What the form passes on: the provider's code, and the state by which we know the sign-in."""

    code: Annotated[str, msgspec.Meta(max_length=LONGEST_CODE)] = ""
    state: Annotated[str, msgspec.Meta(max_length=LONGEST_STATE)] = ""
    lang: str = ""


@get("/page", sync_to_thread=False)
def come_back(
    request: Asking,
    sso: Sso,
    code: FromQuery[str] = "",
    brought_state: Annotated[str, QueryParameter(name="state")] = "",
    error: FromQuery[str] = "",
    lang: Lang = None,
) -> Response[bytes]:
    """One more press of a button, or in plain words why it came to nothing.

    Nothing is used up yet.
    """
    language = language_for(request, lang)
    try:
        sso.on()
        if error:
            raise ProviderDenied if error == AtProvider.ACCESS_DENIED else ProviderRefused(problem="an error came back")
        if not (1 <= len(code) <= LONGEST_CODE and 1 <= len(brought_state) <= LONGEST_STATE):
            raise StateInvalid
    except Refused as refused:
        return _refused(refused, language)
    return _PAGES.page("oidc_return.html.j2", language, here=PAGE, code=code, state=brought_state)


@post("/page", sync_to_thread=True)
def go_on(
    request: Asking,
    data: URLEncodedBody[Brought],
    work: Work,
    sso: Sso,
    turnstiles: NamedDependency[Turnstiles],
) -> Response[bytes]:
    """Finish the sign-in: once, and in the browser that began it."""
    language = language_for(request, data.lang)
    if seconds := turnstiles.tries.wait(client_address(request.scope)):
        return _PAGES.wait(language, seconds, here=PAGE)
    cookie = request.cookies.get(COOKIE, "")
    try:
        found = service.finish(work, code=data.code, state=data.state, cookie=cookie, whence=whence(request), sso=sso)
    except Refused as refused:
        return _refused(refused, language)
    return _done(found, language, is_secure=sso.is_secure)


def _done(found: SignedIn, language: Language, *, is_secure: bool) -> Response[bytes]:
    operator = found.principal.operator
    assert operator is not None, "BUG: somebody signed in who is nobody"
    assert found.token.expires_at is not None, "BUG: a session that never ends"
    page = _PAGES.page(
        "oidc_done.html.j2",
        language,
        here=PAGE,
        name=operator.name,
        role=role_word(operator.role.value, language),
        secret=found.secret,
        until=moment(found.token.expires_at, "Asia/Shanghai" if language is Language.ZH else "UTC", language),
    )
    # What bound the sign-in to this browser is used up: nothing of it stays there.
    page.cookies.append(
        Cookie(COOKIE, path=PATH, value="", max_age=0, httponly=True, secure=is_secure, samesite="strict")
    )
    return page


def _refused(refused: Refused, language: Language) -> Response[bytes]:
    """Why not, in words and by its code. What engineers need to know of it is in the log."""
    log.warning("single sign-on refused", code=refused.code, **refused.params)
    return _PAGES.page(
        "oidc_refused.html.j2",
        language,
        status=status_of(refused.code),
        headers=headers_of(refused, language),
        here=PAGE,
        code=refused.code,
        words=say(refused.code, language, **refused.params),
    )


PAGES = Router(PATH, route_handlers=[come_back, go_on], opt={NEEDS: PUBLIC}, include_in_schema=False)
