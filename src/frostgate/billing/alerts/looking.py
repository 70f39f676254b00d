"""Looking at tenants with thresholds: which alerts are told. From what stands now.

A posting only lets a tenant be looked at sooner, so that it costs one statement and never waits for a forecast; the
look itself follows within a minute. Usage is no posting until its month is billed, and is looked at each hour.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa
import structlog

from frostgate.base.model import Actor, Fact
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.billing.alerts import letters, store
from frostgate.billing.alerts.letters import Figures
from frostgate.billing.alerts.model import Measure, cover, look, share
from frostgate.billing.alerts.records import KeptThreshold
from frostgate.billing.invoicing import service as invoicing
from frostgate.billing.ledger.facts import ChargePosted, EntryReversed, Refunded, ToppedUp
from frostgate.billing.pricing.model import BillingPlanNotAssigned, PriceMissing
from frostgate.directory.model import Tenant
from frostgate.directory.store import get_tenant

log = structlog.get_logger("frostgate.alerts")

LOOK_EACH = timedelta(hours=1)

# After which facts a tenant has more or less in advance, or has spent more of its budget.
BALANCE_MOVED = (ChargePosted, ToppedUp, Refunded, EntryReversed)


def run_alerts(uow: UnitOfWork) -> int:
    """Look at every tenant for whom it is time, each in a transaction of its own; how many there were.

    One that fails is logged and stays due, and holds up nobody else.
    """
    with uow.look() as connection:
        due = store.due(connection, uow.clock.now())
    for tenant_id in due:
        try:
            with uow.begin() as tx:
                look_at(tx, tenant_id=tenant_id)
        except Exception as error:
            log.exception("alerts failed", tenant=tenant_id, error=type(error).__name__)
    return len(due)


def look_at(tx: Tx, *, tenant_id: str) -> None:
    """Tell what was crossed, and save when to look again."""
    tenant = get_tenant(tx.connection, tenant_id)
    kept = store.list_thresholds(tx.connection, tenant_id=tenant_id)
    if kept:
        _speak(tx, tenant, kept)
    store.save_look(tx.connection, tx.now + LOOK_EACH if kept else None, tenant_id=tenant_id)


def hasten(tx: Tx, fact: Fact, actor: Actor) -> None:
    """A posting changed what a threshold may watch: the tenant is looked at with the next pass."""
    assert fact.tenant_id is not None, "BUG: a posting that belongs to no tenant"
    store.hasten_look(tx.connection, tx.now, tenant_id=fact.tenant_id)


def read_figures(connection: sa.Connection, *, tenant_id: str, at: datetime) -> Figures | None:
    """How a tenant's money stands; None: it has no plan, or what it uses has no price."""
    budget = store.find_budget(connection, tenant_id=tenant_id)
    try:
        return Figures(
            cover=invoicing.cover(connection, tenant_id=tenant_id, at=at),
            budget=budget,
            spent=invoicing.spent_this_month(connection, tenant_id=tenant_id, at=at) if budget else 0,
        )
    except (BillingPlanNotAssigned, PriceMissing):
        return None


def _speak(tx: Tx, tenant: Tenant, kept: Sequence[KeptThreshold]) -> None:
    """Tell what was crossed since the last look, and remember what has spoken."""
    figures = read_figures(tx.connection, tenant_id=tenant.id, at=tx.now)
    if figures is None:
        return
    values = {
        Measure.BALANCE: figures.cover.available,
        Measure.COVER: cover(figures.cover.forecast),
        Measure.BUDGET: share(figures.spent, figures.budget) if figures.budget else None,
    }
    before = frozenset(each.id for each in kept if each.spoken_at is not None)
    looked = look([each.threshold for each in kept], values, spoken=before)
    for alert in looked.alerts:
        letters.say(tx, tenant, alert, figures)
    for each in kept:
        if (each.id in looked.spoken) is not (each.id in before):
            spoken_at = tx.now if each.id in looked.spoken else None
            changed = msgspec.structs.replace(each, spoken_at=spoken_at)
            store.save_threshold(tx.connection, changed, tenant_id=tenant.id)
