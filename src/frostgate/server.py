"""HTTP: the busy roads as raw handlers, everything else by the framework, in one application."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog
from litestar import Litestar, Response, Router, get
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from frostgate import __version__
from frostgate.app import Program
from frostgate.background import Background
from frostgate.base.asgi import Gone, Handler, Receive, Scope, Send, read_ahead
from frostgate.base.clock import stopwatch
from frostgate.base.errors import Refused
from frostgate.base.migrations import is_current
from frostgate.base.problems import Internal, send_problem
from frostgate.base.uow import UnitOfWork
from frostgate.base.web import NEEDS, PUBLIC, RequestIds, exception_handlers, language_of, problem_page, request_id
from frostgate.billing.alerts import routes as alerts
from frostgate.billing.dunning import routes as dunning
from frostgate.billing.invoicing import routes as invoicing
from frostgate.billing.ledger import posting
from frostgate.billing.ledger import routes as ledger
from frostgate.billing.payments import routes as payments
from frostgate.billing.pricing import routes as pricing
from frostgate.billing.statements import routes as statements
from frostgate.cases import routes as cases
from frostgate.directory import journal
from frostgate.directory import routes as directory
from frostgate.directory.admission import admission
from frostgate.directory.factors import routes as factors
from frostgate.directory.guards import AUTHENTICATOR, PRINCIPAL, deny_unless_allowed
from frostgate.directory.networks import routes as networks
from frostgate.directory.permissions import Permission
from frostgate.directory.profiles import routes as profiles
from frostgate.directory.trips import routes as trips
from frostgate.enforcement.endpoint import endpoints
from frostgate.events.endpoint import EventsEndpoint
from frostgate.limits import routes as limits
from frostgate.limits.endpoint import endpoints as limit_endpoints
from frostgate.metrics import CONTENT_TYPE as METRICS
from frostgate.metrics import exposition, registry_of
from frostgate.notices import pages
from frostgate.notices import routes as notices
from frostgate.openapi import Document
from frostgate.rules import routes as rules
from frostgate.rules.explain import EvidenceBook
from frostgate.standing import challenges
from frostgate.standing import routes as standing

log = structlog.get_logger("frostgate.server")

MAX_BODY = 2 * 1024 * 1024
STALE_AFTER = 5.0  # seconds without following the store before we say that we are not ready

# In the order in which the document lists their routes.
_ROOMS = (
    directory,
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
    notices,
    ledger,
    posting,
    pricing,
    payments,
    statements,
    dunning,
    invoicing,
    alerts,
)
_V1 = Router("/v1", route_handlers=[each.ROUTES for each in _ROOMS])


class Application:
    """The ASGI application of one program. Its lifespan is the program's."""

    def __init__(self, program: Program, *, on_ready: Callable[[], None] = lambda: None) -> None:
        self.program = program
        self._on_ready = on_ready
        self.background = Background(program)
        self.hot = self._hot_handlers()
        self.litestar = RequestIds(_litestar(program, self.background))

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


def _litestar(program: Program, background: Background) -> Litestar:
    registry = registry_of(program)

    @get("/healthz", opt={NEEDS: PUBLIC}, sync_to_thread=False, include_in_schema=False)
    def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok", "version": __version__}

    @get("/readyz", opt={NEEDS: PUBLIC}, sync_to_thread=True, include_in_schema=False)
    def readyz() -> Response[dict[str, Any]]:
        """Whether it can do its work: the store answers in the right shape, events are taken, standings are fresh."""
        checks = _checks(program, background)
        ready = all(checks.values())
        return Response({"ready": ready, "checks": checks}, status_code=200 if ready else 503)

    @get("/metrics", opt={NEEDS: PUBLIC}, sync_to_thread=True, include_in_schema=False)
    def metrics() -> Response[bytes]:
        """Figures for Prometheus."""
        return Response(exposition(registry), media_type=METRICS)

    return Litestar(
        route_handlers=[
            healthz,
            readyz,
            metrics,
            problem_page,
            pages.PAGES,
            _V1,
        ],
        guards=[deny_unless_allowed],
        dependencies=_dependencies(program),
        state=State({AUTHENTICATOR: program.authenticator}),
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


def _dependencies(program: Program) -> dict[str, Provide]:
    """What routes may ask for by name."""
    return {
        "principal": PRINCIPAL,
        "work": Provide(lambda: program.uow, sync_to_thread=False),
        "meter": Provide(lambda: program.meter, sync_to_thread=False),
        "renderer": Provide(lambda: program.renderer, sync_to_thread=False),
        "evidence": Provide(EvidenceBook, sync_to_thread=False),
        "factors": Provide(lambda: program.factors, sync_to_thread=False),
        "passwords": Provide(lambda: program.passwords, sync_to_thread=False),
        "channels": Provide(lambda: program.channels, sync_to_thread=False),
        "platform": Provide(lambda: program.settings.platform, sync_to_thread=False),
        "approval_limits": Provide(lambda: program.approval_limits, sync_to_thread=False),
        "stripe": Provide(lambda: program.stripe, sync_to_thread=False),
    }


def _checks(program: Program, background: Background) -> dict[str, bool]:
    try:
        store = is_current(program.database) and program.database.write_problem is None
    except Refused:
        store = False
    return {
        "store": store,
        "intake": program.intake.is_running,
        "register": stopwatch() - background.followed_at < STALE_AFTER,
    }
