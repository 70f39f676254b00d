"""Signing in, sessions and one's own second factors over HTTP. The first step is in `people.py`, with the password."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from frostgate.base.web import NEEDS
from frostgate.directory import credentials
from frostgate.directory.factors import service as factor_service
from frostgate.directory.factors import store as factor_store
from frostgate.directory.factors.model import Owner
from frostgate.directory.factors.passkeys import Json
from frostgate.directory.factors.routes import (
    Code,
    FactorName,
    FactorView,
    NewFactor,
    ProofView,
    TotpSetUp,
    able_view,
    view,
)
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work
from frostgate.directory.sessions import listing, own, passkey, second, store
from frostgate.directory.sessions.listing import operator_of
from frostgate.directory.sessions.model import Session
from frostgate.directory.sessions.opening import SignInKit
from frostgate.directory.sessions.views import (
    OpenedSession,
    OwnProof,
    SecondAnswer,
    Secret,
    given_in,
    opened,
    totp_view,
    whence,
)

Kit = NamedDependency[SignInKit]
OperatorId = FromPath[str]

_PUBLIC = {NEEDS: Permission.PUBLIC}
_SELF = {NEEDS: Permission.SELF}
_FACTORS = "/session/factors"
_OF_OPERATOR = "/operators/{operator_id:str}"


class SetUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the authenticator app is called that has to be set up to sign in."""

    ticket: Secret
    name: FactorName


class Signed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the browser let a passkey sign: `PublicKeyCredential.toJSON()`."""

    credential: Json


class OwnFactors(msgspec.Struct, frozen=True, kw_only=True):
    """One's own second factors; from `needed_from` on the role needs one, None where it never does."""

    factors: list[FactorView]
    recovery_codes_left: int
    needed_from: datetime | None


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code that the new authenticator app shows now, and a proof by another factor or the password."""

    code: Code
    proof: OwnProof | None = None


class NewPasskey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the browser made of the options (`PublicKeyCredential.toJSON()`), and a proof as of a confirmation."""

    name: FactorName
    credential: Json
    proof: OwnProof | None = None


class Proven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proof by a factor or the password."""

    proof: OwnProof | None = None


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Ten codes that each open a session once, in place of the second factor. They are shown this once."""

    codes: list[str]


# Signing in


@post("/session/second-step", opt=_PUBLIC, sync_to_thread=True, summary="Sign in: the second step")
def finish_sign_in(
    data: JSONBody[SecondAnswer], request: Request[Any, Any, Any], work: Work, staff: Kit
) -> OpenedSession:
    """Open a session with the ticket of the first step and a second factor, or a recovery code."""
    return opened(second.finish(work, data.ticket, data.answer.given, whence=whence(request), kit=staff))


@post(
    "/session/second-step/totp",
    opt=_PUBLIC,
    sync_to_thread=True,
    summary="Set up the app without which one cannot sign in",
)
def set_up_at_sign_in(data: JSONBody[SetUp], work: Work, staff: Kit) -> TotpSetUp:
    """For a ticket that says `must_set_up`; the app's first code is then the answer of the second step."""
    return totp_view(second.set_up_totp(work, data.ticket, name=data.name, kit=staff))


@post(
    "/session/passkey/options",
    opt=_PUBLIC,
    sync_to_thread=True,
    status_code=200,
    summary="Begin to sign in with a passkey",
)
def begin_passkey_sign_in(work: Work, staff: Kit) -> Json:
    """PublicKeyCredentialRequestOptions as JSON for whichever passkey is chosen: for five minutes and one answer."""
    return passkey.begin(kit=staff.factors, at=work.clock.now())


@post("/session/passkey", opt=_PUBLIC, sync_to_thread=True, summary="Sign in with a passkey alone")
def finish_passkey_sign_in(
    data: JSONBody[Signed], request: Request[Any, Any, Any], work: Work, staff: Kit
) -> OpenedSession:
    """Without a password: the authenticator itself has to verify who uses it."""
    return opened(passkey.finish(work, data.credential, whence=whence(request), kit=staff.factors))


# Sessions


