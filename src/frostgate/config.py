"""Settings: one frozen value, read once from a TOML file and the environment; what is not known is refused."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from frostgate.base.errors import Refused
from frostgate.base.model import Language
from frostgate.notices.model import Template

PREFIX = "FROSTGATE_"
CONFIG_FILE = "FROSTGATE_CONFIG"  # names the file itself
# Separated by commas where a variable gives them.
_LISTS = frozenset({"emergency_numbers", "files", "keys", "origins", "stripe_secrets"})

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


class Sms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How notices travel by text message; without a provider they do not."""

    provider: Literal["alibaba", "tencent"] | None = None
    endpoint: str | None = None  # None: the provider's in mainland China
    key_id: str = ""  # the AccessKey ID or SecretId
    key_secret: str = ""
    sign_name: str = ""  # 短信签名
    app_id: str = ""  # Tencent Cloud's SmsSdkAppId
    region: str = "ap-guangzhou"  # only Tencent Cloud asks for one
    timeout: Annotated[float, msgspec.Meta(gt=0, le=30)] = 10.0
    templates: dict[Template, dict[Language, str]] = {}  # the provider's id of each registered text

    def __repr__(self) -> str:
        """Without the secret: settings get printed."""
        return f"Sms({self.sign_name} by {self.provider}, {len(self.templates)} texts)"


class Geo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which city databases to read; empty means the one that is installed with Frostgate."""

    files: tuple[str, ...] = ()


class Factors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For which site passkeys are, and what encrypts the secrets of authenticator apps."""

    rp_id: str | None = None  # the domain that passkeys belong to; None: no passkeys
    rp_name: str | None = None  # None: the platform's
    origins: tuple[str, ...] = ()  # the pages that may ask for them, such as "https://account.example.com"
    keys: tuple[str, ...] = ()  # 32 bytes each in base64url; the first encrypts, all decrypt

    def __repr__(self) -> str:
        """Without the keys: settings get printed."""
        return f"Factors({self.rp_id}, {', '.join(self.origins)}, {len(self.keys)} keys)"


class Billing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How money is handled."""

    # Refunds and write-offs above this take a second person: minor units by currency; 0 where none is named.
    approval_above: dict[str, int] = {}
    stripe_secrets: tuple[str, ...] = ()  # that sign Stripe's webhooks; several while one is being replaced

    def __repr__(self) -> str:
        """Without the secrets: settings get printed."""
        return f"Billing({self.approval_above}, {len(self.stripe_secrets)} secrets)"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that an operator may choose."""

    database: str = "sqlite:///frostgate.db"
    host: str = "127.0.0.1"
    port: Port = 8080
    policy: str | None = None  # published at the first start, when the store has none; None: the shipped one
    public_url: str | None = None  # the one official address that notices name; None: where the server listens
    platform: str = "Frostgate"  # who speaks in notices
    emergency_numbers: tuple[str, ...] = ("110", "112", "119", "120", "122", "911", "999")  # always connected
    oldest_event_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 7
    follow_every_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 0.2  # what other processes changed
    snapshot_every_seconds: Annotated[int, msgspec.Meta(ge=5)] = 300
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    mail: Mail = Mail()
    sms: Sms = Sms()
    geo: Geo = Geo()
    factors: Factors = Factors()
    billing: Billing = Billing()

    @property
    def address(self) -> str:
        """The official address, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")


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
