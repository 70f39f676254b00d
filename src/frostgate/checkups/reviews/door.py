"""Where the links in notices about reviews lead: to the review of that quarter."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.model import SYSTEM, Actor, ActorKind
from frostgate.base.uow import Tx
from frostgate.checkups.letters import send_code_to
from frostgate.checkups.reviews import store
from frostgate.checkups.reviews.errors import ReviewUnknown
from frostgate.checkups.reviews.model import Review, ReviewCodeSent, ReviewVisited
from frostgate.directory import store as directory
from frostgate.directory.model import Tenant
from frostgate.notices.contacts.choosing import still_reads
from frostgate.notices.contacts.model import ContactRole
from frostgate.notices.links import door
from frostgate.notices.links.errors import LinkDead
from frostgate.notices.model import Notice, Template

READABLE_AFTER = timedelta(days=7)  # once it is confirmed
LASTS = timedelta(days=120)  # since the notice


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a link leads: the notice that it came with, and the review."""

    notice: Notice
    review: Review
    tenant: Tenant

    @property
    def actor(self) -> Actor:
        """Who is here: whoever reads where one of the tenant's contacts does."""
        return Actor(ActorKind.HOLDER, f"contact of {self.tenant.id}")


class Door(door.Door[Place]):
    """The way to a review, for the tenant's security contacts."""

    name = "review"

    def find(self, connection: sa.Connection, link: str, *, at: datetime) -> Place:
        """Where a link leads.

        Raises:
            LinkDead: nowhere. We do not say why.
        """
        notice = self.notice_of(connection, link)
        if notice.template is not Template.REVIEW_DUE or notice.params.review is None:
            raise LinkDead
        tenant = directory.get_tenant(connection, notice.tenant_id)
        # Whoever was the contact then, and is not now, has no business here any more.
        reads = still_reads(connection, tenant, notice, ContactRole.SECURITY, at=at)
        if at >= notice.owed_at + LASTS or not reads:
            raise LinkDead
        try:
            review = store.get(connection, notice.params.review.quarter, tenant_id=tenant.id)
        except ReviewUnknown:
            raise LinkDead from None
        if review.confirmed_at is not None and at >= review.confirmed_at + READABLE_AFTER:
            raise LinkDead
        return Place(notice=notice, review=review, tenant=tenant)

    def told(self, tx: Tx, place: Place, digits: str, *, until: datetime) -> None:
        """Owe the letter with the code, and state that it is sent."""
        send_code_to(tx, place.tenant, place.notice, digits, until=until, template=Template.REVIEW_CODE)
        tx.state(ReviewCodeSent(**_about(place)), actor=SYSTEM)

    def opened(self, tx: Tx, place: Place) -> None:
        """State that somebody proved with the code that they read where the notice went."""
        tx.state(ReviewVisited(**_about(place)), actor=place.actor)


def _about(place: Place) -> dict[str, Any]:
    return {
        "tenant_id": place.tenant.id,
        "review_id": place.review.id,
        "quarter": place.review.quarter,
        "notice_id": place.notice.id,
    }
