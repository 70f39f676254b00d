"""What people say for their decisions. Pure."""

from frostgate.cases.errors import ReasonRequired

LONGEST_REASON = 2000


def reason_of(text: str) -> str:
    """The reason as it is kept.

    Raises:
        ReasonRequired: it is empty, or longer than anybody reads.
    """
    reason = text.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise ReasonRequired(pointer="/reason", limit=LONGEST_REASON)
    return reason
