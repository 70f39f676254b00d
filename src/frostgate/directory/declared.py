"""Everything that tenants and holders declared, in memory: the deciding thread asks at each event."""

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from frostgate.base import journal
from frostgate.base.model import Actor, Fact
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory import store
from frostgate.directory.model import AccountKind, AccountsChanged, AccountsRegistered
from frostgate.directory.networks import store as networks
from frostgate.directory.networks.addresses import Coverage, packed
from frostgate.directory.networks.model import AllowlistChanged, NetworkDeclared, NetworkKind, NetworkRemoved
from frostgate.directory.profiles import store as profiles
from frostgate.directory.profiles.model import Profile, ProfileDeclared, ProfileRemoved
from frostgate.directory.trips import store as trips
from frostgate.directory.trips.model import State, Trip, TripCancelled, TripDecided, TripDeclared, spelled

# Events may come late, and a trip must still be known to those that happened during it.
KEPT_AFTER = timedelta(days=31)

# What changes something here.
FACTS: tuple[type[Fact], ...] = (
    TripDeclared,
    TripDecided,
    TripCancelled,
    NetworkDeclared,
    NetworkRemoved,
    AllowlistChanged,
    ProfileDeclared,
    ProfileRemoved,
    AccountsRegistered,
    AccountsChanged,
)
_READ: Mapping[str, Callable[[str], Fact]] = {fact.name: msgspec.json.Decoder(fact).decode for fact in FACTS}


class _Journey:
    """An approved trip, in the form in which it is asked for."""

    __slots__ = ("_ends", "_places", "_starts")

    def __init__(self, trip: Trip) -> None:
        self._starts = trip.starts_at.timestamp()
        self._ends = trip.ends_at.timestamp()
        self._places = frozenset(map(spelled, trip.places))

    def leads_to(self, at: float, country: str, city: str | None) -> bool:
        if not self._starts <= at <= self._ends:
            return False
        return (country, None) in self._places or (city is not None and (country, city.casefold()) in self._places)


class _OfTenant(msgspec.Struct, frozen=True, kw_only=True):
    """What one tenant and its holders declared."""

    trusted: Coverage
    allowed: Coverage | None  # None: not enforced
    journeys: Mapping[str, tuple[_Journey, ...]]  # by account
    kinds: Mapping[str, str]
    profiles: Mapping[str, Profile]
    places_of_work: Mapping[str, Coverage]  # of accounts whose profile names networks


class Declared:
    """What was declared, for whoever decides: look-ups without a lock or a database.

    What one tenant declared is one value that is never changed: a change here or in another process replaces it, so a
    look-up sees it as it was before or as it is after. Of a tenant that declared nothing there is nothing at all.
    """

    def __init__(self, uow: UnitOfWork | None = None) -> None:
        """Know nothing yet; without a unit of work, for ever (`of` makes one from values)."""
        self._uow = uow
        self._turn = threading.Lock()
        self._number = 0  # of the last journal entry that is taken in
        self._tenants: Mapping[str, _OfTenant] = {}

    @classmethod
    def of(
        cls,
        *,
        trusted: Mapping[str, Iterable[str]] | None = None,
        allowed: Mapping[str, Iterable[str]] | None = None,
        trips: Iterable[Trip] = (),
        kinds: Mapping[tuple[str, str], str] | None = None,
        profiles: Iterable[Profile] = (),
    ) -> "Declared":
        """Declarations from plain values, for replays and tests.

        `trusted` and `allowed` are canonical CIDR lists by tenant (who is in `allowed` enforces it), `kinds` are of
        (tenant, account). As with stored ones, only approved trips count, and only profiles of bots and services.
        """
        found = _Gathered()
        found.networks += [(t, NetworkKind.TRUSTED, cidr) for t, cidrs in (trusted or {}).items() for cidr in cidrs]
        found.networks += [(t, NetworkKind.ALLOWED, cidr) for t, cidrs in (allowed or {}).items() for cidr in cidrs]
        found.enforcing.update(allowed or ())
        found.trips += [trip for trip in trips if trip.state is State.APPROVED]
        found.machines += [(t, a, AccountKind(kind)) for (t, a), kind in (kinds or {}).items()]
        found.profiles += profiles
        declared = cls()
        declared._tenants = found.by_tenant()
        return declared

    # Look-ups

    def is_trusted(self, tenant_id: str, ip: str) -> bool:
        """Whether the tenant trusts this address: a sign-in from there says nothing of where the person is."""
        known = self._tenants.get(tenant_id)
        if known is None:
            return False
        address = packed(ip)
        return address is not None and known.trusted.covers(address)

    def allowlist(self, tenant_id: str, ip: str) -> bool | None:
        """Whether the tenant's allowlist covers this address; None where it enforces none."""
        known = self._tenants.get(tenant_id)
        if known is None or known.allowed is None:
            return None
        address = packed(ip)
        return address is not None and known.allowed.covers(address)

    def travelling(self, tenant_id: str, account_id: str, at: float, country: str, city: str | None) -> bool:
        """Whether an approved trip leads there at `at`, in seconds since 1970.

        A trip to a country covers its cities. A place of which only the country is known is covered by no trip to a
        city: it may be another one.
        """
        known = self._tenants.get(tenant_id)
        if known is None:
            return False
        return any(journey.leads_to(at, country, city) for journey in known.journeys.get(account_id, ()))

    def kind(self, tenant_id: str, account_id: str) -> str:
        """What stands behind the account: person, bot or service; a person, where nobody registered it."""
        known = self._tenants.get(tenant_id)
        return _PERSON if known is None else known.kinds.get(account_id, _PERSON)

    def profile(self, tenant_id: str, account_id: str) -> Profile | None:
        """What the bot or service was declared to do; None of a person, and where nothing was declared."""
        known = self._tenants.get(tenant_id)
        return None if known is None else known.profiles.get(account_id)

    def machine(self, tenant_id: str, account_id: str) -> tuple[str, Profile | None]:
        """`kind` and `profile` by one look-up."""
        known = self._tenants.get(tenant_id)
        if known is None:
            return _UNREGISTERED
        return known.kinds.get(account_id, _PERSON), known.profiles.get(account_id)

    def works_from(self, tenant_id: str, account_id: str, ip: str) -> bool | None:
        """Whether this address is in the networks of the account's profile; None where it names none."""
        known = self._tenants.get(tenant_id)
        coverage = None if known is None else known.places_of_work.get(account_id)
        if coverage is None:
            return None
        address = packed(ip)
        return address is not None and coverage.covers(address)

    # Following the store

    def reload(self) -> None:
        """Read everything; never from the event loop.

        Raises:
            StoreUnavailable: the database cannot be reached; what was known stays.
        """
        with self._turn, self._store().look() as connection:
            self._number = journal.last_number(connection)
            self._tenants = _read(connection, self._since())

    def follow(self) -> None:
        """Read again what tenants declared since the last time, here or in another process; one query if none did.

        Raises:
            StoreUnavailable: the database cannot be reached; what was known stays.
        """
        with self._turn, self._store().look() as connection:
            number = journal.last_number(connection)
            if number == self._number:
                return
            told = journal.told_since(connection, self._number, _READ.keys())
            changed = {entry.tenant_id for entry in told if _matters(_fact(entry))}
            if changed:
                kept = {tenant: known for tenant, known in self._tenants.items() if tenant not in changed}
                for tenant_id in changed:
                    kept |= _read(connection, self._since(), tenant_id=tenant_id)
                self._tenants = kept
            self._number = number

    def follow_after(self, tx: Tx, fact: Fact, _actor: Actor) -> None:
        """Reaction to what changes something here: it is read once it is saved."""
        if _matters(fact):
            tx.after_commit(self.follow)

    def _store(self) -> UnitOfWork:
        assert self._uow is not None, "BUG: declarations made of values have no store to follow"
        return self._uow

    def _since(self) -> datetime:
        return self._store().clock.now() - KEPT_AFTER


