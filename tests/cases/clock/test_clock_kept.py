"""Clocks in the database: found by index however many there are, and made for cases that are older than they."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from frostgate.base import migrations
from frostgate.base.database import Database, micros
from frostgate.base.migrations import upgrade
from frostgate.cases import store as cases
from frostgate.cases.clock import store
from frostgate.cases.clock.model import Limit, Policy, State
from frostgate.cases.model import State as CaseState
from plans import plan_of, scans
from servers import Databases

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def empty(backend: str, databases: Databases) -> Iterator[Database]:
    """A database in which there is nothing."""
    url = databases.empty(backend)
    opened = Database(url)
    yield opened
    opened.close()
    databases.remove(url)


ASKED = {
    "what is due": lambda connection: store.due(connection, NOON, limit=500),
    "the clock of a case": lambda connection: store.find_running(connection, "c1", tenant_id="acme"),
    "the last runs of a page": lambda connection: store.last_runs(connection, ["c1", "c2"]),
    "what is late": lambda connection: cases.list_cases(connection, tenant_id=None, late_at=NOON, order="due"),
    "what is due next": lambda connection: cases.list_cases(
        connection, tenant_id=None, state=CaseState.OPEN, order="due", after="c1"
    ),
    "how many are late": lambda connection: store.count_late(connection, Limit.DECISION, tenant_id=None),
    "how many were": lambda connection: store.count_missed(
        connection, Limit.FIRST_ANSWER, since=NOON, until=NOON + HOUR, tenant_id=None
    ),
    "the median": lambda connection: store.median_took(
        connection, Limit.DECISION, since=NOON, until=NOON + HOUR, tenant_id=None
    ),
}


@pytest.mark.parametrize("asked", ASKED)
def test_however_many_there_were_everything_is_found_by_an_index(empty: Database, asked: str) -> None:
    upgrade(empty)
    with empty.engine.connect() as connection:
        plan = plan_of(connection, ASKED[asked])
    assert scans(plan) == []
    assert any("case_clocks" in step for step in plan)


def test_what_is_due_is_found_and_put_in_order_by_its_index_alone(empty: Database) -> None:
    upgrade(empty)
    with empty.engine.connect() as connection:
        plan = " ".join(plan_of(connection, ASKED["what is due"]))
    assert "ix_case_clocks_look" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


HOLD = (
    "INSERT INTO holds (id, tenant_id, account_id, kind, cause, services, condition, actor, reason, evidence_key,"
    " case_id, placed_at, guard_seconds)"
    " VALUES ('h1', 'acme', 'li', 3, 'bulk_operation', 'login', '', '', '', '', 'c0', 0, 0)"
)


def test_every_case_that_was_open_before_there_were_clocks_gets_one(empty: Database) -> None:
    week_ago = NOON - timedelta(days=7)
    with empty.engine.begin() as connection:
        _upgrade_to(connection, "0011")
        connection.execute(sa.text(HOLD))
        for number, (kind, state) in enumerate(
            [("hold", "open"), ("notice_undeliverable", "open"), ("hold", "decided")]
        ):
            decided = state == "decided"
            connection.execute(
                sa.text(
                    "INSERT INTO cases (id, tenant_id, kind, hold_id, state, outcome, decided_by, opened_at, version)"
                    " VALUES (:id, 'acme', :kind, :hold, :state, :outcome, :by, :at, 1)"
                ),
                {
                    "id": f"c{number}",
                    "hold": "h1" if kind == "hold" else None,
                    "kind": kind,
                    "state": state,
                    "outcome": "confirmed" if decided else None,
                    "by": "operator:1" if decided else None,
                    "at": micros(week_ago),
                },
            )
        _upgrade_to(connection, "head")
        clocks = store.running(connection, ["c0", "c1", "c2"], tenant_id="acme")
        assert [(clock.case_id, clock.is_task, clock.policy) for clock in clocks] == [
            ("c0", False, Policy()),
            ("c1", True, Policy()),
        ]
        assert all(clock.stands(Limit.DECISION, NOON).state is State.LATE for clock in clocks)
        assert store.due(connection, NOON, limit=9) == [("acme", "c0"), ("acme", "c1")]
        kept = connection.execute(sa.select(store.clocks.c.due_at).order_by(store.clocks.c.case_id)).scalars().all()
        assert kept == [clock.next_due for clock in clocks]
        assert store.last_run(connection, "c2", tenant_id="acme") is None


def _upgrade_to(connection: sa.Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
