"""Single sign-on of operators: what an identity provider says of somebody, and whom we let in on its word. Pure."""

import enum
import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from frostgate.base.errors import Forbidden, NotFound, Refused, Unauthenticated
from frostgate.base.model import Fact
from frostgate.directory.errors import EmailUnusable
from frostgate.directory.model import normal_email
from frostgate.directory.permissions import Role

PATH = "/v1/session/oidc"
PAGE = f"{PATH}/page"  # where the provider sends people back to who have no page of their own
SIGN_IN_LASTS = timedelta(minutes=10)
SKEW_SECONDS = 60  # how far the provider's clock may be from ours
# Signatures that a provider makes with a key of its own: "none", and HMAC under our shared secret, prove nothing.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """The identity provider, as it knows us and as we trust it."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str  # the page that passes `code` and `state` on to us
    scopes: tuple[str, ...]
    domains: frozenset[str]  # of addresses that may sign in; empty: any
    role_claim: str
    roles: Mapping[str, Role]  # what a value of that claim makes somebody, the first that fits; empty: as they are here
    creates: bool  # whether somebody whom nobody added is added at their first sign-in

    def __repr__(self) -> str:
        """Without the secret: settings get printed."""
        return f"Provider({self.issuer}, {self.client_id})"


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider says of whoever signed in there."""

    issuer: str
    subject: str
    email: str
    name: str
    role: Role | None  # that its groups give; None: the provider decides no roles


class Bound(msgspec.Struct, frozen=True):
    """What one sign-in is bound to, all made of the secret in the browser's cookie: nobody else can go on with it."""

    secret: str

    @property
    def state(self) -> str:
        """Comes back with the answer (RFC 6749, section 10.12)."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """Stands in the ID token (OpenID Connect Core 1.0, section 3.1.2.1)."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """Proves that whoever has the code began the sign-in: 43 letters and digits (RFC 7636, section 4.1)."""
        return self._derived("verifier")

    def _derived(self, purpose: str) -> str:
        digest = hashlib.sha256(f"frostgate oidc {purpose}\0{self.secret}".encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


def read_claims(claims: Mapping[str, Any], provider: Provider) -> Claims:
    """What counts of a checked ID token.

    Raises:
        NotAdmitted: it names no address that the provider verified, or one of another domain, or a group without role.
    """
    try:
        email = normal_email(str(claims.get("email", "")))
    except EmailUnusable:
        raise NotAdmitted(problem="the provider names no email address") from None
    if claims.get("email_verified") is not True:
        raise NotAdmitted(problem="the provider has not verified the email address")
    if provider.domains and email.rpartition("@")[2] not in provider.domains:
        raise NotAdmitted(problem="the address is of another domain than oidc.domains")
    return Claims(
        issuer=provider.issuer,
        subject=str(claims["sub"]),
        email=email,
        name=str(claims.get("name") or email)[:256],
        role=_role(claims.get(provider.role_claim), provider),
    )


def _role(given: Any, provider: Provider) -> Role | None:
    if not provider.roles:
        return None
    groups = {str(each) for each in given} if isinstance(given, list) else {str(given)}
    for group, role in provider.roles.items():
        if group in groups:
            return role
    raise NotAdmitted(problem=f"no value of {provider.role_claim} has a role in oidc.roles")


class IdentityLinked(Fact, frozen=True, kw_only=True):
    """An operator signed in through the provider for the first time; from now on its subject is who they are."""

    name = "operator.identity_linked"

    operator_id: str
    issuer: str


class AtProvider(enum.StrEnum):
    """What a provider says of a sign-in that came to nothing (RFC 6749, section 4.1.2.1)."""

    ACCESS_DENIED = "access_denied"


class ProviderDenied(Forbidden):
    """Whoever was to sign in there did not, or may not use this."""

    code = "oidc.denied"


class SingleSignOnOff(NotFound):
    """No identity provider is configured."""

    code = "oidc.off"


class StateInvalid(Unauthenticated):
    """The sign-in was begun in another browser, too long ago, or is finished."""

    code = "oidc.state_invalid"


class ProviderUnavailable(Refused):
    """The identity provider cannot be reached, or answers nothing that can be read."""

    code = "oidc.provider_unavailable"


class ProviderRefused(Unauthenticated):
    """The provider does not take the code, or its ID token is not in order; `problem` says what, for engineers."""

    code = "oidc.refused"


class NotAdmitted(Forbidden):
    """The provider knows them, and we let nobody in on that: no operator, another domain, no role."""

    code = "oidc.not_admitted"
