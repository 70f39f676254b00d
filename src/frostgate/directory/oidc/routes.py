"""Single sign-on over HTTP: two questions of the page that the provider sends people back to."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import JSONBody

from frostgate.base.web import NEEDS
from frostgate.directory.oidc import service
from frostgate.directory.oidc.model import PATH, SIGN_IN_LASTS
from frostgate.directory.oidc.service import SingleSignOn
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Work
from frostgate.directory.sessions.views import OpenedSession, opened, whence

COOKIE = "frostgate_oidc"

_PUBLIC = {NEEDS: Permission.PUBLIC}
Sso = NamedDependency[SingleSignOn]


class Departure(msgspec.Struct, frozen=True):
    """Where to send the browser."""

    address: str


class Return(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the provider gave the browser back."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    state: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


@post("/session/oidc", opt=_PUBLIC, sync_to_thread=True, status_code=200, summary="Begin single sign-on")
def begin_single_sign_on(work: Work, sso: Sso) -> Response[Departure]:
    """The provider's address, and a cookie that binds the sign-in to this browser for ten minutes."""
    address, secret = service.begin(work, sso)
    return Response(Departure(address), cookies=[_cookie(sso, secret)])


@post("/session/oidc/return", opt=_PUBLIC, sync_to_thread=True, summary="Finish single sign-on")
def finish_single_sign_on(
    data: JSONBody[Return], request: Request[Any, Any, Any], work: Work, sso: Sso
) -> OpenedSession:
    """Once, and from the browser that began."""
    cookie = request.cookies.get(COOKIE, "")
    found = service.finish(work, code=data.code, state=data.state, cookie=cookie, whence=whence(request), sso=sso)
    return opened(found)


def _cookie(sso: SingleSignOn, value: str) -> Cookie:
    """For these routes and the page beside them, never for scripts."""
    age = int(SIGN_IN_LASTS.total_seconds())
    return Cookie(COOKIE, path=PATH, value=value, max_age=age, httponly=True, secure=sso.is_secure, samesite="strict")


ROUTES = Router("/", tags=["signing in"], route_handlers=[begin_single_sign_on, finish_single_sign_on])
