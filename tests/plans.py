"""How a database finds what is asked."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa


def plan_of(connection: sa.Connection, ask: Callable[[sa.Connection], Any]) -> list[str]:
    """The steps in which everything is found that `ask` asks for, whatever the tables are small enough for."""
    is_sqlite = connection.dialect.name == "sqlite"
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(connection, "before_cursor_execute", note)
    ask(connection)
    sa.event.remove(connection, "before_cursor_execute", note)
    if not is_sqlite:  # which would read a small table from end to end
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    return [
        str(row[-1]) for statement, values in asked for row in connection.exec_driver_sql(explain + statement, values)
    ]


def scans(plan: list[str]) -> list[str]:
    """The steps of a plan that look at everything there is."""
    return [step for step in plan if "Seq Scan" in step or (step.startswith("SCAN") and "INDEX" not in step)]
