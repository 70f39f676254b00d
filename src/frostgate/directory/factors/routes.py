"""Second factors over HTTP: for the platform's account pages, on behalf of the holder who is signed in there."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from frostgate.base.web import NEEDS
from frostgate.directory.factors import service, store
from frostgate.directory.factors.kit import FactorKit
from frostgate.directory.factors.model import Factor, FactorKind, FactorState, Owner, Passkey
from frostgate.directory.factors.passkeys import Json
from frostgate.directory.factors.proving import Given
from frostgate.directory.model import NAME
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import AccountId, TenantId, Who, Work
from frostgate.directory.store import get_tenant

# The look-ahead refuses a line feed at the very end, which "$" alone would let pass.
Code = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$(?!\n)", min_length=6, max_length=6)]
FactorName = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=NAME)]

Factors = NamedDependency[FactorKit]

FACTORS = "/tenants/{tenant_id:str}/accounts/{account_id:str}/factors"
_WRITE = {NEEDS: Permission.FACTORS_WRITE}


class FactorView(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor, without anything that proves it."""

    id: str
    type: FactorKind
    name: str
    state: FactorState
    created_at: datetime
    active_since: datetime | None
    last_used_at: datetime | None
    backed_up: bool | None  # of a passkey: whether a copy of it lies in its holder's cloud


class NewFactor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the holder calls the factor, such as "my phone"."""

    name: FactorName


class TotpSetUp(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into an authenticator app. It is shown this once and cannot be read again."""

    factor: FactorView
    secret: str  # base32, to type in
    uri: str  # otpauth://, to show as a QR code


class TotpAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="totp"):
    """The code that the holder's authenticator app shows."""

    code: Code

    @property
    def given(self) -> Given:
        """The answer itself."""
        return self.code


class PasskeyAnswer(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="passkey"
):
    """What the browser let a passkey sign: `PublicKeyCredential.toJSON()`."""

    credential: Json

    @property
    def given(self) -> Given:
        """The answer itself."""
        return self.credential


Proof = TotpAnswer | PasskeyAnswer


class Able(msgspec.Struct, frozen=True, kw_only=True):
    """A factor that can answer."""

    id: str
    type: FactorKind
    name: str


class ProofView(msgspec.Struct, frozen=True, kw_only=True):
    """What can prove the holder; `passkey` goes to `PublicKeyCredential.parseRequestOptionsFromJSON`."""

    factors: list[Able]
    passkey: Json | None


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code that the new authenticator app shows now; `proof` by a factor that is active already, if any is."""

    code: Code
    proof: Proof | None = None


class NewPasskey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the browser made of the options (`PublicKeyCredential.toJSON()`); `proof` as of a confirmation."""

    name: FactorName
    credential: Json
    proof: Proof | None = None


class Removal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The holder's proof, by this factor or another; a set-up that was never confirmed needs none."""

    proof: Proof | None = None


@get(FACTORS, opt={NEEDS: Permission.FACTORS_READ}, sync_to_thread=True, summary="An account's second factors")
def list_factors(
    tenant_id: TenantId, account_id: AccountId, work: Work, principal: Who, after: After = None, limit: Limit = 100
) -> Page[FactorView]:
    """Oldest first, pending ones too; never a secret."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = store.list_factors(connection, Owner(tenant_id, account_id), after=after or "")
    return page_of([view(factor) for factor in found], limit)


@post(f"{FACTORS}/totp", opt=_WRITE, sync_to_thread=True, summary="Begin to set up an authenticator app")
def begin_totp(
    tenant_id: TenantId, account_id: AccountId, data: JSONBody[NewFactor], work: Work, factors: Factors, principal: Who
) -> TotpSetUp:
    """The secret is shown this once. The factor cannot answer until one of its codes confirmed it."""
    principal.within(tenant_id)
    with work.begin() as tx:
        made = service.begin_totp(tx, Owner(tenant_id, account_id), name=data.name, kit=factors, actor=principal.actor)
    return TotpSetUp(factor=view(made.factor), secret=made.secret, uri=made.uri)


@post(
    f"{FACTORS}/{{factor_id:str}}/confirm",
    opt=_WRITE,
    sync_to_thread=True,
    status_code=200,
    summary="Confirm an authenticator app by a code of it",
)
def confirm_totp(
    tenant_id: TenantId,
    account_id: AccountId,
    factor_id: FromPath[str],
    data: JSONBody[Confirmation],
    work: Work,
    factors: Factors,
    principal: Who,
) -> FactorView:
    """The factor is active from now on, and both codes are used up."""
    principal.within(tenant_id)
    confirmed = service.confirm_totp(
        work,
        factor_id,
        owner=Owner(tenant_id, account_id),
        code=data.code,
        proof=data.proof.given if data.proof else None,
        kit=factors,
        actor=principal.actor,
    )
    return view(confirmed)


@post(
    f"{FACTORS}/passkey/options",
    opt=_WRITE,
    sync_to_thread=True,
    status_code=200,
    summary="What a browser needs to make a passkey",
)
def begin_passkey(tenant_id: TenantId, account_id: AccountId, work: Work, factors: Factors, principal: Who) -> Json:
    """PublicKeyCredentialCreationOptions as JSON, good for five minutes and one answer."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return service.begin_passkey(tx, Owner(tenant_id, account_id), kit=factors)


