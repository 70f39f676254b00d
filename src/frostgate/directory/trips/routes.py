"""Trips over HTTP: declared for an account, and decided about by its tenant."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from frostgate.base.web import NEEDS
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import AccountId, TenantId, Who, Work
from frostgate.directory.store import get_tenant
from frostgate.directory.trips import service, store
from frostgate.directory.trips.model import State, Trip, TripDraft, TripPlace

Wanted = Annotated[State | None, QueryParameter(name="state", description="Only trips in this state.")]


class TripView(msgspec.Struct, frozen=True, kw_only=True):
    """A declared journey. `decided_by` is who brought it to its state; `system:...` where nobody had to agree."""

    id: str
    tenant_id: str
    account_id: str
    places: tuple[TripPlace, ...]
    starts_at: datetime
    ends_at: datetime
    note: str
    state: State
    declared_by: str
    declared_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None


class Agreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, where there is something to say."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)] | None = None


class Rejection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why not: whoever asked will want to know."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


@post(
    "/tenants/{tenant_id:str}/accounts/{account_id:str}/trips",
    opt={NEEDS: Permission.TRIPS_WRITE},
    sync_to_thread=True,
)
def declare_trip(
    tenant_id: TenantId, account_id: AccountId, data: JSONBody[TripDraft], work: Work, principal: Who
) -> TripView:
    """Declare a journey; the same places in the same time again are the trip that is there."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return _view(service.declare_trip(tx, data, tenant_id=tenant_id, account_id=account_id, by=principal))


@get(
    "/tenants/{tenant_id:str}/accounts/{account_id:str}/trips",
    opt={NEEDS: Permission.TRIPS_READ},
    sync_to_thread=True,
)
def list_trips_of_account(
    tenant_id: TenantId,
    account_id: AccountId,
    work: Work,
    principal: Who,
    wanted: Wanted = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[TripView]:
    """An account's trips, oldest first; nothing is deleted."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = store.list_trips(
            connection, tenant_id=tenant_id, account_id=account_id, state=wanted, after=after or "", limit=limit + 1
        )
    return page_of([_view(trip) for trip in found], limit)


@get("/tenants/{tenant_id:str}/trips", opt={NEEDS: Permission.TRIPS_READ}, sync_to_thread=True)
def list_trips(
    tenant_id: TenantId, work: Work, principal: Who, wanted: Wanted = None, after: After = None, limit: Limit = 100
) -> Page[TripView]:
    """A tenant's trips, oldest first; `state=requested` is what waits for an answer."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = store.list_trips(connection, tenant_id=tenant_id, state=wanted, after=after or "", limit=limit + 1)
    return page_of([_view(trip) for trip in found], limit)


@get("/tenants/{tenant_id:str}/trips/{trip_id:str}", opt={NEEDS: Permission.TRIPS_READ}, sync_to_thread=True)
def get_trip(tenant_id: TenantId, trip_id: FromPath[str], work: Work, principal: Who) -> TripView:
    """One trip."""
    principal.within(tenant_id)
    with work.look() as connection:
        return _view(store.get_trip(connection, trip_id, tenant_id=tenant_id))


@post(
    "/tenants/{tenant_id:str}/trips/{trip_id:str}/approve",
    opt={NEEDS: Permission.TRIPS_APPROVE},
    sync_to_thread=True,
    status_code=200,
)
def approve_trip(
    tenant_id: TenantId, trip_id: FromPath[str], data: JSONBody[Agreement], work: Work, principal: Who
) -> TripView:
    """Agree to a trip that somebody else declared."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return _view(service.approve_trip(tx, trip_id, tenant_id=tenant_id, reason=data.reason, by=principal))


@post(
    "/tenants/{tenant_id:str}/trips/{trip_id:str}/reject",
    opt={NEEDS: Permission.TRIPS_APPROVE},
    sync_to_thread=True,
    status_code=200,
)
def reject_trip(
    tenant_id: TenantId, trip_id: FromPath[str], data: JSONBody[Rejection], work: Work, principal: Who
) -> TripView:
    """Refuse a trip that was requested."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return _view(service.reject_trip(tx, trip_id, tenant_id=tenant_id, reason=data.reason, by=principal))


@post(
    "/tenants/{tenant_id:str}/trips/{trip_id:str}/cancel",
    opt={NEEDS: Permission.TRIPS_WRITE},
    sync_to_thread=True,
    status_code=200,
)
def cancel_trip(
    tenant_id: TenantId, trip_id: FromPath[str], data: JSONBody[Agreement], work: Work, principal: Who
) -> TripView:
    """Call a trip off, approved or not."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return _view(service.cancel_trip(tx, trip_id, tenant_id=tenant_id, reason=data.reason, by=principal))


def _view(trip: Trip) -> TripView:
    return TripView(
        id=trip.id,
        tenant_id=trip.tenant_id,
        account_id=trip.account_id,
        places=trip.places,
        starts_at=trip.starts_at,
        ends_at=trip.ends_at,
        note=trip.note,
        state=trip.state,
        declared_by=str(trip.declared_by),
        declared_at=trip.declared_at,
        decided_by=None if trip.decided_by is None else str(trip.decided_by),
        decided_at=trip.decided_at,
        decision_reason=trip.decision_reason,
    )


ROUTES = Router(
    "/",
    tags=["trips"],
    route_handlers=[
        declare_trip,
        list_trips_of_account,
        list_trips,
        get_trip,
        approve_trip,
        reject_trip,
        cancel_trip,
    ],
)
