"""What is stated of money that others tell us of; what is posted of it, the ledger states. Pure."""

from frostgate.base.model import Fact


class AdviceRefused(Fact, frozen=True, kw_only=True):
    """A provider told us of money that cannot be posted; it waits for people."""

    name = "payments.advice_refused"

    advice_id: str
    event_id: str
    code: str
