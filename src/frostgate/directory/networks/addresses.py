"""Whether an address lies in any of many networks, by bisection instead of by trying one after another. Pure."""

import socket
from bisect import bisect_right
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

_MAPPED = b"\0" * 10 + b"\xff\xff"  # RFC 4291, section 2.5.5.2


def packed(ip: str) -> bytes | None:
    """An address as 4 or 16 bytes in network order, or None where the text is no address.

    A zone id (RFC 4007) is dropped; IPv4 inside IPv6 is the IPv4 address.
    """
    try:
        if ":" not in ip:
            return socket.inet_pton(socket.AF_INET, ip.partition("%")[0])
        six = socket.inet_pton(socket.AF_INET6, ip.partition("%")[0])
    except (OSError, ValueError):  # a NUL or half a surrogate is a ValueError
        return None
    return six[12:] if six.startswith(_MAPPED) else six


class Coverage:
    """The addresses of a set of networks, as sorted ranges that do not touch. Never changed once made.

    Addresses of one version are byte strings of one length, and those sort like the numbers that they write.
    """

    __slots__ = ("_first", "_last")

    def __init__(self, cidrs: Iterable[str]) -> None:
        self._first: dict[int, list[bytes]] = {4: [], 16: []}
        self._last: dict[int, list[bytes]] = {4: [], 16: []}
        ranges = sorted(_range(ip_network(cidr)) for cidr in cidrs)
        for first, last in ranges:
            firsts, lasts = self._first[len(first)], self._last[len(first)]
            if lasts and first <= lasts[-1]:
                lasts[-1] = max(last, lasts[-1])  # networks overlap only where one contains the other
            else:
                firsts.append(first)
                lasts.append(last)

    def covers(self, address: bytes) -> bool:
        """Whether any of the networks contains this address, as `packed` writes it."""
        size = len(address)
        place = bisect_right(self._first[size], address)
        return place > 0 and address <= self._last[size][place - 1]


def _range(network: IPv4Network | IPv6Network) -> tuple[bytes, bytes]:
    return network.network_address.packed, network.broadcast_address.packed
