"""Internet addresses as events carry them: read, brought to one form, and sorted into public and not."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from frostgate.signals.model import Unknown

Address = IPv4Address | IPv6Address

MALFORMED = Unknown("address_malformed")
PRIVATE = Unknown("address_private")
RESERVED = Unknown("address_reserved")

# Addresses that say "somewhere on a network of our own": RFC 1918, loopback, link-local (RFC 3927, RFC 4291),
# carrier-grade NAT (RFC 6598), unique local (RFC 4193).
_LOCAL_4 = tuple(
    map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16",
                      "100.64.0.0/10"))
)  # fmt: skip
_LOCAL_6 = tuple(map(IPv6Network, ("::1/128", "fe80::/10", "fc00::/7")))


def parse(text: str) -> Address | Unknown:
    """The address that `text` writes, or `address_malformed`.

    A zone id (`fe80::1%eth0`, RFC 4007) names an interface of the sender's machine and is dropped. An IPv4
    address inside IPv6 (`::ffff:192.0.2.1`, RFC 4291, section 2.5.5.2) is the IPv4 address.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return MALFORMED
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address
    return address


def public(text: str) -> Address | Unknown:
    """The address, where it is one of the public internet; otherwise why it can have no place."""
    address = parse(text)
    if isinstance(address, Unknown):
        return address
    if isinstance(address, IPv4Address):
        local = any(address in network for network in _LOCAL_4)
    else:
        local = any(address in network for network in _LOCAL_6)
    if local:
        return PRIVATE
    return address if address.is_global and not address.is_multicast else RESERVED


def block(text: str) -> str | Unknown:
    """The neighbourhood of an address, which mostly has one operator: what a window `by: network` counts for.

    For IPv4 its /24, the smallest block that is routed on its own; for IPv6 its /48, what one site is given (RFC 6177).
    """
    address = parse(text)
    if isinstance(address, Unknown):
        return address
    host_bits = 80 if isinstance(address, IPv6Address) else 8
    first = type(address)(int(address) >> host_bits << host_bits)
    return f"{first}/{address.max_prefixlen - host_bits}"


def line(text: str) -> str | Unknown:
    """The subscriber's line behind an address: what a window `by: ip` counts for.

    For IPv4 the address itself; for IPv6 its /64, because one household or machine holds a whole /64
    (RFC 6177; RIPE-690, section 4.2) and may write a new address on every request.
    """
    address = parse(text)
    if isinstance(address, IPv6Address):
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return address if isinstance(address, Unknown) else str(address)
