"""Challenges over HTTP: what can answer one, and the answer, passed on by the platform's account pages."""

import msgspec
from litestar import Router, post
from litestar.params import FromPath, JSONBody

from frostgate.base.web import NEEDS
from frostgate.directory.factors.passkeys import Json
from frostgate.directory.factors.routes import Able, Factors, Proof, able_view
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import AccountId, TenantId, Who, Work
from frostgate.standing import answering
from frostgate.standing.routes import HoldView, standing_of, view

HOLD = "/tenants/{tenant_id:str}/accounts/{account_id:str}/holds/{hold_id:str}"
_ANSWER = {NEEDS: Permission.CHALLENGES_ANSWER}


class ChallengeView(msgspec.Struct, frozen=True, kw_only=True):
    """What can answer a challenge; `passkey` goes to `PublicKeyCredential.parseRequestOptionsFromJSON`."""

    hold: str
    factors: list[Able]
    passkey: Json | None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The hold that ended, and what the account may do now: other holds may still be open."""

    hold: HoldView
    services: dict[str, str]


@post(f"{HOLD}/challenge", opt=_ANSWER, sync_to_thread=True, status_code=200, summary="What can answer a challenge")
def offer(
    tenant_id: TenantId, account_id: AccountId, hold_id: FromPath[str], work: Work, factors: Factors, principal: Who
) -> ChallengeView:
    """The factors that the holder had before the hold; for passkeys with options good for five minutes and one try."""
    principal.within(tenant_id)
    with work.begin() as tx:
        made = answering.offer(tx, hold_id, tenant_id=tenant_id, account_id=account_id, kit=factors)
    return ChallengeView(hold=made.hold.id, factors=[able_view(each) for each in made.factors], passkey=made.passkey)


@post(
    f"{HOLD}/answer",
    opt=_ANSWER,
    sync_to_thread=True,
    status_code=200,
    summary="Answer a challenge with a second factor",
)
def answer(
    tenant_id: TenantId,
    account_id: AccountId,
    hold_id: FromPath[str],
    data: JSONBody[Proof],
    work: Work,
    factors: Factors,
    principal: Who,
) -> Answered:
    """A right answer ends this challenge at once, and no other hold. After five wrong ones the account has to wait."""
    principal.within(tenant_id)
    hold = answering.answer(
        work,
        hold_id,
        tenant_id=tenant_id,
        account_id=account_id,
        given=data.given,
        kit=factors,
        through=principal.actor,
    )
    with work.look() as connection:
        now = standing_of(connection, tenant_id=tenant_id, account_id=account_id)
    services = {service.value: permit.word for service, permit in now.permits.items()}
    return Answered(hold=view(hold, reader=principal), services=services)


ROUTES = Router("/", tags=["standing"], route_handlers=[offer, answer])