_PERSON = AccountKind.PERSON.value
_UNREGISTERED = (_PERSON, None)


class _Gathered:
    """Rows of several tenants, on their way to one value for each."""

    def __init__(self) -> None:
        self.networks: list[tuple[str, NetworkKind, str]] = []
        self.enforcing: set[str] = set()
        self.trips: list[Trip] = []
        self.machines: list[tuple[str, str, AccountKind]] = []
        self.profiles: list[Profile] = []

    def by_tenant(self) -> dict[str, _OfTenant]:
        trusted: dict[str, list[str]] = {}
        allowed: dict[str, list[str]] = {tenant: [] for tenant in self.enforcing}
        for tenant, kind, cidr in self.networks:
            (trusted if kind is NetworkKind.TRUSTED else allowed).setdefault(tenant, []).append(cidr)
        journeys: dict[str, dict[str, tuple[_Journey, ...]]] = {}
        for trip in self.trips:
            of_account = journeys.setdefault(trip.tenant_id, {})
            of_account[trip.account_id] = (*of_account.get(trip.account_id, ()), _Journey(trip))
        kinds: dict[str, dict[str, str]] = {}
        for tenant, account, kind_of in self.machines:
            kinds.setdefault(tenant, {})[account] = kind_of.value
        found: dict[str, dict[str, Profile]] = {}
        for profile in self.profiles:
            if profile.account_id in kinds.get(profile.tenant_id, {}):
                found.setdefault(profile.tenant_id, {})[profile.account_id] = profile
        return {
            tenant: _OfTenant(
                trusted=Coverage(trusted.get(tenant, ())),
                allowed=Coverage(allowed[tenant]) if tenant in self.enforcing else None,
                journeys=journeys.get(tenant, {}),
                kinds=kinds.get(tenant, {}),
                profiles=found.get(tenant, {}),
                places_of_work={a: Coverage(p.networks) for a, p in found.get(tenant, {}).items() if p.networks},
            )
            for tenant in {*trusted, *self.enforcing, *journeys, *kinds}
        }


def _read(connection: sa.Connection, since: datetime, *, tenant_id: str | None = None) -> dict[str, _OfTenant]:
    """What one tenant declared, or all of them."""
    found = _Gathered()
    found.networks = networks.all_networks(connection, tenant_id=tenant_id)
    found.enforcing = networks.enforcing(connection, tenant_id=tenant_id)
    found.trips = trips.approved_since(connection, since, tenant_id=tenant_id)
    found.machines = store.machines(connection, tenant_id=tenant_id)
    found.profiles = profiles.all_profiles(connection, tenant_id=tenant_id)
    return found.by_tenant()


def _fact(entry: journal.Entry) -> Fact:
    return _READ[entry.fact](entry.body)


def _matters(fact: Fact) -> bool:
    """Whether memory differs after it: most accounts are people, and of those nothing is kept."""
    if isinstance(fact, AccountsRegistered):
        return bool(fact.machines)
    if isinstance(fact, AccountsChanged):
        return any("kind" in change.fields for change in fact.changes)
    return True


NOTHING_DECLARED = Declared.of()
