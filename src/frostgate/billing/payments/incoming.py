"""Money that came, by whichever way the news of it came: it is posted once, to what it is meant for."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from frostgate.base.errors import Conflict, Refused, StoreUnavailable
from frostgate.base.model import Actor
from frostgate.base.money import Money
from frostgate.base.uow import Tx
from frostgate.billing.ledger import rules, service, store
from frostgate.billing.ledger.drafts import PaymentDraft, Share
from frostgate.billing.ledger.held import HeldLedger
from frostgate.billing.ledger.model import Posted
from frostgate.billing.payments.errors import CurrencyNotBilled
from frostgate.billing.pricing import store as pricing


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """Some money; `invoices` are ids or numbers of those that it is meant for first."""

    reference: str
    amount: int
    currency: str
    at: datetime
    memo: str
    source: str
    invoices: tuple[str, ...] = ()


def receive(tx: Tx, money: Incoming, *, tenant_id: str, actor: Actor) -> Posted:
    """Post money: to the invoices that it is meant for as far as they are open, and what is left to the oldest.

    Raises:
        TenantUnknown, LedgerClosed, CurrencyNotBilled
        CurrencyUnknown, AmountUnusable, InFuture, KeyReused, ReferenceReused: the payment cannot be.
    """
    held = HeldLedger(tx, tenant_id)
    draft = PaymentDraft(
        key=f"money:{money.reference}"[:256],
        amount=money.amount,
        currency=money.currency,
        reference=money.reference,
        at=money.at,
        memo=money.memo,
        source=money.source,
    )
    if known := held.known_money(draft):
        return known
    held.must_be_open()
    check_currency(tx.connection, money.currency, tenant_id=tenant_id)
    if money.invoices:
        draft = msgspec.structs.replace(draft, allocations=_meant(held, money))
    return service.post_payment(tx, draft, tenant_id=tenant_id, actor=actor)


def _meant(held: HeldLedger, money: Incoming) -> tuple[Share, ...]:
    """What the named invoices get, in the order in which they are named, and then the others as always."""
    left, found = money.amount, []
    items = held.open_items(money.currency)
    named = {
        item.invoice_id: item for name in money.invoices for item in items if name in {item.invoice_id, item.number}
    }
    for item in named.values():
        if amount := min(left, item.open):
            found.append(Share(invoice_id=item.invoice_id, amount=amount))
            left -= amount
    return (*found, *rules.oldest_first(left, [item for item in items if item.invoice_id not in named]))


def check_currency(connection: sa.Connection, currency: str, *, tenant_id: str) -> None:
    """Accept a currency that the tenant's plans or its ledger know; where there is nothing of either, any.

    Raises:
        CurrencyUnknown: it is none.
        CurrencyNotBilled: a wrong currency would sit there and pay nothing.
    """
    Money(0, currency)
    plans = {each.plan for each in pricing.list_assigned(connection, tenant_id=tenant_id)}
    known = {pricing.get_plan(connection, number).currency for number in plans}
    known |= store.own_balances(connection, tenant_id=tenant_id).keys()
    if known and currency not in known:
        raise CurrencyNotBilled(currency=currency)


def will_pass(refused: Refused) -> bool:
    """Whether the same again may succeed, because the database was busy and not because of what was asked."""
    return isinstance(refused, StoreUnavailable) or type(refused) is Conflict
