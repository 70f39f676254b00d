"""What whoever is behind an event leaves, and would leave elsewhere, too: by it cases of one attack are told. Pure."""

import enum
from collections.abc import Mapping

from frostgate.events.model import Event
from frostgate.signals.address import block, line, public
from frostgate.signals.model import Unknown, Value


class Trait(enum.StrEnum):
    """One sort of trace. An address and a network mean the same as in windows, and are the same in every tenant."""

    DEVICE = "device"  # as the tenant's own clients name it
    TEMPLATE = "template"  # what a message is like, whoever sends it
    ADDRESS = "address"  # the line behind an IP address: of IPv6 its /64
    NETWORK = "network"  # the block around it: /24, of IPv6 /48


def traces_of(event: Event, template: Value | None) -> Mapping[str, str]:
    """The traces of an event by `Trait`; `template` is the message's, as it was read.

    What lies inside of somebody's own network is no trace: each of them has a 192.168.0.1.
    """
    found: dict[str, str] = {}
    device, ip = getattr(event.data, "device", None), getattr(event.data, "ip", None)
    if device is not None:
        found[Trait.DEVICE] = device
    if isinstance(template, str):
        found[Trait.TEMPLATE] = template
    if ip is not None and not isinstance(public(ip), Unknown):
        here, around = line(ip), block(ip)
        if isinstance(here, str) and isinstance(around, str):
            found[Trait.ADDRESS], found[Trait.NETWORK] = here, around
    return found
