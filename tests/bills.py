"""Bills without a month's usage before them."""

from datetime import timedelta

from frostgate.base.model import SYSTEM
from frostgate.billing.ledger import service
from frostgate.billing.ledger.drafts import InvoiceDraft
from frostgate.billing.ledger.model import Invoice, InvoiceLine
from world import World


def issue(world: World, tenant_id: str, *lines: InvoiceLine, due_in: int = 14, currency: str = "CNY") -> Invoice:
    """Issue a bill for the 30 days until today, due in so many days, as billing a month does."""
    today = world.clock.now().date()
    draft = InvoiceDraft(
        key=f"i{world.number()}",
        currency=currency,
        first_day=today - timedelta(30),
        last_day=today,
        due_on=today + timedelta(due_in),
        lines=lines,
    )
    with world.program.uow.begin() as tx:
        return service.issue_invoice(tx, draft, tenant_id=tenant_id, actor=SYSTEM)[1]
