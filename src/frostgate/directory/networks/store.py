"""Networks and allowlists in the database."""

from typing import Any

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.base.sql import upsert
from frostgate.directory.networks.model import Network, NetworkKind, NetworkUnknown
from frostgate.directory.store import Bytewise, row_of

networks = sa.Table(
    "networks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), nullable=False),
    sa.Column("cidr", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("declared_by", sa.Text, nullable=False),
    sa.Column("declared_at", Utc, nullable=False),
    sa.UniqueConstraint("tenant_id", "kind", "cidr", name="uq_networks_once"),
)

# A tenant without a row here enforces nothing.
allowlists = sa.Table(
    "allowlists",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("enforced", sa.Boolean, nullable=False),
)


def add(connection: sa.Connection, network: Network) -> bool:
    """Save a new network; false where the tenant has just this one for just this already."""
    row = {**row_of(network), "declared_by": str(network.declared_by)}
    return upsert(connection, networks, [row], keys=["tenant_id", "kind", "cidr"]) == 1


def remove(connection: sa.Connection, network: Network) -> None:
    """Delete a network; the journal keeps that it was there."""
    connection.execute(networks.delete().where(networks.c.id == network.id, networks.c.tenant_id == network.tenant_id))


def get_network(connection: sa.Connection, network_id: str, *, tenant_id: str) -> Network:
    """One network of this tenant.

    Raises:
        NetworkUnknown: there is none in this tenant.
    """
    query = sa.select(networks).where(networks.c.id == network_id, networks.c.tenant_id == tenant_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NetworkUnknown
    return _network(row)


def list_networks(
    connection: sa.Connection,
    *,
    tenant_id: str,
    kind: NetworkKind | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[Network]:
    """A tenant's networks in the order in which they were declared."""
    query = sa.select(networks).where(networks.c.tenant_id == tenant_id, networks.c.id > after)
    if kind is not None:
        query = query.where(networks.c.kind == kind.value)
    return [_network(row) for row in connection.execute(query.order_by(networks.c.id).limit(limit))]


def count(connection: sa.Connection, *, tenant_id: str) -> int:
    """How many networks the tenant declared."""
    query = sa.select(sa.func.count(networks.c.id)).where(networks.c.tenant_id == tenant_id)
    return connection.execute(query).scalar_one()


def is_enforced(connection: sa.Connection, *, tenant_id: str) -> bool:
    """Whether the tenant's allowlist is enforced."""
    query = sa.select(allowlists.c.enforced).where(allowlists.c.tenant_id == tenant_id)
    return bool(connection.execute(query).scalar_one_or_none())


def save_enforced(connection: sa.Connection, *, tenant_id: str, enforced: bool) -> None:
    """Save whether the tenant's allowlist is enforced."""
    row = {"tenant_id": tenant_id, "enforced": enforced}
    upsert(connection, allowlists, [row], keys=["tenant_id"], update=["enforced"])


def all_networks(connection: sa.Connection, *, tenant_id: str | None) -> list[tuple[str, NetworkKind, str]]:
    """(tenant, kind, CIDR) of one tenant, or of all for the memory of the deciding thread."""
    query = sa.select(networks.c.tenant_id, networks.c.kind, networks.c.cidr)
    if tenant_id is not None:
        query = query.where(networks.c.tenant_id == tenant_id)
    return [(row.tenant_id, NetworkKind(row.kind), row.cidr) for row in connection.execute(query)]


def enforcing(connection: sa.Connection, *, tenant_id: str | None) -> set[str]:
    """Which tenants enforce their allowlist, or whether this one does."""
    query = sa.select(allowlists.c.tenant_id).where(allowlists.c.enforced)
    if tenant_id is not None:
        query = query.where(allowlists.c.tenant_id == tenant_id)
    return set(connection.execute(query).scalars())


def _network(row: Any) -> Network:
    return Network(
        id=row.id,
        tenant_id=row.tenant_id,
        cidr=row.cidr,
        kind=NetworkKind(row.kind),
        label=row.label,
        declared_by=Actor.parse(row.declared_by),
        declared_at=row.declared_at,
    )
