"""HTTP: the busy roads as raw handlers, everything else by the framework, in one application."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import structlog
from litestar import Litestar, Response, Router, get, types
from litestar.di import NamedDependency, Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from frostgate import __version__
from frostgate.app import Program
from frostgate.appeals import pages as appeal_pages
from frostgate.appeals import routes as appeals
from frostgate.background import Background
from frostgate.base.asgi import Gone, Handler, Receive, Scope, Send, read_ahead
from frostgate.base.clock import stopwatch
from frostgate.base.errors import Refused
from frostgate.base.migrations import is_current
from frostgate.base.problems import Internal, send_problem
from frostgate.base.uow import UnitOfWork
from frostgate.base.web import (
    NEEDS,
    PUBLIC,
    AnyScope,
    RequestIds,
    exception_handlers,
    language_of,
    problem_page,
    refuse_unknown_parameters,
    request_id,
)
from frostgate.billing.alerts import routes as alerts
from frostgate.billing.dunning import routes as dunning
from frostgate.billing.invoicing import routes as invoicing
from frostgate.billing.ledger import posting
from frostgate.billing.ledger import routes as ledger
from frostgate.billing.payments import routes as payments
from frostgate.billing.pricing import routes as pricing
from frostgate.billing.statements import routes as statements
from frostgate.cases import release_routes as releases
from frostgate.cases import routes as cases
from frostgate.cases.bulk import routes as bulk
from frostgate.cases.clock import routes as clock
from frostgate.cases.desk import routes as desk
from frostgate.cases.groups import routes as groups
from frostgate.cases.notes import routes as notes
from frostgate.checkups import pages as check_up_pages
from frostgate.checkups import routes as checkups
from frostgate.checkups.reviews import pages as review_pages
from frostgate.checkups.reviews import routes as reviews
from frostgate.config import SettingsRefused
from frostgate.directory import journal
from frostgate.directory import routes as directory
from frostgate.directory.admission import admission
from frostgate.directory.emergencies import routes as emergencies
from frostgate.directory.emergencies.routes import UNIT_OF_WORK, note_emergency_request
from frostgate.directory.factors import routes as factors
from frostgate.directory.guards import AUTHENTICATOR, PRINCIPAL, deny_unless_allowed
from frostgate.directory.managers import routes as managers
from frostgate.directory.networks import routes as networks
from frostgate.directory.networks.forwarded import Proxies
from frostgate.directory.oidc import routes as oidc
from frostgate.directory.permissions import Permission
from frostgate.directory.profiles import routes as profiles
from frostgate.directory.registration import routes as registration
from frostgate.directory.sessions import routes as sessions
from frostgate.directory.trips import routes as trips
from frostgate.documents import routes as documents
from frostgate.documents.licences import routes as licences
from frostgate.enforcement.endpoint import endpoints
from frostgate.events.endpoint import EventsEndpoint
from frostgate.limits import routes as limits
from frostgate.limits.endpoint import endpoints as limit_endpoints
from frostgate.metrics import CONTENT_TYPE as METRICS
from frostgate.metrics import exposition, registry_of
from frostgate.notices import pages
from frostgate.notices import routes as notices
from frostgate.notices.contacts import routes as contacts
from frostgate.notices.pages import signed_in
from frostgate.notices.pages.shared import SPEAKER
from frostgate.notices.receipts import routes as receipts
from frostgate.openapi import Document
from frostgate.portfolio import routes as portfolio
from frostgate.rules import routes as rules
from frostgate.rules.explain import EvidenceBook
from frostgate.selfcheck import pages as self_check
from frostgate.selfcheck import routes as reports
from frostgate.standing import challenges
from frostgate.standing import routes as standing

log = structlog.get_logger("frostgate.server")

MAX_BODY = 2 * 1024 * 1024
STALE_AFTER = 5.0  # seconds without following the store before we say that we are not ready

# In the order in which the document lists their routes.
_ROOMS = (
    directory,
    sessions,
    oidc,
    registration,
    managers,
    emergencies,
    portfolio,
    trips,
    networks,
    profiles,
    factors,
    journal,
    limits,
    standing,
    challenges,
    rules,
    cases,
    releases,
    clock,
    desk,
    groups,
    notes,
    documents,
    licences,
    bulk,
    appeals,
    checkups,
    reviews,
    notices,
    contacts,
    receipts,
    ledger,
    posting,
    pricing,
    payments,
    statements,
    dunning,
    invoicing,
    alerts,
    reports,
)
_SERVING = "frostgate.serving"
Serving = NamedDependency[Any]  # the application that a request came to
_V1 = Router("/v1", route_handlers=[each.ROUTES for each in _ROOMS], guards=[refuse_unknown_parameters])


class Application:
    """The ASGI application of one program. Its lifespan is the program's."""

    def __init__(self, program: Program, *, on_ready: Callable[[], None] = lambda: None) -> None:
        self.program = program
        self._on_ready = on_ready
        self.background = Background(program)
        self._proxies = _proxies(program.settings.proxies)
        self.hot = self._hot_handlers()
        self.registry = registry_of(program)
        self.litestar = RequestIds(_calm_roads())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            handler = self.hot.get((scope["method"], scope["path"]))
            if handler is not None:
                return await _hot(handler, scope, receive, send)
            return await self._served(scope, receive, send)
        if scope["type"] == "lifespan":
            return await self._lifespan(receive, send)
        return None

    def _hot_handlers(self) -> Mapping[tuple[str, str], Handler]:
        program = self.program
        events = EventsEndpoint(
            program.intake,
            admit=admission(program.authenticator, Permission.EVENTS_WRITE),
            knows_tenant=program.tenants.knows,
            clock=program.clock,
            oldest=timedelta(days=program.settings.oldest_event_days),
            kept=lambda: timedelta(seconds=program.running.policy.keep_events_seconds),
        )
        ask = admission(program.authenticator, Permission.GATE_ASK)
        gate = endpoints(program.gate, admit=ask, public_url=program.settings.address)
        takes = admission(program.authenticator, Permission.LIMITS_TAKE)
        limited = limit_endpoints(program.meter, admit=takes, knows=program.tenants.knows)
        return {("POST", "/v1/events"): events, **gate, **limited}

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One of the calmer roads, with a line in the log: who asked for what is there, never what they said."""
        start, status = stopwatch(), 0
        self._proxies.tell(scope)
        told: AnyScope = scope
        told[_SERVING], told[AUTHENTICATOR], told[UNIT_OF_WORK] = self, self.program.authenticator, self.program.uow
        SPEAKER.set(self.program.settings.platform)

        async def noted(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self.litestar(scope, await read_ahead(scope, receive), noted)  # type: ignore[arg-type]
        log.info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round((stopwatch() - start) * 1000, 1),
            request_id=request_id(scope),
        )

    def checks(self) -> dict[str, bool]:
        """What must hold before requests are sent here."""
        program = self.program
        try:
            store = is_current(program.database) and program.database.write_problem is None
        except Refused:
            store = False
        return {
            "store": store,
            "intake": program.intake.is_running,
            "register": stopwatch() - self.background.followed_at < STALE_AFTER,
        }

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await asyncio.to_thread(self.program.start)
            self.background.start()
        except Exception as error:
            log.error("cannot start", error=type(error).__name__, problem=str(error))
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        self._on_ready()
        await receive()
        await self.background.stop()
        await asyncio.to_thread(self.program.stop)
        await send({"type": "lifespan.shutdown.complete"})


def _proxies(cidrs: Sequence[str]) -> Proxies:
    try:
        return Proxies(cidrs)
    except ValueError as error:
        raise SettingsRefused(problem=f"proxies: {error}") from None


async def _hot(handler: Handler, scope: Scope, receive: Receive, send: Send) -> None:
    """Call a raw handler and put its refusals on the wire."""
    try:
        await handler(scope, receive, send)
    except Refused as refused:
        await send_problem(send, refused, language_of(scope), request_id(scope))
    except Gone:
        return
    except Exception:
        log.exception("request failed", path=scope["path"], request_id=request_id(scope))
        await send_problem(send, Internal(), language_of(scope), request_id(scope))


def _part(of: Callable[["Application"], Any]) -> Provide:
    """Something of the application that serves this request, for routes to ask for by name."""

    def found(scope: types.Scope) -> Any:
        return of(scope[_SERVING])  # type: ignore[literal-required]

    return Provide(found, sync_to_thread=False)


def _evidence(scope: types.Scope) -> EvidenceBook:
    return EvidenceBook(language_of(scope))


_DEPENDENCIES = {
    "principal": PRINCIPAL,
    "evidence": Provide(_evidence, sync_to_thread=False),
    "serving": _part(lambda serving: serving),
    "health": _part(lambda serving: serving.checks),
    "work": _part(lambda serving: serving.program.uow),
    "meter": _part(lambda serving: serving.program.meter),
    "door": _part(lambda serving: serving.program.door),
    "check_up_door": _part(lambda serving: serving.program.check_up_door),
    "review_door": _part(lambda serving: serving.program.review_door),
    "renderer": _part(lambda serving: serving.program.renderer),
    "documents": _part(lambda serving: serving.program.documents),
    "factors": _part(lambda serving: serving.program.factors),
    "staff": _part(lambda serving: serving.program.sign_in),
    "sso": _part(lambda serving: serving.program.single_sign_on),
    "passwords": _part(lambda serving: serving.program.passwords),
    "vault": _part(lambda serving: serving.program.vault),
    "receipt_keys": _part(lambda serving: serving.program.receipt_keys),
    "channels": _part(lambda serving: serving.program.channels),
    "platform": _part(lambda serving: serving.program.settings.platform),
    "emergency_limit": _part(lambda serving: serving.program.settings.emergency_limit),
    "approval_limits": _part(lambda serving: serving.program.approval_limits),
    "stripe": _part(lambda serving: serving.program.stripe),
    "turnstiles": _part(lambda serving: serving.program.turnstiles),
}


@get("/healthz", opt={NEEDS: PUBLIC}, sync_to_thread=False, include_in_schema=False)
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok", "version": __version__}


@get("/readyz", opt={NEEDS: PUBLIC}, sync_to_thread=True, include_in_schema=False)
def readyz(serving: Serving) -> Response[dict[str, Any]]:
    """Whether it can do its work: the store answers in the right shape, events are taken, standings are fresh."""
    checks = serving.checks()
    ready = all(checks.values())
    return Response({"ready": ready, "checks": checks}, status_code=200 if ready else 503)


@get("/metrics", opt={NEEDS: PUBLIC}, sync_to_thread=True, include_in_schema=False)
def metrics(serving: Serving) -> Response[bytes]:
    """Figures for Prometheus."""
    return Response(exposition(serving.registry), media_type=METRICS)


@cache
def _calm_roads() -> Litestar:
    """All routes of the framework. They belong to no program: each request brings along whose it is."""
    return Litestar(
        route_handlers=[
            healthz,
            readyz,
            metrics,
            problem_page,
            pages.PAGES,
            signed_in.PAGES,
            self_check.PAGES,
            appeal_pages.PAGES,
            check_up_pages.PAGES,
            review_pages.PAGES,
            _V1,
        ],
        guards=[deny_unless_allowed, note_emergency_request],
        dependencies=_DEPENDENCIES,
        exception_handlers=exception_handlers(),
        logging_config=None,
        request_max_body_size=MAX_BODY,
        signature_types=[UnitOfWork],
        openapi_config=OpenAPIConfig(
            title="Frostgate",
            use_handler_docstrings=True,
            version=__version__,
            openapi_router=Router("/schema", route_handlers=[], opt={NEEDS: PUBLIC}, include_in_schema=False),
            render_plugins=[Document()],
            security=[{"bearer": []}],
            components=Components(security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}),
        ),
    )
