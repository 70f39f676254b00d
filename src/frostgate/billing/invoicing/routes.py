"""Invoices by month over HTTP: what would be billed, billing it, what waits, the events of a line, the forecast."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from frostgate.base.web import NEEDS
from frostgate.billing.invoicing import service
from frostgate.billing.invoicing.model import Bill, LineEvent
from frostgate.billing.ledger import documents
from frostgate.billing.ledger.model import InvoiceLine
from frostgate.billing.ledger.views import InvoiceView, invoice_view
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work

Month = Annotated[
    date | None, QueryParameter(description="Any day of the month; the first that is not billed, where none is given.")
]
LineNumber = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]

_READ = {NEEDS: Permission.BILLING_READ}
_POST = {NEEDS: Permission.BILLING_POST}


class BillView(msgspec.Struct, frozen=True, kw_only=True):
    """What a month's invoice would say. `total` is what was used, `due` what would be asked for."""

    tenant_id: str
    first_day: date
    last_day: date
    currency: str
    due_on: date
    total: int
    due: int
    lines: tuple[InvoiceLine, ...]


class BillingOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which month is to be billed: any day of it, by the tenant's calendar."""

    month: date


class BilledView(msgspec.Struct, frozen=True, kw_only=True):
    """A month that is billed; no `invoice`: there was nothing to bill in the currency of the plan."""

    tenant_id: str
    month: date  # its first day
    invoice: InvoiceView | None


class WaitingView(msgspec.Struct, frozen=True, kw_only=True):
    """A month that has ended and is not billed; `code` says what is in the way, null: it is about to be billed."""

    tenant_id: str
    month: date  # its first day
    code: str | None


@get("/tenants/{tenant_id:str}/billing/preview", opt=_READ, sync_to_thread=True, summary="What a month would be billed")
def preview_month(tenant_id: TenantId, work: Work, principal: Who, month: Month = None) -> BillView:
    """Of a month that goes on: so far. Nothing is posted."""
    principal.within(tenant_id)
    with work.look() as connection:
        return _bill_view(service.preview(connection, month, tenant_id=tenant_id, at=work.clock.now()))


@post("/tenants/{tenant_id:str}/billing/months", opt=_POST, sync_to_thread=True, summary="Bill a month")
def bill_month(tenant_id: TenantId, data: JSONBody[BillingOrder], work: Work, principal: Who) -> BilledView:
    """A month that has ended, after those before it. It is billed once: asked again, the answer is the same."""
    principal.within(tenant_id)
    with work.begin() as tx:
        billed = service.bill_month(tx, data.month, tenant_id=tenant_id, actor=principal.actor)
        if billed.invoice is None:
            return BilledView(tenant_id=tenant_id, month=billed.month, invoice=None)
        items = documents.open_items(tx.connection, tenant_id=tenant_id, only=billed.invoice.id)
        view = invoice_view(billed.invoice, sum(item.open for item in items))
        return BilledView(tenant_id=tenant_id, month=billed.month, invoice=view)


@get("/billing/months", opt=_READ, sync_to_thread=True, summary="Which months have ended and are not billed")
def list_waiting(work: Work, principal: Who, after: After = None, limit: Limit = 100) -> Page[WaitingView]:
    """The first of each tenant, with the code of what is in the way; in order of the tenants' ids."""
    principal.within(None)
    with work.look() as connection:
        found = service.waiting(connection, work.clock.now(), after=after or "", limit=limit + 1)
    views = [
        WaitingView(
            tenant_id=each.tenant_id, month=each.month, code=None if each.refused is None else each.refused.code
        )
        for each in found
    ]
    return Page(views[:limit], views[limit - 1].tenant_id if len(views) > limit else None)


@get(
    "/tenants/{tenant_id:str}/billing/invoices/{invoice_id:str}/lines/{number:int}/events",
    opt=_READ,
    sync_to_thread=True,
    summary="The events that a line of an invoice is made of",
)
def list_line_events(
    *,
    tenant_id: TenantId,
    invoice_id: FromPath[str],
    number: FromPath[LineNumber],
    work: Work,
    principal: Who,
    after: After = None,
    limit: Limit = 100,
) -> Page[LineEvent]:
    """Lines are counted from 0. Their events come in the order in which they were told."""
    principal.within(tenant_id)
    with work.look() as connection:
        found = service.events_of_line(
            connection, invoice_id, number, tenant_id=tenant_id, after=after or "", limit=limit + 1
        )
    return page_of(found, limit)


@get(
    "/tenants/{tenant_id:str}/billing/forecast",
    opt=_READ,
    sync_to_thread=True,
    summary="How long a tenant's prepaid balance lasts",
)
def read_forecast(tenant_id: TenantId, work: Work, principal: Who) -> service.Cover:
    """From what was used in the last four weeks, with a range that holds four times out of five."""
    principal.within(tenant_id)
    with work.look() as connection:
        return service.cover(connection, tenant_id=tenant_id, at=work.clock.now())


def _bill_view(bill: Bill) -> BillView:
    return BillView(
        tenant_id=bill.tenant_id,
        first_day=bill.period.first,
        last_day=bill.period.last,
        currency=bill.currency,
        due_on=bill.due_on,
        total=bill.total,
        due=bill.due,
        lines=bill.lines,
    )


ROUTES = Router(
    "/",
    tags=["billing"],
    route_handlers=[preview_month, bill_month, list_waiting, list_line_events, read_forecast],
)
