"""What a case rests on, read from the records of the rooms that judged."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from frostgate.cases.service import Evidence
from frostgate.events import store as events
from frostgate.rules.explain import event_of, explain


class Recorded:
    """The decision as the policy of that day explains it, and the account's events around it."""

    def decision(self, connection: sa.Connection, decision_id: str, tenant_id: str) -> Any | None:
        """Which rules fired, on which values; None where the decision is not ours."""
        return explain(connection, decision_id, tenant_id=tenant_id)

    def events_around(self, connection: sa.Connection, account_id: str, tenant_id: str, at: datetime) -> Sequence[Any]:
        """What the account did up to then, oldest first."""
        found = events.around(connection, tenant_id=tenant_id, account_id=account_id, at=at)
        return [event_of(stored) for stored in found]


def recorded() -> Evidence:
    """The evidence that the program gives its reviewers."""
    return Recorded()
