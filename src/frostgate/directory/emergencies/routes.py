"""Emergencies over HTTP, and the guard that puts each of their requests on record."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Router, delete, get, post
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, JSONBody

from frostgate.base.uow import UnitOfWork
from frostgate.base.web import NEEDS
from frostgate.directory.emergencies import service, store
from frostgate.directory.emergencies.model import REASON_LEAST, Emergency
from frostgate.directory.factors.kit import FactorKit
from frostgate.directory.factors.routes import PasskeyAnswer, ProofView, TotpAnswer, able_view
from frostgate.directory.guards import principal_or_none
from frostgate.directory.model import Principal
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission, Role
from frostgate.directory.routing import Who, Work
from frostgate.directory.sessions.views import RecoveryAnswer

# Where the server leaves its unit of work in the scope of every request, for the guard.
UNIT_OF_WORK = "frostgate.unit_of_work"


class NewEmergency(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why somebody needs more than their role gives, over what, and for how many hours; and that it is themselves.

    `proof`: the answer of a second factor, which `/v1/emergencies/proof` asks for, or a recovery code.
    """

    proof: TotpAnswer | PasskeyAnswer | RecoveryAnswer | None = None
    reason: Annotated[str, msgspec.Meta(min_length=REASON_LEAST, max_length=2000)]
    tenant_id: str | None = None  # None: the whole platform
    hours: Annotated[float, msgspec.Meta(gt=0, le=24)] = 1.0


class EmergencyView(msgspec.Struct, frozen=True, kw_only=True):
    """One emergency; `state`: open, ended, expired. `requests` is how many were let through."""

    id: str
    operator_id: str
    tenant_id: str | None
    role: Role
    reason: str
    on_the_machine: bool
    began_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    state: str
    requests: int


class OpenedEmergency(msgspec.Struct, frozen=True):
    """A new emergency; `secret` goes into `Authorization: Bearer` of what is done in it, and is shown this once."""

    secret: str
    emergency: EmergencyView


@get("/emergencies", opt={NEEDS: Permission.EMERGENCIES_READ}, sync_to_thread=True)
def list_emergencies(work: Work, principal: Who, after: After = None, limit: Limit = 100) -> Page[EmergencyView]:
    """Who took more power than their role gives, when and why: the latest first, as far as the caller sees."""
    with work.look() as connection:
        found = store.newest(connection, tenant_id=principal.tenant_id, before=after or "", limit=limit + 1)
    return page_of([_view(each, work.clock.now()) for each in found], limit)


@post("/emergencies", opt={NEEDS: Permission.EMERGENCIES_OPEN}, sync_to_thread=True)
def open_emergency(
    data: JSONBody[NewEmergency],
    work: Work,
    principal: Who,
    emergency_limit: NamedDependency[timedelta],
    factors: NamedDependency[FactorKit],
) -> OpenedEmergency:
    """Break the glass: a session of its own with more power, for a few hours; everybody concerned is told at once."""
    opened = service.open_emergency(
        work,
        tenant_id=data.tenant_id if data.tenant_id is not None else principal.tenant_id,
        reason=data.reason,
        span=timedelta(hours=data.hours),
        at_most=emergency_limit,
        proof=None if data.proof is None else data.proof.given,
        kit=factors,
        by=principal,
    )
    return OpenedEmergency(opened.secret, _view(opened.emergency, opened.emergency.began_at))


@post(
    "/emergencies/proof",
    opt={NEEDS: Permission.SELF},
    sync_to_thread=True,
    status_code=200,
    summary="What can prove oneself before breaking the glass",
)
def offer_proof(work: Work, principal: Who, factors: NamedDependency[FactorKit]) -> ProofView:
    """The active factors, for passkeys with options good for five minutes, one try, and nothing else."""
    with work.begin() as tx:
        made = service.offer_proof(tx, kit=factors, by=principal)
    return ProofView(factors=[able_view(each) for each in made.factors], passkey=made.passkey)


@get("/emergencies/{emergency_id:str}", opt={NEEDS: Permission.EMERGENCIES_READ}, sync_to_thread=True)
def get_emergency(emergency_id: FromPath[str], work: Work, principal: Who) -> EmergencyView:
    """One emergency."""
    with work.look() as connection:
        found = store.get(connection, emergency_id)
    principal.within(found.tenant_id)
    return _view(found, work.clock.now())


@delete(
    "/emergencies/{emergency_id:str}",
    opt={NEEDS: Permission.EMERGENCIES_READ},
    sync_to_thread=True,
    status_code=200,
)
def end_emergency(emergency_id: FromPath[str], work: Work, principal: Who) -> EmergencyView:
    """End one before its time: one's own, or any that one sees where the role allows it. It stays in the list."""
    with work.begin() as tx:
        ended = service.end_emergency(tx, emergency_id, by=principal)
        return _view(ended, tx.now)


async def note_emergency_request(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard after the guard: what an emergency lets through is on record before it is done, or is not done."""
    principal = principal_or_none(connection.scope)
    if principal is not None and principal.emergency_id is not None:
        scope: Any = connection.scope
        work: UnitOfWork = scope[UNIT_OF_WORK]
        await sync_to_thread(_note, work, principal, scope["method"], scope["path"])


def _note(work: UnitOfWork, principal: Principal, method: str, path: str) -> None:
    with work.begin() as tx:
        service.note_request(tx, method=method, path=path, by=principal)


def _view(emergency: Emergency, at: datetime) -> EmergencyView:
    return EmergencyView(**msgspec.structs.asdict(emergency), state=emergency.stands(at).value)


ROUTES = Router(
    "/",
    tags=["emergencies"],
    route_handlers=[list_emergencies, open_emergency, offer_proof, get_emergency, end_emergency],
)
