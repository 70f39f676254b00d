"""Declaring networks, and enforcing an allowlist without locking anybody out: each change states its fact."""

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.directory.networks import store
from frostgate.directory.networks.addresses import Coverage, packed
from frostgate.directory.networks.model import (
    MOST,
    Allowlist,
    AllowlistChanged,
    AllowlistEmpty,
    AllowlistInForce,
    AllowlistMisses,
    AllowlistUntested,
    Network,
    NetworkDeclared,
    NetworkDraft,
    NetworkExists,
    NetworkKind,
    NetworkRemoved,
    TooManyNetworks,
    canonical,
)
from frostgate.directory.store import hold_tenant


def declare_network(tx: Tx, draft: NetworkDraft, *, tenant_id: str, actor: Actor) -> Network:
    """Declare a network as the tenant's own.

    Raises:
        TenantUnknown: there is no such tenant.
        CidrUnusable, HostBits, TooBroad: it is no network that can be declared.
        NetworkExists, TooManyNetworks: it is there already, or too many others are.
    """
    hold_tenant(tx.connection, tenant_id)
    network = Network(
        id=tx.new_id(),
        tenant_id=tenant_id,
        cidr=canonical(draft.cidr),
        kind=draft.kind,
        label=draft.label,
        declared_by=actor,
        declared_at=tx.now,
    )
    if not store.add(tx.connection, network):
        raise NetworkExists(pointer="/cidr", network=network.cidr)
    if store.count(tx.connection, tenant_id=tenant_id) > MOST:
        raise TooManyNetworks(limit=MOST)
    tx.state(NetworkDeclared(tenant_id=tenant_id, network=network), actor=actor)
    return network


def remove_network(tx: Tx, network_id: str, *, tenant_id: str, actor: Actor) -> None:
    """Take a network back.

    Raises:
        TenantUnknown, NetworkUnknown: there is no such thing.
        AllowlistInForce: it is the last one that is allowed, and the allowlist is enforced.
    """
    hold_tenant(tx.connection, tenant_id)
    network = store.get_network(tx.connection, network_id, tenant_id=tenant_id)
    store.remove(tx.connection, network)
    allowed = network.kind is NetworkKind.ALLOWED
    if allowed and store.is_enforced(tx.connection, tenant_id=tenant_id) and not _allowed(tx, tenant_id):
        raise AllowlistInForce
    tx.state(NetworkRemoved(tenant_id=tenant_id, network=network), actor=actor)


def set_allowlist(tx: Tx, *, tenant_id: str, enforced: bool, tested_from: str | None, actor: Actor) -> Allowlist:
    """Enforce the allowlist, or stop enforcing it. What is the same already is no change.

    Raises:
        TenantUnknown: there is no such tenant.
        AllowlistEmpty: there is no network in it.
        AllowlistUntested, AllowlistMisses: the caller named no address of their own that it covers.
    """
    hold_tenant(tx.connection, tenant_id)
    allowed = _allowed(tx, tenant_id)
    if enforced:
        _check_covered(allowed, tested_from)
    if store.is_enforced(tx.connection, tenant_id=tenant_id) is not enforced:
        store.save_enforced(tx.connection, tenant_id=tenant_id, enforced=enforced)
        tx.state(AllowlistChanged(tenant_id=tenant_id, enforced=enforced), actor=actor)
    return Allowlist(enforced, len(allowed))


def _check_covered(allowed: list[str], tested_from: str | None) -> None:
    if not allowed:
        raise AllowlistEmpty
    if tested_from is None:
        raise AllowlistUntested(pointer="/tested_from")
    address = packed(tested_from)
    if address is None or not Coverage(allowed).covers(address):
        raise AllowlistMisses(pointer="/tested_from", address=tested_from)


def _allowed(tx: Tx, tenant_id: str) -> list[str]:
    found = store.list_networks(tx.connection, tenant_id=tenant_id, kind=NetworkKind.ALLOWED)
    return [network.cidr for network in found]
