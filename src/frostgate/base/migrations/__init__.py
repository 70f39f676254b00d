"""Bringing a database to this version's shape. Alembic, driven from here: there is no ini file to find."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from frostgate.base.database import Database
from frostgate.base.errors import Refused

_LOCK = 0x46_52_4F_53_54  # "FROST": PostgreSQL's advisory lock, so that two starting servers migrate one after another


class Outdated(Refused):
    """The database has another version's shape, or none yet."""

    code = "store.outdated"


def upgrade(database: Database) -> None:
    """Run the migrations that are missing, all in one transaction.

    Raises:
        StoreUnavailable: the database cannot be reached.
        Outdated: a newer version of Frostgate has changed it already.
    """
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        try:
            command.upgrade(_config(connection), "head")
        except CommandError:
            raise Outdated(database=database.url.render_as_string(hide_password=True)) from None


def is_current(database: Database) -> bool:
    """Whether the database has the shape that this version wants."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision() == _wanted()


@cache
def _wanted() -> str | None:
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def _config(connection: sa.Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