@post(f"{FACTORS}/passkey", opt=_WRITE, sync_to_thread=True, summary="Enrol the passkey that a browser made")
def enrol_passkey(
    tenant_id: TenantId, account_id: AccountId, data: JSONBody[NewPasskey], work: Work, factors: Factors, principal: Who
) -> FactorView:
    """Verified against the options that were given last, and active at once."""
    principal.within(tenant_id)
    made = service.enrol_passkey(
        work,
        owner=Owner(tenant_id, account_id),
        name=data.name,
        credential=data.credential,
        proof=data.proof.given if data.proof else None,
        kit=factors,
        actor=principal.actor,
    )
    return view(made)


@post(
    f"{FACTORS}/proof",
    opt=_WRITE,
    sync_to_thread=True,
    status_code=200,
    summary="What can prove the holder before factors change",
)
def offer_proof(tenant_id: TenantId, account_id: AccountId, work: Work, factors: Factors, principal: Who) -> ProofView:
    """The active factors, for passkeys with options good for five minutes and one try. None: no proof is needed."""
    principal.within(tenant_id)
    with work.begin() as tx:
        made = service.offer(tx, Owner(tenant_id, account_id), kit=factors)
    return ProofView(factors=[able_view(each) for each in made.factors], passkey=made.passkey)


@post(
    f"{FACTORS}/{{factor_id:str}}/remove",
    opt=_WRITE,
    sync_to_thread=True,
    status_code=204,
    summary="Remove a second factor for its holder, who proves it",
)
def remove_own_factor(
    tenant_id: TenantId,
    account_id: AccountId,
    factor_id: FromPath[str],
    data: JSONBody[Removal],
    work: Work,
    factors: Factors,
    principal: Who,
) -> None:
    """It counts for nothing from now on, and its secret is forgotten. Not while the account has an open hold."""
    principal.within(tenant_id)
    service.remove_own_factor(
        work,
        factor_id,
        owner=Owner(tenant_id, account_id),
        proof=data.proof.given if data.proof else None,
        kit=factors,
        actor=principal.actor,
    )


@delete(
    f"{FACTORS}/{{factor_id:str}}",
    opt={NEEDS: Permission.FACTORS_REMOVE},
    sync_to_thread=True,
    summary="Remove a second factor that its holder has lost",
)
def remove_factor(
    tenant_id: TenantId, account_id: AccountId, factor_id: FromPath[str], work: Work, factors: Factors, principal: Who
) -> None:
    """For those who verified otherwise who the holder is. Not while the account has an open hold."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.remove_factor(tx, factor_id, owner=Owner(tenant_id, account_id), kit=factors, actor=principal.actor)


def able_view(factor: Factor) -> Able:
    """The factor as somebody sees it who is to choose one."""
    return Able(id=factor.id, type=factor.kind, name=factor.name)


def view(factor: Factor) -> FactorView:
    """The factor as anybody may see it who may see factors at all."""
    return FactorView(
        id=factor.id,
        type=factor.kind,
        name=factor.name,
        state=factor.state,
        created_at=factor.created_at,
        active_since=factor.active_since,
        last_used_at=factor.last_used_at,
        backed_up=factor.proof.backed_up if isinstance(factor.proof, Passkey) else None,
    )


ROUTES = Router(
    "/",
    tags=["factors"],
    route_handlers=[
        list_factors,
        begin_totp,
        confirm_totp,
        begin_passkey,
        enrol_passkey,
        offer_proof,
        remove_own_factor,
        remove_factor,
    ],
)
