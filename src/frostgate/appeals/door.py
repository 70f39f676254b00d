"""Where the links in notices about holds lead: to the appeals against them."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.appeals import store
from frostgate.appeals.letters import send_code_to
from frostgate.appeals.model import Appeal, AppealCodeSent, AppealOpened, link_counts
from frostgate.base.model import SYSTEM, Actor, ActorKind
from frostgate.base.uow import Tx
from frostgate.base.vault import Vault
from frostgate.cases import store as cases
from frostgate.cases.conditions import store as conditions
from frostgate.cases.model import Outcome
from frostgate.directory import store as directory
from frostgate.directory.model import Tenant
from frostgate.notices.contacts.choosing import is_still_theirs
from frostgate.notices.contacts.model import role_told
from frostgate.notices.links import door
from frostgate.notices.links.errors import LinkDead
from frostgate.notices.model import OF_LASTING, SAYS_PLACED, Audience, Notice
from frostgate.standing import store as holds
from frostgate.standing.model import Hold


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a link leads: the notice that it came with, the hold that this was about, and the appeals against it."""

    link: str
    notice: Notice
    hold: Hold
    tenant: Tenant
    appeals: tuple[Appeal, ...]

    @property
    def appeal(self) -> Appeal | None:
        """The newest."""
        return self.appeals[-1] if self.appeals else None

    @property
    def actor(self) -> Actor:
        """Who is here: the account's holder, or whoever reads the tenant's contact address."""
        if self.notice.audience is Audience.HOLDER:
            return Actor(ActorKind.HOLDER, self.hold.subject.account_id or "")
        return Actor(ActorKind.HOLDER, f"contact of {self.tenant.id}")


class Door(door.Door[Place]):
    """The way to an appeal. `link_lasts` counts from the notice, or the appeal's last change."""

    name = "appeal"

    def __init__(self, vault: Vault, *, link_lasts: timedelta, is_secure: bool) -> None:
        super().__init__(vault, is_secure=is_secure)
        self._link_lasts = link_lasts

    def find(self, connection: sa.Connection, link: str, *, at: datetime) -> Place:
        """Where a link leads.

        Raises:
            LinkDead: nowhere. We do not say why.
        """
        notice = self.notice_of(connection, link)
        hold = _hold_of(connection, notice)
        appeals = tuple(store.appeals_against(connection, hold.id, tenant_id=notice.tenant_id))
        touched_at, awaited_until = _touched(connection, hold, appeals)
        is_awaited = awaited_until is not None and at < awaited_until  # however old the link is
        if not is_awaited and not link_counts(
            owed_at=notice.owed_at,
            ended_at=hold.released_at,
            touched_at=touched_at,
            lasts=self._link_lasts,
            at=at,
        ):
            raise LinkDead
        tenant = directory.get_tenant(connection, notice.tenant_id)
        if not is_still_theirs(connection, tenant, notice, role_told(hold.cause, hold.kind), at=at):
            raise LinkDead
        return Place(link=link, notice=notice, hold=hold, tenant=tenant, appeals=appeals)

    def told(self, tx: Tx, place: Place, digits: str, *, until: datetime) -> None:
        """Owe the letter with the code, and state that it is sent."""
        send_code_to(tx, place.tenant, place.notice, digits, until=until)
        tx.state(AppealCodeSent(**_about(place)), actor=SYSTEM)

    def opened(self, tx: Tx, place: Place) -> None:
        """State that somebody proved with the code that they read where the notice went."""
        tx.state(AppealOpened(**_about(place)), actor=place.actor)


def _hold_of(connection: sa.Connection, notice: Notice) -> Hold:
    """What a notice speaks of: its hold, or the one that lasts in its case.

    Raises:
        LinkDead: it speaks of none.
    """
    hold_id = notice.hold_id if notice.template in SAYS_PLACED.values() else None
    if notice.template in OF_LASTING and notice.case_id is not None:
        case = cases.find_case(connection, notice.case_id, tenant_id=notice.tenant_id)
        if case is not None:
            hold_id = case.ban_hold_id if case.outcome is Outcome.BANNED else case.hold_id
    if hold_id is None:
        raise LinkDead
    return holds.get_hold(connection, hold_id, tenant_id=notice.tenant_id)


def _touched(
    connection: sa.Connection, hold: Hold, appeals: tuple[Appeal, ...]
) -> tuple[datetime | None, datetime | None]:
    """When something last changed that the page shows, and until when the holder has conditions to meet there."""
    times = [appeals[-1].changed_at] if appeals else []
    case = cases.find_case(connection, hold.case_id, tenant_id=hold.subject.tenant_id)
    if case is None or case.hold_id != hold.id:
        return max(times, default=None), None
    times += [each.settled_at or each.set_at for each in conditions.of_case(connection, case)]
    return max(times, default=None), case.waiting_until


def _about(place: Place) -> dict[str, Any]:
    return {
        "tenant_id": place.tenant.id,
        "notice_id": place.notice.id,
        "hold_id": place.hold.id,
        "account_id": place.hold.subject.account_id,
    }
