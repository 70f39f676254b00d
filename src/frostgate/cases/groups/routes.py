"""Groups of cases over HTTP: which attacks there are, and what each of them has in common."""

import msgspec
from litestar import Router, get
from litestar.params import FromPath, FromQuery

from frostgate.base.looks import SHOWS, note_look
from frostgate.base.web import NEEDS
from frostgate.cases.groups import store
from frostgate.cases.groups.views import GroupLine, GroupView, line_of, view_group
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work
from frostgate.standing.model import Cause


class InTenant(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases of a group a tenant has: a bulk action is proposed for one tenant at a time."""

    tenant_id: str
    cases: int
    open: int


class GroupFile(GroupView, frozen=True, kw_only=True):
    """A group with its share of each tenant that the reader sees."""

    by_tenant: list[InTenant]


@get(
    "/cases/groups",
    opt={NEEDS: Permission.CASES_READ},
    sync_to_thread=True,
    summary="Groups of cases: each is one attack, as far as can be told",
)
def list_groups(
    *,
    work: Work,
    principal: Who,
    cause: FromQuery[Cause | None] = None,
    waiting: FromQuery[bool | None] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[GroupLine]:
    """Those that grew last first; `waiting`: with, or without, a case that nobody decided."""
    tenant_id = principal.tenant_id
    with work.look() as connection:
        found = store.list_groups(
            connection, tenant_id=tenant_id, cause=cause, is_open=waiting, before=after, limit=limit + 1
        )
        counts = store.counts_of(connection, [group.id for group in found], tenant_id=tenant_id)
    return page_of([line_of(group, counts[group.id]) for group in found], limit)


@get(
    "/cases/groups/{group_id:str}",
    opt={NEEDS: Permission.CASES_READ, SHOWS: "group"},
    sync_to_thread=True,
    summary="One group with what its cases share; the journal keeps who looked",
)
def read_group(group_id: FromPath[str], work: Work, principal: Who) -> GroupFile:
    """Its cases are in the queue: `/v1/cases?group=...`."""
    tenant_id = principal.tenant_id
    with work.look() as connection:
        group, count = store.get_group(connection, group_id, tenant_id=tenant_id)
        shares = store.tenants_of(connection, group_id, tenant_id=tenant_id)
    note_look(work, "group", group.id, tenant_id=tenant_id, account_id=None, actor=principal.actor)
    by_tenant = [InTenant(tenant_id=tenant, cases=all_, open=waits) for tenant, (all_, waits) in shares.items()]
    return GroupFile(**msgspec.structs.asdict(view_group(group, count)), by_tenant=by_tenant)


ROUTES = Router("/", tags=["groups"], route_handlers=[list_groups, read_group])
