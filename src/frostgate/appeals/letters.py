"""What we tell people about an appeal: those who were told of the hold, where they read that, by their own links."""

from datetime import datetime

import msgspec

from frostgate.appeals.model import Appeal
from frostgate.base.model import SYSTEM, Actor
from frostgate.base.uow import Tx
from frostgate.directory import store as directory
from frostgate.directory.model import Tenant
from frostgate.directory.store import find_account
from frostgate.notices import store as notices
from frostgate.notices.contacts.choosing import is_still_theirs
from frostgate.notices.contacts.model import role_told
from frostgate.notices.model import Audience, Channel, Notice, Reader, Template
from frostgate.notices.params import AppealNews, Params
from frostgate.notices.service import owe_to_tenant
from frostgate.standing import store as holds


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
    """Tell everybody who was told of the hold: a holder learns, too, of what their company appeals.

    Whoever reads there no more is not told. A holder who reads elsewhere by now is told there, without a link: that
    was for the other address.
    """
    tenant = directory.get_tenant(tx.connection, appeal.tenant_id)
    hold, moved = holds.get_hold(tx.connection, appeal.hold_id, tenant_id=tenant.id), None
    news = AppealNews(link_of="", asks=asks, outcome=outcome, ground=ground, words=words)
    for notice in notices.placed_notices(tx.connection, hold.id, tenant_id=tenant.id):
        if is_still_theirs(tx.connection, tenant, notice, role_told(hold.cause, hold.kind), at=tx.now):
            own = msgspec.structs.replace(news, link_of=notice.id)
            _owe(tx, tenant, template, notice, own, _reader(notice), actor=actor)
        elif notice.audience is Audience.HOLDER and notice.channel is Channel.EMAIL:
            moved = notice
    account = find_account(tx.connection, appeal.account_id, tenant_id=tenant.id) if appeal.account_id else None
    if moved is not None and account is not None and account.email:
        reader = Reader(Audience.HOLDER, account.email, account.language or tenant.language)
        _owe(tx, tenant, template, moved, news, reader, actor=actor)


def _owe(
    tx: Tx, tenant: Tenant, template: Template, notice: Notice, news: AppealNews, reader: Reader, *, actor: Actor
) -> None:
    params = msgspec.structs.replace(_params(notice), appeal=news)
    owe_to_tenant(tx, tenant, template, params, [reader], actor=actor)


def _params(notice: Notice) -> Params:
    """What the notice spoke of, without where somebody was or what they were asked: that need not travel again."""
    told = dict.fromkeys(("seen_at", "question", "conditions", "link_of"))
    return msgspec.structs.replace(notice.params, places={}, **told)


def _reader(notice: Notice) -> Reader:
    return Reader(notice.audience, notice.address, notice.language, notice.channel)
