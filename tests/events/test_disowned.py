"""Looking up an account's sign-ins: the database tells them apart, by its index, whatever their senders wrote."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from frostgate.events.disowned import by_same_device, sign_ins
from frostgate.events.store import events
from world import Account, World

OF_LI: dict[str, Any] = {"tenant_id": "acme", "account_id": "li"}


@pytest.fixture
def li(world: World) -> Account:
    return world.tenant().account("li")


def test_only_sign_ins_that_succeeded_the_newest_first(world: World, li: Account) -> None:
    for device, outcome in (("old", "success"), ("iphone", "success"), ("pixel", "failure"), ("pixel", "success")):
        li.signs_in(from_="Beijing", device=device, outcome=outcome)
        world.clock.move(timedelta(hours=1))
    li.sends_messages(1, over=timedelta(minutes=1))
    since = world.clock.now() - timedelta(hours=3, minutes=30)
    with world.program.uow.look() as connection:
        found = sign_ins(connection, **OF_LI, since=since)
        newest = sign_ins(connection, **OF_LI, limit=1)
    assert [each.event.data.device for each in found] == ["pixel", "iphone"]  # type: ignore[union-attr]
    assert [each.event.data.device for each in newest] == ["pixel"]  # type: ignore[union-attr]


def test_what_one_device_did_is_told_by_the_database(world: World, li: Account) -> None:
    world.tenant("bolt").account("li").signs_in(from_="Beijing", device="pixel")
    for device, agent in (("pixel", "a\x00\\u0000\x00"), ("iphone", None), ("pixel", None), (None, None), (None, None)):
        li.signs_in(from_="Beijing", device=device, user_agent=agent)
        world.clock.move(timedelta(days=1))
    with world.program.uow.look() as connection:
        kept = [each.decision_id for each in sign_ins(connection, **OF_LI)]
        since = world.clock.now() - timedelta(days=30)
        assert by_same_device(connection, kept[2], **OF_LI, since=since) == [kept[2], kept[4]]
        assert by_same_device(connection, kept[0], **OF_LI, since=since) == [kept[0], kept[1]]
        late = world.clock.now() - timedelta(days=4)
        assert by_same_device(connection, kept[2], **OF_LI, since=late) == [kept[2]]
        assert by_same_device(connection, "no such decision", **OF_LI, since=since) == []


def test_an_account_among_many_is_found_by_its_index(world: World) -> None:
    """As the databases themselves say, of the very statement that a thaw waits for."""
    said: list[str] = []
    with world.program.uow.look() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # an empty table is read through otherwise

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if "ORDER BY events.time" in statement:
                explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
                cursor = connection.connection.cursor()
                cursor.execute(explain + statement, parameters)
                said.extend(str(row) for row in cursor.fetchall())

        sa.event.listen(connection, "before_cursor_execute", note)
        sign_ins(connection, **OF_LI, since=world.clock.now(), limit=8)
        sa.event.remove(connection, "before_cursor_execute", note)
    plan = "\n".join(said)
    assert "ix_events_account" in plan, plan
    assert events.name in plan
    assert "TEMP B-TREE" not in plan, plan
