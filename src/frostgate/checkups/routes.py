"""Check-ups over HTTP: for the platform's own account pages, the tenant's administrators, and our people."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from frostgate.base.model import Actor, ActorKind
from frostgate.base.web import NEEDS
from frostgate.checkups import service, store
from frostgate.checkups.errors import StepUnknown
from frostgate.checkups.model import CheckUp, Own, State, Step, StepState
from frostgate.checkups.people import as_of_now
from frostgate.directory import store as directory
from frostgate.directory.model import Principal
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import AccountId, TenantId, Who, Work
from frostgate.standing.model import Cause

_OF_TENANT = "/tenants/{tenant_id:str}/checkups"
_OF_ACCOUNT = "/tenants/{tenant_id:str}/accounts/{account_id:str}/checkups"
CheckUpId = FromPath[str]


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """One step: how it stands, who or what brought it there; `takes` says whose it is."""

    step: Step
    state: StepState
    takes: str  # "holder" or "tenant"
    at: datetime | None
    by: str | None


class SignInView(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that the holder is asked about: was this you?"""

    number: int
    at: datetime
    country: str | None
    city: str | None
    device: str | None
    own: Own | None
    answered_at: datetime | None


class CheckUpView(msgspec.Struct, frozen=True, kw_only=True):
    """What an account, or a whole tenant, looks after once a freeze has ended."""

    id: str
    tenant_id: str
    account_id: str | None
    hold: str
    cause: Cause
    state: State
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    reminded: int
    steps: list[ItemView]
    sign_ins: list[SignInView]  # for the holder alone; empty for everybody else


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a sign-in was the holder's own."""

    own: Own


def _view(check_up: CheckUp, *, for_holder: bool) -> CheckUpView:
    return CheckUpView(
        id=check_up.id,
        tenant_id=check_up.tenant_id,
        account_id=check_up.account_id,
        hold=check_up.hold_id,
        cause=check_up.cause,
        state=check_up.state,
        opened_at=check_up.opened_at,
        due_at=check_up.due_at,
        closed_at=check_up.closed_at,
        reminded=check_up.reminded.value,
        steps=[
            ItemView(
                step=item.step,
                state=item.state,
                takes="holder" if check_up.takes(item.step) else "tenant",
                at=item.at,
                by=None if item.by is None else str(item.by),
            )
            for item in check_up.items
        ],
        sign_ins=[
            SignInView(
                number=each.number,
                at=each.at,
                country=each.country,
                city=each.city,
                device=each.device,
                own=each.own,
                answered_at=each.answered_at,
            )
            for each in (check_up.sign_ins if for_holder else ())
        ],
    )


@get(
    _OF_TENANT,
    opt={NEEDS: Permission.CHECK_UPS_READ},
    sync_to_thread=True,
    summary="The check-ups of a tenant's accounts, newest first",
)
def list_check_ups(
    tenant_id: TenantId,
    work: Work,
    principal: Who,
    wanted: Annotated[State | None, QueryParameter(name="state")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[CheckUpView]:
    """What is open, what was done, and what was not; where people were is their own business and is left out."""
    principal.within(tenant_id)
    with work.look() as connection:
        directory.get_tenant(connection, tenant_id)
        found = store.list_check_ups(connection, tenant_id=tenant_id, state=wanted, before=after, limit=limit + 1)
    return page_of([_view(each, for_holder=False) for each in found], limit)


@post(
    _OF_TENANT + "/{check_up_id:str}/steps/{step:str}",
    opt={NEEDS: Permission.CHECK_UPS_TENANT},
    sync_to_thread=True,
    status_code=200,
    summary="Say that the tenant's part of a check-up was looked after",
)
def do_for_tenant(
    tenant_id: TenantId, check_up_id: CheckUpId, step: FromPath[str], work: Work, principal: Who
) -> CheckUpView:
    """Networks, tokens and roles are the administrators' to look after."""
    principal.within(tenant_id)
    with work.begin() as tx:
        found = store.get(tx.connection, check_up_id, tenant_id=tenant_id)
        done = service.do(tx, found, _step(step), actor=principal.actor, for_tenant=True)
    return _view(done, for_holder=False)


@get(
    _OF_ACCOUNT,
    opt={NEEDS: Permission.CHECK_UPS_OWN},
    sync_to_thread=True,
    summary="The check-ups of an account, for its holder",
)
def list_own(
    tenant_id: TenantId, account_id: AccountId, work: Work, principal: Who, after: After = None, limit: Limit = 20
) -> Page[CheckUpView]:
    """With the sign-ins that the holder is asked about, the newest check-up first."""
    principal.within(tenant_id)
    with work.look() as connection:
        directory.get_account(connection, account_id, tenant_id=tenant_id)
        found = store.list_check_ups(
            connection, tenant_id=tenant_id, account_id=account_id, before=after, limit=limit + 1
        )
    return page_of([_view(each, for_holder=True) for each in found], limit)


@post(
    _OF_ACCOUNT + "/{check_up_id:str}/steps/{step:str}",
    opt={NEEDS: Permission.CHECK_UPS_OWN},
    sync_to_thread=True,
    status_code=200,
    summary="Say that one thing of a check-up was looked after, for its holder",
)
def do_own(
    tenant_id: TenantId, account_id: AccountId, check_up_id: CheckUpId, step: FromPath[str], work: Work, principal: Who
) -> CheckUpView:
    """A second factor is seen by itself, and sign-ins are answered one by one."""
    principal.within(tenant_id)
    with work.begin() as tx:
        found = store.get(tx.connection, check_up_id, tenant_id=tenant_id, account_id=account_id)
        done = service.do(tx, as_of_now(tx.connection, found), _step(step), actor=_holder(principal, account_id))
    return _view(done, for_holder=True)


@post(
    _OF_ACCOUNT + "/{check_up_id:str}/sign-ins/{sign_in:int}",
    opt={NEEDS: Permission.CHECK_UPS_OWN},
    sync_to_thread=True,
    status_code=200,
    summary="Say whether a sign-in was the holder's own",
)
def answer_own(
    tenant_id: TenantId,
    account_id: AccountId,
    check_up_id: CheckUpId,
    sign_in: FromPath[int],
    data: JSONBody[Answer],
    work: Work,
    principal: Who,
) -> CheckUpView:
    """A stranger's sign-in becomes a case for people, and what it taught is forgotten."""
    principal.within(tenant_id)
    with work.begin() as tx:
        found = store.get(tx.connection, check_up_id, tenant_id=tenant_id, account_id=account_id)
        answered = service.answer(tx, found, sign_in, data.own, actor=_holder(principal, account_id))
    return _view(answered, for_holder=True)


def _step(named: str) -> Step:
    if named not in set(Step):
        raise StepUnknown
    return Step(named)


def _holder(principal: Principal, account_id: str) -> Actor:
    """The account's pages speak for the holder who is signed in there; anybody else for themselves."""
    is_portal = principal.actor.kind is ActorKind.TOKEN
    return Actor(ActorKind.HOLDER, account_id) if is_portal else principal.actor


ROUTES = Router("/", tags=["checkups"], route_handlers=[list_check_ups, do_for_tenant, list_own, do_own, answer_own])
