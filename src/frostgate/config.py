"""Settings: one frozen value, read once from a TOML file and the environment; what is not known is refused."""

import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from frostgate.base.calendar import RegionUnknown, calendar_of
from frostgate.base.errors import Refused
from frostgate.base.model import Language
from frostgate.cases.clock.model import Policy as Clock
from frostgate.directory.permissions import Role
from frostgate.notices.alerting import Topic
from frostgate.notices.model import Template

PREFIX = "FROSTGATE_"
CONFIG_FILE = "FROSTGATE_CONFIG"  # names the file itself
# Separated by commas where a variable gives them.
_LISTS = frozenset(
    {
        "domains",
        "emergency_numbers",
        "files",
        "keys",
        "origins",
        "proxies",
        "receipt_keys",
        "scopes",
        "second_factor_roles",
        "stripe_secrets",
    }
)

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class SettingsRefused(Refused):
    """A setting is unknown or has a value that will not do."""

    code = "settings.refused"


class Mail(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How notices travel by email."""

    host: str = "127.0.0.1"
    port: Port = 25
    security: Literal["tls", "starttls", "none"] = "none"
    username: str | None = None
    password: str | None = None
    sender: str = "no-reply@frostgate.invalid"
    sender_name: str = "Frostgate"
    timeout: Annotated[float, msgspec.Meta(gt=0, le=300)] = 20.0
    ca_file: str | None = None

    def __repr__(self) -> str:
        """Without the password: settings get printed."""
        return f"Mail({self.sender} via {self.host}:{self.port}, {self.security})"


class Smpp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gateway of one's own that takes texts over SMPP."""

    host: str = ""
    port: Port = 2775
    system_id: Annotated[str, msgspec.Meta(max_length=15)] = ""
    password: Annotated[str, msgspec.Meta(max_length=64)] = ""  # the specification has 8; gateways take more
    system_type: Annotated[str, msgspec.Meta(max_length=12)] = ""
    source: Annotated[str, msgspec.Meta(max_length=20)] = ""  # a number, or a name of at most 11 letters
    tls: bool = True
    ca_file: str | None = None
    long_texts: Literal["udh", "sar", "payload"] = "udh"
    window: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 10
    timeout: Annotated[float, msgspec.Meta(gt=0, le=30)] = 10.0
    enquire_seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 30.0

    def __repr__(self) -> str:
        """Without the password: settings get printed."""
        return f"Smpp({self.system_id} at {self.host}:{self.port})"


class Sms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How notices travel by text message; without a provider they do not."""

    provider: Literal["alibaba", "tencent", "smpp"] | None = None
    endpoint: str | None = None  # None: the provider's in mainland China
    key_id: str = ""  # the AccessKey ID or SecretId
    key_secret: str = ""
    sign_name: str = ""  # 短信签名
    app_id: str = ""  # Tencent Cloud's SmsSdkAppId
    region: str = "ap-guangzhou"  # only Tencent Cloud asks for one
    timeout: Annotated[float, msgspec.Meta(gt=0, le=30)] = 10.0
    templates: dict[Template, dict[Language, str]] = {}  # the provider's id of each registered text
    smpp: Smpp = Smpp()  # where the provider is a gateway of one's own
    most_parts: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3  # a longer text is warned of

    def __repr__(self) -> str:
        """Without the secret: settings get printed."""
        return f"Sms({self.sign_name} by {self.provider}, {len(self.templates)} texts)"


class Alert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of the platform's own people, told over chat."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    url: str  # as Apprise has it; it holds the token
    what: tuple[Topic, ...] = tuple(Topic)
    language: Language = Language.ZH

    def __repr__(self) -> str:
        """Without the address: it holds the token, and settings get printed."""
        return f"Alert({self.name}: {', '.join(self.what)})"


class Notices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told us of our notices."""

    # In the addresses to which providers and mail servers post receipts; several while one is being replaced.
    receipt_keys: tuple[str, ...] = ()
    keep_reports_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 365  # of fake notices, once somebody looked

    def __repr__(self) -> str:
        """Without the keys: settings get printed."""
        return f"Notices({len(self.receipt_keys)} keys, reports for {self.keep_reports_days} days)"


class Geo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which city databases to read; empty means the one that is installed with Frostgate."""

    files: tuple[str, ...] = ()


class Secrets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What encrypts what is kept secret, and signs the links in notices."""

    keys: tuple[str, ...] = ()  # 32 bytes each in base64url; the first encrypts and signs, all decrypt and check

    def __repr__(self) -> str:
        """Without the keys: settings get printed."""
        return f"Secrets({len(self.keys)} keys)"


class Factors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For which site passkeys are."""

    rp_id: str | None = None  # the domain that passkeys belong to; None: no passkeys
    rp_name: str | None = None  # None: the platform's
    origins: tuple[str, ...] = ()  # the pages that may ask for them, such as "https://account.example.com"


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How operators sign in with a password."""

    # Who needs a second factor once the days of grace since they were added are over; None: the platform's own staff.
    second_factor_roles: tuple[Role, ...] | None = None
    grace_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 14


class Oidc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Single sign-on of the platform's own staff; without an issuer there is none."""

    issuer: str | None = None
    client_id: str = ""
    client_secret: str = ""
    redirect_uri: str = ""  # the page that passes on what the provider gave back; "": one of ours
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    domains: tuple[str, ...] = ()  # of addresses that may sign in; empty: any
    role_claim: str = "groups"
    roles: dict[str, Role] = {}  # what a value of that claim makes somebody, the first that fits
    unknown_people: Literal["refuse", "add"] = "refuse"  # whom nobody added, at their first sign-in

    def __repr__(self) -> str:
        """Without the secret: settings get printed."""
        return f"Oidc({self.issuer}, {self.client_id})"


class Billing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How money is handled."""

    # Refunds and write-offs above this take a second person: minor units by currency; 0 where none is named.
    approval_above: dict[str, int] = {}
    stripe_secrets: tuple[str, ...] = ()  # that sign Stripe's webhooks; several while one is being replaced

    def __repr__(self) -> str:
        """Without the secrets: settings get printed."""
        return f"Billing({self.approval_above}, {len(self.stripe_secrets)} secrets)"


class Papers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long documents are kept that were handed in to cases."""

    keep_days_after_decision: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 90
    keep_days_at_most: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 400  # since they were handed in


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that an operator may choose."""

    database: str = "sqlite:///frostgate.db"
    host: str = "127.0.0.1"
    port: Port = 8080
    policy: str | None = None  # published at the first start, when the store has none; None: the shipped one
    public_url: str | None = None  # the one official address that notices name; None: where the server listens
    proxies: tuple[str, ...] = ()  # networks of what stands before us, whose X-Forwarded-For is believed
    platform: str = "Frostgate"  # who speaks in notices
    appeal_link_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 60  # since the notice, or the appeal's last change
    emergency_numbers: tuple[str, ...] = ("110", "112", "119", "120", "122", "911", "999")  # always connected
    emergency_hours: Annotated[float, msgspec.Meta(gt=0, le=24)] = 4.0  # how long at most somebody breaks the glass
    oldest_event_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 7
    follow_every_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 0.2  # what other processes changed
    snapshot_every_seconds: Annotated[int, msgspec.Meta(ge=5)] = 300
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    mail: Mail = Mail()
    sms: Sms = Sms()
    alerts: tuple[Alert, ...] = ()
    notices: Notices = Notices()
    geo: Geo = Geo()
    secrets: Secrets = Secrets()
    factors: Factors = Factors()
    sign_in: SignIn = SignIn()
    oidc: Oidc = Oidc()
    billing: Billing = Billing()
    clock: Clock = Clock()
    documents: Papers = Papers()

    @property
    def emergency_limit(self) -> timedelta:
        """How long at most somebody breaks the glass."""
        return timedelta(hours=self.emergency_hours)

    @property
    def address(self) -> str:
        """The official address, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")


def checked_clock(policy: Clock) -> Clock:
    """What is promised about cases, in a zone and a region that there are.

    Raises:
        SettingsRefused: there is no such zone or region.
    """
    try:
        ZoneInfo(policy.time_zone)
        calendar_of(policy.time_zone, policy.region)
    except (KeyError, ValueError, OSError):
        raise SettingsRefused(problem=f"clock.time_zone: there is no zone {policy.time_zone!r}") from None
    except RegionUnknown:
        raise SettingsRefused(problem=f"clock.region: there is no region {policy.region!r}") from None
    return policy


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings from a file, each overridden by its variable: `mail.host` is `FROSTGATE_MAIL__HOST`.

    Raises:
        SettingsRefused: the file cannot be read, or a setting is unknown or wrong.
    """
    given: dict[str, Any] = {}
    if path is not None:
        try:
            given = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsRefused(problem=f"{path}: {error}") from None
    for name, value in (os.environ if environ is None else environ).items():
        if name.startswith(PREFIX) and name != CONFIG_FILE:
            *rooms, last = name.removeprefix(PREFIX).lower().split("__")
            place = given
            for room in rooms:
                place = place.setdefault(room, {})
            place[last] = value.split(",") if last in _LISTS else value
    try:
        # Not strict: the environment only has text, and "8080" there means the number.
        return msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsRefused(problem=str(error)) from None
