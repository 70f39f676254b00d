"""Actions on many accounts over HTTP: propose and look, agree or say no, follow, and take back."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import sqlalchemy as sa
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from frostgate.base.web import NEEDS
from frostgate.cases.bulk import service, store
from frostgate.cases.bulk.model import MOST, Bulk, BulkUnclear, Item, ItemState
from frostgate.cases.bulk.store import Wanted
from frostgate.directory.model import Name
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.standing.model import Cause, Finding

BulkId = FromPath[str]
PATH = "/tenants/{tenant_id:str}/bulk-actions"

Reason = Annotated[str, msgspec.Meta(max_length=4000)]


class Where(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which holds to release: those that fit everything that is named; a rule, cause, group or cases must be."""

    rule: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    cause: Cause | None = None
    group: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None  # one attack's cases, in this tenant
    opened_from: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    opened_before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    cases: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST)] = ()


class Proposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to do to whom, and why: a freeze names its accounts, a release says which holds and what was found."""

    what: Literal["freeze", "release"]
    reason: Reason = ""
    accounts: Annotated[list[Name], msgspec.Meta(max_length=MOST)] = []
    where: Where | None = None
    finding: Literal["mistake", "condition_met"] | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is withdrawn, or taken back."""

    reason: Reason = ""


class BulkView(msgspec.Struct, frozen=True, kw_only=True):
    """An action on many accounts and how far it is; until somebody else agrees nothing happens."""

    id: str
    tenant_id: str
    what: str
    finding: str | None
    reason: str
    state: str
    total: int
    pending: int
    done: int
    skipped: int
    undoes: str | None
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    ended_at: datetime | None


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """One account of an action, and what became of it; `problem` is the code of the refusal that skipped it."""

    id: str
    account_id: str | None
    case: str | None
    state: str
    problem: str | None
    hold: str | None


@post(
    PATH,
    opt={NEEDS: Permission.BULK_PROPOSE},
    sync_to_thread=True,
    summary="Propose to freeze or release many accounts",
    tags=["bulk actions"],
)
def propose(tenant_id: TenantId, data: JSONBody[Proposal], work: Work, principal: Who) -> BulkView:
    """Nothing happens yet: the answer counts whom it concerns, and its items name them."""
    principal.within(tenant_id)
    given: dict[str, Any] = {"tenant_id": tenant_id, "actor": principal.actor, "reason": data.reason}
    with work.begin() as tx:
        if data.what == "freeze":
            if data.where is not None or data.finding is not None:
                raise BulkUnclear(pointer="/where" if data.where else "/finding")
            bulk = service.propose_freeze(tx, data.accounts, **given)
        else:
            if data.where is None or data.finding is None or data.accounts:
                raise BulkUnclear(pointer="/accounts" if data.accounts else "/finding" if data.where else "/where")
            wanted = msgspec.convert(data.where, Wanted, from_attributes=True)
            bulk = service.propose_release(tx, wanted, finding=Finding(data.finding), **given)
        return _view(tx.connection, bulk)


@get(
    PATH,
    opt={NEEDS: Permission.CASES_READ},
    sync_to_thread=True,
    summary="A tenant's actions on many accounts, newest first",
    tags=["bulk actions"],
)
def list_bulks(
    tenant_id: TenantId, work: Work, principal: Who, after: After = None, limit: Limit = 50
) -> Page[BulkView]:
    """With how far each of them is."""
    principal.within(tenant_id)
    with work.look() as connection:
        found = store.list_bulks(connection, tenant_id=tenant_id, before=after, limit=limit + 1)
        return page_of([_view(connection, bulk) for bulk in found], limit)


@get(
    f"{PATH}/{{bulk_id:str}}",
    opt={NEEDS: Permission.CASES_READ},
    sync_to_thread=True,
    summary="One action on many accounts, and how far it is",
    tags=["bulk actions"],
)
def read_bulk(tenant_id: TenantId, bulk_id: BulkId, work: Work, principal: Who) -> BulkView:
    """Ask again to follow it."""
    principal.within(tenant_id)
    with work.look() as connection:
        return _view(connection, store.get_bulk(connection, bulk_id, tenant_id=tenant_id))


