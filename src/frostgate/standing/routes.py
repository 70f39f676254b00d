"""Standing over HTTP: what an account may do now and why, and holds that people place."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
import sqlalchemy as sa
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from frostgate.base.model import ActorKind
from frostgate.base.web import NEEDS
from frostgate.directory.model import Principal
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import AccountId, TenantId, Who, Work
from frostgate.directory.store import get_tenant
from frostgate.standing import store
from frostgate.standing.model import EVERY_SERVICE, Cause, Finding, Hold, Kind, Service, Standing, Subject, standing
from frostgate.standing.service import open_challenge, place_hold, release_hold

AnyAccountId = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]  # also one that nobody registered


class HoldView(msgspec.Struct, frozen=True, kw_only=True):
    """A hold. Why it was placed, by which rule, and on which decision it rests are for the platform's staff only."""

    id: str
    tenant_id: str
    account_id: str | None
    kind: str
    cause: str
    services: list[str]
    waits_for: str
    reason: str | None
    placed_by: str
    placed_at: datetime
    case: str
    decision: str | None
    released_at: datetime | None
    released_by: str | None
    finding: str | None
    release_reason: str | None


class StandingView(msgspec.Struct, frozen=True, kw_only=True):
    """What each service permits, and the open holds behind it."""

    tenant_id: str
    account_id: str
    services: dict[str, str]
    holds: list[HoldView]


class HoldDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A hold that a person wants placed. A ban is not among the kinds: a case decides it."""

    kind: Literal["challenge", "limit", "freeze"]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    services: list[Service] = []


class ConditionMet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it is known that the condition came true: kept with the hold and in its case."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class TenantStandingView(msgspec.Struct, frozen=True, kw_only=True):
    """What each service permits to a tenant as a whole; what single accounts may no longer do is not in it."""

    tenant_id: str
    services: dict[str, str]


@get(
    "/tenants/{tenant_id:str}/standing",
    opt={NEEDS: Permission.STANDING_READ},
    sync_to_thread=True,
    summary="What a tenant as a whole may do now",
    tags=["standing"],
)
def read_tenant_standing(tenant_id: TenantId, work: Work, principal: Who) -> TenantStandingView:
    """The fold of the open holds on the whole tenant, which every one of its people may see."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        folded = standing(store.list_holds(connection, tenant_id=tenant_id, account_id=store.WHOLE_TENANT))
    return TenantStandingView(
        tenant_id=tenant_id, services={service.value: permit.word for service, permit in folded.permits.items()}
    )


@get(
    "/tenants/{tenant_id:str}/accounts/{account_id:str}/standing",
    opt={NEEDS: Permission.HOLDS_READ},
    sync_to_thread=True,
    summary="What an account may do now, and why",
    tags=["standing"],
)
def read_standing(tenant_id: TenantId, account_id: AccountId, work: Work, principal: Who) -> StandingView:
    """The fold of the account's open holds and its tenant's."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        folded = standing_of(connection, tenant_id=tenant_id, account_id=account_id)
    return StandingView(
        tenant_id=tenant_id,
        account_id=account_id,
        services={service.value: permit.word for service, permit in folded.permits.items()},
        holds=[view(hold, reader=principal) for hold in folded.holds],
    )


@get(
    "/tenants/{tenant_id:str}/accounts/{account_id:str}/holds",
    opt={NEEDS: Permission.HOLDS_READ},
    sync_to_thread=True,
    summary="An account's holds, open and released",
    tags=["standing"],
)
def list_holds(tenant_id: TenantId, account_id: AccountId, work: Work, principal: Who) -> list[HoldView]:
    """Every hold there ever was, oldest first: nothing is deleted."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = store.list_holds(connection, tenant_id=tenant_id, account_id=account_id, include_released=True)
    return [view(hold, reader=principal) for hold in found]


@post(
    "/tenants/{tenant_id:str}/accounts/{account_id:str}/holds",
    opt={NEEDS: Permission.HOLDS_PLACE},
    sync_to_thread=True,
    summary="Place a hold by hand",
    tags=["standing"],
)
def place(
    tenant_id: TenantId, account_id: FromPath[AnyAccountId], data: JSONBody[HoldDraft], work: Work, principal: Who
) -> HoldView:
    """Freeze, limit or challenge an account on a person's word; a case is opened and notices are owed."""
    principal.within(tenant_id)
    with work.begin() as tx:
        get_tenant(tx.connection, tenant_id)
        hold = place_hold(
            tx,
            subject=Subject(tenant_id=tenant_id, account_id=account_id),
            kind=Kind[data.kind.upper()],
            cause=Cause.MANUAL,
            services=data.services or (EVERY_SERVICE if data.kind == "challenge" else ()),
            reason=data.reason,
            actor=principal.actor,
        )
    return view(hold, reader=principal)


@post(
    "/tenants/{tenant_id:str}/accounts/{account_id:str}/holds/{hold_id:str}/condition-met",
    opt={NEEDS: Permission.CONDITIONS_REPORT},
    sync_to_thread=True,
    status_code=200,
    summary="Say that the holder passed the challenge",
    tags=["standing"],
)
def condition_met(
    tenant_id: TenantId,
    account_id: AccountId,
    hold_id: FromPath[str],
    data: JSONBody[ConditionMet],
    work: Work,
    principal: Who,
) -> HoldView:
    """The challenge ends, and no other hold. Whatever is graver than a challenge ends by people alone."""
    principal.within(tenant_id)
    with work.begin() as tx:
        open_challenge(tx, hold_id, tenant_id=tenant_id, account_id=account_id)
        released = release_hold(
            tx,
            hold_id,
            tenant_id=tenant_id,
            finding=Finding.CONDITION_MET,
            actor=principal.actor,
            reason=data.reason,
        )
    return view(released, reader=principal)


def standing_of(connection: sa.Connection, *, tenant_id: str, account_id: str) -> Standing:
    """Read and fold what is open against an account and its tenant."""
    own = store.list_holds(connection, tenant_id=tenant_id, account_id=account_id)
    inherited = store.list_holds(connection, tenant_id=tenant_id, account_id=store.WHOLE_TENANT)
    return standing([*own, *inherited])


def view(hold: Hold, *, reader: Principal) -> HoldView:
    """The hold as this reader may see it: the name of a rule tells an attacker what to avoid."""
    staff = reader.may(Permission.CASES_READ) or reader.may(Permission.DECISIONS_READ)
    by_rule = hold.actor.kind is ActorKind.RULE
    return HoldView(
        id=hold.id,
        tenant_id=hold.subject.tenant_id,
        account_id=hold.subject.account_id,
        kind=hold.kind.word,
        cause=hold.cause.value,
        services=sorted(service.value for service in hold.services),
        waits_for=hold.condition.value,
        reason=hold.reason if staff else None,
        placed_by=str(hold.actor) if staff or not by_rule else hold.actor.kind.value,
        placed_at=hold.placed_at,
        case=hold.case_id,
        decision=hold.decision_id if staff else None,
        released_at=hold.released_at,
        released_by=str(hold.released_by) if hold.released_by else None,
        finding=hold.finding.value if hold.finding else None,
        release_reason=hold.release_reason if staff else None,
    )


ROUTES = Router("/", route_handlers=[read_tenant_standing, read_standing, list_holds, place, condition_met])
