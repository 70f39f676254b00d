"""What kind of network an address belongs to: somebody's line at home, or a machine that hides them."""

import iporigin

from frostgate.signals.address import parse
from frostgate.signals.model import Unknown
from frostgate.signals.recent import Recent

# "Unlisted" says only that no list has the address: most are lines at home, some are clouds nobody listed.
KINDS = ("hosting", "cdn", "vpn", "tor", "bot", "reserved", "unlisted")

_SUSPICIOUS = frozenset({"tor", "vpn", "hosting"})
_REMEMBERED = 65_536


def suspicious(kind: str) -> bool:
    """Whether people who sign in from such a network mostly hide where they are."""
    return kind in _SUSPICIOUS


class Networks:
    """Classifies addresses by the ranges that providers publish (iporigin); one thread at a time."""

    def __init__(self) -> None:
        # Loads the ranges now, so that the first event need not wait for them.
        iporigin.dataset_info()  # type: ignore[no-untyped-call]
        self._recent: Recent[str, str | Unknown] = Recent(_classify, size=_REMEMBERED)

    def kind(self, ip: str) -> str | Unknown:
        """One of `KINDS`, or unknown `address_malformed`."""
        return self._recent[ip]


def _classify(ip: str) -> str | Unknown:
    address = parse(ip)
    if isinstance(address, Unknown):
        return address
    if address.is_multicast:  # "global" to Python, and yet nobody ever signs in from there
        return "reserved"
    kind: str = iporigin.classify(address).kind  # type: ignore[no-untyped-call]
    return "unlisted" if kind == iporigin.UNKNOWN else kind
