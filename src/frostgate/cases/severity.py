"""How urgent a case is: how much it harms people when it waits. Pure."""

import enum
from collections.abc import Mapping

from frostgate.standing.model import Kind


class Severity(enum.IntEnum):
    """How much it harms people when the case waits; tasks are all alike."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4

    @property
    def word(self) -> str:
        """The name on the wire and in texts."""
        return self.name.lower()


# A challenge is mostly answered by its holder within minutes; whoever is frozen cannot work until somebody looks.
_OF_KIND: Mapping[Kind, Severity] = {
    Kind.CHALLENGE: Severity.LOW,
    Kind.LIMIT: Severity.NORMAL,
    Kind.FREEZE: Severity.HIGH,
    Kind.BAN: Severity.HIGH,
}


def severity_of(kind: Kind, *, of_everybody: bool) -> Severity:
    """How urgent a hold's case is; one `of_everybody` keeps a whole enterprise from its work."""
    return Severity.URGENT if of_everybody and kind >= Kind.LIMIT else _OF_KIND[kind]
