"""Which quiet hours a tenant wants, by each channel."""

from collections.abc import Mapping

import sqlalchemy as sa

from frostgate.base.database import metadata
from frostgate.base.model import Actor, Fact
from frostgate.base.sql import upsert
from frostgate.base.uow import Tx
from frostgate.directory.store import Bytewise, hold_tenant
from frostgate.notices.model import Channel
from frostgate.notices.quiet import STANDARD, Quiet, QuietUnusable

hours = sa.Table(
    "quiet_hours",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("starts", sa.Text),  # neither: at any hour
    sa.Column("ends", sa.Text),
    sa.CheckConstraint("(starts IS NULL) = (ends IS NULL)", name="ck_quiet_hours_both"),
    sa.CheckConstraint("starts <> ends", name="ck_quiet_hours_some"),
)


class QuietHoursSet(Fact, frozen=True, kw_only=True):
    """A tenant's people are left alone at these hours from now on; null: never."""

    name = "quiet_hours.set"

    hours: Mapping[Channel, Quiet | None]


def quiet_of(connection: sa.Connection, *, tenant_id: str) -> Mapping[Channel, Quiet | None]:
    """A tenant's quiet hours by each channel; those of the standard where it says nothing."""
    said = {
        Channel(row.channel): None if row.starts is None else Quiet(starts=row.starts, ends=row.ends)
        for row in connection.execute(sa.select(hours).where(hours.c.tenant_id == tenant_id))
    }
    return {**STANDARD, **said}


def set_quiet(tx: Tx, wanted: Mapping[Channel, Quiet | None], *, tenant_id: str, actor: Actor) -> None:
    """Say when a tenant's people are left alone. What is owed already keeps the hours that it was owed with.

    Raises:
        TenantUnknown: there is no such tenant.
        QuietUnusable: hours begin when they end.
    """
    hold_tenant(tx.connection, tenant_id)
    for channel, quiet in wanted.items():
        if quiet is not None and quiet.starts == quiet.ends:
            raise QuietUnusable(pointer=f"/{channel}/ends")
    rows = [
        {
            "tenant_id": tenant_id,
            "channel": channel.value,
            "starts": quiet and quiet.starts,
            "ends": quiet and quiet.ends,
        }
        for channel, quiet in wanted.items()
    ]
    upsert(tx.connection, hours, rows, keys=["tenant_id", "channel"], update=["starts", "ends"])
    tx.state(QuietHoursSet(tenant_id=tenant_id, hours=wanted), actor=actor)
