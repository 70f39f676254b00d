"""Addresses of a tenant's people that do not work: what was sent there came back for good, or was not even taken."""

from collections.abc import Collection
from datetime import datetime

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.errors import NotFound
from frostgate.base.model import Fact
from frostgate.base.sql import upsert
from frostgate.base.uow import Tx
from frostgate.directory.store import Bytewise
from frostgate.notices.model import Audience, Channel, Notice

addresses = sa.Table(
    "dead_addresses",
    metadata,
    sa.Column("tenant_id", Bytewise, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("notice_id", sa.Text, nullable=False),  # that came back
    sa.Column("since", Utc, nullable=False),
)


class DeadAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address to which nothing is sent but codes, until somebody shows that it works, or says so."""

    tenant_id: str
    channel: Channel
    address: str
    notice_id: str
    since: datetime


class AddressUnknown(NotFound):
    """No address of this tenant's is known not to work because of this notice."""

    code = "notice.address_not_dead"


class AddressTrusted(Fact, frozen=True, kw_only=True):
    """Somebody says that an address works again; `notice_id` is what came back from it. The address stays out of it."""

    name = "notice.address_trusted"

    notice_id: str


# Built once: a freeze asks while its sender waits.
_AMONG = sa.select(addresses.c.channel, addresses.c.address).where(
    addresses.c.tenant_id == sa.bindparam("tenant"),
    addresses.c.address.in_(sa.bindparam("named", expanding=True)),
)


def among(connection: sa.Connection, named: Collection[str], *, tenant_id: str) -> set[tuple[Channel, str]]:
    """Which of these addresses do not work, each with its channel."""
    rows = connection.execute(_AMONG, {"tenant": tenant_id, "named": [*named]})
    return {(Channel(row.channel), row.address) for row in rows}


def mark(tx: Tx, notice: Notice) -> None:
    """Nobody reads where this notice went, as the other side says. Our own people must hear, whatever one mail met."""
    if notice.audience is Audience.OPERATORS:
        return
    gone = DeadAddress(
        tenant_id=notice.tenant_id,
        channel=notice.channel,
        address=notice.address,
        notice_id=notice.id,
        since=tx.now,
    )
    add(tx.connection, gone)


def add(connection: sa.Connection, dead: DeadAddress) -> None:
    """Save that an address does not work; that it did not before stays as it was."""
    row = {**msgspec.structs.asdict(dead), "channel": dead.channel.value}
    upsert(connection, addresses, [row], keys=["tenant_id", "channel", "address"])


def forget(connection: sa.Connection, channel: Channel, address: str, *, tenant_id: str) -> None:
    """An address works, as far as anybody knows."""
    chosen = addresses.c.tenant_id == tenant_id, addresses.c.channel == channel.value, addresses.c.address == address
    connection.execute(addresses.delete().where(*chosen))


def list_dead(connection: sa.Connection, *, tenant_id: str) -> list[DeadAddress]:
    """A tenant's addresses that do not work, the newest first."""
    query = sa.select(addresses).where(addresses.c.tenant_id == tenant_id).order_by(addresses.c.since.desc())
    return [_read(row) for row in connection.execute(query)]


def find_by_notice(connection: sa.Connection, notice_id: str, *, tenant_id: str) -> DeadAddress:
    """The address from which this notice came back.

    Raises:
        AddressUnknown: none of the tenant's is known not to work because of it.
    """
    query = sa.select(addresses).where(addresses.c.tenant_id == tenant_id, addresses.c.notice_id == notice_id)
    row = connection.execute(query).first()
    if row is None:
        raise AddressUnknown
    return _read(row)


def _read(row: sa.Row[tuple[object, ...]]) -> DeadAddress:
    return DeadAddress(**{**row._mapping, "channel": Channel(row.channel)})
