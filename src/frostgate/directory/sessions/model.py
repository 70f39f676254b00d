"""How operators sign in and stay signed in: means, the second step, sessions. Pure values."""

import enum
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

import msgspec

from frostgate.base.errors import Forbidden, NotFound, Unauthenticated
from frostgate.base.model import Fact
from frostgate.directory.model import Operator
from frostgate.directory.permissions import Role

TICKET_LASTS = timedelta(minutes=10)  # long enough to set up an authenticator app
RECOVERY_CODES = 10
FAMILIAR_FOR = timedelta(days=180)  # how long a place or browser counts as known since a sign-in from there


class Means(enum.StrEnum):
    """What somebody signed in with."""

    PASSWORD = "password"  # noqa: S105 - a means, not a password
    PASSWORD_TOTP = "password+totp"  # noqa: S105
    PASSWORD_PASSKEY = "password+passkey"  # noqa: S105
    PASSWORD_RECOVERY = "password+recovery_code"  # noqa: S105
    PASSKEY = "passkey"
    OIDC = "oidc"


class Whence(msgspec.Struct, frozen=True):
    """Where somebody signs in from."""

    address: str
    browser: str = ""  # shortened, such as "Firefox, Windows"; "" for a program


class SecondFactors(msgspec.Struct, frozen=True):
    """Which roles need a second factor, and for how long an operator may sign in before they set one up."""

    roles: frozenset[Role] = frozenset()
    grace: timedelta = timedelta()

    def demanded_of(self, operator: Operator) -> datetime | None:
        """From when on this operator signs in with a second factor only; None: as they like."""
        return operator.created_at + self.grace if operator.role in self.roles else None

    def least_of(self, operator: Operator) -> int:
        """How many active factors the operator has to keep, once there are any."""
        return 1 if operator.role in self.roles else 0


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session of an operator that still counts."""

    id: str
    operator_id: str
    means: Means
    address: str
    browser: str
    opened_at: datetime
    last_used_at: datetime  # to the minute, more or less
    expires_at: datetime | None
    is_this_one: bool = False  # whether the one who asks came with it


class SecondStepFailed(Fact, frozen=True, kw_only=True):
    """Somebody knew an operator's password and not what was asked then."""

    name = "session.second_step_failed"

    operator_id: str
    left: int  # how many more wrong answers there may be


class RecoveryCodesMade(Fact, frozen=True, kw_only=True):
    """An operator has new recovery codes; those of before count no more."""

    name = "recovery_codes.made"

    operator_id: str
    count: int


class RecoveryCodeUsed(Fact, frozen=True, kw_only=True):
    """An operator signed in with a recovery code, which is used up."""

    name = "recovery_codes.used"

    operator_id: str
    left: int


class FactorsReset(Fact, frozen=True, kw_only=True):
    """All second factors and recovery codes of an operator who was locked out were removed."""

    name = "operator.factors_reset"

    operator_id: str
    count: int


class TicketInvalid(Unauthenticated):
    """The ticket between the two steps of a sign-in is unknown, too old, or used."""

    code = "auth.ticket_invalid"


class SecondStepWrong(Unauthenticated):
    """What was given for the second step proves nothing; `left` says how many more wrong ones there may be."""

    code = "auth.second_step_wrong"


class NothingToSetUp(Unauthenticated):
    """Whoever has a second factor already signs in with it before they add another."""

    code = "auth.nothing_to_set_up"


class PasskeyWrong(Unauthenticated):
    """No active operator's passkey signed this; we do not say what is wrong."""

    code = "auth.passkey_wrong"


class PersonNeeded(Forbidden):
    """It is about somebody's own sign-in, and a program has none."""

    code = "auth.person_needed"


class SessionUnknown(NotFound):
    """There is no such session that still counts."""

    code = "session.unknown"


# Most specific first: every browser also says that it is several others.
_BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


def browser_of(user_agent: str) -> str:
    """What a User-Agent header comes down to for a person: "Firefox, Windows", or a program's name."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    if browser:
        return ", ".join([browser, *(name for sign, name in _SYSTEMS if sign in user_agent)][:2])
    program = _PROGRAM.match(user_agent)
    return program[0] if program else ""


def is_unfamiliar(whence: Whence, before: Iterable[Whence]) -> bool:
    """Whether somebody who signed in from elsewhere `before` never came from this network, or with this browser.

    Who never signed in has nothing to be compared with.
    """
    known = list(before)
    return bool(known) and (
        whence.browser not in {each.browser for each in known}
        or _network(whence.address) not in {_network(each.address) for each in known}
    )


def _network(address: str) -> str:
    """The addresses that one household or office is given: a /24 in IPv4, a /48 in IPv6."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((ip, 24 if ip.version == 4 else 48), strict=False))
