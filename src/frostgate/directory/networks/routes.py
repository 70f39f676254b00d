"""A tenant's networks and its allowlist over HTTP."""

from datetime import datetime

import msgspec
from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from frostgate.base.web import NEEDS
from frostgate.directory.networks import service, store
from frostgate.directory.networks.model import Address, Allowlist, Network, NetworkDraft, NetworkKind
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.directory.store import get_tenant


class NetworkView(msgspec.Struct, frozen=True, kw_only=True):
    """A network that a tenant declared as its own."""

    id: str
    cidr: str
    kind: NetworkKind
    label: str
    declared_by: str
    declared_at: datetime


class AllowlistChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether to enforce; to do so, with an address of the caller's own that the allowlist covers."""

    enforced: bool
    tested_from: Address | None = None


@get("/tenants/{tenant_id:str}/networks", opt={NEEDS: Permission.NETWORKS_READ}, sync_to_thread=True)
def list_networks(
    tenant_id: TenantId, work: Work, principal: Who, after: After = None, limit: Limit = 100
) -> Page[NetworkView]:
    """A tenant's networks, trusted and allowed, in the order in which they were declared."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        found = store.list_networks(connection, tenant_id=tenant_id, after=after or "", limit=limit + 1)
    return page_of([_view(network) for network in found], limit)


@post("/tenants/{tenant_id:str}/networks", opt={NEEDS: Permission.NETWORKS_WRITE}, sync_to_thread=True)
def declare_network(tenant_id: TenantId, data: JSONBody[NetworkDraft], work: Work, principal: Who) -> NetworkView:
    """Declare a network as the tenant's own: trusted, or allowed."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return _view(service.declare_network(tx, data, tenant_id=tenant_id, actor=principal.actor))


@delete(
    "/tenants/{tenant_id:str}/networks/{network_id:str}",
    opt={NEEDS: Permission.NETWORKS_WRITE},
    sync_to_thread=True,
)
def remove_network(tenant_id: TenantId, network_id: FromPath[str], work: Work, principal: Who) -> None:
    """Take a network back."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.remove_network(tx, network_id, tenant_id=tenant_id, actor=principal.actor)


@get("/tenants/{tenant_id:str}/allowlist", opt={NEEDS: Permission.NETWORKS_READ}, sync_to_thread=True)
def get_allowlist(tenant_id: TenantId, work: Work, principal: Who) -> Allowlist:
    """Whether sign-ins from outside the allowed networks are refused."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        allowed = store.list_networks(connection, tenant_id=tenant_id, kind=NetworkKind.ALLOWED)
        return Allowlist(store.is_enforced(connection, tenant_id=tenant_id), len(allowed))


@put("/tenants/{tenant_id:str}/allowlist", opt={NEEDS: Permission.NETWORKS_WRITE}, sync_to_thread=True)
def set_allowlist(tenant_id: TenantId, data: JSONBody[AllowlistChange], work: Work, principal: Who) -> Allowlist:
    """Enforce the allowlist, or stop enforcing it."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return service.set_allowlist(
            tx,
            tenant_id=tenant_id,
            enforced=data.enforced,
            tested_from=data.tested_from,
            actor=principal.actor,
        )


def _view(network: Network) -> NetworkView:
    return NetworkView(
        id=network.id,
        cidr=network.cidr,
        kind=network.kind,
        label=network.label,
        declared_by=str(network.declared_by),
        declared_at=network.declared_at,
    )


ROUTES = Router(
    "/",
    tags=["networks"],
    route_handlers=[list_networks, declare_network, remove_network, get_allowlist, set_allowlist],
)
