"""What monitoring sees of notices: those that somebody still waits for, and never by reading all there ever were."""

from typing import Any

import sqlalchemy as sa

from frostgate.metrics import Figures
from world import World


def counted(world: World) -> dict[str, float]:
    """The figures of notices, by state."""
    lines = [line for line in world.http.get("/metrics").text.splitlines() if line.startswith("frostgate_notices{")]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


def test_a_notice_that_reached_nobody_counts_until_somebody_took_over(shared: World) -> None:
    li = shared.tenant("acme", contact_email="security@nowhere").account("li")
    boss = shared.boss()
    boss.places(li)
    shared.until(lambda: counted(shared) == {"owed": 0.0, "undeliverable": 1.0})

    assert boss.decides(boss.case_of(li, kind="notice_undeliverable"), "done").is_success

    assert counted(shared) == {"owed": 0.0, "undeliverable": 0.0}


def test_counting_never_reads_them_all(shared: World) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if "FROM notices" in statement:
            asked.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        Figures(shared.program)._notices()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert len(asked) == 2
    with shared.program.uow.look() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert all(
                "INDEX" in step.detail for step in plan if " notices" in step.detail or " cases" in step.detail
            ), plan
