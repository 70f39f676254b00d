"""Tenants, their accounts, the people who work here, and the tokens that speak for them. Pure values."""

import enum
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from frostgate.base.errors import NotFound
from frostgate.base.model import Actor, Fact, Language
from frostgate.directory.errors import (
    EmailUnusable,
    PasswordWeak,
    RoleIsForMachines,
    RoleIsForStaff,
    RoleNeedsTenant,
    TokenRoleUnusable,
)
from frostgate.directory.permissions import MACHINE_ROLES, TENANT_ROLES, Permission, Role

SESSION_LASTS = timedelta(hours=12)
BATCH_LIMIT = 1000
PASSWORD_LEAST = 12  # characters; NIST SP 800-63B, section 3.1.1.2, asks for length and against composition rules

# The look-ahead refuses a line feed at the very end, which "$" alone would let pass.
NAME = r"^[^\x00-\x1f\x7f]+$(?!\n)"
EMAIL = r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$(?!\n)"
MOBILE = r"^\+[1-9][0-9]{6,14}$(?!\n)"  # ITU-T E.164: with its country, at most 15 digits

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256, pattern=NAME)]
Email = Annotated[str, msgspec.Meta(min_length=3, max_length=254, pattern=EMAIL)]
Mobile = Annotated[str, msgspec.Meta(min_length=8, max_length=16, pattern=MOBILE)]

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,256}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")


class UnknownAccounts(enum.StrEnum):
    """What becomes of events about accounts that the tenant never registered."""

    ADMIT = "admit"
    REFUSE = "refuse"


class AccountKind(enum.StrEnum):
    """What stands behind an account."""

    PERSON = "person"
    BOT = "bot"
    SERVICE = "service"


class Purpose(enum.StrEnum):
    """What a token is for."""

    SESSION = "session"
    EMERGENCY = "emergency"  # a session of somebody who broke the glass
    INGEST = "ingest"
    GATE = "gate"
    VERIFIER = "verifier"
    PORTAL = "portal"
    API = "api"


SESSIONS = frozenset({Purpose.SESSION, Purpose.EMERGENCY})


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """An enterprise customer of the platform (企业)."""

    id: str  # a slug such as "acme"
    name: str
    language: Language
    time_zone: str  # IANA, such as "Asia/Shanghai"
    contact_email: str  # the tenant's security contact, who gets notices too
    unknown_accounts: UnknownAccounts
    trips_need_approval: bool = False  # whether a declared journey waits for the tenant to agree
    created_at: datetime


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person, bot or service of a tenant that we judge (账号), under the tenant's own name for it."""

    tenant_id: str
    id: str
    display_name: str | None = None
    kind: AccountKind = AccountKind.PERSON
    email: str | None = None
    mobile: str | None = None  # as +8613800138000
    language: Language | None = None  # None: the tenant's
    created_at: datetime


class AccountDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account as its tenant describes it: the whole description, so that what is left out becomes empty."""

    id: Name
    display_name: Name | None = None
    kind: AccountKind = AccountKind.PERSON
    email: Email | None = None
    mobile: Mobile | None = None
    language: Language | None = None


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """A person who signs in here: the platform's staff, or somebody of a tenant."""

    id: str
    email: str
    name: str
    role: Role
    tenant_id: str | None  # None: the platform's own staff
    active: bool
    created_at: datetime


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer credential as we keep it: everything but its secret, of which only a hash is stored."""

    id: str
    name: str
    purpose: Purpose
    role: Role
    tenant_id: str | None  # None: every tenant
    operator_id: str | None  # whose session it is, or the person behind whoever issued it
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking, and what that allows."""

    actor: Actor
    role: Role
    tenant_id: str | None
    permissions: frozenset[Permission]
    token_id: str | None = None
    operator: Operator | None = None  # who is signed in as themselves; a token's principal has none
    operator_id: str | None = None  # the person behind it: who is signed in, or who the token goes back to
    emergency_id: str | None = None  # under which they broke the glass

    def may(self, permission: Permission) -> bool:
        """Whether the role allows this."""
        return permission in self.permissions

    def within(self, tenant_id: str | None) -> None:
        """Pass where the principal sees this tenant; None stands for what belongs to the platform itself.

        Raises:
            NotFound: it sees another tenant only. That this one exists is none of its business.
        """
        if self.tenant_id is not None and tenant_id != self.tenant_id:
            raise NotFound

    def outranks(self, permissions: frozenset[Permission]) -> bool:
        """Whether it holds all of these itself, and so may grant them or manage who holds them."""
        return permissions <= self.permissions


