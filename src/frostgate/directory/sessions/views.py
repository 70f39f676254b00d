"""What signing in looks like from outside: shapes that several routes share."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request

from frostgate.base.web import client_address
from frostgate.directory.factors.passkeys import Json
from frostgate.directory.factors.routes import Able, PasskeyAnswer, TotpAnswer, TotpSetUp, able_view, view
from frostgate.directory.factors.service import NewTotp
from frostgate.directory.model import Operator, Principal
from frostgate.directory.permissions import Permission, Role
from frostgate.directory.sessions.model import Whence, browser_of
from frostgate.directory.sessions.opening import SignedIn
from frostgate.directory.sessions.own import Password, Proof
from frostgate.directory.sessions.second import RecoveryCode, Ticketed

Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Session(msgspec.Struct, frozen=True):
    """Who is signed in, and what they may do; `emergency_id` where they broke the glass for it."""

    role: Role
    tenant_id: str | None
    permissions: list[Permission]
    operator: Operator | None
    emergency_id: str | None = None


class OpenedSession(msgspec.Struct, frozen=True):
    """A new session; `secret` goes into `Authorization: Bearer` and is shown this once."""

    secret: str
    expires_at: datetime | None
    session: Session


class SecondStep(msgspec.Struct, frozen=True, kw_only=True):
    """The password was right and more is needed: what can answer, with the `ticket`, within ten minutes.

    `must_set_up`: the role needs a second factor and there is none, so an authenticator app is set up now.
    """

    ticket: str
    factors: list[Able]
    passkey: Json | None  # for `PublicKeyCredential.parseRequestOptionsFromJSON`
    must_set_up: bool


class RecoveryAnswer(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="recovery_code"
):
    """One of the recovery codes that are left."""

    code: Secret

    @property
    def given(self) -> RecoveryCode:
        """The answer itself."""
        return RecoveryCode(self.code)


class PasswordProof(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="password"
):
    """The password of whoever is signed in."""

    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]

    @property
    def given(self) -> Password:
        """The proof itself."""
        return Password(self.password)


OwnProof = TotpAnswer | PasskeyAnswer | PasswordProof


class SecondAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ticket, and the answer to what was asked with it."""

    ticket: Secret
    answer: TotpAnswer | PasskeyAnswer | RecoveryAnswer


def opened(signed_in: SignedIn) -> OpenedSession:
    """A session as its owner gets it."""
    return OpenedSession(signed_in.secret, signed_in.token.expires_at, session_view(signed_in.principal))


def session_view(principal: Principal) -> Session:
    """Who is signed in."""
    return Session(
        principal.role,
        principal.tenant_id,
        sorted(principal.permissions),
        principal.operator,
        principal.emergency_id,
    )


def step_view(asked: Ticketed) -> SecondStep:
    """What is asked after the password."""
    able = [able_view(each) for each in asked.factors]
    return SecondStep(ticket=asked.secret, factors=able, passkey=asked.passkey, must_set_up=asked.must_set_up)


def totp_view(made: NewTotp) -> TotpSetUp:
    """An authenticator app to be set up."""
    return TotpSetUp(factor=view(made.factor), secret=made.secret, uri=made.uri)


def given_in(proof: OwnProof | None) -> Proof | None:
    """The proof that came, if any."""
    return None if proof is None else proof.given


def whence(request: Request[Any, Any, Any]) -> Whence:
    """Where a request comes from."""
    return Whence(client_address(request.scope), browser_of(request.headers.get("user-agent", "")))
