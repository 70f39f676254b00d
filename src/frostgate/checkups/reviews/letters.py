"""What we tell people about the review of a quarter: the tenant, then customer success."""

from frostgate.base.model import SYSTEM
from frostgate.base.uow import Tx
from frostgate.checkups.reviews.model import Review
from frostgate.directory.model import Tenant
from frostgate.directory.permissions import Role
from frostgate.directory.store import get_tenant
from frostgate.notices.contacts.choosing import readers_of
from frostgate.notices.contacts.model import ContactRole
from frostgate.notices.model import Audience, Reader, Template
from frostgate.notices.params import Params, ReviewNews
from frostgate.notices.service import owe_to_tenant
from frostgate.notices.staff import addresses_of
from frostgate.standing.model import Cause, Kind


def ask(tx: Tx, tenant: Tenant, review: Review) -> None:
    """Ask the tenant's security contacts to have it confirmed, or ask again."""
    contacts = readers_of(tx.connection, tenant, ContactRole.SECURITY, Template.REVIEW_DUE, at=tx.now)
    owe_to_tenant(tx, tenant, Template.REVIEW_DUE, _params(tenant, review), contacts, actor=SYSTEM)


def ask_again(tx: Tx, review: Review) -> None:
    """As `ask`, of one that was made before."""
    ask(tx, get_tenant(tx.connection, review.tenant_id), review)


def tell_customer_success(tx: Tx, review: Review) -> None:
    """Tell our own people that nobody has confirmed it."""
    tenant = get_tenant(tx.connection, review.tenant_id)
    found = addresses_of(tx.connection, [Role.CUSTOMER_SUCCESS])
    readers = [Reader(Audience.OPERATORS, email, tenant.language) for email in found]
    owe_to_tenant(tx, tenant, Template.REVIEW_OVERDUE, _params(tenant, review), readers, actor=SYSTEM)


def _params(tenant: Tenant, review: Review) -> Params:
    shown = review.snapshot
    news = ReviewNews(
        quarter=review.quarter,
        told=review.told - 1,
        people=len(shown.people),
        tokens=len(shown.tokens),
        changes=len(shown.changes),
        until=review.due_at,
    )
    return Params(
        account=None,
        tenant=tenant.name,
        kind=Kind.LIMIT.word,
        cause=Cause.MANUAL.value,
        services=(),
        since=review.made_at,
        case_id="",
        time_zone=tenant.time_zone,
        review=news,
    )
