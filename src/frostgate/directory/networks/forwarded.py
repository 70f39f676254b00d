"""Where a request comes from when proxies of ours stand in between.

Each proxy adds the address that it was called from to `X-Forwarded-For`, at the end; everything before may be anybody's
invention. So only what our own proxies added counts: the last address there that is none of theirs.
"""

from collections.abc import Iterable, MutableMapping
from typing import Any

from frostgate.directory.networks.addresses import Coverage, packed


class Proxies:
    """The networks that our proxies have; nobody else's word is believed."""

    def __init__(self, cidrs: Iterable[str]) -> None:
        """Get ready.

        Raises:
            ValueError: one is no network, or has bits behind its prefix.
        """
        self._ours = Coverage(cidrs)

    def tell(self, scope: MutableMapping[str, Any]) -> None:
        """Write into an ASGI scope whom the proxies had before them."""
        client = scope.get("client")
        if client is None or not self._is_ours(client[0]):
            return
        found = client[0]
        for address in reversed(_forwarded(scope)):
            if packed(address) is None:
                break  # whatever stands before this was not added by a proxy that we know
            found = address
            if not self._is_ours(address):
                break
        scope["client"] = (found, 0)

    def _is_ours(self, address: str) -> bool:
        known = packed(address)
        return known is not None and self._ours.covers(known)


def _forwarded(scope: MutableMapping[str, Any]) -> list[str]:
    """The addresses of all such headers, in their order."""
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return [part.strip() for line in lines for part in line.split(",")]
