"""The guard before every route: a route that does not say what it needs is closed to everybody."""

from collections.abc import Iterator
from typing import Any

from litestar import Litestar
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.types import Scope

from frostgate.base.errors import Forbidden, Unauthenticated
from frostgate.base.web import NEEDS
from frostgate.directory.auth import Authenticator
from frostgate.directory.model import Principal
from frostgate.directory.permissions import Permission

# Where the server leaves its authenticator in the scope of every request.
AUTHENTICATOR = "frostgate.authenticator"

_PRINCIPAL = "frostgate.principal"


async def deny_unless_allowed(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request through where its principal may do what the route needs. One guard for the whole application.

    Raises:
        Unauthenticated: no credential, or none that counts.
        Forbidden: the role does not allow it, or the route forgot to say what it needs.
    """
    if _only_names_methods(handler):
        return
    needs = handler.opt.get(NEEDS)
    if needs == Permission.PUBLIC:
        return
    if not isinstance(needs, Permission):
        raise Forbidden
    authenticator: Authenticator = connection.scope[AUTHENTICATOR]  # type: ignore[literal-required]
    given = connection.headers.get("authorization")
    # Only an answer that is not remembered costs a thread and a look into the database.
    principal = authenticator.remembered(given)
    if principal is None:
        principal = await sync_to_thread(authenticator.authenticate, given)
    if not principal.may(needs):
        raise Forbidden(needed=needs.value)
    connection.scope[_PRINCIPAL] = principal  # type: ignore[literal-required]


def principal_in(scope: Any) -> Principal:
    """Who sent the request, once the guard let it through.

    Raises:
        Unauthenticated: the route is public and nobody was asked.
    """
    principal = principal_or_none(scope)
    if principal is None:
        raise Unauthenticated
    return principal


def principal_or_none(scope: Any) -> Principal | None:
    """Who sent the request; None where the route is public."""
    principal = scope.get(_PRINCIPAL)
    assert principal is None or isinstance(principal, Principal), "BUG: something else in the principal's place"
    return principal


def provide_principal(scope: Scope) -> Principal:
    """The dependency `principal`."""
    return principal_in(scope)


PRINCIPAL = Provide(provide_principal, sync_to_thread=False)


def routes_without_permission(app: Litestar) -> list[str]:
    """The routes that forgot to say what they need, as "METHOD /path"; a test wants none."""
    return sorted(
        f"{_methods(handler)} {route.path}"
        for route in app.routes
        for handler in _handlers(route)
        if not _only_names_methods(handler) and not _says(handler.opt.get(NEEDS))
    )


def _says(needs: Any) -> bool:
    return isinstance(needs, Permission) or needs == Permission.PUBLIC


def _handlers(route: Any) -> Iterator[BaseRouteHandler]:
    yield from getattr(route, "route_handlers", None) or [route.route_handler]


def _methods(handler: BaseRouteHandler) -> str:
    return ",".join(sorted(str(method) for method in getattr(handler, "http_methods", ()))) or "ANY"


def _only_names_methods(handler: BaseRouteHandler) -> bool:
    """The framework's own answer to OPTIONS, which lists methods and touches nothing."""
    return getattr(handler, "http_methods", None) == {"OPTIONS"} and handler.fn.__name__ == "options_handler"
