"""Declaring trips, and deciding about them: each change states its fact."""

from frostgate.base.model import Actor, ActorKind
from frostgate.base.uow import Tx
from frostgate.directory.errors import AccountIdUnusable
from frostgate.directory.model import Principal, UnknownAccounts, is_name
from frostgate.directory.permissions import MACHINE_ROLES
from frostgate.directory.store import get_account, hold_tenant
from frostgate.directory.trips import store
from frostgate.directory.trips.model import (
    OPEN_TRIPS,
    State,
    TooManyTrips,
    Trip,
    TripCancelled,
    TripDecided,
    TripDeclared,
    TripDraft,
    declare,
)


def declare_trip(tx: Tx, draft: TripDraft, *, tenant_id: str, account_id: str, by: Principal) -> Trip:
    """Declare a journey. The same places in the same time again are the trip that is there.

    Raises:
        TenantUnknown, AccountUnknown, AccountIdUnusable: there is nobody to travel.
        TripBackwards, TripPast, TripTooLong, TripTooFarAhead, CountryUnknown: it cannot be.
        TooManyTrips: the account has as many open ones as it may have.
    """
    # One declaration of a tenant after another, so that two at once neither pass the limit nor say the same twice.
    tenant = hold_tenant(tx.connection, tenant_id)
    if not is_name(account_id):
        raise AccountIdUnusable
    if tenant.unknown_accounts is UnknownAccounts.REFUSE:
        get_account(tx.connection, account_id, tenant_id=tenant_id)
    trip = declare(
        draft,
        trip_id=tx.new_id(),
        tenant_id=tenant_id,
        account_id=account_id,
        needs_approval=tenant.trips_need_approval,
        by=person_behind(by),
        at=tx.now,
    )
    known = store.open_trips(tx.connection, account_id, tenant_id=tenant_id, at=tx.now)
    for each in known:
        if each.is_same(trip):
            return each
    if len(known) >= OPEN_TRIPS:
        raise TooManyTrips(limit=OPEN_TRIPS)
    store.add(tx.connection, trip)
    tx.state(TripDeclared(tenant_id=tenant_id, trip=trip), actor=by.actor)
    return trip


def approve_trip(tx: Tx, trip_id: str, *, tenant_id: str, reason: str | None, by: Principal) -> Trip:
    """Agree to a trip that somebody else declared.

    Raises:
        TripUnknown: the tenant has no such trip.
        OwnTrip: the same person declared it.
        TripDecidedAlready, TripOver: there is nothing to decide about.
    """
    trip = store.get_trip(tx.connection, trip_id, tenant_id=tenant_id, lock=True)
    return _settled(tx, trip.approve(by=person_behind(by), at=tx.now, reason=reason), by=by)


def reject_trip(tx: Tx, trip_id: str, *, tenant_id: str, reason: str, by: Principal) -> Trip:
    """Refuse a trip that was requested.

    Raises:
        TripUnknown: the tenant has no such trip.
        TripDecidedAlready, TripOver: there is nothing to decide about.
    """
    trip = store.get_trip(tx.connection, trip_id, tenant_id=tenant_id, lock=True)
    return _settled(tx, trip.reject(by=person_behind(by), at=tx.now, reason=reason), by=by)


def cancel_trip(tx: Tx, trip_id: str, *, tenant_id: str, reason: str | None, by: Principal) -> Trip:
    """Call a trip off, approved or not.

    Raises:
        TripUnknown: the tenant has no such trip.
        TripDecidedAlready: it was rejected, or cancelled before.
        TripOver: it has been.
    """
    trip = store.get_trip(tx.connection, trip_id, tenant_id=tenant_id, lock=True)
    return _settled(tx, trip.cancel(by=person_behind(by), at=tx.now, reason=reason), by=by)


def person_behind(by: Principal) -> Actor:
    """Who answers for it: a person is the same in a session and through a program of theirs.

    A portal acts for holders, so what it does is not the doing of whoever issued its token.
    """
    if by.operator_id is None or by.role in MACHINE_ROLES:
        return by.actor
    return Actor(ActorKind.OPERATOR, by.operator_id)


def _settled(tx: Tx, trip: Trip, *, by: Principal) -> Trip:
    """Save what became of a trip, and say so."""
    store.save(tx.connection, trip)
    fact = TripCancelled if trip.state is State.CANCELLED else TripDecided
    tx.state(fact(tenant_id=trip.tenant_id, trip=trip), actor=by.actor)
    return trip
