"""Any single change of any column of any entry is found, and any removal and any reordering."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from frostgate.base.journal import Broken, journal, journal_head, verify
from frostgate.base.model import SYSTEM
from house import House

LENGTH = 12

bounded = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "number": st.integers(-(2**62), 2**62),
    "at": st.integers(-(2**53), 2**53),
    "tenant_id": st.none() | st.text(max_size=20),
    "actor": st.text(max_size=20),
    "fact": st.text(max_size=20),
    "body": st.text(max_size=40),
    "hash": st.text(alphabet="0123456789abcdef", min_size=64, max_size=64) | st.text(max_size=10),
}


@pytest.fixture(scope="module")
def written(house: House) -> House:
    for n in range(LENGTH):
        with house.program.uow.begin() as tx:
            tenant = None if n % 3 else f"tenant-{n}"
            tx.pen.write(at=tx.now, tenant_id=tenant, actor=SYSTEM, fact=f"fact.{n % 4}", body={"n": n})
    return house


@pytest.fixture
def tampering(written: House) -> Iterator[sa.Connection]:
    """A connection on which everything is undone in the end."""
    with written.program.database.engine.connect() as connection:
        assert not isinstance(verify(connection), Broken)
        yield connection
        connection.rollback()
        assert not isinstance(verify(connection), Broken)


def raw(connection: sa.Connection, number: int, column: str) -> Any:
    """The stored value, without our types."""
    return connection.exec_driver_sql(f"SELECT {column} FROM journal WHERE number = ?", (number,)).scalar_one()


@bounded
@given(number=st.integers(1, LENGTH), column=st.sampled_from(sorted(VALUES)), data=st.data())
def test_any_change_is_found(tampering: sa.Connection, number: int, column: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[column])
    assume(value != raw(tampering, number, column))
    if column == "number":
        taken = tampering.exec_driver_sql("SELECT 1 FROM journal WHERE number = ?", (value,)).first()
        assume(taken is None)
    savepoint = tampering.begin_nested()
    tampering.exec_driver_sql(f"UPDATE journal SET {column} = ? WHERE number = ?", (value, number))
    found = verify(tampering)
    savepoint.rollback()
    assert isinstance(found, Broken)
    if column != "number":
        assert found.number == number


@bounded
@given(gone=st.sets(st.integers(1, LENGTH), min_size=1))
def test_any_removal_is_found(tampering: sa.Connection, gone: set[int]) -> None:
    savepoint = tampering.begin_nested()
    tampering.execute(journal.delete().where(journal.c.number.in_(gone)))
    found = verify(tampering)
    savepoint.rollback()
    assert isinstance(found, Broken)
    assert found.number <= max(gone) + 1


@bounded
@given(order=st.permutations(range(1, LENGTH + 1)))
def test_any_reordering_is_found(tampering: sa.Connection, order: list[int]) -> None:
    assume(order != sorted(order))
    savepoint = tampering.begin_nested()
    for place, number in enumerate(order, start=1):
        tampering.exec_driver_sql("UPDATE journal SET number = ? WHERE number = ?", (-place, number))
    tampering.exec_driver_sql("UPDATE journal SET number = -number WHERE number < 0")
    found = verify(tampering)
    savepoint.rollback()
    assert isinstance(found, Broken)


@bounded
@given(number=st.integers(-5, LENGTH * 10), link=st.text(max_size=64))
def test_any_other_head_is_found(tampering: sa.Connection, number: int, link: str) -> None:
    head = tampering.execute(sa.select(journal_head)).one()
    assume((number, link) != (head.number, head.hash))
    savepoint = tampering.begin_nested()
    tampering.execute(journal_head.update().values(number=number, hash=link))
    found = verify(tampering)
    savepoint.rollback()
    assert isinstance(found, Broken)
