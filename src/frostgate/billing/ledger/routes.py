"""The ledger over HTTP, to be read: balances, aging, entries, invoices, disputes, proposals."""

from itertools import groupby
from typing import Annotated

import sqlalchemy as sa
from litestar import Router, get
from litestar.params import FromPath, FromQuery, QueryParameter

from frostgate.base.web import NEEDS
from frostgate.billing.ledger import documents, store
from frostgate.billing.ledger.aging import Aging, aging, together
from frostgate.billing.ledger.proposals import ProposalState
from frostgate.billing.ledger.views import (
    AgingOfAllView,
    AgingView,
    BalancesView,
    DisputeView,
    EntryView,
    InvoiceView,
    ProposalView,
    TenantAgingView,
    aging_view,
    balance_view,
    dispute_view,
    entry_view,
    invoice_view,
    proposal_view,
)
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.directory.store import get_tenant

Seq = Annotated[int | None, QueryParameter(ge=0, le=2**62, description="The last number of the page before this one.")]
Wanted = Annotated[ProposalState | None, QueryParameter(name="state", description="Only those in this state.")]

_READ = {NEEDS: Permission.BILLING_READ}


@get("/tenants/{tenant_id:str}/billing/balance", opt=_READ, sync_to_thread=True, summary="What a tenant owes and has")
def read_balance(tenant_id: TenantId, work: Work, principal: Who) -> BalancesView:
    """By currency."""
    principal.within(tenant_id)
    at = work.clock.now()
    with work.look() as connection:
        ledger = store.get_ledger(connection, tenant_id)
        own = store.own_balances(connection, tenant_id=tenant_id)
        owed = {each.currency: each for each in aging(documents.open_items(connection, tenant_id=tenant_id), at=at)}
    views = [
        balance_view(currency, own.get(currency, {}), owed.get(currency, Aging(currency=currency)))
        for currency in sorted(own.keys() | owed.keys())
    ]
    return BalancesView(tenant_id=tenant_id, at=at, closed_at=ledger.closed_at, balances=views)


@get("/tenants/{tenant_id:str}/billing/aging", opt=_READ, sync_to_thread=True, summary="How late a tenant's debts are")
def read_aging(tenant_id: TenantId, work: Work, principal: Who) -> list[AgingView]:
    """By currency; what is in dispute does not age."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        items = documents.open_items(connection, tenant_id=tenant_id)
    return [aging_view(each) for each in aging(items, at=work.clock.now())]


@get("/billing/aging", opt=_READ, sync_to_thread=True, summary="How late the debts of all tenants are")
def read_aging_of_all(work: Work, principal: Who, after: After = None, limit: Limit = 100) -> AgingOfAllView:
    """Of every tenant that the reader sees, in order of their ids."""
    at = work.clock.now()
    with work.look() as connection:
        items = documents.open_items(connection, tenant_id=principal.tenant_id)
    owed = {tenant_id: aging(theirs, at=at) for tenant_id, theirs in groupby(items, lambda item: item.tenant_id)}
    totals = together(each for theirs in owed.values() for each in theirs)
    page = [tenant_id for tenant_id in owed if tenant_id > (after or "")][: limit + 1]
    return AgingOfAllView(
        at=at,
        totals=[aging_view(each) for each in totals],
        items=[TenantAgingView(tenant_id=name, aging=[aging_view(a) for a in owed[name]]) for name in page[:limit]],
        next=page[limit - 1] if len(page) > limit else None,
    )


@get("/tenants/{tenant_id:str}/billing/entries", opt=_READ, sync_to_thread=True, summary="A tenant's ledger")
def list_entries(
    *,
    tenant_id: TenantId,
    work: Work,
    principal: Who,
    after: Seq = None,
    limit: Limit = 100,
    newest: FromQuery[bool] = False,
) -> list[EntryView]:
    """Entries after a number, oldest first; with `newest`, those before it, newest first."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = store.list_entries(connection, tenant_id=tenant_id, after=after, limit=limit, newest=newest)
    return [entry_view(entry) for entry in found]


@get("/tenants/{tenant_id:str}/billing/invoices", opt=_READ, sync_to_thread=True, summary="A tenant's invoices")
def list_invoices(
    tenant_id: TenantId, work: Work, principal: Who, after: After = None, limit: Limit = 100
) -> Page[InvoiceView]:
    """In the order in which they were issued."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = documents.list_invoices(connection, tenant_id=tenant_id, after=after or "", limit=limit + 1)
        still_open = _open(connection, tenant_id)
    return page_of([invoice_view(each, still_open.get(each.id, 0)) for each in found], limit)


@get(
    "/tenants/{tenant_id:str}/billing/invoices/{invoice_id:str}", opt=_READ, sync_to_thread=True, summary="One invoice"
)
def get_invoice(tenant_id: TenantId, invoice_id: FromPath[str], work: Work, principal: Who) -> InvoiceView:
    """With its lines, and the usage that each comes from."""
    principal.within(tenant_id)
    with work.look() as connection:
        found = documents.get_invoice(connection, invoice_id, tenant_id=tenant_id)
        return invoice_view(found, _open(connection, tenant_id, invoice_id).get(found.id, 0))


@get("/tenants/{tenant_id:str}/billing/disputes", opt=_READ, sync_to_thread=True, summary="A tenant's disputes")
def list_disputes(
    tenant_id: TenantId, work: Work, principal: Who, after: After = None, limit: Limit = 100
) -> Page[DisputeView]:
    """In the order in which they were opened."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = documents.list_disputes(connection, tenant_id=tenant_id, after=after or "", limit=limit + 1)
    return page_of([dispute_view(each) for each in found], limit)


@get("/billing/proposals", opt=_READ, sync_to_thread=True, summary="What waits for a second person, or waited")
def list_proposals(
    work: Work, principal: Who, wanted: Wanted = None, after: After = None, limit: Limit = 100
) -> Page[ProposalView]:
    """Of every tenant that the reader sees, oldest first."""
    with work.look() as connection:
        found = documents.list_proposals(
            connection, tenant_id=principal.tenant_id, state=wanted, after=after or "", limit=limit + 1
        )
    return page_of([proposal_view(each) for each in found], limit)


def _open(connection: sa.Connection, tenant_id: str, invoice_id: str | None = None) -> dict[str, int]:
    """What is open of a tenant's invoices, by their ids."""
    items = documents.open_items(connection, tenant_id=tenant_id, only=invoice_id)
    return {item.invoice_id: item.open for item in items}


ROUTES = Router(
    "/",
    tags=["billing"],
    route_handlers=[
        read_balance,
        read_aging,
        read_aging_of_all,
        list_entries,
        list_invoices,
        get_invoice,
        list_disputes,
        list_proposals,
    ],
)
