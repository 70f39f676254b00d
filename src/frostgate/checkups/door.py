"""Where the links in the news of a thaw lead: to the check-up that follows it."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.model import SYSTEM, Actor, ActorKind
from frostgate.base.uow import Tx
from frostgate.checkups import service, store
from frostgate.checkups.letters import may_walk, send_code_to
from frostgate.checkups.model import CheckUp, CheckUpCodeSent, CheckUpVisited, State
from frostgate.checkups.people import as_of_now
from frostgate.directory import store as directory
from frostgate.directory.model import Tenant
from frostgate.notices.links import door
from frostgate.notices.links.errors import LinkDead
from frostgate.notices.model import Notice, Template

READABLE_AFTER = timedelta(days=7)  # once it is over


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a link leads: the notice that it came with, and the check-up."""

    notice: Notice
    check_up: CheckUp
    tenant: Tenant

    @property
    def actor(self) -> Actor:
        """Who is here: the account's holder, or whoever reads where one of the tenant's contacts does."""
        if self.check_up.account_id is None:
            return Actor(ActorKind.HOLDER, f"contact of {self.tenant.id}")
        return Actor(ActorKind.HOLDER, self.check_up.account_id)


class Door(door.Door[Place]):
    """The way to a check-up: open as long as that is, and for a few days more."""

    name = "check-up"

    def find(self, connection: sa.Connection, link: str, *, at: datetime) -> Place:
        """Where a link leads.

        Raises:
            LinkDead: nowhere. We do not say why.
        """
        notice = self.notice_of(connection, link)
        if notice.hold_id is None or notice.template is not Template.RELEASED:
            raise LinkDead
        check_up = store.find_of_hold(connection, notice.hold_id, tenant_id=notice.tenant_id)
        if check_up is None or check_up.state is State.OVERTAKEN:
            raise LinkDead
        tenant = directory.get_tenant(connection, notice.tenant_id)
        if not may_walk(connection, tenant, check_up, notice, at=at):
            raise LinkDead
        if check_up.closed_at is not None and at >= check_up.closed_at + READABLE_AFTER:
            raise LinkDead
        return Place(notice=notice, check_up=as_of_now(connection, check_up), tenant=tenant)

    def told(self, tx: Tx, place: Place, digits: str, *, until: datetime) -> None:
        """Owe the letter with the code, and state that it is sent."""
        send_code_to(tx, place.tenant, place.notice, digits, until=until, template=Template.CHECK_UP_CODE)
        tx.state(CheckUpCodeSent(**_about(place)), actor=SYSTEM)

    def opened(self, tx: Tx, place: Place) -> None:
        """State that somebody proved with the code that they read where the notice went."""
        tx.state(CheckUpVisited(**_about(place)), actor=place.actor)


def _about(place: Place) -> dict[str, Any]:
    return {**service.about(place.check_up), "notice_id": place.notice.id}
