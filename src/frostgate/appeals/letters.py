"""What we tell people about an appeal: those who were told of the hold, where they read that, by their own links."""

from datetime import datetime

import msgspec

from frostgate.appeals.model import Appeal
from frostgate.base.model import SYSTEM, Actor
from frostgate.base.uow import Tx
from frostgate.directory import store as directory
from frostgate.directory.model import Tenant
from frostgate.notices import store as notices
from frostgate.notices.model import Notice, Reader, Template
from frostgate.notices.params import AppealNews, Params
from frostgate.notices.service import owe_to_tenant


def send_code_to(tx: Tx, tenant: Tenant, notice: Notice, digits: str, *, until: datetime) -> None:
    """Send a code to the very address to which a notice went. The letter says nothing of the hold."""
    params = msgspec.structs.replace(_params(notice), reply_code=digits, until=until)
    owe_to_tenant(tx, tenant, Template.APPEAL_CODE, params, [_reader(notice)], actor=SYSTEM)


def tell(
    tx: Tx,
    appeal: Appeal,
    template: Template,
    *,
    actor: Actor,
    asks: str = "",
    outcome: str = "",
    ground: str = "",
    words: str = "",
) -> None:
    """Tell everybody who was told of the hold: a holder learns, too, of what their company appeals."""
    tenant = directory.get_tenant(tx.connection, appeal.tenant_id)
    for notice in notices.placed_notices(tx.connection, appeal.hold_id, tenant_id=appeal.tenant_id):
        news = AppealNews(link_of=notice.id, asks=asks, outcome=outcome, ground=ground, words=words)
        params = msgspec.structs.replace(_params(notice), appeal=news)
        owe_to_tenant(tx, tenant, template, params, [_reader(notice)], actor=actor)


def _params(notice: Notice) -> Params:
    """What the first notice spoke of, without where somebody was: that need not travel again."""
    return msgspec.structs.replace(notice.params, places=(), seen_at=None)


def _reader(notice: Notice) -> Reader:
    return Reader(notice.audience, notice.address, notice.language, notice.channel)
