"""A tenant's month in one line for the terminal: what was billed, would be, or why not."""

from datetime import date

from frostgate.base.errors import Refused
from frostgate.base.model import BILLING, Language
from frostgate.base.money import Money
from frostgate.base.texts import say
from frostgate.base.uow import UnitOfWork
from frostgate.billing.invoicing import service

Said = tuple[str, bool]  # the line, and whether it could be done


def bill(work: UnitOfWork, month: date, *, tenant_id: str, language: Language) -> Said:
    """Bill a tenant's month."""
    try:
        with work.begin() as tx:
            invoice = service.bill_month(tx, month, tenant_id=tenant_id, actor=BILLING).invoice
    except Refused as refused:
        return _refused(tenant_id, refused, language)
    if invoice is None:
        return f"{tenant_id}  -", True
    return f"{tenant_id}  {invoice.number}  {Money(invoice.due, invoice.currency)}  {invoice.due_on.isoformat()}", True


def show(work: UnitOfWork, month: date, *, tenant_id: str, language: Language) -> Said:
    """Say what a tenant's month would be billed with."""
    try:
        with work.look() as connection:
            found = service.preview(connection, month, tenant_id=tenant_id, at=work.clock.now())
    except Refused as refused:
        return _refused(tenant_id, refused, language)
    return f"{tenant_id}  {Money(found.due, found.currency)}  {found.due_on.isoformat()}", True


def _refused(tenant_id: str, refused: Refused, language: Language) -> Said:
    return f"{tenant_id}  {say(refused.code, language, **refused.params)} [{refused.code}]", False
