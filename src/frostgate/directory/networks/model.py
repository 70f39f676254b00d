"""Networks that a tenant declares as its own, and its IP allowlist. Pure values and transitions."""

import enum
import re
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

import msgspec

from frostgate.base.errors import Conflict, NotFound, Refused
from frostgate.base.model import Actor, Fact
from frostgate.directory.model import NAME

MOST = 500  # of one tenant, trusted and allowed together

# Broader networks would switch the protection off: a sign-in from 0.0.0.0/0 is a sign-in from anywhere.
BROADEST_4, BROADEST_6 = 8, 16

_CIDR = re.compile(r"[0-9A-Fa-f:.]{2,45}(?:/[0-9]{1,3})?")
_MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291, section 2.5.5.2

Cidr = Annotated[str, msgspec.Meta(min_length=2, max_length=64)]
Label = Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Address = Annotated[str, msgspec.Meta(min_length=2, max_length=64, pattern=NAME)]


class NetworkKind(enum.StrEnum):
    """What a network was declared for."""

    TRUSTED = "trusted"  # a sign-in from there says nothing of where the person is
    ALLOWED = "allowed"  # where sign-ins may come from, once the allowlist is enforced


class CidrUnusable(Refused):
    """The text is no network in CIDR notation."""

    code = "network.cidr_unusable"


class HostBits(Refused):
    """Bits are set behind the prefix, and we will not guess whether the prefix or the address was meant."""

    code = "network.host_bits"


class TooBroad(Refused):
    """So much of the internet is nobody's network."""

    code = "network.too_broad"


class NetworkExists(Conflict):
    """The tenant declared just this network for just this before."""

    code = "network.exists"


class NetworkUnknown(NotFound):
    """The tenant has no such network."""

    code = "network.unknown"


class TooManyNetworks(Conflict):
    """The tenant has as many networks as one may have."""

    code = "network.too_many"


class AllowlistEmpty(Conflict):
    """Enforcing an allowlist without a network in it would lock everybody out."""

    code = "allowlist.empty"


class AllowlistUntested(Refused):
    """Whoever enforces an allowlist names an address of their own that it covers."""

    code = "allowlist.untested"


class AllowlistMisses(Conflict):
    """The address that the caller tested from is not covered: they would lock themselves out."""

    code = "allowlist.misses"


class AllowlistInForce(Conflict):
    """The last network of an enforced allowlist stays, for without it nobody could sign in."""

    code = "allowlist.in_force"


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """One network that a tenant declared as its own."""

    id: str
    tenant_id: str
    cidr: str  # canonical: "192.0.2.0/24", "2001:db8::/32"
    kind: NetworkKind
    label: str
    declared_by: Actor
    declared_at: datetime


class NetworkDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network as somebody declares it."""

    cidr: Cidr
    kind: NetworkKind
    label: Label = ""


class Allowlist(msgspec.Struct, frozen=True):
    """Whether sign-ins from outside the allowed networks are refused, and how many networks are allowed."""

    enforced: bool
    networks: int


def canonical(cidr: str, *, pointer: str = "/cidr") -> str:
    """The one way to write this network; IPv4 inside IPv6 (`::ffff:192.0.2.0/120`) is IPv4.

    Raises:
        CidrUnusable: the text is no network.
        HostBits: bits are set behind the prefix; `.params["network"]` is the one that contains the address.
        TooBroad: it is broader than /8, or /16 of IPv6.
    """
    network = _parsed(cidr, pointer)
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        network = IPv4Network((int(network.network_address) & 0xFFFF_FFFF, network.prefixlen - 96))
    broadest = BROADEST_4 if isinstance(network, IPv4Network) else BROADEST_6
    if network.prefixlen < broadest:
        raise TooBroad(pointer=pointer, prefix=network.prefixlen, broadest=broadest)
    return str(network)


def _parsed(cidr: str, pointer: str) -> IPv4Network | IPv6Network:
    # Masks ("192.0.2.0/255.255.255.0") are left out: the library takes some of them for their complement.
    if not _CIDR.fullmatch(cidr):
        raise CidrUnusable(pointer=pointer, cidr=cidr)
    try:
        containing = ip_network(cidr, strict=False)
    except ValueError:
        raise CidrUnusable(pointer=pointer, cidr=cidr) from None
    try:
        return ip_network(cidr)
    except ValueError:
        raise HostBits(pointer=pointer, cidr=cidr, network=str(containing)) from None


class NetworkDeclared(Fact, frozen=True, kw_only=True):
    """A tenant declared a network as its own."""

    name = "network.declared"

    network: Network


class NetworkRemoved(Fact, frozen=True, kw_only=True):
    """A network is a tenant's own no longer."""

    name = "network.removed"

    network: Network


class AllowlistChanged(Fact, frozen=True, kw_only=True):
    """A tenant's allowlist is enforced from now on, or no longer."""

    name = "allowlist.changed"

    enforced: bool
