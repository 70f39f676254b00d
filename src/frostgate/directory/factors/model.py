"""Second factors of account holders and of operators: what proves who answers. Pure values."""

import enum
from datetime import datetime

import msgspec

from frostgate.base.errors import Conflict, NotFound, Refused
from frostgate.base.model import Fact

MOST_FACTORS = 10  # of one owner, pending ones included


class Owner(msgspec.Struct, frozen=True):
    """Whose a factor is: an account's of a tenant; or, where the tenant is "", the operator's of this id."""

    tenant_id: str
    id: str

    @classmethod
    def of_operator(cls, operator_id: str) -> "Owner":
        """An operator, of the platform or of a tenant: their sign-in is the same."""
        return cls("", operator_id)

    @property
    def is_operator(self) -> bool:
        """Whether it is somebody who signs in here."""
        return not self.tenant_id

    @property
    def named(self) -> dict[str, str | None]:
        """How facts name it."""
        if self.is_operator:
            return {"tenant_id": None, "account_id": None, "operator_id": self.id}
        return {"tenant_id": self.tenant_id, "account_id": self.id, "operator_id": None}


class FactorKind(enum.StrEnum):
    """How a factor proves itself."""

    TOTP = "totp"  # codes of an authenticator app (RFC 6238)
    PASSKEY = "passkey"  # a key pair that stays with its holder (WebAuthn)


class FactorState(enum.StrEnum):
    """Whether a factor can answer."""

    PENDING = "pending"  # the holder has not shown yet that the app has the secret
    ACTIVE = "active"


class Totp(msgspec.Struct, frozen=True, kw_only=True):
    """What the server keeps of an authenticator app."""

    sealed_secret: str  # encrypted, see `base/vault.py`
    last_step: int | None = None  # the newest time step whose code was accepted: none at or before it counts again


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """What the server keeps of a passkey: nothing secret, the private key never leaves its holder."""

    credential_id: str  # base64url
    public_key: bytes  # COSE
    sign_count: int
    transports: tuple[str, ...]
    backup_eligible: bool  # it can be copied between the holder's devices
    backed_up: bool


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """One second factor."""

    id: str
    owner: Owner
    name: str  # the owner's own word for it
    state: FactorState
    proof: Totp | Passkey
    created_at: datetime
    active_since: datetime | None
    last_used_at: datetime | None = None

    @property
    def kind(self) -> FactorKind:
        """How it proves itself."""
        return FactorKind.TOTP if isinstance(self.proof, Totp) else FactorKind.PASSKEY

    def was_active_before(self, at: datetime) -> bool:
        """Whether it was the holder's before a moment, such as that of a suspicious sign-in.

        Strictly before: whoever signed in with a stolen password could enrol a factor of their own right then.
        """
        return self.active_since is not None and self.active_since < at

    def confirmed(self, *, step: int, at: datetime) -> "Factor":
        """The factor, active from now on; the code that showed it is used up."""
        assert self.state is FactorState.PENDING, "BUG: confirmed twice"
        return msgspec.structs.replace(self.used(step=step, at=at), state=FactorState.ACTIVE, active_since=at)

    def used(self, *, step: int, at: datetime) -> "Factor":
        """The factor after the code of a time step was accepted."""
        assert isinstance(self.proof, Totp), "BUG: a time step of something else than an authenticator app"
        return msgspec.structs.replace(self, proof=msgspec.structs.replace(self.proof, last_step=step), last_used_at=at)

    def signed(self, *, sign_count: int, backed_up: bool, at: datetime) -> "Factor":
        """The factor after its passkey signed a challenge."""
        assert isinstance(self.proof, Passkey), "BUG: a signature of something else than a passkey"
        proof = msgspec.structs.replace(self.proof, sign_count=sign_count, backed_up=backed_up)
        return msgspec.structs.replace(self, proof=proof, last_used_at=at)


class _FactorFact(Fact, frozen=True, kw_only=True):
    """Whose factors it is about: an account's, or an operator's."""

    account_id: str | None
    operator_id: str | None = None


class FactorEnrolled(_FactorFact, frozen=True, kw_only=True):
    """Somebody has another factor; an authenticator app still has to be confirmed."""

    name = "factor.enrolled"

    factor_id: str
    kind: FactorKind
    state: FactorState
    proven_by: str | None = None  # which factor the holder proved it with


class FactorConfirmed(_FactorFact, frozen=True, kw_only=True):
    """An authenticator app can answer from now on."""

    name = "factor.confirmed"

    factor_id: str
    proven_by: str | None = None


class FactorRemoved(_FactorFact, frozen=True, kw_only=True):
    """A factor counts for nothing from now on."""

    name = "factor.removed"

    factor_id: str
    kind: FactorKind
    proven_by: str | None = None  # None: a set-up that was given up, or an administrator's doing


class FactorProofFailed(_FactorFact, frozen=True, kw_only=True):
    """Somebody wanted to change factors and did not prove whose they are. The proof is kept nowhere."""

    name = "factor.proof_failed"

    kind: FactorKind
    left: int  # how many more wrong ones there may be


class FactorUnknown(NotFound):
    """The account has no such factor."""

    code = "factor.unknown"


class FactorActive(Conflict):
    """The factor was confirmed before."""

    code = "factor.already_active"


class FactorCodeWrong(Refused):
    """The code is not one that the new authenticator app shows now."""

    code = "factor.code_wrong"


class TooManyFactors(Conflict):
    """The account has as many factors as it can have."""

    code = "factor.too_many"


class LastFactor(Conflict):
    """Their role asks for a second factor, and this is the last one."""

    code = "factor.last"


class FactorsHeld(Conflict):
    """While somebody suspicious may be signed in, nobody changes what proves the holder."""

    code = "factor.account_held"


class ProofNeeded(Conflict):
    """The account has an active factor: whoever changes its factors proves with one to be the holder."""

    code = "factor.proof_needed"


class PasskeysOff(Conflict):
    """The operator has not said for which site passkeys are."""

    code = "factor.passkeys_not_configured"


class PasskeyRefused(Refused):
    """What the browser sent does not prove a new passkey; `problem` says why, for whoever builds the page."""

    code = "factor.passkey_refused"


class PasskeyKnown(Conflict):
    """This very passkey is enrolled already."""

    code = "factor.passkey_known"


class OptionsExpired(Conflict):
    """The options for a passkey were never given, are older than five minutes, or were used."""

    code = "factor.options_expired"
