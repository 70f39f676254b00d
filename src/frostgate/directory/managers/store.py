"""Account managers in the database: one row for a tenant that has one."""

from typing import Any

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import upsert
from frostgate.directory import credentials
from frostgate.directory.managers.model import Manager, can_manage
from frostgate.directory.model import Operator
from frostgate.directory.store import Bytewise, row_of

managers = sa.Table(
    "account_managers",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("operator_id", sa.Text, sa.ForeignKey("operators.id"), nullable=False, index=True),
    sa.Column("since", Utc, nullable=False),
)


def find(connection: sa.Connection, *, tenant_id: str) -> Manager | None:
    """Who looks after a tenant."""
    row = connection.execute(sa.select(managers).where(managers.c.tenant_id == tenant_id)).first()
    return None if row is None else _manager(row)


def find_person(connection: sa.Connection, *, tenant_id: str) -> Operator | None:
    """As `find`: the person, as long as they are there for it."""
    manager = find(connection, tenant_id=tenant_id)
    if manager is None:
        return None
    operator = credentials.get_operator(connection, manager.operator_id)
    return operator if can_manage(operator) else None


def of_person(connection: sa.Connection, operator_id: str) -> list[Manager]:
    """All whom one person looks after."""
    query = sa.select(managers).where(managers.c.operator_id == operator_id).order_by(managers.c.tenant_id)
    return [_manager(row) for row in connection.execute(query)]


def save(connection: sa.Connection, manager: Manager) -> None:
    """Save who looks after a tenant now."""
    upsert(connection, managers, [row_of(manager)], keys=["tenant_id"], update=["operator_id", "since"])


def remove(connection: sa.Connection, *, tenant_id: str) -> None:
    """Nobody looks after the tenant now."""
    connection.execute(managers.delete().where(managers.c.tenant_id == tenant_id))


def _manager(row: Any) -> Manager:
    return Manager(**row._mapping)