@get("/sessions", opt=_SELF, sync_to_thread=True, summary="One's own sessions")
def list_own_sessions(work: Work, principal: Who) -> list[Session]:
    """Those that still count, newest first: since when, from where, by what means, and when last used."""
    with work.look() as connection:
        return store.open_sessions(connection, operator_of(principal).id, at=work.clock.now(), this=principal.token_id)


@delete("/sessions", opt=_SELF, sync_to_thread=True, summary="End all one's other sessions")
def end_other_sessions(work: Work, principal: Who) -> None:
    """All but the one that asks."""
    with work.begin() as tx:
        listing.end_all(tx, operator_id=operator_of(principal).id, by=principal)


@delete("/sessions/{session_id:str}", opt=_SELF, sync_to_thread=True, summary="End one of one's own sessions")
def end_own_session(session_id: FromPath[str], work: Work, principal: Who) -> None:
    """It counts for nothing from the next request on."""
    with work.begin() as tx:
        listing.end_one(tx, session_id, operator_id=operator_of(principal).id, by=principal)


@get(
    f"{_OF_OPERATOR}/sessions",
    opt={NEEDS: Permission.OPERATORS_READ},
    sync_to_thread=True,
    summary="An operator's sessions",
)
def list_sessions(operator_id: OperatorId, work: Work, principal: Who) -> list[Session]:
    """As of one's own."""
    with work.look() as connection:
        principal.within(credentials.get_operator(connection, operator_id).tenant_id)
        return store.open_sessions(connection, operator_id, at=work.clock.now(), this=principal.token_id)


@delete(
    f"{_OF_OPERATOR}/sessions",
    opt={NEEDS: Permission.OPERATORS_WRITE},
    sync_to_thread=True,
    summary="Sign an operator out everywhere",
)
def end_sessions(operator_id: OperatorId, work: Work, principal: Who) -> None:
    """Nobody ends the sessions of somebody who may do more."""
    with work.begin() as tx:
        listing.end_all(tx, operator_id=operator_id, by=principal)


@delete(
    f"{_OF_OPERATOR}/sessions/{{session_id:str}}",
    opt={NEEDS: Permission.OPERATORS_WRITE},
    sync_to_thread=True,
    summary="End one of an operator's sessions",
)
def end_session(operator_id: OperatorId, session_id: FromPath[str], work: Work, principal: Who) -> None:
    """It counts for nothing from the next request on."""
    with work.begin() as tx:
        listing.end_one(tx, session_id, operator_id=operator_id, by=principal)


# Second factors


@delete(
    f"{_OF_OPERATOR}/factors",
    opt={NEEDS: Permission.OPERATORS_WRITE},
    sync_to_thread=True,
    summary="Remove all second factors of an operator who is locked out",
)
def reset_factors(operator_id: OperatorId, work: Work, principal: Who) -> None:
    """Their recovery codes too; they are signed out everywhere and told by email."""
    with work.begin() as tx:
        own.reset_factors(tx, operator_id, actor=principal.actor, by=principal)


@get(_FACTORS, opt=_SELF, sync_to_thread=True, summary="One's own second factors")
def list_own_factors(work: Work, principal: Who, staff: Kit) -> OwnFactors:
    """Pending ones too; never a secret."""
    operator = operator_of(principal)
    with work.look() as connection:
        found = factor_store.list_factors(connection, Owner.of_operator(operator.id))
        left = store.count_codes(connection, operator.id)
    needed_from = staff.second.demanded_of(operator)
    return OwnFactors(factors=[view(each) for each in found], recovery_codes_left=left, needed_from=needed_from)


@post(
    f"{_FACTORS}/proof",
    opt=_SELF,
    sync_to_thread=True,
    status_code=200,
    summary="What can prove oneself before factors change",
)
def offer_own_proof(work: Work, principal: Who, staff: Kit) -> ProofView:
    """The active factors, for passkeys with options good for five minutes and one try; the password always can."""
    with work.begin() as tx:
        made = factor_service.offer(tx, Owner.of_operator(operator_of(principal).id), kit=staff.factors)
    return ProofView(factors=[able_view(each) for each in made.factors], passkey=made.passkey)


