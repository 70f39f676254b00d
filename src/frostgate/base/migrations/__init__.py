"""Bringing a database to this version's shape."""

import sqlalchemy as sa

from frostgate.base.database import Database
from frostgate.base.errors import Refused

HEAD = "0031"  # the newest of `versions`


class Outdated(Refused):
    """The database has another version's shape, or none yet."""

    code = "store.outdated"


def upgrade(database: Database, *, to: str = HEAD) -> None:
    """Run the migrations that are missing, all in one transaction; `to` an earlier shape than this version's.

    Raises:
        StoreUnavailable: the database cannot be reached.
        Outdated: a newer version of Frostgate has changed it already.
    """
    if to == HEAD and is_current(database):
        return
    # Imported where it is needed: every start and every command would spend a fifth of a second on it.
    from frostgate.base.migrations.running import run

    run(database, to=to)


def is_current(database: Database) -> bool:
    """Whether the database has the shape that this version wants."""
    with database.read() as connection:
        if not sa.inspect(connection).has_table(_SHAPE.name):
            return False
        return connection.scalar(sa.select(_SHAPE.c.version_num)) == HEAD


_SHAPE = sa.table("alembic_version", sa.column("version_num", sa.Text))