def is_slug(text: str) -> bool:
    """Whether the text can be a tenant's id."""
    return _SLUG.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether the text can name an account or a person: 1 to 256 characters, none of them control characters."""
    return _NAME.fullmatch(text) is not None


def normal_email(email: str) -> str:
    """The form in which an address is stored and compared.

    Raises:
        EmailUnusable: it is no address.
    """
    normal = email.strip().lower()
    if len(normal) > 254 or not _EMAIL.fullmatch(normal):
        raise EmailUnusable(pointer="/email")
    return normal


def check_password(password: str, *, email: str) -> None:
    """Accept a password that is long and not a pattern; which signs are in it is nobody's business.

    Raises:
        PasswordWeak: it is too short, too long to hash, a few repeated signs, or the address itself.
    """
    weak = len(set(password)) < 5 or password.strip().lower() == email
    if weak or not PASSWORD_LEAST <= len(password) <= 1024:
        raise PasswordWeak(pointer="/password", least=PASSWORD_LEAST)


def check_role(role: Role, *, tenant_id: str | None) -> None:
    """Accept a role for a person of this tenant, or of the platform where it is None.

    Raises:
        RoleIsForMachines, RoleNeedsTenant, RoleIsForStaff: the role and the tenant do not go together.
    """
    if role in MACHINE_ROLES:
        raise RoleIsForMachines(pointer="/role")
    if role in TENANT_ROLES and tenant_id is None:
        raise RoleNeedsTenant(pointer="/tenant_id")
    if role not in TENANT_ROLES and tenant_id is not None:
        raise RoleIsForStaff(pointer="/role")


_ROLE_OF = {
    Purpose.INGEST: Role.INGEST,
    Purpose.GATE: Role.GATE,
    Purpose.VERIFIER: Role.VERIFIER,
    Purpose.PORTAL: Role.PORTAL,
}


def token_role(purpose: Purpose, role: Role | None, *, tenant_id: str | None) -> Role:
    """The role that a token of this purpose carries.

    Raises:
        TokenRoleUnusable: the purpose fixes another role, or an API token names none that fits.
    """
    fixed = _ROLE_OF.get(purpose)
    if fixed is not None:
        if role not in {None, fixed}:
            raise TokenRoleUnusable(pointer="/role")
        return fixed
    homeless = role in TENANT_ROLES and tenant_id is None
    if purpose in SESSIONS or role is None or role in MACHINE_ROLES or homeless:
        raise TokenRoleUnusable(pointer="/role")
    return role


class TenantCreated(Fact, frozen=True, kw_only=True):
    """A tenant joined."""

    name = "tenant.created"

    tenant: Tenant


class TenantChanged(Fact, frozen=True, kw_only=True):
    """A tenant's entry changed; `tenant` is how it stands now."""

    name = "tenant.changed"

    tenant: Tenant
    fields: tuple[str, ...]


class AccountsRegistered(Fact, frozen=True, kw_only=True):
    """Accounts were seen for the first time. Ids only: the journal never forgets, so it keeps no personal data."""

    name = "account.registered"

    account_ids: tuple[str, ...]
    machines: tuple[str, ...] = ()  # those of them that are bots or services


class AccountChange(msgspec.Struct, frozen=True):
    """Which fields of an account changed."""

    account_id: str
    fields: tuple[str, ...]


class AccountsChanged(Fact, frozen=True, kw_only=True):
    """Registered accounts were described anew."""

    name = "account.changed"

    changes: tuple[AccountChange, ...]


class OperatorAdded(Fact, frozen=True, kw_only=True):
    """Somebody can sign in from now on."""

    name = "operator.added"

    operator: Operator


class OperatorChanged(Fact, frozen=True, kw_only=True):
    """An operator's role, name, activity or password changed; of a password only that it did."""

    name = "operator.changed"

    before: Operator
    operator: Operator  # as they are from now on
    fields: tuple[str, ...]


class TokenIssued(Fact, frozen=True, kw_only=True):
    """A token was issued."""

    name = "token.issued"

    token: Token


class TokenRevoked(Fact, frozen=True, kw_only=True):
    """A token counts for nothing from now on; signing out is this too."""

    name = "token.revoked"

    token: Token


class SessionOpened(Fact, frozen=True, kw_only=True):
    """An operator signed in."""

    name = "session.opened"

    operator_id: str
    token_id: str
    means: str = "password"  # what they proved themselves with
    is_unfamiliar: bool = False  # whether they never signed in from there, or with this browser


def changed_fields(before: msgspec.Struct, after: msgspec.Struct) -> tuple[str, ...]:
    """The names of the fields in which two values of one type differ."""
    names: Iterable[str] = before.__struct_fields__
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