@post(f"{_FACTORS}/totp", opt=_SELF, sync_to_thread=True, summary="Begin to set up one's own authenticator app")
def begin_own_totp(data: JSONBody[NewFactor], work: Work, principal: Who, staff: Kit) -> TotpSetUp:
    """The secret is shown this once. The factor cannot answer until one of its codes confirmed it."""
    owner = Owner.of_operator(operator_of(principal).id)
    with work.begin() as tx:
        made = factor_service.begin_totp(tx, owner, name=data.name, kit=staff.factors, actor=principal.actor)
    return totp_view(made)


@post(
    f"{_FACTORS}/{{factor_id:str}}/confirm",
    opt=_SELF,
    sync_to_thread=True,
    status_code=200,
    summary="Confirm one's own authenticator app by a code of it",
)
def confirm_own_totp(
    factor_id: FromPath[str], data: JSONBody[Confirmation], work: Work, principal: Who, staff: Kit
) -> FactorView:
    """From now on it is asked for at sign-in."""
    proof = given_in(data.proof)
    return view(own.confirm_totp(work, factor_id, code=data.code, proof=proof, kit=staff, by=principal))


@post(
    f"{_FACTORS}/passkey/options",
    opt=_SELF,
    sync_to_thread=True,
    status_code=200,
    summary="What a browser needs to make one's own passkey",
)
def begin_own_passkey(work: Work, principal: Who, staff: Kit) -> Json:
    """PublicKeyCredentialCreationOptions as JSON, good for five minutes and one answer."""
    owner = Owner.of_operator(operator_of(principal).id)
    with work.begin() as tx:
        return factor_service.begin_passkey(tx, owner, kit=staff.factors)


@post(f"{_FACTORS}/passkey", opt=_SELF, sync_to_thread=True, summary="Enrol one's own passkey")
def enrol_own_passkey(data: JSONBody[NewPasskey], work: Work, principal: Who, staff: Kit) -> FactorView:
    """From now on it is asked for at sign-in, or signs in alone."""
    proof = given_in(data.proof)
    made = own.enrol_passkey(work, name=data.name, credential=data.credential, proof=proof, kit=staff, by=principal)
    return view(made)


@patch(
    f"{_FACTORS}/{{factor_id:str}}", opt=_SELF, sync_to_thread=True, summary="Rename one of one's own second factors"
)
def rename_own_factor(factor_id: FromPath[str], data: JSONBody[NewFactor], work: Work, principal: Who) -> FactorView:
    """Only the name changes."""
    with work.begin() as tx:
        return view(own.rename_factor(tx, factor_id, name=data.name, by=principal))


@post(
    f"{_FACTORS}/{{factor_id:str}}/remove",
    opt=_SELF,
    sync_to_thread=True,
    status_code=204,
    summary="Remove one of one's own second factors",
)
def remove_own_factor(factor_id: FromPath[str], data: JSONBody[Proven], work: Work, principal: Who, staff: Kit) -> None:
    """With a proof by a factor or the password; never the last one where the role needs one."""
    own.remove_factor(work, factor_id, proof=given_in(data.proof), kit=staff, by=principal)


@post("/session/recovery-codes", opt=_SELF, sync_to_thread=True, summary="Make new recovery codes for oneself")
def renew_recovery_codes(data: JSONBody[Proven], work: Work, principal: Who, staff: Kit) -> RecoveryCodes:
    """Those of before count no more."""
    return RecoveryCodes(own.renew_codes(work, proof=given_in(data.proof), kit=staff, by=principal))


ROUTES = Router(
    "/",
    tags=["signing in"],
    route_handlers=[
        finish_sign_in,
        set_up_at_sign_in,
        begin_passkey_sign_in,
        finish_passkey_sign_in,
        list_own_sessions,
        end_other_sessions,
        end_own_session,
        list_sessions,
        end_sessions,
        end_session,
        reset_factors,
        list_own_factors,
        offer_own_proof,
        begin_own_totp,
        confirm_own_totp,
        begin_own_passkey,
        enrol_own_passkey,
        rename_own_factor,
        remove_own_factor,
        renew_recovery_codes,
    ],
)