@get(
    f"{PATH}/{{bulk_id:str}}/items",
    opt={NEEDS: Permission.CASES_READ},
    sync_to_thread=True,
    summary="Whom an action concerns, and what became of each",
    tags=["bulk actions"],
)
def list_items(
    tenant_id: TenantId,
    bulk_id: BulkId,
    *,
    work: Work,
    principal: Who,
    item_state: Annotated[ItemState | None, QueryParameter(name="state")] = None,
    after: After = None,
    limit: Limit = 200,
) -> Page[ItemView]:
    """In the order in which they have their turns."""
    principal.within(tenant_id)
    with work.look() as connection:
        bulk = store.get_bulk(connection, bulk_id, tenant_id=tenant_id)
        found = store.list_items(connection, bulk, state=item_state, after=after, limit=limit + 1)
    return page_of([_item(item) for item in found], limit)


@post(
    f"{PATH}/{{bulk_id:str}}/approve",
    opt={NEEDS: Permission.BULK_APPROVE},
    sync_to_thread=True,
    status_code=200,
    summary="Agree to an action that somebody else proposed",
    tags=["bulk actions"],
)
def approve(tenant_id: TenantId, bulk_id: BulkId, work: Work, principal: Who) -> BulkView:
    """It begins within a second. Whoever proposed it cannot, and a proposal of yesterday is proposed anew."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return _view(tx.connection, service.approve(tx, bulk_id, tenant_id=tenant_id, actor=principal.actor))


@post(
    f"{PATH}/{{bulk_id:str}}/withdraw",
    opt={NEEDS: Permission.BULK_PROPOSE},
    sync_to_thread=True,
    status_code=200,
    summary="Withdraw a proposed action, or say no to it",
    tags=["bulk actions"],
)
def withdraw(tenant_id: TenantId, bulk_id: BulkId, data: JSONBody[Answer], work: Work, principal: Who) -> BulkView:
    """One's own or somebody else's, as long as nobody agreed."""
    principal.within(tenant_id)
    with work.begin() as tx:
        bulk = service.withdraw(tx, bulk_id, tenant_id=tenant_id, actor=principal.actor, reason=data.reason)
        return _view(tx.connection, bulk)


@post(
    f"{PATH}/{{bulk_id:str}}/undo",
    opt={NEEDS: Permission.BULK_PROPOSE},
    sync_to_thread=True,
    summary="Propose to take an action back",
    tags=["bulk actions"],
)
def undo(tenant_id: TenantId, bulk_id: BulkId, data: JSONBody[Answer], work: Work, principal: Who) -> BulkView:
    """One step, for whom it was done: the frozen are released, and what was released is held again as it was."""
    principal.within(tenant_id)
    with work.begin() as tx:
        bulk = service.propose_undoing(tx, bulk_id, tenant_id=tenant_id, actor=principal.actor, reason=data.reason)
        return _view(tx.connection, bulk)


def _view(connection: sa.Connection, bulk: Bulk) -> BulkView:
    counts = store.counts(connection, bulk)
    return BulkView(
        id=bulk.id,
        tenant_id=bulk.tenant_id,
        what=bulk.what.value,
        finding=bulk.finding.value if bulk.finding else None,
        reason=bulk.reason,
        state=bulk.state.value,
        total=bulk.total,
        pending=counts[ItemState.PENDING],
        done=counts[ItemState.DONE],
        skipped=counts[ItemState.SKIPPED],
        undoes=bulk.undoes,
        proposed_by=str(bulk.proposed_by),
        proposed_at=bulk.proposed_at,
        approved_by=str(bulk.approved_by) if bulk.approved_by else None,
        approved_at=bulk.approved_at,
        ended_at=bulk.ended_at,
    )


def _item(item: Item) -> ItemView:
    return ItemView(
        id=item.id,
        account_id=item.account_id,
        case=item.case_id,
        state=item.state.value,
        problem=item.problem,
        hold=item.hold_id,
    )


ROUTES = Router("/", route_handlers=[propose, list_bulks, read_bulk, list_items, approve, withdraw, undo])
