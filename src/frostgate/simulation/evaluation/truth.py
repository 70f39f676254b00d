"""What is true of every account, gathered from the lines of the stream that say so."""

from datetime import datetime, timedelta

from frostgate.base.model import SYSTEM
from frostgate.directory.declared import Declared
from frostgate.directory.model import AccountKind
from frostgate.directory.profiles.model import Profile
from frostgate.directory.trips.model import State, TripPlace
from frostgate.directory.trips.model import Trip as DeclaredTrip
from frostgate.simulation.model import EPOCH, TENANT, Account, Attack, Tenant, Trip, Truth


class KnownTruth:
    """Who is honest, who is not, and from when on."""

    def __init__(self) -> None:
        self.tenants: list[Tenant] = []
        self.starts_at = EPOCH  # what happened before is only watched
        self.accounts: dict[str, Account] = {}
        self.attacks: dict[str, Attack] = {}
        self.trips: list[Trip] = []
        self.taken: dict[str, Attack] = {}  # account -> the attack that has it from its start on

    def __bool__(self) -> bool:
        return bool(self.tenants and (self.accounts or self.attacks))

    def take(self, truth: Truth) -> None:
        """Note a line."""
        match truth:
            case Tenant():
                self.tenants.append(truth)
                self.starts_at = max(self.starts_at, truth.start)
            case Account():
                self.accounts[truth.account] = truth
            case Trip():
                self.trips.append(truth)
            case Attack():
                self.attacks[truth.attack] = truth
                if truth.account is not None and truth.kind != "botnet_guessing":
                    self.taken[truth.account] = truth

    def holder(self, account: str, at: datetime) -> Attack | None:
        """The attack that has the account at a time; None while it is honest."""
        attack = self.taken.get(account)
        return attack if attack is not None and at >= attack.start else None

    def is_honest(self, account: str, at: datetime) -> bool:
        """Whether a hold against the account at a time is a false alarm. An account that nobody has is nobody's."""
        known = self.accounts.get(account)
        return known is not None and known.honest and self.holder(account, at) is None

    def is_watched(self, at: datetime) -> bool:
        """Whether a time lies in the lead-in, before anything is held or counts."""
        return at < self.starts_at

    def exposure_months(self) -> float:
        """Honest account-months of 30 days: an account counts until it is taken over."""
        total = timedelta()
        for tenant in self.tenants:
            end = tenant.start + timedelta(days=tenant.days)
            for account in self.accounts.values():
                if account.honest:
                    taken = self.taken.get(account.account)
                    total += (min(end, max(tenant.start, taken.start)) if taken else end) - tenant.start
        return total / timedelta(days=30)

    def declared(self) -> Declared:
        """What the tenant told the platform: its networks, machines, their profiles, and approved trips."""
        machines = [account for account in self.accounts.values() if account.declared]
        start = min((tenant.start - timedelta(days=tenant.lead_in) for tenant in self.tenants), default=EPOCH)
        return Declared.of(
            trusted={TENANT: [cidr for tenant in self.tenants for cidr in tenant.trusted_networks]},
            trips=[_trip(number, trip) for number, trip in enumerate(self.trips) if trip.declared],
            kinds={(TENANT, account.account): AccountKind(account.kind).value for account in machines},
            profiles=[_profile(account, start) for account in machines],
        )


def _trip(number: int, trip: Trip) -> DeclaredTrip:
    return DeclaredTrip(
        id=f"trip-{number}",
        tenant_id=TENANT,
        account_id=trip.account,
        places=(TripPlace(country=trip.country),),
        starts_at=trip.start,
        ends_at=trip.end,
        state=State.APPROVED,
        declared_by=SYSTEM,
        declared_at=trip.start,
    )


def _profile(account: Account, at: datetime) -> Profile:
    return Profile(
        tenant_id=TENANT,
        account_id=account.account,
        purpose=", ".join(account.traits),
        messages_a_minute=account.messages_a_minute,
        recipients_an_hour=account.recipients_an_hour,
        api_calls_a_minute=account.api_calls_a_minute,
        networks=account.networks,
        declared_by=SYSTEM,
        declared_at=at,
    )
