"""What a simulation says: happenings, and the truth about them. Pure values: no clock, no database, no network."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from frostgate.events.model import PREFIX, Data

TENANT = "harbour"
TRUTH = PREFIX + "simulation.truth"  # the CloudEvents type of a line that is told to the evaluation and to nobody else
ABNORMAL_LOGIN, BULK_OPERATION = "abnormal_login", "bulk_operation"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000  # milliseconds, in which all times are kept

# Every kind of attack, with its cause and how many there are among 3,000 people.
ATTACKS: Mapping[str, tuple[str, int]] = {
    "stolen_abroad": (ABNORMAL_LOGIN, 16),  # an ordinary line in another country, a device that nobody knows
    "stolen_hidden": (ABNORMAL_LOGIN, 12),  # the same from a hosting provider, a VPN or Tor
    "stolen_same_country": (ABNORMAL_LOGIN, 8),  # another city of the victim's own country
    "stolen_nearby": (ABNORMAL_LOGIN, 8),  # a proxy in the victim's own city: the hard one
    "password_sold": (ABNORMAL_LOGIN, 6),  # many buyers, many addresses
    "stuffing": (ABNORMAL_LOGIN, 2),  # a campaign: a leaked list tried from dozens of addresses
    "stuffing_success": (ABNORMAL_LOGIN, 0),  # an account whose password was on the list; comes with the campaign
    "slow_guessing": (ABNORMAL_LOGIN, 3),  # one try a minute for each address, for days
    "botnet_guessing": (ABNORMAL_LOGIN, 2),  # hundreds of addresses at one victim, who must still get in
    "bulk_plain": (BULK_OPERATION, 8),  # one text to many strangers, fast
    "bulk_jittered": (BULK_OPERATION, 8),  # the same with gaps like a person's
    "bulk_varied": (BULK_OPERATION, 10),  # the text is varied: synonyms, digits, links, emoji, look-alike letters
    "bulk_slow": (BULK_OPERATION, 8),  # a message a minute for hours, always to new people
    "bulk_ring": (BULK_OPERATION, 3),  # ten accounts take turns with one template
    "api_abuse": (BULK_OPERATION, 4),  # a stolen API key sends to everybody
}
GUESSING = frozenset({"stuffing", "slow_guessing", "botnet_guessing"})
RING = 10  # accounts of one ring

Moment = Annotated[datetime, msgspec.Meta(tz=True)]  # a time that says in which zone


class Tenant(msgspec.Struct, frozen=True, kw_only=True, tag="tenant", tag_field="about"):
    """What was simulated, and which networks the tenant calls its own."""

    tenant: str
    seed: int
    people: int
    days: int
    start: Moment  # of the measured time; what came before is only watched
    trusted_networks: tuple[str, ...]  # CIDR
    lead_in: int = 0  # days before the start, in which everybody is honest

    def __post_init__(self) -> None:
        _check_networks(self.trusted_networks)


class Account(msgspec.Struct, frozen=True, kw_only=True, tag="account", tag_field="about", omit_defaults=True):
    """Who stands behind an account from the beginning. An attacker may take an honest one over later."""

    account: str
    kind: Literal["person", "bot", "service"]
    honest: bool = True
    traits: tuple[str, ...] = ()  # which of the dangerous honest cases it lives through
    declared: bool = False  # for bots and services: the tenant registered it with its profile
    key: str | None = None  # the API key of a service
    messages_a_minute: int | None = None  # the declared profile, at most
    recipients_an_hour: int | None = None
    api_calls_a_minute: int | None = None
    networks: tuple[str, ...] = ()  # where a service works from
    batch: tuple[str, str] | None = None  # daily, local time of `zone`: from, to
    zone: str | None = None

    def __post_init__(self) -> None:
        _check_networks(self.networks)


class Trip(msgspec.Struct, frozen=True, kw_only=True, tag="trip", tag_field="about"):
    """A journey of an honest person, declared or not."""

    account: str
    start: Moment
    end: Moment
    country: str
    city: str
    declared: bool


class Attack(msgspec.Struct, frozen=True, kw_only=True, tag="attack", tag_field="about", omit_defaults=True):
    """One attack on one account, or one guessing campaign (then `account` is its only victim, or None)."""

    attack: str
    kind: str
    cause: str
    start: Moment  # from here on the account is an attacker's
    account: str | None = None
    campaign: str | None = None  # what belongs together: a ring, a stolen list
    taken_over: bool = False  # an honest account before
    has_factor: bool = False  # the attacker can pass a challenge


Truth = Tenant | Account | Trip | Attack


def _check_networks(networks: Iterable[str]) -> None:
    """A network that is none makes the line a wrong one, where it is read from a stream."""
    for cidr in networks:
        ip_network(cidr)


class Happening(NamedTuple):
    """An event on its way. They sort by when they arrive; `stream` and `number` name them."""

    arrival: int  # milliseconds since 1970, as are all times of a simulation
    stream: str
    number: int
    time: int  # by the sender's clock
    source: str
    data: Data
    attack: str | None = None


def moment(at: int) -> datetime:
    """Milliseconds since 1970 as a time."""
    return EPOCH + timedelta(milliseconds=at)


def plain(truth: Truth) -> dict[str, Any]:
    """A truth as JSON has it."""
    built: dict[str, Any] = msgspec.to_builtins(truth)
    return built
