"""What the cause of a hold means for whoever decides about it. Pure."""

from frostgate.standing.model import Cause, Kind

# What a ban may punish: what the holder did. Who could not pay did nothing of the kind, whose sign-ins look odd is more
# often a victim, and what an operator froze by hand must first get a cause that says what it was.
GRAVE = frozenset({Cause.VIOLATING_CONTENT, Cause.BULK_OPERATION, Cause.BYPASS_ATTEMPT})

# What somebody did wrong, and knew: two people release its hold, where for all others one person is enough. Whoever was
# frozen by mistake must not wait for two.
VIOLATIONS = frozenset({Cause.VIOLATING_CONTENT, Cause.BYPASS_ATTEMPT})


def needs_two(kind: Kind, cause: Cause) -> bool:
    """Whether two people release such a hold. Who answers a challenge ends it, and asks nobody's permission."""
    return kind >= Kind.LIMIT and cause in VIOLATIONS
