"""What is done where a notice did not arrive: the same news by another way, or to somebody else of the tenant."""

import msgspec

from frostgate.base import ids
from frostgate.base.model import SYSTEM
from frostgate.base.uow import Tx
from frostgate.directory.store import get_tenant
from frostgate.notices import store
from frostgate.notices.contacts.choosing import next_ways
from frostgate.notices.facts import NoticeOwed, NoticeRerouted
from frostgate.notices.model import Notice, State
from frostgate.notices.quiet import quiet_until
from frostgate.notices.service import about, quiet_text


def reroute(tx: Tx, notice: Notice) -> bool:
    """Owe what did not arrive to whoever is next and was not told the same already; false where nobody is left."""
    if not notice.tenant_id:  # our own people: there is no list to go through
        return False
    tenant = get_tenant(tx.connection, notice.tenant_id)
    tried = store.tried(tx.connection, notice)
    for reader in next_ways(tx.connection, tenant, notice, at=tx.now):
        if (reader.channel, reader.address) in tried:
            continue
        # The link of another reader opens with a code to their address.
        params = msgspec.structs.replace(notice.params, link_of=None)
        quiet = quiet_text(tx.connection, notice.tenant_id, notice.template, reader, params)
        new = msgspec.structs.replace(
            notice,
            id=tx.new_id(),
            audience=reader.audience,
            channel=reader.channel,
            address=reader.address,
            language=reader.language,
            contact_id=reader.contact_id,
            params=params,
            code=ids.new_code(),
            state=State.OWED,
            problem=None,
            attempts=0,
            quiet=quiet,
            next_attempt_at=quiet_until(quiet, tx.now) or tx.now,
            owed_at=tx.now,
            **dict.fromkeys(_OF_ITS_JOURNEY),
        )
        store.add_all(tx.connection, [new])
        tx.state(NoticeOwed(**about(new)), actor=SYSTEM)
        tx.state(NoticeRerouted(**about(notice), instead_id=new.id), actor=SYSTEM)
        return True
    return False


_OF_ITS_JOURNEY = (
    "sent_at",
    "message_id",
    "provider_reference",
    "receipt_id",
    "delivered_at",
    "bounced_at",
    "bounce",
)
