"""Declared journeys (报备): who said where an account would be, and who agreed. Pure values and transitions."""

import enum
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

import msgspec

from frostgate.base.errors import Conflict, Forbidden, NotFound, Refused
from frostgate.base.model import Actor, ActorKind, Fact
from frostgate.directory.trips.countries import COUNTRIES

LONGEST = timedelta(days=90)
FURTHEST = timedelta(days=180)  # how far ahead a trip may begin
OPEN_TRIPS = 20  # of one account: requested or approved, and not over

# Who approved where the tenant asks for no approval.
NO_APPROVAL_NEEDED = Actor(ActorKind.SYSTEM, "no-approval-needed")

# City names come from databases in Latin letters; one without any of them would never match.
CITY = r"^[^\x00-\x1f\x7f]*[A-Za-z][^\x00-\x1f\x7f]*$(?!\n)"

Note = Annotated[str, msgspec.Meta(max_length=500)]


class State(enum.StrEnum):
    """How far a trip has come."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class TripUnknown(NotFound):
    """The tenant has no such trip."""

    code = "trip.unknown"


class TripBackwards(Refused):
    """It ends before it begins, or as it begins."""

    code = "trip.backwards"


class TripPast(Refused):
    """It was over before it was declared: what happened then has been judged."""

    code = "trip.past"


class TripTooLong(Refused):
    """Who is away for so long lives there."""

    code = "trip.too_long"


class TripTooFarAhead(Refused):
    """It begins too far ahead."""

    code = "trip.too_far_ahead"


class CountryUnknown(Refused):
    """ISO 3166-1 knows no such country."""

    code = "trip.country_unknown"


class TooManyTrips(Conflict):
    """The account has as many open trips as one may have."""

    code = "trip.too_many"


class TripDecidedAlready(Conflict):
    """Somebody decided about it before, or it was cancelled."""

    code = "trip.decided_already"


class TripOver(Conflict):
    """It is over: there is nothing left to decide about or to cancel."""

    code = "trip.over"


class OwnTrip(Forbidden):
    """Whoever declared a trip does not approve it."""

    code = "trip.own"


class TripPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a trip goes: a city, or a whole country where no city is named."""

    country: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2}$(?!\n)")]  # ISO 3166-1 alpha-2
    city: Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=CITY)] | None = None  # in English


class TripDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A trip as somebody declares it."""

    places: Annotated[tuple[TripPlace, ...], msgspec.Meta(min_length=1, max_length=10)]
    starts_at: Annotated[datetime, msgspec.Meta(tz=True)]
    ends_at: Annotated[datetime, msgspec.Meta(tz=True)]
    note: Note = ""


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """A declared journey (报备). It expires by itself: nothing has to run when its time is over."""

    id: str
    tenant_id: str
    account_id: str
    places: tuple[TripPlace, ...]
    starts_at: datetime
    ends_at: datetime  # still in it
    note: str = ""
    state: State
    declared_by: Actor
    declared_at: datetime
    decided_by: Actor | None = None  # who brought it to the state in which it is
    decided_at: datetime | None = None
    decision_reason: str | None = None

    def is_same(self, other: "Trip") -> bool:
        """Whether both lead to the same places in the same time, however the places are ordered and spelled."""
        return (self.starts_at, self.ends_at) == (other.starts_at, other.ends_at) and set(
            map(spelled, self.places)
        ) == set(map(spelled, other.places))

    def approve(self, *, by: Actor, at: datetime, reason: str | None = None) -> "Trip":
        """The trip, approved by somebody who did not declare it.

        Raises:
            OwnTrip: they did.
            TripDecidedAlready, TripOver: there is nothing to decide about.
        """
        if by == self.declared_by:
            raise OwnTrip
        return self._decided(State.APPROVED, by=by, at=at, reason=reason)

    def reject(self, *, by: Actor, at: datetime, reason: str) -> "Trip":
        """The trip, which counts for nothing.

        Raises:
            TripDecidedAlready, TripOver: there is nothing to decide about.
        """
        return self._decided(State.REJECTED, by=by, at=at, reason=reason)

    def cancel(self, *, by: Actor, at: datetime, reason: str | None = None) -> "Trip":
        """The trip, called off whether it was approved or not; it counts for nothing from now on.

        Raises:
            TripDecidedAlready: it was rejected, or cancelled before.
            TripOver: it has been.
        """
        if self.state not in {State.REQUESTED, State.APPROVED}:
            raise TripDecidedAlready(state=self.state.value)
        return self._ended(State.CANCELLED, by=by, at=at, reason=reason)

    def _decided(self, state: State, *, by: Actor, at: datetime, reason: str | None) -> "Trip":
        if self.state is not State.REQUESTED:
            raise TripDecidedAlready(state=self.state.value)
        return self._ended(state, by=by, at=at, reason=reason)

    def _ended(self, state: State, *, by: Actor, at: datetime, reason: str | None) -> "Trip":
        if at > self.ends_at:
            raise TripOver
        return msgspec.structs.replace(self, state=state, decided_by=by, decided_at=at, decision_reason=reason)


def declare(
    draft: TripDraft,
    *,
    trip_id: str,
    tenant_id: str,
    account_id: str,
    needs_approval: bool,
    by: Actor,
    at: datetime,
) -> Trip:
    """A new trip: requested where the tenant wants to approve it, otherwise approved at once.

    Raises:
        TripBackwards, TripPast, TripTooLong, TripTooFarAhead: its times cannot be.
        CountryUnknown: it leads to a country that there is not.
    """
    _check_times(draft, at)
    return Trip(
        id=trip_id,
        tenant_id=tenant_id,
        account_id=account_id,
        places=_places(draft.places),
        starts_at=draft.starts_at.astimezone(UTC),
        ends_at=draft.ends_at.astimezone(UTC),
        note=draft.note,
        state=State.REQUESTED if needs_approval else State.APPROVED,
        declared_by=by,
        declared_at=at,
        decided_by=None if needs_approval else NO_APPROVAL_NEEDED,
        decided_at=None if needs_approval else at,
    )


def spelled(place: TripPlace) -> tuple[str, str | None]:
    """A place in the form in which places are compared."""
    return place.country, None if place.city is None else place.city.casefold()


def _check_times(draft: TripDraft, at: datetime) -> None:
    if draft.ends_at <= draft.starts_at:
        raise TripBackwards(pointer="/ends_at")
    if draft.ends_at <= at:
        raise TripPast(pointer="/ends_at")
    if draft.ends_at - draft.starts_at > LONGEST:
        raise TripTooLong(pointer="/ends_at", days=LONGEST.days)
    if draft.starts_at - at > FURTHEST:
        raise TripTooFarAhead(pointer="/starts_at", days=FURTHEST.days)


def _places(named: Iterable[TripPlace]) -> tuple[TripPlace, ...]:
    """The places, each once, in the order in which they were named."""
    found: dict[tuple[str, str | None], TripPlace] = {}
    for number, each in enumerate(named):
        country = each.country.upper()
        if country not in COUNTRIES:
            raise CountryUnknown(pointer=f"/places/{number}/country", country=country)
        place = TripPlace(country=country, city=None if each.city is None else each.city.strip())
        found.setdefault(spelled(place), place)
    return tuple(found.values())


class _OfTrip(Fact, frozen=True, kw_only=True):
    """What happened to a trip; `trip` is how it stands now."""

    trip: Trip

    def recorded(self) -> Self:
        """Without where somebody goes: the trip keeps that, and the journal never forgets."""
        wordless = msgspec.structs.replace(self.trip, places=(), note="", decision_reason=None)
        return msgspec.structs.replace(self, trip=wordless)


class TripDeclared(_OfTrip, frozen=True, kw_only=True):
    """Somebody said where an account will be; where the tenant asks for no approval it is approved already."""

    name = "trip.declared"


class TripDecided(_OfTrip, frozen=True, kw_only=True):
    """A trip was approved or rejected."""

    name = "trip.decided"


class TripCancelled(_OfTrip, frozen=True, kw_only=True):
    """A trip was called off."""

    name = "trip.cancelled"
